package exec

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// valuesAtOnce is how many groups a worker reduces to numbers at once.
const valuesAtOnce = 4096

// table joins the tables of workers and brings them into order.
func (e *Engine) table(ctx context.Context, a *aggregator, list []*groups) (*telemetry.Table, error) {
	if len(list) == 0 {
		return &telemetry.Table{}, nil
	}
	slices.SortFunc(list, func(x, y *groups) int { return cmp.Compare(len(y.count), len(x.count)) })
	all := list[0]
	for _, g := range list[1:] {
		all.join(g, true)
	}
	if len(all.count) > maxGroups {
		return nil, errGroups
	}
	kept := func(uint32) bool { return true }
	if a.q.Limit > 0 {
		kept = a.first(all)
	}
	rows := make([]telemetry.Row, 0, len(all.count))
	places := make([]int32, 0, len(all.count))
	for at, combo := range all.combo {
		if kept(combo) {
			rows = append(rows, telemetry.Row{Bucket: all.bucket[at], Keys: a.texts(all, combo)})
			places = append(places, int32(at))
		}
	}
	err := e.each(ctx, (len(rows)+valuesAtOnce-1)/valuesAtOnce, func(_ *worker, chunk int) (bool, error) {
		for i := chunk * valuesAtOnce; i < min((chunk+1)*valuesAtOnce, len(rows)); i++ {
			rows[i].Values = a.values(all, int(places[i]))
		}
		return true, ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	return &telemetry.Table{Rows: a.sorted(rows)}, nil
}

// sorted brings rows into the order of the table.
func (a *aggregator) sorted(rows []telemetry.Row) []telemetry.Row {
	order := make([]int32, len(rows))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		if c := cmp.Compare(rows[i].Bucket, rows[j].Bucket); c != 0 {
			return c
		}
		return a.compare(&rows[i], &rows[j])
	})
	out := make([]telemetry.Row, len(rows))
	for i, from := range order {
		out[i] = rows[from]
	}
	return out
}

// compare orders groups: by a column, largest first and unknown ones last, then by keys.
func (a *aggregator) compare(x, y *telemetry.Row) int {
	if by := a.q.OrderBy; by >= 0 && by < len(a.q.Columns) {
		v, w := x.Values[by], y.Values[by]
		switch {
		case math.IsNaN(v) != math.IsNaN(w):
			if math.IsNaN(v) {
				return 1
			}
			return -1
		case v != w && !math.IsNaN(v):
			return cmp.Compare(w, v)
		}
	}
	return slices.Compare(x.Keys, y.Keys)
}

// texts are the keys of a combination.
func (a *aggregator) texts(g *groups, combo uint32) []string {
	ids := g.combos.ids(combo)
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = a.keys[i].ids.texts[id]
	}
	return keys
}

// first tells which combinations of keys come first over all buckets, as many as the limit.
func (a *aggregator) first(all *groups) func(combo uint32) bool {
	over := newGroups(a)
	over.join(all, false)
	rows := make([]telemetry.Row, len(over.count))
	for at, combo := range over.combo {
		rows[at] = telemetry.Row{Bucket: int64(at), Keys: a.texts(over, combo), Values: a.values(over, at)}
	}
	slices.SortFunc(rows, func(x, y telemetry.Row) int { return a.compare(&x, &y) })
	kept := map[uint32]bool{}
	for _, r := range rows[:min(a.q.Limit, len(rows))] {
		kept[over.combo[r.Bucket]] = true
	}
	return func(combo uint32) bool { return kept[over.combos.from(&all.combos, combo)] }
}

// join adds the groups of another table, apart by bucket or not.
func (g *groups) join(o *groups, byBucket bool) {
	for at, combo := range o.combo {
		bucket := int64(0)
		if byBucket {
			bucket = o.bucket[at]
		}
		to := g.group(g.index(bucket), bucket, g.combos.from(&o.combos, combo))
		g.count[to] += o.count[at]
		for i := range g.fields {
			g.fields[i].join(&g.a.fields[i], to, &o.fields[i], at)
		}
	}
}

func (f *fieldColumns) join(use *fieldUse, to int32, o *fieldColumns, at int) {
	if o.known[at] == 0 {
		return
	}
	if use.sum {
		f.sum[to].merge(o.sum[at])
	}
	if use.ends {
		ends := o.ends[at]
		if f.known[to] > 0 {
			ends = [2]int64{min(ends[0], f.ends[to][0]), max(ends[1], f.ends[to][1])}
		}
		f.ends[to] = ends
	}
	if use.ranks {
		f.ranks[to].merge(&o.ranks[at])
	}
	f.known[to] += o.known[at]
}

func (a *aggregator) values(g *groups, at int) []float64 {
	values := make([]float64, len(a.q.Columns))
	for i, c := range a.q.Columns {
		if a.column[i] < 0 {
			values[i] = float64(g.count[at])
			continue
		}
		f := &g.fields[a.column[i]]
		values[i] = math.NaN()
		if f.known[at] == 0 {
			continue
		}
		switch c.Func {
		case telemetry.Sum:
			values[i] = f.sum[at].float()
		case telemetry.Avg:
			values[i] = f.sum[at].float() / float64(f.known[at])
		case telemetry.Min:
			values[i] = float64(f.ends[at][0])
		case telemetry.Max:
			values[i] = float64(f.ends[at][1])
		case telemetry.Quantile:
			values[i] = f.ranks[at].quantile(c.Quantile)
		}
	}
	return values
}
