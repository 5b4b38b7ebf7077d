package observe_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
)

// observed is a Telemetry and what comes out of it.
type observed struct {
	*observe.Telemetry
	spans *tracetest.SpanRecorder
	log   *buffer
}

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// begin starts a Telemetry that ends with the test.
func begin(t testing.TB, change ...func(*observe.Config)) *observed {
	t.Helper()
	o := &observed{spans: tracetest.NewSpanRecorder(), log: &buffer{}}
	c := observe.Config{
		Service: "test", Version: "v1", Environment: "testing", Exporter: observe.ExporterNone, NoGlobal: true,
		SpanProcessors: []sdktrace.SpanProcessor{o.spans},
		Log:            logging.Options{Writer: o.log, Format: logging.FormatJSON},
	}
	for _, f := range change {
		f(&c)
	}
	tel, err := observe.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	o.Telemetry = tel
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := tel.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return o
}

// serve runs a real server.
func (o *observed) serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(o.Handler(h))
	t.Cleanup(s.Close)
	return s
}

type line map[string]any

// lines returns the log, with a message if one is given.
func (o *observed) lines(t testing.TB, message string) []line {
	t.Helper()
	var all []line
	for s := bufio.NewScanner(strings.NewReader(o.log.String())); s.Scan(); {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", s.Bytes(), err)
		}
		if message == "" || l["msg"] == message {
			all = append(all, l)
		}
	}
	return all
}

// access waits for the access line of the only request: a client may have its answer before it is written.
func (o *observed) access(t testing.TB) line {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if l := o.lines(t, "request"); len(l) == 1 && (len(o.spans.Started()) == len(o.spans.Ended())) {
			return l[0]
		}
	}
	t.Fatalf("no access line:\n%s", o.log)
	return nil
}

// attrs are the attributes of a span, as text.
func attrs(s sdktrace.ReadOnlySpan) map[string]string {
	m := map[string]string{}
	for _, kv := range s.Attributes() {
		m[string(kv.Key)] = kv.Value.String()
	}
	return m
}

// metrics returns the lines of /metrics that have the prefix.
func (o *observed) metrics(t testing.TB, prefix string) string {
	t.Helper()
	w := httptest.NewRecorder()
	o.MetricsHandler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	var b strings.Builder
	for l := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(l, prefix) {
			b.WriteString(l)
		}
	}
	return b.String()
}

// send makes a request and leaves the answer to the caller.
func send(t testing.TB, c *http.Client, method, url string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	return c.Do(r)
}

// answer is a response that was read to its end.
type answer struct {
	Status     string
	StatusCode int
	Header     http.Header
}

func get(t testing.TB, url string, header ...string) (answer, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.Status, resp.StatusCode, resp.Header}, string(body)
}
