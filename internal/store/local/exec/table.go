package exec

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// total is a group over the tables of all workers.
type total struct {
	bucket int64
	ids    []uint32
	keys   []string
	count  int64
	fields []fieldTotal
}

type fieldTotal struct {
	known int64
	sum   wide
	ends  [2]int64
	ranks sketch
}

// table joins the tables of workers and brings them into order.
func (a *aggregator) table(list []*groups) (*telemetry.Table, error) {
	totals := a.join(list, true)
	if len(totals) > maxGroups {
		return nil, errGroups
	}
	for _, t := range totals {
		t.keys = make([]string, len(t.ids))
		for i, id := range t.ids {
			t.keys[i] = a.keys[i].ids.texts[id]
		}
	}
	if a.q.Limit > 0 {
		totals = a.limit(list, totals)
	}
	rows := make([]telemetry.Row, len(totals))
	for i, t := range totals {
		rows[i] = telemetry.Row{Bucket: t.bucket, Keys: t.keys, Values: a.values(t)}
	}
	slices.SortFunc(rows, func(x, y telemetry.Row) int {
		return cmp.Or(cmp.Compare(x.Bucket, y.Bucket), a.compare(x, y))
	})
	return &telemetry.Table{Rows: rows}, nil
}

// compare orders groups: by a column, largest first and unknown ones last, then by keys.
func (a *aggregator) compare(x, y telemetry.Row) int {
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

// limit keeps the groups whose keys come first over all buckets.
func (a *aggregator) limit(list []*groups, totals []*total) []*total {
	over := totals
	if a.q.Bucket > 0 {
		over = a.join(list, false)
	}
	rows := make([]telemetry.Row, len(over))
	texts := func(ids []uint32) []string {
		keys := make([]string, len(ids))
		for i, id := range ids {
			keys[i] = a.keys[i].ids.texts[id]
		}
		return keys
	}
	for i, t := range over {
		rows[i] = telemetry.Row{Bucket: int64(i), Keys: texts(t.ids), Values: a.values(t)}
	}
	slices.SortFunc(rows, a.compare)
	kept := map[string]bool{}
	for _, r := range rows[:min(a.q.Limit, len(rows))] {
		kept[idsKey(over[r.Bucket].ids)] = true
	}
	return slices.DeleteFunc(totals, func(t *total) bool { return !kept[idsKey(t.ids)] })
}

func idsKey(ids []uint32) string {
	b := make([]byte, 0, 16)
	for _, id := range ids {
		b = binary.LittleEndian.AppendUint32(b, id)
	}
	return string(b)
}

// join adds up the groups of workers, apart by bucket or not.
func (a *aggregator) join(list []*groups, byBucket bool) []*total {
	var totals []*total
	type place struct {
		bucket int64
		ids    string
	}
	places := map[place]*total{}
	for _, g := range list {
		ids := make([]string, 0, 64) // of the combinations of this worker
		for at := range g.count {
			combo := g.combo[at]
			for int(combo) >= len(ids) {
				ids = append(ids, idsKey(g.combos.ids(uint32(len(ids)))))
			}
			p := place{ids: ids[combo]}
			if byBucket {
				p.bucket = g.bucket[at]
			}
			t := places[p]
			if t == nil {
				t = &total{bucket: p.bucket, ids: g.combos.ids(combo), fields: make([]fieldTotal, len(a.fields))}
				places[p] = t
				totals = append(totals, t)
			}
			t.add(a, g, at)
		}
	}
	return totals
}

func (t *total) add(a *aggregator, g *groups, at int) {
	t.count += g.count[at]
	for i := range g.fields {
		f, to, use := &g.fields[i], &t.fields[i], &a.fields[i]
		if f.known[at] == 0 {
			continue
		}
		if use.sum {
			to.sum.merge(f.sum[at])
		}
		if use.ends {
			if to.known == 0 {
				to.ends = f.ends[at]
			} else {
				to.ends = [2]int64{min(to.ends[0], f.ends[at][0]), max(to.ends[1], f.ends[at][1])}
			}
		}
		if use.ranks {
			to.ranks.merge(&f.ranks[at])
		}
		to.known += f.known[at]
	}
}

func (a *aggregator) values(t *total) []float64 {
	values := make([]float64, len(a.q.Columns))
	for i, c := range a.q.Columns {
		if a.column[i] < 0 {
			values[i] = float64(t.count)
			continue
		}
		f := &t.fields[a.column[i]]
		values[i] = math.NaN()
		if f.known == 0 {
			continue
		}
		switch c.Func {
		case telemetry.Sum:
			values[i] = f.sum.float()
		case telemetry.Avg:
			values[i] = f.sum.float() / float64(f.known)
		case telemetry.Min:
			values[i] = float64(f.ends[0])
		case telemetry.Max:
			values[i] = float64(f.ends[1])
		case telemetry.Quantile:
			values[i] = f.ranks.quantile(c.Quantile)
		}
	}
	return values
}
