package llm_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/telltale-dev/telltale/observe/llm"
	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
	"github.com/telltale-dev/telltale/observe/price"
)

// byName finds a span that has ended.
func (tel *telemetry) byName(t testing.TB, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	var names []string
	for _, s := range tel.spans.Ended() {
		if s.Name() == name {
			return s
		}
		names = append(names, s.Name())
	}
	t.Fatalf("no span %q among %q", name, names)
	return nil
}

// work runs an agent with a step, a tool, a search and a call by hand.
func work(ctx context.Context, fail error) (err error) {
	ctx, session := llm.Session(ctx, "conv-1", llm.Limits{})
	defer session.End()
	ctx, run := llm.Agent(ctx, "researcher")
	defer run.End(&err)
	stepCtx, step := llm.Step(ctx, "plan")
	defer step.End(&err)

	_, search := llm.Retrieval(stepCtx, "manuals", "how to reach ada@example.com")
	search.Found(llm.Document{ID: "m1", Score: 0.25}, llm.Document{ID: "m2", Score: 0.75})
	search.End(nil)

	_, tool := llm.Tool(stepCtx, llm.ToolCall{Name: "weather", ID: "call_1", Arguments: map[string]string{"city": "Rome"}})
	tool.Result(`{"sky":"clear"}`)
	tool.End(&fail)

	_, call := llm.Start(stepCtx, llm.Call{Provider: "openai", Model: "gpt-4o-mini", Stream: true, Messages: []llm.Message{{Role: "system", Content: "Be kind."}, {Content: "hi"}}})
	defer call.Close()
	call.FirstToken()
	call.End(llm.Result{ID: "r1", Usage: llm.Usage{Input: 1200, CacheRead: 1024, Output: 34}, FinishReason: "end_turn", Messages: []llm.Message{{Content: "hello"}}})
	call.End(llm.Result{Err: errors.New("twice")})
	return fail
}

func TestWorkByHand(t *testing.T) {
	tel := newTelemetry(t)
	if err := work(tel.in(t.Context()), nil); err != nil {
		t.Fatal(err)
	}
	agent, step, tool := tel.byName(t, "invoke_agent researcher"), tel.byName(t, "step plan"), tel.byName(t, "execute_tool weather")
	search, call := tel.byName(t, "retrieval manuals"), tel.byName(t, "chat gpt-4o-mini")
	for child, parent := range map[sdktrace.ReadOnlySpan]sdktrace.ReadOnlySpan{step: agent, tool: step, search: step, call: step} {
		if child.Parent().SpanID() != parent.SpanContext().SpanID() {
			t.Errorf("%s is not inside %s", child.Name(), parent.Name())
		}
		if got := attributes(child)["gen_ai.conversation.id"]; got != "conv-1" {
			t.Errorf("%s is of conversation %q", child.Name(), got)
		}
	}
	a := attributes(call)
	for k, v := range map[string]string{
		"gen_ai.usage.cost": "0.0001236", "gen_ai.agent.name": "researcher", "gen_ai.response.finish_reasons": `["stop"]`,
		"gen_ai.input.messages":      `[{"role":"user","parts":[{"type":"text","content":"hi"}]}]`,
		"gen_ai.output.messages":     `[{"role":"assistant","parts":[{"type":"text","content":"hello"}]}]`,
		"gen_ai.system_instructions": `[{"type":"text","content":"Be kind."}]`,
	} {
		if a[k] != v {
			t.Errorf("%s is %q, want %q", k, a[k], v)
		}
	}
	if a := attributes(tool); a["gen_ai.tool.call.arguments"] != `{"city":"Rome"}` || a["gen_ai.tool.call.result"] != `{"sky":"clear"}` || a["gen_ai.tool.call.id"] != "call_1" {
		t.Errorf("tool: %v", a)
	}
	if a := attributes(search); !strings.Contains(a["gen_ai.retrieval.query.text"], "[redacted:email]") || a["gen_ai.retrieval.documents"] != `[{"id":"m1","score":0.25},{"id":"m2","score":0.75}]` {
		t.Errorf("search: %v", a)
	}
	for family, want := range map[string]map[string]float64{
		"agent_runs_total":                {"researcher,success": 1},
		"agent_run_duration_seconds":      {"researcher": 1},
		"agent_steps_total":               {"researcher,success": 1},
		"agent_tool_calls_total":          {"researcher,success,weather": 1},
		"agent_tokens_total":              {"researcher,gpt-4o-mini,input": 1200, "researcher,gpt-4o-mini,output": 34},
		"agent_sessions_active":           {"": 0},
		"conversations_active":            {"": 0},
		"rag_retrieval_score":             {"": 2},
		"rag_retrieval_score_avg":         {"": 0.5},
		"llm_calls_total":                 {"/chat,gpt-4o-mini,openai,success": 1},
		"llm_cost_usd_total":              {"/chat,gpt-4o-mini,openai": 0.0001236},
		"llm_cached_tokens_total":         {"read,gpt-4o-mini,openai": 1024},
		"llm_time_to_first_token_seconds": {"/chat,gpt-4o-mini,openai": 1},
	} {
		if diff := cmp.Diff(want, tel.series(t, family)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", family, diff)
		}
	}
}

