package observe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/telltale-dev/telltale/observe/health"
	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/known"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/metric"
	"github.com/telltale-dev/telltale/observe/otlp"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/redact"
)

// Telemetry is what Start returns: the logs, metrics and traces of one service. It may be used by any number of goroutines,
// and after Shutdown too: then nothing leaves the process but log lines.
type Telemetry struct {
	config   Config
	core     *core.Core
	cleaner  *logging.Handler // of the attributes of errors
	log      *logging.Handler
	metrics  *metric.Registry
	provider trace.TracerProvider
	health   *health.Checks
	exporter *otlp.Exporter           // nil without a backend
	sdk      *sdktrace.TracerProvider // nil without tracing
	globals  globals

	tracing     bool
	quiet       []string
	fields      []string // headers of the propagator
	serverSpan  []trace.SpanStartOption
	clientSpan  []trace.SpanStartOption
	routeFirst  bool // routes are needed while requests are served
	warnOfRoute sync.Once
	http        *httpMetrics
	external    *externalMetrics
	client      *http.Client

	ending atomic.Bool
	ended  chan struct{}
	err    error // of Shutdown
}

// Start begins to observe the service. It needs no backend to be there: what cannot be delivered is counted and dropped, and
// no caller waits for it. The error is one of Config: it names the field, and says what would be right. Variables of the
// environment that are wrong are ignored with a line in the log. End the Telemetry with Shutdown.
//
// Unless Config.NoGlobal is set, slog's default logger and OpenTelemetry's global tracer provider, propagator and handler of
// errors become those of the Telemetry. A second one takes them over; when it shuts down, the first has them again.
func Start(_ context.Context, c Config) (*Telemetry, error) {
	return start(c, os.Getenv)
}

func start(c Config, getenv func(string) string) (*Telemetry, error) {
	e := &environment{get: getenv}
	p, err := newPlan(&c, e)
	if err != nil {
		return nil, err
	}
	t := &Telemetry{config: c, ended: make(chan struct{}), quiet: c.Quiet}
	if t.quiet == nil {
		t.quiet = logging.DefaultQuiet()
	}
	t.metrics = metric.NewRegistry(metric.Options{Limit: c.MetricLimit, Logger: func() *slog.Logger { return t.core.Logger }})
	t.startExporter(p)
	t.startLog(p)
	if !c.NoGlobal {
		t.globals.takeErrors(t)
	}
	t.startTracing(p)
	t.core.Owner = t
	if len(c.Errors) > 0 {
		t.cleaner = newCleaner(t.core)
	}
	t.health = health.New()
	t.http = newHTTPMetrics(t.metrics, c.MetricLimit)
	t.external = newExternalMetrics(t.metrics)
	t.client = &http.Client{Transport: t.Transport(nil)}
	t.routeFirst = len(c.Log.Sampling.Routes) > 0
	t.collect()
	if !c.NoGlobal {
		t.globals.set(t)
	}
	for _, w := range e.wrong {
		t.core.Logger.Warn("environment variable ignored", slog.String("variable", w.name), slog.String("value", w.value),
			slog.String("reason", w.right))
	}
	return t, nil
}

// startExporter starts what sends to the backend, if anything is sent there.
func (t *Telemetry) startExporter(p *plan) {
	t.core = &core.Core{
		Metrics: t.metrics, Redact: p.redactor, Secrets: p.redactor.SecretsOnly(), Known: known.New(p.redactor),
		Captured: known.NewCaptured(),
		Prices:   t.config.Prices, Content: p.content, Propagator: p.propagator,
	}
	if t.core.Prices == nil {
		t.core.Prices = price.Default
	}
	if p.sender == nil {
		return
	}
	o := p.export
	o.Sender, o.Resource = p.sender, p.resource
	if p.metrics.otlp {
		o.Gatherer = t.metrics
	}
	o.OnError = func(err error) {
		if partial := (*otlp.Partial)(nil); errors.As(err, &partial) {
			if t.ending.Load() { // the line would come after the last export, and count as lost itself
				return
			}
			if partial.Rejected == 0 {
				t.core.Logger.Info("the backend took all telemetry and warns", slog.Any("error", err))
				return
			}
			t.core.Logger.Info("the backend did not take all telemetry", slog.Any("error", err))
			return
		}
		t.core.Logger.Warn("telemetry was not delivered", slog.Any("error", err))
	}
	t.exporter = otlp.New(o)
	t.metrics.MustRegister(t.exporter)
}

