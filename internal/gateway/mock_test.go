package gateway

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
)

// tee keeps what a handler writes.
type tee struct {
	http.ResponseWriter
	mu   *sync.Mutex
	copy *bytes.Buffer
}

func (t *tee) Write(p []byte) (int, error) {
	t.mu.Lock()
	t.copy.Write(p)
	t.mu.Unlock()
	return t.ResponseWriter.Write(p)
}

func (t *tee) Unwrap() http.ResponseWriter { return t.ResponseWriter }
func (t *tee) Flush()                      { _ = http.NewResponseController(t.ResponseWriter).Flush() }

// TestEveryAPI sends calls of every API through the gateway: the bytes that the provider wrote are those that arrive, and
// what was used is recorded.
func TestEveryAPI(t *testing.T) {
	const (
		usage  = `,"stream_options":{"include_usage":true}`
		chat   = `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello there"}]`
		claude = `{"model":"claude-sonnet-4-5","max_tokens":64,"messages":[{"role":"user","content":"hello there"}]`
		gemini = `{"contents":[{"role":"user","parts":[{"text":"hello there"}]}]}`
		model  = "/gemini/v1beta/models/gemini-2.5-flash"
	)
	in, out := telemetry.Known(int64(llmmock.CountTokens("hello there"))), telemetry.Known(int64(llmmock.CountTokens("You said: hello there")))
	for name, tc := range map[string]struct {
		path, body string
		fault      string
		in, out    telemetry.Opt
		finish     string
		errType    string
		cut        bool
	}{
		"chat":                {path: "/openai/v1/chat/completions", body: chat + "}", in: in, out: out, finish: "stop"},
		"chat stream":         {path: "/openai/v1/chat/completions", body: chat + usage + `,"stream":true}`, in: in, out: out, finish: "stop"},
		"responses":           {path: "/openai/v1/responses", body: `{"model":"gpt-4o-mini","input":"hello there"}`, in: in, out: out, finish: "stop"},
		"responses stream":    {path: "/openai/v1/responses", body: `{"model":"gpt-4o-mini","input":"hello there","stream":true}`, in: in, out: out, finish: "stop"},
		"embeddings":          {path: "/openai/v1/embeddings", body: `{"model":"text-embedding-3-small","input":"hello there"}`, in: in},
		"messages":            {path: "/anthropic/v1/messages", body: claude + "}", in: in, out: out, finish: "stop"},
		"messages stream":     {path: "/anthropic/v1/messages?beta=true", body: claude + `,"stream":true}`, in: in, out: out, finish: "stop"},
		"generate":            {path: model + ":generateContent", body: gemini, in: in, out: out, finish: "stop"},
		"generate stream":     {path: model + ":streamGenerateContent?alt=sse", body: gemini, in: in, out: out, finish: "stop"},
		"generate JSON array": {path: model + ":streamGenerateContent", body: gemini, in: in, out: out, finish: "stop"},
		"rate limit":          {path: "/anthropic/v1/messages", body: claude + "}", fault: "429", errType: "rate_limit_error"},
		"server error":        {path: "/gemini/v1beta/models/m:generateContent", body: gemini, fault: "500", errType: "INTERNAL"},
		"page of HTML":        {path: "/openai/v1/chat/completions", body: chat + "}", fault: "html", errType: "server_error"},
		"ten megabytes":       {path: "/openai/v1/chat/completions", body: chat + "}", fault: "10mb", in: in, out: telemetry.Known(10 * mib / 4)},
		"error in stream":     {path: "/openai/v1/chat/completions", body: chat + usage + `,"stream":true}`, fault: "stream-error", errType: "server_error"},
		"cut stream":          {path: "/anthropic/v1/messages", body: claude + `,"stream":true}`, fault: "stream-cut", errType: "upstream_cut", cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var sent bytes.Buffer
			mock := llmmock.New(llmmock.Options{})
			r := newRig(t, func(w http.ResponseWriter, req *http.Request) { mock.ServeHTTP(&tee{w, &mu, &sent}, req) }, func(c *Config) { c.Raw = true })
			headers := []string{"Authorization: Bearer sk-any", "X-Mock-Fault: " + tc.fault}
			switch {
			case strings.HasPrefix(tc.path, "/anthropic"):
				headers = append(headers[1:], "x-api-key: any", "anthropic-version: 2023-06-01")
			case strings.HasPrefix(tc.path, "/gemini"):
				headers = append(headers[1:], "x-goog-api-key: any")
			}
			resp := r.open(t, tc.path, tc.body, headers...)
			got, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if cut := errors.Is(err, io.ErrUnexpectedEOF); cut != tc.cut {
				t.Errorf("reading ended with %v", err)
			}
			s := r.sink.waitOne(t)
			mu.Lock()
			defer mu.Unlock()
			if !bytes.Equal(got, sent.Bytes()) {
				t.Errorf("%d bytes arrived of %d", len(got), sent.Len())
			}
			if s.ErrorType != tc.errType || (s.Status == telemetry.StatusError) != (tc.errType != "") {
				t.Errorf("recorded as %s %q: %s", s.Status, s.ErrorType, s.StatusMessage)
			}
			request, response := rawOf(&s)
			if request != tc.body || response != sent.String() && (tc.fault != "10mb" || len(response) > 257*kib || !strings.Contains(response, "…[cut ")) {
				t.Errorf("kept as raw: %.300q → %.300q, of %d bytes", request, response, sent.Len())
			}
			if tc.errType != "" {
				return
			}
			if g := s.GenAI; g.Usage.Input != tc.in || g.Usage.Output != tc.out || tc.finish != "" && g.FinishReasons != tc.finish {
				t.Errorf("recorded %+v %q, want %v in, %v out", g.Usage, g.FinishReasons, tc.in, tc.out)
			}
			if g := s.GenAI; !strings.Contains(g.InputMessages, "hello there") || g.Operation != telemetry.OpEmbeddings && !strings.Contains(g.OutputMessages, "You said") && tc.fault == "" {
				t.Errorf("content: %q → %.100q", g.InputMessages, g.OutputMessages)
			}
		})
	}
}
