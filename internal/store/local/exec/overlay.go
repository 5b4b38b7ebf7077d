package exec

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Repeats that lie in one place with their base were merged when the part was written. The others are merged here: for
// every unit the overlay knows the rows that have repeats elsewhere. Those rows take no part in the evaluation of columns;
// they are made into whole records, merged, and matched as such.

// rowAt is a row of a unit.
type rowAt struct {
	u   *unit
	row int32
}

// mergedRow is a base and its repeats, in order of the snapshot.
type mergedRow struct {
	row     int32
	repeats []rowAt
}

// overlay is what a snapshot's repeats are.
type overlay struct {
	rows  map[part.SpanKey][]rowAt
	based map[part.SpanKey]bool // those whose base is in the snapshot
}

// repeatCache keeps what was found in parts, which do not change. Keys are numbered; a part was searched for the first of
// them.
type repeatCache struct {
	mu    sync.Mutex
	keys  []part.SpanKey
	known map[part.SpanKey]bool
	parts map[*part.Part]*partRepeats
}

type partRepeats struct {
	read     bool
	repeats  [][]part.SpanRow // by group
	bases    [][]part.SpanRow
	searched int // of keys
}

// maxRepeatKeys bounds the cache; beyond it the cache begins anew.
const maxRepeatKeys = 1 << 20

// mergeRepeats finds the repeats of a snapshot and their bases.
func (e *Engine) mergeRepeats(ctx context.Context, snap *Snapshot, v *view) error {
	any := false
	for _, p := range snap.Parts {
		any = any || p.Meta().Repeats > 0
	}
	for _, m := range snap.Memtables {
		any = any || m.Repeats() > 0
	}
	if !any {
		return nil
	}
	w, err := e.acquire(ctx)
	if err != nil {
		return err
	}
	defer e.release(w)
	w.ctx = ctx
	e.repeats.mu.Lock()
	defer e.repeats.mu.Unlock()
	v.repeats = &overlay{rows: map[part.SpanKey][]rowAt{}, based: map[part.SpanKey]bool{}}
	e.repeats.keepOnly(snap.Parts)
	if err := e.repeats.collect(w, v); err != nil {
		return err
	}
	return e.repeats.search(w, v)
}

func (c *repeatCache) keepOnly(parts []*part.Part) {
	if c.parts == nil || len(c.keys) > maxRepeatKeys {
		c.keys, c.known, c.parts = nil, map[part.SpanKey]bool{}, map[*part.Part]*partRepeats{}
	}
	live := make(map[*part.Part]bool, len(parts))
	for _, p := range parts {
		live[p] = true
		if c.parts[p] == nil {
			c.parts[p] = &partRepeats{repeats: make([][]part.SpanRow, len(p.Groups())), bases: make([][]part.SpanRow, len(p.Groups()))}
		}
	}
	for p := range c.parts {
		if !live[p] {
			delete(c.parts, p)
		}
	}
}

// collect gathers the repeats of all units.
func (c *repeatCache) collect(w *worker, v *view) error {
	for _, u := range v.units {
		var rows []part.SpanRow
		var err error
		if p := u.g.Part(); p == nil {
			rows, err = u.g.Repeats(w.d)
		} else if p.Meta().Repeats > 0 {
			facts := c.parts[p]
			if !facts.read {
				if err := facts.readRepeats(w, p); err != nil {
					return err
				}
			}
			rows = facts.repeats[u.g.Index()]
		}
		if err != nil {
			return err
		}
		for _, r := range rows {
			v.repeats.rows[r.Key] = append(v.repeats.rows[r.Key], rowAt{u, r.Row})
			if !c.known[r.Key] {
				c.known[r.Key] = true
				c.keys = append(c.keys, r.Key)
			}
		}
	}
	return nil
}

func (f *partRepeats) readRepeats(w *worker, p *part.Part) error {
	for i, g := range p.Groups() {
		rows, err := g.Repeats(w.d)
		if err != nil {
			return err
		}
		f.repeats[i] = rows
	}
	f.read = true
	return nil
}

// search finds the bases in all units.
func (c *repeatCache) search(w *worker, v *view) error {
	var now []part.SpanKey
	for k := range v.repeats.rows {
		now = append(now, k)
	}
	set := part.NewSpanSet(now)
	for _, u := range v.units {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		var bases []part.SpanRow
		var err error
		if p := u.g.Part(); p == nil {
			bases, err = u.g.Find(w.d, set)
		} else {
			facts := c.parts[p]
			if facts.searched < len(c.keys) {
				err = facts.search(w, p, c.keys)
			}
			bases = facts.bases[u.g.Index()]
		}
		if err != nil {
			return err
		}
		v.add(u, bases)
	}
	return nil
}