// startLog makes the logger. The exporter logs when it has something to say, which may be from now on.
func (t *Telemetry) startLog(p *plan) {
	o := p.log
	var to sinks
	if t.exporter != nil && p.logs.otlp {
		to = append(to, t.exporter)
	}
	if len(t.config.Errors) > 0 {
		to = append(to, trailSink{})
	}
	if o.Sink != nil {
		to = append(to, o.Sink)
	}
	switch len(to) {
	case 0:
		o.Sink = nil
	case 1:
		o.Sink = to[0]
	default:
		o.Sink = to
	}
	t.log = logging.New(o)
	t.core.Logger = slog.New(t.log)
	t.metrics.MustRegister(t.log.Collector())
}

func (t *Telemetry) startTracing(p *plan) {
	t.serverSpan = []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer)}
	t.clientSpan = []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindClient)}
	for _, field := range p.propagator.Fields() {
		if field != "tracestate" { // it says nothing without traceparent
			t.fields = append(t.fields, http.CanonicalHeaderKey(field))
		}
	}
	var processors []sdktrace.SpanProcessor
	if t.exporter != nil && p.traces.otlp {
		processors = append(processors, t.exporter)
	}
	if p.traces.console {
		w := p.log.Writer
		processors = append(processors, otlp.NewConsole(w, colored(w)))
	}
	processors = append(processors, t.config.SpanProcessors...)
	if len(processors) == 0 || p.disabled {
		t.provider = noop.NewTracerProvider()
		t.core.Tracer = t.provider.Tracer(core.ScopeName)
		return
	}
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithResource(p.resource), sdktrace.WithSampler(p.sampler),
		sdktrace.WithSpanProcessor(newProcessor(t.core, processors)),
	}
	t.sdk = sdktrace.NewTracerProvider(options...)
	t.provider, t.tracing = t.sdk, true
	t.core.Tracer = t.sdk.Tracer(core.ScopeName, trace.WithSchemaURL(semconv.SchemaURL))
}

// colored reports whether w is a terminal.
func colored(w io.Writer) bool {
	f, ok := w.(interface{ Stat() (os.FileInfo, error) })
	if !ok || os.Getenv("NO_COLOR") != "" {
		return false
	}
	stat, err := f.Stat()
	return err == nil && stat.Mode()&os.ModeCharDevice != 0
}

