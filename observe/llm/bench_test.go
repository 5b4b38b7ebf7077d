package llm_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/llm"
	"github.com/telltale-dev/telltale/observe/logging"
)

// chunks is a body that comes chunk by chunk.
type chunks struct {
	list [][]byte
	at   int
}

func (c *chunks) Read(p []byte) (int, error) {
	if c.at == len(c.list) {
		return 0, io.EOF
	}
	c.at++
	return copy(p, c.list[c.at-1]), nil
}

func (*chunks) Close() error { return nil }

func stream50() [][]byte {
	list := [][]byte{[]byte("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n")}
	for i := range 47 {
		list = append(list, fmt.Appendf(nil, "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word%d\"},\"finish_reason\":null}]}\n\n", i))
	}
	return append(list,
		[]byte("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"),
		[]byte("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[],\"usage\":{\"prompt_tokens\":1200,\"completion_tokens\":48,\"prompt_tokens_details\":{\"cached_tokens\":1024}}}\n\n"),
		[]byte("data: [DONE]\n\n"))
}

// dropped takes spans as a batch processor does, without the batch.
type dropped struct{}

func (dropped) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (dropped) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (dropped) Shutdown(context.Context) error                  { return nil }
func (dropped) ForceFlush(context.Context) error                { return nil }

// BenchmarkStream50 is a streamed call of 50 chunks, without a network. The difference to plain is what the Transport costs.
func BenchmarkStream50(b *testing.B) {
	list := stream50()
	body := []byte(`{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"system","content":"You are kind."},{"role":"user","content":"Write fifty words about the sea, and no more than that."}]}`)
	base := roundTrip(func(r *http.Request) (*http.Response, error) {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
		return streamed(&chunks{list: list}), nil
	})
	for _, bm := range []struct {
		name   string
		change func(*core.Core)
		wrap   func(http.RoundTripper) http.RoundTripper
	}{
		{"plain", func(*core.Core) {}, func(rt http.RoundTripper) http.RoundTripper { return rt }},
		{"transport", func(*core.Core) {}, llm.Transport},
		{"transport without content", func(c *core.Core) { c.Content = core.ContentOff }, llm.Transport},
		{"transport without spans", func(c *core.Core) { c.Tracer = noop.NewTracerProvider().Tracer("") }, llm.Transport},
	} {
		b.Run(bm.name, func(b *testing.B) {
			tel := newTelemetry(b, func(c *core.Core) {
				c.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(dropped{})).Tracer(core.ScopeName)
				c.Logger = slog.New(logging.New(logging.Options{Writer: io.Discard}))
			}, bm.change)
			rt, ctx, buf := bm.wrap(base), tel.in(b.Context()), make([]byte, 4096)
			b.ReportAllocs()
			for b.Loop() {
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.openai.com/v1/chat/completions", bytes.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer any")
				r.Header.Set("Content-Type", "application/json")
				resp, err := rt.RoundTrip(r)
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = resp.Body.Read(buf)
				}
				_ = resp.Body.Close()
			}
		})
	}
}
