package exec_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/store/local/part/parttest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// record is what an aggregate needs of a span or a log.
type record struct {
	time   int64
	text   func(telemetry.FieldRef) string
	number func(telemetry.FieldRef) telemetry.Opt
}

func (w *world) matching(q *telemetry.AggregateQuery) (list []record) {
	if q.Signal == telemetry.SignalLogs {
		for i := range w.logs {
			if l := &w.logs[i]; q.Range.Contains(l.Time) && telemetry.MatchLog(q.Filter, l) {
				list = append(list, record{
					l.Time, func(r telemetry.FieldRef) string { return r.LogText(l) },
					func(r telemetry.FieldRef) telemetry.Opt { return r.LogNumber(l) },
				})
			}
		}
		return list
	}
	for i := range w.spans {
		if s := &w.spans[i]; q.Range.Contains(s.Time) && telemetry.MatchSpan(q.Filter, s) {
			list = append(list, record{
				s.Time, func(r telemetry.FieldRef) string { return r.SpanText(s) },
				func(r telemetry.FieldRef) telemetry.Opt { return r.SpanNumber(s) },
			})
		}
	}
	return list
}

// wantTable groups the slow way. Rows have the key bucket|keys.
func (w *world) wantTable(q *telemetry.AggregateQuery) map[string][]record {
	groups := map[string][]record{}
	for _, r := range w.matching(q) {
		bucket := int64(0)
		if q.Bucket > 0 {
			bucket = r.time - r.time%int64(q.Bucket)
		}
		var keys []string
		for _, f := range q.GroupBy {
			if !f.Field.Type.Numeric() {
				keys = append(keys, r.text(f))
			} else if v := r.number(f); v.Known {
				keys = append(keys, strconv.FormatInt(v.Value, 10))
			} else {
				keys = append(keys, "")
			}
		}
		k := rowKey(bucket, keys)
		groups[k] = append(groups[k], r)
	}
	return groups
}

func rowKey(bucket int64, keys []string) string {
	return fmt.Sprint(bucket) + "|" + strings.Join(keys, "|")
}

func wantValue(c telemetry.Aggregation, list []record) (v, tolerance float64) {
	if c.Func == telemetry.CountRecords {
		return float64(len(list)), 0
	}
	var known []float64
	sum := 0.0
	for _, r := range list {
		if n := r.number(c.Field); n.Known {
			known = append(known, float64(n.Value))
			sum += float64(n.Value)
		}
	}
	if len(known) == 0 {
		return math.NaN(), 0
	}
	slices.Sort(known)
	switch c.Func {
	case telemetry.Sum:
		return sum, 1e-9
	case telemetry.Avg:
		return sum / float64(len(known)), 1e-9
	case telemetry.Min:
		return known[0], 0
	case telemetry.Max:
		return known[len(known)-1], 0
	}
	return known[max(int(math.Ceil(c.Quantile*float64(len(known))))-1, 0)], 0.01
}

func (q queries) aggregate(g *parttest.Gen) *telemetry.AggregateQuery {
	a := &telemetry.AggregateQuery{
		Signal: telemetry.Signal(q.r.IntN(2)), Range: q.rangeOf(g), Filter: q.expr(2), OrderBy: -1,
		Bucket: choose(q, 0, 0, 5*time.Minute, time.Hour),
	}
	groups := []telemetry.FieldRef{
		telemetry.MustField("model"), telemetry.MustField("user"), telemetry.MustField("http.status"), telemetry.MustField("level"),
		telemetry.AttrField("http.route"), telemetry.AttrField("rare.7"), telemetry.ResourceField("host.name"), telemetry.MustField("call"),
		telemetry.MustField("agent"), telemetry.MustField("status"),
	}
	for range q.r.IntN(4) {
		a.GroupBy = append(a.GroupBy, choose(q, groups...))
	}
	numbers := []string{"duration", "tokens", "tokens.in", "cost", "ttft", "http.status"}
	for range 1 + q.r.IntN(4) {
		c := telemetry.Aggregation{Func: telemetry.Func(q.r.IntN(6)), Quantile: choose(q, 0, 0.5, 0.95, 0.99, 1)}
		if c.Func != telemetry.CountRecords {
			c.Field = telemetry.MustField(choose(q, numbers...))
		}
		a.Columns = append(a.Columns, c)
	}
	return a
}

func TestAggregatesAreThoseOfTheRecords(t *testing.T) {
	for name, l := range layouts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 21, l)
			q := queries{rand.New(rand.NewPCG(3, uint64(len(name))))}
			cases := 300
			if testing.Short() {
				cases = 40
			}
			for n := range cases {
				query := q.aggregate(parttest.New(0))
				got, err := w.Aggregate(t.Context(), query)
				if err != nil {
					t.Fatal(err)
				}
				want := w.wantTable(query)
				if len(got.Rows) != len(want) {
					t.Fatalf("case %d: %d rows, want %d", n, len(got.Rows), len(want))
				}
				for i, r := range got.Rows {
					list := want[rowKey(r.Bucket, r.Keys)]
					for c, col := range query.Columns {
						v, tolerance := wantValue(col, list)
						if d := math.Abs(v - r.Values[c]); d > tolerance*math.Abs(v) && d > 1e-6 || math.IsNaN(v) != math.IsNaN(r.Values[c]) {
							t.Fatalf("case %d, row %v, column %+v: %v, want %v", n, r, col, r.Values[c], v)
						}
					}
					if i > 0 {
						before := got.Rows[i-1]
						if before.Bucket > r.Bucket || before.Bucket == r.Bucket && slices.Compare(before.Keys, r.Keys) >= 0 {
							t.Fatalf("case %d: %v comes before %v", n, before, r)
						}
					}
				}
			}
		})
	}
}

