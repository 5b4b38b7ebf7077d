package api_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newAPI(t *testing.T, store *apitest.Store, change func(*api.Config)) *api.API {
	t.Helper()
	dashboards, err := apitest.Dashboards(filepath.Join(t.TempDir(), "dashboards"))
	if err != nil {
		t.Fatal(err)
	}
	c := api.Config{
		Reader: store, Tailer: store, Status: store, Alerts: apitest.Alerts{}, Rules: &apitest.Rules{}, Dashboards: dashboards, Panels: apitest.Panels(), Version: "1.2.3", Logger: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return apitest.Now },
	}
	if change != nil {
		change(&c)
	}
	a, err := api.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// get asks and decodes; body is nil for the raw answer.
func get(t *testing.T, h http.Handler, target string, wantStatus int, body any) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil))
	if w.Code != wantStatus {
		t.Fatalf("GET %s: %d %s", target, w.Code, w.Body.String())
	}
	if body != nil {
		if err := json.Unmarshal(w.Body.Bytes(), body); err != nil {
			t.Fatalf("GET %s: %v in %s", target, err, w.Body.String())
		}
	}
	return w
}

func q(text string) string { return url.QueryEscape(text) }

func TestQuestions(t *testing.T) {
	a := newAPI(t, apitest.Sample(), nil)
	tests := []struct {
		name, target string
		want         []string // names of spans or bodies of logs
	}{
		{"failed calls of a model in the last hour", "/api/v1/calls?from=-1h&q=" + q("model:gpt-4o status:error"), []string{"chat gpt-4o 000003"}},
		{"slow calls of a user", "/api/v1/calls?q=" + q("user:user-123 duration:>3s"), []string{"chat gpt-4o bb0001"}},
		{"the call behind an answer", "/api/v1/calls?q=" + q("response:chatcmpl-1"), []string{"chat gpt-4o bb0001"}},
		{"requests that ended in 500", "/api/v1/spans?q=" + q("kind:server http.status:500"), []string{"POST /checkout 000001"}},
		{"oldest first, two", "/api/v1/calls?order=oldest&limit=2", []string{"chat house-model 000021", "chat gpt-4o 000003"}},
		{"a time range", "/api/v1/calls?from=2026-11-20T08:00:00Z&to=2026-11-20T10:00:00Z", []string{"chat house-model 000021"}},
		{"nothing", "/api/v1/calls?q=" + q("model:nosuch"), nil},
		{"logs that warn", "/api/v1/logs?q=" + q("level:>=warn -~charge"), []string{"rate limited, trying again"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var answer struct {
				Spans []api.Span
				Logs  []api.Log
			}
			get(t, a, test.target, http.StatusOK, &answer)
			var got []string
			for _, s := range answer.Spans {
				got = append(got, s.Name+" "+s.SpanID[:2]+s.SpanID[12:])
			}
			for _, l := range answer.Logs {
				got = append(got, l.Body)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRequestAndTrace(t *testing.T) {
	a := newAPI(t, apitest.Sample(), nil)
	var r api.Request
	get(t, a, "/api/v1/requests/req-500", http.StatusOK, &r)
	cost, input, output := "0.00206", int64(1200), int64(34)
	want := api.Summary{
		Start: apitest.Now.Add(-10 * time.Minute), DurationNS: 5200e6, Services: []string{"shop"}, Spans: 5, Logs: 3, Errors: 5, Calls: 2,
		Input: &input, Output: &output, CostUSD: &cost, Unpriced: 0,
	}
	if diff := cmp.Diff(want, r.Summary); diff != "" {
		t.Error(diff)
	}
	if len(r.Spans) != 5 || len(r.Logs) != 3 || r.Spans[0].Name != "POST /checkout" || len(r.TraceIDs) != 1 {
		t.Errorf("%+v", r)
	}
	var trace api.Trace
	get(t, a, "/api/v1/traces/"+r.TraceIDs[0], http.StatusOK, &trace)
	if diff := cmp.Diff(want, trace.Summary); diff != "" {
		t.Error(diff)
	}
	get(t, a, "/api/v1/requests/nosuch", http.StatusNotFound, nil)
	get(t, a, "/api/v1/traces/00000000000000000000000000000001", http.StatusNotFound, nil)
}

// TestWhole checks that lists cut texts, that whole records do not, and that the unknown is absent.
func TestWhole(t *testing.T) {
	store := apitest.Sample()
	long := strings.Repeat("é", 400)
	store.Add(telemetry.Batch{Spans: []telemetry.Span{{
		Event: telemetry.Event{Time: apitest.Now.UnixNano() - 1, TraceID: telemetry.TraceID{1}, SpanID: telemetry.SpanID{2}},
		GenAI: &telemetry.GenAI{RequestModel: "long", Counts: true, InputMessages: long},
	}}})
	a := newAPI(t, store, nil)
	var list api.SpanList
	body := get(t, a, "/api/v1/calls?q=model:long", http.StatusOK, &list).Body.String()
	if n := len(list.Spans[0].GenAI.Input); n != 256 {
		t.Errorf("a preview has %d bytes", n)
	}
	for _, unknown := range []string{"cost_usd", "ttft_ns", "input_tokens", "usage", "http_status"} {
		if strings.Contains(body, unknown) {
			t.Errorf("%s is unknown, and is in %s", unknown, body)
		}
	}
	get(t, a, "/api/v1/calls?full=true&q=model:long", http.StatusOK, &list)
	if list.Spans[0].GenAI.Input != long {
		t.Error("full is not whole")
	}
	get(t, a, "/api/v1/calls?full=true&limit=101", http.StatusBadRequest, nil)

	var span api.Span
	get(t, a, "/api/v1/spans/"+apitest.TraceGood.String()+"/"+apitest.CallGood.String(), http.StatusOK, &span)
	if len(span.Events) != 1 || len(span.Links) != 1 || span.Resource["k8s.pod.name"] != "support-1" || *span.GenAI.CostUSD != "0.000795" {
		t.Errorf("%+v", span)
	}
	get(t, a, "/api/v1/spans/"+apitest.TraceGood.String()+"/00000000000000ff", http.StatusNotFound, nil)
}

func TestPaging(t *testing.T) {
	store := &apitest.Store{}
	var b telemetry.Batch
	for i := range 25 { // many logs share time and ids
		b.Logs = append(b.Logs, telemetry.Log{Event: telemetry.Event{Time: apitest.Now.UnixNano() - int64(i/7), Body: fmt.Sprint(i)}})
	}
	store.Add(b)
	a := newAPI(t, store, nil)
	for _, order := range []string{"newest", "oldest"} {
		for _, limit := range []int{1, 3, 7, 25, 100} {
			seen := map[string]int{}
			next, pages := "", 0
			for {
				var list api.LogList
				get(t, a, fmt.Sprintf("/api/v1/logs?order=%s&limit=%d&cursor=%s", order, limit, next), http.StatusOK, &list)
				for _, l := range list.Logs {
					seen[l.Body]++
				}
				if pages++; list.Next == "" {
					break
				}
				next = list.Next
			}
			if len(seen) != 25 || pages != (25+limit-1)/limit {
				t.Errorf("%s by %d: %d of 25 in %d pages", order, limit, len(seen), pages)
			}
			for body, n := range seen {
				if n != 1 {
					t.Errorf("%s by %d: %s came %d times", order, limit, body, n)
				}
			}
		}
	}
}

// TestCursor refuses cursors that are not what the page before said, and keeps the range of the first page.
func TestCursor(t *testing.T) {
	now := apitest.Now
	a := newAPI(t, apitest.Sample(), func(c *api.Config) { c.Now = func() time.Time { return now } })
	var list api.SpanList
	get(t, a, "/api/v1/calls?limit=1&from=-4h", http.StatusOK, &list)
	for name, target := range map[string]string{
		"another query": "/api/v1/calls?q=model:x&cursor=" + list.Next,
		"another path":  "/api/v1/spans?cursor=" + list.Next,
		"another order": "/api/v1/calls?order=oldest&cursor=" + list.Next,
		"cut":           "/api/v1/calls?cursor=" + list.Next[1:],
		"changed":       "/api/v1/calls?cursor=" + strings.ToUpper(list.Next),
		"nonsense":      "/api/v1/calls?cursor=%00",
	} {
		var failure api.Failure
		get(t, a, target, http.StatusBadRequest, &failure)
		if failure.Error.Parameter != "cursor" {
			t.Errorf("%s: %+v", name, failure)
		}
	}
	now = now.Add(2 * time.Hour) // -4h would now leave out the oldest call
	get(t, a, "/api/v1/calls?from=-4h&cursor="+list.Next, http.StatusOK, &list)
	if n := len(list.Spans); n != 3 {
		t.Errorf("the second page has %d calls, want 3", n)
	}
}

func TestAggregate(t *testing.T) {
	a := newAPI(t, apitest.Sample(), nil)
	var got api.Aggregate
	get(t, a, "/api/v1/aggregate?group=model&columns="+q("count,sum(cost),p95(duration),sum(tokens)"), http.StatusOK, &got)
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"group":["model"],"columns":[{"name":"count","unit":"1"},{"name":"sum(cost)","unit":"usd"},{"name":"p95(duration)","unit":"ns"},{"name":"sum(tokens)","unit":"1"}],` +
		`"rows":[{"keys":["gpt-4o"],"values":[3,0.002855,4200000000,1426]},{"keys":["house-model"],"values":[1,null,900000000,15]}]}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	get(t, a, "/api/v1/aggregate?from=-4h&bucket=1h", http.StatusOK, &got)
	if len(got.Rows) != 2 || got.Rows[0].Bucket == nil || *got.Rows[0].Values[0] != 1 {
		t.Errorf("%+v", got.Rows)
	}
}

// TestMistakes: each wrong request is answered with the right status, code, place and hint.
func TestMistakes(t *testing.T) {
	a := newAPI(t, apitest.Sample(), nil)
	place := func(n int) *int { return &n }
	tests := []struct {
		target string
		status int
		want   api.FailureDetail
	}{
		{"/api/v1/calls?q=" + q("status:error modle:x"), 400, api.FailureDetail{
			Code: "bad_query", Message: `there is no field "modle"`, Hint: "expected a field, or quotes around text that holds a colon; did you mean model?", Parameter: "q", Position: place(13),
		}},
		{"/api/v1/calls?q=" + q(`é "open`), 400, api.FailureDetail{Code: "bad_query", Message: "this quote is not closed", Hint: `expected a closing "`, Parameter: "q", Position: place(2)}},
		{"/api/v1/aggregate?columns=" + q("count,sum(x)"), 400, api.FailureDetail{Code: "bad_query", Message: `there is no field "x"`, Hint: "expected the name of a field", Parameter: "columns", Position: place(10)}},
		{"/api/v1/calls?form=-1h", 400, api.FailureDetail{Code: "bad_parameter", Message: "parameter form is not known here", Hint: "did you mean from?", Parameter: "form"}},
		{"/api/v1/calls?limit=0", 400, api.FailureDetail{Code: "bad_parameter", Message: `parameter limit is "0"`, Hint: "a number from 1 to 1000", Parameter: "limit"}},
		{"/api/v1/calls?limit=5&limit=6", 400, api.FailureDetail{Code: "bad_parameter", Message: "parameter limit is given twice", Parameter: "limit"}},
		{"/api/v1/calls?order=sideways", 400, api.FailureDetail{Code: "bad_parameter", Message: `parameter order is "sideways"`, Hint: "one of [newest oldest]", Parameter: "order"}},
		{"/api/v1/calls?from=now&to=-1h", 400, api.FailureDetail{Code: "bad_parameter", Message: "parameter from is not before to", Parameter: "from"}},
		{"/api/v1/calls?from=noon", 400, api.FailureDetail{
			Code: "bad_parameter", Message: `time "noon" is not understood; expected -1h, now, 2026-11-20T12:00:00Z, a date or Unix time`, Parameter: "from",
		}},
		{"/api/v1/calls?q=%ZZ", 400, api.FailureDetail{Code: "bad_parameter", Message: "the parameters are not URL-encoded"}},
		{"/api/v1/calls?full=maybe", 400, api.FailureDetail{Code: "bad_parameter", Message: "parameter full is neither true nor false", Parameter: "full"}},
		{"/api/v1/traces/xyz", 400, api.FailureDetail{Code: "bad_parameter", Message: "parameter trace is no trace id", Hint: "32 hex digits, not all zero", Parameter: "trace"}},
		{"/api/v1/requests/a%20b", 400, api.FailureDetail{Code: "bad_parameter", Message: "parameter id is no request id", Hint: "1 to 128 letters, digits, dots, dashes and underscores", Parameter: "id"}},
		{"/api/v1/values", 400, api.FailureDetail{Code: "bad_parameter", Message: "parameter field is missing", Hint: "a field; attr and resource alone give keys", Parameter: "field"}},
		{"/api/v1/aggregate?bucket=5m", 400, api.FailureDetail{Code: "bad_parameter", Message: "parameter bucket wants a beginning", Hint: "from, for instance from=-1h", Parameter: "bucket"}},
		{"/api/v1/aggregate?bucket=1ms&from=-1h", 400, api.FailureDetail{
			Code: "bad_parameter", Message: "parameter bucket makes 3600000 buckets", Hint: "at most 5000: a wider bucket or a shorter range", Parameter: "bucket",
		}},
		{"/api/v1/nosuch", 404, api.FailureDetail{Code: "not_found", Message: "there is nothing at this path", Hint: "the nearest is /api/v1/openapi.json"}},
		{"/api/v1/requests", 404, api.FailureDetail{Code: "not_found", Message: "there is nothing at this path", Hint: "the nearest is /api/v1/requests/{id}"}},
	}
	for _, test := range tests {
		t.Run(test.target, func(t *testing.T) {
			var failure api.Failure
			get(t, a, test.target, test.status, &failure)
			if diff := cmp.Diff(test.want, failure.Error); diff != "" {
				t.Error(diff)
			}
		})
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodDelete, "/api/v1/logs", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("DELETE: %d, Allow %s", w.Code, w.Header().Get("Allow"))
	}
}

// TestStoreErrors: what the store says becomes a status; causes stay in the log.
func TestStoreErrors(t *testing.T) {
	for _, test := range []struct {
		err    error
		status int
		code   string
	}{
		{fmt.Errorf("open: %w", telemetry.ErrRecovering), 503, "recovering"},
		{telemetry.ErrOverloaded, 503, "overloaded"},
		{telemetry.ErrStopped, 503, "stopping"},
		{telemetry.ErrUnsupported, 501, "unsupported"},
		{errors.New("read /secret/path: input/output error"), 500, "internal"},
	} {
		var log strings.Builder
		store := &apitest.Store{Err: test.err}
		a := newAPI(t, store, func(c *api.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		for _, target := range []string{"/api/v1/calls", "/api/v1/logs", "/api/v1/requests/r", "/api/v1/aggregate", "/api/v1/values?field=model", "/api/v1/complete?q=model:", "/api/v1/status"} {
			var failure api.Failure
			w := get(t, a, target, test.status, &failure)
			if failure.Error.Code != test.code || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%s: %s", target, w.Body.String())
			}
			if (test.status == 503) != (w.Header().Get("Retry-After") != "") {
				t.Errorf("Retry-After %q with %d", w.Header().Get("Retry-After"), test.status)
			}
		}
		if (test.status == 500) != strings.Contains(log.String(), "secret") {
			t.Errorf("log: %s", log.String())
		}
	}
}

func TestTimeoutAndPlaces(t *testing.T) {
	store := apitest.Sample()
	store.Block = make(chan struct{})
	a := newAPI(t, store, func(c *api.Config) { c.Timeout, c.Concurrent = 20*time.Millisecond, 1 })
	var failure api.Failure
	get(t, a, "/api/v1/calls", http.StatusGatewayTimeout, &failure)
	if failure.Error.Code != "timeout" || failure.Error.Hint == "" {
		t.Errorf("%+v", failure)
	}

	slow := newAPI(t, store, func(c *api.Config) { c.Concurrent, c.Patience = 1, 50*time.Millisecond })
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan int)
	go func() {
		w := httptest.NewRecorder()
		slow.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/calls", nil))
		done <- w.Body.Len()
	}()
	for store.Blocked() == 0 {
		time.Sleep(time.Millisecond)
	}
	if w := get(t, slow, "/api/v1/calls", http.StatusTooManyRequests, nil); w.Header().Get("Retry-After") != "1" {
		t.Errorf("%v", w.Header())
	}
	leave() // the question ends with its client, and its place is free
	if n := <-done; n != 0 {
		t.Errorf("a client that left was sent %d bytes", n)
	}
	close(store.Block)
	get(t, slow, "/api/v1/calls", http.StatusOK, nil)
}

// A page asks much at once: what finds no place at first waits for one.
func TestQuestionsWaitForTheirTurn(t *testing.T) {
	store := apitest.Sample()
	store.Block = make(chan struct{})
	a := newAPI(t, store, func(c *api.Config) { c.Concurrent, c.Patience = 1, time.Minute })
	codes := make(chan int)
	for range 8 {
		go func() {
			w := httptest.NewRecorder()
			a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/calls", nil))
			codes <- w.Code
		}()
	}
	for store.Blocked() == 0 {
		time.Sleep(time.Millisecond)
	}
	close(store.Block)
	for range 8 {
		if code := <-codes; code != http.StatusOK {
			t.Errorf("status %d", code)
		}
	}
}

func TestHeaders(t *testing.T) {
	a := newAPI(t, apitest.Sample(), nil)
	path := "/api/v1/requests/req-500"
	w := get(t, a, path, http.StatusOK, nil)
	tag := w.Header().Get("ETag")
	if tag == "" || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", w.Header())
	}
	if got := get(t, a, "/api/v1/calls", http.StatusOK, nil).Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control of a list: %s", got)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.Header.Set("If-None-Match", `"other", `+tag)
	again := httptest.NewRecorder()
	a.ServeHTTP(again, r)
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("If-None-Match: %d with %d bytes", again.Code, again.Body.Len())
	}
	for encoding, compressed := range map[string]bool{"gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "identity": false} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", encoding)
		z := httptest.NewRecorder()
		a.ServeHTTP(z, r)
		var body io.Reader = z.Body
		if (z.Header().Get("Content-Encoding") == "gzip") != compressed {
			t.Errorf("%s: Content-Encoding %q", encoding, z.Header().Get("Content-Encoding"))
		}
		if compressed {
			var err error
			if body, err = gzip.NewReader(z.Body); err != nil {
				t.Fatal(err)
			}
		}
		if text, err := io.ReadAll(body); err != nil || string(text) != w.Body.String() {
			t.Errorf("%s: another body, %v", encoding, err)
		}
	}
}

// TestLongAnswer is streamed: no length, no ETag, all of it.
func TestLongAnswer(t *testing.T) {
	store := &apitest.Store{}
	var b telemetry.Batch
	for i := range 5000 {
		b.Spans = append(b.Spans, telemetry.Span{Event: telemetry.Event{TraceID: telemetry.TraceID{1}, SpanID: telemetry.SpanID{1, byte(i >> 8), byte(i)}, Time: int64(i + 1), Body: "x", Name: strings.Repeat("n", 100)}})
	}
	store.Add(b)
	var trace api.Trace
	w := get(t, newAPI(t, store, nil), "/api/v1/traces/"+telemetry.TraceID{1}.String(), http.StatusOK, &trace)
	if len(trace.Spans) != 5000 || w.Header().Get("ETag") != "" || w.Header().Get("Content-Length") != "" {
		t.Errorf("%d spans, %v", len(trace.Spans), w.Header())
	}
}

func TestValuesAndCompletion(t *testing.T) {
	a := newAPI(t, apitest.Sample(), nil)
	var values api.ValueList
	get(t, a, "/api/v1/values?field=model", http.StatusOK, &values)
	if diff := cmp.Diff([]string{"gpt-4o", "house-model"}, values.Values); diff != "" {
		t.Error(diff)
	}
	get(t, a, "/api/v1/values?field=attr&prefix=c", http.StatusOK, &values)
	if diff := cmp.Diff([]string{"customer.tier"}, values.Values); diff != "" {
		t.Error(diff)
	}
	var c api.Completion
	get(t, a, "/api/v1/complete?q="+q("é model:gp status:error")+"&cursor=10", http.StatusOK, &c)
	if diff := cmp.Diff(api.Completion{Start: 8, End: 10, Suggestions: []api.Suggestion{{Text: "gpt-4o", Kind: "value"}}}, c); diff != "" {
		t.Error(diff)
	}
}

func TestStatus(t *testing.T) {
	var s api.StatusReport
	get(t, newAPI(t, apitest.Sample(), nil), "/api/v1/status", http.StatusOK, &s)
	if b := s.Books; b.Received != 4227 || b.Accepted != 4211 || b.Stored != 3211 || b.Imbalance != 0 || len(b.Entries) != 5 {
		t.Errorf("%+v", b)
	}
}
