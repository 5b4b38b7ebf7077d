package llm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/metric"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/redact"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testPrices are those of the vectors in the design.
const testPrices = `source https://example.com/pricing looked-up 2026-10-24
provider openai
price gpt-4o-mini from 2024-07-18 in 0.15 read 0.075 out 0.60
price mock-slow-stream,mock-slow-stream-1s,mock-stream-error,mock-stream-cut from 2024-07-18 in 1 out 2
provider anthropic
price claude-sonnet-4-5 from 2025-09-29 in 3 read 0.30 write 3.75 write1h 6 out 15
provider gcp.gemini
price gemini-2.5-flash from 2025-06-17 in 0.30 read 0.03 out 2.50
`

// telemetry is one that a test can look into.
type telemetry struct {
	core  *core.Core
	spans *tracetest.SpanRecorder
	log   *lines
}

// lines is a log that many goroutines write.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) all(t testing.TB) []map[string]any {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []map[string]any
	for line := range strings.Lines(l.buf.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		list = append(list, m)
	}
	return list
}

func newTelemetry(t testing.TB, change ...func(*core.Core)) *telemetry {
	t.Helper()
	book, err := price.Parse("test.prices", []byte(testPrices))
	if err != nil {
		t.Fatal(err)
	}
	all, err := redact.New(redact.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := &telemetry{spans: tracetest.NewSpanRecorder(), log: &lines{}}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(out.spans))
	out.core = &core.Core{
		Tracer: provider.Tracer(core.ScopeName), Logger: slog.New(slog.NewJSONHandler(out.log, nil)),
		Metrics: metric.NewRegistry(metric.Options{}), Redact: all, Secrets: all.SecretsOnly(),
		Prices: func() *price.Book { return book }, Content: core.ContentRedacted,
	}
	for _, f := range change {
		f(out.core)
	}
	return out
}

// in returns a context of work that reports to the telemetry.
func (tel *telemetry) in(ctx context.Context) context.Context {
	return scope.New(ctx, tel.core, &scope.Identity{RequestID: "r1", Method: "POST", Path: "/chat", Route: "/chat"})
}

// one returns the only span that has ended.
func (tel *telemetry) one(t testing.TB) sdktrace.ReadOnlySpan {
	t.Helper()
	ended := tel.spans.Ended()
	if len(ended) != 1 {
		t.Fatalf("%d spans ended instead of one", len(ended))
	}
	return ended[0]
}

// attributes are those of a span as texts.
func attributes(s sdktrace.ReadOnlySpan) map[string]string { return texts(s.Attributes()) }

func texts(list []attribute.KeyValue) map[string]string {
	m := map[string]string{}
	for _, a := range list {
		m[string(a.Key)] = a.Value.String()
	}
	return m
}

// series lists what a family says, by its labels: model="a",status="b". Histograms say their count.
func (tel *telemetry) series(t testing.TB, family string) map[string]float64 {
	t.Helper()
	families, err := tel.core.Metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		if f.GetName() != family {
			continue
		}
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			v := m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			got[strings.Join(labels, ",")] = v
		}
	}
	return got
}
