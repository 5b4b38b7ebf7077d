package observe

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/otlp"
	"github.com/telltale-dev/telltale/observe/redact"
)

// plan is what configuration and environment come to.
type plan struct {
	disabled              bool // by OTEL_SDK_DISABLED
	traces, logs, metrics destinations
	sender                otlp.Sender // nil if nothing goes to a backend
	export                otlp.Options
	resource              *resource.Resource
	sampler               sdktrace.Sampler
	propagator            propagation.TextMapPropagator
	redactor              *redact.Redactor
	content               core.Content
	log                   logging.Options
}

// newPlan completes c by the environment.
func newPlan(c *Config, e *environment) (*plan, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	p := &plan{log: c.Log, propagator: c.Propagator}
	var err error
	if p.redactor, err = redact.New(c.Redact); err != nil {
		return nil, fmt.Errorf("config: Redact: %w", err)
	}
	if p.content, err = c.Content.core(); err != nil {
		return nil, err
	}
	p.disabled = e.flag("OTEL_SDK_DISABLED")
	p.destinations(c, e)
	if p.propagator == nil {
		p.propagator = e.propagator()
	}
	switch {
	case c.Sampler != nil:
		p.sampler = c.Sampler
	case c.TraceRatio != nil:
		p.sampler = sdktrace.ParentBased(sdktrace.TraceIDRatioBased(*c.TraceRatio))
	default:
		p.sampler = e.sampler()
	}
	p.resource = newResource(c, nameProcess(c, e))
	p.logOptions(c, e)
	if p.traces.otlp || p.logs.otlp || p.metrics.otlp {
		if err := p.delivery(c, e); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// destinations decides what goes where.
func (p *plan) destinations(c *Config, e *environment) {
	switch {
	case p.disabled:
	case c.Exporter == ExporterOTLP:
		all := destinations{otlp: true}
		p.traces, p.logs, p.metrics = all, all, all
	case c.Exporter == ExporterConsole:
		p.traces, p.logs = destinations{console: true}, destinations{console: true}
	case c.Exporter == ExporterNone:
	default:
		p.traces = e.exporter(envTracesExporter)
		p.logs = e.exporter(envLogsExporter)
		p.metrics = e.exporter(envMetricsExporter)
		if !p.traces.otlp && !p.logs.otlp && e.lookup(envMetricsExporter).value == "" {
			p.metrics = destinations{} // without a backend for the rest there is none
		}
	}
}

// delivery decides how it gets there.
func (p *plan) delivery(c *Config, e *environment) (err error) {
	p.export = otlp.Options{
		QueueRecords: e.number("OTEL_BSP_MAX_QUEUE_SIZE"), BatchRecords: e.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
		Interval: e.milliseconds("OTEL_BSP_SCHEDULE_DELAY"), Timeout: e.milliseconds("OTEL_BSP_EXPORT_TIMEOUT"),
		MetricInterval: c.MetricInterval,
	}
	if p.export.MetricInterval == 0 {
		p.export.MetricInterval = e.milliseconds("OTEL_METRIC_EXPORT_INTERVAL")
	}
	if c.Sender != nil {
		p.sender = c.Sender
		return nil
	}
	if p.sender, err = newSender(c, e); err != nil {
		err = fmt.Errorf("delivery to the backend: %w", err)
	}
	return err
}

// logOptions completes the options of the log.
func (p *plan) logOptions(c *Config, e *environment) {
	o := &p.log
	if o.Writer == nil {
		o.Writer = os.Stdout
	}
	if p.traces.console {
		o.Color = fixedColor(o)
		o.Writer = &sharedWriter{w: o.Writer}
	}
	if p.logs.console && o.Format == logging.FormatAuto {
		o.Format = logging.FormatConsole
	}
	if o.Level == nil {
		o.Level = e.level()
	}
	if o.Redactor == nil {
		o.Redactor = p.redactor
	}
	if o.Quiet == nil {
		o.Quiet = c.Quiet
	}
	for _, each := range []struct{ key, value string }{
		{"service", c.Service}, {"version", c.Version}, {"environment", c.Environment},
	} {
		if each.value != "" && !p.logs.console {
			o.Attrs = append(o.Attrs[:len(o.Attrs):len(o.Attrs)], slog.String(each.key, each.value))
		}
	}
}

// fixedColor decides on colour while the writer can still be asked for it.
func fixedColor(o *logging.Options) logging.Color {
	switch {
	case o.Color != logging.ColorAuto:
		return o.Color
	case colored(o.Writer):
		return logging.ColorAlways
	}
	return logging.ColorNever
}

// sharedWriter keeps lines and trees from mixing.
type sharedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *sharedWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// Stat is for who asks whether it is a terminal.
func (s *sharedWriter) Stat() (os.FileInfo, error) {
	if f, ok := s.w.(*os.File); ok {
		return f.Stat()
	}
	return nil, os.ErrInvalid
}
