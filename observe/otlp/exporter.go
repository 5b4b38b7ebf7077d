package otlp

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Defaults of Options.
const (
	DefaultQueueRecords   = 8192
	DefaultQueueBytes     = 32 << 20
	DefaultBatchRecords   = 512
	DefaultBatchBytes     = 1 << 20
	DefaultInterval       = time.Second
	DefaultTimeout        = 10 * time.Second
	DefaultMetricInterval = 15 * time.Second
)

// Options of an Exporter. Only Sender is required.
type Options struct {
	// Sender delivers the requests. The Exporter closes it in Shutdown.
	Sender Sender

	// Resource says what process everything comes from; it goes once into each request. Nil means resource.Default.
	Resource *resource.Resource

	// QueueRecords and QueueBytes bound what waits, for spans and for log records each. What comes past either is
	// dropped and counted. Bytes are an estimate of the size in a request. Zero means DefaultQueueRecords and
	// DefaultQueueBytes.
	QueueRecords int
	QueueBytes   int

	// BatchRecords and BatchBytes say how much goes into a request: once so much waits it is sent. A record larger than
	// BatchBytes goes alone. Zero means DefaultBatchRecords and DefaultBatchBytes.
	BatchRecords int
	BatchBytes   int

	// Interval is how long a record waits at most for others. Zero means DefaultInterval.
	Interval time.Duration

	// Timeout is how much time a batch has, all attempts and the waits between them included. After that its records
	// are counted as failed. Zero means DefaultTimeout.
	Timeout time.Duration

	// Gatherer is where metrics come from, such as a prometheus.Registry or the library's metric.Registry. Nil means that
	// none are exported.
	Gatherer prometheus.Gatherer

	// MetricInterval is the time between exports of metrics. Zero means DefaultMetricInterval.
	MetricInterval time.Duration

	// OnError is told, from a goroutine of the Exporter, what went wrong: at most one error in 10 s for each signal, which
	// says how many were left out since the last; a *Partial with a message that was reported is left out. It may log through a handler that ends in this Exporter. Nil means
	// that errors are only counted.
	OnError func(error)
}

func (o *Options) setDefaults() {
	orDefault(&o.QueueRecords, DefaultQueueRecords)
	orDefault(&o.QueueBytes, DefaultQueueBytes)
	orDefault(&o.BatchRecords, DefaultBatchRecords)
	orDefault(&o.BatchBytes, DefaultBatchBytes)
	orDefault(&o.Interval, DefaultInterval)
	orDefault(&o.Timeout, DefaultTimeout)
	orDefault(&o.MetricInterval, DefaultMetricInterval)
	o.BatchRecords = min(o.BatchRecords, o.QueueRecords)
	o.BatchBytes = min(o.BatchBytes, o.QueueBytes)
	if o.Resource == nil {
		o.Resource = resource.Default()
	}
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
}

