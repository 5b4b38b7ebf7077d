package metrics

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
)

// counters is a source whose series a test writes.
type counters struct {
	list []Derived
	own  map[string]bool
}

func (c *counters) Derived(yield func(*Derived)) {
	for i := range c.list {
		d := c.list[i] // what yield keeps of it would be seen
		yield(&d)
	}
}

func (c *counters) Own(family, job string, owned bool) { c.own[family+" "+job] = owned }

func calls(id uint64, job string, v float64) Derived {
	return Derived{
		ID: id, Family: "llm_calls_total", Job: job, Labels: []string{"model", "gpt-4o", "endpoint", ""}, Value: v,
		Exemplars: []DerivedExemplar{{Value: 1, Time: time.Now().UnixMilli(), Trace: [16]byte{0xab}, Span: [8]byte{0xcd}}},
	}
}

func durations(id uint64, job string) Derived {
	return Derived{
		ID: id, Family: "llm_call_duration_seconds", Job: job, Value: 7.5, Bounds: []float64{1, 5}, Counts: []uint64{2, 1, 1},
		Exemplars: make([]DerivedExemplar, 3),
	}
}

// fedBy starts a server and makes a feeder whose rounds the test runs.
func fedBy(t *testing.T, dir string, source *counters) (*Server, func(at time.Time)) {
	t.Helper()
	s := serve(t, Options{Dir: dir, Families: []string{"llm_calls_total", "llm_call_duration_seconds"}})
	f := newDerivedFeeder(s, source, slog.New(slog.DiscardHandler))
	return s, func(at time.Time) {
		t.Helper()
		if _, err := f.round(t.Context(), at); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDerivedSeries(t *testing.T) {
	dir, now := t.TempDir(), time.Now().Truncate(time.Second)
	source := &counters{own: map[string]bool{}, list: []Derived{calls(1, "shop", 3)}}
	s, round := fedBy(t, dir, source)
	round(now)
	source.list = append(source.list, calls(2, "eu/bot", 7), durations(3, "shop"))
	source.list[0].Value = 5
	next := now.Add(15 * time.Second)
	round(next)

	shop, bot := `{__name__="llm_calls_total", job="shop", model="gpt-4o"}`, `{__name__="llm_calls_total", job="eu/bot", model="gpt-4o"}`
	for _, tc := range []struct {
		expr string
		at   time.Time
		want map[string]float64
	}{
		{"llm_calls_total", now, map[string]float64{shop: 3, bot: 0}},
		{"llm_calls_total", next, map[string]float64{shop: 5, bot: 7}},
		{"llm_calls_total", now.Add(-15 * time.Second), map[string]float64{shop: 0}},
		{`sum(increase(llm_calls_total[31s]))`, next, map[string]float64{"{}": 12}},
		{"llm_call_duration_seconds_bucket", next, map[string]float64{
			`{__name__="llm_call_duration_seconds_bucket", job="shop", le="1.0"}`:  2,
			`{__name__="llm_call_duration_seconds_bucket", job="shop", le="5.0"}`:  3,
			`{__name__="llm_call_duration_seconds_bucket", job="shop", le="+Inf"}`: 4,
		}},
		{"llm_call_duration_seconds_count", now, map[string]float64{`{__name__="llm_call_duration_seconds_count", job="shop"}`: 0}},
		{"llm_call_duration_seconds_sum", next, map[string]float64{`{__name__="llm_call_duration_seconds_sum", job="shop"}`: 7.5}},
	} {
		if diff := cmp.Diff(tc.want, ask(t, s, tc.expr, tc.at)); diff != "" {
			t.Errorf("%s at %v:\n%s", tc.expr, tc.at.Sub(now), diff)
		}
	}
	found, err := s.Exemplars(t.Context(), `llm_calls_total{job="shop"}`, now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(found); len(found) != 1 {
		t.Errorf("exemplars: %s", got)
	}

	// A process was killed after it had written the second series and before it had kept it: it is counted again, and is
	// no new series.
	stop(t, s)
	again := calls(1, "eu/bot", 9)
	restored := calls(2, "shop", 6)
	restored.Restored = true
	source.list = []Derived{again, restored}
	s, round = fedBy(t, dir, source)
	later := next.Add(15 * time.Second)
	round(later)
	if diff := cmp.Diff(map[string]float64{shop: 6, bot: 9}, ask(t, s, "llm_calls_total", later)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]float64{`{job="shop", model="gpt-4o"}`: 0, `{job="eu/bot", model="gpt-4o"}`: 0}, ask(t, s, "resets(llm_calls_total[2m])", later)); diff != "" {
		t.Errorf("counters began again:\n%s", diff)
	}

	// A series that is gone ends.
	source.list = source.list[:1]
	round(later.Add(15 * time.Second))
	if diff := cmp.Diff(map[string]float64{bot: 9}, ask(t, s, "llm_calls_total", later.Add(15*time.Second))); diff != "" {
		t.Error(diff)
	}
}

// What a service has itself is not derived for it, also after a restart; what other services do is.
func TestDerivedSeriesGiveWay(t *testing.T) {
	dir, now := t.TempDir(), time.Now().Truncate(time.Second)
	source := &counters{own: map[string]bool{}, list: []Derived{calls(1, "shop", 3), calls(2, "bot", 7), durations(3, "shop")}}
	s, round := fedBy(t, dir, source)
	at := func(n int) time.Time { return now.Add(time.Duration(n) * 15 * time.Second) }
	sums := func(n int) map[string]float64 { return ask(t, s, "sum by (job) (llm_calls_total)", at(n)) }
	round(at(0))
	if diff := cmp.Diff(map[string]float64{`{job="shop"}`: 3, `{job="bot"}`: 7}, sums(0)); diff != "" {
		t.Error(diff)
	}
	push(t, s.intake.from(pushed), at(1), 4, labels.FromStrings("__name__", "llm_calls_total", "job", "shop", "model", "gpt-4o"))
	for n := 1; n < 3; n++ {
		round(at(n).Add(time.Second))
	}
	if diff := cmp.Diff(map[string]float64{`{job="shop"}`: 4, `{job="bot"}`: 7}, sums(3)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]bool{"llm_calls_total shop": true, "llm_calls_total bot": false, "llm_call_duration_seconds shop": false}, source.own); diff != "" {
		t.Errorf("the source was told:\n%s", diff)
	}
	source.list = source.list[1:] // nor does its end concern the service's own
	round(at(3))
	stop(t, s)
	source.list, source.own = []Derived{calls(1, "shop", 8), calls(2, "bot", 8)}, map[string]bool{}
	s, round = fedBy(t, dir, source)
	round(at(4))
	if diff := cmp.Diff(map[string]float64{`{job="shop"}`: 4, `{job="bot"}`: 8}, sums(4)); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkDerivedRound writes 10,000 series of counters and histograms, as a tick of the feed does.
func BenchmarkDerivedRound(b *testing.B) {
	source := &counters{own: map[string]bool{}}
	for i := range 714 {
		job, path := fmt.Sprint("service-", i/50), fmt.Sprint("/v1/route-", i%50)
		source.list = append(source.list, Derived{ID: uint64(2 * i), Family: "http_requests_total", Job: job, Labels: []string{"path", path, "status", "200"}},
			Derived{
				ID: uint64(2*i + 1), Family: "http_request_duration_seconds", Job: job, Labels: []string{"path", path},
				Bounds: []float64{.005, .025, .1, .25, .5, 1, 2.5, 5, 10, 20}, Counts: make([]uint64, 11), Exemplars: make([]DerivedExemplar, 11),
			})
	}
	s := serve(b, Options{Dir: b.TempDir(), Interval: time.Hour})
	f := newDerivedFeeder(s, source, slog.New(slog.DiscardHandler))
	now, samples := time.Now(), 0
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Second)
		for i := range source.list {
			source.list[i].Value++
			for j := range source.list[i].Counts {
				source.list[i].Counts[j]++
			}
		}
		n, err := f.round(b.Context(), now)
		if err != nil {
			b.Fatal(err)
		}
		samples += n
	}
	b.ReportMetric(float64(samples)/b.Elapsed().Seconds()/1e6, "Msamples/s")
}
