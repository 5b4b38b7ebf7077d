package llm

import (
	"context"
	"fmt"
	"hash/maphash"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/price"
)

// Limits end a session that runs away. Zero is no limit. A session inside another is bound by the limits of both.
//
// Cost, calls and repeated tools are counted for the id of the session, through all requests and jobs of this process that
// open it: a conversation that used up its limits is refused in its next request too, and goes on only where that gives it
// more. What a session did is remembered until it was not open for 24 hours, or until 10,000 others were open since; other
// processes and the one after a restart do not know of it. Sessions whose id is empty have nothing in common.
type Limits struct {
	// Cost is in USD. The call that passes it is let through, since its cost is known only at its end; the next one is not.
	// Calls whose cost is unknown count as nothing: limit Calls too.
	Cost float64

	// Calls is how many model calls may be made, each try of an SDK counted.
	Calls int

	// Depth is how deep agents, steps and tools may stand inside each other: a tool called in a step of an agent is 3 deep.
	Depth int

	// RepeatedTool is how often one tool may be called with the same arguments. Of JSON up to 64 KiB the order of keys and
	// blanks make no difference.
	RepeatedTool int

	// PerRun counts what happens between this Session and its End alone, for conversations whose limits are meant for each
	// request. It is not counted for the id then.
	PerRun bool
}

// Limit names one of Limits.
type Limit string

// Limits by name, as in LimitError and the label limit.
const (
	LimitCost         Limit = "cost"
	LimitCalls        Limit = "calls"
	LimitDepth        Limit = "depth"
	LimitRepeatedTool Limit = "repeated_tool"
)

// LimitError says that a session is over because of one of its Limits. From the first one on, every model call, tool, step
// and agent of the session gets it, before a provider is asked. Find it with errors.As: the HTTP client and SDKs wrap it.
type LimitError struct {
	Limit   Limit
	Session string  // id
	Allowed float64 // what was allowed; USD for LimitCost
	Tool    string  // for LimitRepeatedTool
}

// Error is "session s1 is over its limit of 20 calls".
func (e *LimitError) Error() string {
	allowed := strconv.FormatFloat(e.Allowed, 'f', -1, 64)
	switch e.Limit {
	case LimitCost:
		return fmt.Sprintf("session %s is over its limit of %s USD", e.Session, allowed)
	case LimitCalls:
		return fmt.Sprintf("session %s is over its limit of %s model calls", e.Session, allowed)
	case LimitDepth:
		return fmt.Sprintf("session %s is over its limit of %s agents, steps and tools inside each other", e.Session, allowed)
	}
	return fmt.Sprintf("session %s is over its limit of %s calls of tool %s with the same arguments", e.Session, allowed, e.Tool)
}

// session is what the limits of a Session are held against. A nil one allows everything.
type session struct {
	id     string
	parent *session
	base   int // depth at which it began
	limits Limits
	cost   price.Amount // limits.Cost
	seed   maphash.Seed
	*tally // of the id, or its own

	over atomic.Pointer[LimitError]
	told atomic.Bool // over has its line in the log
}

func newSession(id string, around frame, l Limits, seed maphash.Seed, counted *tally) *session {
	s := &session{id: id, parent: around.session, base: around.depth, limits: l, seed: seed, tally: counted}
	if usd := l.Cost; usd > 0 {
		s.cost = price.Amount(min(math.Round(usd*1e12), math.MaxInt64/2))
	}
	return s
}

// counts reports whether what happens in s is to be counted by around, which is s or one around it: not by two that count
// for one id.
func (s *session) counts(around *session) bool {
	for ; s != around; s = s.parent {
		if s.tally == around.tally {
			return false
		}
	}
	return true
}

// charge adds what a call cost.
func (s *session) charge(cost price.Amount) {
	for at := s; at != nil; at = at.parent {
		if s.counts(at) {
			at.spent.Add(int64(max(cost, 0)))
		}
	}
}