func orDefault[T int | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// Exporter brings telemetry to a Sender in batches. It is a sdktrace.SpanProcessor, a logging.Sink and a
// prometheus.Collector of its own counts, telltale_export_records_total and telltale_export_queue_records. Make one with New and end it with Shutdown; its
// methods may be called by any number of goroutines.
type Exporter struct {
	options Options
	started time.Time
	counts  [numSignals]counts

	spans spanQueue
	logs  chunkQueue

	scratch scratch

	workers [numSignals]*worker
	running sync.WaitGroup

	ctx    context.Context // of every Send; done when Shutdown gives up
	cancel context.CancelFunc
	stop   chan struct{} // closed when Shutdown begins
	closed atomic.Bool
	ended  chan struct{} // closed when Shutdown has ended
	err    error         // of Shutdown
}

var _ sdktrace.SpanProcessor = (*Exporter)(nil)

// New starts an Exporter. It panics if there is no Sender.
func New(o Options) *Exporter {
	if o.Sender == nil {
		panic("otlp: Options.Sender is nil")
	}
	o.setDefaults()
	e := &Exporter{options: o, started: time.Now(), stop: make(chan struct{}), ended: make(chan struct{})}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	l := limits{
		records: o.QueueRecords, bytes: o.QueueBytes,
		batchRecords: o.BatchRecords, batchBytes: o.BatchBytes,
	}
	e.spans.limits, e.logs.limits = l, l

	res := appendResource(nil, o.Resource)
	e.start(Traces, o.Interval, &spanSource{
		queue:   &e.spans,
		request: spanRequest{resource: res, schemaURL: o.Resource.SchemaURL()},
	})
	e.start(Logs, o.Interval, &logSource{queue: &e.logs, resource: res, schemaURL: o.Resource.SchemaURL()})
	if o.Gatherer != nil {
		e.start(Metrics, o.MetricInterval, &metricSource{
			gatherer: o.Gatherer, started: e.started, resource: res, schemaURL: o.Resource.SchemaURL(),
			batchPoints: o.BatchRecords, failed: func(err error) { e.workers[Metrics].report(err) },
		})
	}
	return e
}

func (e *Exporter) start(s Signal, interval time.Duration, from source) {
	w := &worker{
		exporter: e, signal: s, source: from, interval: interval, counts: &e.counts[s],
		wake: make(chan struct{}, 1), flush: make(chan chan struct{}),
	}
	e.workers[s] = w
	e.running.Go(w.run)
}

// OnStart implements sdktrace.SpanProcessor. It does nothing.
func (e *Exporter) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd enqueues a span. A span that is not sampled is left out; one that finds the queue full, or comes after Shutdown, is
// dropped and counted.
func (e *Exporter) OnEnd(s sdktrace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	if e.closed.Load() {
		e.counts[Traces].dropped.Add(1)
		return
	}
	ok, full := e.spans.add(queuedSpan{s, spanSize(s)})
	e.added(Traces, ok, full)
}

// added counts a record that found no room, and wakes the worker when there is enough for a request.
func (e *Exporter) added(s Signal, ok, full bool) {
	switch {
	case !ok:
		e.counts[s].dropped.Add(1)
	case full:
		select {
		case e.workers[s].wake <- struct{}{}:
		default:
		}
	}
}

// ForceFlush sends what waits now, and the metrics as they are. It returns when all of it is delivered, or has failed and
// is counted, or when ctx is done: then the error is that of ctx and the rest still waits.
func (e *Exporter) ForceFlush(ctx context.Context) error {
	replies := make(chan struct{}, numSignals)
	n := 0
	for _, w := range e.workers {
		if w == nil {
			continue
		}
		n++
		go func() {
			done := make(chan struct{})
			select {
			case w.flush <- done:
				select {
				case <-done:
				case <-ctx.Done():
				case <-e.ended:
				}
			case <-ctx.Done():
			case <-e.ended:
			}
			replies <- struct{}{}
		}()
	}
	for range n {
		<-replies
	}
	return ctx.Err()
}

// Shutdown takes nothing more, sends what waits and the metrics one last time, and closes the Sender. If ctx is done
// before, what is left is counted as dropped and the error is that of ctx; without a deadline it takes Options.Timeout at
// most. Later calls wait for the first and return the same.
func (e *Exporter) Shutdown(ctx context.Context) error {
	if e.closed.Swap(true) {
		select {
		case <-e.ended:
			return e.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, e.options.Timeout)
		defer cancel()
	}
	close(e.stop)
	gone := make(chan struct{})
	go func() {
		e.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-ctx.Done():
		e.err = ctx.Err()
	}
	e.cancel()
	<-gone
	e.counts[Traces].dropped.Add(uint64(e.spans.close()))
	e.counts[Logs].dropped.Add(uint64(e.logs.close()))
	if err := e.options.Sender.Close(); e.err == nil {
		e.err = err
	}
	close(e.ended)
	return e.err
}
