package gateway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

const (
	streamBody = `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"stream":true}`
	usageChunk = `data: {"id":"chatcmpl-2","model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}` + "\n\n"
)

func delta(text string) string {
	return fmt.Sprintf(`data: {"id":"chatcmpl-2","model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":%q},"finish_reason":null}]}`+"\n\n", text)
}

const (
	roleChunk   = `data: {"id":"chatcmpl-2","model":"gpt-4o-mini","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}` + "\n\n"
	finishChunk = `data: {"id":"chatcmpl-2","model":"gpt-4o-mini","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	doneChunk   = "data: [DONE]\n\n"
)

func events(w http.ResponseWriter, pieces ...string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, p := range pieces {
		flush(w, p)
	}
}

func TestUsageChunkOnlyForThoseWhoAsk(t *testing.T) {
	content := roleChunk + delta("Hel") + delta("lo") + finishChunk
	for name, tc := range map[string]struct{ body, want string }{
		"not asked": {streamBody, content + doneChunk},
		"asked": {
			strings.TrimSuffix(streamBody, "}") + `,"stream_options":{"include_usage":true}}`,
			content + usageChunk + doneChunk,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
				b, _ := io.ReadAll(req.Body)
				if !strings.Contains(string(b), `"include_usage":true`) {
					t.Errorf("the provider was not asked for usage: %s", b)
				}
				events(w, content, usageChunk, doneChunk)
			}, nil)
			_, got := r.post(t, "/openai/v1/chat/completions", tc.body)
			if got != tc.want {
				t.Errorf("client got\n%s\nwant\n%s", got, tc.want)
			}
			s := r.sink.waitOne(t)
			u := s.GenAI.Usage
			if u.Input != telemetry.Known(9) || u.Output != telemetry.Known(4) || s.GenAI.FinishReasons != "stop" || !s.GenAI.Streaming {
				t.Errorf("recorded %+v", s.GenAI)
			}
			if !s.GenAI.TimeToFirstToken.Known || s.GenAI.TimeToFirstToken.Value > s.Duration {
				t.Errorf("time to first token %v of %d", s.GenAI.TimeToFirstToken, s.Duration)
			}
			if got := s.Attributes.Value("telltale.usage"); got != "" {
				t.Errorf("usage of a complete stream is marked %q", got)
			}
		})
	}
}

// TestPiecesArriveWhenSent holds each piece back until the client has the one before.
func TestPiecesArriveWhenSent(t *testing.T) {
	next := make(chan struct{})
	pieces := []string{delta("one"), "data: {\"cut\":", "\"in two\"}\n\n", ": comment\n\n", delta("two"), finishChunk, doneChunk}
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, p := range pieces {
			flush(w, p)
			select {
			case <-next:
			case <-time.After(time.Minute):
				return
			}
		}
	}, nil)
	body := strings.TrimSuffix(streamBody, "}") + `,"stream_options":{"include_usage":true}}`
	resp := r.open(t, "/openai/v1/chat/completions", body)
	defer func() { _ = resp.Body.Close() }()
	for _, p := range pieces {
		got := make([]byte, len(p))
		if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != p {
			t.Fatalf("got %q, %v, want %q", got, err, p)
		}
		next <- struct{}{}
	}
}

func TestClientLeavesAndProviderIsCancelled(t *testing.T) {
	const grace, before, after = 2 * time.Second, 3, 57
	cancelled, gone := make(chan time.Time, 1), make(chan struct{})
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		events(w, roleChunk)
		for i := range before + after {
			if i == before {
				<-gone
			}
			flush(w, delta(fmt.Sprintf("word%04d", i)))
		}
		<-req.Context().Done()
		cancelled <- time.Now()
	}, func(c *Config) { c.DisconnectGrace = grace })
	ctx, cancel := context.WithCancel(t.Context())
	req := r.request(t, "/openai/v1/chat/completions", streamBody).WithContext(ctx)
	resp, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	br := bufio.NewReader(resp.Body)
	for range 2 * (1 + before) { // events of two lines
		if _, err = br.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	left := time.Now()
	cancel()
	close(gone)
	select {
	case at := <-cancelled:
		if d := at.Sub(left); d < grace*3/4 { // clients are looked at a tick apart
			t.Errorf("the provider was cancelled after %v, before the grace of %v", d, grace)
		}
	case <-time.After(time.Minute):
		t.Fatal("the provider was never cancelled")
	}
	s := r.sink.waitOne(t)
	if s.ErrorType != "client_disconnected" || s.Status != telemetry.StatusOK || s.Attributes.Value("telltale.client_disconnected") != "true" {
		t.Errorf("recorded %s %q %v", s.Status, s.ErrorType, s.Attributes)
	}
	if s.Attributes.Value("telltale.usage") != "estimated" {
		t.Errorf("estimated usage is not marked: %v", s.Attributes)
	}
	// Words of 8 bytes: those that came within the grace count as well.
	if out := s.GenAI.Usage.Output; out != telemetry.Known(2*(before+after)) {
		t.Errorf("estimated output %v, want %d", out, 2*(before+after))
	}
	if in := s.GenAI.Usage.Input; in != telemetry.Known(1) {
		t.Errorf("estimated input %v, want 1 for %q", in, "hi")
	}
}

func TestClientLeavesShortBeforeTheEnd(t *testing.T) {
	gone := make(chan struct{})
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		events(w, roleChunk, delta("Hel"))
		<-gone
		time.Sleep(50 * time.Millisecond)
		events(w, delta("lo"), finishChunk, usageChunk, doneChunk)
	}, func(c *Config) { c.DisconnectGrace = time.Minute })
	resp := r.open(t, "/openai/v1/chat/completions", streamBody)
	if _, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	close(gone)
	s := r.sink.waitOne(t)
	if s.GenAI.Usage.Output != telemetry.Known(4) || s.GenAI.Usage.Input != telemetry.Known(9) || s.Attributes.Value("telltale.usage") != "" {
		t.Errorf("usage %+v %v, want what the provider said", s.GenAI.Usage, s.Attributes)
	}
}

func TestCutUpstreamIsCutForTheClient(t *testing.T) {
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		events(w, roleChunk, delta("partial "), delta("answer"))
		panic(http.ErrAbortHandler)
	}, nil)
	resp := r.open(t, "/openai/v1/chat/completions", streamBody)
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the client saw %v, want a cut", err)
	}
	if want := roleChunk + delta("partial ") + delta("answer"); string(got) != want {
		t.Errorf("got %q", got)
	}
	s := r.sink.waitOne(t)
	if s.Status != telemetry.StatusError || s.ErrorType != "upstream_cut" || s.HTTPStatus != telemetry.Known(200) {
		t.Errorf("recorded %s %q %v", s.Status, s.ErrorType, s.HTTPStatus)
	}
	if out := s.GenAI.Usage.Output; out != telemetry.Known(4) || s.Attributes.Value("telltale.usage") != "estimated" {
		t.Errorf("usage %v, want 4 tokens estimated", out)
	}
}

func TestErrorInsideStreamKeepsPartialUsage(t *testing.T) {
	stream := `event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","usage":{"input_tokens":176,"cache_read_input_tokens":1024,"cache_creation_input_tokens":100,"cache_creation":{"ephemeral_5m_input_tokens":60,"ephemeral_1h_input_tokens":40},"output_tokens":1}}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