func TestErrorsOfWork(t *testing.T) {
	tel := newTelemetry(t)
	_ = work(tel.in(t.Context()), errors.New("no key sk-proj-1a2B3c4D5e6F7g8H"))
	for _, name := range []string{"invoke_agent researcher", "step plan", "execute_tool weather"} {
		span := tel.byName(t, name)
		if s := span.Status(); s.Code != codes.Error || !strings.Contains(s.Description, "[redacted:") || attributes(span)["error.type"] != "*errors.errorString" {
			t.Errorf("%s: %v %v", name, s, attributes(span))
		}
	}
	if got := tel.series(t, "agent_runs_total"); got["researcher,failure"] != 1 {
		t.Errorf("runs: %v", got)
	}
}

func TestPanicsGoOnAndLeaveNothingOpen(t *testing.T) {
	tel := newTelemetry(t)
	got := func() (value any) {
		defer func() { value = recover() }()
		ctx, session := llm.Session(tel.in(t.Context()), "c", llm.Limits{})
		defer session.End()
		var err error
		ctx, run := llm.Agent(ctx, "a")
		defer run.End(&err)
		ctx, tool := llm.Tool(ctx, llm.ToolCall{Name: "t"})
		defer func() { tool.End(&err) }()
		_, call := llm.Start(ctx, llm.Call{Provider: "p", Model: "m"})
		defer call.Close()
		panic("the cause")
	}()
	if got != "the cause" {
		t.Errorf("recovered %v", got)
	}
	for _, name := range []string{"invoke_agent a", "execute_tool t", "chat m"} {
		if a := attributes(tel.byName(t, name)); a["error.type"] != "panic" {
			t.Errorf("%s: %v", name, a)
		}
	}
	for _, gauge := range []string{"agent_sessions_active", "conversations_active"} {
		if n := tel.series(t, gauge)[""]; n != 0 {
			t.Errorf("%s is %v", gauge, n)
		}
	}
}

func TestEndsTwiceAndNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tel := newTelemetry(t)
		gauges := func() [2]float64 {
			return [2]float64{tel.series(t, "agent_sessions_active")[""], tel.series(t, "conversations_active")[""]}
		}
		ctx, session := llm.Session(tel.in(t.Context()), "c", llm.Limits{})
		_, again := llm.Session(tel.in(t.Context()), "c", llm.Limits{}) // the same conversation
		ctx, run := llm.Agent(ctx, "a")
		_, inner := llm.Agent(ctx, "b") // called by a
		if got := gauges(); got != [2]float64{1, 1} {
			t.Errorf("open: %v", got)
		}
		for range 2 {
			inner.End(nil)
			run.End(nil)
			session.End()
			again.End()
		}
		if got := gauges(); got != [2]float64{} {
			t.Errorf("ended twice: %v", got)
		}

		ctx, cancel := context.WithCancel(tel.in(t.Context()))
		ctx, _ = llm.Session(ctx, "c", llm.Limits{})
		ctx, forgotten := llm.Agent(ctx, "never")
		_, late := llm.Step(ctx, "late")
		cancel()
		synctest.Wait()
		if got := gauges(); got != [2]float64{} {
			t.Errorf("never ended: %v", got)
		}
		late.End(nil) // within the grace it says itself how it went
		time.Sleep(time.Minute)
		synctest.Wait()
		forgotten.End(nil)
		if a := attributes(tel.byName(t, "invoke_agent never")); a["error.type"] != "canceled" {
			t.Errorf("never ended: %v", a)
		}
		if s := tel.byName(t, "step late").Status(); s.Code == codes.Error {
			t.Errorf("late: %v", s)
		}
	})
}