// admitCall allows a model call, or says why not.
func (s *session) admitCall() *LimitError {
	for at := s; at != nil; at = at.parent {
		e := at.admitOne(s.counts(at))
		if e == nil {
			continue
		}
		for in := s; in != at; in = in.parent {
			if s.counts(in) {
				in.calls.Add(-1) // it is not made
			}
		}
		return e
	}
	return nil
}

func (s *session) admitOne(counts bool) *LimitError {
	if e := s.over.Load(); e != nil {
		return e
	}
	if s.cost > 0 && s.spent.Load() >= int64(s.cost) {
		return s.end(&LimitError{Limit: LimitCost, Allowed: s.limits.Cost})
	}
	n := s.calls.Load() // with this one
	if counts {
		n = s.calls.Add(1)
	}
	if n > int64(s.limits.Calls) && s.limits.Calls > 0 {
		if counts {
			s.calls.Add(-1)
		}
		return s.end(&LimitError{Limit: LimitCalls, Allowed: float64(s.limits.Calls)})
	}
	return nil
}

// admitWork allows an agent, step or tool at that depth.
func (s *session) admitWork(depth int) *LimitError {
	for ; s != nil; s = s.parent {
		if e := s.over.Load(); e != nil {
			return e
		}
		if s.limits.Depth > 0 && depth-s.base > s.limits.Depth {
			return s.end(&LimitError{Limit: LimitDepth, Allowed: float64(s.limits.Depth)})
		}
	}
	return nil
}

// admitTool allows a call of a tool with these arguments.
func (s *session) admitTool(name, arguments string) *LimitError {
	counted := make([]*tally, 0, 4)
	for at := s; at != nil; at = at.parent {
		if at.limits.RepeatedTool <= 0 {
			continue
		}
		n := at.repeats(at.seed, name, arguments, !slices.Contains(counted, at.tally))
		counted = append(counted, at.tally)
		if n > at.limits.RepeatedTool {
			return at.end(&LimitError{Limit: LimitRepeatedTool, Allowed: float64(at.limits.RepeatedTool), Tool: name})
		}
	}
	return nil
}

// watchesTools reports whether the arguments of tools matter.
func (s *session) watchesTools() bool {
	for ; s != nil; s = s.parent {
		if s.limits.RepeatedTool > 0 {
			return true
		}
	}
	return false
}

// end makes e the reason why the session is over, unless there is one.
func (s *session) end(e *LimitError) *LimitError {
	e.Session = s.id
	if !s.over.CompareAndSwap(nil, e) {
		return s.over.Load()
	}
	return e
}

// tellOnce reports whether nobody was told of e before, which ended s or one around it.
func (s *session) tellOnce(e *LimitError) bool {
	for ; s != nil; s = s.parent {
		if s.over.Load() == e {
			return s.told.CompareAndSwap(false, true)
		}
	}
	return false
}

// countOnce reports whether e is to be counted: once for each session, in all its requests, and limit.
func (s *session) countOnce(e *LimitError) bool {
	for ; s != nil; s = s.parent {
		if s.over.Load() == e {
			return s.ended[limitIndex(e.Limit)].CompareAndSwap(false, true)
		}
	}
	return false
}

func limitIndex(l Limit) int {
	return max(0, slices.Index([]Limit{LimitCost, LimitCalls, LimitDepth, LimitRepeatedTool}, l))
}

// refuse tells of a limit on the span in ctx, in the log and the metric where the session ends by it, and returns the
// context of work that must not begin: it is canceled, with e as its cause.
func refuse(ctx context.Context, c *core.Core, s *session, e *LimitError) context.Context {
	trace.SpanFromContext(ctx).AddEvent(eventLimit, trace.WithAttributes(
		attribute.String(attrLimit, string(e.Limit)), attribute.String("message", e.Error())))
	if s.countOnce(e) {
		instrumentsOf(c).exceeded.Add(ctx, 1, string(e.Limit))
	}
	if s.tellOnce(e) {
		c.Logger.LogAttrs(ctx, slog.LevelError, "limit exceeded",
			slog.String("limit", string(e.Limit)), slog.String("error_type", errLimit), slog.String("error", e.Error()))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	cancel(e)
	return ctx
}
