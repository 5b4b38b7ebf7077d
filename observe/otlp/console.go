package otlp

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Bounds of what a console holds back, and for how long.
const (
	consoleTraces = 256
	consoleSpans  = 4096 // of all traces
	consoleAge    = time.Minute
)

// NewConsole returns a span processor for development: it writes a tree of spans to w when the first span of a trace in this
// process ends, with durations, tokens, cost and errors. Colour adds the escape sequences of terminals. What is still open
// after a minute, or too much to hold, is written as it is when the next span ends. Errors of w are ignored; nothing else
// should write to w at the same time.
func NewConsole(w io.Writer, colour bool) sdktrace.SpanProcessor {
	return &console{w: w, paint: painter(colour), traces: map[trace.TraceID]*openTrace{}}
}

// openTrace holds the spans of a trace that have ended, while one above them has not.
type openTrace struct {
	id    trace.TraceID
	since time.Time
	spans []sdktrace.ReadOnlySpan
}

type console struct {
	w     io.Writer
	paint painter

	mu     sync.Mutex
	traces map[trace.TraceID]*openTrace
	spans  int
	buffer []byte
}

// OnStart implements sdktrace.SpanProcessor. It does nothing.
func (c *console) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd implements sdktrace.SpanProcessor.
func (c *console) OnEnd(s sdktrace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.printOld(now)
	id := s.SpanContext().TraceID()
	t := c.traces[id]
	if t == nil {
		if len(c.traces) >= consoleTraces {
			c.print(c.oldest())
		}
		t = &openTrace{id: id, since: now}
		c.traces[id] = t
	}
	t.spans = append(t.spans, s)
	c.spans++
	switch parent := s.Parent(); {
	case !parent.IsValid() || parent.IsRemote():
		c.printRoot(t, s)
	case c.spans > consoleSpans:
		c.print(c.oldest())
	}
}

// ForceFlush writes the traces that are still open.
func (c *console) ForceFlush(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.traces) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.print(c.oldest())
	}
	return nil
}

// Shutdown writes the traces that are still open.
func (c *console) Shutdown(ctx context.Context) error { return c.ForceFlush(ctx) }

func (c *console) oldest() *openTrace {
	var first *openTrace
	for _, t := range c.traces {
		if first == nil || t.since.Before(first.since) {
			first = t
		}
	}
	return first
}

func (c *console) printOld(now time.Time) {
	for _, t := range c.traces {
		if now.Sub(t.since) > consoleAge {
			c.print(t)
		}
	}
}

// printRoot writes a root that has ended and what lies below it. Spans of another root of the same trace stay.
func (c *console) printRoot(t *openTrace, root sdktrace.ReadOnlySpan) {
	below := byParent(t.spans)
	c.write(t.id, []sdktrace.ReadOnlySpan{root}, below)
	printed := map[trace.SpanID]bool{}
	var visit func(id trace.SpanID)
	visit = func(id trace.SpanID) {
		if printed[id] {
			return
		}
		printed[id] = true
		for _, child := range below[id] {
			visit(child.SpanContext().SpanID())
		}
	}
	visit(root.SpanContext().SpanID())
	before := len(t.spans)
	t.spans = slices.DeleteFunc(t.spans, func(s sdktrace.ReadOnlySpan) bool { return printed[s.SpanContext().SpanID()] })
	c.spans -= before - len(t.spans)
	if len(t.spans) == 0 {
		delete(c.traces, t.id)
	}
}

// print writes a trace as it is: several trees, where what joins them has not ended.
func (c *console) print(t *openTrace) {
	known := map[trace.SpanID]bool{}
	for _, s := range t.spans {
		known[s.SpanContext().SpanID()] = true
	}
	var tops []sdktrace.ReadOnlySpan
	for _, s := range t.spans {
		if !known[s.Parent().SpanID()] || s.Parent().IsRemote() {
			tops = append(tops, s)
		}
	}
	slices.SortStableFunc(tops, byStart)
	c.write(t.id, tops, byParent(t.spans))
	c.spans -= len(t.spans)
	delete(c.traces, t.id)
}

// byParent lists the children of each span in the order they started.
func byParent(spans []sdktrace.ReadOnlySpan) map[trace.SpanID][]sdktrace.ReadOnlySpan {
	below := map[trace.SpanID][]sdktrace.ReadOnlySpan{}
	for _, s := range spans {
		if p := s.Parent(); p.IsValid() && !p.IsRemote() {
			below[p.SpanID()] = append(below[p.SpanID()], s)
		}
	}
	for _, children := range below {
		slices.SortStableFunc(children, byStart)
	}
	return below
}

func byStart(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) }
