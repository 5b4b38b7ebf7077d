package pipeline

import (
	"slices"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// tree is the parenthood inside a batch.
type tree struct {
	spans          []telemetry.Span
	byKey          map[uint64]int32 // index in spans; repeats are left out
	innermostFirst []int
	depths         []int
}

// maxKeptTree bounds what a tree keeps of one batch for the next.
const maxKeptTree = 1 << 12

// grow makes the tree that of a batch, with children before their parents.
func (t *tree) grow(spans []telemetry.Span) *tree {
	if t.byKey == nil || len(t.depths) > maxKeptTree {
		*t = tree{byKey: make(map[uint64]int32, len(spans))}
	}
	clear(t.byKey)
	t.spans, t.innermostFirst = spans, t.innermostFirst[:0]
	t.depths = slices.Grow(t.depths[:0], len(spans))[:len(spans)]
	for i := range spans {
		if s := &spans[i]; !s.Repeat {
			t.innermostFirst = append(t.innermostFirst, i)
			t.byKey[spanKey(s.TraceID, s.SpanID)] = int32(i)
		}
	}
	flat := true
	for _, i := range t.innermostFirst {
		s := &spans[i]
		n := 0
		for p, ok := s.ParentID, true; ok && !p.IsZero() && n < maxAncestors; n++ {
			var at int32
			if at, ok = t.byKey[spanKey(s.TraceID, p)]; ok {
				p = spans[at].ParentID
			}
		}
		t.depths[i] = n
		flat = flat && n == t.depths[t.innermostFirst[0]]
	}
	if !flat {
		slices.SortStableFunc(t.innermostFirst, func(a, b int) int { return t.depths[b] - t.depths[a] })
	}
	return t
}

// release lets go of the batch.
func (t *tree) release() { t.spans = nil }

// maxAncestors bounds walks: hostile input has cycles.
const maxAncestors = 64

// ancestors yields the parent of a span, and on from there as far as the batch knows and no other kind of work begins.
func (t *tree) ancestors(s *telemetry.Span) func(yield func(telemetry.SpanID) bool) {
	return func(yield func(telemetry.SpanID) bool) {
		p := s.ParentID
		for n := 0; !p.IsZero() && n < maxAncestors; n++ {
			if !yield(p) {
				return
			}
			at, ok := t.byKey[spanKey(s.TraceID, p)]
			if !ok || isBoundary(&t.spans[at]) {
				return
			}
			p = t.spans[at].ParentID
		}
	}
}

// wrappers yields the ancestors up to the first that describes no model call, that one included.
func (t *tree) wrappers(s *telemetry.Span) func(yield func(telemetry.SpanID) bool) {
	return func(yield func(telemetry.SpanID) bool) {
		for p := range t.ancestors(s) {
			if !yield(p) {
				return
			}
			if at, ok := t.byKey[spanKey(s.TraceID, p)]; !ok || t.spans[at].GenAI == nil {
				return
			}
		}
	}
}
