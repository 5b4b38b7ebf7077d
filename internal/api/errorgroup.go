package api

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// errorGroups puts errors together that have the same kind and say the same.
type errorGroups struct {
	groups         map[uint64]*errorGroup
	told           map[spanRef][]telling // what failed spans and the logs in them said
	read           int
	oldest, newest int64
}

type errorGroup struct {
	fingerprint   uint64
	kind, message string
	times         []int64
	services      map[string]int
	users         map[string]bool
	traces        map[telemetry.TraceID]bool
	spans         bool
	example       ErrorExample
	latest        int64
}

func (e *errorGroup) last() int64 { return slices.Max(e.times) }

type spanRef struct {
	trace telemetry.TraceID
	span  telemetry.SpanID
}

// telling is an error as a span or log tells it.
type telling struct{ kind, message string }

// same reports whether a log tells the error again: its kind, or its message, which may have something around it.
func (t telling) same(kind, message string) bool {
	return kind != "" && kind == t.kind || message == t.message ||
		t.message != "" && strings.Contains(message, t.message) || message != "" && strings.Contains(t.message, message)
}

// failedSpan is what is kept of a span until its parents are known.
type failedSpan struct {
	ref         spanRef
	parent      telemetry.SpanID
	fingerprint uint64
	telling     telling
	event       occurrence
}

// occurrence is one error.
type occurrence struct {
	time          int64
	service, user string
	trace         telemetry.TraceID
	example       ErrorExample
}

func newErrorGroups() *errorGroups {
	return &errorGroups{groups: map[uint64]*errorGroup{}, told: map[spanRef][]telling{}}
}

func occurrenceOf(e *telemetry.Event, message string) occurrence {
	return occurrence{e.Time, e.Service, e.UserID, e.TraceID, ErrorExample{
		Time: moment(e.Time), TraceID: e.TraceID.String(), SpanID: e.SpanID.String(), RequestID: e.RequestID,
		Name: preview(e.Name), Message: preview(message),
	}}
}

// see counts a record that was read.
func (g *errorGroups) see(t int64) {
	if g.read == 0 || t < g.oldest {
		g.oldest = t
	}
	g.newest = max(g.newest, t)
	g.read++
}

// failedSpan reads what a span says of its error: its kind and its message, from an exception where the status has none.
func (g *errorGroups) failedSpan(s *telemetry.Span) failedSpan {
	g.see(s.Time)
	message := cmp.Or(s.StatusMessage, s.Attributes.Value("exception.message"), s.Attributes.Value("error.message"), s.Name)
	kind := cmp.Or(s.ErrorType, s.Attributes.Value("exception.type"), httpKind(&s.Event))
	t := telling{kind, pattern(message)}
	return failedSpan{
		ref: spanRef{s.TraceID, s.SpanID}, parent: s.ParentID, fingerprint: fingerprint(cmp.Or(kind, "error"), t.message),
		telling: t, event: occurrenceOf(&s.Event, message),
	}
}

// httpKind tells an error by its HTTP status.
func httpKind(e *telemetry.Event) string {
	if !e.HTTPStatus.Known || e.HTTPStatus.Value < 400 {
		return ""
	}
	return "HTTP " + strconv.FormatInt(e.HTTPStatus.Value, 10)
}

// addSpans adds failed spans. A span whose parent tells the same error is the same occurrence, told on its way up.
func (g *errorGroups) addSpans(spans []failedSpan) {
	failed := make(map[spanRef]uint64, len(spans))
	for i := range spans {
		failed[spans[i].ref] = spans[i].fingerprint
		g.told[spans[i].ref] = append(g.told[spans[i].ref], spans[i].telling)
	}
	for i := range spans {
		s := &spans[i]
		e := g.group(s.fingerprint, cmp.Or(s.telling.kind, "error"), s.telling.message)
		e.spans = true
		if above, ok := failed[spanRef{s.ref.trace, s.parent}]; ok && above == s.fingerprint && s.parent != s.ref.span {
			e.exemplify(&s.event) // the lowest span is where it happened
			continue
		}
		e.add(&s.event)
	}
}

// addLog adds an error log, unless its span or another log of that span has told it.
func (g *errorGroups) addLog(l *telemetry.Log) {
	g.see(l.Time)
	body := cmp.Or(l.Body, l.Attributes.Value("exception.message"), l.Name)
	class := cmp.Or(l.ErrorType, l.Attributes.Value("exception.type"))
	t := telling{class, pattern(body)}
	if !l.TraceID.IsZero() && !l.SpanID.IsZero() {
		ref := spanRef{l.TraceID, l.SpanID}
		if slices.ContainsFunc(g.told[ref], func(o telling) bool { return o.same(t.kind, t.message) }) {
			return
		}
		if len(g.told[ref]) < 32 { // of one span; more are counted as they come
			g.told[ref] = append(g.told[ref], t)
		}
	}
	kind := cmp.Or(class, l.Severity.Level())
	event := occurrenceOf(&l.Event, body)
	g.group(fingerprint(kind, t.message), kind, t.message).add(&event)
}

func (g *errorGroups) group(fingerprint uint64, kind, message string) *errorGroup {
	e := g.groups[fingerprint]
	if e == nil {
		e = &errorGroup{
			fingerprint: fingerprint, kind: preview(kind), message: message,
			services: map[string]int{}, users: map[string]bool{}, traces: map[telemetry.TraceID]bool{},
		}
		g.groups[fingerprint] = e
	}
	return e
}

func (e *errorGroup) add(o *occurrence) {
	e.times = append(e.times, o.time)
	e.services[o.service]++
	put(e.users, o.user)
	if !o.trace.IsZero() {
		e.traces[o.trace] = true
	}
	e.exemplify(o)
}

// exemplify keeps the latest.
func (e *errorGroup) exemplify(o *occurrence) {
	if o.time > e.latest {
		e.latest, e.example = o.time, o.example
	}
}

func fingerprint(kind, message string) uint64 {
	sum := sha256.Sum256([]byte(kind + "\x00" + message))
	return binary.BigEndian.Uint64(sum[:])
}
