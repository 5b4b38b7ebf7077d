package otlp

import (
	"encoding/hex"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/telltale-dev/telltale/observe/internal/core"
)

// Fields of Metric, of the kinds of metric and of their points.
const (
	metricName        = 1
	metricDescription = 2
	metricGauge       = 5
	metricSum         = 7
	metricHistogram   = 9
	metricExponential = 10
	metricSummary     = 11

	kindPoints      = 1
	kindTemporality = 2
	kindMonotonic   = 3

	cumulative = 2 // of temporality

	pointStart      = 2 // of every point
	pointTime       = 3
	pointAttributes = 7 // of numbers and summaries

	numberDouble    = 4
	numberExemplars = 5

	summaryCount     = 4
	summarySum       = 5
	summaryQuantiles = 6

	exemplarTime       = 2
	exemplarDouble     = 3
	exemplarSpanID     = 4
	exemplarTraceID    = 5
	exemplarAttributes = 7
)

// metricSource makes requests of what a registry holds: one look gives as many requests as its points fill.
type metricSource struct {
	gatherer    prometheus.Gatherer
	failed      func(error)
	started     time.Time // where a metric does not say when its count began
	resource    []byte
	schemaURL   string
	batchPoints int

	gathered bool
	now      time.Time
	families []*dto.MetricFamily
	at       int // metrics of families[0] that are sent
	buffer   []byte
}

// waiting is not known before looking.
func (s *metricSource) waiting() int { return math.MaxInt }
func (s *metricSource) full() bool   { return false }

func (s *metricSource) next() ([]byte, int) {
	if !s.gathered {
		var err error
		if s.families, err = s.gatherer.Gather(); err != nil { // what could be gathered is there all the same
			s.failed(err)
		}
		s.gathered, s.now, s.at = true, time.Now(), 0
	}
	if len(s.families) == 0 {
		s.gathered = false
		return nil, 0
	}
	b, whole := begin(kept(s.buffer), requestResource, 3)
	b = append(b, s.resource...)
	b, scope := begin(b, resourceScope, 3)
	b = appendScope(b, &instrumentation.Scope{Name: core.ScopeName})
	n := 0
	for len(s.families) > 0 && n < s.batchPoints {
		f := s.families[0]
		end := min(len(f.GetMetric()), s.at+s.batchPoints-n)
		b = s.appendFamily(b, f, f.GetMetric()[s.at:end])
		n += end - s.at
		if s.at = end; end == len(f.GetMetric()) {
			s.families, s.at = s.families[1:], 0
		}
	}
	b = end(b, scope)
	b = appendString(b, resourceSchemaURL, s.schemaURL)
	s.buffer = end(b, whole)
	return s.buffer, n
}

// appendFamily writes metrics of a family as one Metric, or as two where only some of its histograms are native.
func (s *metricSource) appendFamily(b []byte, f *dto.MetricFamily, metrics []*dto.Metric) []byte {
	if len(metrics) == 0 {
		return b
	}
	switch f.GetType() {
	case dto.MetricType_COUNTER:
		return s.appendKind(b, f, metricSum, metrics, s.appendCounter)
	case dto.MetricType_SUMMARY:
		return s.appendKind(b, f, metricSummary, metrics, s.appendSummary)
	case dto.MetricType_HISTOGRAM, dto.MetricType_GAUGE_HISTOGRAM:
		var classic, native []*dto.Metric
		for _, m := range metrics {
			if isNative(m.GetHistogram()) {
				native = append(native, m)
			} else {
				classic = append(classic, m)
			}
		}
		if len(classic) > 0 {
			b = s.appendKind(b, f, metricHistogram, classic, s.appendHistogram)
		}
		if len(native) > 0 {
			b = s.appendKind(b, f, metricExponential, native, s.appendExponential)
		}
		return b
	}
	return s.appendKind(b, f, metricGauge, metrics, s.appendGauge)
}

