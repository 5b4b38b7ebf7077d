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
//     alone is not enough; and one instrument reports a call once, unless one of its spans is around the other), or
//   - one is an ancestor of the other, with the same model and no agent, tool or step between them, or
//   - they have one parent, or one is beside a wrapper around the other, model and tokens agree, they are of two instruments,
//     and one encloses the other in time, or
//   - one was made from a log and the other not, and session, model and tokens agree within a few seconds.
//
// Of one batch the innermost counts, since it is nearest to the provider; over batches the first to arrive, which is the
// innermost too, as spans are sent at their end. What the others know beyond it is merged into it on reading.
type callIndex struct {
	ring       callRing
	bySpan     generations[uint32] // the span that counts
	byResponse generations[uint32]
	byFacts    generations[uint32]
	above      generations[uint32] // spans that have a counted call inside
	below      generations[uint32] // spans that are inside a counted call
	byCaller   generations[uint32] // the latest call with a guessed service that was made in a span
	tree       tree
}

// clockSkew is how far the clocks of two hosts that report one call may differ.
const clockSkew = 5 * time.Second

func newCallIndex(size int) callIndex {
	return callIndex{
		ring:   newCallRing(2 * size),
		bySpan: newGenerations[uint32](size), byResponse: newGenerations[uint32](size), byFacts: newGenerations[uint32](size),
		above: newGenerations[uint32](size), below: newGenerations[uint32](size), byCaller: newGenerations[uint32](size),
	}
}

// recall notes a call that was stored before the start; response is the key of its answer, zero where there is none.
// Calls come newest first, so half of the ring is for them: what is older would be the first to go.
func (x *callIndex) recall(span, response uint64, c call) {
	if x.ring.next > uint32(x.ring.size/2) {
		return
	}
	id := x.ring.add(c)
	x.bySpan.recall(span, id)
	if response != 0 {
		x.byResponse.recall(response, id)
	}
}

// end notes what became of the calls of a flight.
func (x *callIndex) end(f *flight, failed bool) {
	for i := range f.calls.n {
		if c := x.ring.get(f.calls.first + i); c != nil {
			c.flying, c.failed = false, failed
		}
	}
	for _, id := range f.used {
		if c := x.ring.get(id); c != nil && failed {
			c.used = false
		}
	}
}

// settle decides for every span of a batch whether it counts, and adds what the others know of a counted call as a Repeat.
// fromLog tells which of the spans were made from logs.
// pending are the flights that are under way, by the keys of their spans.
func (x *callIndex) settle(f *flight, b *telemetry.Batch, fromLog []bool, pending map[uint64]*flight) {
	if !x.concerns(b.Spans) {
		x.settleLater(f, b.Spans)
		for i := range b.Spans {
			if s := &b.Spans[i]; s.GenAI != nil && !s.Repeat {
				uncount(s.GenAI)
			}
		}
		return
	}
	tree := x.tree.grow(b.Spans)
	defer tree.release()
	var patches []telemetry.Span
	var drop map[int]bool
	for _, i := range tree.innermostFirst {
		s := &b.Spans[i]
		var known *call
		if s.GenAI != nil && s.GenAI.Counts {
			known = x.find(s, tree, fromLog[i])
			if known == nil {
				patches = x.nameCalls(patches, f, s, nil, pending)
				x.note(f, s, tree, fromLog[i])
				continue
			}
			f.follow(known, pending)
			patches = append(patches, patchFor(known, s))
			if fromLog[i] { // the log is stored, and its span would tell nothing new
				if drop == nil {
					drop = map[int]bool{}
				}
				drop[i] = true
			}
		}
		if s.GenAI != nil {
			uncount(s.GenAI)
		}
		patches = x.nameCalls(patches, f, s, known, pending)
		x.passUp(f, s, known)
	}
	for _, i := range slices.Backward(tree.innermostFirst) {
		if s := &b.Spans[i]; s.GenAI == nil || !s.GenAI.Counts {
			x.passDown(f, s)
		}
	}
	x.settleLater(f, b.Spans)
	if drop != nil {
		at := -1
		b.Spans = slices.DeleteFunc(b.Spans, func(telemetry.Span) bool { at++; return drop[at] })
	}
	b.Spans = append(b.Spans, patches...)
}