func (f *partRepeats) search(w *worker, p *part.Part, keys []part.SpanKey) error {
	set := part.NewSpanSet(keys[f.searched:])
	found := make([][]part.SpanRow, len(p.Groups()))
	for i, g := range p.Groups() {
		if err := w.pause(); err != nil {
			return err
		}
		rows, err := g.Find(w.d, set)
		if err != nil {
			return err
		}
		found[i] = rows
	}
	for i := range found {
		f.bases[i] = append(f.bases[i], found[i]...)
	}
	f.searched = len(keys)
	return nil
}

func (v *view) add(u *unit, bases []part.SpanRow) {
	for _, b := range bases {
		if repeats := v.repeats.rows[b.Key]; len(repeats) > 0 {
			u.merged = append(u.merged, mergedRow{b.Row, repeats})
			v.repeats.based[b.Key] = true
		}
	}
	slices.SortFunc(u.merged, func(a, b mergedRow) int { return int(a.row) - int(b.row) })
}

// read makes records of rows of a unit as they are shown, bases merged with their repeats.
func (w *worker) read(u *unit, rows []int32, c part.Choice) ([]part.Record, error) {
	if len(u.merged) > 0 {
		c = c.Merging()
	}
	records, err := w.rows.Read(u.g, rows, c)
	if err == nil && len(u.merged) > 0 {
		err = w.addRepeats(records, u, rows, c)
	}
	for _, r := range records {
		show(r)
	}
	return records, err
}

// show takes out what is for merging alone.
func show(r part.Record) {
	if r.Span != nil {
		r.Span.Attributes = r.Span.Attributes.Delete(telemetry.AttrMessages)
	}
}

// addRepeats merges repeats into records of rows of a unit.
func (w *worker) addRepeats(records []part.Record, u *unit, rows []int32, c part.Choice) error {
	repeats := make(map[int][]rowAt) // of the places in rows
	var wanted []rowAt
	for i, row := range rows {
		if k, ok := slices.BinarySearchFunc(u.merged, row, func(m mergedRow, row int32) int { return int(m.row) - int(row) }); ok {
			repeats[i] = u.merged[k].repeats
			wanted = append(wanted, repeats[i]...)
		}
	}
	spans, err := w.readSpans(wanted, c)
	if err != nil {
		return err
	}
	for i, list := range repeats {
		some := make([]*telemetry.Span, len(list))
		for k, at := range list {
			some[k] = spans[at]
		}
		part.SortRepeats(some)
		for _, r := range some {
			part.MergeRepeat(records[i].Span, r)
		}
		if c.Light {
			part.Preview(records[i].Span)
		}
	}
	return nil
}

// readSpans reads rows of any units, those of a unit at once.
func (w *worker) readSpans(wanted []rowAt, c part.Choice) (map[rowAt]*telemetry.Span, error) {
	spans := make(map[rowAt]*telemetry.Span, len(wanted))
	slices.SortFunc(wanted, func(a, b rowAt) int { return cmp.Or(a.u.order-b.u.order, int(a.row)-int(b.row)) })
	for len(wanted) > 0 {
		u := wanted[0].u
		var rows []int32
		for len(wanted) > 0 && wanted[0].u == u {
			if row := wanted[0].row; len(rows) == 0 || rows[len(rows)-1] != row {
				rows = append(rows, row)
			}
			wanted = wanted[1:]
		}
		records, err := w.rows.Read(u.g, rows, c)
		if err != nil {
			return nil, err
		}
		for i, row := range rows {
			spans[rowAt{u, row}] = records[i].Span
		}
	}
	return spans, nil
}

// matchMerged calls visit with the rows of a unit that have repeats and, merged, meet a plan.
func (w *worker) matchMerged(p *plan, u *unit, visit func(row int32, s *telemetry.Span)) error {
	if p.want&wantSpans == 0 {
		return nil
	}
	const chunk = 1024
	for from := 0; from < len(u.merged); from += chunk {
		if err := w.pause(); err != nil {
			return err
		}
		some := u.merged[from:min(from+chunk, len(u.merged))]
		var rows []int32
		c := w.column(u.g, part.ColTime)
		for _, m := range some {
			if err := c.Seek(int(m.row)); err != nil {
				return err
			}
			if p.times.contains(c.Numbers[int(m.row)-c.Start]) {
				rows = append(rows, m.row)
			}
		}
		if len(rows) == 0 {
			continue
		}
		records, err := w.read(u, rows, p.chosen)
		if err != nil {
			return err
		}
		for i, r := range records {
			if telemetry.MatchSpan(p.filter, r.Span) {
				visit(rows[i], r.Span)
			}
		}
	}
	return nil
}