// collect registers what every service tells of itself.
func (t *Telemetry) collect() {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "telltale_service_info", Help: "Always 1; the labels name the service.",
		ConstLabels: prometheus.Labels{
			"service": t.config.Service, "version": t.config.Version, "environment": t.config.Environment,
		},
	})
	info.Set(1)
	t.metrics.MustRegister(info, collectors.NewGoCollector(), collectors.NewBuildInfoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

// Times that Shutdown takes at most, where its context does not say.
const (
	shutdownTime = 5 * time.Second
	shortTime    = 2 * time.Second // for a context that is done already, such as that of signal.NotifyContext
)

// Shutdown sends what waits and ends everything that Start began, within the time of ctx: 5 s if it has no deadline, and 2 s
// of its own if it is done already. What is left then is dropped, and the error says how much was not delivered. It gives
// back the globals that are still its own. Later calls wait for the first, within their ctx, and return the same.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	if t.ending.CompareAndSwap(false, true) {
		t.err = t.shutdown(ctx)
		close(t.ended)
		return t.err
	}
	select {
	case <-t.ended:
		return t.err
	default:
	}
	select {
	case <-t.ended:
		return t.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *Telemetry) shutdown(ctx context.Context) error {
	cancel := context.CancelFunc(func() {})
	if ctx.Err() != nil {
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), shortTime)
	} else if _, ok := ctx.Deadline(); !ok {
		ctx, cancel = context.WithTimeout(ctx, shutdownTime)
	}
	defer cancel()
	t.globals.restore(t)
	before := t.lost()
	var errs []error
	if t.sdk != nil {
		errs = append(errs, t.sdk.Shutdown(ctx))
	}
	if t.exporter != nil {
		errs = append(errs, t.exporter.Shutdown(ctx)) // where it is a span processor too, it has ended by now
	}
	if lost := t.lost() - before; lost > 0 {
		errs = append(errs, fmt.Errorf("shutdown: %d records were not delivered", lost))
	}
	for _, reporter := range t.config.Errors {
		if r, ok := reporter.(interface{ Shutdown(context.Context) error }); ok {
			errs = append(errs, r.Shutdown(ctx))
		}
	}
	return errors.Join(append(errs, t.health.Close(ctx))...)
}

// lost returns how many records have not been delivered.
func (t *Telemetry) lost() (n uint64) {
	if t.exporter == nil {
		return 0
	}
	s := t.exporter.Stats()
	for _, c := range []otlp.Counts{s.Traces, s.Logs, s.Metrics} {
		n += c.Dropped + c.Failed
	}
	return n
}

// ForceFlush sends what waits now, for instance before a process is frozen. The error is that of ctx.
func (t *Telemetry) ForceFlush(ctx context.Context) error {
	var errs []error
	if t.sdk != nil {
		errs = append(errs, t.sdk.ForceFlush(ctx))
	}
	if t.exporter != nil {
		errs = append(errs, t.exporter.ForceFlush(ctx))
	}
	return errors.Join(errs...)
}

// Context returns a context below ctx in which this library's functions report to this Telemetry: for work outside of
// Handler, such as workers and what is set up when the service starts. It is needed where Config.NoGlobal is set, or where a
// process has several.
func (t *Telemetry) Context(ctx context.Context) context.Context { return core.With(ctx, t.core) }

// Logger returns the logger. Its lines say by their context for whom they were written, so use slog's methods that take one.
func (t *Telemetry) Logger() *slog.Logger { return t.core.Logger }

// LogHandler returns the handler of Logger: levels at run time and counts are there.
func (t *Telemetry) LogHandler() *logging.Handler { return t.log }

// Tracer returns the tracer that the spans of this module come from, for spans of one's own.
func (t *Telemetry) Tracer() trace.Tracer { return t.core.Tracer }

// TracerProvider returns the provider of tracers, for other instrumentation.
func (t *Telemetry) TracerProvider() trace.TracerProvider { return t.provider }

// Metrics returns the registry of all metrics, for those of one's own.
func (t *Telemetry) Metrics() *metric.Registry { return t.metrics }

// Health returns the checks of the service.
func (t *Telemetry) Health() *health.Checks { return t.health }

// Redactor returns what removes secrets and personal data from everything that is recorded.
func (t *Telemetry) Redactor() *redact.Redactor { return t.core.Redact }

// MetricsHandler serves the metrics as Prometheus scrapes them, as OpenMetrics with exemplars to who asks for it.
func (t *Telemetry) MetricsHandler() http.Handler {
	return promhttp.HandlerFor(t.metrics, promhttp.HandlerOpts{
		EnableOpenMetrics: true, ErrorHandling: promhttp.ContinueOnError, ErrorLog: scrapeLog{t},
	})
}

// scrapeLog is for promhttp.
type scrapeLog struct{ t *Telemetry }

func (l scrapeLog) Println(v ...any) {
	for _, each := range v {
		if err, ok := each.(error); ok {
			l.t.core.Logger.Warn("metrics were not gathered in full", slog.Any("error", err))
		}
	}
}
