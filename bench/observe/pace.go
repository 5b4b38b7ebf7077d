package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/telltale-dev/telltale/observe"
)

// pacer is a provider that sends a chunk at a time, and knows when it did.
type pacer struct {
	chunks [][]byte
	pace   time.Duration
	began  time.Time
	sent   [chunksOfStream]atomic.Int64 // since began
}

func (p *pacer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	for i, c := range p.chunks {
		p.sent[i].Store(int64(time.Since(p.began)))
		w.Write(c)
		w.(http.Flusher).Flush()
		select {
		case <-time.After(p.pace):
		case <-r.Context().Done():
			return
		}
	}
}

// delays calls once, and returns how long each chunk was under way: from before the provider wrote it until the client had
// all of it.
func (p *pacer) delays(ctx context.Context, c *caller) ([]time.Duration, error) {
	var of []time.Duration
	c.seen = func(chunk []byte) {
		now := time.Since(p.began)
		for range bytes.Count(chunk, []byte("\n\n")) {
			if len(of) < chunksOfStream {
				of = append(of, now-time.Duration(p.sent[len(of)].Load()))
			}
		}
	}
	if err := c.call(ctx); err != nil {
		return nil, err
	}
	if len(of) != chunksOfStream {
		return nil, fmt.Errorf("the client saw %d chunks end, of %d", len(of), chunksOfStream)
	}
	return of, nil
}

// paced measures whether a chunk comes later through the RoundTripper.
func paced(ctx context.Context, o *options) error {
	if o.profile != "" {
		return nil // there is little to see
	}
	tel, err := telemetry(ctx, observe.Config{Sender: nowhere{}})
	if err != nil {
		return err
	}
	defer tel.Shutdown(context.WithoutCancel(ctx))
	p := &pacer{chunks: streamChunks(), pace: o.pace, began: time.Now()}
	provider := httptest.NewServer(p)
	defer provider.Close()
	url, base := provider.URL+"/openai/v1/chat/completions", &http.Transport{}
	names := [...]string{"plain", "ours"}
	callers := [...]*caller{
		{transport: base, url: url, buf: make([]byte, 4096)},
		{transport: tel.Transport(base), url: url, buf: make([]byte, 4096)},
	}
	var p50, p99 [2][]time.Duration
	for range o.rounds {
		var of [2][]time.Duration
		for i := range 2 * o.paced {
			each, err := p.delays(ctx, callers[i%2])
			if err != nil {
				return err
			}
			of[i%2] = append(of[i%2], each...)
		}
		for i := range of {
			slices.Sort(of[i])
			p50[i], p99[i] = append(p50[i], quantile(of[i], .5)), append(p99[i], quantile(of[i], .99))
		}
		time.Sleep(o.pause)
	}
	fmt.Printf("\nDelay of a chunk, one every %v, %d streams each in a round:\n\n", o.pace, o.paced)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tp50 µs\tp99 µs\t")
	for i, name := range names {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t\n", name, micros(median(p50[i])), micros(median(p99[i])))
	}
	w.Flush()
	fmt.Printf("\nours/plain: %.2f of the p50, %.2f of the p99 (target 1)\n", ratioOf(p50), ratioOf(p99))
	return nil
}

func micros(d time.Duration) float64 { return float64(d) / 1e3 }

// quantile of sorted values.
func quantile(of []time.Duration, q float64) time.Duration { return of[int(float64(len(of)-1)*q)] }

// ratioOf is the median of the ratios of each round, of the second to the first.
func ratioOf(rounds [2][]time.Duration) float64 {
	values := make([]float64, len(rounds[0]))
	for i := range values {
		values[i] = float64(rounds[1][i]) / float64(rounds[0][i])
	}
	return median(values)
}
