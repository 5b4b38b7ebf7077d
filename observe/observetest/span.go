package observetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Span is a span that has ended.
type Span struct{ sdktrace.ReadOnlySpan }

// Attr returns an attribute as text; empty if there is none.
func (s Span) Attr(key string) string {
	for _, a := range s.Attributes() {
		if string(a.Key) == key {
			return a.Value.String()
		}
	}
	return ""
}

// EventNames returns the names of the span's events, in order.
func (s Span) EventNames() []string {
	var names []string
	for _, e := range s.Events() {
		names = append(names, e.Name)
	}
	return names
}

// has returns what is missing of want, as text.
func (s Span) missing(want []attribute.KeyValue) []string {
	var missing []string
	for _, w := range want {
		if !slices.Contains(s.Attributes(), w) {
			missing = append(missing, fmt.Sprintf("%s: want %s %s, got %q", w.Key, w.Value.Type(), w.Value.String(), s.Attr(string(w.Key))))
		}
	}
	return missing
}

type processor struct{ r *Recorder }

func (p processor) OnStart(_ context.Context, s sdktrace.ReadWriteSpan) {
	p.r.add(func() { p.r.started[s.SpanContext().SpanID()] = s.Name() })
}

func (p processor) OnEnd(s sdktrace.ReadOnlySpan) {
	p.r.add(func() {
		delete(p.r.started, s.SpanContext().SpanID())
		p.r.spans = append(p.r.spans, Span{s})
	})
}

func (processor) Shutdown(context.Context) error   { return nil }
func (processor) ForceFlush(context.Context) error { return nil }

// Spans returns the spans that have ended, in the order in which they did.
func (r *Recorder) Spans() []Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.spans)
}

// Unended returns the names of spans that have started and not ended.
func (r *Recorder) Unended() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for _, name := range r.started {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Span returns the last span of that name, and fails the test if there is none.
func (r *Recorder) Span(tb testing.TB, name string) Span {
	tb.Helper()
	return r.ExpectSpan(tb, name)
}

// ExpectSpan returns the last span of that name which has all of the attributes, and fails the test if there is none.
func (r *Recorder) ExpectSpan(tb testing.TB, name string, attrs ...attribute.KeyValue) Span {
	tb.Helper()
	var found Span
	ok := r.wait(func() bool {
		for _, s := range slices.Backward(r.Spans()) {
			if s.Name() == name && len(s.missing(attrs)) == 0 {
				found = s
				return true
			}
		}
		return false
	})
	if ok {
		return found
	}
	var why strings.Builder
	for _, s := range r.Spans() {
		if s.Name() == name {
			fmt.Fprintf(&why, "span %q:\n\t%s\n", name, strings.Join(s.missing(attrs), "\n\t"))
		}
	}
	tb.Fatalf("no span %q with these attributes\n%sspans are:\n%s", name, &why, r.Tree())
	return found
}

// Tree returns the spans that have ended as text: one on a line, below its parent, by time of start. Names of attributes
// may be given, which are shown with their values. Spans whose parent is not recorded stand at the left.
//
//	POST /v1/chat (server)
//	  chat gpt-5.2 (client) gen_ai.usage.input_tokens=12
//	  execute_tool search (internal) error: no network
func (r *Recorder) Tree(attrs ...string) string {
	spans := r.Spans()
	slices.SortStableFunc(spans, func(a, b Span) int { return a.StartTime().Compare(b.StartTime()) })
	children := map[string][]Span{}
	known := map[string]bool{}
	for _, s := range spans {
		known[s.SpanContext().SpanID().String()] = true
	}
	for _, s := range spans {
		parent := s.Parent().SpanID().String()
		if !known[parent] {
			parent = ""
		}
		children[parent] = append(children[parent], s)
	}
	var b strings.Builder
	var write func(parent string, depth int)
	write = func(parent string, depth int) {
		for _, s := range children[parent] {
			fmt.Fprintf(&b, "%s%s (%s)", strings.Repeat("  ", depth), s.Name(), s.SpanKind())
			for _, key := range attrs {
				if v := s.Attr(key); v != "" {
					fmt.Fprintf(&b, " %s=%s", key, v)
				}
			}
			if status := s.Status(); status.Code.String() == "Error" {
				fmt.Fprintf(&b, " error: %s", status.Description)
			}
			b.WriteByte('\n')
			write(s.SpanContext().SpanID().String(), depth+1)
		}
	}
	write("", 0)
	return b.String()
}
