package observe_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
)

func TestRequestIsLoggedMeasuredAndTraced(t *testing.T) {
	o := begin(t)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/things/{id}", func(w http.ResponseWriter, r *http.Request) {
		ctx := observe.WithKey(observe.WithUser(r.Context(), "u_1", "acme"), "key_1")
		_, span := o.Tracer().Start(ctx, "inner")
		span.End()
		o.Logger().InfoContext(ctx, "thinking")
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "done")
	})
	s := o.serve(t, mux)
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v1/things/42?secret=1", strings.NewReader("12345"))
	r.Header.Set("X-Request-ID", "req-1")
	r.Header.Set("traceparent", "00-0102030405060708090a0b0c0d0e0f10-0102030405060708-01")
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if got := resp.Header.Get("X-Request-ID"); got != "req-1" {
		t.Errorf("X-Request-ID of the answer is %q", got)
	}

	access := o.access(t)
	if access["duration_ms"] == nil || access["remote_addr"] == nil || access["span_id"] == nil {
		t.Errorf("access line %v", access)
	}
	for _, volatile := range []string{"time", "duration_ms", "remote_addr", "span_id"} {
		delete(access, volatile)
	}
	want := line{
		"level": "INFO", "msg": "request", "service": "test", "version": "v1", "environment": "testing",
		"request_id": "req-1", "method": "POST", "path": "/v1/things/42", "route": "/v1/things/{id}", "status": 201.0,
		"bytes": 4.0, "bytes_in": 5.0, "user_id": "u_1", "tenant_id": "acme", "key_id": "key_1",
		"trace_id": "0102030405060708090a0b0c0d0e0f10", "user_agent": "Go-http-client/1.1",
	}
	if diff := cmp.Diff(want, access); diff != "" {
		t.Errorf("access line (-want +got):\n%s", diff)
	}
	if l := o.lines(t, "thinking"); len(l) != 1 || l[0]["user_id"] != "u_1" || l[0]["request_id"] != "req-1" {
		t.Errorf("line of the handler: %v", l)
	}

	spans := o.spans.Ended()
	if len(spans) != 2 {
		t.Fatalf("%d spans", len(spans))
	}
	inner, server := spans[0], spans[1]
	if server.Name() != "POST /v1/things/{id}" || server.SpanKind() != trace.SpanKindServer ||
		server.Parent().SpanID().String() != "0102030405060708" || inner.Parent().SpanID() != server.SpanContext().SpanID() {
		t.Errorf("server span %s %v below %s", server.Name(), server.SpanKind(), server.Parent().SpanID())
	}
	got := attrs(server)
	if got["client.address"] != "127.0.0.1" || got["server.port"] == "" {
		t.Errorf("addresses: %v", got)
	}
	delete(got, "server.port")
	wantAttrs := map[string]string{
		"http.request.method": "POST", "http.route": "/v1/things/{id}", "http.response.status_code": "201",
		"url.path": "/v1/things/42", "url.scheme": "http", "network.protocol.version": "1.1", "server.address": "127.0.0.1",
		"client.address": "127.0.0.1", "user_agent.original": "Go-http-client/1.1", "http.request.body.size": "5",
		"http.response.body.size": "4", "request.id": "req-1", "user.id": "u_1", "tenant.id": "acme", "key.id": "key_1",
	}
	if diff := cmp.Diff(wantAttrs, got); diff != "" {
		t.Errorf("server span (-want +got):\n%s", diff)
	}
	if a := attrs(inner); a["user.id"] != "u_1" || a["tenant.id"] != "acme" || a["request.id"] != "req-1" {
		t.Errorf("inner span: %v", a)
	}
	wantMetrics := `http_requests_active 0
http_requests_total{method="POST",path="/v1/things/{id}",status="201"} 1
`
	if diff := cmp.Diff(wantMetrics, o.metrics(t, "http_requests_")); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	for _, family := range []string{"http_request_duration_seconds", "http_request_size_bytes", "http_response_size_bytes"} {
		if got := o.metrics(t, family+"_count"); got != family+"_count{method=\"POST\",path=\"/v1/things/{id}\"} 1\n" {
			t.Errorf("%s: %q", family, got)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	o := begin(t)
	h := o.Handler(http.NotFoundHandler())
	made := map[string]bool{}
	for given, kept := range map[string]bool{
		"abc-1_2.Z": true, strings.Repeat("a", 128): true, strings.Repeat("a", 129): false, "": false,
		"a b": false, "a\"b": false, "ä": false, "a\nb": false,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header["X-Request-Id"] = []string{given}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		id := w.Header().Get("X-Request-ID")
		if kept != (id == given) || id == "" || made[id] {
			t.Errorf("given %q, returned %q", given, id)
		}
		made[id] = true
	}
}

type copied struct{}

func TestRoutes(t *testing.T) {
	// copies stands for middleware that changes the context, after which net/http sets the pattern of a copy.
	copies := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), copied{}, 1)))
		})
	}
	ok := func(http.ResponseWriter, *http.Request) {}
	inner := http.NewServeMux()
	inner.HandleFunc("GET /users/{id}", ok)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", ok)
	mux.HandleFunc("GET /files/{path...}", ok)
	mux.HandleFunc("/any/", ok)
	mux.HandleFunc("GET example.com/hosted/{x}", ok)
	mux.Handle("/api/", http.StripPrefix("/api", observe.Routes(inner)))
	mux.Handle("/t/{tenant}/", copies(http.StripPrefix("/t/acme", observe.Routes(inner))))
	mux.HandleFunc("/panics/{x}", func(http.ResponseWriter, *http.Request) { panic("no") })
	byHand := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { observe.SetRoute(r.Context(), "/hand/{x}") })
	for _, c := range []struct{ name, method, target, want string }{
		{"root", "GET", "/", "/"},
		{"rest", "GET", "/files/a/b", "/files/{path...}"},
		{"subtree", "POST", "/any/thing", "/any/"},
		{"host", "GET", "http://example.com/hosted/1", "/hosted/{x}"},
		{"stripped", "GET", "/api/users/7", "/api/users/{id}"},
		{"stripped below a wildcard", "GET", "/t/acme/users/7", "/t/{tenant}/users/{id}"},
		{"nothing inside", "GET", "/api/nothing", "/api/"},
		{"none", "GET", "/nothing/1", "other"},
		{"method not allowed", "POST", "/files/a", "other"},
		{"panic", "GET", "/panics/1", "/panics/{x}"},
	} {
		for name, h := range map[string]http.Handler{"mux": mux, "copied": copies(observe.Routes(mux))} {
			o := begin(t)
			o.Handler(h).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), c.method, c.target, http.NoBody))
			if got := o.metrics(t, "http_requests_total"); !strings.Contains(got, `path="`+c.want+`"`) {
				t.Errorf("%s, %s: want path %s in %q", c.name, name, c.want, got)
			}
		}
	}
	o := begin(t)
	o.Handler(byHand).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/x", http.NoBody))
	if got := o.metrics(t, "http_requests_total"); !strings.Contains(got, `path="/hand/{x}"`) {
		t.Errorf("by hand: %q", got)
	}
	o = begin(t, func(c *observe.Config) { c.Route = func(*http.Request) string { return "/func/{x}" } })
	o.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "BREW", "/x", http.NoBody))
	if got := o.metrics(t, "http_requests_total"); got != "http_requests_total{method=\"other\",path=\"/func/{x}\",status=\"404\"} 1\n" {
		t.Errorf("function: %q", got)
	}
	if s := o.spans.Ended()[0]; s.Name() != "HTTP /func/{x}" || attrs(s)["http.request.method_original"] != "BREW" {
		t.Errorf("method unknown: %s %v", s.Name(), attrs(s))
	}
}

