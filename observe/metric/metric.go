package metric

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// Counter is a family of counters.
type Counter struct{ *guard[CounterSeries] }

// CounterSeries is the counter of one label set.
type CounterSeries struct {
	prometheus.Counter
	exemplar recent
}

// AddContext adds n, see Counter.Add.
func (m *CounterSeries) AddContext(ctx context.Context, n float64) {
	if span := trace.SpanContextFromContext(ctx); span.IsSampled() && m.exemplar.due() {
		if e, ok := m.Counter.(prometheus.ExemplarAdder); ok {
			e.AddWithExemplar(n, exemplar(span))
			return
		}
	}
	m.Add(n)
}

// Series returns the counter of a label set for who counts in it often. It finds the set once, so it is kept past any
// fold that later sets go through.
func (c *Counter) Series(values ...string) *CounterSeries { return c.with(values) }

// With returns the counter of a label set. Values stand in the order of the labels; their number must be right.
func (c *Counter) With(values ...string) prometheus.Counter { return c.with(values).Counter }

// Add adds n, which must not be negative. The sampled trace in ctx becomes the exemplar.
func (c *Counter) Add(ctx context.Context, n float64, values ...string) {
	c.with(values).AddContext(ctx, n)
}

// Gauge is a family of gauges.
type Gauge struct{ *guard[prometheus.Gauge] }

// With returns the gauge of a label set, see Counter.With.
func (g *Gauge) With(values ...string) prometheus.Gauge { return *g.with(values) }

// Histogram is a family of histograms.
type Histogram struct{ *guard[HistogramSeries] }

// HistogramSeries is the histogram of one label set.
type HistogramSeries struct {
	prometheus.Observer
	exemplar recent
}

// ObserveContext counts v into its bucket, see Histogram.Observe.
func (m *HistogramSeries) ObserveContext(ctx context.Context, v float64) {
	if span := trace.SpanContextFromContext(ctx); span.IsSampled() && m.exemplar.due() {
		if e, ok := m.Observer.(prometheus.ExemplarObserver); ok {
			e.ObserveWithExemplar(v, exemplar(span))
			return
		}
	}
	m.Observe(v)
}

// Series returns the histogram of a label set for who observes into it often, see Counter.Series.
func (h *Histogram) Series(values ...string) *HistogramSeries { return h.with(values) }

// With returns the histogram of a label set, see Counter.With.
func (h *Histogram) With(values ...string) prometheus.Observer { return h.with(values).Observer }

// Observe counts v into its bucket. The sampled trace in ctx becomes the bucket's exemplar.
func (h *Histogram) Observe(ctx context.Context, v float64, values ...string) {
	h.with(values).ObserveContext(ctx, v)
}

func exemplar(span trace.SpanContext) prometheus.Labels {
	return prometheus.Labels{"trace_id": span.TraceID().String(), "span_id": span.SpanID().String()}
}

// exemplarEvery is how often a metric takes a new exemplar. A scrape reads one in many seconds; making one costs more
// than counting.
const exemplarEvery = 100 * time.Millisecond

// started is what times of exemplars count from: reading the monotonic clock alone is cheaper.
var started = time.Now()

// recent remembers when an exemplar was taken, in nanoseconds since started; 0 is never.
type recent struct{ last atomic.Int64 }

func (r *recent) due() bool {
	now, last := int64(time.Since(started)), r.last.Load()
	return (last == 0 || now-last >= int64(exemplarEvery)) && r.last.CompareAndSwap(last, now)
}
