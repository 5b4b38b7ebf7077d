package pipeline

import (
	"slices"
	"strconv"
	"strings"
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
//   - they have one parent, model and tokens agree, they are of two instruments, and one encloses the other in time, or
//   - one was made from a log and the other not, and session, model and tokens agree within a few seconds.
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
	of         *flight // nil for recalled ones
	trace      telemetry.TraceID
	span       telemetry.SpanID
	parent     telemetry.SpanID
	begin, end int64
	model      string
	scope      string
	service    string
	session    string
	fromLog    bool
	recalled   bool // model, scope and end are not known
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
// fromLog tells which of the spans were made from logs.
func (x *callIndex) settle(f *flight, b *telemetry.Batch, fromLog []bool) {
	if !x.concerns(b.Spans) {
		for i := range b.Spans {
			if g := b.Spans[i].GenAI; g != nil {
				uncount(g)
			}
		}
		return
	}
	tree := newTree(b.Spans)
	var patches []telemetry.Span
	drop := map[int]bool{}
	for _, i := range tree.innermostFirst {
		s := &b.Spans[i]
		if s.GenAI != nil && s.GenAI.Counts {
			known := x.find(s, tree, fromLog[i])
			if known == nil {
				x.note(f, s, tree, fromLog[i])
				continue
			}
			f.follow(known)
			patches = append(patches, patchFor(known, s))
			drop[i] = fromLog[i] // the log is stored, and its span would tell nothing new
		}
		if s.GenAI != nil {
			uncount(s.GenAI)
		}
		x.passUp(f, s)
	}
	for _, i := range slices.Backward(tree.innermostFirst) {
		if s := &b.Spans[i]; s.GenAI == nil || !s.GenAI.Counts {
			x.passDown(f, s)
		}
	}
	at := -1
	b.Spans = slices.DeleteFunc(b.Spans, func(telemetry.Span) bool { at++; return drop[at] })
	b.Spans = append(b.Spans, patches...)
}

// concerns reports whether a batch has calls, or spans between those of a known call and others: most batches do not.
func (x *callIndex) concerns(spans []telemetry.Span) bool {
	for i := range spans {
		s := &spans[i]
		if s.Repeat {
			continue
		}
		if s.GenAI != nil && s.GenAI.Counts {
			return true
		}
		if s.ParentID.IsZero() || isBoundary(s) {
			continue
		}
		parent := spanKey(s.TraceID, s.ParentID)
		if live(&x.above, spanKey(s.TraceID, s.SpanID)) != nil || live(&x.bySpan, parent) != nil || live(&x.below, parent) != nil {
			return true
		}
	}
	return false
}

// follow notes that the flight may only take off when the call's own has landed.
func (f *flight) follow(c *call) {
	if c.of == nil || c.of == f || c.of.ended || slices.Contains(f.after, c.of) {
		return
	}
	f.after = append(f.after, c.of)
}

// live returns a call, unless its batch was not stored.
func live(g *generations[*call], key uint64) *call {
	if c, ok := g.get(key); ok && (c.of == nil || !c.of.failed) {
		return c
	}
	return nil
}

// find returns the call that a span reports once more, or nil.
func (x *callIndex) find(s *telemetry.Span, tree *tree, fromLog bool) *call {
	var byID *call
	if k := responseKey(s.GenAI.Provider, s.GenAI.ResponseID); k != 0 {
		if byID = live(&x.byResponse, k); byID != nil && !byID.sameAnswer(s) {
			byID = nil
		}
	}
	if byID != nil && byID.trace == s.TraceID {
		return byID
	}
	if c := live(&x.above, spanKey(s.TraceID, s.SpanID)); c != nil && c.sameModel(s.GenAI) {
		return c
	}
	for parent := range tree.ancestors(s) {
		key := spanKey(s.TraceID, parent)
		if c := live(&x.bySpan, key); c != nil && c.sameModel(s.GenAI) {
			return c
		}
		if c := live(&x.below, key); c != nil && c.sameModel(s.GenAI) {
			return c
		}
	}
	if byID != nil {
		return byID
	}
	if k := siblingKey(s); k != 0 {
		if c := live(&x.byFacts, k); c != nil && c.scope != s.Scope.Name && c.around(s) {
			return c
		}
	}
	for _, session := range sessions(s) {
		if c := live(&x.byFacts, factsKey(s, session)); c != nil && c.fromLog != fromLog && c.near(s) && (c.session == s.SessionID || c.session == "" || s.SessionID == "") {
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
	if s.SessionID == "" {
		return []string{""}
	}
	return []string{s.SessionID, ""}
}

// note makes a span the one that counts for its call.
func (x *callIndex) note(f *flight, s *telemetry.Span, tree *tree, fromLog bool) {
	c := &call{
		of: f, trace: s.TraceID, span: s.SpanID, parent: s.ParentID, begin: s.Time, end: s.Time + s.Duration,
		// Copies: what is kept for an hour must not hold on to the request it is a piece of.
		model: strings.Clone(s.GenAI.RequestModel), scope: strings.Clone(s.Scope.Name),
		service: strings.Clone(s.Service), session: strings.Clone(s.SessionID), fromLog: fromLog,
	}
	x.put(f, &x.bySpan, spanKey(s.TraceID, s.SpanID), c)
	if k := responseKey(s.GenAI.Provider, s.GenAI.ResponseID); k != 0 {
		x.put(f, &x.byResponse, k, c)
	}
	if k := siblingKey(s); k != 0 {
		x.put(f, &x.byFacts, k, c)
	}
	for _, session := range sessions(s) {
		x.put(f, &x.byFacts, factsKey(s, session), c)
	}
	for parent := range tree.ancestors(s) {
		key := spanKey(s.TraceID, parent)
		if known := live(&x.above, key); known != nil && known.of == f {
			break // and so are all above it
		}
		x.put(f, &x.above, key, c)
	}
}

// passUp hands the mark of a call inside a span that does not count itself to the span's parent, and passDown that of a
// call around it to the span, unless the span is of another kind of work: an agent's calls are not the agent.
func (x *callIndex) passUp(f *flight, s *telemetry.Span) {
	if s.ParentID.IsZero() || isBoundary(s) {
		return
	}
	if c := live(&x.above, spanKey(s.TraceID, s.SpanID)); c != nil {
		x.put(f, &x.above, spanKey(s.TraceID, s.ParentID), c)
	}
}

func (x *callIndex) passDown(f *flight, s *telemetry.Span) {
	if s.ParentID.IsZero() || isBoundary(s) {
		return
	}
	parent := spanKey(s.TraceID, s.ParentID)
	c := live(&x.bySpan, parent)
	if c == nil {
		c = live(&x.below, parent)
	}
	if c != nil {
		x.put(f, &x.below, spanKey(s.TraceID, s.SpanID), c)
	}
}

// put notes a call until the flight fails. Flights share these keys: what another put there since stays.
func (x *callIndex) put(f *flight, g *generations[*call], key uint64, c *call) {
	old, had := g.get(key)
	if old == c {
		return
	}
	g.put(key, c)
	f.undo = append(f.undo, func() {
		if now, ok := g.get(key); !ok || now != c {
			return
		}
		g.delete(key)
		if had {
			g.put(key, old)
		}
	})
}

// isBoundary reports whether a span is GenAI work other than a model call: what is above it and below it are not one call.
func isBoundary(s *telemetry.Span) bool {
	return s.GenAI != nil && s.GenAI.Operation != "" && !s.GenAI.Operation.IsCall() && s.GenAI.Operation != telemetry.OpOther
}

// fromLogKey marks spans that the pipeline made from a log: nothing measured them, so they say so.
const fromLogKey = "telltale.from_log"

// sameAnswer reports whether a span with the response id of the call is a report of it.
func (c *call) sameAnswer(s *telemetry.Span) bool {
	begin, end := s.Time, s.Time+s.Duration
	switch {
	case c.recalled || c.service != s.Service: // another process, perhaps on a host with another clock
		return c.near(s)
	case c.scope != s.Scope.Name: // another instrument of the same process
		return begin <= c.end && end >= c.begin
	}
	return c.around(s) && c.trace == s.TraceID && c.parent != s.ParentID
}

// around reports whether one of the two encloses the other in time.
func (c *call) around(s *telemetry.Span) bool {
	begin, end := s.Time, s.Time+s.Duration
	return begin <= c.begin && c.end <= end || c.begin <= begin && end <= c.end
}

func (c *call) near(s *telemetry.Span) bool {
	return s.Time <= c.end+int64(clockSkew) && s.Time+s.Duration+int64(clockSkew) >= c.begin
}

func (c *call) sameModel(g *telemetry.GenAI) bool {
	return c.model == "" || g.RequestModel == "" || c.model == g.RequestModel || c.model == g.ResponseModel
}

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

// siblingKey stands for parent, model and tokens: some wrappers send their trace on without a span of their own, so that the
// gateway's span hangs beside theirs. Zero where there is no parent or no usage.
func siblingKey(s *telemetry.Span) uint64 {
	if s.ParentID.IsZero() || !s.GenAI.Usage.Total().Known {
		return 0
	}
	return factsKey(s, "\x00"+string(s.TraceID[:])+string(s.ParentID[:]))
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

// newTree orders the spans of a batch so that children come before their parents.
func newTree(spans []telemetry.Span) *tree {
	t := &tree{}
	for i := range spans {
		if !spans[i].Repeat {
			t.innermostFirst = append(t.innermostFirst, i)
		}
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
	depths := make([]int, len(spans))
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
