package metric_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/metric"
)

// series lists the values of a family by its labels.
func series(t *testing.T, g prometheus.Gatherer, family string) map[string]float64 {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		if f.GetName() != family {
			continue
		}
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			got[strings.Join(labels, ",")] = value(m)
		}
	}
	return got
}

func value(m *dto.Metric) float64 {
	switch {
	case m.Counter != nil:
		return m.Counter.GetValue()
	case m.Gauge != nil:
		return m.Gauge.GetValue()
	}
	return float64(m.Histogram.GetSampleCount())
}

func TestPastTheLimitTheLabelWithMostValuesFolds(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	r := metric.NewRegistry(metric.Options{Limit: 3, Logger: func() *slog.Logger { return logger }})
	c := r.Counter("calls_total", "Calls.", "model", "status")
	for i := range 6 {
		c.With(fmt.Sprintf("m%d", i), "ok").Inc()
	}
	c.With("m0", "ok").Inc() // known: stays
	c.With("m9", "ok").Inc()

	want := map[string]float64{
		"model=m0,status=ok": 2, "model=m1,status=ok": 1, "model=m2,status=ok": 1,
		"model=other,status=ok": 4,
	}
	got := series(t, r, "calls_total")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
	if n := strings.Count(log.String(), "calls_total"); n != 1 {
		t.Errorf("%d warnings instead of one:\n%s", n, &log)
	}
	folds := series(t, r, "telltale_cardinality_folded_total")
	if folds["family=calls_total,label=model"] != 4 {
		t.Errorf("folds: %v", folds)
	}
}

func TestNoLimitAndNoLabels(t *testing.T) {
	r := metric.NewRegistry(metric.Options{Limit: -1})
	c := r.Counter("calls_total", "Calls.", "model")
	for i := range 2 * metric.DefaultLimit {
		c.With(fmt.Sprint(i)).Inc()
	}
	if n := len(series(t, r, "calls_total")); n != 2*metric.DefaultLimit {
		t.Errorf("%d series", n)
	}
	r.Gauge("depth", "Depth.").With().Set(7)
	if got := series(t, r, "depth"); got[""] != 7 {
		t.Errorf("gauge without labels: %v", got)
	}
}

func TestTheSameNameIsTheSameFamily(t *testing.T) {
	r := metric.NewRegistry(metric.Options{})
	r.Counter("a_total", "A.", "x").With("1").Inc()
	r.Counter("a_total", "A.", "x").With("1").Inc()
	if got := series(t, r, "a_total")["x=1"]; got != 2 {
		t.Errorf("counted %v", got)
	}
	for name, misuse := range map[string]func(){
		"type":   func() { r.Gauge("a_total", "A.", "x") },
		"labels": func() { r.Counter("a_total", "A.", "y") },
		"number": func() { r.Counter("a_total", "A.", "x").With("1", "2") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("other %s: no panic", name)
				}
			}()
			misuse()
		}()
	}
}

func TestExemplarsNameTheTrace(t *testing.T) {
	r := metric.NewRegistry(metric.Options{})
	id := trace.TraceID{0xab, 1}
	ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: id, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled,
	}))
	r.Histogram("took_seconds", "Took.", []float64{1, 2}, "path").Observe(ctx, 1.5, "/a")
	r.Counter("done_total", "Done.").Add(ctx, 1)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			exemplars := []*dto.Exemplar{m.GetCounter().GetExemplar()}
			for _, b := range m.GetHistogram().GetBucket() {
				exemplars = append(exemplars, b.GetExemplar())
			}
			for _, e := range exemplars {
				for _, l := range e.GetLabel() {
					if l.GetName() == "trace_id" && l.GetValue() == id.String() {
						found++
					}
				}
			}
		}
	}
	if found != 2 {
		t.Errorf("%d exemplars name the trace instead of 2", found)
	}
}

func TestValuesThatAreNotUTF8(t *testing.T) {
	r := metric.NewRegistry(metric.Options{})
	r.Counter("a_total", "A.", "x").With("\xff").Inc()
	if got := series(t, r, "a_total"); got["x=\ufffd"] != 1 {
		t.Errorf("series: %v", got)
	}
}

func BenchmarkKnownSet(b *testing.B) {
	c := metric.NewRegistry(metric.Options{}).Counter("a_total", "A.", "method", "path", "status")
	b.ReportAllocs()
	for b.Loop() {
		c.Add(b.Context(), 1, "GET", "/v1/things/{id}", "200")
	}
}
