package observe_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/llm"
)

// apiKey has the shape of a secret.
const apiKey = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH"

// request serves one request without a network.
func (o *observed) request(h http.Handler, change func(*http.Request) *http.Request) {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/x", http.NoBody)
	if change != nil {
		r = change(r)
	}
	o.Handler(h).ServeHTTP(httptest.NewRecorder(), r)
}

func TestHostileSizes(t *testing.T) {
	o := begin(t)
	for _, secret := range []string{"", apiKey} {
		for _, at := range []int{1, 1 << 10, 300_000} {
			o.request(http.NewServeMux(), func(r *http.Request) *http.Request {
				r.URL.Path = "/" + strings.Repeat("a/", at/2) + secret
				r.Host = strings.Repeat("h", at) + "." + secret
				r.Header.Set("User-Agent", strings.Repeat("u ", at/2)+secret)
				return r
			})
		}
	}
	for _, s := range o.spans.Ended() {
		for key, value := range attrs(s) {
			if len(value) > 1<<10 || strings.Contains(value, "sk-proj-abc") {
				t.Errorf("%s has %d bytes: %.80q", key, len(value), value)
			}
		}
	}
	if log := o.log.String(); len(log) > 64<<10 || strings.Contains(log, "sk-proj-abc") {
		t.Errorf("the log has %d bytes", len(log))
	}
}

func TestAddressesOfServersStay(t *testing.T) {
	o := begin(t)
	for _, host := range []string{"127.0.0.1:8000", "[::1]:8000", "chat.example.com:8000", "203.0.113.77"} {
		o.request(http.NewServeMux(), func(r *http.Request) *http.Request {
			r.Host = host
			return r
		})
		ended := o.spans.Ended()
		got := attrs(ended[len(ended)-1])["server.address"]
		if want := strings.Trim(strings.TrimSuffix(host, ":8000"), "[]"); got != want {
			t.Errorf("%s is %q", host, got)
		}
	}
}

// An id is no card: support finds a request by what its client was told.
func TestRequestIDIsShownAsItWasGiven(t *testing.T) {
	const id = "4111111111111111"
	var reports reporter
	o := begin(t, func(c *observe.Config) { c.Errors = []observe.ErrorReporter{&reports} })
	o.request(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		observe.Error(r.Context(), errors.New("no"))
	}), func(r *http.Request) *http.Request {
		r.Header.Set("X-Request-Id", id)
		return r
	})
	for _, l := range o.lines(t, "") {
		if l["request_id"] != id {
			t.Errorf("line %v", l)
		}
	}
	if got := attrs(o.spans.Ended()[0])["request.id"]; got != id {
		t.Errorf("the span is of %s", got)
	}
	if reports[0].RequestID != id {
		t.Errorf("the report is of %s", reports[0].RequestID)
	}
}

func TestRequestIDSecret(t *testing.T) {
	o := begin(t)
	o.request(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, span := o.Tracer().Start(r.Context(), "inside")
		observe.WithUser(r.Context(), "u_1", "")
		span.End()
	}), func(r *http.Request) *http.Request {
		r.Header.Set("X-Request-Id", apiKey)
		return r
	})
	for _, s := range o.spans.Ended() {
		if got := attrs(s)["request.id"]; got == "" || strings.Contains(got, "sk-proj-abc") {
			t.Errorf("span %s: request.id %q", s.Name(), got)
		}
	}
}

func TestExtractRedaction(t *testing.T) {
	o := begin(t, func(c *observe.Config) { c.NoGlobal = false })
	ctx := observe.Extract(t.Context(), map[string]string{"user_id": "bob@example.com", "session_id": apiKey, "tenant_id": "acme"})
	_, span := o.Tracer().Start(ctx, "job")
	span.End()
	a := attrs(o.spans.Ended()[0])
	if a["user.id"] != "[redacted:email]" || strings.Contains(a["session.id"], "sk-proj-abc") || a["tenant.id"] != "acme" {
		t.Errorf("span %v", a)
	}
}

func TestInjectIntoNil(t *testing.T) {
	o := begin(t)
	o.request(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { observe.Inject(r.Context(), nil) }), nil)
	if got := o.access(t)["status"]; got != 200.0 {
		t.Errorf("status %v", got)
	}
}

func TestPanicStatusText(t *testing.T) {
	o := begin(t)
	o.request(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the reason") }), nil)
	s := o.spans.Ended()[0]
	if s.Status().Code != codes.Error || s.Status().Description != "panic: the reason" || attrs(s)["error.type"] != "string" {
		t.Errorf("status %+v, error.type %q", s.Status(), attrs(s)["error.type"])
	}
}

// A panic is a failure of the service, whoever still waits for the answer.
func TestPanicGone(t *testing.T) {
	o := begin(t)
	o.request(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("bug") }), func(r *http.Request) *http.Request {
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		return r.WithContext(ctx)
	})
	if got := o.metrics(t, "http_requests_total"); !strings.Contains(got, `status="500"`) {
		t.Errorf("a panic counts as %s", got)
	}
}

// A service that stops may cancel the context of all its requests.
func TestBaseContextCancel(t *testing.T) {
	o := begin(t)
	base, stop := context.WithCancel(context.Background())
	defer stop()
	s := httptest.NewUnstartedServer(o.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		stop()
		_, _ = io.WriteString(w, "done")
	})))
	s.Config.BaseContext = func(net.Listener) context.Context { return base }
	s.Start()
	defer s.Close()
	if resp, _ := get(t, s.URL); resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d", resp.StatusCode)
	}
	if l := o.access(t); l["status"] != 200.0 || l["error"] != nil {
		t.Errorf("line %v", l)
	}
}

func TestRoutePanics(t *testing.T) {
	o := begin(t, func(c *observe.Config) { c.Route = func(*http.Request) string { panic("no router") } })
	for range 2 {
		o.request(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil)
	}
	if got := o.metrics(t, "http_requests_total"); !strings.Contains(got, `path="other",status="200"} 2`) {
		t.Errorf("counted as %q", got)
	}
	if n := len(o.lines(t, "Config.Route panicked")); n != 1 {
		t.Errorf("it is said %d times", n)
	}
}

// Config.Route may read headers while the handler changes them; the race detector would tell.
func TestRouteHeaderRace(t *testing.T) {
	o := begin(t, func(c *observe.Config) {
		c.Route = func(r *http.Request) string { return "/" + r.Header.Get("X-Kind") }
	})
	for range 20 {
		o.request(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, call := llm.Start(r.Context(), llm.Call{Provider: "p", Model: "m"})
				call.End(llm.Result{})
			}()
			for range 1000 {
				r.Header.Set("X-Other", "y")
			}
			<-done
		}), func(r *http.Request) *http.Request {
			r.Header.Set("X-Kind", "kind")
			return r
		})
	}
	if got := o.metrics(t, "http_requests_total"); !strings.Contains(got, `path="/kind"`) {
		t.Errorf("counted as %q", got)
	}
}
