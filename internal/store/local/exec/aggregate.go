package exec

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// maxGroups bounds the groups of a table in one worker, and so its memory.
const maxGroups = 1 << 20

// maxKeyBytes bounds the texts of a key in one worker.
const maxKeyBytes = 1 << 28

var (
	errGroups = errors.New("the query makes more than a million groups: narrow its time or group by less")
	errKeys   = errors.New("the texts to group by take more than 256 MB: narrow the query's time or group by less")
)

// Aggregate implements telemetry.Reader.
func (e *Engine) Aggregate(ctx context.Context, q *telemetry.AggregateQuery) (*telemetry.Table, error) {
	w := wantSpans
	if q.Signal == telemetry.SignalLogs {
		w = wantLogs
	}
	p, err := newPlan(q.Filter, intervalOf(q.Range), w)
	if err != nil {
		return nil, err
	}
	a, err := newAggregator(q)
	if err != nil {
		return nil, err
	}
	p.chosen = part.Choose(false, a.fieldsOf(p.filter))
	v, err := e.open(ctx)
	if err != nil {
		return nil, err
	}
	defer v.release()
	units := v.within(p.times, telemetry.OldestFirst)
	tables := make(chan *groups, cap(e.workers))
	for range cap(e.workers) {
		tables <- nil
	}
	err = e.each(ctx, len(units), func(w *worker, i int) (bool, error) {
		g := <-tables
		if g == nil {
			g = newGroups(a)
		}
		err := g.addUnit(w, p, units[i])
		tables <- g
		return true, err
	})
	if err != nil {
		return nil, err
	}
	var list []*groups
	for range cap(e.workers) {
		if g := <-tables; g != nil {
			list = append(list, g)
		}
	}
	err = e.each(ctx, len(list), func(_ *worker, i int) (bool, error) {
		for k := range list[i].fields {
			list[i].fields[k].ranks.settle()
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return e.table(ctx, a, list)
}

// aggregator is what the workers of an aggregate share.
type aggregator struct {
	q      *telemetry.AggregateQuery
	keys   []*keySource
	fields []fieldUse
	column []int // of each of q.Columns: its place in fields, or -1
}

// fieldUse is a numeric field and what is wanted of it.
type fieldUse struct {
	ref              telemetry.FieldRef
	src              source
	sum, ends, ranks bool
}

// counts reports whether the number of values is kept beside the ranks, which know it but late.
func (f *fieldUse) counts() bool { return f.sum || f.ends || !f.ranks }

func newAggregator(q *telemetry.AggregateQuery) (*aggregator, error) {
	a := &aggregator{q: q}
	for _, ref := range q.GroupBy {
		k, err := newKeySource(ref)
		if err != nil {
			return nil, err
		}
		a.keys = append(a.keys, k)
	}
	for _, c := range q.Columns {
		if c.Func == telemetry.CountRecords {
			a.column = append(a.column, -1)
			continue
		}
		at, err := a.use(c)
		if err != nil {
			return nil, err
		}
		a.column = append(a.column, at)
	}
	if q.OrderBy > 0 && q.OrderBy >= len(q.Columns) {
		return nil, fmt.Errorf("order by column %d of %d: %w", q.OrderBy, len(q.Columns), telemetry.ErrUnsupported)
	}
	return a, nil
}

// use notes that a column of the table is made of a field.
func (a *aggregator) use(c telemetry.Aggregation) (int, error) {
	if c.Field.Field == nil || !c.Field.Field.Type.Numeric() {
		return 0, fmt.Errorf("%s is not a number: %w", c.Field, telemetry.ErrUnsupported)
	}
	at := -1
	for i := range a.fields {
		if a.fields[i].ref == c.Field {
			at = i
		}
	}
	if at < 0 {
		src, err := sourceOf(c.Field)
		if err != nil {
			return 0, err
		}
		at = len(a.fields)
		a.fields = append(a.fields, fieldUse{ref: c.Field, src: src})
	}
	f := &a.fields[at]
	switch c.Func {
	case telemetry.Sum, telemetry.Avg:
		f.sum = true
	case telemetry.Min, telemetry.Max:
		f.ends = true
	case telemetry.Quantile:
		f.ranks = true
	default:
		return 0, fmt.Errorf("function %d: %w", c.Func, telemetry.ErrUnsupported)
	}
	return at, nil
}

// fieldsOf are all that the aggregate and its filter read.
func (a *aggregator) fieldsOf(filter telemetry.Expr) []telemetry.FieldRef {
	list := fieldsOf(filter, slices.Clone(a.q.GroupBy))
	for i := range a.fields {
		list = append(list, a.fields[i].ref)
	}
	return append(list, telemetry.MustField("kind"))
}

// groups is the table of one worker, in columns.
type groups struct {
	a       *aggregator
	buckets map[int64]*bucketIndex
	combos  comboIndex
	bucket  []int64
	combo   []uint32
	count   []int64
	fields  []fieldColumns
	keys    []*interner

	ids  []uint32 // scratch: of the rows of a page
	next []uint32
	at   []int32
}

// bucketIndex finds the group of a combination of keys in one bucket.
type bucketIndex struct{ groups []int32 }

// fieldColumns holds what the groups know of a field.
type fieldColumns struct {
	known []int64 // of groups, unless only ranks are wanted
	sum   []wide
	ends  [][2]int64
	ranks ranks
}

func newGroups(a *aggregator) *groups {
	g := &groups{
		a: a, buckets: map[int64]*bucketIndex{}, combos: newComboIndex(len(a.keys)), fields: make([]fieldColumns, len(a.fields)),
	}
	for range a.keys {
		g.keys = append(g.keys, &interner{})
	}
	return g
}

// bucketStart is the beginning of the bucket of a time.
func bucketStart(t int64, width time.Duration) int64 {
	if width <= 0 {
		return 0
	}
	b := t - t%int64(width)
	if b > t {
		b -= int64(width)
	}
	return b
}

// find appends the groups of combinations of keys in a bucket to g.at, and counts them.
func (g *groups) find(bucket int64, combos []uint32) {
	ix := g.index(bucket)
	n := len(g.at)
	g.at = slices.Grow(g.at, len(combos))[:n+len(combos)]
	at, known, count := g.at[n:], ix.groups, g.count
	for i, combo := range combos {
		place := int32(-1)
		if int(combo) < len(known) {
			place = known[combo]
		}
		if place < 0 {
			place = g.group(ix, bucket, combo)
			known, count = ix.groups, g.count
		}
		count[place]++
		at[i] = place
	}
}

// appendTo is append for a list that grows long: its room doubles, so that less of it is copied.
func appendTo[T any](list []T, v T) []T {
	if n := len(list); n == cap(list) && n >= 256 {
		list = slices.Grow(list, n)
	}
	return append(list, v)
}

// group returns the place of a combination of keys in a bucket.
func (g *groups) group(ix *bucketIndex, bucket int64, combo uint32) int32 {
	for int(combo) >= len(ix.groups) {
		ix.groups = appendTo(ix.groups, -1)
	}
	if at := ix.groups[combo]; at >= 0 {
		return at
	}
	at := int32(len(g.count))
	ix.groups[combo] = at
	g.bucket, g.combo, g.count = appendTo(g.bucket, bucket), appendTo(g.combo, combo), appendTo(g.count, 0)
	for i := range g.fields {
		f, use := &g.fields[i], &g.a.fields[i]
		if use.counts() {
			f.known = appendTo(f.known, 0)
		}
		if use.sum {
			f.sum = appendTo(f.sum, wide{})
		}
		if use.ends {
			f.ends = appendTo(f.ends, [2]int64{})
		}
		if use.ranks {
			f.ranks.counts = appendTo(f.ranks.counts, 0)
		}
	}
	return at
}

func (g *groups) index(bucket int64) *bucketIndex {
	ix := g.buckets[bucket]
	if ix == nil {
		ix = &bucketIndex{}
		g.buckets[bucket] = ix
	}
	return ix
}

// addUnit adds the rows of a unit that meet a plan.
func (g *groups) addUnit(w *worker, p *plan, u *unit) error {
	keys := make([]keyReader, len(g.a.keys))
	for i, k := range g.a.keys {
		keys[i] = keyReader{k: k, u: u, in: g.keys[i]}
	}
	var rows []int32
	err := w.scan(p, u, telemetry.OldestFirst, func(in selected) (bool, error) {
		if err := g.bound(); err != nil {
			return false, err
		}
		if rows = in.rows; in.all {
			rows = w.selection()
			for i := in.begin; i < in.end; i++ {
				rows = append(rows, i)
			}
			defer w.done(rows)
		}
		return true, g.addRows(w, u, keys, rows)
	})
	if err != nil {
		return err
	}
	return w.matchMerged(p, u, func(_ int32, s *telemetry.Span) { g.addSpan(s) })
}

// bound refuses tables that take too much memory.
func (g *groups) bound() error {
	if len(g.count) > maxGroups {
		return errGroups
	}
	for _, in := range g.keys {
		if len(in.data) > maxKeyBytes {
			return errKeys
		}
	}
	return nil
}

// addRows adds rows of one page.
func (g *groups) addRows(w *worker, u *unit, keys []keyReader, rows []int32) error {
	g.ids = sized(g.ids, len(rows))
	for i := range keys {
		if i == 0 {
			if err := keys[i].read(w, rows, g.ids); err != nil {
				return err
			}
			continue
		}
		g.next = sized(g.next, len(rows))
		if err := keys[i].read(w, rows, g.next); err != nil {
			return err
		}
		g.combos.combine(i, g.ids, g.next)
	}
	if err := g.place(w, u, rows); err != nil {
		return err
	}
	for i := range g.fields {
		if err := g.addField(w, u, i, rows); err != nil {
			return err
		}
		g.fields[i].ranks.rest()
	}
	return nil
}

// place finds the group of every row and counts it.
func (g *groups) place(w *worker, u *unit, rows []int32) error {
	g.at = slices.Grow(g.at[:0], len(rows))
	width := g.a.q.Bucket
	least, greatest := u.g.PageRange(int(rows[0]) / part.PageRows)
	if first := bucketStart(least, width); first == bucketStart(greatest, width) {
		g.find(first, g.ids)
		return nil
	}
	c := w.column(u.g, part.ColTime)
	if err := c.Seek(int(rows[0])); err != nil {
		return err
	}
	for from := 0; from < len(rows); {
		begin := bucketStart(c.Numbers[int(rows[from])-c.Start], width)
		to := from + 1
		for to < len(rows) && bucketStart(c.Numbers[int(rows[to])-c.Start], width) == begin {
			to++
		}
		g.find(begin, g.ids[from:to])
		from = to
	}
	return nil
}

func (g *groups) addField(w *worker, u *unit, field int, rows []int32) error {
	use, f := &g.a.fields[field], &g.fields[field]
	if use.src.kind == fromTokens {
		in, out := w.column(u.g, colInput), w.column(u.g, colOutput)
		for k, row := range rows {
			v, known, err := tokensAt(in, out, int(row))
			if err != nil {
				return err
			}
			if known {
				f.add(use, g.at[k], v)
			}
		}
		return nil
	}
	if u.g.Empty(use.src.id) {
		return nil
	}
	c := w.column(u.g, use.src.id)
	if err := c.Seek(int(rows[0])); err != nil || c.AllNull {
		return err
	}
	at, numbers, known, start := g.at[:len(rows)], c.Numbers, c.Known, c.Start
	if !use.counts() {
		f.ranks.addRows(at, rows, numbers, known, start)
		return nil
	}
	for k, row := range rows {
		i := int(row) - start
		switch {
		case known != nil && known[i] == 0:
		case use.sum && !use.ranks && !use.ends:
			f.sum[at[k]].add(numbers[i])
			f.known[at[k]]++
		default:
			f.add(use, at[k], numbers[i])
		}
	}
	return nil
}

func (f *fieldColumns) add(use *fieldUse, at int32, v int64) {
	if use.sum {
		f.sum[at].add(v)
	}
	if use.ends {
		if e := &f.ends[at]; f.known[at] == 0 {
			*e = [2]int64{v, v}
		} else {
			e[0], e[1] = min(e[0], v), max(e[1], v)
		}
	}
	if use.ranks {
		f.ranks.add(at, v)
	}
	if use.counts() {
		f.known[at]++
	}
}

// addSpan adds a span that was merged with its repeats.
func (g *groups) addSpan(s *telemetry.Span) {
	var combo uint32
	for i, k := range g.a.keys {
		id := g.keys[i].id([]byte(keyText(k.ref, s)))
		if i == 0 {
			combo = id
			continue
		}
		one := []uint32{combo}
		g.combos.combine(i, one, []uint32{id})
		combo = one[0]
	}
	bucket := bucketStart(s.Time, g.a.q.Bucket)
	at := g.group(g.index(bucket), bucket, combo)
	g.count[at]++
	for i := range g.fields {
		if v := g.a.fields[i].ref.SpanNumber(s); v.Known {
			g.fields[i].add(&g.a.fields[i], at, v.Value)
		}
	}
}
