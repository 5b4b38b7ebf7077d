package pipeline

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/redact"
)

// benchSpans is how many model calls a batch of the benchmarks has; benchPrompt is the size of each prompt.
const (
	benchSpans  = 256
	benchPrompt = 2 << 10
)

// calls makes batches of model calls as OpenTelemetry's instrumentation of OpenAI's SDK sends them, no two alike.
type calls struct {
	r     *rand.Rand
	words []string
	rank  *rand.Zipf
	spans []telemetry.Span
	attrs []telemetry.Attrs
}

func newCalls() *calls {
	c := &calls{r: rand.New(rand.NewPCG(1, 2)), words: make([]string, 4000)}
	c.rank = rand.NewZipf(c.r, 1.1, 4, uint64(len(c.words)-1))
	syllables := strings.Fields("ta re mo li con pre ver in de so ka ne st ing er al on per tion ment qua u be fi")
	for i := range c.words {
		for range 1 + c.r.IntN(2+min(i/100, 2)) {
			c.words[i] += syllables[c.r.IntN(len(syllables))]
		}
	}
	for range benchSpans {
		c.attrs = append(c.attrs, c.attributes())
	}
	return c
}

func (c *calls) prose(n int) string {
	b := make([]byte, 0, n+16)
	for len(b) < n {
		b = append(b, c.words[c.rank.Uint64()]...)
		switch {
		case c.r.IntN(12) == 0:
			b = append(b, '.')
		case c.r.IntN(60) == 0:
			b = append(b, " 2026"...)
		}
		b = append(b, ' ')
	}
	return string(b[:n])
}

