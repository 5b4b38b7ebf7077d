package derive

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

var base = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// clock is a time that tests set.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// newCounter makes a counter that has caught up with an empty log.
func newCounter(t testing.TB, change func(*Options)) *Counter {
	t.Helper()
	o := Options{File: filepath.Join(t.TempDir(), "counters"), Every: time.Hour, Now: (&clock{base}).Now}
	if change != nil {
		change(&o)
	}
	return startCounter(t, o, 0)
}

// startCounter starts one whose log ends with a batch.
func startCounter(t testing.TB, o Options, end uint64) *Counter {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.CaughtUp(end)
	t.Cleanup(func() { c.cancel(); c.work.Wait() })
	return c
}

// shown is everything at /metrics, a line each, as name{label="value",…}; parts of histograms that are 0 are left out.
func shown(t testing.TB, c *Counter) map[string]float64 {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(c.Collector())
	found, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range found {
		var text strings.Builder
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(text.String()) {
			at := strings.LastIndexByte(line, ' ')
			if v, err := strconv.ParseFloat(strings.TrimSpace(line[at+1:]), 64); err == nil && line[0] != '#' && v != 0 &&
				!strings.HasPrefix(line, "telltale_derived_") && !strings.Contains(line, `le="`) {
				out[line[:at]] = v
			}
		}
	}
	return out
}

func span(change func(*telemetry.Span), attrs ...string) telemetry.Span {
	s := telemetry.Span{Event: telemetry.Event{Time: base.UnixNano(), Service: "shop"}, Duration: 300e6}
	s.TraceID[0], s.SpanID[0] = 1, 2
	for i := 0; i+1 < len(attrs); i += 2 {
		s.Attributes = append(s.Attributes, telemetry.Attr{Key: attrs[i], Value: attrs[i+1]})
	}
	if change != nil {
		change(&s)
	}
	return s
}

func chat(change func(*telemetry.Span)) telemetry.Span {
	return span(func(s *telemetry.Span) {
		s.Kind = telemetry.KindClient
		s.GenAI = &telemetry.GenAI{
			Operation: telemetry.OpChat, Provider: "openai", RequestModel: "gpt-4o-mini", ResponseModel: "gpt-4o-mini-2024-07-18", Counts: true,
			Usage: telemetry.Usage{Input: telemetry.Known(1200), Output: telemetry.Known(34), CacheRead: telemetry.Known(1024)},
			Cost:  telemetry.Known(123_600_000),
		}
		if change != nil {
			change(s)
		}
	})
}

func genAI(op telemetry.Operation, change func(*telemetry.Span), attrs ...string) telemetry.Span {
	return span(func(s *telemetry.Span) {
		s.GenAI = &telemetry.GenAI{Operation: op}
		if change != nil {
			change(s)
		}
	}, attrs...)
}

func event(name string, attrs ...string) telemetry.SpanEvent {
	e := telemetry.SpanEvent{Name: name}
	for i := 0; i+1 < len(attrs); i += 2 {
		e.Attributes = append(e.Attributes, telemetry.Attr{Key: attrs[i], Value: attrs[i+1]})
	}
	return e
}

