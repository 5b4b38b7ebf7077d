package otlp

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// node is a span of a tree: it starts n milliseconds in.
func node(name string, id, parent byte, n int, attrs ...attribute.KeyValue) tracetest.SpanStub {
	start := testTime.Add(time.Duration(n) * time.Millisecond)
	stub := tracetest.SpanStub{
		Name: name, SpanContext: sampled(id), StartTime: start, EndTime: start.Add(1234567 * time.Nanosecond), Attributes: attrs,
	}
	if parent != 0 {
		stub.Parent = sampled(parent)
	}
	return stub
}

func TestATreeForEachTrace(t *testing.T) {
	var out bytes.Buffer
	c := NewConsole(&out, false)
	failing := node("execute_tool search\x1b[2J", 5, 2, 3)
	failing.Status = sdktrace.Status{Code: codes.Error, Description: "no\nnetwork"}
	for _, stub := range []tracetest.SpanStub{
		failing,
		node("chat gpt-5", 3, 2, 2, attribute.String("gen_ai.request.model", "gpt-5"),
			attribute.Int("gen_ai.usage.input_tokens", 1200), attribute.Int("gen_ai.usage.output_tokens", 85),
			attribute.Float64("gen_ai.usage.cost", 0.00235), attribute.StringSlice("gen_ai.response.finish_reasons", []string{"stop"})),
		node("agent", 2, 1, 1),
		node("late", 9, 1, 4),
	} {
		c.OnEnd(stub.Snapshot())
	}
	if out.Len() != 0 {
		t.Errorf("printed before the root ended:\n%s", &out)
	}
	c.OnEnd(node("POST /chat", 1, 0, 0, attribute.Int("http.response.status_code", 200)).Snapshot())
	want := `trace 01020300000000000000000000000000
POST /chat  1.23ms  200
├─ agent  1.23ms
│  ├─ chat gpt-5  1.23ms  gpt-5  1200→85 tokens  $0.00235  stop
│  └─ execute_tool search [2J  1.23ms  error: no network
└─ late  1.23ms
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("console (-want +got):\n%s", diff)
	}
	out.Reset()
	if err := c.Shutdown(t.Context()); err != nil || out.Len() != 0 {
		t.Errorf("printed twice (%v):\n%s", err, &out)
	}
}

func TestColourOnlyWhenAsked(t *testing.T) {
	for _, colour := range []bool{false, true} {
		var out bytes.Buffer
		NewConsole(&out, colour).OnEnd(callSpan())
		if got := strings.Contains(out.String(), "\x1b["); got != colour {
			t.Errorf("colour %v: %q", colour, &out)
		}
	}
}

func TestARootBelowAnotherOfTheSameTrace(t *testing.T) {
	var out bytes.Buffer
	c := NewConsole(&out, false)
	c.OnEnd(node("sibling", 2, 1, 0).Snapshot())
	inner := node("inner", 3, 2, 1)
	inner.Parent = inner.Parent.WithRemote(true)
	c.OnEnd(inner.Snapshot())
	if got := strings.Count(out.String(), "\n"); got != 2 || !strings.Contains(out.String(), "inner") {
		t.Errorf("printed %d lines:\n%s", got, &out)
	}
	out.Reset()
	c.OnEnd(node("outer", 1, 0, 0).Snapshot())
	if !strings.Contains(out.String(), "outer") || !strings.Contains(out.String(), "└─ sibling") {
		t.Errorf("printed:\n%s", &out)
	}
}

func TestOpenTracesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		c := &console{w: &out, traces: map[trace.TraceID]*openTrace{}}
		for i := range 10 * consoleTraces {
			s := node("child", 2, 1, i)
			s.SpanContext = s.SpanContext.WithTraceID(trace.TraceID{1, byte(i), byte(i >> 8)})
			c.OnEnd(s.Snapshot())
		}
		if len(c.traces) > consoleTraces || c.spans != len(c.traces) {
			t.Errorf("%d traces with %d spans are held", len(c.traces), c.spans)
		}
		for range 3 * consoleSpans {
			c.OnEnd(node("child", 2, 1, 0).Snapshot())
		}
		if c.spans > consoleSpans+1 {
			t.Errorf("%d spans are held", c.spans)
		}
		time.Sleep(2 * consoleAge)
		out.Reset()
		c.OnEnd(node("new", 1, 0, 0).Snapshot())
		if c.spans != 0 || len(c.traces) != 0 || !strings.Contains(out.String(), "child") {
			t.Errorf("%d spans of %d traces are held after a while", c.spans, len(c.traces))
		}
	})
}

func TestSpansThatAreTheirOwnParents(t *testing.T) {
	var out bytes.Buffer
	c := NewConsole(&out, false)
	c.OnEnd(node("a", 2, 3, 0).Snapshot())
	c.OnEnd(node("b", 3, 2, 0).Snapshot())
	c.OnEnd(node("c", 4, 4, 0).Snapshot())
	root := node("root", 1, 0, 0)
	root.SpanContext = sampled(2)
	c.OnEnd(root.Snapshot())
	if err := c.ForceFlush(t.Context()); err != nil || out.Len() > 1<<20 {
		t.Errorf("%d bytes: %v", out.Len(), err)
	}
}
