package pipeline

import (
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// A call belongs to the service that made it. The gateway knows that service where the client says its name; else it takes
// the name of the client's software, and marks it as a guess. The span around the gateway's, whose id came with the call,
// knows better: of the library, of an SDK, or of an HTTP client that tells nothing of models. It arrives when the call is
// stored already, so what it says of the caller goes into a Repeat, to which a guess gives way when the two are merged.
//
// Metrics wait for it some seconds, see the package derive: what they have counted cannot be moved.

// maxCallsOfCaller is how many calls that were made in one span it can name; those before the latest so many keep the guess.
const maxCallsOfCaller = 1024

// guessed reports whether the service of a span is the gateway's guess.
func guessed(s *telemetry.Span) bool {
	return s.Attributes.Value(telemetry.AttrService) == telemetry.ServiceGuessed
}

// awaitCaller notes a call whose service is a guess under the span that it was made in.
func (x *callIndex) awaitCaller(f *flight, s *telemetry.Span, id uint32) {
	c := x.ring.get(id)
	if !c.guessed || s.ParentID.IsZero() {
		return
	}
	caller := spanKey(s.TraceID, s.ParentID)
	c.before, _ = x.byCaller.get(caller)
	f.note(&x.byCaller, caller, id)
}

// calledIn returns the latest call with a guessed service that was made in a span; zero is none.
func (x *callIndex) calledIn(s *telemetry.Span) uint32 {
	id, _ := x.byCaller.get(spanKey(s.TraceID, s.SpanID))
	return id
}

// nameCalls adds to the patches what a span tells of who made the calls in it, but for the call that it reports: that has
// its patch.
func (x *callIndex) nameCalls(
	patches []telemetry.Span, f *flight, s *telemetry.Span, reported *call, pending map[uint64]*flight,
) []telemetry.Span {
	id := x.calledIn(s)
	if id == 0 || s.Service == "" || guessed(s) {
		return patches
	}
	for n := 0; id != 0 && n < maxCallsOfCaller; n++ {
		c := x.ring.get(id)
		if c == nil {
			break // it and those before it are forgotten
		}
		id = c.before
		if c != reported && !c.failed && c.trace == s.TraceID && c.parent == s.SpanID {
			f.follow(c, pending)
			patches = append(patches, telemetry.Span{Repeat: true, Event: callerOf(c, s)})
		}
	}
	return patches
}

// patchFor is what a further report of a call adds to the span that counts.
func patchFor(c *call, s *telemetry.Span) telemetry.Span {
	g := *s.GenAI
	uncount(&g)
	e := callerOf(c, s)
	e.RequestID, e.ErrorType = s.RequestID, s.ErrorType
	return telemetry.Span{Repeat: true, Event: e, GenAI: &g}
}

// callerOf is what a span tells of who made a call.
func callerOf(c *call, s *telemetry.Span) telemetry.Event {
	return telemetry.Event{
		Time: c.begin, TraceID: c.trace, SpanID: c.span,
		Service: s.Service, Environment: s.Environment,
		UserID: s.UserID, TenantID: s.TenantID, SessionID: s.SessionID, KeyID: s.KeyID,
	}
}