func TestQuietPathsLeaveNothing(t *testing.T) {
	o := begin(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		o.Logger().InfoContext(r.Context(), "asked")
		_, span := o.Tracer().Start(r.Context(), "ping")
		span.End()
	})
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) { panic("broken") })
	s := o.serve(t, mux)
	resp, _ := get(t, s.URL+"/healthz")
	if resp.Header.Get("X-Request-ID") == "" {
		t.Error("no request id")
	}
	if l, m := o.log.String(), o.metrics(t, "http_requests_total"); l != "" || m != "" {
		t.Errorf("log %q, metrics %q", l, m)
	}
	for _, span := range o.spans.Ended() {
		if span.SpanKind() == trace.SpanKindServer {
			t.Error("a server span")
		}
	}
	if resp, _ := get(t, s.URL+"/readyz"); resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d after a panic", resp.StatusCode)
	}
	if len(o.lines(t, "panic")) != 1 {
		t.Errorf("the panic is not logged: %s", o.log)
	}
}

func TestClientGone(t *testing.T) {
	o := begin(t)
	entered := make(chan struct{})
	s := o.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
		http.Error(w, "context canceled", http.StatusInternalServerError)
	}))
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, http.NoBody)
	go func() {
		<-entered
		cancel()
	}()
	if resp, err := s.Client().Do(r); err == nil {
		_ = resp.Body.Close()
		t.Fatal("an answer")
	}
	if l := o.access(t); l["status"] != 499.0 || l["error"] != "the client has gone" || l["level"] != "WARN" {
		t.Errorf("access line %v", l)
	}
	if got := o.metrics(t, "http_requests_total"); !strings.Contains(got, `status="499"`) {
		t.Errorf("metrics %q", got)
	}
}