// settleLater decides for the later versions of spans whether their numbers count: those of a call whose usage was not
// known when it came first. A Repeat with usage adds it to its span on reading, so a sum has it once.
func (x *callIndex) settleLater(f *flight, spans []telemetry.Span) {
	for i := range spans {
		s := &spans[i]
		if !s.Repeat || s.GenAI == nil {
			continue
		}
		c, id := (*call)(nil), uint32(0)
		if s.GenAI.Counts && s.GenAI.Usage.Total().Known {
			if id = x.liveID(&x.bySpan, spanKey(s.TraceID, s.SpanID)); id != 0 {
				c = x.ring.get(id)
			}
		}
		if c == nil || c.used {
			uncount(s.GenAI)
			continue
		}
		s.GenAI.Counts = false // its span does
		c.used = true
		f.used = append(f.used, id)
		x.noteFacts(f, s, &tree{}, id)
	}
}

// concerns reports whether a batch has calls, spans between those of a known call and others, or spans in which calls of a
// service nobody named were made: most batches do not.
func (x *callIndex) concerns(spans []telemetry.Span) bool {
	for i := range spans {
		s := &spans[i]
		if s.Repeat {
			continue
		}
		if s.GenAI != nil && s.GenAI.Counts || x.calledIn(s) != 0 {
			return true
		}
		if s.ParentID.IsZero() || isBoundary(s) {
			continue
		}
		parent := spanKey(s.TraceID, s.ParentID)
		if x.live(&x.above, spanKey(s.TraceID, s.SpanID)) != nil || x.live(&x.bySpan, parent) != nil || x.live(&x.below, parent) != nil {
			return true
		}
	}
	return false
}

// follow notes that the flight may only take off when the call's own has landed.
func (f *flight) follow(c *call, pending map[uint64]*flight) {
	if !c.flying {
		return
	}
	of := pending[spanKey(c.trace, c.span)]
	if of == nil || of == f || slices.Contains(f.after, of) {
		return
	}
	f.after = append(f.after, of)
}

// live returns a call, unless its batch was not stored. It is to be read before another call is noted.
func (x *callIndex) live(g *generations[uint32], key uint64) *call {
	if id, ok := g.get(key); ok {
		if c := x.ring.get(id); c != nil && !c.failed {
			return c
		}
	}
	return nil
}

// find returns the call that a span reports once more, or nil.
func (x *callIndex) find(s *telemetry.Span, tree *tree, fromLog bool) *call {
	var byID *call
	if k := responseKey(s.GenAI.Provider, s.GenAI.ResponseID); k != 0 {
		if byID = x.live(&x.byResponse, k); byID != nil && !byID.sameAnswer(s) {
			byID = nil
		}
	}
	if byID != nil && byID.trace == s.TraceID {
		return byID
	}
	if c := x.live(&x.above, spanKey(s.TraceID, s.SpanID)); c != nil && c.sameModel(s.GenAI) {
		return c
	}
	for parent := range tree.ancestors(s) {
		key := spanKey(s.TraceID, parent)
		if c := x.live(&x.bySpan, key); c != nil && c.sameModel(s.GenAI) {
			return c
		}
		if c := x.live(&x.below, key); c != nil && c.sameModel(s.GenAI) {
			return c
		}
	}
	if byID != nil {
		return byID
	}
	for k := range siblingKeys(s, tree) {
		if c := x.live(&x.byFacts, k); c != nil && c.scope != nameOf(s.Scope.Name) && c.around(s) {
			return c
		}
	}
	own := nameOf(s.SessionID)
	for _, session := range sessions(s) {
		if c := x.live(&x.byFacts, factsKey(s, session)); c != nil && c.fromLog != fromLog && c.near(s) && (c.session == own || c.session == 0 || own == 0) {
			return c
		}
	}
	return nil
}

// sessions are those under which a call is known by its facts: its own, and none, since some clients name the session in
// the log of a call only. Without usage there are no facts to know it by.
func sessions(s *telemetry.Span) []string {
	if u := &s.GenAI.Usage; !u.Input.Known || !u.Output.Known {
		return nil
	}
	list := [...]string{s.SessionID, ""}
	if s.SessionID == "" {
		return list[1:]
	}
	return list[:]
}