func (c *calls) attributes() telemetry.Attrs {
	user := c.r.IntN(5000)
	var list telemetry.Attrs
	for _, kv := range [][2]string{
		{"gen_ai.operation.name", "chat"},
		{"gen_ai.provider.name", "openai"},
		{"gen_ai.request.model", "gpt-4o-mini"},
		{"gen_ai.request.temperature", "0.7"},
		{"gen_ai.request.max_tokens", "1024"},
		{"server.address", "api.openai.com"},
		{"server.port", "443"},
		{"user.id", "user-" + strconv.Itoa(user)},
		{"gen_ai.conversation.id", "conversation-" + strconv.Itoa(user*7)},
		{"app.feature", "feature-" + strconv.Itoa(c.r.IntN(40))},
		{"gen_ai.response.model", "gpt-4o-mini-2024-07-18"},
		{"gen_ai.response.id", ""},
		{"gen_ai.response.finish_reasons", `["stop"]`},
		{"gen_ai.usage.input_tokens", strconv.Itoa(400 + c.r.IntN(300))},
		{"gen_ai.usage.output_tokens", strconv.Itoa(20 + c.r.IntN(400))},
		{"gen_ai.usage.cache_read.input_tokens", strconv.Itoa(c.r.IntN(2) * 256)},
		{"gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"` + c.prose(benchPrompt) + `"}]}]`},
	} {
		list = append(list, telemetry.Attr{Key: kv[0], Value: kv[1]})
	}
	return list
}

var benchResource = telemetry.Attrs{
	{Key: "service.name", Value: "support-bot"},
	{Key: "service.version", Value: "2.14.0"},
	{Key: "deployment.environment.name", Value: "production"},
	{Key: "host.name", Value: "ip-10-3-17-42"},
	{Key: "telemetry.sdk.language", Value: "python"},
	{Key: "telemetry.sdk.version", Value: "1.38.0"},
}

// fill makes a batch. All that the pipeline may write to is new; the texts are shared.
func (c *calls) fill(b *telemetry.Batch) {
	if c.spans == nil {
		c.spans = make([]telemetry.Span, benchSpans)
		for i := range c.spans {
			c.spans[i].Attributes = make(telemetry.Attrs, 0, len(c.attrs[i]))
		}
	}
	id := make([]byte, 0, 32*benchSpans)
	for i := range c.spans {
		begin := len(id)
		id = strconv.AppendUint(append(id, "chatcmpl-"...), c.r.Uint64(), 36)
		a := append(c.spans[i].Attributes[:0], c.attrs[i]...)
		a[11].Value = string(id[begin:])
		s := telemetry.Span{
			Event: telemetry.Event{
				Time: base.UnixNano() + int64(c.r.IntN(5e9)), Service: "support-bot", Environment: "production",
				Name: "chat gpt-4o-mini", Attributes: a, Resource: benchResource,
				Scope: telemetry.Scope{Name: "opentelemetry.instrumentation.openai_v2", Version: "2.3b0"},
			},
			Kind: telemetry.KindClient, Duration: 200e6 + int64(c.r.IntN(8e9)),
		}
		binary.LittleEndian.PutUint64(s.TraceID[:], c.r.Uint64())
		binary.LittleEndian.PutUint64(s.TraceID[8:], c.r.Uint64())
		binary.LittleEndian.PutUint64(s.SpanID[:], c.r.Uint64())
		binary.LittleEndian.PutUint64(s.ParentID[:], c.r.Uint64())
		c.spans[i] = s
	}
	b.Spans, b.Logs, b.Counts = c.spans, b.Logs[:0], b.Counts[:0]
}

type discard struct{}

func (discard) Write(context.Context, *telemetry.Batch) error { return nil }

func newBenchPipeline(b *testing.B) *Pipeline {
	b.Helper()
	r, err := redact.New(redact.Options{Secrets: true, PII: true})
	if err != nil {
		b.Fatal(err)
	}
	p, err := New(Options{Writer: discard{}, Prices: price.Default, Redactor: r})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func perSpan(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchSpans, "ns/span")
}

// BenchmarkIngest takes batches through all steps but the disk. The time to make them is in it too: about 0.2 µs a span.
func BenchmarkIngest(b *testing.B) {
	p, c := newBenchPipeline(b), newCalls()
	var batch telemetry.Batch
	b.ReportAllocs()
	for b.Loop() {
		c.fill(&batch)
		if err := p.Ingest(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
	}
	perSpan(b)
}

// BenchmarkSteps tells what each step of Ingest takes, in ns a span.
func BenchmarkSteps(b *testing.B) {
	p, c := newBenchPipeline(b), newCalls()
	var batch telemetry.Batch
	took := map[string]time.Duration{}
	for b.Loop() {
		last := time.Now()
		lap := func(step string) {
			now := time.Now()
			took[step] += now.Sub(last)
			last = now
		}
		c.fill(&batch)
		lap("fill")
		batchBytes(&batch)
		lap("size")
		origins := readDialects(&batch)
		lap("dialects")
		p.clean(&batch)
		lap("clean")
		f, err := p.once.admit(b.Context(), &batch, origins)
		if err != nil {
			b.Fatal(err)
		}
		lap("admit")
		p.price(&batch)
		lap("price")
		f.land()
		lap("land")
	}
	for step, d := range took {
		b.ReportMetric(float64(d.Nanoseconds())/float64(b.N)/benchSpans, step+"-ns")
	}
}

// BenchmarkRemembered tells what a memory that is full costs: bytes that stay, and a garbage collection.
func BenchmarkRemembered(b *testing.B) {
	p, c := newBenchPipeline(b), newCalls()
	var batch telemetry.Batch
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range defaultRemember / benchSpans {
		c.fill(&batch)
		origins := make([]origin, benchSpans)
		for i := range origins {
			origins[i].print = c.r.Uint32()
			s := &batch.Spans[i]
			s.GenAI = &telemetry.GenAI{
				Operation: telemetry.OpChat, Provider: "openai", RequestModel: "gpt-4o-mini", ResponseID: s.Attributes[11].Value,
				Counts: true, Usage: telemetry.Usage{Input: telemetry.Known(int64(c.r.IntN(1e6))), Output: telemetry.Known(int64(c.r.IntN(1e6)))},
			}
		}
		f, err := p.once.admit(b.Context(), &batch, origins)
		if err != nil {
			b.Fatal(err)
		}
		f.land()
	}
	batch, c.spans = telemetry.Batch{}, nil
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ResetTimer()
	for range b.N {
		runtime.GC()
	}
	b.StopTimer()
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB")
	runtime.KeepAlive(p)
}
