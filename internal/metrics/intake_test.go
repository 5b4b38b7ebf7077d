package metrics

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb"
)

// push appends one sample to each series.
func push(t *testing.T, to storage.AppendableV2, at time.Time, v float64, series ...labels.Labels) {
	t.Helper()
	app := to.AppenderV2(t.Context())
	for _, ls := range series {
		if _, err := app.Append(0, ls, 0, at.UnixMilli(), v, nil, nil, storage.AppendV2Options{}); err != nil {
			t.Fatalf("%s: %v", ls, err)
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

func users(from, to int) []labels.Labels {
	var out []labels.Labels
	for i := from; i < to; i++ {
		out = append(out, labels.FromStrings("__name__", "logins_total", "job", "shop", "user", fmt.Sprint("u", i)))
	}
	return out
}

func TestAMetricHasSoManySeriesAtMost(t *testing.T) {
	dir, at := t.TempDir(), time.Now()
	s := serve(t, Options{Dir: dir, MaxSeries: 5, Interval: time.Hour})
	in := s.intake.from(pushed)
	push(t, in, at, 1, users(0, 8)...)
	push(t, in, at, 1, labels.FromStrings("__name__", "other", "job", "shop"))
	if got := ask(t, s, "count(logins_total)", at); got["{}"] != 5 {
		t.Errorf("%v series of a metric that may have 5", got)
	}
	if got := ask(t, s, "other", at); len(got) != 1 {
		t.Errorf("another metric: %v", got)
	}
	want := []Crowded{{Family: "logins_total", Series: 5, Label: "user", Distinct: 5, Refused: 3}}
	if d := cmp.Diff(want, s.Status(t.Context()).Intake.Crowded); d != "" {
		t.Errorf("status (-want +got):\n%s", d)
	}
	if n := testutil.ToFloat64(s.intake.guard.refused.WithLabelValues("logins_total")); n != 3 {
		t.Errorf("%v refused, want 3", n)
	}
	push(t, in, at.Add(time.Second), 2, users(0, 5)...) // those that were there before go on
	if got := ask(t, s, "sum(logins_total)", at.Add(time.Second)); got["{}"] != 10 {
		t.Errorf("series that were there before: %v", got)
	}

	stop(t, s)
	s = serve(t, Options{Dir: dir, MaxSeries: 6, Interval: time.Hour})
	push(t, s.intake.from(pushed), at.Add(2*time.Second), 1, users(0, 8)...)
	if got := ask(t, s, "count(logins_total)", at.Add(2*time.Second)); got["{}"] != 6 {
		t.Errorf("after a restart %v series of a metric that may have 6", got)
	}
}

func TestSeriesThatAreGoneMakeRoom(t *testing.T) {
	s := serve(t, Options{MaxSeries: 5, Interval: time.Hour})
	in := s.intake.from(pushed)
	at := time.Now()
	push(t, in, at, 1, users(0, 5)...)
	push(t, in, at.Add(time.Hour), 1, labels.FromStrings("__name__", "clock", "job", "shop"))
	if err := s.db.Head().Truncate(at.Add(time.Minute).UnixMilli()); err != nil { // as after a block is made of it
		t.Fatal(err)
	}
	at = at.Add(time.Hour)
	push(t, in, at, 1, users(10, 14)...)
	if got := ask(t, s, "count(logins_total)", at); got["{}"] != 4 {
		t.Errorf("%v new series after the old ones left the head, want 4", got)
	}
}

func TestPushedLabelsAreBounded(t *testing.T) {
	s := serve(t, Options{Interval: time.Hour})
	many := labels.NewBuilder(labels.FromStrings("__name__", "wide"))
	for i := range maxLabelCount {
		many.Set(fmt.Sprint("l", i), "x")
	}
	at := time.Now()
	push(t, s.intake.from(pushed), at, 1, many.Labels(), labels.FromStrings("__name__", "text", "l", "\xff"), labels.FromStrings("__name__", "long", "l", strings.Repeat("x", maxLabelValue+1)),
		labels.FromStrings("__name__", "good"))
	if got := ask(t, s, `{__name__=~"wide|text|long|good"}`, at); len(got) != 1 {
		t.Errorf("%v, want the good one alone", got)
	}
}

var (
	familyDerived = labels.FromStrings("__name__", "llm_requests_total", "job", "shop", "model", "gpt")
	familyPushed  = labels.FromStrings("__name__", "llm_requests_total", "job", "shop", "model", "gpt", "instance", "pod-1")
	familyScraped = labels.FromStrings("__name__", "llm_requests_total", "job", "shop", "model", "gpt", "instance", "10.0.0.1:80")
	otherJob      = labels.FromStrings("__name__", "llm_requests_total", "job", "crm", "model", "gpt")
)

// derive writes derived series as their feed does.
func derive(t *testing.T, s *Server, at time.Time, v float64, series ...labels.Labels) {
	t.Helper()
	err := s.intake.owners.feed(func() error {
		for _, ls := range series {
			if s.intake.owners.derives("llm_requests_total", ls.Get("job")) {
				push(t, s.storage, at, v, ls)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheWayNearestToTheServiceCounts(t *testing.T) {
	dir, families := t.TempDir(), []string{"llm_requests_total"}
	s := serve(t, Options{Dir: dir, Families: families, Interval: time.Hour})
	at := time.Now()
	total := func(want float64, what string) {
		t.Helper()
		if got := ask(t, s, `sum(llm_requests_total{job="shop"})`, at); got["{}"] != want {
			t.Errorf("%s: total %v, want %v", what, got["{}"], want)
		}
	}
	tick := func() { at = at.Add(15 * time.Second) }

	derive(t, s, at, 7, familyDerived, otherJob)
	total(7, "derived alone")
	tick()
	push(t, s.intake.from(pushed), at, 7, familyPushed)
	total(7, "derived and pushed")
	derive(t, s, at, 7, familyDerived, otherJob)
	total(7, "derived after pushed")
	tick()
	push(t, s.intake.from(scraped), at, 7, familyScraped)
	push(t, s.intake.from(pushed), at, 7, familyPushed)
	derive(t, s, at, 7, familyDerived, otherJob)
	total(7, "all three")
	if got := ask(t, s, `llm_requests_total{job="crm"}`, at); len(got) != 1 {
		t.Errorf("the other job lost its derived series: %v", got)
	}
	if n := testutil.ToFloat64(s.intake.owners.left.WithLabelValues("llm_requests_total", "pushed")); n != 1 {
		t.Errorf("%v pushed samples left out, want 1", n)
	}

	stop(t, s)
	s = serve(t, Options{Dir: dir, Families: families, Interval: time.Hour})
	tick()
	push(t, s.intake.from(pushed), at, 9, familyPushed)
	derive(t, s, at, 9, familyDerived)
	push(t, s.intake.from(scraped), at, 9, familyScraped)
	total(9, "after a restart")
	got := s.Status(t.Context()).Intake.Owners
	if len(got) != 1 || got[0].Family != "llm_requests_total" || got[0].Job != "shop" || got[0].Origin != "scraped" {
		t.Errorf("owners: %+v", got)
	}
}

func TestASeriesThatTheNewOwnerHasTooGoesOn(t *testing.T) {
	s := serve(t, Options{Families: []string{"llm_requests_total"}, Interval: time.Hour})
	at := time.Now()
	derive(t, s, at, 7, familyDerived)
	at = at.Add(15 * time.Second)
	push(t, s.intake.from(pushed), at, 8, familyDerived)
	derive(t, s, at.Add(time.Second), 7, familyDerived)
	if got := ask(t, s, "llm_requests_total", at.Add(2*time.Second)); got[familyDerived.String()] != 8 || len(got) != 1 {
		t.Errorf("%v, want the pushed 8", got)
	}
}

// A library shows its families at zero from the start: that is no reason to stop deriving them.
func TestAZeroClaimsNothing(t *testing.T) {
	s := serve(t, Options{Families: []string{"llm_requests_total"}, Interval: time.Hour})
	at := time.Now()
	total := func(want float64, what string) {
		t.Helper()
		if got := ask(t, s, `sum(llm_requests_total{job="shop"})`, at); got["{}"] != want {
			t.Errorf("%s: total %v, want %v", what, got["{}"], want)
		}
	}
	tick := func() { at = at.Add(15 * time.Second) }
	push(t, s.intake.from(scraped), at, 0, familyScraped)
	derive(t, s, at, 7, familyDerived)
	total(7, "with a zero")
	tick()
	app := s.intake.from(scraped).AppenderV2(t.Context())
	if ref, err := app.Append(0, familyScraped, 0, at.UnixMilli(), 0, nil, nil, storage.AppendV2Options{}); ref != 0 || err != nil {
		t.Errorf("a zero is not to be known by reference: %d, %v", ref, err)
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	derive(t, s, at, 8, familyDerived)
	total(8, "with two zeros")
	tick()
	push(t, s.intake.from(scraped), at, 8, familyScraped)
	derive(t, s, at, 8, familyDerived)
	total(8, "once it counts itself")
	tick()
	push(t, s.intake.from(scraped), at, 0, familyScraped) // it started anew
	derive(t, s, at, 9, familyDerived)
	total(0, "the owner after its restart")
}

func TestAnOwnerThatIsSilentForADayIsGivenUp(t *testing.T) {
	s := serve(t, Options{Families: []string{"llm_requests_total"}, Interval: time.Hour})
	o := s.intake.owners
	begin := time.Now().Add(-49 * time.Hour)
	o.started = begin
	o.table[claim{"llm_requests_total", "shop"}] = owner{scraped, begin}
	push(t, s.intake.from(scraped), time.Now(), 1, labels.FromStrings("__name__", "llm_requests_total", "job", "crm"))
	for c, by := range o.claims() {
		by.since = begin
		o.table[c] = by
	}
	o.sweep(time.Now())
	if !o.derives("llm_requests_total", "shop") {
		t.Error("the silent owner keeps its family")
	}
	if o.derives("llm_requests_total", "crm") {
		t.Error("the owner that is heard lost its family")
	}
	o.started = time.Now().Add(-time.Hour) // started again: nobody could be heard for a day
	o.table[claim{"llm_requests_total", "shop"}] = owner{scraped, begin}
	o.sweep(time.Now())
	if o.derives("llm_requests_total", "shop") {
		t.Error("an owner lost its family since the server was down")
	}
}

func TestABrokenFileOfOwnersIsSetAside(t *testing.T) {
	dir := t.TempDir()
	file(t, dir, "owners.json", `[{"family":`)
	serve(t, Options{Dir: dir})
	if _, err := os.Stat(filepath.Join(dir, "owners.json.broken")); err != nil {
		t.Error(err)
	}
}

func TestTheOldAppenderIsGuardedAsWell(t *testing.T) {
	s := serve(t, Options{MaxSeries: 1, Interval: time.Hour})
	app, at := s.intake.from(pushed).Appender(t.Context()), time.Now().UnixMilli()
	for i, ls := range users(0, 2) {
		ref, err := app.Append(0, ls, at, 1)
		if err != nil || (ref != 0) != (i == 0) {
			t.Errorf("series %d: reference %d, %v", i, ref, err)
		}
		if _, err := app.AppendExemplar(ref, ls, exemplar.Exemplar{Labels: labels.FromStrings("trace_id", "a"), Ts: at}); err != nil {
			t.Errorf("exemplar of series %d: %v", i, err)
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkAppend(b *testing.B) {
	const n = 10_000
	var series []labels.Labels
	for i := range n {
		series = append(series, labels.FromStrings("__name__", fmt.Sprint("m_", i%100), "instance", fmt.Sprint(i/100), "job", "shop"))
	}
	for _, way := range []string{"plain", "intake"} {
		for _, cached := range []bool{true, false} {
			b.Run(fmt.Sprintf("%s/refs=%v", way, cached), func(b *testing.B) { benchmarkAppend(b, way == "intake", cached, series) })
		}
	}
}

func benchmarkAppend(b *testing.B, guarded, cached bool, series []labels.Labels) {
	reg := prometheus.NewRegistry()
	o := tsdb.DefaultOptions()
	g, err := newGuard(math.MaxInt32, reg, nil)
	if err != nil {
		b.Fatal(err)
	}
	owners, err := newOwners(b.TempDir(), []string{"llm_requests_total"}, reg, nil)
	if err != nil {
		b.Fatal(err)
	}
	o.SeriesLifecycleCallback = g
	db, err := tsdb.Open(b.TempDir(), nil, nil, o, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	start := func() (int64, error) { return 0, nil }
	away := remote.NewStorage(nil, reg, start, b.TempDir(), 0, nil, false)
	defer func() { _ = away.Close() }()
	var to storage.AppendableV2 = storage.NewFanout(nil, db, away)
	if guarded {
		in := &intake{primary: db, secondary: away, guard: g, owners: owners}
		to = in.from(pushed)
	}
	refs := make([]storage.SeriesRef, len(series))
	at := time.Now().UnixMilli()
	for b.Loop() {
		at += 15_000
		app := to.AppenderV2(b.Context())
		for i, ls := range series {
			ref, err := app.Append(refs[i], ls, 0, at, 1, nil, nil, storage.AppendV2Options{})
			if err != nil {
				b.Fatal(err)
			}
			if cached {
				refs[i] = ref
			}
		}
		if err := app.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(series))*float64(b.N)/b.Elapsed().Seconds()/1e6, "Msamples/s")
}