func TestLimits(t *testing.T) {
	url, got := mock(t, llmmock.Options{Text: strings.Repeat("word", 34)})
	call := func(ctx context.Context, t *testing.T) error {
		_, err := post(ctx, t, client(t, llm.TransportOptions{}), url+"/v1/chat/completions", chat("")) //nolint:bodyclose // closed below
		return err
	}
	tool := func(ctx context.Context, arguments string) error {
		_, run := llm.Tool(ctx, llm.ToolCall{Name: "search", Arguments: arguments})
		defer run.End(nil)
		return run.Err()
	}
	for _, tt := range []struct {
		name   string
		limits llm.Limits
		work   func(ctx context.Context, t *testing.T) error
		want   llm.LimitError
	}{
		{"calls", llm.Limits{Calls: 2}, func(ctx context.Context, t *testing.T) error {
			return errors.Join(call(ctx, t), call(ctx, t), call(ctx, t))
		}, llm.LimitError{Limit: llm.LimitCalls, Session: "s", Allowed: 2}},
		{"depth", llm.Limits{Depth: 2}, func(ctx context.Context, _ *testing.T) error {
			ctx, _ = llm.Agent(ctx, "a")
			ctx, _ = llm.Step(ctx, "b")
			_, run := llm.Agent(ctx, "c")
			return run.Err()
		}, llm.LimitError{Limit: llm.LimitDepth, Session: "s", Allowed: 2}},
		{"repeated tool", llm.Limits{RepeatedTool: 2}, func(ctx context.Context, _ *testing.T) error {
			return errors.Join(tool(ctx, "a"), tool(ctx, "b"), tool(ctx, "a"), tool(ctx, "a"))
		}, llm.LimitError{Limit: llm.LimitRepeatedTool, Session: "s", Allowed: 2, Tool: "search"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tel := newTelemetry(t)
			ctx, session := llm.Session(tel.in(t.Context()), "s", tt.limits)
			defer session.End()
			ctx, span := tel.core.Tracer.Start(ctx, "request")
			err := tt.work(ctx, t)
			span.End()
			var limit *llm.LimitError
			if !errors.As(err, &limit) || *limit != tt.want {
				t.Fatalf("got %v, want %v", err, &tt.want)
			}
			if got := tel.series(t, "telltale_llm_limit_exceeded_total"); got[string(tt.want.Limit)] != 1 {
				t.Errorf("metric: %v", got)
			}
			// The session is over, for everything and before anyone is asked.
			got()
			later, run := llm.Start(ctx, llm.Call{Model: "m"})
			if !errors.As(run.Err(), &limit) || !errors.As(context.Cause(later), &limit) || !errors.As(session.Err(), &limit) || !errors.As(call(ctx, t), &limit) || tool(ctx, "z") == nil {
				t.Errorf("after that: %v, %v, %v", run.Err(), context.Cause(later), session.Err())
			}
			run.End(llm.Result{})
			if n := len(got()); n != 0 {
				t.Errorf("the provider was asked %d times", n)
			}
			if got := tel.series(t, "telltale_llm_limit_exceeded_total"); got[string(tt.want.Limit)] != 1 {
				t.Errorf("one session that was refused often: %v", got)
			}
		})
	}
}

func TestCostLimitIsExactUnderConcurrency(t *testing.T) {
	tel := newTelemetry(t)
	ctx, session := llm.Session(tel.in(t.Context()), "s", llm.Limits{Cost: 0.0114}) // a hundred calls of 0.000114
	defer session.End()
	var made atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				_, call := llm.Start(ctx, llm.Call{Provider: "openai", Model: "gpt-4o-mini"})
				if call.Err() != nil {
					return
				}
				made.Add(1)
				call.End(llm.Result{Usage: llm.Usage{Input: 1200, CacheRead: 1152, Output: 34}})
			}
		})
	}
	wg.Wait()
	n := made.Load()
	if n < 100 || n > 107 { // those under way when it was reached
		t.Errorf("%d calls", n)
	}
	if want := price.Amount(n * 114_000_000); session.Cost() != want {
		t.Errorf("cost %v, want %v", session.Cost(), want)
	}
}

func TestCallByHandAroundATransportCountsOnce(t *testing.T) {
	tel := newTelemetry(t)
	url, _ := mock(t, llmmock.Options{Text: strings.Repeat("word", 34)})
	ctx, session := llm.Session(tel.in(t.Context()), "s", llm.Limits{Calls: 1})
	defer session.End()
	ctx, call := llm.Start(ctx, llm.Call{Provider: "openai", Model: "gpt-4o-mini"})
	read(ctx, t, client(t, llm.TransportOptions{}), url+"/v1/chat/completions", chat(""))
	call.End(llm.Result{Usage: llm.Usage{Input: 1200, CacheRead: 1152, Output: 34}})
	if n := len(tel.spans.Ended()); n != 2 {
		t.Errorf("%d spans", n)
	}
	if got := tel.series(t, "llm_calls_total"); got["/chat,gpt-4o-mini,openai,success"] != 1 {
		t.Errorf("calls: %v", got)
	}
	if session.Calls() != 1 || session.Cost() != 114_000_000 {
		t.Errorf("session: %d calls, %v", session.Calls(), session.Cost())
	}
}

