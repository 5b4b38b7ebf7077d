package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

var questions = []string{
	"How do I get a refund for order 4711?", "Summarise our travel policy in three sentences.", "Why was my invoice higher this month?",
	"Translate the attached notice into French.", "Which plan includes single sign-on?", "Write a polite reminder to pay invoice 2026-118.",
	"What changed in release 3.2?", "My package did not arrive, what can I do?", "Explain the difference between the two warranties.",
}

// model is what a service asks for: mostly the usual ones, now and then one that fails.
type model struct{ provider, name string }

var (
	chatModels  = []model{{"openai", "gpt-4o-mini"}, {"openai", "gpt-4o-mini"}, {"openai", "gpt-4o"}, {"anthropic", "claude-sonnet-4-5"}, {"gemini", "gemini-2.5-flash"}}
	failing     = []model{{"openai", "mock-429"}, {"openai", "mock-500"}, {"anthropic", "mock-stream-error"}}
	failureRate = 0.04
)

func (v *visit) pick(models []model) model {
	if v.random.Float64() < failureRate {
		models = failing
	}
	return models[v.random.IntN(len(models))]
}

func (v *visit) question() string { return questions[v.random.IntN(len(questions))] }

// chat answers a question.
func (v *visit) chat(ctx context.Context) error {
	v.pause(ctx, 4*time.Millisecond)
	return v.call(ctx, v.root(), v.pick(chatModels), v.question(), v.random.IntN(2) == 0)
}

// ask embeds a question, finds documents, and answers from them.
func (v *visit) ask(ctx context.Context) error {
	question := v.question()
	find := v.open(v.root(), "retrieval handbook", ptrace.SpanKindInternal, map[string]any{
		"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "handbook", "db.system.name": "postgresql", "retrieval.documents": 4, "retrieval.score": 0.5 + v.random.Float64()/2,
	})
	err := v.call(ctx, find, model{"openai", "text-embedding-3-small"}, question, false)
	if err == nil {
		v.pause(ctx, 15*time.Millisecond)
	}
	v.close(find, err)
	if err != nil {
		return err
	}
	v.log("debug", "retrieved 4 documents", map[string]any{"documents": 4})
	return v.call(ctx, v.root(), v.pick(chatModels), "Answer from these documents: …\n\n"+question, true)
}

// research runs an agent that thinks, uses tools and sometimes goes round in circles.
func (v *visit) research(ctx context.Context) error {
	agent := v.open(v.root(), "invoke_agent researcher", ptrace.SpanKindInternal, map[string]any{"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "researcher"})
	err := v.steps(ctx, agent)
	v.close(agent, err)
	return err
}

var tools = []string{"web_search", "read_page", "sql_query", "calculator"}

func (v *visit) steps(ctx context.Context, agent *work) error {
	steps := 2 + v.random.IntN(4)
	if v.random.Float64() < 0.05 {
		steps = 12 // goes round in circles
		v.log("warn", "the agent uses the same tool again and again", map[string]any{"tool": tools[0]})
	}
	for range steps {
		if err := v.call(ctx, agent, model{"openai", "gpt-4o"}, "Which tool is next? "+v.question(), false); err != nil {
			return err
		}
		name := tools[v.random.IntN(len(tools))]
		if steps == 12 {
			name = tools[0]
		}
		tool := v.open(agent, "execute_tool "+name, ptrace.SpanKindInternal, map[string]any{
			"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "gen_ai.tool.call.arguments": `{"query":"invoice"}`, "gen_ai.tool.call.result": `{"rows":3}`,
		})
		v.pause(ctx, 20*time.Millisecond)
		var err error
		if v.random.Float64() < 0.03 {
			err = errors.New("tool " + name + ": connection reset")
			tool.attrs["error.type"] = "connection_reset"
		}
		v.close(tool, err)
		if err != nil {
			return err
		}
	}
	return v.call(ctx, agent, v.pick(chatModels), "Write the report.", true)
}

// call asks a model through the gateway, as an SDK does, and continues the trace.
func (v *visit) call(ctx context.Context, parent *work, m model, prompt string, stream bool) error {
	path, body := requestOf(m, prompt, stream)
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.options.Server+path, bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("call %s: %w", m.name, err)
	}
	for k, h := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "telltale-demo/1", "Authorization": "Bearer sk-demo", "X-Api-Key": "sk-demo", "X-Goog-Api-Key": "sk-demo",
		"Traceparent":  "00-" + v.trace.String() + "-" + parent.id.String() + "-01",
		"X-Request-Id": v.request, "X-User-Id": v.user, "X-Session-Id": v.session, "X-Tenant-Id": v.tenant, "X-Telltale-Service": v.service.name,
		"X-Mock-Pace": "1",
	} {
		req.Header.Set(k, h)
	}
	if v.options.Token != "" {
		req.Header.Set("X-Telltale-Key", v.options.Token)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return fmt.Errorf("call %s: %w", m.name, err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written to it
	_, err = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s answered %s", m.name, resp.Status)
	}
	if err != nil {
		return fmt.Errorf("read answer of %s: %w", m.name, err)
	}
	return nil
}

func requestOf(m model, prompt string, stream bool) (path string, body map[string]any) {
	message := []map[string]any{{"role": "user", "content": prompt}}
	switch {
	case m.name == "text-embedding-3-small":
		return "/openai/v1/embeddings", map[string]any{"model": m.name, "input": prompt}
	case m.provider == "anthropic":
		return "/anthropic/v1/messages", map[string]any{"model": m.name, "max_tokens": 512, "messages": message, "stream": stream, "system": "You are a helpful clerk."}
	case m.provider == "gemini":
		method := ":generateContent"
		if stream {
			method = ":streamGenerateContent?alt=sse"
		}
		return "/gemini/v1beta/models/" + m.name + method, map[string]any{"contents": []map[string]any{{"role": "user", "parts": []map[string]any{{"text": prompt}}}}}
	}
	message = append([]map[string]any{{"role": "system", "content": "You are a helpful clerk."}}, message...)
	return "/openai/v1/chat/completions", map[string]any{"model": m.name, "messages": message, "stream": stream, "temperature": 0.2}
}
