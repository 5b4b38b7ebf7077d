package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
)

// start is a Server that runs in a folder of its own, until the test ends.
func start(t *testing.T, change ...func(*Options)) *Server {
	t.Helper()
	o := Options{Dir: t.TempDir(), Registry: prometheus.NewRegistry(), External: &url.URL{Scheme: "http", Host: "localhost:4318"}}
	for _, f := range change {
		f(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// write appends a sample for each pair of time and value.
func write(t *testing.T, s *Server, series labels.Labels, points ...Point) {
	t.Helper()
	app := s.db.Appender(t.Context())
	for _, p := range points {
		if _, err := app.Append(0, series, p.T, p.V); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestQuery(t *testing.T) {
	s := start(t)
	now := time.Now().Truncate(time.Second)
	at := func(ago time.Duration) int64 { return now.Add(-ago).UnixMilli() }
	write(t, s, labels.FromStrings("__name__", "lamp", "job", "a"), Point{at(time.Minute), 1}, Point{at(0), 3})
	write(t, s, labels.FromStrings("__name__", "lamp", "job", "b"), Point{at(0), 2})
	app := s.db.Appender(t.Context())
	h := tsdbutil.GenerateTestFloatHistogram(1)
	if _, err := app.AppendHistogram(0, labels.FromStrings("__name__", "h"), at(0), nil, h); err != nil {
		t.Fatal(err)
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}

	lamp := func(job string, p ...Point) Series {
		return Series{Labels: map[string]string{"__name__": "lamp", "job": job}, Points: p}
	}
	for _, c := range []struct {
		expr string
		want Result
	}{
		{"lamp", Result{Series: []Series{lamp("a", Point{at(0), 3}), lamp("b", Point{at(0), 2})}}},
		{`lamp{job="a"}[2m]`, Result{Series: []Series{lamp("a", Point{at(time.Minute), 1}, Point{at(0), 3})}}},
		{"1+1", Result{Series: []Series{{Labels: map[string]string{}, Points: []Point{{at(0), 2}}}}}},
		{`"text"`, Result{Text: "text"}},
		{"nothing", Result{Series: []Series{}}},
	} {
		got, err := s.Query(t.Context(), c.expr, now)
		if err != nil {
			t.Fatalf("%s: %v", c.expr, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.expr, diff)
		}
	}

	got, err := s.Query(t.Context(), "h", now)
	if err != nil || len(got.Series) != 1 || len(got.Series[0].Histograms) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	one, sum := got.Series[0].Histograms[0], 0.0
	for _, b := range one.Buckets {
		sum += b.Count
	}
	if one.Count != h.Count || one.Sum != h.Sum || sum != h.Count {
		t.Errorf("%+v of %v", one, h)
	}

	got, err = s.QueryRange(t.Context(), `sum(lamp)`, now.Add(-time.Minute), now, 30*time.Second)
	want := Result{Series: []Series{{Labels: map[string]string{}, Points: []Point{{at(time.Minute), 1}, {at(30 * time.Second), 1}, {at(0), 5}}}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if got, _ := s.Query(t.Context(), "rate(lamp[5m])", now); len(got.Warnings) == 0 {
		t.Error("no word that lamp is no counter")
	}
}

func TestQueryErrors(t *testing.T) {
	s := start(t, func(o *Options) { o.Limits.Samples = 10 })
	now := time.Now()
	for i := range 12 {
		write(t, s, labels.FromStrings("__name__", "many", "i", fmt.Sprint(i)), Point{now.UnixMilli(), 1})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		do   func() error
		want error
	}{
		"samples": {func() error { _, err := s.Query(t.Context(), "many", now); return err }, ErrTooExpensive},
		"steps": {func() error {
			_, err := s.QueryRange(t.Context(), "up", now.Add(-time.Hour), now, time.Millisecond)
			return err
		}, ErrTooExpensive},
		"gone": {func() error { _, err := s.Query(gone, "many", now); return err }, context.Canceled},
	} {
		if err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Query(t.Context(), "sum(many", now); !isSyntax(err) {
		t.Error(err)
	}
	if _, err := s.LabelValues(t.Context(), "job", []string{"{"}, time.Time{}, now); !isSyntax(err) {
		t.Error(err)
	}
	if _, err := s.QueryRange(t.Context(), "up", now, now.Add(-1), time.Second); err == nil {
		t.Error("the end may be before the start")
	}
	if _, err := s.QueryRange(t.Context(), "up", now, now, 0); err == nil {
		t.Error("a step may be 0")
	}
}

func isSyntax(err error) bool { _, ok := errors.AsType[*SyntaxError](err); return ok }

func TestParseExpr(t *testing.T) {
	for _, c := range []struct {
		expr         string
		line, column int
	}{
		{`sum(rate(x_total[5m])) by (job)`, 0, 0},
		{"sum(\n  rate(x[5m]\n)", 3, 2},
		{"rate(x)", 1, 6},
		{"", 0, 0},
		{"up ++++ ", 1, 9},
	} {
		err := ParseExpr(c.expr)
		if c.line == 0 && c.expr != "" {
			if err != nil {
				t.Errorf("%q: %v", c.expr, err)
			}
			continue
		}
		e, ok := errors.AsType[*SyntaxError](err)
		if !ok {
			t.Errorf("%q: %v", c.expr, err)
			continue
		}
		if e.Line != c.line || e.Column != c.column || e.Message == "" {
			t.Errorf("%q: %+v", c.expr, e)
		}
	}
}

func FuzzParseExpr(f *testing.F) {
	for _, expr := range []string{"up", "sum(", "\n\nrate(x)", "{é=\"", "x[1m:1s] @ start()"} {
		f.Add(expr)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		err := ParseExpr(expr)
		if e, ok := errors.AsType[*SyntaxError](err); err != nil && (!ok || e.Line < 0 || e.Column < 0 || e.Column > len(expr)+1) {
			t.Fatalf("%q: %v", expr, err)
		}
	})
}

func TestExemplarsAndLabels(t *testing.T) {
	s := start(t)
	now := time.Now()
	series := labels.FromStrings("__name__", "calls_total", "job", "a")
	app := s.db.Appender(t.Context())
	ref, err := app.Append(0, series, now.UnixMilli(), 1)
	if err != nil {
		t.Fatal(err)
	}
	e := exemplar.Exemplar{Labels: labels.FromStrings("trace_id", "abc"), Value: 0.5, Ts: now.UnixMilli(), HasTs: true}
	if _, err := app.AppendExemplar(ref, series, e); err != nil {
		t.Fatal(err)
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	write(t, s, labels.FromStrings("__name__", "other", "job", "b"), Point{now.UnixMilli(), 1})

	got, err := s.Exemplars(t.Context(), "sum(rate(calls_total[5m]))", now.Add(-time.Hour), now)
	want := []Exemplar{{series.Map(), map[string]string{"trace_id": "abc"}, now.UnixMilli(), 0.5}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if got, err := s.Exemplars(t.Context(), "1", time.Time{}, now); got != nil || err != nil {
		t.Error(got, err)
	}
	names := func(v []string, err error) []string {
		if err != nil {
			t.Error(err)
		}
		return v
	}
	ours := []string{`{job=~"a|b"}`} // the server's own metrics come when they come
	for _, c := range []struct{ want, got []string }{
		{[]string{"a", "b"}, names(s.LabelValues(t.Context(), "job", ours, time.Time{}, now))},
		{[]string{"b"}, names(s.LabelValues(t.Context(), "job", []string{"other"}, time.Time{}, now))},
		{[]string{"a", "b"}, names(s.LabelValues(t.Context(), "job", []string{"other", `{job="a"}`}, time.Time{}, now))},
		{[]string{"__name__", "job"}, names(s.LabelNames(t.Context(), ours, now.Add(-time.Hour), now))},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestQueryBeforeStartAndAfterStop(t *testing.T) {
	s, err := New(Options{Dir: t.TempDir(), Registry: prometheus.NewRegistry(), External: &url.URL{}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() {
		t.Helper()
		if _, err := s.Query(t.Context(), "up", time.Now()); !errors.Is(err, ErrNotReady) {
			t.Error(err)
		}
	}
	ask()
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	s, err = New(Options{Dir: t.TempDir(), Registry: prometheus.NewRegistry(), External: &url.URL{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
	ask()
}
