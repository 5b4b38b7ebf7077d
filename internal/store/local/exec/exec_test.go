package exec_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/store/local/exec"
	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/store/local/part/parttest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var same = gocmp.Options{
	cmpopts.EquateEmpty(), cmpopts.EquateNaNs(),
	cmpopts.SortSlices(func(a, b telemetry.Attr) bool { return a.Key < b.Key }),
}

// world is an engine and all that was put into it.
type world struct {
	*exec.Engine
	snap  *exec.Snapshot
	fs    disk.FS
	spans []telemetry.Span // merged with their repeats, in order
	logs  []telemetry.Log
	loose []telemetry.Span // repeats without a base
}

// layout says where rows go: how many parts they make, how many of these are merged, and how many memtables follow; and how
// many rows of a thousand are repeats.
type layout struct{ rows, parts, merge, memtables, repeats int }

func newWorld(t *testing.T, seed uint64, l layout) *world {
	t.Helper()
	dir, err := disk.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	w := &world{fs: dir, snap: &exec.Snapshot{}}
	w.Engine = exec.New(func() (*exec.Snapshot, func()) { return w.snap, func() {} }, exec.Options{Workers: 3})
	g := parttest.New(seed)
	var repeats []telemetry.Span
	tables := max(l.parts+l.memtables, 1)
	for i := range tables {
		m := part.NewMemtable()
		for range l.rows / tables {
			switch n := g.R.IntN(1000); {
			case n < l.repeats:
				s := g.Repeat()
				repeats = append(repeats, s)
				m.AddSpan(&s)
			case n < 550:
				s := g.Span()
				w.spans = append(w.spans, s)
				m.AddSpan(&s)
			default:
				l := g.Log()
				w.logs = append(w.logs, l)
				m.AddLog(&l)
			}
		}
		if i >= l.parts {
			w.snap.Memtables = append(w.snap.Memtables, m.Snapshot())
			continue
		}
		w.addPart(t, fmt.Sprint(i), func(name string) (part.Meta, error) { return part.Write(t.Context(), dir, name, m) })
	}
	if l.merge > 0 {
		old := w.snap.Parts
		w.snap.Parts = nil
		w.addPart(t, "merged", func(name string) (part.Meta, error) { return part.Merge(t.Context(), dir, name, old[:l.merge], nil) })
		w.snap.Parts = append(w.snap.Parts, old[l.merge:]...)
	}
	w.mergeRepeats(repeats)
	slices.SortStableFunc(w.spans, func(a, b telemetry.Span) int { return compare(&a.Event, &b.Event) })
	slices.SortStableFunc(w.logs, func(a, b telemetry.Log) int { return compare(&a.Event, &b.Event) })
	return w
}

func (w *world) addPart(t *testing.T, name string, write func(name string) (part.Meta, error)) {
	t.Helper()
	if _, err := write(name); err != nil {
		t.Fatal(err)
	}
	p, err := part.Open(w.fs, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	w.snap.Parts = append(w.snap.Parts, p)
}

func (w *world) mergeRepeats(repeats []telemetry.Span) {
	for _, r := range repeats {
		based := false
		for i := range w.spans {
			s := &w.spans[i]
			if s.TraceID == r.TraceID && s.SpanID == r.SpanID {
				if s.GenAI != nil {
					own := *s.GenAI
					s.GenAI = &own
				}
				s.Attributes = slices.Clone(s.Attributes)
				part.MergeRepeat(s, &r)
				based = true
			}
		}
		if !based {
			w.loose = append(w.loose, r)
		}
	}
}

func compare(a, b *telemetry.Event) int {
	return cmp.Or(cmp.Compare(a.Time, b.Time), bytes.Compare(a.TraceID[:], b.TraceID[:]), bytes.Compare(a.SpanID[:], b.SpanID[:]))
}

// inOrder returns what matches, as the query wants it, the slow way.
func inOrder[T any](all []T, q *telemetry.Query, event func(*T) *telemetry.Event, match func(telemetry.Expr, *T) bool) (found []T) {
	for i := range all {
		if q.Range.Contains(event(&all[i]).Time) && match(q.Filter, &all[i]) {
			found = append(found, all[i])
		}
	}
	order := func(a, b *telemetry.Event) int {
		if q.Order == telemetry.NewestFirst && a.Time != b.Time {
			return cmp.Compare(b.Time, a.Time)
		}
		return compare(a, b)
	}
	slices.SortStableFunc(found, func(a, b T) int { return order(event(&a), event(&b)) })
	if c := q.After; c != nil {
		at := &telemetry.Event{Time: c.Time, TraceID: c.TraceID, SpanID: c.SpanID}
		skip := c.Skip
		found = slices.DeleteFunc(found, func(v T) bool {
			n := order(event(&v), at)
			if n == 0 && skip > 0 {
				skip--
				return true
			}
			return n < 0
		})
	}
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	return found
}

func (w *world) wantSpans(q *telemetry.Query) []telemetry.Span {
	return inOrder(w.spans, q, func(s *telemetry.Span) *telemetry.Event { return &s.Event }, telemetry.MatchSpan)
}

func (w *world) wantLogs(q *telemetry.Query) []telemetry.Log {
	return inOrder(w.logs, q, func(l *telemetry.Log) *telemetry.Event { return &l.Event }, telemetry.MatchLog)
}

func (w *world) getSpans(t *testing.T, q *telemetry.Query) (list []telemetry.Span) {
	t.Helper()
	for s, err := range w.Spans(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, *s)
	}
	return list
}

