// Package observetest records in memory what a service says of itself, for tests.
//
//	rec := observetest.New(t)
//	tel, err := observe.Start(t.Context(), observe.Config{
//		Service: "chat-api", Exporter: observe.ExporterNone, NoGlobal: true,
//		SpanProcessors: []sdktrace.SpanProcessor{rec.SpanProcessor()},
//		Log:            logging.Options{Writer: io.Discard, Sink: rec.Sink()},
//	})
//	rec.Watch(tel.Metrics())
//	// … a request …
//	rec.ExpectSpan(t, "POST /v1/chat", attribute.Int("http.response.status_code", 200))
//	rec.NoSecrets(t, "sk-proj-1a2B3c4D5e6F7g8H9i0J")
//
// Code that takes its telemetry from the context needs none of that:
//
//	ctx := rec.Context(t.Context())
//	call := llm.Start(ctx, …)
//
// What a test asks for by name may still be on its way from another goroutine: Span, ExpectSpan, Log and Wait give it
// Patience.
package observetest

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/known"
	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/metric"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/redact"
)

// Patience is how long assertions wait for what is not there yet.
const Patience = 5 * time.Second

// Recorder keeps spans, log lines and metrics. Make one with New; it may be used by any number of goroutines.
type Recorder struct {
	core    *core.Core
	metrics *metric.Registry

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced when something is added
	spans    []Span
	started  map[trace.SpanID]string // and not ended
	logs     []Log
	gathered []prometheus.Gatherer
}

// New returns an empty recorder, whose own tracer ends with the test.
func New(tb testing.TB) *Recorder {
	tb.Helper()
	r := &Recorder{changed: make(chan struct{}), started: map[trace.SpanID]string{}}
	all, err := redact.New(redact.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	log := slog.New(logging.New(logging.Options{Writer: io.Discard, Sink: r.Sink(), Level: slog.LevelDebug, Redactor: all}))
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r.SpanProcessor()))
	tb.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	r.metrics = metric.NewRegistry(metric.Options{Logger: func() *slog.Logger { return log }})
	r.gathered = []prometheus.Gatherer{r.metrics}
	r.core = &core.Core{
		Tracer: provider.Tracer(core.ScopeName), Logger: log, Metrics: r.metrics,
		Redact: all, Secrets: all.SecretsOnly(), Known: known.New(all), Prices: price.Default, Content: core.ContentRedacted,
		Propagator: propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}),
	}
	return r
}

// Context returns a context in which this library's functions report to the recorder alone, from level Debug on.
func (r *Recorder) Context(ctx context.Context) context.Context {
	return scope.New(ctx, r.core, &scope.Identity{})
}

// Logger returns a logger that the recorder hears, with the redaction that is the default.
func (r *Recorder) Logger() *slog.Logger { return r.core.Logger }

// Tracer returns a tracer whose spans are all recorded.
func (r *Recorder) Tracer() trace.Tracer { return r.core.Tracer }

// Metrics returns the registry of code that works in Context.
func (r *Recorder) Metrics() *metric.Registry { return r.metrics }

// SpanProcessor returns what records spans, for the configuration of a telemetry under test.
func (r *Recorder) SpanProcessor() sdktrace.SpanProcessor { return processor{r} }

// Sink returns what records log lines, for the configuration of a telemetry under test.
func (r *Recorder) Sink() logging.Sink { return sink{r} }

// Watch makes Metric look there too.
func (r *Recorder) Watch(g prometheus.Gatherer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gathered = append(r.gathered, g)
}

// Reset forgets spans and log lines. Metrics go on.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spans, r.logs = nil, nil
}

// Wait waits until the condition is true, and fails the test if it is not within Patience. It looks again whenever a span
// or a line is recorded, and now and then.
func (r *Recorder) Wait(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	if !r.wait(condition) {
		tb.Fatalf("waited %v in vain: %s\n%s", Patience, what, r.Tree())
	}
}

func (r *Recorder) wait(condition func() bool) bool {
	end := time.NewTimer(Patience)
	defer end.Stop()
	again := time.NewTicker(Patience / 250)
	defer again.Stop()
	for {
		r.mu.Lock()
		changed := r.changed
		r.mu.Unlock()
		if condition() {
			return true
		}
		select {
		case <-changed:
		case <-again.C:
		case <-end.C:
			return condition()
		}
	}
}

// add changes what is recorded, and tells who waits.
func (r *Recorder) add(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	close(r.changed)
	r.changed = make(chan struct{})
}