// note makes a span the one that counts for its call.
func (x *callIndex) note(f *flight, s *telemetry.Span, tree *tree, fromLog bool) {
	c := f.calls.add(&x.ring, call{
		trace: s.TraceID, span: s.SpanID, parent: s.ParentID, begin: s.Time, end: s.Time + s.Duration,
		model: nameOf(s.GenAI.RequestModel), scope: nameOf(s.Scope.Name), service: nameOf(s.Service), session: nameOf(s.SessionID),
		fromLog: fromLog, flying: true, used: s.GenAI.Usage.Total().Known, guessed: guessed(s),
	})
	x.awaitCaller(f, s, c)
	f.note(&x.bySpan, spanKey(s.TraceID, s.SpanID), c)
	if k := responseKey(s.GenAI.Provider, s.GenAI.ResponseID); k != 0 {
		f.note(&x.byResponse, k, c)
	}
	x.noteFacts(f, s, tree, c)
	for parent := range tree.ancestors(s) {
		key := spanKey(s.TraceID, parent)
		if known, ok := x.above.get(key); ok && f.calls.has(known) {
			break // and so are all above it
		}
		f.note(&x.above, key, c)
	}
}

// noteFacts makes a call known by its usage.
func (x *callIndex) noteFacts(f *flight, s *telemetry.Span, tree *tree, c uint32) {
	for k := range siblingKeys(s, tree) {
		f.note(&x.byFacts, k, c)
	}
	for _, session := range sessions(s) {
		f.note(&x.byFacts, factsKey(s, session), c)
	}
}

// lateUsage reports whether a span is the later version of one whose call counts, and brings its usage.
func lateUsage(s *telemetry.Span) bool {
	return s.Repeat && s.GenAI != nil && s.GenAI.Usage.Total().Known
}

// passUp hands the mark of the call that a span reports once more, or has inside, to the span's parent, and passDown that of a
// call around it to the span, unless the span is of another kind of work: an agent's calls are not the agent.
func (x *callIndex) passUp(f *flight, s *telemetry.Span, reported *call) {
	if s.ParentID.IsZero() || isBoundary(s) {
		return
	}
	c := x.liveID(&x.above, spanKey(s.TraceID, s.SpanID))
	if reported != nil {
		c = x.liveID(&x.bySpan, spanKey(reported.trace, reported.span))
	}
	if c != 0 {
		f.note(&x.above, spanKey(s.TraceID, s.ParentID), c)
	}
}

func (x *callIndex) passDown(f *flight, s *telemetry.Span) {
	if s.ParentID.IsZero() || isBoundary(s) {
		return
	}
	parent := spanKey(s.TraceID, s.ParentID)
	c := x.liveID(&x.bySpan, parent)
	if c == 0 {
		c = x.liveID(&x.below, parent)
	}
	if c != 0 {
		f.note(&x.below, spanKey(s.TraceID, s.SpanID), c)
	}
}

// liveID is live for who passes the call on; zero is none.
func (x *callIndex) liveID(g *generations[uint32], key uint64) uint32 {
	if id, ok := g.get(key); ok {
		if c := x.ring.get(id); c != nil && !c.failed {
			return id
		}
	}
	return 0
}

// note puts a call under a key until the flight fails.
func (f *flight) note(in *generations[uint32], key uint64, c uint32) {
	if old, had := in.get(key); !had || old != c {
		f.remember(in, key, c)
	}
}

// isBoundary reports whether a span is GenAI work other than a model call: what is above it and below it are not one call.
func isBoundary(s *telemetry.Span) bool {
	return s.GenAI != nil && s.GenAI.Operation != "" && !s.GenAI.Operation.IsCall() && s.GenAI.Operation != telemetry.OpOther
}

// fromLogKey marks spans that the pipeline made from a log: nothing measured them, so they say so.
const fromLogKey = "telltale.from_log"

// factsKey stands for session, model and tokens.
func factsKey(s *telemetry.Span, session string) uint64 {
	b := make([]byte, 0, 128)
	b = append(b, session...)
	b = append(b, 0)
	b = append(b, pricedModel(s.GenAI)...)
	for _, n := range []telemetry.Opt{s.GenAI.Usage.Input, s.GenAI.Usage.Output, s.GenAI.Usage.CacheRead} {
		b = strconv.AppendInt(append(b, 0), n.Value, 10) // instruments differ in whether they say a zero
	}
	return xxh3.Hash(b)
}

// siblingKeys stand for parent, model and tokens: some wrappers send their trace on without a span of their own, so that the
// gateway's span hangs beside theirs, or beside the outermost of several. There are none without a parent or without usage.
func siblingKeys(s *telemetry.Span, tree *tree) func(yield func(uint64) bool) {
	return func(yield func(uint64) bool) {
		if !s.GenAI.Usage.Total().Known {
			return
		}
		for parent := range tree.wrappers(s) {
			if !yield(factsKey(s, "\x00"+string(s.TraceID[:])+string(parent[:]))) {
				return
			}
		}
	}
}
