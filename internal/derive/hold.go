package derive

import (
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// A call through the gateway whose service nobody named has the name of the client's software for one. Where the client
// traces, the span it made the call in follows within seconds and says better: the pipeline adds what it says as a Repeat
// of the call. A counter cannot take back, so such a call waits for it; else a service that counts its calls itself would
// have them twice, under two names.
//
// A call that nobody names is counted under the guess, in the same step in which the file is written: what is counted
// follows from the file and the batches after it alone, so that it comes out the same after a crash.
const (
	holdFor = 15_000 // milliseconds
	maxHeld = 4096   // the oldest beyond it count under the guess at once
)

type heldKey struct {
	trace telemetry.TraceID
	span  telemetry.SpanID
}

// held is a call that waits.
type held struct {
	heldKey
	job   string // the guess
	facts facts
	since int64 // Unix milliseconds
	due   bool  // it is being counted under the guess
}

func (h *held) event() *telemetry.Event { return &telemetry.Event{TraceID: h.trace, SpanID: h.span} }

func (c *Counter) awaitsCaller(s *telemetry.Span) bool {
	return !s.ParentID.IsZero() && !s.TraceID.IsZero() && s.Attributes.Value(telemetry.AttrService) == telemetry.ServiceGuessed
}

func (c *Counter) hold(job string, s *telemetry.Span, f *facts) {
	for len(c.held) >= maxHeld {
		h := c.held[0]
		c.held = c.held[1:]
		c.settle(h, h.job)
	}
	h := &held{heldKey: heldKey{s.TraceID, s.SpanID}, job: kept(short(job)), facts: *f, since: c.now}
	for i := range h.facts.values {
		h.facts.values[i] = kept(short(h.facts.values[i]))
	}
	h.facts.agent, h.facts.key = kept(short(h.facts.agent)), kept(short(h.facts.key))
	if _, twice := c.waiting[h.heldKey]; twice {
		c.call(job, f, &s.Event)
		return
	}
	c.held = append(c.held, h)
	c.waiting[h.heldKey] = h
}

// settle counts a call that waited, unless it was counted since.
func (c *Counter) settle(h *held, job string) {
	if c.waiting[h.heldKey] != h {
		return
	}
	delete(c.waiting, h.heldKey)
	c.call(job, &h.facts, h.event())
}

// named counts the calls that wait and whose service a batch names.
func (c *Counter) named(b *telemetry.Batch) {
	if len(c.waiting) == 0 {
		return
	}
	for i := range b.Spans {
		s := &b.Spans[i]
		if !s.Repeat || s.Service == "" {
			continue
		}
		if h := c.waiting[heldKey{s.TraceID, s.SpanID}]; h != nil && !h.due {
			if h.facts.key == "" {
				h.facts.key = s.KeyID
			}
			c.settle(h, c.callerJob(b, s))
		}
	}
	for len(c.held) > 0 && c.waiting[c.held[0].heldKey] != c.held[0] {
		c.held = c.held[1:]
	}
}

// callerJob is the job of the span that named the caller. What it named has no resource, so the span itself is looked for.
func (c *Counter) callerJob(b *telemetry.Batch, patch *telemetry.Span) string {
	for i := range b.Spans {
		if s := &b.Spans[i]; !s.Repeat && s.TraceID == patch.TraceID && s.Service == patch.Service {
			return c.jobOf(&s.Event)
		}
	}
	return c.jobOf(&patch.Event)
}

// overdue marks the calls that nobody named, and reports whether there are any. From then on it is too late to name them.
func (c *Counter) overdue(now int64) bool {
	some := false
	for _, h := range c.held {
		h.due = h.due || now-h.since >= holdFor
		some = some || h.due && c.waiting[h.heldKey] == h
	}
	return some
}

// countOverdue counts them under the guess.
func (c *Counter) countOverdue() {
	var rest []*held
	for _, h := range c.held {
		switch {
		case h.due:
			c.settle(h, h.job)
		case c.waiting[h.heldKey] == h:
			rest = append(rest, h)
		}
	}
	c.held = rest
}
