package pipeline

import (
	"slices"
	"strconv"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// A model call may be reported by several instruments: the gateway, the SDK's own span inside it, a wrapper around that,
// and a log. All are stored, one counts. They are the same call if
//
//   - provider and response id agree and the spans overlap in time (test doubles answer with one id for ever, so the id
//     alone is not enough), or
//   - one is an ancestor of the other, with the same model and no agent, tool or step between them, or
//   - one was derived from a log, and session, model and tokens agree within a few seconds.
//
// Of one batch the innermost counts, since it is nearest to the provider; over batches the first to arrive, which is the
// innermost too, as spans are sent at their end. What the others know beyond it is merged into it on reading.
type callIndex struct {
	bySpan     generations[*call] // the span that counts
	byResponse generations[*call]
	byFacts    generations[*call]
	above      generations[*call] // spans that have a counted call inside
	below      generations[*call] // spans that are inside a counted call
}

// call is one that counts.
type call struct {
	trace      telemetry.TraceID
	span       telemetry.SpanID
	begin, end int64
	model      string
	scope      string
	fromLog    bool
}

// clockSkew is how far the clocks of two hosts that report one call may differ.
const clockSkew = 5 * time.Second

func newCallIndex(size int) callIndex {
	return callIndex{
		bySpan: newGenerations[*call](size), byResponse: newGenerations[*call](size), byFacts: newGenerations[*call](size),
		above: newGenerations[*call](size), below: newGenerations[*call](size),
	}
}

// settle decides for every span of a batch whether it counts, and adds what the others know of a counted call as a Repeat.
func (x *callIndex) settle(f *flight, b *telemetry.Batch) {
	tree := newTree(b.Spans)
	var patches []telemetry.Span
	drop := map[int]bool{}
	for _, i := range tree.innermostFirst {
		s := &b.Spans[i]
		if s.GenAI == nil || !s.GenAI.Counts {
			if s.GenAI != nil {
				uncount(s.GenAI)
			}
			x.passOn(f, s)
			continue
		}
		known := x.find(s, tree)
		if known == nil {
			x.note(f, s, tree)
			continue
		}
		patches = append(patches, patchFor(known, s))
		uncount(s.GenAI)
		x.passOn(f, s)
		if isFromLog(s) {
			drop[i] = true // the log is stored, and its span would tell nothing new
		}
	}
	if len(drop) > 0 {
		kept := b.Spans[:0]
		for i := range b.Spans {
			if !drop[i] {
				kept = append(kept, b.Spans[i])
			}
		}
		b.Spans = kept
	}
	b.Spans = append(b.Spans, patches...)
}

// find returns the call that a span reports once more, or nil.
func (x *callIndex) find(s *telemetry.Span, tree *tree) *call {
	if k := responseKey(s.GenAI.Provider, s.GenAI.ResponseID); k != 0 {
		if c, ok := x.byResponse.get(k); ok && c.overlaps(s) {
			return c
		}
	}
	if c, ok := x.above.get(spanKey(s.TraceID, s.SpanID)); ok && c.sameModel(s.GenAI) {
		return c
	}
	for parent := range tree.ancestors(s) {
		key := spanKey(s.TraceID, parent)
		if c, ok := x.bySpan.get(key); ok && c.sameModel(s.GenAI) {
			return c
		}
		if c, ok := x.below.get(key); ok && c.sameModel(s.GenAI) {
			return c
		}
	}
	if c, ok := x.byFacts.get(factsKey(s)); ok && (c.fromLog || isFromLog(s)) && c.near(s) {
		return c
	}
	return nil
}

// note makes a span the one that counts for its call.
func (x *callIndex) note(f *flight, s *telemetry.Span, tree *tree) {
	c := &call{
		trace: s.TraceID, span: s.SpanID, begin: s.Time, end: s.Time + s.Duration,
		model: s.GenAI.RequestModel, scope: s.Scope.Name, fromLog: isFromLog(s),
	}
	x.put(f, &x.bySpan, spanKey(s.TraceID, s.SpanID), c)
	if k := responseKey(s.GenAI.Provider, s.GenAI.ResponseID); k != 0 {
		x.put(f, &x.byResponse, k, c)
	}
	x.put(f, &x.byFacts, factsKey(s), c)
	for parent := range tree.ancestors(s) {
		x.put(f, &x.above, spanKey(s.TraceID, parent), c)
	}
}

// passOn hands the mark of a call through a span that does not count itself, up and down, unless the span is of another
// kind of work: an agent's calls are not the agent.
func (x *callIndex) passOn(f *flight, s *telemetry.Span) {
	if isBoundary(s) {
		return
	}
	self, parent := spanKey(s.TraceID, s.SpanID), spanKey(s.TraceID, s.ParentID)
	if s.ParentID.IsZero() {
		return
	}
	if c, ok := x.above.get(self); ok {
		x.put(f, &x.above, parent, c)
	}
	c, ok := x.bySpan.get(parent)
	if !ok {
		c, ok = x.below.get(parent)
	}
	if ok {
		x.put(f, &x.below, self, c)
	}
}

func (x *callIndex) put(f *flight, g *generations[*call], key uint64, c *call) {
	if _, ok := g.get(key); !ok {
		f.undo = append(f.undo, func() { g.delete(key) })
	}
	g.put(key, c)
}

// isBoundary reports whether a span is GenAI work other than a model call: what is above it and below it are not one call.
func isBoundary(s *telemetry.Span) bool {
	return s.GenAI != nil && s.GenAI.Operation != "" && !s.GenAI.Operation.IsCall() && s.GenAI.Operation != telemetry.OpOther
}

// isFromLog reports whether a span was made from a log, see dialect.Log: nothing measured it, so it says so.
func isFromLog(s *telemetry.Span) bool { return s.Attributes.Value(fromLogKey) != "" }

// fromLogKey marks spans that the pipeline made from a log.
const fromLogKey = "telltale.from_log"

func (c *call) overlaps(s *telemetry.Span) bool {
	slack := int64(0)
	if c.scope != s.Scope.Name { // another instrument, perhaps on another host
		slack = int64(clockSkew)
	}
	return s.Time <= c.end+slack && s.Time+s.Duration+slack >= c.begin
}

func (c *call) near(s *telemetry.Span) bool {
	return s.Time <= c.end+int64(clockSkew) && s.Time+s.Duration+int64(clockSkew) >= c.begin
}

func (c *call) sameModel(g *telemetry.GenAI) bool {
	return c.model == "" || g.RequestModel == "" || c.model == g.RequestModel || c.model == g.ResponseModel
}

func factsKey(s *telemetry.Span) uint64 {
	g := s.GenAI
	b := make([]byte, 0, 128)
	b = append(b, s.SessionID...)
	b = append(b, 0)
	b = append(b, pricedModel(g)...)
	for _, n := range []telemetry.Opt{g.Usage.Input, g.Usage.Output, g.Usage.CacheRead} {
		b = strconv.AppendInt(append(b, 0), n.Or(-1), 10)
	}
	return xxh3.Hash(b)
}

// patchFor is what a further report of a call adds to the span that counts.
func patchFor(c *call, s *telemetry.Span) telemetry.Span {
	g := *s.GenAI
	uncount(&g)
	p := telemetry.Span{Repeat: true, Event: telemetry.Event{
		Time: c.begin, TraceID: c.trace, SpanID: c.span,
		Service: s.Service, Environment: s.Environment,
		RequestID: s.RequestID, UserID: s.UserID, TenantID: s.TenantID, SessionID: s.SessionID, KeyID: s.KeyID,
		ErrorType: s.ErrorType,
	}, GenAI: &g}
	return p
}

// tree is the parenthood inside a batch.
type tree struct {
	parents        map[uint64]telemetry.SpanID // of spans that a mark passes through
	innermostFirst []int
}

// newTree orders the spans of a batch so that children come before their parents. Batches without model calls, which are
// most, keep their order.
func newTree(spans []telemetry.Span) *tree {
	t := &tree{}
	hasCalls := false
	for i := range spans {
		if spans[i].Repeat {
			continue
		}
		t.innermostFirst = append(t.innermostFirst, i)
		hasCalls = hasCalls || spans[i].GenAI != nil && spans[i].GenAI.Counts
	}
	if !hasCalls {
		return t
	}
	t.parents = make(map[uint64]telemetry.SpanID, len(spans))
	all := make(map[uint64]telemetry.SpanID, len(spans))
	for _, i := range t.innermostFirst {
		s := &spans[i]
		key := spanKey(s.TraceID, s.SpanID)
		all[key] = s.ParentID
		if !isBoundary(s) {
			t.parents[key] = s.ParentID
		}
	}
	depths := make(map[int]int, len(spans))
	for _, i := range t.innermostFirst {
		s := &spans[i]
		n := 0
		for p, ok := s.ParentID, true; ok && !p.IsZero() && n < maxAncestors; n++ {
			p, ok = all[spanKey(s.TraceID, p)]
		}
		depths[i] = n
	}
	slices.SortStableFunc(t.innermostFirst, func(a, b int) int { return depths[b] - depths[a] })
	return t
}

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
			next, ok := t.parents[spanKey(s.TraceID, p)]
			if !ok {
				return
			}
			p = next
		}
	}
}
