package part

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"maps"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Trace sums up what the inputs of a Merge know of a trace.
type Trace struct {
	ID       telemetry.TraceID
	Rows     int
	First    int64 // earliest and latest begin of a record, Unix nanoseconds
	Last     int64
	Duration int64 // of the longest span, nanoseconds
	Cost     int64 // pico-USD
	Error    bool  // a span or log failed
}

// Merge makes one part of several, oldest first, as Write does. Where keep is not nil, rows of traces it refuses are left
// out; rows without a trace stay. How many were left out is the difference of the counts in Meta. Memory is bounded by a row
// group of mergeBytes, a page of each input and, with keep, the number of traces.
func Merge(ctx context.Context, fs disk.FS, name string, parts []*Part, keep func(*Trace) bool) (Meta, error) {
	return merge(ctx, fs, name, parts, keep, false)
}

// MergeQuickly is Merge for a part that will be merged again before long: long texts are packed as Write packs them.
func MergeQuickly(ctx context.Context, fs disk.FS, name string, parts []*Part, keep func(*Trace) bool) (Meta, error) {
	return merge(ctx, fs, name, parts, keep, true)
}

func merge(ctx context.Context, fs disk.FS, name string, parts []*Part, keep func(*Trace) bool, quick bool) (Meta, error) {
	d, err := NewDecoder()
	if err != nil {
		return Meta{}, err
	}
	defer d.Close()
	m := &merger{ctx: ctx, d: d, parts: parts, reader: NewRowReader(d)}
	keys, rows := map[string]int64{}, 0
	for _, p := range parts {
		rows += p.meta.Rows
		for k, n := range p.keys {
			keys[k] += n
		}
	}
	if err := m.plan(keep); err != nil {
		return Meta{}, fmt.Errorf("merge into part %s: %w", name, err)
	}
	pw, err := newPartWriter(fs, name, promote(keys, rows))
	if err != nil {
		return Meta{}, err
	}
	pw.enc.quick = quick
	return pw.close(m.run(pw))
}

// rowRef is a row of an input.
type rowRef struct {
	source int32 // index of a part; len(parts) is merged
	row    int32
	group  *Group
}

type merger struct {
	ctx     context.Context
	d       *Decoder
	parts   []*Part
	reader  *RowReader
	refused map[telemetry.TraceID]bool
	bases   map[groupRow][]groupRow // a span and its repeats
	dropped map[groupRow]bool       // repeats that were merged

	inputs  []*mergeInput
	cursors []Cursor
	refs    []rowRef
	merged  *Memtable // spans of this row group with their repeats
	attrs   rowAttrs
}

type groupRow struct {
	g   *Group
	row int32
}

// plan finds the traces that are left out, and the bases of repeats.
func (m *merger) plan(keep func(*Trace) bool) error {
	if keep != nil {
		if err := m.sample(keep); err != nil {
			return err
		}
	}
	repeats := map[SpanKey][]groupRow{}
	for _, p := range m.parts {
		for _, g := range p.groups {
			rows, err := g.Repeats(m.d)
			if err != nil {
				return err
			}
			for _, r := range rows {
				repeats[r.Key] = append(repeats[r.Key], groupRow{g, r.Row})
			}
		}
	}
	if len(repeats) == 0 {
		return nil
	}
	var keys []SpanKey
	for k := range maps.Keys(repeats) {
		keys = append(keys, k)
	}
	set := NewSpanSet(keys)
	m.bases, m.dropped = map[groupRow][]groupRow{}, map[groupRow]bool{}
	for _, p := range m.parts {
		for _, g := range p.groups {
			rows, err := g.Find(m.d, set)
			if err != nil {
				return err
			}
			for _, r := range rows {
				m.bases[groupRow{g, r.Row}] = repeats[r.Key]
				for _, at := range repeats[r.Key] {
					m.dropped[at] = true
				}
			}
		}
	}
	return nil
}

// sample sums up every trace and asks which to keep.
func (m *merger) sample(keep func(*Trace) bool) error {
	traces := map[telemetry.TraceID]*Trace{}
	for _, p := range m.parts {
		for _, g := range p.groups {
			if err := m.addTraces(g, traces); err != nil {
				return err
			}
		}
	}
	m.refused = map[telemetry.TraceID]bool{}
	for id, t := range traces {
		if !keep(t) {
			m.refused[id] = true
		}
	}
	return nil
}