event: error
data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}

`
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) { events(w, stream) }, nil)
	_, got := r.post(t, "/anthropic/v1/messages", `{"model":"claude-sonnet-4-5","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"hi"}]}`)
	if got != stream {
		t.Errorf("client got %q", got)
	}
	s := r.sink.waitOne(t)
	if s.Status != telemetry.StatusError || s.ErrorType != "overloaded_error" || s.StatusMessage != "Overloaded" {
		t.Errorf("recorded %s %q %q", s.Status, s.ErrorType, s.StatusMessage)
	}
	u := s.GenAI.Usage
	if u.Input != telemetry.Known(1300) || u.CacheRead != telemetry.Known(1024) || u.CacheWrite1h != telemetry.Known(40) || s.GenAI.UsageSemantics != "exclusive" {
		t.Errorf("usage %+v", u)
	}
	if r.sink.logs[0].Severity != telemetry.SeverityError {
		t.Errorf("log severity %v", r.sink.logs[0].Severity)
	}
}

func TestProviderThatRefusesStreamOptions(t *testing.T) {
	asked := 0
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		b, _ := io.ReadAll(req.Body)
		if strings.Contains(string(b), "stream_options") {
			asked++
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = io.WriteString(w, `{"error":{"message":"extra fields not permitted: stream_options"}}`)
			return
		}
		if string(b) != streamBody {
			t.Errorf("second try sent %s", b)
		}
		events(w, delta("ok"), finishChunk, doneChunk)
	}, nil)
	for range 2 {
		resp, got := r.post(t, "/openai/v1/chat/completions", streamBody)
		if resp.StatusCode != 200 || got != delta("ok")+finishChunk+doneChunk {
			t.Fatalf("got %d %s", resp.StatusCode, got)
		}
	}
	if asked != 1 {
		t.Errorf("the provider was asked %d times for what it refuses", asked)
	}
}

func TestRefusalForAnotherReasonPassesAsItIs(t *testing.T) {
	const refusal = `{"error":{"message":"max_tokens is too large","type":"invalid_request_error","param":null,"code":null}}`
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, refusal)
	}, nil)
	resp, got := r.post(t, "/openai/v1/chat/completions", streamBody)
	if resp.StatusCode != 400 || got != refusal {
		t.Fatalf("got %d %s", resp.StatusCode, got)
	}
	if s := r.sink.waitOne(t); s.ErrorType != "invalid_request_error" || s.StatusMessage != "max_tokens is too large" {
		t.Errorf("recorded %q %q", s.ErrorType, s.StatusMessage)
	}
}

func TestIdleStreamEndsWithAnErrorEvent(t *testing.T) {
	release := make(chan struct{})
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		events(w, delta("slow"))
		<-release
	}, func(c *Config) { c.Limits.IdleTimeout = 100 * time.Millisecond })
	defer close(release)
	resp := r.open(t, "/openai/v1/chat/completions", streamBody)
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err == nil || !strings.Contains(string(got), "openai fell silent for 100ms") {
		t.Errorf("got %q, %v", got, err)
	}
	if s := r.sink.waitOne(t); s.ErrorType != "upstream_idle_timeout" || s.Status != telemetry.StatusError {
		t.Errorf("recorded %q", s.ErrorType)
	}
}

func TestLongAnswerKeepsItsUsage(t *testing.T) {
	body := `{"object":"list","data":[{"embedding":[` + strings.Repeat("0.0123456789,", 200_000) + `0]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":8,"total_tokens":8}}`
	r := newRig(t, answer("application/json", body), nil)
	_, got := r.post(t, "/openai/v1/embeddings", `{"model":"text-embedding-3-small","input":"hi"}`)
	if got != body {
		t.Errorf("%d bytes arrived of %d", len(got), len(body))
	}
	s := r.sink.waitOne(t)
	if s.GenAI.Usage.Input != telemetry.Known(8) || s.GenAI.ResponseModel != "text-embedding-3-small" {
		t.Errorf("recorded %+v", s.GenAI)
	}
}