func (w *world) getLogs(t *testing.T, q *telemetry.Query) (list []telemetry.Log) {
	t.Helper()
	for l, err := range w.Logs(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, *l)
	}
	return list
}

// queries makes random queries about records of parttest.
type queries struct{ r *rand.Rand }

func choose[T any](q queries, list ...T) T { return list[q.r.IntN(len(list))] }

func (q queries) expr(depth int) telemetry.Expr {
	if depth > 0 {
		switch q.r.IntN(5) {
		case 0:
			return telemetry.Not{Expr: q.expr(depth - 1)}
		case 1, 2:
			list := make(telemetry.And, q.r.IntN(4))
			for i := range list {
				list[i] = q.expr(depth - 1)
			}
			return list
		case 3:
			list := make(telemetry.Or, q.r.IntN(4))
			for i := range list {
				list[i] = q.expr(depth - 1)
			}
			return list
		}
	}
	return q.cond()
}

var valuesOf = map[string][]string{
	"trace": {"01000000000000000000000000000007", "05000000000000000000000000000007"}, "user": {"user-1", "late-user"}, "request": {"req-1", "req-42"},
}

func (q queries) cond() telemetry.Cond {
	fields := telemetry.Fields()
	f := fields[q.r.IntN(len(fields))]
	c := telemetry.Cond{Field: telemetry.FieldRef{Field: f}}
	if f.Keyed {
		c.Field.Key = choose(q, "http.route", "user.plan", "User.Plan", "retries", "blob", "", "rare.7", "host.name", `o"s`, "nokey")
	}
	if f.Type.Numeric() {
		c.Op = choose(q, telemetry.Between, telemetry.Between, telemetry.Exists)
		c.Low, c.High = choose(q, math.Inf(-1), 0, 200, 1e4), choose(q, math.Inf(1), 429, 1e6, 1e9)
		return c
	}
	c.Op = telemetry.Op(q.r.IntN(int(telemetry.Phrase) + 1))
	c.Low, c.High = choose(q, math.Inf(-1), 0, 3), choose(q, math.Inf(1), 4.5)
	pool := []string{
		"", "a", "b", "3", "ok", "error", "log", "client", "server", "gpt-4o", "api", "prod", "info", "true", "stop", "refund", "Refund", "über",
		"token", "token-limit", "limit", "rate_limit", "refund order", "fund", "und ord", "t1", "GET", "POST", "h1", "chat", "late", "late-agent", "日本語", ".", " ",
	}
	pool = append(pool, valuesOf[f.Name]...)
	pool = append(pool, valuesOf[f.Name]...)
	for range 1 + q.r.IntN(3) {
		c.Values = append(c.Values, choose(q, pool...))
	}
	return c
}

func (q queries) rangeOf(g *parttest.Gen) (r telemetry.Range) {
	if q.r.IntN(2) == 0 {
		r.From = g.Base + q.r.Int64N(g.Spread)
	}
	if q.r.IntN(2) == 0 {
		r.To = g.Base + q.r.Int64N(g.Spread)
	}
	return r
}

var layouts = map[string]layout{
	"memtable":  {rows: 9000, memtables: 1, repeats: 5},
	"memtables": {rows: 6000, memtables: 3, repeats: 5},
	"parts":     {rows: 12000, parts: 4},
	"both":      {rows: 9000, parts: 3, memtables: 2},
	"merged":    {rows: 9000, parts: 4, merge: 3, memtables: 1, repeats: 5},
	"repeats":   {rows: 3000, parts: 2, memtables: 1, repeats: 100},
}