func (m *merger) addTraces(g *Group, traces map[telemetry.TraceID]*Trace) error {
	var time, trace, status, duration, cost Cursor
	time.Open(m.d, g, ColTime)
	trace.Open(m.d, g, ColTrace)
	status.Open(m.d, g, ColStatus)
	duration.Open(m.d, g, ColDuration)
	cost.Open(m.d, g, ColCost)
	for i := range g.rows {
		for _, c := range []*Cursor{&time, &trace, &status, &duration, &cost} {
			if err := c.Seek(i); err != nil {
				return err
			}
		}
		id := traceOf(trace.At(i))
		if id.IsZero() {
			continue
		}
		at, _ := time.NumberAt(i)
		t := traces[id]
		if t == nil {
			t = &Trace{ID: id, First: at, Last: at}
			traces[id] = t
		}
		t.Rows++
		t.First, t.Last = min(t.First, at), max(t.Last, at)
		if v, ok := duration.NumberAt(i); ok {
			t.Duration = max(t.Duration, v)
		}
		if v, ok := cost.NumberAt(i); ok {
			t.Cost += v
		}
		t.Error = t.Error || string(status.At(i)) == telemetry.StatusError.String()
	}
	return m.ctx.Err()
}

func traceOf(text []byte) (id telemetry.TraceID) {
	if len(text) == 32 {
		_, _ = hex.Decode(id[:], text)
	}
	return id
}

// run writes all rows in order, a row group at a time.
func (m *merger) run(pw *partWriter) error {
	for i, p := range m.parts {
		m.inputs = append(m.inputs, &mergeInput{m: m, source: int32(i), groups: p.groups})
		if err := m.inputs[i].next(); err != nil {
			return err
		}
	}
	m.cursors = make([]Cursor, len(m.parts)+1)
	identity := make([]int32, GroupRows)
	for i := range identity {
		identity[i] = int32(i)
	}
	stage := NewMemtable()
	for {
		if err := m.choose(); err != nil {
			return err
		}
		if len(m.refs) == 0 {
			return nil
		}
		stage.Reset()
		if err := m.fill(stage); err != nil {
			return err
		}
		if err := pw.writeGroup(m.ctx, stage, identity[:stage.rows]); err != nil {
			return err
		}
	}
}

// mergeBytes bounds the long texts of a row group that a merge makes, as far as averages of its inputs tell: they are in
// memory at once.
const mergeBytes = 16 << 20

// choose sets refs to the next rows in order.
func (m *merger) choose() error {
	m.refs = m.refs[:0]
	m.merged = nil
	bytes := int64(0)
	for len(m.refs) < GroupRows && bytes < mergeBytes {
		var first *mergeInput
		for _, in := range m.inputs {
			if !in.done && (first == nil || in.before(first)) {
				first = in
			}
		}
		if first == nil {
			return nil
		}
		bytes += first.g.long / int64(first.g.rows)
		at := groupRow{first.g, first.row}
		switch {
		case m.dropped[at]:
		case m.bases[at] != nil:
			if err := m.addMerged(at); err != nil {
				return err
			}
		default:
			m.refs = append(m.refs, rowRef{first.source, first.row, first.g})
		}
		if err := first.next(); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) addMerged(at groupRow) error {
	if m.merged == nil {
		m.merged = NewMemtable()
	}
	base, err := m.reader.Read(at.g, []int32{at.row}, Choice{})
	if err != nil {
		return err
	}
	var repeats []*telemetry.Span
	for _, r := range m.bases[at] {
		records, err := m.reader.Read(r.g, []int32{r.row}, Choice{})
		if err != nil {
			return err
		}
		repeats = append(repeats, records[0].Span)
	}
	SortRepeats(repeats)
	for _, r := range repeats {
		MergeRepeat(base[0].Span, r)
	}
	m.refs = append(m.refs, rowRef{int32(len(m.parts)), int32(m.merged.rows), nil})
	m.merged.AddSpan(base[0].Span)
	return nil
}

// mergeInput walks through the rows of a part.
type mergeInput struct {
	m                 *merger
	source            int32
	groups            []*Group
	g                 *Group
	row               int32
	at                int64
	done              bool
	time, trace, span Cursor
}

// next moves to the next row that is kept.
func (in *mergeInput) next() error {
	for {
		if in.row++; in.g == nil || int(in.row) == in.g.rows {
			if err := in.m.ctx.Err(); err != nil {
				return err
			}
			if len(in.groups) == 0 {
				in.done = true
				return nil
			}
			in.g, in.groups, in.row = in.groups[0], in.groups[1:], 0
			in.time.Open(in.m.d, in.g, ColTime)
			in.trace.Open(in.m.d, in.g, ColTrace)
			in.span.Open(in.m.d, in.g, ColSpan)
		}
		i := int(in.row)
		for _, c := range []*Cursor{&in.time, &in.trace, &in.span} {
			if err := c.Seek(i); err != nil {
				return err
			}
		}
		in.at, _ = in.time.NumberAt(i)
		if len(in.m.refused) == 0 || !in.m.refused[traceOf(in.trace.At(i))] {
			return nil
		}
	}
}

func (in *mergeInput) before(other *mergeInput) bool {
	if in.at != other.at {
		return in.at < other.at
	}
	a, b := in.trace.At(int(in.row)), other.trace.At(int(other.row))
	if c := bytes.Compare(a, b); c != 0 {
		return c < 0
	}
	return bytes.Compare(in.span.At(int(in.row)), other.span.At(int(other.row))) < 0
}