func (s *metricSource) appendKind(b []byte, f *dto.MetricFamily, kind uint32, metrics []*dto.Metric,
	point func([]byte, *dto.Metric) []byte,
) []byte {
	b, whole := begin(b, scopeRecord, 2)
	b = appendString(b, metricName, f.GetName())
	b = appendString(b, metricDescription, f.GetHelp())
	b, m := begin(b, kind, 2)
	for _, each := range metrics {
		b = point(b, each)
	}
	switch kind {
	case metricSum:
		b = appendUint(b, kindTemporality, cumulative)
		b = appendUint(b, kindMonotonic, 1)
	case metricHistogram, metricExponential:
		b = appendUint(b, kindTemporality, cumulative)
	}
	return end(end(b, m), whole)
}

func (s *metricSource) appendCounter(b []byte, m *dto.Metric) []byte {
	c := m.GetCounter()
	b, point := begin(b, kindPoints, 2)
	b = s.appendTimes(b, m, c.GetCreatedTimestamp(), true)
	b = appendDouble(b, numberDouble, c.GetValue())
	b = appendExemplar(b, numberExemplars, c.GetExemplar())
	return end(appendLabels(b, pointAttributes, m.GetLabel()), point)
}

// appendGauge takes metrics without a type too.
func (s *metricSource) appendGauge(b []byte, m *dto.Metric) []byte {
	v := m.GetGauge().GetValue()
	if m.Gauge == nil {
		v = m.GetUntyped().GetValue()
	}
	b, point := begin(b, kindPoints, 2)
	b = s.appendTimes(b, m, nil, false)
	b = appendDouble(b, numberDouble, v)
	return end(appendLabels(b, pointAttributes, m.GetLabel()), point)
}

func (s *metricSource) appendSummary(b []byte, m *dto.Metric) []byte {
	sum := m.GetSummary()
	b, point := begin(b, kindPoints, 2)
	b = s.appendTimes(b, m, sum.GetCreatedTimestamp(), true)
	b = appendFixed64(b, summaryCount, sum.GetSampleCount())
	b = appendDouble(b, summarySum, sum.GetSampleSum())
	for _, q := range sum.GetQuantile() {
		var each mark
		b, each = begin(b, summaryQuantiles, 1)
		b = appendDouble(b, 1, q.GetQuantile())
		b = appendDouble(b, 2, q.GetValue())
		b = end(b, each)
	}
	return end(appendLabels(b, pointAttributes, m.GetLabel()), point)
}

// appendTimes writes when a count began and when it was read.
func (s *metricSource) appendTimes(b []byte, m *dto.Metric, created *timestamppb.Timestamp, counts bool) []byte {
	if counts {
		start := s.started
		if created != nil {
			start = created.AsTime()
		}
		b = appendTime(b, pointStart, start)
	}
	now := s.now
	if ms := m.GetTimestampMs(); ms > 0 {
		now = time.UnixMilli(ms)
	}
	return appendTime(b, pointTime, now)
}

func appendLabels(b []byte, field uint32, labels []*dto.LabelPair) []byte {
	for _, l := range labels {
		b = appendStringAttr(b, field, text(l.GetName()), text(l.GetValue()))
	}
	return b
}

// appendExemplar takes the labels trace_id and span_id for what they say.
func appendExemplar(b []byte, field uint32, e *dto.Exemplar) []byte {
	if e == nil {
		return b
	}
	b, m := begin(b, field, 1)
	b = appendTime(b, exemplarTime, e.GetTimestamp().AsTime())
	b = appendDouble(b, exemplarDouble, e.GetValue())
	for _, l := range e.GetLabel() {
		var traceID trace.TraceID
		var spanID trace.SpanID
		switch {
		case l.GetName() == "trace_id" && decodeID(traceID[:], l.GetValue()):
			b = appendTraceID(b, exemplarTraceID, traceID)
		case l.GetName() == "span_id" && decodeID(spanID[:], l.GetValue()):
			b = appendSpanID(b, exemplarSpanID, spanID)
		default:
			b = appendStringAttr(b, exemplarAttributes, text(l.GetName()), text(l.GetValue()))
		}
	}
	return end(b, m)
}

func decodeID(to []byte, s string) bool {
	if len(s) != hex.EncodedLen(len(to)) {
		return false
	}
	_, err := hex.Decode(to, []byte(s))
	return err == nil
}