// What a span comes to, whoever sent it.
func TestSpans(t *testing.T) {
	call := map[string]float64{
		`llm_calls_total{endpoint="other",job="shop",model="gpt-4o-mini",provider="openai",status="success"}`:     1,
		`llm_tokens_total{endpoint="other",job="shop",model="gpt-4o-mini",provider="openai",token_type="input"}`:  1200,
		`llm_tokens_total{endpoint="other",job="shop",model="gpt-4o-mini",provider="openai",token_type="output"}`: 34,
		`llm_cached_tokens_total{cache="read",job="shop",model="gpt-4o-mini",provider="openai"}`:                  1024,
		`llm_cost_usd_total{endpoint="other",job="shop",model="gpt-4o-mini",provider="openai"}`:                   0.0001236,
		`llm_call_duration_seconds_count{endpoint="other",job="shop",model="gpt-4o-mini",provider="openai"}`:      1,
		`llm_call_duration_seconds_sum{endpoint="other",job="shop",model="gpt-4o-mini",provider="openai"}`:        0.3,
	}
	server := func(s *telemetry.Span) {
		s.Kind, s.HTTPMethod, s.HTTPPath, s.HTTPStatus = telemetry.KindServer, "GET", "/orders/7", telemetry.Known(200)
	}
	client := func(method, path string, status int64) func(*telemetry.Span) {
		return func(s *telemetry.Span) {
			s.Kind, s.HTTPMethod, s.HTTPPath = telemetry.KindClient, method, path
			if status > 0 {
				s.HTTPStatus = telemetry.Known(status)
			}
		}
	}
	for _, tc := range []struct {
		name  string
		batch telemetry.Batch
		want  map[string]float64
	}{
		{"a request", spans(span(server, "http.route", "/orders/{id}", "http.request.body.size", "12", "http.response.body.size", "3000")), map[string]float64{
			`http_requests_total{job="shop",method="GET",path="/orders/{id}",status="200"}`:    1,
			`http_request_duration_seconds_count{job="shop",method="GET",path="/orders/{id}"}`: 1,
			`http_request_duration_seconds_sum{job="shop",method="GET",path="/orders/{id}"}`:   0.3,
			`http_request_size_bytes_count{job="shop",method="GET",path="/orders/{id}"}`:       1,
			`http_request_size_bytes_sum{job="shop",method="GET",path="/orders/{id}"}`:         12,
			`http_response_size_bytes_count{job="shop",method="GET",path="/orders/{id}"}`:      1,
			`http_response_size_bytes_sum{job="shop",method="GET",path="/orders/{id}"}`:        3000,
		}},
		{"a request without a route, with a method of its own", spans(span(func(s *telemetry.Span) { server(s); s.HTTPMethod, s.HTTPStatus = "BREW", telemetry.Opt{} })), map[string]float64{
			`http_requests_total{job="shop",method="other",path="other",status="other"}`:  1,
			`http_request_duration_seconds_count{job="shop",method="other",path="other"}`: 1,
			`http_request_duration_seconds_sum{job="shop",method="other",path="other"}`:   0.3,
		}},
		{"a later version of a request", spans(span(func(s *telemetry.Span) { server(s); s.Repeat = true })), nil},
		{"a server of another protocol", spans(span(func(s *telemetry.Span) { s.Kind = telemetry.KindServer })), nil},
		{"a call of another service", spans(span(client("GET", "/rates", 503), "server.address", "fx.example", "server.port", "8443")), map[string]float64{
			`external_calls_total{job="shop",status="503",target="fx.example:8443"}`:    1,
			`external_call_duration_seconds_count{job="shop",target="fx.example:8443"}`: 1,
			`external_call_duration_seconds_sum{job="shop",target="fx.example:8443"}`:   0.3,
		}},
		{"a call without an answer, told in old names", spans(span(client("POST", "/v1/messages", 0), "http.url", "https://sms.example/v1/messages")), map[string]float64{
			`external_calls_total{job="shop",status="error",target="sms.example"}`:  1,
			`external_call_duration_seconds_count{job="shop",target="sms.example"}`: 1,
			`external_call_duration_seconds_sum{job="shop",target="sms.example"}`:   0.3,
		}},
		{"requests of SDKs", spans(
			span(client("POST", "/v1/chat/completions", 200), "server.address", "api.openai.com", "server.port", "443"),
			span(client("POST", "/v1/messages", 200), "server.address", "api.anthropic.com"),
			span(client("POST", "/openai/v1/chat/completions", 200), "server.address", "127.0.0.1"),
			span(client("POST", "/azure/v1/responses", 200), "server.address", "127.0.0.1"),
		), nil},
		{"a call of a model", spans(chat(nil)), call},
		{"a span that repeats a call", spans(chat(nil), chat(func(s *telemetry.Span) {
			s.GenAI.Counts, s.GenAI.Usage, s.GenAI.Cost = false, telemetry.Usage{}, telemetry.Opt{}
		})), call},
		{"a call whose usage comes later", spans(
			chat(func(s *telemetry.Span) { s.GenAI.Usage, s.GenAI.Cost = telemetry.Usage{}, telemetry.Opt{} }),
			chat(func(s *telemetry.Span) { s.Repeat, s.GenAI.Counts = true, false }),
		), call},
		{"what else is known of a call later", spans(chat(nil), chat(func(s *telemetry.Span) {
			s.Repeat, s.GenAI.Usage, s.GenAI.Cost = true, telemetry.Usage{}, telemetry.Opt{}
			s.Events = append(s.Events, event("telltale.safety_flag"))
		}), span(func(s *telemetry.Span) { s.Repeat = true })), call},
		{"a failed call without a price", spans(chat(func(s *telemetry.Span) {
			s.Status, s.GenAI.Cost, s.GenAI.Usage = telemetry.StatusError, telemetry.Opt{}, telemetry.Usage{Input: telemetry.Known(-5), Reasoning: telemetry.Known(3), CacheWrite1h: telemetry.Known(2)}
			s.GenAI.TimeToFirstToken, s.HTTPPath = telemetry.Known(5e8), "/v1/chat/completions"
		})), map[string]float64{
			`llm_calls_total{endpoint="/v1/chat/completions",job="shop",model="gpt-4o-mini",provider="openai",status="failure"}`:      1,
			`llm_call_duration_seconds_count{endpoint="/v1/chat/completions",job="shop",model="gpt-4o-mini",provider="openai"}`:       1,
			`llm_call_duration_seconds_sum{endpoint="/v1/chat/completions",job="shop",model="gpt-4o-mini",provider="openai"}`:         0.3,
			`llm_time_to_first_token_seconds_count{endpoint="/v1/chat/completions",job="shop",model="gpt-4o-mini",provider="openai"}`: 1,
			`llm_time_to_first_token_seconds_sum{endpoint="/v1/chat/completions",job="shop",model="gpt-4o-mini",provider="openai"}`:   0.5,
			`llm_reasoning_tokens_total{job="shop",model="gpt-4o-mini",provider="openai"}`:                                            3,
			`llm_cached_tokens_total{cache="write",job="shop",model="gpt-4o-mini",provider="openai"}`:                                 2,
			`llm_unpriced_calls_total{job="shop",model="gpt-4o-mini",provider="openai"}`:                                              1,
		}},
		{"an agent with a step and tools", spans(
			genAI(telemetry.OpInvokeAgent, func(s *telemetry.Span) { s.GenAI.Agent = "planner" }),
			genAI(telemetry.OpPlan, func(s *telemetry.Span) { s.GenAI.Agent = "planner" }),
			genAI(telemetry.OpExecuteTool, func(s *telemetry.Span) { s.GenAI.Agent, s.GenAI.Tool = "planner", "weather" }),
			genAI(telemetry.OpExecuteTool, func(s *telemetry.Span) {
				s.GenAI.Agent, s.GenAI.Tool, s.Status = "planner", "weather", telemetry.StatusError
			}),
		), map[string]float64{
			`agent_runs_total{agent="planner",job="shop",status="success"}`:                      1,
			`agent_run_duration_seconds_count{agent="planner",job="shop"}`:                       1,
			`agent_run_duration_seconds_sum{agent="planner",job="shop"}`:                         0.3,
			`agent_steps_total{agent="planner",job="shop",status="success"}`:                     1,
			`agent_tool_calls_total{agent="planner",job="shop",status="success",tool="weather"}`: 1,
			`agent_tool_calls_total{agent="planner",job="shop",status="failure",tool="weather"}`: 1,
		}},
		{"scores of documents", spans(
			genAI(telemetry.OpRetrieval, nil, "gen_ai.retrieval.documents", `[{"id":"a","score":0.25},{"id":"b","score":"0.75"},{"id":"c"},{"id":"d","score":1e300}]`),
			genAI(telemetry.OpRetrieval, nil, "retrieval.documents.0.document.score", "0.5", "retrieval.documents.0.document.id", "7"),
			genAI(telemetry.OpRetrieval, nil, "gen_ai.retrieval.documents", `[{"score":1},{"score`),
			genAI(telemetry.OpRetrieval, nil, "gen_ai.retrieval.documents", `{"score":1}`),
		), map[string]float64{
			`rag_retrieval_score_count{job="shop"}`: 4, `rag_retrieval_score_sum{job="shop"}`: 2.5, `rag_retrieval_score_avg{job="shop"}`: 0.625,
		}},
		{"what happened on spans", spans(span(func(s *telemetry.Span) {
			s.Events = []telemetry.SpanEvent{
				event("telltale.validation_failed", "gen_ai.request.model", "gpt-4o"),
				event("telltale.safety_flag", "gen_ai.request.model", "gpt-4o", "telltale.safety.category", "violence"),
				event("gen_ai.evaluation.result", "gen_ai.evaluation.name", "hallucination", "gen_ai.evaluation.score.value", "0.75", "gen_ai.request.model", "gpt-4o"),
				event("gen_ai.evaluation.result", "gen_ai.evaluation.name", "hallucination", "gen_ai.evaluation.score.value", "NaN"),
				event("exception"),
			}
		}, "telltale.cache.result", "hit"), span(nil, "telltale.cache.result", "miss"), span(nil, "telltale.cache.result", "perhaps")), map[string]float64{
			`llm_validation_failures_total{job="shop",model="gpt-4o"}`:                   1,
			`llm_safety_flags_total{category="violence",job="shop",model="gpt-4o"}`:      1,
			`llm_evaluation_score_count{job="shop",model="gpt-4o",name="hallucination"}`: 1,
			`llm_evaluation_score_sum{job="shop",model="gpt-4o",name="hallucination"}`:   0.75,
			`llm_cache_requests_total{job="shop",result="hit"}`:                          1,
			`llm_cache_requests_total{job="shop",result="miss"}`:                         1,
		}},
		{"an event whose model its span says", spans(chat(func(s *telemetry.Span) {
			s.GenAI.Counts = false
			s.GenAI.Usage = telemetry.Usage{}
			s.Events = []telemetry.SpanEvent{event("telltale.validation_failed")}
		})), map[string]float64{`llm_validation_failures_total{job="shop",model="gpt-4o-mini"}`: 1}},
		{"a judgement that comes as a log", telemetry.Batch{Logs: []telemetry.Log{
			{Event: telemetry.Event{Service: "shop", Name: "gen_ai.evaluation.result", Attributes: telemetry.Attrs{
				{Key: "gen_ai.evaluation.name", Value: "relevance"}, {Key: "gen_ai.evaluation.score.value", Value: "1"},
			}}},
			{Event: telemetry.Event{Service: "shop", Name: "another"}},
		}}, map[string]float64{
			`llm_evaluation_score_count{job="shop",model="",name="relevance"}`: 1, `llm_evaluation_score_sum{job="shop",model="",name="relevance"}`: 1,
		}},
		{"cost of a key", spans(chat(func(s *telemetry.Span) { s.KeyID = "key_7" })), with(call, map[string]float64{
			`llm_key_cost_usd_total{job="shop",key="key_7"}`: 0.0001236,
		})},
		{"tokens of an agent", spans(chat(func(s *telemetry.Span) { s.GenAI.Agent = "planner" })), with(call, map[string]float64{
			`agent_tokens_total{agent="planner",job="shop",model="gpt-4o-mini",token_type="input"}`:  1200,
			`agent_tokens_total{agent="planner",job="shop",model="gpt-4o-mini",token_type="output"}`: 34,
		})},
		{"services with and without names", spans(
			span(func(s *telemetry.Span) {
				s.Events = []telemetry.SpanEvent{event("telltale.validation_failed", "gen_ai.request.model", "m")}
				s.Resource = telemetry.Attrs{{Key: "service.namespace", Value: "eu"}}
			}),
			span(func(s *telemetry.Span) {
				s.Service = ""
				s.Events = []telemetry.SpanEvent{event("telltale.validation_failed", "gen_ai.request.model", "m")}
			}),
		), map[string]float64{
			`llm_validation_failures_total{job="eu/shop",model="m"}`: 1, `llm_validation_failures_total{job="unknown_service",model="m"}`: 1,
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newCounter(t, nil)
			c.Follow(1, &tc.batch)
			if tc.want == nil {
				tc.want = map[string]float64{}
			}
			if diff := cmp.Diff(tc.want, shown(t, c)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func spans(list ...telemetry.Span) telemetry.Batch { return telemetry.Batch{Spans: list} }

func with(a, b map[string]float64) map[string]float64 {
	out := map[string]float64{}
	for _, m := range []map[string]float64{a, b} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// The endpoint of a call is the route of the caller, else that of the provider.
func TestEndpoints(t *testing.T) {
	c := newCounter(t, nil)
	at := func(path string, attrs ...string) telemetry.Span {
		s := chat(func(s *telemetry.Span) { s.HTTPPath = path })
		for i := 0; i+1 < len(attrs); i += 2 {
			s.Attributes = append(s.Attributes, telemetry.Attr{Key: attrs[i], Value: attrs[i+1]})
		}
		return s
	}
	answered := at("")
	answered.GenAI.RequestModel = ""
	b := spans(at("/v1/chat/completions"), at("/v1beta/models/{model}:generateContent"), at("/v1/models/gemini-2.5-flash:generateContent"),
		at("/ask", "http.route", "/ask"), at("/u/7f3a"), answered)
	c.Follow(1, &b)
	got := map[string]int{}
	c.Series(func(s *Series) {
		if s.Family.Name == "llm_calls_total" {
			got[s.Values[1]+" "+s.Values[2]] = int(s.Value)
		}
	})
	want := map[string]int{
		"gpt-4o-mini /v1/chat/completions": 1, "gpt-4o-mini /v1beta/models/{model}:generateContent": 1, "gpt-4o-mini /v1/models/{model}:generateContent": 1,
		"gpt-4o-mini /ask": 1, "gpt-4o-mini other": 1, "gpt-4o-mini-2024-07-18 other": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Labels are bounded whatever clients send, and always valid; nothing is left out for it, and it is told.
func TestLabelsAreBounded(t *testing.T) {
	c := newCounter(t, nil)
	const n = 3 * maxLabels
	for i := range n {
		b := spans(chat(func(s *telemetry.Span) {
			s.GenAI.RequestModel = strconv.Itoa(i) + "m\xff" + strings.Repeat("é", i%200)
		}), span(func(s *telemetry.Span) {
			s.Service = fmt.Sprintf("service-%d", 3*i)
			s.Attributes = telemetry.Attrs{{Key: attrCacheResult, Value: "hit"}}
		}))
		c.Follow(uint64(i+1), &b)
	}
	got := shown(t, c)
	models, calls, hits := 0, 0.0, 0.0
	for k, v := range got {
		switch {
		case strings.HasPrefix(k, "llm_calls_total"):
			models++
			calls += v
		case strings.HasPrefix(k, "llm_cache_requests_total"):
			hits += v
		}
	}
	if models != maxLabels+1 || calls != n || hits != n {
		t.Errorf("%d models, %v calls, %v hits", models, calls, hits)
	}
	if v := got[`telltale_cardinality_folded_total{family="llm_calls_total",label="model"}`]; v != n-maxLabels {
		t.Errorf("%v calls are said to be folded", v)
	}
	if v := got[`telltale_cardinality_folded_total{family="llm_cache_requests_total",label="job"}`]; v != n+1-maxJobs { // the shop is one too
		t.Errorf("%v jobs are said to be folded", v)
	}
	for _, f := range c.Status().Folded {
		if f.Family == "llm_calls_total" && (f.Label != "model" || f.Values != maxLabels) {
			t.Errorf("%+v", f)
		}
	}
}

// All labels together are bounded too.
func TestSeriesAreBounded(t *testing.T) {
	c := newCounter(t, func(o *Options) { o.Limit = 500 })
	for i := range 2000 {
		b := spans(span(func(s *telemetry.Span) {
			s.Kind, s.HTTPMethod, s.HTTPStatus = telemetry.KindServer, "GET", telemetry.Known(200)
			s.Attributes = telemetry.Attrs{{Key: attrRoute, Value: fmt.Sprintf("/r%d", i%150)}}
			s.Service = fmt.Sprintf("service-%d", i%10)
		}))
		c.Follow(uint64(i+1), &b)
	}
	n, total := 0, 0.0
	c.Series(func(s *Series) {
		n++
		if s.Family.Name == "http_requests_total" {
			total += s.Value
		}
	})
	if n > 500+10*2*len(columns[served]) || total != 2000 {
		t.Errorf("%d series, %v requests", n, total)
	}
}

// A label that is full takes new values when old ones have been idle for a day.
func TestIdleSeriesGiveWay(t *testing.T) {
	now := &clock{base}
	c := newCounter(t, func(o *Options) { o.Now = now.Now })
	seq := uint64(0)
	call := func(model string) {
		seq++
		b := spans(chat(func(s *telemetry.Span) { s.GenAI.RequestModel = model }))
		c.Follow(seq, &b)
	}
	call("steady")
	for i := range 2 * maxLabels {
		call(fmt.Sprintf("old-%d", i))
	}
	now.now = now.now.Add(12 * time.Hour)
	call("steady")
	now.now = now.now.Add(12*time.Hour + time.Minute)
	call("new") // still folded, and the occasion to look for room
	call("new")
	got := shown(t, c)
	of := func(model string) float64 {
		return got[`llm_calls_total{endpoint="other",job="shop",model="`+model+`",provider="openai",status="success"}`]
	}
	if of("steady") != 2 || of("new") != 1 || of("old-1") != 0 {
		t.Errorf("steady %v, new %v, old %v", of("steady"), of("new"), of("old-1"))
	}
}

// Values name a span behind them.
func TestExemplars(t *testing.T) {
	c := newCounter(t, nil)
	b := spans(chat(nil), chat(func(s *telemetry.Span) { s.Duration = 25e9; binary.BigEndian.PutUint64(s.TraceID[:], 9) }))
	c.Follow(1, &b)
	found := map[string]Exemplar{}
	c.Series(func(s *Series) {
		for i, e := range s.Exemplars {
			if !e.Trace.IsZero() {
				found[s.Family.Name+strings.Join(s.Values, " ")+strconv.Itoa(i)] = e
			}
		}
	})
	slow := found["llm_call_duration_secondsopenai gpt-4o-mini other8"]
	if slow.Value != 25 || slow.Trace != b.Spans[1].TraceID || slow.Span != b.Spans[1].SpanID || slow.Time != base.UnixMilli() {
		t.Errorf("slow call: %+v", slow)
	}
	if fast := found["llm_call_duration_secondsopenai gpt-4o-mini other2"]; fast.Trace != b.Spans[0].TraceID {
		t.Errorf("fast call: %+v", fast)
	}
	if last := found["llm_calls_totalopenai gpt-4o-mini other success0"]; last.Trace != b.Spans[1].TraceID {
		t.Errorf("calls: %+v", last)
	}
}

// What a service counts itself stands still, and is not shown.
func TestOwned(t *testing.T) {
	c := newCounter(t, nil)
	seq := uint64(0)
	follow := func() {
		seq++
		b := spans(chat(nil), chat(func(s *telemetry.Span) { s.Service = "other-shop" }))
		c.Follow(seq, &b)
	}
	const calls = `llm_calls_total{endpoint="other",job="shop",model="gpt-4o-mini",provider="openai",status="success"}`
	follow()
	c.SetOwned("llm_calls_total", "shop", true)
	follow()
	if got := shown(t, c); got[calls] != 0 || got[strings.Replace(calls, "shop", "other-shop", 1)] != 2 {
		t.Errorf("while the service has it: %v", got)
	}
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	c = startCounter(t, c.opts, seq)
	follow()
	c.SetOwned("llm_calls_total", "shop", false)
	follow()
	got := shown(t, c)
	if got[calls] != 2 || got[`llm_tokens_total{endpoint="other",job="shop",model="gpt-4o-mini",provider="openai",token_type="output"}`] != 4*34 {
		t.Errorf("after the service gave it up: %v", got)
	}
}
