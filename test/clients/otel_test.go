//go:build e2e

package clients

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/test/harness"
)

// record is what the API says of a span or log of a trace.
type record struct {
	Name         string            `json:"name"`
	Service      string            `json:"service"`
	Environment  string            `json:"environment"`
	SpanID       string            `json:"span_id"`
	ParentID     string            `json:"parent_id"`
	TraceID      string            `json:"trace_id"`
	Kind         string            `json:"kind"`
	Status       string            `json:"status"`
	Message      string            `json:"status_message"`
	UserID       string            `json:"user_id"`
	SessionID    string            `json:"session_id"`
	HTTPStatus   int               `json:"http_status"`
	HTTPPath     string            `json:"http_path"`
	Scope        string            `json:"scope"`
	ScopeVersion string            `json:"scope_version"`
	Attributes   map[string]string `json:"attributes"`
	Level        string            `json:"level"`
	Body         string            `json:"body"`
	Events       []struct {
		Name       string            `json:"name"`
		Attributes map[string]string `json:"attributes"`
	} `json:"events"`
	GenAI *struct {
		Call    bool    `json:"call"`
		CostUSD *string `json:"cost_usd"`
		Usage   *struct {
			Input  *int64 `json:"input_tokens"`
			Output *int64 `json:"output_tokens"`
		} `json:"usage"`
	} `json:"genai"`
}

type traceRecords struct {
	Summary struct {
		Calls  int   `json:"calls"`
		Input  int64 `json:"input_tokens"`
		Output int64 `json:"output_tokens"`
	} `json:"summary"`
	Spans []record `json:"spans"`
	Logs  []record `json:"logs"`
}

// sdk is a client program and what it is called.
type sdk struct {
	name    string
	command []string
	logs    bool // sends logs too
	metrics bool // sends metrics too
}

// A service with a plain OpenTelemetry SDK, in three languages and every protocol: what it sent is found again as it was.
func TestOpenTelemetrySDKs(t *testing.T) {
	server := harness.Start(t, harness.Options{})
	node, python := need(t, "CLIENTS_NODE"), need(t, "CLIENTS_PYTHON")
	for _, s := range []sdk{
		{"python-grpc", []string{python, "otel_sdk.py", "python-grpc", "grpc"}, true, true},
		{"python-http", []string{python, "otel_sdk.py", "python-http", "http"}, true, true},
		{"node-json", []string{node, "otel_sdk.mjs", "node-json", "json"}, true, true},
		{"node-proto", []string{node, "otel_sdk.mjs", "node-proto", "proto"}, true, true},
		{"node-grpc", []string{node, "otel_sdk.mjs", "node-grpc", "grpc"}, true, true},
		{"go", []string{buildGo(t), "otel-go"}, false, true},
	} {
		t.Run(s.name, func(t *testing.T) {
			for _, r := range runClient(t, server, s.command) {
				if !r.OK || r.Trace == "" {
					t.Fatalf("the client says: %s %s", r.Case, r.Error)
				}
				checkOrder(t, server, r.Trace, s)
			}
		})
	}
}

