package exec

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"iter"
	"math"
	"slices"
	"sync"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// hit is a row of an answer.
type hit struct {
	time  int64
	u     *unit
	row   int32
	ids   bool // trace and span were read
	trace telemetry.TraceID
	span  telemetry.SpanID
}

// Spans implements telemetry.Reader.
func (e *Engine) Spans(ctx context.Context, q *telemetry.Query) iter.Seq2[*telemetry.Span, error] {
	return func(yield func(*telemetry.Span, error) bool) {
		for r, err := range e.records(ctx, q, wantSpans) {
			if !yield(r.Span, err) {
				return
			}
		}
	}
}

// Logs implements telemetry.Reader.
func (e *Engine) Logs(ctx context.Context, q *telemetry.Query) iter.Seq2[*telemetry.Log, error] {
	return func(yield func(*telemetry.Log, error) bool) {
		for r, err := range e.records(ctx, q, wantLogs) {
			if !yield(r.Log, err) {
				return
			}
		}
	}
}

// records yields the records a query asks for.
func (e *Engine) records(ctx context.Context, q *telemetry.Query, w want) iter.Seq2[part.Record, error] {
	return func(yield func(part.Record, error) bool) {
		v, err := e.open(ctx)
		if err != nil {
			yield(part.Record{}, err)
			return
		}
		defer v.release()
		choice := part.Choose(q.Light, q.Fields)
		for hits, err := range e.hits(ctx, v, q, w) {
			if err != nil {
				yield(part.Record{}, err)
				return
			}
			for some := range slices.Chunk(hits, readAtOnce) {
				records, err := e.read(ctx, some, choice)
				if err != nil {
					yield(part.Record{}, err)
					return
				}
				for _, r := range records {
					if !yield(r, nil) {
						return
					}
				}
			}
		}
	}
}

const (
	// hitsAtOnce is how many rows are found before any is read. Each pass looks at the pages around its beginning again.
	hitsAtOnce = 8192
	// readAtOnce bounds the records in memory.
	readAtOnce = 2048
)

