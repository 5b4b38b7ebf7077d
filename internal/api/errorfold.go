package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// One error is told many times: by the span in which it happened, by those around it, and by logs. Whoever tells it again is
// a layer of it. The rules, within a trace:
//
//   - An error is that of the deepest failed span which says something: has a message of its own.
//   - A failed span around it is a layer if it says the same (the same message, that message with something around it, or
//     the same class), if it says nothing, or if it is a server that answered 5xx. Otherwise it has an error of its own.
//   - A failed span below it that says nothing, an attempt of an HTTP client for instance, is a layer of it.
//   - An error log is a layer of the failed span of its trace that says the same. A failed span that says nothing is a layer
//     of the first error log in it which is of none.
//
// Spans in between need not have failed.

// failure is a failed span or an error log until it is known what it is a layer of.
type failure struct {
	ref         spanRef
	parent      telemetry.SpanID
	telling     telling
	mute        bool // says nothing of its own
	served5xx   bool // a server whose answer was 5xx
	fingerprint uint64
	kind        string // of the group
	event       occurrence
	cause       int // what it is a layer of; itself for an error
}

// telling is an error as a span or log tells it: its class, the pattern of its message, and the beginning of it as written.
type telling struct{ kind, message, written string }

// least is the shortest message that others may have something around.
const least = 8

// same reports whether one tells the error of the other again: its class, or its message, which may have something around it.
func (t telling) same(o telling) bool {
	return t.kind != "" && t.kind == o.kind && !vague(t.kind) || t.message == o.message ||
		around(t.message, o.message) || around(o.message, t.message) || around(t.written, o.written) || around(o.written, t.written)
}

// around reports whether one message has something around the other. What is quoted in it is part of a message as written.
func around(message, inner string) bool {
	return len(inner) >= least && strings.Contains(message, inner)
}

// vague reports whether a class says no more than that something failed: a status, or what stands for no class.
func vague(kind string) bool {
	code, err := strconv.Atoi(strings.TrimPrefix(kind, "HTTP "))
	return kind == "" || kind == "_OTHER" || kind == "error" || err == nil && code >= 100 && code < 600
}

// saysNothing reports whether a message is no more than a status in words.
func saysNothing(message string, status telemetry.Opt) bool {
	if message == "" {
		return true
	}
	text := strconv.FormatInt(status.Value, 10)
	return status.Known && (message == text || strings.EqualFold(message, http.StatusText(int(status.Value))) || message == "HTTP "+text)
}

// errorFolder finds layers.
type errorFolder struct {
	list    []failure
	parents map[spanRef]telemetry.SpanID // of spans between failed ones, where they were read
	byRef   map[spanRef]int              // failed spans
	byTrace map[telemetry.TraceID][]int
	logs    map[spanRef][]int
}

// newErrorFolder begins with failed spans.
func newErrorFolder(spans []failure) *errorFolder {
	f := &errorFolder{list: spans, byRef: map[spanRef]int{}, byTrace: map[telemetry.TraceID][]int{}, logs: map[spanRef][]int{}}
	for i := range f.list {
		s := &f.list[i]
		s.cause = i
		f.byRef[s.ref] = i
		f.byTrace[s.ref.trace] = append(f.byTrace[s.ref.trace], i)
	}
	return f
}

// broken lists traces in which there are several failed spans of which one has a parent that did not fail, the newest
// first.
func (f *errorFolder) broken(most int) []string {
	var traces []string
	seen := map[telemetry.TraceID]bool{}
	for i := range f.list {
		s := &f.list[i]
		id := s.ref.trace
		if seen[id] || len(f.byTrace[id]) < 2 || id.IsZero() || s.parent.IsZero() {
			continue
		}
		if _, ok := f.byRef[spanRef{id, s.parent}]; ok {
			continue
		}
		if seen[id] = true; len(traces) < most {
			traces = append(traces, id.String())
		}
	}
	return traces
}

// maxTold is how many failed spans of its trace, the newest, a log is compared with.
const maxTold = 100

// maxAbove bounds the spans between a failed span and the next one above; parents may go in a circle.
const maxAbove = 100

// above is the nearest failed span around one, or -1.
func (f *errorFolder) above(i int) int {
	ref, parent := f.list[i].ref, f.list[i].parent
	for range maxAbove {
		ref.span = parent
		if at, ok := f.byRef[ref]; ok {
			if at == i {
				return -1
			}
			return at
		}
		next, ok := f.parents[ref]
		if !ok || next.IsZero() {
			return -1
		}
		parent = next
	}
	return -1
}

// foldSpans finds what each failed span is a layer of, from below.
func (f *errorFolder) foldSpans() {
	above, below := make([]int, len(f.list)), make([][]int, len(f.list))
	for i := range f.list {
		above[i] = f.above(i)
	}
	depth := make([]int, len(f.list))
	order := make([]int, len(f.list))
	for i := range f.list {
		order[i] = i
		for at, n := above[i], 0; at >= 0 && n < maxAbove; at, n = above[at], n+1 {
			depth[i]++
		}
		if above[i] >= 0 {
			below[above[i]] = append(below[above[i]], i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(depth[b], depth[a]) })
	for _, i := range order {
		if depth[i] < maxAbove { // else it goes in a circle
			f.foldInto(i, below[i])
		}
	}
}

// foldInto makes a span a layer of an error below it, or what is mute below it a layer of the span.
func (f *errorFolder) foldInto(i int, below []int) {
	s := &f.list[i]
	slices.SortStableFunc(below, func(a, b int) int { return cmp.Compare(f.list[b].event.time, f.list[a].event.time) })
	for _, b := range below {
		c := &f.list[f.cause(b)]
		if s.mute || s.served5xx && !c.mute || !c.mute && (s.telling.same(c.telling) || s.telling.same(f.list[b].telling)) {
			s.cause = f.cause(b)
			return
		}
	}
	for _, b := range below {
		if c := f.cause(b); f.list[c].mute {
			f.list[c].cause = i
		}
	}
}

// cause follows the layers to the error.
func (f *errorFolder) cause(i int) int {
	for f.list[i].cause != i {
		i = f.list[i].cause
	}
	return i
}

// addLog adds an error log, and finds what it is a layer of. Spans come first.
func (f *errorFolder) addLog(l failure) {
	i := len(f.list)
	l.cause = i
	f.list = append(f.list, l)
	if l.ref.trace.IsZero() {
		return
	}
	log := &f.list[i]
	in := -1 // the failed span in which it was written
	if at, ok := f.byRef[l.ref]; ok {
		in = at
	}
	for _, at := range f.logs[l.ref] {
		if log.telling.same(f.list[at].telling) {
			log.cause = f.cause(at)
			return
		}
	}
	if in >= 0 && !f.list[in].mute && log.telling.same(f.list[in].telling) {
		log.cause = f.cause(in)
		return
	}
	spans := f.byTrace[l.ref.trace]
	for _, at := range spans[:min(len(spans), maxTold)] {
		if !f.list[at].mute && log.telling.same(f.list[at].telling) {
			log.cause = f.cause(at)
			return
		}
	}
	if in >= 0 && f.list[f.cause(in)].mute {
		f.list[f.cause(in)].cause = i
	}
	if !l.ref.span.IsZero() && len(f.logs[l.ref]) < 32 { // of one span; more are counted as they come
		f.logs[l.ref] = append(f.logs[l.ref], i)
	}
}
