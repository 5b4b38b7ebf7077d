// Package storetest is what every back-end must do, as tests. What a filter means, telemetry.MatchSpan and MatchLog
// define; the suite holds each back-end to them.
package storetest

import (
	"cmp"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Run tests a back-end. open returns a store that is empty and started, and stops it when the test ends.
func Run(t *testing.T, open func(t *testing.T) telemetry.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, telemetry.Store)
	}{
		{"every field comes back", testRoundTrip},
		{"order and range", testOrder},
		{"cursors", testCursors},
		{"filters", testFilters},
		{"light", testLight},
		{"chosen fields", testFields},
		{"traces and requests", testTraces},
		{"aggregates", testAggregates},
		{"values", testValues},
		{"repeats", testRepeats},
		{"recent", testRecent},
		{"books", testBooks},
		{"concurrency", testConcurrency},
		{"cancellation", testCancellation},
		{"life cycle", testLifecycle},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// world is a store and what was written to it.
type world struct {
	store telemetry.Store
	spans []telemetry.Span
	logs  []telemetry.Log
}

// fill writes batches of records and remembers them.
func fill(t *testing.T, s telemetry.Store, seed uint64, batches int) *world {
	t.Helper()
	g := NewRecords(seed)
	w := &world{store: s}
	for i := range batches {
		w.write(t, g.Batch(1+(i*3)%8, (i*5)%7))
	}
	return w
}

func (w *world) write(t *testing.T, b *telemetry.Batch) {
	t.Helper()
	w.spans, w.logs = append(w.spans, b.Spans...), append(w.logs, b.Logs...)
	if err := w.store.Write(t.Context(), b); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// collect reads a sequence to its end.
func collect[T any](t *testing.T, seq iter.Seq2[*T, error]) []T {
	t.Helper()
	var all []T
	for v, err := range seq {
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		all = append(all, *v)
	}
	return all
}

// same compares records. Absent and empty lists are the same, and the order of attributes is free.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	want, got = canonical(want), canonical(got)
	if reflect.DeepEqual(want, got) { // a hundred times as fast as the difference
		return
	}
	if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, cut(diff))
	}
}

// canonical returns a copy of records in which equal ones are deeply equal.
func canonical(v any) any {
	switch v := v.(type) {
	case telemetry.Attrs:
		return sorted(v)
	case []telemetry.Span:
		spans := append([]telemetry.Span(nil), v...)
		for i := range spans {
			s := &spans[i]
			s.Attributes, s.Resource = sorted(s.Attributes), sorted(s.Resource)
			s.Events, s.Links = append([]telemetry.SpanEvent(nil), s.Events...), append([]telemetry.Link(nil), s.Links...)
			for j := range s.Events {
				s.Events[j].Attributes = sorted(s.Events[j].Attributes)
			}
			for j := range s.Links {
				s.Links[j].Attributes = sorted(s.Links[j].Attributes)
			}
		}
		return spans
	case []telemetry.Log:
		logs := append([]telemetry.Log(nil), v...)
		for i := range logs {
			logs[i].Attributes, logs[i].Resource = sorted(logs[i].Attributes), sorted(logs[i].Resource)
		}
		return logs
	}
	return v
}

func sorted(a telemetry.Attrs) telemetry.Attrs {
	a = append(telemetry.Attrs(nil), a...)
	slices.SortFunc(a, func(x, y telemetry.Attr) int { return cmp.Compare(x.Key, y.Key) })
	return a
}

func cut(s string) string {
	if len(s) > 4000 {
		return s[:4000] + "…"
	}
	return s
}

// compareEvents is the order of results: equal times by ids, whichever way the times go.
func compareEvents(order telemetry.Order, a, b *telemetry.Event) int {
	times := cmp.Compare(a.Time, b.Time)
	if order == telemetry.NewestFirst {
		times = -times
	}
	return cmp.Or(times, slices.Compare(a.TraceID[:], b.TraceID[:]), slices.Compare(a.SpanID[:], b.SpanID[:]))
}

// expect is what a query must return: the definition, on slices.
func expect[T any](all []T, q *telemetry.Query, event func(*T) *telemetry.Event, match func(telemetry.Expr, *T) bool) []T {
	var found []T
	for i := range all {
		if q.Range.Contains(event(&all[i]).Time) && match(q.Filter, &all[i]) {
			found = append(found, all[i])
		}
	}
	slices.SortStableFunc(found, func(a, b T) int {
		return compareEvents(q.Order, event(&a), event(&b))
	})
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	return found
}

