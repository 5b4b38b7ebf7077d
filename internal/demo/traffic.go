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

// chat answers a question, often from the cache of answers, for which it looks up the customer first.
func (v *visit) chat(ctx context.Context) error {
	v.pause(ctx, 4*time.Millisecond)
	if err := v.fetch(ctx, "crm.internal", "/customers/{id}"); err != nil {
		return err
	}
	if v.random.IntN(4) == 0 {
		v.root().attrs["telltale.cache.result"] = "hit"
		return nil
	}
	v.root().attrs["telltale.cache.result"] = "miss"
	m := v.pick(chatModels)
	if err := v.call(ctx, v.root(), m, v.question(), v.random.IntN(2) == 0); err != nil {
		return err
	}
	if v.random.Float64() < 0.04 {
		v.root().happened("telltale.safety_flag", map[string]any{"gen_ai.request.model": m.name, "telltale.safety.category": []string{"prompt_injection", "personal_data"}[v.random.IntN(2)]})
		v.log("warn", "safety flag", map[string]any{"model": m.name})
	}
	if v.random.IntN(3) == 0 {
		v.score("user_feedback", m, 1-v.random.ExpFloat64()/6)
		v.gauges.enqueue() // a mail that thanks
	}
	return nil
}

// ask embeds a question, finds documents, and answers from them in JSON, which now and then is not what was asked for.
func (v *visit) ask(ctx context.Context) error {
	question := v.question()
	find := v.open(v.root(), "retrieval handbook", ptrace.SpanKindInternal, map[string]any{"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "handbook"})
	err := v.call(ctx, find, model{"openai", "text-embedding-3-small"}, question, false)
	if err == nil {
		v.selectDocuments(ctx, find)
	}
	v.close(find, err)
	if err != nil {
		return err
	}
	v.log("debug", "retrieved 4 documents", map[string]any{"documents": 4})
	m := v.pick(chatModels)
	if err := v.call(ctx, v.root(), m, "Answer from these documents: …\n\n"+question, true); err != nil {
		return err
	}
	if v.random.Float64() < 0.05 {
		v.root().happened("telltale.validation_failed", map[string]any{"gen_ai.request.model": m.name, "message": "/sources: expected an array"})
		v.log("warn", "answer failed validation", map[string]any{"model": m.name})
	}
	v.score("hallucination", m, v.random.ExpFloat64()/12)
	v.score("relevance", m, 1-v.random.ExpFloat64()/8)
	return nil
}

// selectDocuments asks a database of vectors, and notes how near the documents are.
func (v *visit) selectDocuments(ctx context.Context, find *work) {
	v.gauges.query(func() {
		db := v.open(find, "SELECT documents", ptrace.SpanKindClient, map[string]any{
			"db.system.name": "postgresql", "db.query.text": "SELECT id, body FROM documents ORDER BY embedding <=> $1 LIMIT 4", "server.address": "db.internal",
		})
		v.pause(ctx, 15*time.Millisecond)
		v.close(db, nil)
	})
	var documents []map[string]any
	for i := range 4 {
		documents = append(documents, map[string]any{"id": fmt.Sprintf("handbook-%d", v.random.IntN(200)), "score": max(0, 0.95-0.1*float64(i)-v.random.ExpFloat64()/10)})
	}
	text, err := json.Marshal(documents)
	if err == nil {
		find.attrs["gen_ai.retrieval.documents"] = string(text)
	}
}

// score notes a judgement of an answer.
func (v *visit) score(name string, m model, value float64) {
	v.root().happened("gen_ai.evaluation.result", map[string]any{
		"gen_ai.evaluation.name": name, "gen_ai.evaluation.score.value": min(max(value, 0), 1), "gen_ai.request.model": m.name,
	})
}

// fetch calls another service of the company, which is not always well.
func (v *visit) fetch(ctx context.Context, host, route string) error {
	s := v.open(v.root(), "GET "+route, ptrace.SpanKindClient, map[string]any{"http.request.method": "GET", "server.address": host, "url.template": route})
	v.pause(ctx, 12*time.Millisecond)
	code := http.StatusOK
	var err error
	if v.random.Float64() < 0.02 {
		code, err = http.StatusServiceUnavailable, errors.New(host+" answered 503 Service Unavailable")
	}
	s.attrs["http.response.status_code"] = code
	v.close(s, err)
	return err
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

// cachedSystem is a prompt whose tokens the provider keeps for the next call.
var cachedSystem = []map[string]any{{"type": "text", "text": "You are a helpful clerk.", "cache_control": map[string]any{"type": "ephemeral"}}}

func requestOf(m model, prompt string, stream bool) (path string, body map[string]any) {
	message := []map[string]any{{"role": "user", "content": prompt}}
	if m.provider == "anthropic" && len(prompt)%2 == 0 { // some write to the cache as well
		message[0]["content"] = []map[string]any{{"type": "text", "text": prompt, "cache_control": map[string]any{"type": "ephemeral"}}}
	}
	switch {
	case m.name == "text-embedding-3-small":
		return "/openai/v1/embeddings", map[string]any{"model": m.name, "input": prompt}
	case m.provider == "anthropic":
		return "/anthropic/v1/messages", map[string]any{"model": m.name, "max_tokens": 512, "messages": message, "stream": stream, "system": cachedSystem}
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