// check compares, the slow way only to say what differs.
func check[T any](t *testing.T, what string, want, got []T, key func(*T) string) {
	t.Helper()
	a, b := keys(want, key), keys(got, key)
	if slices.Equal(a, b) {
		return
	}
	t.Fatalf("%s (-want +got):\n%s", what, gocmp.Diff(a, b))
}

// The engine must find what the domain's own slow evaluation finds, wherever the rows lie.
func TestFindsWhatTheDomainFinds(t *testing.T) {
	for name, l := range layouts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 11, l)
			gen := parttest.New(0)
			q := queries{rand.New(rand.NewPCG(uint64(len(name)), 5))}
			cases := 800
			if testing.Short() {
				cases = 100
			}
			for n := range cases {
				query := &telemetry.Query{
					Range: q.rangeOf(gen), Filter: q.expr(3), Order: telemetry.Order(q.r.IntN(2)), Limit: choose(q, 1, 5, 100, 100, 1000),
				}
				if n%50 == 0 {
					query.Filter, query.Limit = nil, 0
				}
				what := fmt.Sprintf("case %d: %s", n, show(query))
				if q.r.IntN(2) == 0 {
					want, got := w.wantSpans(query), w.getSpans(t, query)
					check(t, what, want, got, spanKey)
					if diff := gocmp.Diff(want[:min(n%6, len(want))], got[:min(n%6, len(got))], same); diff != "" {
						t.Fatalf("%s (-want +got):\n%s", what, diff)
					}
					continue
				}
				want, got := w.wantLogs(query), w.getLogs(t, query)
				check(t, what, want, got, logKey)
				if diff := gocmp.Diff(want[:min(n%6, len(want))], got[:min(n%6, len(got))], same); diff != "" {
					t.Fatalf("%s (-want +got):\n%s", what, diff)
				}
			}
		})
	}
}

func keys[T any](list []T, key func(*T) string) (out []string) {
	for i := range list {
		out = append(out, key(&list[i]))
	}
	return out
}

func spanKey(s *telemetry.Span) string {
	return fmt.Sprintf("%d %s %s", s.Time, s.TraceID, s.SpanID)
}

func logKey(l *telemetry.Log) string {
	return fmt.Sprintf("%d %s %s %d %.40q", l.Time, l.TraceID, l.SpanID, l.Batch, l.Body)
}

func show(q *telemetry.Query) string {
	return fmt.Sprintf("%+v: %s", *q, showExpr(q.Filter))
}

func showExpr(x telemetry.Expr) string {
	switch x := x.(type) {
	case telemetry.And:
		return "and" + fmt.Sprint(showAll(x))
	case telemetry.Or:
		return "or" + fmt.Sprint(showAll(x))
	case telemetry.Not:
		return "not(" + showExpr(x.Expr) + ")"
	case telemetry.Cond:
		return fmt.Sprintf("%s %d %q %g..%g", x.Field, x.Op, x.Values, x.Low, x.High)
	}
	return "everything"
}

func showAll(list []telemetry.Expr) (out []string) {
	for _, x := range list {
		out = append(out, showExpr(x))
	}
	return out
}

func TestCursorsLeaveNothingOut(t *testing.T) {
	w := newWorld(t, 12, layout{rows: 6000, parts: 3, memtables: 1, repeats: 10})
	for _, order := range []telemetry.Order{telemetry.NewestFirst, telemetry.OldestFirst} {
		want := w.wantLogs(&telemetry.Query{Order: order})
		var got []telemetry.Log
		q := &telemetry.Query{Order: order, Limit: 37}
		for {
			page := w.getLogs(t, q)
			got = append(got, page...)
			if len(page) < q.Limit {
				break
			}
			last := page[len(page)-1]
			q.After = &telemetry.Cursor{Time: last.Time, TraceID: last.TraceID, SpanID: last.SpanID}
			for i := len(got) - 1; i >= 0 && compare(&got[i].Event, &last.Event) == 0; i-- {
				q.After.Skip++
			}
		}
		check(t, fmt.Sprintf("order %d", order), want, got, logKey)
	}
}

