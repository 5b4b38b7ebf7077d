package observetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
)

// Metric returns the value of a metric: the sum over its series that have all of the labels, each written name=value. Of a
// histogram NAME it is the number of observations, and NAME_sum is their sum. Where there is no such series it is 0.
//
//	rec.Metric(t, "http_requests_total", "status=200")
func (r *Recorder) Metric(tb testing.TB, name string, labels ...string) float64 {
	tb.Helper()
	total := 0.0
	for _, f := range r.gather(tb) {
		part, isPart := strings.CutPrefix(name, f.GetName())
		if !isPart || part != "" && (f.GetType() != dto.MetricType_HISTOGRAM || part != "_sum" && part != "_count") {
			continue
		}
		for _, m := range f.GetMetric() {
			if hasLabels(m, labels) {
				total += valueOf(m, part)
			}
		}
	}
	return total
}

// Series returns the values of a metric by its labels, written name=value with commas between, by name.
func (r *Recorder) Series(tb testing.TB, name string) map[string]float64 {
	tb.Helper()
	series := map[string]float64{}
	for _, f := range r.gather(tb) {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			series[strings.Join(labelsOf(m), ",")] += valueOf(m, "")
		}
	}
	return series
}

func (r *Recorder) gather(tb testing.TB) []*dto.MetricFamily {
	tb.Helper()
	r.mu.Lock()
	from := slices.Clone(r.gathered)
	r.mu.Unlock()
	var all []*dto.MetricFamily
	for _, g := range from {
		families, err := g.Gather()
		if err != nil {
			tb.Fatalf("gather metrics: %v", err)
		}
		all = append(all, families...)
	}
	return all
}

func labelsOf(m *dto.Metric) []string {
	var labels []string
	for _, l := range m.GetLabel() {
		labels = append(labels, fmt.Sprintf("%s=%s", l.GetName(), l.GetValue()))
	}
	return labels
}

func hasLabels(m *dto.Metric, want []string) bool {
	has := labelsOf(m)
	for _, w := range want {
		if !slices.Contains(has, w) {
			return false
		}
	}
	return true
}

func valueOf(m *dto.Metric, part string) float64 {
	switch {
	case m.Counter != nil:
		return m.Counter.GetValue()
	case m.Gauge != nil:
		return m.Gauge.GetValue()
	case m.Untyped != nil:
		return m.Untyped.GetValue()
	case m.Summary != nil:
		return float64(m.Summary.GetSampleCount())
	case part == "_sum":
		return m.Histogram.GetSampleSum()
	}
	return float64(m.Histogram.GetSampleCount())
}
