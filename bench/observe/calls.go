package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
)

// chunksOfStream is how many there are, the one with the usage and [DONE] among them.
const chunksOfStream = 50

// streamChunks are what OpenAI's chat API sends.
func streamChunks() [][]byte {
	const head = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"model":"gpt-4o-mini-2024-07-18",`
	list := [][]byte{[]byte(head + `"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}` + "\n\n")}
	for i := range chunksOfStream - 4 {
		list = append(list, fmt.Appendf(nil, head+`"choices":[{"index":0,"delta":{"content":" word%d"},"finish_reason":null}]}`+"\n\n", i))
	}
	return append(list,
		[]byte(head+`"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n"),
		[]byte(head+`"choices":[],"usage":{"prompt_tokens":1200,"completion_tokens":48,"prompt_tokens_details":{"cached_tokens":1024}}}`+"\n\n"),
		[]byte("data: [DONE]\n\n"))
}

const streamRequest = `{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[` +
	`{"role":"system","content":"You are kind."},{"role":"user","content":"Write fifty words about the sea, and no more than that."}]}`

// telemetry is what a service has that calls models: by default spans batched, content redacted, prices.
func telemetry(ctx context.Context, c observe.Config) (*observe.Telemetry, error) {
	c.Service, c.NoGlobal, c.Log = "bench", true, logging.Options{Writer: io.Discard, Format: logging.FormatJSON}
	return observe.Start(ctx, c)
}

// caller calls a model, and reads the answer to its end.
type caller struct {
	transport http.RoundTripper
	url       string
	buf       []byte
	seen      func(chunk []byte) // nil: nobody looks
}

func (c *caller) call(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(streamRequest))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer sk-any")
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	events := 0
	for {
		n, err := resp.Body.Read(c.buf)
		events += bytes.Count(c.buf[:n], []byte("data: "))
		if c.seen != nil && n > 0 {
			c.seen(c.buf[:n])
		}
		switch {
		case err == io.EOF && events == chunksOfStream:
			return nil
		case err == io.EOF:
			return fmt.Errorf("the stream had %d chunks of %d", events, chunksOfStream)
		case err != nil:
			return err
		}
	}
}

func (c *caller) many(ctx context.Context, flush func(context.Context) error) func(int) error {
	return func(n int) error {
		for i := range n {
			if err := c.call(ctx); err != nil {
				return err
			}
			if (i+1)%flushEvery == 0 {
				if err := flush(ctx); err != nil {
					return err
				}
			}
		}
		return flush(ctx)
	}
}

// replay is a transport without a network: each Read of its answers is a chunk.
type replay struct{ chunks [][]byte }

func (t replay) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: -1,
		Header: http.Header{"Content-Type": {"text/event-stream; charset=utf-8"}}, Body: &replayed{t.chunks}, Request: r,
	}, r.Body.Close()
}

type replayed struct{ left [][]byte }

func (b *replayed) Read(p []byte) (int, error) {
	if len(b.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.left[0])
	b.left = b.left[1:]
	return n, nil
}

func (*replayed) Close() error { return nil }

// calls measures a streamed call through the RoundTripper against the plain transport.
func calls(ctx context.Context, o *options) error {
	chunks := streamChunks()
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		for _, c := range chunks {
			w.Write(c)
			w.(http.Flusher).Flush()
		}
	}))
	defer provider.Close()
	direct := place{"A streamed call of 50 chunks, without a network:", replay{chunks}, "https://api.openai.com/v1/chat/completions", o.requests / 4}
	if err := direct.measure(ctx, o); err != nil {
		return err
	}
	loopback := place{
		"The same over a connection of loopback, provider included:", &http.Transport{}, provider.URL + "/openai/v1/chat/completions", o.requests / 16,
	}
	return loopback.measure(ctx, o)
}

// place is where calls go.
type place struct {
	title string
	base  http.RoundTripper
	url   string
	n     int
}

func (p *place) measure(ctx context.Context, o *options) error {
	caller := func(t http.RoundTripper) *caller { return &caller{transport: t, url: p.url, buf: make([]byte, 4096)} }
	subjects := []subject{{"plain", caller(p.base).many(ctx, nothing)}}
	for _, v := range []struct {
		name   string
		config observe.Config
	}{
		{"ours", observe.Config{Sender: nowhere{}}},
		{"ours, content off", observe.Config{Sender: nowhere{}, Content: observe.ContentOff}},
		{"ours, tracing off", observe.Config{Exporter: observe.ExporterNone}},
	} {
		tel, err := telemetry(ctx, v.config)
		if err != nil {
			return err
		}
		defer tel.Shutdown(context.WithoutCancel(ctx))
		subjects = append(subjects, subject{v.name, caller(tel.Transport(p.base)).many(ctx, tel.ForceFlush)})
	}
	costs, err := byTurns(ctx, o, p.n, subjects)
	if err != nil {
		return err
	}
	table(p.title, subjects, costs)
	for i := 1; i < len(subjects); i++ {
		added := make([]float64, len(costs[0]))
		for round := range added {
			added[round] = cpuOf(costs[i][round]) - cpuOf(costs[0][round])
		}
		fmt.Printf("%s adds %.1f µs of CPU (target 30), %.0f allocations\n", subjects[i].name, median(added)/1e3,
			medianOf(costs[i], allocsOf)-medianOf(costs[0], allocsOf))
	}
	return nil
}