func TestAggregateLimitKeepsTheLargestGroups(t *testing.T) {
	w := newWorld(t, 22, layout{rows: 6000, parts: 2, memtables: 1})
	q := &telemetry.AggregateQuery{
		GroupBy: []telemetry.FieldRef{telemetry.MustField("user")}, Bucket: 20 * time.Minute, OrderBy: 1, Limit: 3,
		Columns: []telemetry.Aggregation{{Func: telemetry.CountRecords}, {Func: telemetry.Sum, Field: telemetry.MustField("tokens")}},
	}
	sums := map[string]float64{}
	for _, s := range w.spans {
		if s.GenAI != nil {
			sums[s.UserID] += float64(s.GenAI.Usage.Total().Value)
		}
	}
	var users []string
	for u := range sums {
		users = append(users, u)
	}
	slices.SortFunc(users, func(a, b string) int { return int(sums[b] - sums[a]) })
	want := users[:3]
	slices.Sort(want)
	got, err := w.Aggregate(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, r := range got.Rows {
		seen[r.Keys[0]] = true
		if i > 0 && got.Rows[i-1].Bucket == r.Bucket && got.Rows[i-1].Values[1] < r.Values[1] {
			t.Errorf("%v comes before %v", got.Rows[i-1], r)
		}
	}
	var users3 []string
	for u := range seen {
		users3 = append(users3, u)
	}
	slices.Sort(users3)
	if diff := gocmp.Diff(want, users3); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestValuesAreThoseOfTheRecords(t *testing.T) {
	refs := []telemetry.FieldRef{
		telemetry.MustField("model"), telemetry.MustField("user"), telemetry.MustField("call"), telemetry.MustField("http.status"),
		telemetry.AttrField("user.plan"), telemetry.AttrField("rare.9"), telemetry.ResourceField("host.name"), telemetry.MustField("level"),
	}
	for name, l := range layouts {
		w := newWorld(t, 23, l)
		q := queries{rand.New(rand.NewPCG(9, 9))}
		rounds := 200
		if testing.Short() {
			rounds = 40
		}
		for n := range rounds {
			ref, r, prefix, limit := choose(q, refs...), q.rangeOf(parttest.New(0)), choose(q, "", "", "user-1", "g"), choose(q, 3, 1000)
			got, err := w.Values(t.Context(), ref, prefix, r, limit)
			if err != nil {
				t.Fatal(err)
			}
			if want := w.wantValues(ref, prefix, r, limit); !slices.Equal(got, want) && !repeated(ref) {
				t.Fatalf("%s, case %d, %s %q %+v: %q, want %q", name, n, ref, prefix, r, got, want)
			}
		}
	}
	w := newWorld(t, 23, layouts["both"])
	keys, err := w.Values(t.Context(), telemetry.AttrField(""), "user", telemetry.Range{}, 10)
	if diff := gocmp.Diff([]string{"user.plan"}, keys); diff != "" || err != nil {
		t.Errorf("keys of attributes (-want +got):\n%s %v", diff, err)
	}
	keys, err = w.Values(t.Context(), telemetry.ResourceField(""), "", telemetry.Range{}, 10)
	if diff := gocmp.Diff([]string{"host.name", `o"s`}, keys); diff != "" || err != nil {
		t.Errorf("keys of resources (-want +got):\n%s %v", diff, err)
	}
	if _, err := w.Values(t.Context(), telemetry.MustField("body"), "", telemetry.Range{}, 10); !errors.Is(err, telemetry.ErrUnsupported) {
		t.Errorf("values of bodies: %v", err)
	}
}

// repeated fields have values that come from repeats, at times of their own.
func repeated(r telemetry.FieldRef) bool {
	return r.Field.Name == "user" || r.Field.Name == "attr"
}

func (w *world) wantValues(ref telemetry.FieldRef, prefix string, r telemetry.Range, limit int) (list []string) {
	q := &telemetry.AggregateQuery{Range: r}
	set := map[string]bool{}
	for _, q.Signal = range []telemetry.Signal{telemetry.SignalSpans, telemetry.SignalLogs} {
		for _, rec := range w.matching(q) {
			v := ""
			if !ref.Field.Type.Numeric() {
				v = rec.text(ref)
			} else if n := rec.number(ref); n.Known {
				v = strconv.FormatInt(n.Value, 10)
			}
			if v != "" && strings.HasPrefix(v, prefix) {
				set[v] = true
			}
		}
	}
	for v := range set {
		list = append(list, v)
	}
	slices.Sort(list)
	return list[:min(len(list), limit)]
}
