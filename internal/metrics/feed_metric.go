package metrics

import (
	"hash/maphash"
	"math"
	"strconv"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

// metric writes all series of one metric. One with a job of its own is another service's: what is derived has its own way.
func (f *feeder) metric(name string, m *dto.Metric) {
	for _, l := range m.GetLabel() {
		if l.GetName() == model.JobLabel {
			return
		}
	}
	k := f.enter(name, m.GetLabel())
	switch {
	case m.Counter != nil:
		f.float(k, 0, part{}, name, m.Label, m.Counter.GetValue(), m.Counter.Exemplar)
	case m.Gauge != nil:
		f.float(k, 0, part{}, name, m.Label, m.Gauge.GetValue(), nil)
	case m.Untyped != nil:
		f.float(k, 0, part{}, name, m.Label, m.Untyped.GetValue(), nil)
	case m.Summary != nil:
		n := 0
		for _, q := range m.Summary.Quantile {
			f.float(k, n, part{label: model.QuantileLabel, bound: q.GetQuantile()}, name, m.Label, q.GetValue(), nil)
			n++
		}
		f.total(k, n, name, m.Label, m.Summary.GetSampleSum(), float64(m.Summary.GetSampleCount()))
	case m.Histogram != nil:
		f.histogram(k, name, m)
	}
}

func (f *feeder) histogram(k *fedMetric, name string, m *dto.Metric) {
	h := m.Histogram
	n := 0
	if native(h) {
		f.native(k, name, m)
		n++
		if len(h.Bucket) == 0 {
			f.trim(k, n)
			return
		}
	}
	inf := false
	for _, b := range h.Bucket {
		inf = inf || math.IsInf(b.GetUpperBound(), 1)
		f.float(k, n, part{"_bucket", model.BucketLabel, b.GetUpperBound()}, name, m.Label, float64(b.GetCumulativeCount()), b.Exemplar)
		n++
	}
	if !inf {
		f.float(k, n, part{"_bucket", model.BucketLabel, math.Inf(1)}, name, m.Label, float64(h.GetSampleCount()), nil)
		n++
	}
	f.total(k, n, name, m.Label, h.GetSampleSum(), float64(h.GetSampleCount()))
}

// total writes the last two series of a histogram or a summary.
func (f *feeder) total(k *fedMetric, n int, name string, pairs []*dto.LabelPair, sum, count float64) {
	f.float(k, n, part{suffix: "_sum"}, name, pairs, sum, nil)
	f.float(k, n+1, part{suffix: "_count"}, name, pairs, count, nil)
	f.trim(k, n+2)
}

// native reports whether a histogram has native buckets, by the rule of the exposition format.
func native(h *dto.Histogram) bool {
	return len(h.PositiveSpan) > 0 || len(h.NegativeSpan) > 0 || h.GetZeroThreshold() > 0 || h.GetZeroCount() > 0
}

func (f *feeder) native(k *fedMetric, name string, m *dto.Metric) {
	s := f.series(k, 0, part{}, name, m.Label)
	h := &histogram.Histogram{
		Schema: m.Histogram.GetSchema(), ZeroThreshold: m.Histogram.GetZeroThreshold(), ZeroCount: m.Histogram.GetZeroCount(),
		Count: m.Histogram.GetSampleCount(), Sum: m.Histogram.GetSampleSum(),
		PositiveSpans: spans(m.Histogram.PositiveSpan), PositiveBuckets: m.Histogram.PositiveDelta,
		NegativeSpans: spans(m.Histogram.NegativeSpan), NegativeBuckets: m.Histogram.NegativeDelta,
	}
	var o storage.AppendV2Options
	for _, e := range m.Histogram.Exemplars {
		o.Exemplars = append(o.Exemplars, f.exemplar(e))
	}
	s.ref = f.took(f.out.Append(s.ref, s.labels, 0, f.at, 0, h, nil, o))
}

func spans(of []*dto.BucketSpan) []histogram.Span {
	out := make([]histogram.Span, len(of))
	for i, s := range of {
		out[i] = histogram.Span{Offset: s.GetOffset(), Length: s.GetLength()}
	}
	return out
}

// enter finds what is known of a metric and notes that it was seen.
func (f *feeder) enter(name string, pairs []*dto.LabelPair) *fedMetric {
	var h maphash.Hash
	h.SetSeed(f.seed)
	_, _ = h.WriteString(name) // never fails
	for _, l := range pairs {
		_ = h.WriteByte(0xff) // in no label
		_, _ = h.WriteString(l.GetName())
		_ = h.WriteByte(0xff)
		_, _ = h.WriteString(l.GetValue())
	}
	key := h.Sum64()
	k := f.known[key]
	if k == nil {
		k = &fedMetric{series: make([]fedSeries, 0, 1)}
		f.known[key] = k
	}
	k.round = f.rounds
	return k
}

// float writes one sample, of the series at place n of its metric.
func (f *feeder) float(k *fedMetric, n int, p part, name string, pairs []*dto.LabelPair, v float64, e *dto.Exemplar) {
	s := f.series(k, n, p, name, pairs)
	var o storage.AppendV2Options
	if at := e.GetTimestamp(); at != nil && at.AsTime().UnixNano() != s.exemplarAt {
		s.exemplarAt = at.AsTime().UnixNano()
		o.Exemplars = []exemplar.Exemplar{f.exemplar(e)}
	}
	s.ref = f.took(f.out.Append(s.ref, s.labels, 0, f.at, v, nil, nil, o))
}

// series is the series at place n of a metric; another one that had the place ends.
func (f *feeder) series(k *fedMetric, n int, p part, name string, pairs []*dto.LabelPair) *fedSeries {
	if n < len(k.series) {
		if s := &k.series[n]; s.part == p {
			return s
		}
		f.trim(k, n)
	}
	k.series = append(k.series, fedSeries{part: p, labels: f.labels(p, name, pairs)})
	return &k.series[n]
}

// labels of a series. A label that the target has as well stays visible as exported_x, as it does in a scrape.
func (f *feeder) labels(p part, name string, pairs []*dto.LabelPair) labels.Labels {
	b := &f.builder
	b.Reset()
	b.Add(model.MetricNameLabel, name+p.suffix)
	for _, l := range pairs {
		if l.GetName() == model.InstanceLabel {
			b.Add(model.ExportedLabelPrefix+l.GetName(), l.GetValue())
		} else if l.GetValue() != "" {
			b.Add(l.GetName(), l.GetValue())
		}
	}
	switch p.label {
	case model.BucketLabel:
		b.Add(p.label, labels.FormatOpenMetricsFloat(p.bound))
	case model.QuantileLabel:
		b.Add(p.label, strconv.FormatFloat(p.bound, 'g', -1, 64))
	}
	for _, l := range f.target {
		b.Add(l.Name, l.Value)
	}
	b.Sort()
	return b.Labels()
}

func (f *feeder) exemplar(e *dto.Exemplar) exemplar.Exemplar {
	b := &f.builder
	b.Reset()
	for _, l := range e.GetLabel() {
		b.Add(l.GetName(), l.GetValue())
	}
	b.Sort()
	out := exemplar.Exemplar{Labels: b.Labels(), Value: e.GetValue(), Ts: f.at}
	if at := e.GetTimestamp(); at != nil {
		out.Ts, out.HasTs = at.AsTime().UnixMilli(), true
	}
	return out
}
