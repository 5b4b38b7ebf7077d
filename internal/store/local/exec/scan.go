package exec

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

var (
	colInput  = mustColumn("input_tokens")
	colOutput = mustColumn("output_tokens")
)

func mustColumn(name string) part.ID {
	id, ok := part.Lookup(name)
	if !ok {
		panic("exec: no column " + name)
	}
	return id
}

// view is a snapshot with what is known of repeats.
type view struct {
	units   []*unit // by order
	repeats *overlay
	release func()
}

// open takes a snapshot. The caller releases the view.
func (e *Engine) open(ctx context.Context) (*view, error) {
	snap, release := e.snapshot()
	v := &view{release: release}
	add := func(groups []*part.Group, of *part.Memtable) {
		for _, g := range groups {
			lo, hi := g.Range()
			v.units = append(v.units, &unit{g: g, memtable: of, order: len(v.units), min: lo, max: hi})
		}
	}
	for _, p := range snap.Parts {
		add(p.Groups(), nil)
	}
	for _, m := range snap.Memtables {
		add(m.Groups(), m)
	}
	if err := e.mergeRepeats(ctx, snap, v); err != nil {
		release()
		return nil, e.failed(err)
	}
	return v, nil
}

// within returns the units that may have rows in an interval, in the order of a query.
func (v *view) within(iv interval, order telemetry.Order) []*unit {
	var units []*unit
	for _, u := range v.units {
		if iv.meets(u.min, u.max) {
			units = append(units, u)
		}
	}
	slices.SortStableFunc(units, func(a, b *unit) int {
		if order == telemetry.NewestFirst {
			return cmp.Compare(b.max, a.max)
		}
		return cmp.Compare(a.min, b.min)
	})
	return units
}

// scan calls visit with the rows of every page of a unit that meet a plan, in the order of the query as far as pages go;
// it stops where visit returns false. Rows that are merged with repeats are not among them, see mergedRows.
func (w *worker) scan(p *plan, u *unit, order telemetry.Order, visit func(in selected) (bool, error)) error {
	for _, deep := range []bool{false, true} {
		if v, err := w.judge(p.root, u, deep); v == none || err != nil {
			return err
		}
	}
	pages := u.g.Pages()
	for k := range pages {
		page := k
		if order == telemetry.NewestFirst {
			page = pages - 1 - k
		}
		lo, hi := u.g.PageRange(page)
		if !p.times.meets(lo, hi) {
			continue
		}
		if err := w.pause(); err != nil {
			return err
		}
		in := selected{all: true, begin: int32(page * part.PageRows)}
		in.end = min(in.begin+part.PageRows, int32(u.g.Rows()))
		in, err := w.clip(u, in, p.times, lo, hi)
		if err != nil {
			return err
		}
		out, err := w.eval(p.root, u, page, in)
		if err != nil {
			return err
		}
		more := true
		if !out.none() {
			more, err = visit(out)
		}
		w.done(out.rows)
		w.done(in.rows)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// clip takes out rows outside the range and those that have repeats.
func (w *worker) clip(u *unit, in selected, iv interval, lo, hi int64) (selected, error) {
	inside := iv.covers(lo, hi)
	from, _ := slices.BinarySearchFunc(u.merged, in.begin, func(m mergedRow, row int32) int { return cmp.Compare(m.row, row) })
	merged := u.merged[from:]
	if inside && (len(merged) == 0 || merged[0].row >= in.end) {
		return in, nil
	}
	c := w.column(u.g, part.ColTime)
	if err := c.Seek(int(in.begin)); err != nil {
		return selected{}, err
	}
	out := w.selection()
	for i := in.begin; i < in.end; i++ {
		if len(merged) > 0 && merged[0].row == i {
			merged = merged[1:]
			continue
		}
		if iv.contains(c.Numbers[int(i)-c.Start]) {
			out = append(out, i)
		}
	}
	return selected{rows: out}, nil
}

// interval is a range of times with both ends.
type interval struct{ first, last int64 }

func intervalOf(r telemetry.Range) interval {
	switch r.To {
	case 0:
		return interval{r.From, math.MaxInt64}
	case math.MinInt64:
		return interval{0, -1}
	}
	return interval{r.From, r.To - 1}
}

func (iv interval) contains(t int64) bool { return t >= iv.first && t <= iv.last }

// meets reports whether there may be a time of the interval from lo to hi, covers whether all of them are.
func (iv interval) meets(lo, hi int64) bool  { return hi >= iv.first && lo <= iv.last }
func (iv interval) covers(lo, hi int64) bool { return lo >= iv.first && hi <= iv.last }

// narrowed is the interval from where a cursor is.
func (iv interval) narrowed(order telemetry.Order, after *telemetry.Cursor) interval {
	switch {
	case after == nil:
	case order == telemetry.OldestFirst:
		iv.first = max(iv.first, after.Time)
	default:
		iv.last = min(iv.last, after.Time)
	}
	return iv
}