func spanEvent(s *telemetry.Span) *telemetry.Event { return &s.Event }
func logEvent(l *telemetry.Log) *telemetry.Event   { return &l.Event }

// ask compares the answers to a query, spans and logs, with the definition.
func (w *world) ask(t *testing.T, what string, q *telemetry.Query) {
	t.Helper()
	ctx := t.Context()
	same(t, what+", spans", expect(w.spans, q, spanEvent, telemetry.MatchSpan), collect(t, w.store.Spans(ctx, q)))
	same(t, what+", logs", expect(w.logs, q, logEvent, telemetry.MatchLog), collect(t, w.store.Logs(ctx, q)))
}

func testRoundTrip(t *testing.T, s telemetry.Store) {
	w := &world{store: s}
	g := NewRecords(11)
	for range 30 {
		w.write(t, &telemetry.Batch{Spans: []telemetry.Span{g.Span()}, Logs: []telemetry.Log{g.Log()}})
	}
	w.write(t, g.Batch(40, 40))
	w.ask(t, "everything", &telemetry.Query{Order: telemetry.OldestFirst})

	var huge telemetry.Log
	huge.Time, huge.Body = Epoch, strings.Repeat("a long line of a log ", 100_000)
	w.write(t, &telemetry.Batch{Logs: []telemetry.Log{huge}})
	w.ask(t, "with a text of 2 MB", &telemetry.Query{Range: telemetry.Range{From: Epoch, To: Epoch + 1}})
}

func testOrder(t *testing.T, s telemetry.Store) {
	w := fill(t, s, 12, 40)
	for _, order := range []telemetry.Order{telemetry.NewestFirst, telemetry.OldestFirst} {
		w.ask(t, "all", &telemetry.Query{Order: order})
		w.ask(t, "first 7", &telemetry.Query{Order: order, Limit: 7})
		mid := w.spans[len(w.spans)/2].Time
		w.ask(t, "from", &telemetry.Query{Order: order, Range: telemetry.Range{From: mid}})
		w.ask(t, "to", &telemetry.Query{Order: order, Range: telemetry.Range{To: mid}})
		w.ask(t, "one instant", &telemetry.Query{Order: order, Range: telemetry.Range{From: mid, To: mid + 1}})
		w.ask(t, "nothing", &telemetry.Query{Order: order, Range: telemetry.Range{From: 5, To: 6}})
	}
}

// testCursors reads in pages while many records share their time, and some their ids too.
func testCursors(t *testing.T, s telemetry.Store) {
	w := &world{store: s}
	g := NewRecords(13)
	for i := range 20 {
		b := g.Batch(4, 4)
		for j := range b.Spans {
			b.Spans[j].Time = Epoch + int64(i%3)
		}
		for j := range b.Logs {
			b.Logs[j].Time = Epoch + int64(i%2)
			b.Logs[j].TraceID, b.Logs[j].SpanID = telemetry.TraceID{1}, telemetry.SpanID{byte(i % 2)}
		}
		w.write(t, b)
	}
	for _, order := range []telemetry.Order{telemetry.NewestFirst, telemetry.OldestFirst} {
		for _, size := range []int{1, 7, 1000} {
			all := &telemetry.Query{Order: order}
			same(t, "pages of spans", expect(w.spans, all, spanEvent, telemetry.MatchSpan), pages(t, order, size, spanEvent, func(q *telemetry.Query) []telemetry.Span {
				return collect(t, s.Spans(t.Context(), q))
			}))
			got := pages(t, order, size, logEvent, func(q *telemetry.Query) []telemetry.Log { return collect(t, s.Logs(t.Context(), q)) })
			want := expect(w.logs, all, logEvent, telemetry.MatchLog)
			same(t, "pages of logs", bodies(want), bodies(got))
		}
	}
}

func bodies(logs []telemetry.Log) []string {
	var all []string
	for i := range logs {
		all = append(all, logs[i].Body)
	}
	slices.Sort(all)
	return all
}

func pages[T any](t *testing.T, order telemetry.Order, size int, event func(*T) *telemetry.Event, get func(*telemetry.Query) []T) []T {
	t.Helper()
	var all []T
	var after *telemetry.Cursor
	for range 1000 {
		page := get(&telemetry.Query{Order: order, Limit: size, After: after})
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		last := event(&all[len(all)-1])
		next := telemetry.Cursor{Time: last.Time, TraceID: last.TraceID, SpanID: last.SpanID}
		for i := len(all) - 1; i >= 0 && compareEvents(order, event(&all[i]), last) == 0; i-- {
			next.Skip++
		}
		after = &next
	}
	t.Fatal("pages do not end")
	return nil
}