func TestLightCutsLongTexts(t *testing.T) {
	w := newWorld(t, 13, layout{rows: 2000, parts: 1, memtables: 1})
	full, light := w.getSpans(t, &telemetry.Query{Limit: 300}), w.getSpans(t, &telemetry.Query{Limit: 300, Light: true})
	for i := range full {
		f, l := &full[i], &light[i]
		if l.Events != nil || l.Links != nil || l.Resource != nil {
			t.Fatalf("span %d has events, links or resource", i)
		}
		if f.GenAI == nil {
			continue
		}
		if a, b := f.GenAI.ToolResult, l.GenAI.ToolResult; len(b) > telemetry.PreviewBytes || a[:len(b)] != b || len(b) < min(len(a), telemetry.PreviewBytes-3) {
			t.Fatalf("span %d: %d of %d bytes are left", i, len(b), len(a))
		}
	}
}

func TestTraceAndRequest(t *testing.T) {
	traces, requests := 8, 3
	if testing.Short() {
		traces, requests = 2, 1
	}
	for name, l := range layouts {
		w := newWorld(t, 14, l)
		for n := range traces {
			var id telemetry.TraceID
			id[0], id[15] = byte(n), 7
			got, err := w.Trace(t.Context(), id, telemetry.Range{}, false)
			if err != nil {
				t.Fatal(err)
			}
			w.compareRecords(t, name+" trace "+id.String(), got, equals("trace", id.String()))
		}
		for n := range requests {
			req := fmt.Sprintf("req-%d", n)
			got, err := w.Request(t.Context(), req, telemetry.Range{}, false)
			if err != nil {
				t.Fatal(err)
			}
			filter := telemetry.Or{equals("request", req)}
			for _, s := range w.wantSpans(&telemetry.Query{Filter: filter[0]}) {
				if !s.TraceID.IsZero() {
					filter = append(filter, equals("trace", s.TraceID.String()))
				}
			}
			for _, l := range w.wantLogs(&telemetry.Query{Filter: filter[0]}) {
				if !l.TraceID.IsZero() {
					filter = append(filter, equals("trace", l.TraceID.String()))
				}
			}
			w.compareRecords(t, name+" request "+req, got, filter)
		}
	}
}

func (w *world) compareRecords(t *testing.T, what string, got telemetry.Records, filter telemetry.Expr) {
	t.Helper()
	q := &telemetry.Query{Order: telemetry.OldestFirst, Filter: filter}
	want := w.wantSpans(q)
	want = append(want, inOrder(w.loose, q, func(s *telemetry.Span) *telemetry.Event { return &s.Event }, telemetry.MatchSpan)...)
	slices.SortStableFunc(want, func(a, b telemetry.Span) int { return compare(&a.Event, &b.Event) })
	check(t, what, want, got.Spans, spanKey)
	check(t, what, w.wantLogs(q), got.Logs, logKey)
}

func equals(field string, values ...string) telemetry.Cond {
	return telemetry.Cond{Field: telemetry.MustField(field), Op: telemetry.Equals, Values: values}
}

func TestRecentKnowsWhoWasThere(t *testing.T) {
	w := newWorld(t, 15, layout{rows: 5000, parts: 2, memtables: 1})
	since := parttest.New(0).Base + parttest.New(0).Spread/2
	want := map[telemetry.Identity]int{}
	for _, s := range w.spans {
		if s.Time >= since {
			id := telemetry.Identity{TraceID: s.TraceID, SpanID: s.SpanID, Time: s.Time}
			if s.GenAI != nil && s.GenAI.Counts {
				id.Provider, id.ResponseID = s.GenAI.Provider, s.GenAI.ResponseID
			}
			want[id]++
		}
	}
	for _, l := range w.logs {
		if l.Time >= since {
			want[telemetry.Identity{TraceID: l.TraceID, SpanID: l.SpanID, Time: l.Time, Batch: l.Batch}]++
		}
	}
	got := map[telemetry.Identity]int{}
	last := int64(math.MaxInt64)
	for id, err := range w.Recent(t.Context(), since) {
		if err != nil {
			t.Fatal(err)
		}
		if id.Time > last {
			t.Fatalf("%d comes after %d", id.Time, last)
		}
		last = id.Time
		got[id]++
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestQueriesEndWithTheirContext(t *testing.T) {
	w := newWorld(t, 16, layout{rows: 9000, parts: 2, memtables: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Trace(ctx, telemetry.TraceID{1}, telemetry.Range{}, false); !errors.Is(err, context.Canceled) {
		t.Errorf("trace: %v", err)
	}
	if _, err := w.Aggregate(ctx, &telemetry.AggregateQuery{}); !errors.Is(err, context.Canceled) {
		t.Errorf("aggregate: %v", err)
	}
	n := 0
	ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, err := range w.Spans(ctx, &telemetry.Query{}) {
		if n++; n == 2500 {
			cancel()
		}
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			return
		}
	}
	t.Error("the sequence went on without its context")
}
