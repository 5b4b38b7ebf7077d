package part

import (
	"encoding/hex"
	"slices"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// MergeRepeat adds to a span what a repeat of it knows beyond: texts, numbers and lists that the span has not, attributes
// whose keys it has not. A status of ok, a duration of zero and an unspecified kind count as unknown. Messages that logs
// told in turn are put together, see telemetry.AttrMessages. A service that was guessed gives way to one that is known.
func MergeRepeat(s, repeat *telemetry.Span) {
	told := toldByLogs(s, repeat)
	if repeat.Service != "" && guessed(s) && !guessed(repeat) {
		s.Service = repeat.Service
		s.Attributes = slices.Clone(s.Attributes).Delete(telemetry.AttrService)
	}
	if s.GenAI == nil && repeat.GenAI != nil {
		s.GenAI = new(telemetry.GenAI)
	}
	to, from := Record{Span: s}.row(), Record{Span: repeat}.row()
	for id := range columns {
		c := &columns[id]
		if ID(id) == ColRepeat || ID(id) == ColResource || c.Type == Timestamp || !c.has(&from) {
			continue
		}
		switch {
		case ID(id) == ColStatus:
			s.Status = max(s.Status, repeat.Status)
		case ID(id) == ColDuration:
			if s.Duration == 0 {
				s.Duration = repeat.Duration
			}
		case ID(id) == ColEvents:
			if len(s.Events) == 0 {
				s.Events = repeat.Events
			}
		case ID(id) == ColLinks:
			if len(s.Links) == 0 {
				s.Links = repeat.Links
			}
		case c.Type == Flag:
			if c.flag(&from) {
				c.setFlag(&to)
			}
		case c.Type == Number:
			if !c.number(&to).Known {
				c.setNumber(&to, c.number(&from))
			}
		case told != nil && isMessages(ID(id)):
			told.merge(c, ID(id), &to, &from)
		case c.text != nil:
			if v := c.text(&from); v != "" && c.text(&to) == "" {
				_ = c.setText(&to, v) // plain texts take every value
			}
		}
	}
	if s.ParentID.IsZero() {
		s.ParentID = repeat.ParentID
	}
	s.Attributes = addAttrs(s.Attributes, repeat.Attributes)
	if told != nil {
		s.Attributes = told.mark(s.Attributes)
	}
	s.Resource = addAttrs(s.Resource, repeat.Resource)
}

func guessed(s *telemetry.Span) bool {
	return s.Attributes.Value(telemetry.AttrService) == telemetry.ServiceGuessed
}

func addAttrs(to, from telemetry.Attrs) telemetry.Attrs {
	for _, a := range from {
		if _, ok := to.Get(a.Key); !ok {
			to = append(slices.Clip(to), a)
		}
	}
	return to
}

// SpanKey is a trace id and a span id.
type SpanKey [24]byte

func keyOf(trace, span []byte) (k SpanKey) {
	if len(trace) == 32 {
		_, _ = hex.Decode(k[:16], trace)
	}
	if len(span) == 16 {
		_, _ = hex.Decode(k[16:], span)
	}
	return k
}

// SpanSet is a set of spans to look for.
type SpanSet struct {
	keys   map[SpanKey]struct{}
	traces map[telemetry.TraceID]struct{}
}

// NewSpanSet makes a set.
func NewSpanSet(keys []SpanKey) *SpanSet {
	s := &SpanSet{keys: map[SpanKey]struct{}{}, traces: map[telemetry.TraceID]struct{}{}}
	for _, k := range keys {
		s.keys[k] = struct{}{}
		s.traces[telemetry.TraceID(k[:16])] = struct{}{}
	}
	return s
}

// SpanRow is a row of a group and the span it is of.
type SpanRow struct {
	Row int32
	Key SpanKey
}

// Repeats returns the rows of a group that are repeats.
func (g *Group) Repeats(d *Decoder) ([]SpanRow, error) {
	if g.mem != nil && g.mem.repeats == 0 || g.Empty(ColRepeat) {
		return nil, nil
	}
	return g.spans(d, func(repeat bool) bool { return repeat }, nil)
}

// Find returns the rows of a group that are spans of a set, repeats not among them.
func (g *Group) Find(d *Decoder, set *SpanSet) ([]SpanRow, error) {
	if len(set.traces) <= 64 {
		found := false
		for t := range set.traces {
			found = found || g.MayHave(ColTrace, t.String())
		}
		if !found {
			return nil, nil
		}
	}
	return g.spans(d, func(repeat bool) bool { return !repeat }, set)
}

// spans returns rows of spans that are repeats or not, and in the set if there is one.
func (g *Group) spans(d *Decoder, want func(repeat bool) bool, set *SpanSet) ([]SpanRow, error) {
	var kind, repeat, trace, span Cursor
	kind.Open(d, g, ColKind)
	repeat.Open(d, g, ColRepeat)
	trace.Open(d, g, ColTrace)
	span.Open(d, g, ColSpan)
	var found []SpanRow
	var last []byte // the trace of the row before, and whether the set has it
	inSet := false
	for page := range g.Pages() {
		start := page * PageRows
		end := min(start+PageRows, g.rows)
		for _, c := range []*Cursor{&trace, &repeat, &kind} {
			if err := c.Seek(start); err != nil {
				return nil, err
			}
		}
		for i := start; i < end; i++ {
			if set != nil {
				if t := trace.At(i); last == nil || string(t) != string(last) {
					last = append(last[:0], t...)
					k := keyOf(t, nil)
					_, inSet = set.traces[telemetry.TraceID(k[:16])]
				}
				if !inSet {
					continue
				}
			}
			if !want(len(repeat.At(i)) > 0) || string(kind.At(i)) == KindLog {
				continue
			}
			if err := span.Seek(i); err != nil {
				return nil, err
			}
			k := keyOf(trace.At(i), span.At(i))
			if set != nil {
				if _, ok := set.keys[k]; !ok {
					continue
				}
			}
			found = append(found, SpanRow{int32(i), k})
		}
	}
	return found, nil
}

// mergeRepeats merges repeats into bases of the same memtable. It returns a memtable with the merged spans as rows at the
// end, and which rows they replace. The memory behind m is shared, so m may not grow meanwhile.
func (m *Memtable) mergeRepeats(d *Decoder) (merged *Memtable, replaced map[int32]bool, err error) {
	if m.repeats == 0 {
		return m, nil, nil
	}
	g := m.Group()
	repeats, err := g.Repeats(d)
	if err != nil {
		return nil, nil, err
	}
	byKey := map[SpanKey][]int32{}
	keys := make([]SpanKey, len(repeats))
	for i, r := range repeats {
		byKey[r.Key] = append(byKey[r.Key], r.Row)
		keys[i] = r.Key
	}
	bases, err := g.Find(d, NewSpanSet(keys))
	if err != nil || len(bases) == 0 {
		return m, nil, err
	}
	merged = m.Snapshot()
	merged.keyIDs, merged.resourceIDs = map[string]uint32{}, map[string]uint32{}
	for i, k := range merged.keys {
		merged.keyIDs[k] = uint32(i)
	}
	replaced = map[int32]bool{}
	reader := NewRowReader(d)
	for _, b := range bases {
		rows := append([]int32{b.Row}, byKey[b.Key]...)
		span, err := reader.merged(g, rows)
		if err != nil {
			return nil, nil, err
		}
		merged.AddSpan(span)
		for _, r := range rows {
			replaced[r] = true
		}
	}
	return merged, replaced, nil
}

// merged reads a span and its repeats, all of one group, and merges them in order of time.
func (r *RowReader) merged(g *Group, rows []int32) (*telemetry.Span, error) {
	var spans []*telemetry.Span
	for _, n := range rows {
		records, err := r.Read(g, []int32{n}, Choice{})
		if err != nil {
			return nil, err
		}
		spans = append(spans, records[0].Span)
	}
	SortRepeats(spans[1:])
	for _, s := range spans[1:] {
		MergeRepeat(spans[0], s)
	}
	return spans[0], nil
}

// SortRepeats brings repeats of a span into the order in which they are merged: the earliest says first.
func SortRepeats(spans []*telemetry.Span) {
	slices.SortStableFunc(spans, func(a, b *telemetry.Span) int {
		switch {
		case a.Time < b.Time:
			return -1
		case a.Time > b.Time:
			return 1
		}
		return 0
	})
}
