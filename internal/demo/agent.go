package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

const agentName = "researcher"

// research runs an agent that thinks, uses tools and sometimes goes round in circles.
func (v *visit) research(ctx context.Context) error {
	defer v.gauges.run()()
	agent := v.open(v.root(), "invoke_agent "+agentName, ptrace.SpanKindInternal, map[string]any{"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": agentName})
	err := v.steps(ctx, agent)
	v.close(agent, err)
	return err
}

var tools = []string{"web_search", "read_page", "sql_query", "calculator"}

func (v *visit) steps(ctx context.Context, agent *work) error {
	steps := 2 + v.random.IntN(4)
	stuck := v.random.Float64() < 0.05
	if stuck {
		steps = 12
		v.log("warn", "the agent uses the same tool again and again", map[string]any{"tool": tools[0]})
	}
	for i := range steps {
		name := tools[v.random.IntN(len(tools))]
		if stuck {
			name = tools[0]
		}
		step := v.open(agent, "step "+strconv.Itoa(i+1), ptrace.SpanKindInternal, map[string]any{"gen_ai.operation.name": "plan", "gen_ai.agent.name": agentName})
		err := v.think(ctx, step, "gpt-4o", "Which tool is next? "+v.question())
		if err == nil {
			err = v.use(ctx, step, name)
		}
		v.close(step, err)
		if err != nil {
			return err
		}
	}
	return v.think(ctx, agent, []string{"o4-mini", "in-house-7b"}[v.random.IntN(2)], "Write the report.") // the second has no known price
}

// use runs a tool.
func (v *visit) use(ctx context.Context, parent *work, name string) error {
	tool := v.open(parent, "execute_tool "+name, ptrace.SpanKindInternal, map[string]any{
		"gen_ai.operation.name": "execute_tool", "gen_ai.agent.name": agentName, "gen_ai.tool.name": name,
		"gen_ai.tool.call.arguments": `{"query":"invoice"}`, "gen_ai.tool.call.result": `{"rows":3}`,
	})
	v.gauges.query(func() { v.pause(ctx, 20*time.Millisecond) })
	var err error
	if v.random.Float64() < 0.03 {
		err = errors.New("tool " + name + ": connection reset")
		tool.attrs["error.type"] = "connection_reset"
	}
	v.close(tool, err)
	return err
}

// think calls the provider itself, and tells of it in a span as instrumentation of an SDK does.
func (v *visit) think(ctx context.Context, parent *work, model, prompt string) error {
	call := v.open(parent, "chat "+model, ptrace.SpanKindClient, map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": model, "gen_ai.agent.name": agentName,
	})
	err := v.complete(ctx, call, model, prompt)
	v.close(call, err)
	return err
}

func (v *visit) complete(ctx context.Context, call *work, model, prompt string) error {
	message := []map[string]any{{"role": "system", "content": "You are a careful researcher."}, {"role": "user", "content": prompt}}
	body := map[string]any{"model": model, "messages": message}
	if model == "o4-mini" {
		body["reasoning_effort"] = "medium"
	}
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.options.Provider+"/v1/chat/completions", bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("call %s: %w", model, err)
	}
	for k, h := range map[string]string{"Content-Type": "application/json", "Authorization": "Bearer sk-demo", "X-Mock-Pace": "1"} {
		req.Header.Set(k, h)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return fmt.Errorf("call %s: %w", model, err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written to it
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", model, resp.Status)
	}
	var answer struct {
		ID, Model string
		Choices   []struct {
			Message struct{ Content string }
			Reason  string `json:"finish_reason"`
		}
		Usage struct {
			In      int `json:"prompt_tokens"`
			Out     int `json:"completion_tokens"`
			Details struct {
				Cached int `json:"cached_tokens"`
			} `json:"prompt_tokens_details"`
			Within struct {
				Reasoning int `json:"reasoning_tokens"`
			} `json:"completion_tokens_details"`
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || len(answer.Choices) == 0 {
		return fmt.Errorf("read answer of %s: %w", model, errors.Join(err, errors.New("no answer")))
	}
	for k, a := range map[string]any{
		"gen_ai.response.id": answer.ID, "gen_ai.response.model": answer.Model, "gen_ai.usage.input_tokens": answer.Usage.In,
		"gen_ai.usage.output_tokens": answer.Usage.Out, "gen_ai.usage.cache_read.input_tokens": answer.Usage.Details.Cached,
		"gen_ai.usage.reasoning.output_tokens": answer.Usage.Within.Reasoning, "gen_ai.response.finish_reasons": []any{answer.Choices[0].Reason},
		"gen_ai.input.messages": parts("user", prompt), "gen_ai.output.messages": parts("assistant", answer.Choices[0].Message.Content),
	} {
		call.attrs[k] = a
	}
	return nil
}

// parts is a message as the GenAI conventions write it.
func parts(role, text string) string {
	b, err := json.Marshal([]map[string]any{{"role": role, "parts": []map[string]any{{"type": "text", "content": text}}}})
	if err != nil {
		return "" // texts can be encoded
	}
	return string(b)
}
