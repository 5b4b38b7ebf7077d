package llm_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/telltale-dev/telltale/observe/llm"
)

// openStream is a body whose pieces come one a Read, and which then stays open.
type openStream struct{ pieces []string }

func (s *openStream) Read(p []byte) (int, error) {
	if len(s.pieces) == 0 {
		select {}
	}
	n := copy(p, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; s.pieces[0] == "" {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}

func (*openStream) Close() error { return nil }

const (
	messageStart = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\"," +
		"\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5\",\"content\":[],\"usage\":{\"input_tokens\":5,\"output_tokens\":1}}}\n\n"
	overloaded  = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
	messageStop = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}\n\n" +
		"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
	openAIError = "data: {\"error\":{\"message\":\"boom\",\"type\":\"server_error\"}}\n\n"
	aWord       = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"event: error\\n\\n\"}}]}\n\n"
	itsEnd      = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
)

// Callers that were told the end, or an error, need not read on, close, or have a context that ends.
func TestAStreamIsOverWhenItSaysSo(t *testing.T) {
	anthropic, openai := "https://api.anthropic.com/v1/messages", "https://api.openai.com/v1/chat/completions"
	for _, tt := range []struct {
		name, url, stream, errType string
	}{
		{"anthropic fails", anthropic, messageStart + overloaded, "overloaded_error"},
		{"anthropic fails, CRLF", anthropic, strings.ReplaceAll(messageStart+overloaded, "\n", "\r\n"), "overloaded_error"},
		{"anthropic ends", anthropic, messageStart + messageStop, ""},
		{"openai fails", openai, aWord + aWord + openAIError, "server_error"},
		{"openai ends", openai, aWord + aWord + itsEnd, ""},
	} {
		for _, size := range []int{1, 7, 1 << 20} {
			t.Run(tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					tel := newTelemetry(t)
					var pieces []string
					for piece := range slices.Chunk([]byte(tt.stream), size) {
						pieces = append(pieces, string(piece))
					}
					base := roundTrip(func(*http.Request) (*http.Response, error) {
						time.Sleep(2 * time.Millisecond)
						return streamed(&openStream{pieces}), nil
					})
					ctx := tel.in(context.Background())
					resp, err := post(ctx, t, &http.Client{Transport: llm.Transport(base)}, tt.url, chat(`,"stream":true,"stream_options":{"include_usage":true}`)) //nolint:bodyclose // that is the case
					if err != nil {
						t.Fatal(err)
					}
					got := make([]byte, len(tt.stream))
					if _, err := io.ReadFull(bufio.NewReader(resp.Body), got); err != nil || string(got) != tt.stream {
						t.Errorf("read %q, %v", got, err)
					}
					synctest.Wait()
					span := tel.one(t)
					if a := attributes(span); a["error.type"] != tt.errType || a["telltale.client_disconnected"] != "" {
						t.Errorf("attributes: %v", a)
					}
					if took := span.EndTime().Sub(span.StartTime()); took != 2*time.Millisecond {
						t.Errorf("the span took %v", took)
					}
					families, err := tel.core.Metrics.Gather()
					if err != nil {
						t.Fatal(err)
					}
					for _, f := range families {
						if f.GetName() == "llm_call_duration_seconds" && f.GetMetric()[0].GetHistogram().GetSampleSum() != 0.002 {
							t.Errorf("took %v", f.GetMetric()[0])
						}
					}
				})
			})
		}
	}
}

// Text that looks like the end of a stream is none.
func TestTextEndsNoStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tel := newTelemetry(t)
		base := roundTrip(func(*http.Request) (*http.Response, error) {
			time.Sleep(2 * time.Millisecond)
			return streamed(&openStream{[]string{aWord, aWord}}), nil
		})
		ctx, cancel := context.WithCancel(tel.in(context.Background()))
		resp, err := post(ctx, t, &http.Client{Transport: llm.Transport(base)}, "https://api.openai.com/v1/chat/completions", chat(`,"stream":true,"stream_options":{"include_usage":true}`)) //nolint:bodyclose // it is left
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadFull(resp.Body, make([]byte, 2*len(aWord)))
		time.Sleep(3 * time.Second)
		if n := len(tel.spans.Ended()); n != 0 {
			t.Errorf("%d spans ended", n)
		}
		cancel()
		time.Sleep(time.Minute)
		synctest.Wait()
		if span := tel.one(t); span.EndTime().Sub(span.StartTime()) != 2*time.Millisecond { // nobody read on
			t.Errorf("it took %v", span.EndTime().Sub(span.StartTime()))
		}
	})
}

// What nobody ended took until its context did, not until that was noticed.
func TestWorkNeverEndedTakesUntilItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tel := newTelemetry(t)
		ctx, cancel := context.WithCancel(tel.in(t.Context()))
		ctx, _ = llm.Agent(ctx, "a")
		ctx, _ = llm.Tool(ctx, llm.ToolCall{Name: "t"})
		_, _ = llm.Start(ctx, llm.Call{Provider: "p", Model: "m"})
		time.Sleep(3 * time.Second)
		cancel()
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, s := range tel.spans.Ended() {
			if took := s.EndTime().Sub(s.StartTime()); took != 3*time.Second {
				t.Errorf("%s took %v", s.Name(), took)
			}
		}
		for _, l := range tel.log.all(t) {
			if l["duration_ms"] != 3000.0 {
				t.Errorf("line %v", l)
			}
		}
		if n := len(tel.spans.Ended()); n != 3 {
			t.Errorf("%d spans", n)
		}
	})
}