func TestExemplarsNameTheTrace(t *testing.T) {
	o := begin(t)
	s := o.serve(t, http.NotFoundHandler())
	_, _ = get(t, s.URL)
	o.access(t)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
	r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0")
	w := httptest.NewRecorder()
	o.MetricsHandler().ServeHTTP(w, r)
	if id := o.spans.Ended()[0].SpanContext().TraceID().String(); !strings.Contains(w.Body.String(), `# {`) || !strings.Contains(w.Body.String(), id) {
		t.Errorf("no exemplar of trace %s", id)
	}
	for _, family := range []string{"go_goroutines", "process_start_time_seconds", "go_build_info", "telltale_log_lines_total", "telltale_service_info{"} {
		if !strings.Contains(w.Body.String(), "\n"+family) {
			t.Errorf("no %s", family)
		}
	}
}

func TestHandlerInHandlerCountsOnce(t *testing.T) {
	o := begin(t)
	h := o.Handler(o.Handler(http.NotFoundHandler()))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	if len(o.lines(t, "request")) != 1 || len(o.spans.Ended()) != 1 {
		t.Errorf("log:\n%s", o.log)
	}
}

func TestReportedAttributesAreClean(t *testing.T) {
	var reports reporter
	o := begin(t, func(c *observe.Config) { c.Errors = []observe.ErrorReporter{&reports} })
	type stripe struct{ Secrets map[string]string }
	observe.Error(o.Context(t.Context()), errors.ErrUnsupported, slog.Group("secret", "v", "hunter"),
		"cfg", stripe{map[string]string{"stripe": "hunter"}}, "n", 7)
	if got := fmt.Sprint(reports[0].Attrs); got != `[secret.v=[redacted:secret] cfg={"Secrets":{"stripe":"[redacted:secret]"}} n=7]` {
		t.Error(got)
	}
}

func TestErrorIsRecorded(t *testing.T) {
	var reports reporter
	o := begin(t, func(c *observe.Config) { c.Errors = []observe.ErrorReporter{&reports, brokenReporter{}} })
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/{x}", func(_ http.ResponseWriter, r *http.Request) {
		ctx := observe.WithUser(r.Context(), "u_1", "")
		for i := range 30 {
			o.Logger().InfoContext(ctx, "step", "n", i)
		}
		observe.Error(ctx, nil)
		observe.Error(ctx, fmt.Errorf("save for ada@example.com: %w", errors.ErrUnsupported), "part", 7)
	})
	o.Handler(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/1", http.NoBody))
	if len(reports) != 1 {
		t.Fatalf("%d reports", len(reports))
	}
	e := reports[0]
	if e.User != "u_1" || e.Route != "/v1/{x}" || e.Environment != "testing" || e.Version != "v1" || e.Panic ||
		strings.Contains(e.Message, "ada@") || !e.TraceID.IsValid() || e.Type != "*errors.errorString" && !strings.HasPrefix(e.Type, "*") {
		t.Errorf("report %+v", e)
	}
	if len(e.Breadcrumbs) != 20 || e.Breadcrumbs[19].Attrs[0].Value.Int64() != 29 || e.Breadcrumbs[0].Attrs[0].Value.Int64() != 10 {
		t.Errorf("breadcrumbs %v", e.Breadcrumbs)
	}
	if len(e.Attrs) != 1 || e.Attrs[0].String() != "part=7" {
		t.Errorf("attributes %v", e.Attrs)
	}
	l := o.lines(t, "error")
	if len(l) != 1 || l[0]["part"] != 7.0 || !strings.Contains(fmt.Sprint(l[0]["stack"]), "TestErrorIsRecorded") {
		t.Errorf("line %v", l)
	}
	span := o.spans.Ended()[0]
	if len(span.Events()) != 1 || span.Events()[0].Name != "exception" || span.Status().Code.String() != "Error" {
		t.Errorf("span: %v %v", span.Events(), span.Status())
	}
	if strings.Contains(o.log.String(), "ada@") {
		t.Error("an e-mail address is in the log")
	}
}

