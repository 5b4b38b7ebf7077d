package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	deltatocumulative "github.com/open-telemetry/opentelemetry-collector-contrib/processor/deltatocumulativeprocessor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/config"
	otlptranslator "github.com/prometheus/prometheus/storage/remote/otlptranslator/prometheusremotewrite"
	"github.com/prometheus/prometheus/util/annotations"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/metric/noop"
)

// PartialError is of a request of which some data points were not taken. The others are durable.
type PartialError struct {
	Points int64 // not taken
	Reason string
}

func (e *PartialError) Error() string {
	return fmt.Sprintf("%d data points were not taken: %s", e.Points, e.Reason)
}

// Rejected tells how many data points were not taken, and why.
func (e *PartialError) Rejected() (points int64, reason string) { return e.Points, e.Reason }

// Deltas are added up in memory, a value for each stream: what is summed so far begins again at zero with a restart, which
// is a reset as any counter has.
const (
	maxStreams = 200_000
	maxStale   = time.Hour // a stream that is silent for so long is forgotten
)

// translator makes samples of OTLP metrics, as Prometheus does it: names, suffixes, target_info, promoted attributes.
type translator struct {
	into       way
	config     func() *config.Config
	log        *slog.Logger
	cumulative processor.Metrics // adds up deltas, and hands on
	converters sync.Pool
	warnings   *prometheus.CounterVec
}

// openOTLP makes the translator, which ends with ctx.
func (s *Server) openOTLP(ctx context.Context) error {
	t := &translator{
		into: s.intake.from(pushed), config: s.config.Load, log: s.log.With("part", "otlp"),
		converters: sync.Pool{New: func() any { return otlptranslator.NewPrometheusConverter(nil) }},
		warnings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "telltale_metrics_otlp_warnings_total", Help: "Warnings of the translation of OTLP metrics, by category.",
		}, []string{"category"}),
	}
	if err := s.opts.Registry.Register(t.warnings); err != nil {
		return err
	}
	made := deltatocumulative.NewFactory()
	set := processor.Settings{ID: component.NewID(made.Type()), TelemetrySettings: component.TelemetrySettings{MeterProvider: noop.NewMeterProvider()}}
	var err error
	t.cumulative, err = made.CreateMetrics(ctx, set, &deltatocumulative.Config{MaxStale: maxStale, MaxStreams: maxStreams}, sink{t})
	if err != nil {
		return fmt.Errorf("add up deltas: %w", err)
	}
	if err := t.cumulative.Start(ctx, nil); err != nil {
		return fmt.Errorf("add up deltas: %w", err)
	}
	s.work.Go(func() {
		<-ctx.Done()
		_ = t.cumulative.Shutdown(context.Background()) // forgets what it holds; never fails
	})
	s.translator = t
	return nil
}

// ConsumeMetrics takes metrics in. Nil means that they are in the log of the TSDB; so does a *PartialError, of those it does
// not count. It may change md.
func (s *Server) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	ctx, leave, err := s.gate.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	return s.translator.consume(ctx, md)
}

// outcome is what became of one request. It travels in the context, past the processor of deltas.
type outcome struct {
	taken  int64 // data points
	reason string
}

type outcomeKey struct{}

func (o *outcome) because(reason string) {
	if o.reason == "" {
		o.reason = reason
	}
}

func (t *translator) consume(ctx context.Context, md pmetric.Metrics) error {
	points, o := int64(md.DataPointCount()), &outcome{}
	ctx = context.WithValue(ctx, outcomeKey{}, o)
	var err error
	if hasDelta(md) { // only then: the processor takes one request at a time
		err = t.cumulative.ConsumeMetrics(ctx, md)
	} else {
		err = sink{t}.ConsumeMetrics(ctx, md)
	}
	if err != nil {
		return err
	}
	if o.taken < points || o.reason != "" {
		o.because("deltas are out of order, or of too many streams")
		return &PartialError{max(0, points-o.taken), o.reason}
	}
	return nil
}

// sink is where the processor of deltas hands on to.
type sink struct{ t *translator }

// Capabilities say that nothing is changed.
func (sink) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeMetrics writes cumulative metrics.
func (k sink) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	o, _ := ctx.Value(outcomeKey{}).(*outcome)
	if o == nil {
		return errors.New("metrics without an outcome")
	}
	return k.t.write(ctx, md, o)
}

func (t *translator) write(ctx context.Context, md pmetric.Metrics, o *outcome) (err error) {
	converter, ok := t.converters.Get().(*otlptranslator.PrometheusConverter)
	if !ok {
		converter = otlptranslator.NewPrometheusConverter(nil)
	}
	into := t.into
	into.refused = o.because
	app := newOTLPAppender(into.AppenderV2(ctx), o)
	committed := false
	defer func() { // also where the converter panics: an appender that is left open holds up all that come after
		if !committed {
			_ = app.Rollback() // the error is the one to tell
		}
		converter.Reset(nil)
		t.converters.Put(converter)
	}()
	converter.Reset(app)
	notes, err := converter.FromMetrics(ctx, md, settings(t.config()))
	t.warn(notes)
	switch {
	case app.err != nil:
		return app.err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		o.because(firstLine(err))
	}
	committed = true
	return app.Commit()
}

func (t *translator) warn(notes annotations.Annotations) {
	for category, n := range otlptranslator.CountWarningsByCategory(notes) {
		t.warnings.WithLabelValues(string(category)).Add(float64(n))
	}
}

// settings are those of the otlp section of a prometheus.yml.
func settings(c *config.Config) otlptranslator.Settings {
	o := c.OTLPConfig
	return otlptranslator.Settings{
		AddMetricSuffixes: o.TranslationStrategy.ShouldAddSuffixes(), AllowUTF8: !o.TranslationStrategy.ShouldEscape(),
		PromoteResourceAttributes:         otlptranslator.NewPromoteResourceAttributes(o),
		KeepIdentifyingResourceAttributes: o.KeepIdentifyingResourceAttributes, ConvertHistogramsToNHCB: o.ConvertHistogramsToNHCB,
		PromoteScopeMetadata: o.PromoteScopeMetadata, LookbackDelta: lookback,
		LabelNameUnderscoreSanitization:      o.LabelNameUnderscoreSanitization,
		LabelNamePreserveMultipleUnderscores: o.LabelNamePreserveMultipleUnderscores,
	}
}

// maxReason bounds what is told of a request: it may quote it.
const maxReason = 256

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line[:min(len(line), maxReason)]
}

func hasDelta(md pmetric.Metrics) bool {
	for _, rm := range md.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				if temporality(m) == pmetric.AggregationTemporalityDelta {
					return true
				}
			}
		}
	}
	return false
}

func temporality(m pmetric.Metric) pmetric.AggregationTemporality {
	switch m.Type() {
	case pmetric.MetricTypeSum:
		return m.Sum().AggregationTemporality()
	case pmetric.MetricTypeHistogram:
		return m.Histogram().AggregationTemporality()
	case pmetric.MetricTypeExponentialHistogram:
		return m.ExponentialHistogram().AggregationTemporality()
	}
	return pmetric.AggregationTemporalityUnspecified
}
