package metrics

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb"
)

func TestFeedWritesWhatAScrapeWould(t *testing.T) {
	reg := prometheus.NewRegistry()
	calls := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "calls_total", Help: "x"}, []string{"model"})
	took := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "took_seconds", Help: "x", Buckets: []float64{0.5, 1}})
	sparse := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "sparse_seconds", Help: "x", NativeHistogramBucketFactor: 1.1})
	sizes := prometheus.NewSummary(prometheus.SummaryOpts{Name: "size_bytes", Help: "x", Objectives: map[float64]float64{0.5: 0.1}})
	seen := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "seen", Help: "x"}, []string{"instance"})
	derived := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "of_another_job", Help: "x"}, []string{"job"})
	reg.MustRegister(calls, took, sparse, sizes, seen, derived)
	calls.WithLabelValues("a").(prometheus.ExemplarAdder).AddWithExemplar(3, prometheus.Labels{"trace_id": "4bf92f35"})
	calls.WithLabelValues("b").Add(1)
	took.Observe(0.7)
	sparse.Observe(2)
	sizes.Observe(7)
	seen.WithLabelValues("other").Set(5)
	derived.WithLabelValues("shop").Set(1)

	s := serve(t, Options{Interval: time.Hour, Instance: "server:1"})
	f := newFeeder(reg, s.storage, "here:1", slog.New(slog.DiscardHandler))
	at := time.Now().Add(time.Second).Truncate(time.Second)
	if _, err := f.round(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	const target = `instance="here:1", job="telltale"`
	for expr, want := range map[string]map[string]float64{
		"calls_total": {`{__name__="calls_total", ` + target + `, model="a"}`: 3, `{__name__="calls_total", ` + target + `, model="b"}`: 1},
		"took_seconds_bucket": {
			`{__name__="took_seconds_bucket", ` + target + `, le="0.5"}`: 0, `{__name__="took_seconds_bucket", ` + target + `, le="1.0"}`: 1,
			`{__name__="took_seconds_bucket", ` + target + `, le="+Inf"}`: 1,
		},
		"took_seconds_sum":      {`{__name__="took_seconds_sum", ` + target + `}`: 0.7},
		"sparse_seconds":        {`{__name__="sparse_seconds", ` + target + `}`: 1},
		"size_bytes":            {`{__name__="size_bytes", ` + target + `, quantile="0.5"}`: 7},
		"seen":                  {`{__name__="seen", exported_instance="other", ` + target + `}`: 5},
		"of_another_job":        {},
		`up{instance="here:1"}`: {`{__name__="up", ` + target + `}`: 1},
	} {
		if d := cmp.Diff(want, ask(t, s, expr, at)); d != "" {
			t.Errorf("%s (-want +got):\n%s", expr, d)
		}
	}

	q, err := s.db.ExemplarQuerier(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := q.Select(0, math.MaxInt64, []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "__name__", "calls_total")})
	if err != nil || len(found) != 1 || found[0].Exemplars[0].Labels.Get("trace_id") != "4bf92f35" {
		t.Errorf("exemplars: %v, %v", found, err)
	}

	calls.DeleteLabelValues("b")
	later := at.Add(15 * time.Second)
	if _, err := f.round(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, s, "calls_total", later); len(got) != 1 {
		t.Errorf("the series that is gone is still there: %v", got)
	}
}

// broken is a registry one collector of which fails.
type broken struct{ *prometheus.Registry }

func (broken) Describe(chan<- *prometheus.Desc) {}
func (broken) Collect(c chan<- prometheus.Metric) {
	c <- prometheus.NewInvalidMetric(prometheus.NewDesc("bad", "x", nil, nil), errors.New("no"))
}

func TestFeedKeepsWhatCouldBeGathered(t *testing.T) {
	reg := prometheus.NewRegistry()
	good := prometheus.NewGauge(prometheus.GaugeOpts{Name: "good", Help: "x"})
	reg.MustRegister(good, broken{})
	s := serve(t, Options{Interval: time.Hour})
	f := newFeeder(reg, s.storage, "i", slog.New(slog.DiscardHandler))
	at := time.Now().Add(time.Second)
	if _, err := f.round(t.Context(), at); err == nil {
		t.Error("the error of the collector is lost")
	}
	if got := ask(t, s, "good", at); len(got) != 1 {
		t.Errorf("good: %v", got)
	}
	if _, err := f.round(t.Context(), at.Add(-time.Minute)); err == nil || errors.Is(err, tsdb.ErrClosed) {
		t.Errorf("a clock that was set back ends the feed: %v", err)
	}
}

// feedRegistry has 6,000 samples.
func feedRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "gen_ai_duration_seconds", Buckets: prometheus.DefBuckets}, []string{"model", "route"})
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gen_ai_tokens_total"}, []string{"model", "route"})
	r.MustRegister(h, c)
	for m := range 20 {
		for k := range 20 {
			a, b := fmt.Sprint("m", m), fmt.Sprint("r", k)
			h.WithLabelValues(a, b).Observe(1)
			c.WithLabelValues(a, b).Inc()
		}
	}
	return r
}

func BenchmarkFeed(b *testing.B) {
	db, err := tsdb.Open(b.TempDir(), nil, nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	f := newFeeder(feedRegistry(), db, "i", slog.New(slog.DiscardHandler))
	now, samples := time.Now(), 0
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Second)
		n, err := f.round(b.Context(), now)
		if err != nil {
			b.Fatal(err)
		}
		samples += n
	}
	b.ReportMetric(float64(samples)/float64(b.N), "samples/op")
}