type reporter []observe.ErrorEvent

func (r *reporter) Report(_ context.Context, e observe.ErrorEvent) { *r = append(*r, e) }

type brokenReporter struct{}

func (brokenReporter) Report(context.Context, observe.ErrorEvent) { panic("broken") }

func TestPanics(t *testing.T) {
	for _, c := range []struct {
		name, accept string
		handler      http.HandlerFunc
		status       int
		body         string
	}{
		{"json", "*/*", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			var none []int
			_ = none[len(w.Header())]
		}, 500, `{"error":{"code":"internal_error","message":"internal server error","request_id":"req-1"}}` + "\n"},
		{
			"text", "text/html", func(http.ResponseWriter, *http.Request) { panic(errors.New("sk-ant-REDACTED is wrong")) },
			500, "internal server error\nrequest id: req-1\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var reports reporter
			o := begin(t, func(conf *observe.Config) { conf.Errors = []observe.ErrorReporter{&reports} })
			s := o.serve(t, c.handler)
			resp, body := get(t, s.URL, "X-Request-ID", "req-1", "Accept", c.accept)
			if resp.StatusCode != c.status || body != c.body {
				t.Errorf("answer %d %q", resp.StatusCode, body)
			}
			if l := o.access(t); l["status"] != 500.0 || l["level"] != "ERROR" {
				t.Errorf("access line %v", l)
			}
			l := o.lines(t, "panic")
			if len(l) != 1 || !strings.Contains(fmt.Sprint(l[0]["stack"]), "TestPanics") || l[0]["request_id"] != "req-1" {
				t.Fatalf("line of the panic: %v", l)
			}
			if top, _, _ := strings.Cut(fmt.Sprint(l[0]["stack"]), "\n"); !strings.Contains(top, "observe_test.TestPanics.func") {
				t.Errorf("the stack begins with %s", top)
			}
			if len(reports) != 1 || !reports[0].Panic {
				t.Errorf("reports %v", reports)
			}
			span := o.spans.Ended()[0]
			if span.Status().Code.String() != "Error" || len(span.Events()) != 1 {
				t.Errorf("span %v %v", span.Status(), span.Events())
			}
			if got := o.metrics(t, "http_requests_active"); got != "http_requests_active 0\n" {
				t.Errorf("active: %q", got)
			}
		})
	}
}

// Who reads the logs, the span or the share of 5xx sees that the service failed, whatever status the client was sent.
func TestPanicAfterTheAnswerBeganIsAnError(t *testing.T) {
	o := begin(t, func(c *observe.Config) {
		c.Log.Sampling = logging.Sampling{Info: 10, Routes: map[string]int{"/partial": 100}}
	})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /partial", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic("late")
	})
	const requests = 12
	for range requests {
		func() {
			defer func() { _ = recover() }() // net/http cuts the connection by it
			o.Handler(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/partial", http.NoBody))
		}()
	}
	lines := o.lines(t, "request")
	if len(lines) != requests {
		t.Errorf("%d lines of %d requests", len(lines), requests)
	}
	for _, l := range lines {
		if l["level"] != "ERROR" || l["status"] != 200.0 || l["error"] != "panic: late" {
			t.Errorf("line %v", l)
		}
	}
	if got := o.metrics(t, "http_requests_total"); got != "http_requests_total{method=\"GET\",path=\"/partial\",status=\"500\"} 12\n" {
		t.Errorf("counted %s", got)
	}
	span := o.spans.Ended()[0]
	if span.Status().Code != codes.Error || attrs(span)["http.response.status_code"] != "200" || attrs(span)["error.type"] != "string" {
		t.Errorf("span %v %v", span.Status(), attrs(span))
	}
}

