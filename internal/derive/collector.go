package derive

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// collector shows the series at /metrics. Who scrapes them wants honor_labels, since they have jobs of their own.
type collector struct {
	counter                                    *Counter
	families                                   []*prometheus.Desc
	folded, series, behind, unwritten, waiting *prometheus.Desc
}

// Collector shows all series that their service does not show itself, and how the counter is.
func (c *Counter) Collector() prometheus.Collector {
	k := &collector{
		counter: c,
		folded: prometheus.NewDesc("telltale_cardinality_folded_total",
			"Records counted as other in a derived family because a label had too many values.", []string{"family", "label"}, nil),
		series:    prometheus.NewDesc("telltale_derived_series", "Series that are derived from spans.", nil, nil),
		behind:    prometheus.NewDesc("telltale_derived_unsaved_batches", "Batches that were counted since the counters were last written to disk.", nil, nil),
		waiting:   prometheus.NewDesc("telltale_derived_waiting_calls", "Calls through the gateway that are counted when it is known which service made them.", nil, nil),
		unwritten: prometheus.NewDesc("telltale_derived_save_failing", "1 where the counters cannot be written to disk, else 0.", nil, nil),
	}
	for i := range families {
		f := &families[i]
		k.families = append(k.families, prometheus.NewDesc(f.Name, f.Help, append([]string{"job"}, f.Labels...), nil))
	}
	return k
}

// Describe implements prometheus.Collector.
func (k *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range k.families {
		ch <- d
	}
	ch <- k.folded
	ch <- k.series
	ch <- k.behind
	ch <- k.unwritten
	ch <- k.waiting
}

// Collect implements prometheus.Collector.
func (k *collector) Collect(ch chan<- prometheus.Metric) {
	k.counter.Series(func(s *Series) {
		if !s.Owned {
			ch <- k.metric(s)
		}
	})
	st := k.counter.Status()
	gauge := func(d *prometheus.Desc, v float64) { ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	gauge(k.series, float64(st.Series))
	gauge(k.waiting, float64(st.Waiting))
	gauge(k.behind, float64(st.Seq-min(st.Kept, st.Seq)))
	failing := 0.0
	if st.Problem != "" {
		failing = 1
	}
	gauge(k.unwritten, failing)
	for _, f := range st.Folded {
		ch <- prometheus.MustNewConstMetric(k.folded, prometheus.CounterValue, float64(f.Count), f.Family, f.Label)
	}
}

func (k *collector) metric(s *Series) prometheus.Metric {
	desc, values := k.families[s.Family.index], append([]string{s.Job}, s.Values...)
	var m prometheus.Metric
	switch s.Family.Kind {
	case Gauge:
		return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, s.Value, values...)
	case Count:
		m = prometheus.MustNewConstMetric(desc, prometheus.CounterValue, s.Value, values...)
	case Histogram:
		buckets, n := make(map[float64]uint64, len(s.Family.Buckets)), uint64(0)
		for i, c := range s.Counts {
			n += c
			if i < len(s.Family.Buckets) {
				buckets[s.Family.Buckets[i]] = n
			}
		}
		m = prometheus.MustNewConstHistogram(desc, n, s.Value, buckets, values...)
	}
	var list []prometheus.Exemplar
	for _, e := range s.Exemplars {
		if !e.Trace.IsZero() {
			list = append(list, prometheus.Exemplar{Value: e.Value, Timestamp: time.UnixMilli(e.Time), Labels: prometheus.Labels{
				"trace_id": e.Trace.String(), "span_id": e.Span.String(),
			}})
		}
	}
	if len(list) == 0 {
		return m
	}
	with, err := prometheus.NewMetricWithExemplars(m, list...)
	if err != nil {
		return m // an exemplar that does not fit is no reason to show nothing
	}
	return with
}
