package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// errorShape checks that an answer is an error in the way of the API and returns its message.
func errorShape(t *testing.T, k wire.Kind, status int, body string) string {
	t.Helper()
	var e struct {
		Type  string `json:"type"`
		Error struct {
			Message, Type, Status string
			Code                  any
		} `json:"error"`
	}
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatalf("not JSON: %q", body)
	}
	ok := e.Error.Type != ""
	switch k {
	case wire.Anthropic:
		ok = ok && e.Type == "error"
	case wire.Gemini:
		ok = e.Error.Status != "" && e.Error.Code == float64(status)
	}
	if !ok || e.Error.Message == "" {
		t.Errorf("not an error in the shape of %s: %s", k, body)
	}
	return e.Error.Message
}

// TestProviderOutOfReach sends a call to places where no provider answers.
func TestProviderOutOfReach(t *testing.T) {
	var lc net.ListenConfig
	closed, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closedURL := "http://" + closed.Addr().String()
	_ = closed.Close()
	selfSigned := httptest.NewTLSServer(answer("application/json", chatAnswer))
	defer selfSigned.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer cut.Close()
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer silent.Close()
	defer close(release)
	half := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		flush(w, chatAnswer)
		panic(http.ErrAbortHandler)
	}))
	defer half.Close()

	for name, tc := range map[string]struct {
		url, errType, says string
		status             int
	}{
		"refused":       {closedURL, "upstream_connect_refused", "refused the connection", 502},
		"no such host":  {"http://no-such-host.invalid", "upstream_dns", "cannot be resolved", 502},
		"untrusted TLS": {selfSigned.URL, "upstream_tls", "unknown authority", 502},
		"TLS to plain":  {strings.Replace(cut.URL, "http:", "https:", 1), "upstream_tls", "TLS", 502},
		"cut":           {cut.URL, "upstream_cut", "broke before it answered", 502},
		"half a JSON":   {half.URL, "upstream_cut", "in the middle of its answer", 502},
		"silent":        {silent.URL, "upstream_first_byte_timeout", "did not answer within 150ms", 504},
	} {
		for _, k := range []wire.Kind{wire.OpenAI, wire.Anthropic, wire.Gemini} {
			t.Run(name+"/"+string(k), func(t *testing.T) {
				r := newRig(t, answer("", ""), func(c *Config) {
					c.Providers = providersAt(tc.url)
					if name == "silent" {
						c.Limits.FirstByteTimeout = 150 * time.Millisecond
					}
				})
				path := map[wire.Kind]string{
					wire.OpenAI: "/openai/v1/chat/completions", wire.Anthropic: "/anthropic/v1/messages",
					wire.Gemini: "/gemini/v1beta/models/gemini-2.5-flash:generateContent",
				}[k]
				resp, body := r.post(t, path, chatBody)
				if resp.StatusCode != tc.status {
					t.Fatalf("status %d: %s", resp.StatusCode, body)
				}
				if m := errorShape(t, k, tc.status, body); !strings.Contains(m, tc.says) || !strings.Contains(m, string(k)) {
					t.Errorf("message %q: want the provider's name and %q", m, tc.says)
				}
				s := r.sink.waitOne(t)
				if s.ErrorType != tc.errType || s.Status != telemetry.StatusError || s.HTTPStatus != telemetry.Known(int64(tc.status)) || !s.GenAI.Counts {
					t.Errorf("recorded %q %s %v", s.ErrorType, s.Status, s.HTTPStatus)
				}
			})
		}
	}
}

func TestOwnErrors(t *testing.T) {
	r := newRig(t, answer("application/json", chatAnswer), func(c *Config) {
		c.Limits.MaxBody = 1000
		c.Limits.MaxHeader = 2000
		c.Limits.BodyTimeout = time.Second
	})
	const host = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	big := strings.Repeat("x", 1001)
	for i, tc := range []struct {
		name, request, errType, says string
		kind                         wire.Kind
		status                       int
	}{
		{"unknown provider", "GET /nope/v1/models" + host + "\r\n", "gateway_unknown_provider", `"nope"; known are: anthropic, gemini, openai`, wire.OpenAI, 404},
		{"unknown, gemini's way", "GET /nope/v1beta/models" + host + "\r\n", "gateway_unknown_provider", "known are", wire.Gemini, 404},
		{"root", "GET /" + host + "\r\n", "gateway_unknown_provider", "known are", wire.OpenAI, 404},
		{"announced too large", "POST /openai/v1/chat/completions" + host + "Content-Length: 1001\r\n\r\n" + big, "gateway_body_too_large", "1001 bytes; at most 1000", wire.OpenAI, 413},
		{"chunked too large", "POST /anthropic/v1/messages" + host + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + big + "\r\n0\r\n\r\n", "gateway_body_too_large", "at most 1000", wire.Anthropic, 413},
		{"header too large", "GET /openai/v1/models" + host + "X-Big: " + strings.Repeat("x", 2000) + "\r\n\r\n", "gateway_header_too_large", "2000 bytes", wire.OpenAI, 431},
		{"slow body", "POST /gemini/v1beta/models/m:generateContent" + host + "Content-Length: 10\r\n\r\n{", "gateway_body_timeout", "within 1s", wire.Gemini, 408},
		{"websocket", "GET /openai/v1/realtime HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n", "gateway_upgrade_unsupported", "WebSocket", wire.OpenAI, 501},
		{"dots", "GET /openai/v1/../../admin" + host + "\r\n", "gateway_bad_request", "cannot stand in a path", wire.OpenAI, 400},
	} {
		got := r.raw(t, tc.request)
		head, body, _ := strings.Cut(got, "\r\n\r\n")
		if !strings.HasPrefix(head, fmt.Sprintf("HTTP/1.1 %d ", tc.status)) {
			t.Errorf("%s: got %q", tc.name, head)
			continue
		}
		if m := errorShape(t, tc.kind, tc.status, body); !strings.Contains(m, tc.says) {
			t.Errorf("%s: message %q, want %q in it", tc.name, m, tc.says)
		}
		s := r.sink.wait(t, i+1)[i]
		if s.ErrorType != tc.errType || s.HTTPStatus != telemetry.Known(int64(tc.status)) || s.Status != telemetry.StatusError {
			t.Errorf("%s: recorded %q %v", tc.name, s.ErrorType, s.HTTPStatus)
		}
	}
}