func TestPanicAfterTheAnswerBeganCutsTheConnection(t *testing.T) {
	for name, value := range map[string]any{"panic": "late", "abort": http.ErrAbortHandler} {
		o := begin(t)
		s := o.serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic(value)
		}))
		resp, err := send(t, s.Client(), http.MethodGet, s.URL)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("%s: the answer looks whole", name)
		}
		_ = resp.Body.Close()
		l := o.access(t)
		if l["status"] != 200.0 || l["error"] == nil {
			t.Errorf("%s: access line %v", name, l)
		}
		if n := len(o.lines(t, "panic")); n != 0 != (name == "panic") {
			t.Errorf("%s: %d lines of a panic", name, n)
		}
		if got := o.metrics(t, "http_requests_active"); got != "http_requests_active 0\n" {
			t.Errorf("%s: active: %q", name, got)
		}
	}
}

func TestSlowAndConcurrentRequestsAreCountedWhileServed(t *testing.T) {
	o := begin(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	s := o.serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-leave
	}))
	for range 3 {
		go func() {
			if resp, err := send(t, s.Client(), http.MethodGet, s.URL); err == nil {
				_ = resp.Body.Close()
			}
		}()
		<-entered
	}
	if got := o.metrics(t, "http_requests_active"); got != "http_requests_active 3\n" {
		t.Errorf("active: %q", got)
	}
	close(leave)
	for deadline := time.Now().Add(time.Minute); o.metrics(t, "http_requests_active") != "http_requests_active 0\n"; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("requests are counted as active for ever")
		}
	}
}

func TestLinesKnowTheRouteWhileServed(t *testing.T) {
	o := begin(t, func(c *observe.Config) { c.Log.Sampling.Routes = map[string]int{"/chatty/{x}": -1} })
	mux := http.NewServeMux()
	mux.HandleFunc("GET /chatty/{x}", func(_ http.ResponseWriter, r *http.Request) {
		o.Logger().InfoContext(r.Context(), "chat")
		o.Logger().Log(r.Context(), slog.LevelError, "bad")
	})
	o.Handler(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/chatty/1", http.NoBody))
	if l := o.lines(t, ""); len(l) != 1 || l[0]["msg"] != "bad" {
		t.Errorf("log:\n%s", o.log)
	}
}

// A sampler that panics: even then a request is answered and accounted for.
type brokenSampler struct{}

func (brokenSampler) ShouldSample(sdktrace.SamplingParameters) sdktrace.SamplingResult {
	panic("broken")
}

func (brokenSampler) Description() string { return "broken" }

func TestBrokenSampler(t *testing.T) {
	o := begin(t, func(c *observe.Config) { c.Sampler = brokenSampler{} })
	s := o.serve(t, http.NotFoundHandler())
	if a, _ := get(t, s.URL); a.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", a.StatusCode)
	}
	o.access(t)
	if got := o.metrics(t, "http_requests_active"); got != "http_requests_active 0\n" {
		t.Errorf("active: %q", got)
	}
}

// A sampler of one's own sees what a request is when it decides.
func TestSamplerSeesAttributes(t *testing.T) {
	var paths pathSampler
	o := begin(t, func(c *observe.Config) { c.Sampler = &paths })
	h := o.Handler(http.NotFoundHandler())
	for _, path := range []string{"/a", "/b"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
	}
	if diff := cmp.Diff(pathSampler{"/a", "/b"}, paths); diff != "" {
		t.Error(diff)
	}
	if n := len(o.spans.Ended()); n != 0 {
		t.Errorf("%d spans that were not sampled", n)
	}
}

type pathSampler []string

func (s *pathSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	for _, a := range p.Attributes {
		if a.Key == "url.path" {
			*s = append(*s, a.Value.AsString())
		}
	}
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}

func (s *pathSampler) Description() string { return "paths" }
