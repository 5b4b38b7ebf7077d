package exec

import (
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"slices"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// valuesAtOnce is how many groups a worker reduces to numbers at once.
const valuesAtOnce = 4096

// table joins the tables of workers, whose ranks are settled, and brings them into order.
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
	places := make([]int32, 0, len(all.count))
	for at, combo := range all.combo {
		if kept(combo) {
			places = append(places, int32(at))
		}
	}
	rows := all.rows(places)
	err := e.inChunks(ctx, len(rows), func(i int) { a.values(all, int(places[i]), rows[i].Values) })
	if err != nil {
		return nil, err
	}
	return &telemetry.Table{Rows: a.sorted(rows)}, nil
}

// rows makes rows of groups, with room for their values.
func (g *groups) rows(places []int32) []telemetry.Row {
	keys, columns := len(g.keys), len(g.a.q.Columns)
	texts := make([][]string, keys)
	for i, in := range g.keys {
		texts[i] = in.texts()
	}
	allKeys, allValues := make([]string, keys*len(places)), make([]float64, columns*len(places))
	rows := make([]telemetry.Row, len(places))
	for i, at := range places {
		r := &rows[i]
		r.Bucket = g.bucket[at]
		r.Keys, allKeys = allKeys[:keys:keys], allKeys[keys:]
		r.Values, allValues = allValues[:columns:columns], allValues[columns:]
		g.combos.each(g.combo[at], func(key int, id uint32) { r.Keys[key] = texts[key][id] })
	}
	return rows
}

// inChunks calls visit for 0 to n-1, on several workers.
func (e *Engine) inChunks(ctx context.Context, n int, visit func(i int)) error {
	return e.each(ctx, (n+valuesAtOnce-1)/valuesAtOnce, func(_ *worker, chunk int) (bool, error) {
		for i := chunk * valuesAtOnce; i < min((chunk+1)*valuesAtOnce, n); i++ {
			visit(i)
		}
		return true, ctx.Err()
	})
}

// sorted brings rows into the order of the table.
func (a *aggregator) sorted(rows []telemetry.Row) []telemetry.Row {
	type place struct {
		bucket int64
		key    uint64 // first bytes of the first key, where keys alone decide
		row    int32
	}
	byKey := len(a.keys) > 0 && (a.q.OrderBy < 0 || a.q.OrderBy >= len(a.q.Columns))
	same := 0
	if byKey {
		same = samePrefix(rows)
	}
	order := make([]place, len(rows))
	for i := range order {
		order[i] = place{bucket: rows[i].Bucket, row: int32(i)}
		if byKey {
			var b [8]byte
			copy(b[:], rows[i].Keys[0][same:])
			order[i].key = binary.BigEndian.Uint64(b[:])
		}
	}
	slices.SortFunc(order, func(x, y place) int {
		switch {
		case x.bucket != y.bucket:
			return cmp.Compare(x.bucket, y.bucket)
		case x.key != y.key:
			return cmp.Compare(x.key, y.key)
		}
		return a.compare(&rows[x.row], &rows[y.row])
	})
	out := make([]telemetry.Row, len(rows))
	for i := range order {
		out[i] = rows[order[i].row]
	}
	return out
}

// samePrefix is how many bytes at the beginning of the first key are the same in all rows.
func samePrefix(rows []telemetry.Row) int {
	if len(rows) == 0 {
		return 0
	}
	prefix := ""
	for i := range rows {
		k := rows[i].Keys[0]
		if prefix == "" && i == 0 {
			prefix = k
		}
		n := 0
		for n < min(len(k), len(prefix)) && k[n] == prefix[n] {
			n++
		}
		prefix = prefix[:n]
	}
	return len(prefix)
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

// first tells which combinations of keys come first over all buckets, as many as the limit.
func (a *aggregator) first(all *groups) func(combo uint32) bool {
	over := newGroups(a)
	over.keys = all.keys
	over.join(all, false)
	places := make([]int32, len(over.count))
	for at := range places {
		places[at] = int32(at)
	}
	rows := over.rows(places)
	for at := range rows {
		rows[at].Bucket = int64(at)
		a.values(over, at, rows[at].Values)
	}
	slices.SortFunc(rows, func(x, y telemetry.Row) int { return a.compare(&x, &y) })
	kept := map[uint32]bool{}
	for _, r := range rows[:min(a.q.Limit, len(rows))] {
		kept[over.combo[r.Bucket]] = true
	}
	same := make([][]uint32, len(all.keys))
	return func(combo uint32) bool { return kept[over.combos.from(&all.combos, combo, same)] }
}

// join adds the groups of another table, apart by bucket or not.
func (g *groups) join(o *groups, byBucket bool) {
	numbers := make([][]uint32, len(g.keys))
	for i, in := range g.keys {
		numbers[i] = in.numbersOf(o.keys[i])
	}
	to := make([]int32, len(o.combo))
	for at, combo := range o.combo {
		bucket := int64(0)
		if byBucket {
			bucket = o.bucket[at]
		}
		to[at] = g.group(g.index(bucket), bucket, g.combos.from(&o.combos, combo, numbers))
		g.count[to[at]] += o.count[at]
	}
	for i := range g.fields {
		g.fields[i].join(&g.a.fields[i], to, &o.fields[i])
	}
}

func (f *fieldColumns) join(use *fieldUse, to []int32, o *fieldColumns) {
	for at, into := range to {
		if !use.counts() || o.known[at] == 0 {
			continue
		}
		if use.sum {
			f.sum[into].merge(o.sum[at])
		}
		if use.ends {
			ends := o.ends[at]
			if f.known[into] > 0 {
				ends = [2]int64{min(ends[0], f.ends[into][0]), max(ends[1], f.ends[into][1])}
			}
			f.ends[into] = ends
		}
		f.known[into] += o.known[at]
	}
	if use.ranks {
		f.ranks.join(to, &o.ranks)
	}
}

// values sets the numbers of a row.
func (a *aggregator) values(g *groups, at int, values []float64) {
	for i, c := range a.q.Columns {
		if a.column[i] < 0 {
			values[i] = float64(g.count[at])
			continue
		}
		f := &g.fields[a.column[i]]
		values[i] = math.NaN()
		known := int64(0)
		if use := &a.fields[a.column[i]]; use.counts() {
			known = f.known[at]
		} else {
			known = f.ranks.values(at)
		}
		if known == 0 {
			continue
		}
		switch c.Func {
		case telemetry.Sum:
			values[i] = f.sum[at].float()
		case telemetry.Avg:
			values[i] = f.sum[at].float() / float64(known)
		case telemetry.Min:
			values[i] = float64(f.ends[at][0])
		case telemetry.Max:
			values[i] = float64(f.ends[at][1])
		case telemetry.Quantile:
			values[i] = f.ranks.quantile(at, c.Quantile)
		}
	}
}