func TestTooManyCalls(t *testing.T) {
	entered, release := make(chan struct{}, 1), make(chan struct{})
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		entered <- struct{}{}
		<-release
		answer("application/json", chatAnswer)(w, req)
	}, func(c *Config) { c.Limits.MaxConcurrent = 1 })
	done := make(chan int)
	go func() {
		resp, _ := r.post(t, "/openai/v1/chat/completions", chatBody)
		done <- resp.StatusCode
	}()
	<-entered
	resp, body := r.post(t, "/anthropic/v1/messages", chatBody)
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	errorShape(t, wire.Anthropic, 503, body)
	close(release)
	if status := <-done; status != 200 {
		t.Errorf("the first call got %d", status)
	}
}

// TestRecordsAreNeverLost lets the sink fail: calls go on until no place is left, then are refused; once the sink works
// again every call that was answered is recorded.
func TestRecordsAreNeverLost(t *testing.T) {
	r := newRig(t, answer("application/json", chatAnswer), func(c *Config) { c.QueueSize = 8 })
	r.sink.setFail(telemetry.ErrOverloaded)
	answered := 0
	for range 20 {
		resp, body := r.post(t, "/openai/v1/chat/completions", chatBody)
		switch resp.StatusCode {
		case 200:
			answered++
		case 503:
			errorShape(t, wire.OpenAI, 503, body)
		default:
			t.Fatalf("status %d", resp.StatusCode)
		}
	}
	if answered != 8 {
		t.Errorf("%d calls were answered with 8 places", answered)
	}
	r.sink.setFail(nil)
	withContent := 0
	for _, s := range r.sink.wait(t, 8) {
		if s.GenAI.Usage.Output != telemetry.Known(34) {
			t.Errorf("usage was lost: %+v", s.GenAI.Usage)
		}
		if s.GenAI.InputMessages != "" {
			withContent++
		} else if s.Attributes.Value("telltale.content") != "dropped" {
			t.Errorf("content is missing without a word")
		}
	}
	if withContent == 0 {
		t.Errorf("all content was dropped")
	}
}

func TestStopDrains(t *testing.T) {
	entered := make(chan struct{})
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		events(w, delta("one"))
		close(entered)
		time.Sleep(200 * time.Millisecond)
		events(w, delta("two"), finishChunk, usageChunk, doneChunk)
	}, nil)
	type result struct {
		body string
		err  error
	}
	got := make(chan result)
	go func() {
		resp, err := r.client.Do(r.request(t, "/openai/v1/chat/completions", streamBody))
		if err != nil {
			got <- result{err: err}
			return
		}
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		got <- result{string(b), err}
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
	if res := <-got; res.err != nil || !strings.HasSuffix(res.body, doneChunk) {
		t.Errorf("the running stream got %q, %v", res.body, res.err)
	}
	if n := len(r.sink.spans); n != 1 {
		t.Errorf("%d records after Stop", n)
	}
	if resp, body := r.post(t, "/openai/v1/chat/completions", chatBody); resp.StatusCode != 503 {
		t.Errorf("after Stop: %d %s", resp.StatusCode, body)
	}
	if err := r.Stop(ctx); err != nil {
		t.Errorf("second Stop: %v", err)
	}
}

func TestStopCutsWhatDoesNotEnd(t *testing.T) {
	entered := make(chan struct{})
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		events(w, delta("one"))
		close(entered)
		<-req.Context().Done()
	}, nil)
	resp := make(chan error)
	go func() {
		res, err := r.client.Do(r.request(t, "/openai/v1/chat/completions", streamBody))
		if err == nil {
			_, err = io.ReadAll(res.Body)
			_ = res.Body.Close()
		}
		resp <- err
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if err := r.Stop(ctx); err == nil || !strings.Contains(err.Error(), "1 calls were cut") {
		t.Errorf("Stop: %v", err)
	}
	if d := time.Since(begin); d > 30*time.Second { // the call itself has no end
		t.Errorf("Stop took %v", d)
	}
	if err := <-resp; !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the client saw %v, want a cut", err)
	}
	if s := r.sink.waitOne(t); s.ErrorType != "gateway_stopping" {
		t.Errorf("recorded %q", s.ErrorType)
	}
}

func TestStopWithoutStart(t *testing.T) {
	g, err := New(Config{}, &memory{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err = g.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if err = g.Start(t.Context()); err != nil {
		t.Error(err)
	}
}