// hits yields the rows of an answer, in order, some at a time.
func (e *Engine) hits(ctx context.Context, v *view, q *telemetry.Query, w want) iter.Seq2[[]hit, error] {
	return func(yield func([]hit, error) bool) {
		p, err := newPlan(q.Filter, intervalOf(q.Range), w)
		if err != nil {
			yield(nil, err)
			return
		}
		after, left := q.After, q.Limit
		for {
			n := hitsAtOnce
			if q.Limit > 0 {
				n = min(n, left)
			}
			p.times = intervalOf(q.Range).narrowed(q.Order, after)
			hits, err := e.find(ctx, v, p, q.Order, after, n)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(hits) > 0 && !yield(hits, nil) {
				return
			}
			left -= len(hits)
			if len(hits) < n || q.Limit > 0 && left <= 0 {
				return
			}
			if after, err = e.cursorAfter(ctx, hits, after); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// cursorAfter is the place behind the last of some hits.
func (e *Engine) cursorAfter(ctx context.Context, hits []hit, before *telemetry.Cursor) (*telemetry.Cursor, error) {
	same := len(hits)
	for same > 0 && hits[same-1].time == hits[len(hits)-1].time {
		same--
	}
	if err := e.readIDs(ctx, hits[same:]); err != nil {
		return nil, err
	}
	last := &hits[len(hits)-1]
	c := &telemetry.Cursor{Time: last.time, TraceID: last.trace, SpanID: last.span}
	for i := len(hits) - 1; i >= same && compareIDs(&hits[i], last) == 0; i-- {
		c.Skip++
	}
	if before != nil && c.Skip == len(hits) && before.Time == c.Time && before.TraceID == c.TraceID && before.SpanID == c.SpanID {
		c.Skip += max(before.Skip, 1)
	}
	return c, nil
}

func compareIDs(a, b *hit) int {
	return cmp.Or(bytes.Compare(a.trace[:], b.trace[:]), bytes.Compare(a.span[:], b.span[:]))
}

// compareCursor says where a hit of the cursor's time lies.
func compareCursor(h *hit, c *telemetry.Cursor) int {
	return cmp.Or(bytes.Compare(h.trace[:], c.TraceID[:]), bytes.Compare(h.span[:], c.SpanID[:]))
}

// find returns the first n rows behind a cursor, in order.
func (e *Engine) find(ctx context.Context, v *view, p *plan, order telemetry.Order, after *telemetry.Cursor, n int) ([]hit, error) {
	skip := 0
	if after != nil {
		skip = max(after.Skip, 1)
	}
	units := v.within(p.times, order)
	f := &finder{units: units, results: make([][]hit, len(units)), done: make([]bool, len(units)), order: order, need: n + skip}
	err := e.each(ctx, len(units), func(w *worker, i int) (bool, error) {
		hits, err := w.findIn(p, units[i], order, after, f.need)
		return err == nil && f.add(i, hits), err
	})
	if err != nil {
		return nil, err
	}
	hits := slices.Concat(f.results...)
	if err := e.sortHits(ctx, hits, order); err != nil {
		return nil, err
	}
	for drop := skip; after != nil && drop > 0 && len(hits) > 0; drop-- {
		if hits[0].time != after.Time || compareCursor(&hits[0], after) != 0 {
			break
		}
		hits = hits[1:]
	}
	return hits[:min(n, len(hits))], nil
}

// finder gathers hits of units and tells when there are enough.
type finder struct {
	mu      sync.Mutex
	units   []*unit
	results [][]hit
	done    []bool
	order   telemetry.Order
	need    int
}

// add takes the hits of a unit and reports whether more are needed: not once there are enough that come before all rows of
// the units that are still to be read.
func (f *finder) add(i int, hits []hit) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.results[i], f.done[i] = hits, true
	k := 0
	for k < len(f.units) && f.done[k] {
		k++
	}
	if k == len(f.units) {
		return false
	}
	count := 0
	for j := range k {
		for _, h := range f.results[j] {
			if f.order == telemetry.NewestFirst && h.time > f.units[k].max || f.order == telemetry.OldestFirst && h.time < f.units[k].min {
				count++
			}
		}
	}
	return count < f.need
}

// findIn returns rows of a unit that meet a plan: of a sorted one the first n, and all that have the time of the last.
func (w *worker) findIn(p *plan, u *unit, order telemetry.Order, after *telemetry.Cursor, n int) ([]hit, error) {
	var hits []hit
	add := func(row int32) (more bool, err error) {
		c := w.column(u.g, part.ColTime)
		if err := c.Seek(int(row)); err != nil {
			return false, err
		}
		h := hit{time: c.Numbers[int(row)-c.Start], u: u, row: row}
		if u.g.Sorted() && len(hits) >= n && h.time != hits[len(hits)-1].time {
			return false, nil
		}
		if after != nil && h.time == after.Time {
			if err := w.readIDs(&h); err != nil {
				return false, err
			}
			if compareCursor(&h, after) < 0 {
				return true, nil
			}
		}
		hits = append(hits, h)
		return true, nil
	}
	err := w.scan(p, u, order, func(in selected) (bool, error) { return in.each(order, add) })
	if err != nil {
		return nil, err
	}
	columns := len(hits)
	enough := n
	n = math.MaxInt // merged rows come on top
	err = w.matchMerged(p, u, func(row int32, _ *telemetry.Span) {
		if _, e := add(row); e != nil && err == nil {
			err = e
		}
	})
	if !u.g.Sorted() && len(hits) > enough || len(hits) > columns {
		hits = firstHits(hits, order, enough)
	}
	return hits, err
}

// each visits the rows in the order of a query.
func (in selected) each(order telemetry.Order, visit func(row int32) (bool, error)) (more bool, err error) {
	n := len(in.rows)
	if in.all {
		n = int(in.end - in.begin)
	}
	for k := range n {
		i := k
		if order == telemetry.NewestFirst {
			i = n - 1 - k
		}
		row := in.begin + int32(i)
		if !in.all {
			row = in.rows[i]
		}
		if more, err = visit(row); !more || err != nil {
			return false, err
		}
	}
	return true, nil
}

// firstHits keeps the first n hits by time, and those that have the time of the last.
func firstHits(hits []hit, order telemetry.Order, n int) []hit {
	slices.SortStableFunc(hits, func(a, b hit) int { return compareTimes(a.time, b.time, order) })
	for n < len(hits) && hits[n].time == hits[n-1].time {
		n++
	}
	return hits[:min(n, len(hits))]
}

func compareTimes(a, b int64, order telemetry.Order) int {
	if order == telemetry.NewestFirst {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// sortHits sorts hits by time in the order of the query; equal times by trace and span id, then by where they lie.
func (e *Engine) sortHits(ctx context.Context, hits []hit, order telemetry.Order) error {
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(compareTimes(a.time, b.time, order), cmp.Compare(a.u.order, b.u.order), cmp.Compare(a.row, b.row))
	})
	for i := 0; i < len(hits); {
		end := i + 1
		for end < len(hits) && hits[end].time == hits[i].time {
			end++
		}
		if same := hits[i:end]; len(same) > 1 {
			if err := e.readIDs(ctx, same); err != nil {
				return err
			}
			slices.SortStableFunc(same, func(a, b hit) int { return compareIDs(&a, &b) })
		}
		i = end
	}
	return nil
}

// readIDs reads trace and span ids of hits, which are in order of units and rows.
func (e *Engine) readIDs(ctx context.Context, hits []hit) error {
	missing := slices.ContainsFunc(hits, func(h hit) bool { return !h.ids })
	if !missing {
		return nil
	}
	w, err := e.acquire(ctx)
	if err != nil {
		return err
	}
	defer e.release(w)
	for i := range hits {
		if err := w.readIDs(&hits[i]); err != nil {
			return e.failed(err)
		}
	}
	return nil
}

func (w *worker) readIDs(h *hit) error {
	if h.ids {
		return nil
	}
	trace, span := w.column(h.u.g, part.ColTrace), w.column(h.u.g, part.ColSpan)
	if err := trace.Seek(int(h.row)); err != nil {
		return err
	}
	if err := span.Seek(int(h.row)); err != nil {
		return err
	}
	decodeID(h.trace[:], trace.At(int(h.row)))
	decodeID(h.span[:], span.At(int(h.row)))
	h.ids = true
	return nil
}

// decodeID reads hex digits; whatever is not an id leaves none.
func decodeID(id, text []byte) {
	if len(text) == 2*len(id) {
		_, _ = hex.Decode(id, text)
	}
}

// batch is some rows of a unit, of the same pages for the most part, and where in an answer they are.
type batch struct {
	u    *unit
	rows []int32
	at   []int
}

// read makes records of hits, in their order.
func (e *Engine) read(ctx context.Context, hits []hit, c part.Choice) ([]part.Record, error) {
	records := make([]part.Record, len(hits))
	list := batches(hits)
	err := e.each(ctx, len(list), func(w *worker, i int) (bool, error) {
		b := &list[i]
		some, err := w.read(b.u, b.rows, c)
		if err != nil {
			return false, err
		}
		for k, at := range b.at {
			records[at] = some[k]
		}
		return true, nil
	})
	return records, err
}

// batches puts the hits of every unit together, in order of rows. Many hits of a unit are more than one batch, so that
// several workers read them.
func batches(hits []hit) []batch {
	order := make([]int, len(hits))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(hits[a].u.order, hits[b].u.order), cmp.Compare(hits[a].row, hits[b].row))
	})
	var list []batch
	for _, at := range order {
		h := &hits[at]
		n := len(list)
		if n == 0 || list[n-1].u != h.u || len(list[n-1].rows) >= batchRows && list[n-1].rows[0]/part.PageRows != h.row/part.PageRows {
			list = append(list, batch{u: h.u})
			n++
		}
		b := &list[n-1]
		b.rows, b.at = append(b.rows, h.row), append(b.at, at)
	}
	return list
}

// batchRows is how many rows of a unit are read at once before another worker takes those of other pages.
const batchRows = 1024