// checkOrder reads the request that otel_sdk.py, otel_sdk.mjs and otel.go send.
func checkOrder(t *testing.T, server *harness.Process, trace string, s sdk) {
	t.Helper()
	var got struct{ Spans []record }
	server.Get(t, "/api/v1/spans", url.Values{"q": {"trace:" + trace}, "order": {"oldest"}, "full": {"true"}}, &got)
	if len(got.Spans) != 2 {
		t.Fatalf("%d spans, want 2", len(got.Spans))
	}
	slices.SortFunc(got.Spans, func(a, b record) int { return strings.Compare(a.ParentID, b.ParentID) })
	root, child := got.Spans[0], got.Spans[1]
	service := root.Service
	if !strings.HasPrefix(service, s.name) {
		t.Errorf("service %q", service)
	}
	attributes := map[string]string{}
	for _, k := range []string{"cart.items", "cart.total", "cart.gift", "cart.tags"} {
		attributes[k] = root.Attributes[k]
	}
	if diff := cmp.Diff(map[string]string{"cart.items": "3", "cart.total": "1.5", "cart.gift": "true", "cart.tags": `["a","b"]`}, attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	root.Attributes = nil
	want := record{
		Name: "GET /orders/{id}", Service: service, Environment: "e2e", SpanID: child.ParentID, TraceID: trace, Kind: "server", Status: "error", // it answered 500
		UserID: "user-123", SessionID: "session-1", HTTPStatus: 500, HTTPPath: "/orders/{id}", Scope: "shop", ScopeVersion: "1.2.3",
	}
	if diff := cmp.Diff(want, root); diff != "" {
		t.Errorf("root (-want +got):\n%s", diff)
	}
	if child.Name != "charge card" || child.Status != "error" || child.Message != "card declined" || child.Kind != "internal" {
		t.Errorf("child: %+v", child)
	}
	if len(child.Events) != 2 || child.Events[0].Name != "retry" || child.Events[0].Attributes["attempt"] != "2" ||
		child.Events[1].Name != "exception" || child.Events[1].Attributes["exception.message"] != "card declined" {
		t.Errorf("events of the child: %+v", child.Events)
	}
	if s.metrics {
		checkOrderMetrics(t, server, service)
	}
	if s.logs {
		checkOrderLogs(t, server, trace, root.SpanID, child.SpanID)
	}
	out, err := server.CLI(t, "trace", trace)
	if err != nil || !strings.Contains(out, "\nGET /orders/{id} ") || !strings.Contains(out, "\n  charge card ") || !strings.Contains(out, "card declined") {
		t.Errorf("telltale trace: %v\n%s", err, out)
	}
}

// checkOrderMetrics asks for what the client counted and measured: it waited for the answer, so all is there at once.
func checkOrderMetrics(t *testing.T, server *harness.Process, service string) {
	t.Helper()
	for expr, want := range map[string]string{
		`orders_total{job="` + service + `", region="eu"}`:                      "3",
		`charge_duration_seconds_count{job="` + service + `"}`:                  "1",
		`charge_duration_seconds_bucket{job="` + service + `", le=~"1|1.0"}`:    "1",
		`target_info{job="` + service + `", deployment_environment_name="e2e"}`: "1",
	} {
		var got struct {
			Data struct {
				Result []struct {
					Value [2]any `json:"value"`
				} `json:"result"`
			} `json:"data"`
		}
		server.Get(t, "/prometheus/api/v1/query", url.Values{"query": {expr}}, &got)
		if len(got.Data.Result) != 1 || got.Data.Result[0].Value[1] != want {
			t.Errorf("%s: %v, want %s", expr, got.Data.Result, want)
		}
	}
}

func checkOrderLogs(t *testing.T, server *harness.Process, trace, root, child string) {
	t.Helper()
	var logs struct{ Logs []record }
	server.Get(t, "/api/v1/logs", url.Values{"q": {"trace:" + trace}, "order": {"oldest"}, "full": {"true"}}, &logs)
	var got []string
	for _, l := range logs.Logs {
		got = append(got, fmt.Sprintf("%s %s %s", l.SpanID, l.Level, l.Body))
	}
	want := []string{root + " info order 7 asked for", child + " error charge failed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("logs (-want +got):\n%s", diff)
	}
	if len(logs.Logs) == 2 && (logs.Logs[0].Attributes["order"] != "7" || logs.Logs[1].Attributes["exception.type"] != "ValueError") {
		t.Errorf("attributes of the logs: %v, %v", logs.Logs[0].Attributes, logs.Logs[1].Attributes)
	}
}

// Clients with instrumentation of their own go through the gateway and send their spans to the same server: every call is
// reported at least twice, and counts once.
func TestInstrumentedClientsCountOnce(t *testing.T) {
	mock := harness.StartMock(t)
	server := harness.Start(t, harness.Options{Env: harness.ProvidersAt(mock)})
	node, python := need(t, "CLIENTS_NODE"), need(t, "CLIENTS_PYTHON")
	calls := 0
	for _, s := range []sdk{
		{name: "openai-v2", command: []string{python, "instrumented.py", "openai-v2", "openai-v2"}},
		{name: "traceloop", command: []string{python, "instrumented.py", "traceloop", "traceloop"}},
		{name: "openinference", command: []string{python, "instrumented.py", "openinference", "openinference"}},
		{name: "anthropic-python", command: []string{python, "instrumented.py", "anthropic", "anthropic-python"}},
		{name: "ai", command: []string{node, "instrumented.mjs", "ai", "ai"}},
		{name: "anthropic-node", command: []string{node, "instrumented.mjs", "anthropic", "anthropic-node"}},
	} {
		t.Run(s.name, func(t *testing.T) {
			for _, r := range runClient(t, server, s.command) {
				t.Run(r.Case, func(t *testing.T) {
					if !r.OK {
						t.Fatalf("the client says: %s", r.Error)
					}
					checkOnce(t, server, s.name, r)
				})
				calls += max(r.Calls, 1)
			}
		})
	}
	counted := sum(t, server, "llm_calls_total")
	var all struct{ Spans []record }
	server.Get(t, "/api/v1/calls", url.Values{"limit": {"1000"}}, &all)
	if int(counted) != calls || len(all.Spans) != calls {
		t.Errorf("%d calls were made; llm_calls_total says %v, the list has %d", calls, counted, len(all.Spans))
	}
	checkSums(t, server, all.Spans)
}

// checkOnce looks at the trace of the client, or at the gateway's own where the client sent no traceparent.
func checkOnce(t *testing.T, server *harness.Process, service string, r report) {
	t.Helper()
	session := service + "-" + r.Case
	var found struct{ Spans []record }
	want := max(r.Calls, 1)
	harness.Eventually(t, time.Minute, func() string {
		server.Get(t, "/api/v1/calls", url.Values{"q": {"session:" + session}}, &found)
		if len(found.Spans) != want {
			return harness.Errorf("%d calls of session %s, want %d", len(found.Spans), session, want)
		}
		return ""
	})
	var tr traceRecords
	server.Get(t, "/api/v1/traces/"+r.Trace, nil, &tr)
	own, gateway, counted, beside := 0, 0, 0, 0
	known, parents := map[string]bool{}, map[string]bool{} // parents are those of the client's own calls
	for _, s := range tr.Spans {
		known[s.SpanID] = true
		if s.GenAI != nil && s.Scope != "telltale/gateway" {
			parents[s.ParentID] = true
		}
	}
	for _, s := range tr.Spans {
		switch {
		case s.GenAI == nil:
			continue
		case s.Scope != "telltale/gateway":
			own++
		case known[s.ParentID]:
			gateway++
			if parents[s.ParentID] {
				beside++
			}
		}
		switch {
		case s.GenAI.Call:
			counted++
		case s.GenAI.Usage != nil || s.GenAI.CostUSD != nil:
			t.Errorf("the span %q does not count, and has usage or cost: %+v", s.Name, s.GenAI)
		}
	}
	if own == 0 {
		t.Error("the instrumentation reported nothing: this tests nothing")
	}
	if r.Apart {
		want = 0 // the gateway's span is a trace of its own
	}
	if gateway != want || counted != want {
		t.Errorf("in the client's trace are %d spans of the gateway, and %d count; want %d", gateway, counted, want)
	}
	if r.Beside && beside != want {
		t.Errorf("%d spans of the gateway hang beside the client's, want %d: this tests nothing", beside, want)
	}
	var input, output int64
	for _, c := range found.Spans {
		if c.UserID != "user-123" {
			t.Errorf("the call is of user %q", c.UserID)
		}
		if r.Failed != (c.Status == "error") || !r.Failed && (c.GenAI.CostUSD == nil || *c.GenAI.CostUSD == "0") {
			t.Errorf("status %s, failed %v, cost %v", c.Status, r.Failed, c.GenAI.CostUSD)
		}
		if u := c.GenAI.Usage; u != nil {
			input, output = input+value(u.Input), output+value(u.Output)
		}
	}
	if input != value(r.Input) || output != value(r.Output) {
		t.Errorf("%d → %d tokens counted, the client saw %d → %d", input, output, value(r.Input), value(r.Output))
	}
	if !r.Apart && (tr.Summary.Calls != want || tr.Summary.Input != input || tr.Summary.Output != output) {
		t.Errorf("summary of the trace: %+v", tr.Summary)
	}
}

func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// checkSums compares tokens and cost of all calls with the counters and with the aggregate.
func checkSums(t *testing.T, server *harness.Process, calls []record) {
	t.Helper()
	var tokens int64
	var cost float64
	for _, c := range calls {
		if c.GenAI.Usage != nil {
			tokens += value(c.GenAI.Usage.Input) + value(c.GenAI.Usage.Output)
		}
		if c.GenAI.CostUSD != nil {
			usd, err := strconv.ParseFloat(*c.GenAI.CostUSD, 64)
			if err != nil {
				t.Fatal(err)
			}
			cost += usd
		}
	}
	if got := sum(t, server, "llm_tokens_total"); int64(got) != tokens {
		t.Errorf("llm_tokens_total is %v, the calls say %d", got, tokens)
	}
	if got := sum(t, server, "llm_cost_usd_total"); got < cost*0.999999 || got > cost*1.000001 {
		t.Errorf("llm_cost_usd_total is %v, the calls say %v", got, cost)
	}
	var table struct{ Rows []struct{ Values []float64 } }
	server.Get(t, "/api/v1/aggregate", url.Values{"columns": {"count,sum(tokens),sum(cost)"}}, &table)
	if v := table.Rows[0].Values; int(v[0]) != len(calls) || int64(v[1]) != tokens || v[2] < cost*0.999999 || v[2] > cost*1.000001 {
		t.Errorf("the aggregate says %v; want %d, %d, %v", v, len(calls), tokens, cost)
	}
}

// sum adds up the samples of a counter on /metrics, when no call waits to be told whose it is.
func sum(t *testing.T, server *harness.Process, family string) float64 {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); scraped(t, server, "telltale_derived_waiting_calls") > 0; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("calls still wait to be counted")
		}
	}
	return scraped(t, server, family)
}

func scraped(t *testing.T, server *harness.Process, family string) float64 {
	t.Helper()
	resp, err := http.Get(server.HTTP + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written to it
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	samples := regexp.MustCompile(`(?m)^`+family+`(?:\{.*\})? (\S+)$`).FindAllStringSubmatch(string(body), -1)
	if len(samples) == 0 {
		t.Fatalf("no %s on /metrics", family)
	}
	total := 0.0
	for _, s := range samples {
		v, err := strconv.ParseFloat(s[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		total += v
	}
	return total
}
