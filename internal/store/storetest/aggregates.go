package storetest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// testAggregates groups in several ways and compares with sums done here.
func testAggregates(t *testing.T, s telemetry.Store) {
	w := &world{store: s}
	g := NewRecords(31)
	for i := range 30 {
		b := g.Batch(8, 4)
		for j := range b.Spans {
			b.Spans[j].Service = fmt.Sprintf("svc-%d", (i+j)%4)
			if b.Spans[j].GenAI != nil {
				b.Spans[j].GenAI.RequestModel = fmt.Sprintf("model-%d", j%3)
			}
		}
		for j := range b.Logs {
			b.Logs[j].Service = fmt.Sprintf("svc-%d", j%2)
		}
		w.write(t, b)
	}
	field := telemetry.MustField
	columns := []telemetry.Aggregation{
		{Func: telemetry.CountRecords},
		{Func: telemetry.Sum, Field: field("cost")},
		{Func: telemetry.Avg, Field: field("tokens.in")},
		{Func: telemetry.Min, Field: field("ttft")},
		{Func: telemetry.Max, Field: field("tokens")},
		{Func: telemetry.Quantile, Field: field("duration"), Quantile: 0.5},
		{Func: telemetry.Quantile, Field: field("duration"), Quantile: 0.99},
	}
	some := telemetry.Range{From: Epoch, To: Epoch + 30*60*1e9}
	for _, q := range []telemetry.AggregateQuery{
		{OrderBy: -1},
		{OrderBy: -1, Bucket: 10 * time.Minute},
		{OrderBy: -1, GroupBy: []telemetry.FieldRef{field("service")}},
		{OrderBy: -1, GroupBy: []telemetry.FieldRef{field("service"), field("model")}, Bucket: time.Hour},
		{OrderBy: -1, GroupBy: []telemetry.FieldRef{field("service")}, Range: some, Filter: telemetry.Cond{Field: field("service"), Op: telemetry.Equals, Values: []string{"svc-1", "svc-2"}}},
		{OrderBy: -1, Filter: telemetry.Cond{Field: field("service"), Op: telemetry.Equals, Values: []string{"no such service"}}, GroupBy: []telemetry.FieldRef{field("model")}},
	} {
		for _, signal := range []telemetry.Signal{telemetry.SignalSpans, telemetry.SignalLogs} {
			q.Signal, q.Columns = signal, columns
			w.aggregate(t, &q)
		}
	}
	w.top(t)
}

// group is what the definition makes of the records of one group.
type group struct {
	count  int
	values [][]float64 // known values, by column
}

func (w *world) groups(q *telemetry.AggregateQuery) map[string]*group {
	groups := map[string]*group{}
	add := func(at int64, text func(telemetry.FieldRef) string, number func(telemetry.FieldRef) telemetry.Opt) {
		bucket := int64(0)
		if q.Bucket > 0 {
			bucket = at - at%int64(q.Bucket)
		}
		key := []string{fmt.Sprint(bucket)}
		for _, ref := range q.GroupBy {
			key = append(key, text(ref))
		}
		k := strings.Join(key, "\x00")
		g := groups[k]
		if g == nil {
			g = &group{values: make([][]float64, len(q.Columns))}
			groups[k] = g
		}
		g.count++
		for i, c := range q.Columns {
			if c.Func == telemetry.CountRecords {
				continue
			}
			if n := number(c.Field); n.Known {
				g.values[i] = append(g.values[i], float64(n.Value))
			}
		}
	}
	all := &telemetry.Query{Range: q.Range, Filter: q.Filter}
	if q.Signal == telemetry.SignalSpans {
		for _, s := range expect(w.spans, all, spanEvent, telemetry.MatchSpan) {
			add(s.Time, func(r telemetry.FieldRef) string { return r.SpanText(&s) }, func(r telemetry.FieldRef) telemetry.Opt { return r.SpanNumber(&s) })
		}
		return groups
	}
	for _, l := range expect(w.logs, all, logEvent, telemetry.MatchLog) {
		add(l.Time, func(r telemetry.FieldRef) string { return r.LogText(&l) }, func(r telemetry.FieldRef) telemetry.Opt { return r.LogNumber(&l) })
	}
	return groups
}

func (w *world) aggregate(t *testing.T, q *telemetry.AggregateQuery) {
	t.Helper()
	what := fmt.Sprintf("%s by %v every %v", q.Signal, q.GroupBy, q.Bucket)
	table, err := w.store.Aggregate(t.Context(), q)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	want := w.groups(q)
	seen := map[string]bool{}
	for _, row := range table.Rows {
		bucket := row.Bucket
		if q.Bucket == 0 {
			bucket = 0 // one bucket, wherever it begins
		}
		k := strings.Join(append([]string{fmt.Sprint(bucket)}, row.Keys...), "\x00")
		g := want[k]
		if g == nil && len(want) == 0 && row.Values[0] == 0 {
			continue // a total of nothing may be a row
		}
		if g == nil || seen[k] {
			t.Errorf("%s: group %q is not expected", what, k)
			continue
		}
		seen[k] = true
		for i, c := range q.Columns {
			if msg := g.differs(i, &c, row.Values[i]); msg != "" {
				t.Errorf("%s, group %q, column %d: %s", what, k, i, msg)
			}
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%s: %d groups, want %d", what, len(seen), len(want))
	}
}

// differs says how a value differs from the definition; quantiles may by one percent of the value of their rank.
func (g *group) differs(column int, c *telemetry.Aggregation, got float64) string {
	v := slices.Sorted(slices.Values(g.values[column]))
	want, within := math.NaN(), 1e-9
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	switch {
	case c.Func == telemetry.CountRecords:
		want = float64(g.count)
	case len(v) == 0:
	case c.Func == telemetry.Sum:
		want = sum
	case c.Func == telemetry.Avg:
		want = sum / float64(len(v))
	case c.Func == telemetry.Min:
		want = v[0]
	case c.Func == telemetry.Max:
		want = v[len(v)-1]
	case c.Func == telemetry.Quantile:
		rank := c.Quantile * float64(len(v)-1) // either neighbour of the rank will do
		low, high := v[int(math.Floor(rank))], v[int(math.Ceil(rank))]
		if got >= low*0.98 && got <= high*1.02 {
			return ""
		}
		want = low
	}
	if math.IsNaN(want) && math.IsNaN(got) || math.Abs(got-want) <= within*math.Abs(want) {
		return ""
	}
	return fmt.Sprintf("%g, want %g", got, want)
}

// top asks for the largest groups only.
func (w *world) top(t *testing.T) {
	t.Helper()
	table, err := w.store.Aggregate(t.Context(), &telemetry.AggregateQuery{
		GroupBy: []telemetry.FieldRef{telemetry.MustField("service")}, OrderBy: 0, Limit: 2,
		Columns: []telemetry.Aggregation{{Func: telemetry.CountRecords}},
	})
	if err != nil {
		t.Error(err)
		return
	}
	var counts []float64
	for _, g := range w.groups(&telemetry.AggregateQuery{GroupBy: []telemetry.FieldRef{telemetry.MustField("service")}}) {
		counts = append(counts, float64(g.count))
	}
	slices.Sort(counts)
	slices.Reverse(counts)
	var got []float64
	for _, r := range table.Rows {
		got = append(got, r.Values[0])
	}
	same(t, "the two largest services", counts[:2], got)
}