func TestFeedback(t *testing.T) {
	tel := newTelemetry(t)
	ctx, span := tel.core.Tracer.Start(tel.in(t.Context()), "request")
	llm.CacheHit(ctx, true)
	llm.CacheHit(ctx, false)
	llm.ValidationFailed(ctx, "m", errors.New("no field name"))
	llm.SafetyFlag(ctx, "m", "violence")
	llm.Score(ctx, llm.Evaluation{Name: "hallucination", Value: 1, Model: "m", Explanation: "made up ada@example.com", ResponseID: "r1"})
	span.End()
	for family, want := range map[string]map[string]float64{
		"llm_cache_requests_total":      {"hit": 1, "miss": 1},
		"llm_validation_failures_total": {"m": 1},
		"llm_safety_flags_total":        {"violence,m": 1},
		"llm_evaluation_score":          {"m,hallucination": 1},
	} {
		if diff := cmp.Diff(want, tel.series(t, family)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", family, diff)
		}
	}
	events := tel.one(t).Events()
	if len(events) != 3 || events[2].Name != "gen_ai.evaluation.result" {
		t.Fatalf("events: %v", events)
	}
	if a := texts(events[2].Attributes); a["gen_ai.evaluation.score.value"] != "1" || a["gen_ai.evaluation.explanation"] != "made up [redacted:email]" || a["gen_ai.response.id"] != "r1" {
		t.Errorf("evaluation: %v", a)
	}
	if n := len(tel.log.all(t)); n != 3 {
		t.Errorf("%d lines", n)
	}
}

func TestIsModelCall(t *testing.T) {
	for target, want := range map[string]bool{
		"POST https://api.openai.com/v1/chat/completions":                                                     true,
		"POST https://eu.api.openai.com/v1/responses":                                                         true,
		"POST https://api.openai.com/v1/embeddings":                                                           true,
		"POST https://api.openai.com/v1/files":                                                                false,
		"GET https://api.openai.com/v1/models":                                                                false,
		"POST https://api.anthropic.com/v1/messages?beta=true":                                                true,
		"POST https://api.anthropic.com/v1/messages/count_tokens":                                             false,
		"POST https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent": true,
		"POST https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-flash:generateContent": true,
		"POST https://mine.openai.azure.com/openai/deployments/d/chat/completions?api-version=1":                                                 true,
		"POST https://openrouter.ai/api/v1/chat/completions":                                                                                     true,
		"POST https://api.groq.com/openai/v1/chat/completions":                                                                                   true,
		"POST https://api.deepseek.com/chat/completions":                                                                                         true,
		"POST https://api.deepseek.com/anthropic/v1/messages":                                                                                    true,
		"POST http://localhost:11434/v1/embeddings":                                                                                              true,
		"POST http://127.0.0.1:8080/anthropic/v1/messages":                                                                                       true,
		"POST http://telltale:8080/gemini/v1beta/models/gemini-2.5-flash:generateContent":                                                        true,
		"POST https://telltale.example.com/openai/v1/responses":                                                                                  true,
		"POST https://llm.example.com/v1/chat/completions":                                                                                       true,
		"POST https://mail.example.com/v1/messages":                                                                                              false,
		"POST https://search.example.com/v1/embeddings":                                                                                          false,
		"POST https://example.com/":                                                                                                              false,
	} {
		method, url, _ := strings.Cut(target, " ")
		r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := llm.IsModelCall(r); got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
}

func TestProviders(t *testing.T) {
	base := roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("not now") })
	for url, want := range map[string]string{
		"https://mine.openai.azure.com/openai/deployments/d/chat/completions": "azure.ai.openai d",
		"https://api.deepseek.com/anthropic/v1/messages":                      "deepseek ",
		"http://localhost:8080/groq/openai/v1/chat/completions":               "groq ",
		"http://localhost:8080/anthropic/v1/messages":                         "anthropic ",
		"http://localhost:8080/v1/messages":                                   "anthropic ",
		"http://gpu:8000/v1/chat/completions":                                 "openai ",
		"https://models.example.com/llm/v1/embeddings":                        "acme ",
	} {
		tel := newTelemetry(t)
		c := &http.Client{Transport: llm.NewTransport(base, llm.TransportOptions{
			Endpoints: []llm.Endpoint{{Host: "models.example.com", Prefix: "/llm", Provider: "acme"}},
		})}
		_, _ = post(tel.in(t.Context()), t, c, url, "{}") //nolint:bodyclose // there is none
		a := attributes(tel.one(t))
		if got := a["gen_ai.provider.name"] + " " + a["gen_ai.request.model"]; got != want {
			t.Errorf("%s: %s", url, got)
		}
	}
}
