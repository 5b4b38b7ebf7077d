package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a sink that keeps what it is given.
type memory struct {
	mu    sync.Mutex
	spans []telemetry.Span
	logs  []telemetry.Log
	fail  error
	block chan struct{}
	added chan struct{}
}

func (m *memory) Ingest(ctx context.Context, b *telemetry.Batch) error {
	if m.block != nil {
		select {
		case <-m.block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	for _, s := range b.Spans {
		g := *s.GenAI
		s.GenAI, s.Attributes = &g, slices.Clone(s.Attributes)
		m.spans = append(m.spans, s)
	}
	for _, l := range b.Logs {
		l.Attributes = slices.Clone(l.Attributes)
		m.logs = append(m.logs, l)
	}
	// A sink may do as it likes with the batch.
	clear(b.Spans)
	clear(b.Logs)
	select {
	case m.added <- struct{}{}:
	default:
	}
	return nil
}

func (m *memory) setFail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// wait returns the spans once there are n.
func (m *memory) wait(t *testing.T, n int) []telemetry.Span {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		m.mu.Lock()
		spans := slices.Clone(m.spans)
		m.mu.Unlock()
		if len(spans) >= n {
			return spans
		}
		select {
		case <-m.added:
		case <-limit:
			t.Fatalf("got %d spans, want %d", len(spans), n)
		}
	}
}

func (m *memory) waitOne(t *testing.T) telemetry.Span {
	t.Helper()
	return m.wait(t, 1)[0]
}

// rig is a gateway between a client and an upstream of the test's own.
type rig struct {
	*Gateway
	sink     *memory
	upstream *httptest.Server
	front    *httptest.Server
	client   *http.Client
}

// newRig runs upstream behind the providers openai, anthropic and gemini.
func newRig(t *testing.T, upstream http.HandlerFunc, change func(*Config)) *rig {
	t.Helper()
	r := &rig{sink: &memory{added: make(chan struct{}, 1)}}
	r.upstream = httptest.NewServer(upstream)
	cfg := Config{Providers: providersAt(r.upstream.URL), DisconnectGrace: 300 * time.Millisecond}
	if change != nil {
		change(&cfg)
	}
	g, err := New(cfg, r.sink, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err = g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Gateway = g
	r.front = httptest.NewServer(g)
	r.client = &http.Client{Transport: &http.Transport{DisableCompression: true}}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if r.sink.block != nil {
			select {
			case <-r.sink.block:
			default:
				close(r.sink.block)
			}
		}
		_ = g.Stop(ctx) // tests of Stop look at its error
		r.client.CloseIdleConnections()
		r.front.Close()
		r.upstream.Close()
	})
	return r
}

func providersAt(url string) []Provider {
	return []Provider{
		{Name: "openai", Kind: wire.OpenAI, BaseURL: url},
		{Name: "anthropic", Kind: wire.Anthropic, BaseURL: url},
		{Name: "gemini", Kind: wire.Gemini, BaseURL: url},
	}
}

func keyed(key string) func(*Config) {
	return func(c *Config) {
		for i := range c.Providers {
			c.Providers[i].APIKey = key
		}
	}
}

// reply is an answer whose body was read.
type reply struct {
	StatusCode int
	Header     http.Header
}

// post sends a JSON body with headers "Name: value".
func (r *rig) post(t *testing.T, path, body string, headers ...string) (reply, string) {
	t.Helper()
	resp := r.open(t, path, body, headers...)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("read answer: %v", err)
	}
	return reply{resp.StatusCode, resp.Header}, string(b)
}

func (r *rig) open(t *testing.T, path, body string, headers ...string) *http.Response {
	t.Helper()
	resp, err := r.client.Do(r.request(t, path, body, headers...))
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func (r *rig) request(t *testing.T, path, body string, headers ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.front.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		k, v, _ := strings.Cut(h, ": ")
		req.Header.Set(k, v)
	}
	return req
}

// raw sends bytes as they are and returns all that comes back until the connection is closed.
func (r *rig) raw(t *testing.T, request string) string {
	t.Helper()
	return rawTo(t, r.front.Listener.Addr().String(), request)
}

func rawTo(t *testing.T, addr, request string) string {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err = conn.Write([]byte(request)); err != nil && !isReset(err) {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	var b bytes.Buffer
	_, _ = b.ReadFrom(bufio.NewReader(conn))
	return b.String()
}

func isReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op)
}

const (
	chatBody   = `{"model":"gpt-4o-mini","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi there"}],"temperature":0.2,"max_tokens":50}`
	chatAnswer = `{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"Hello!"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1200,"completion_tokens":34,"total_tokens":1234,"prompt_tokens_details":{"cached_tokens":1024},"completion_tokens_details":{"reasoning_tokens":12}},"service_tier":"default"}`
)

func answer(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

// flush sends a piece of a stream at once.
func flush(w http.ResponseWriter, piece string) {
	_, _ = io.WriteString(w, piece)
	_ = http.NewResponseController(w).Flush()
}

// dump shows all of a record.
func dump(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
