package api

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// errorGroups are the errors of a time, put together by what they say.
type errorGroups struct {
	groups         map[uint64]*errorGroup
	folder         *errorFolder
	read           int
	folded         int
	oldest, newest int64
}

// errorGroup is errors that have the same kind and say the same.
type errorGroup struct {
	fingerprint   uint64
	kind, message string
	list          []*occurrence
	folded        int
	services      map[string]int
	users         map[string]bool
	traces        map[telemetry.TraceID]bool
	spans         bool
}

type spanRef struct {
	trace telemetry.TraceID
	span  telemetry.SpanID
}

// occurrence is one error.
type occurrence struct {
	time          int64
	log           bool
	service, user string
	ref           spanRef
	request       string
	name, message string // cut to previews
	layers        []ErrorLayer
	folded        int
}

// see counts a record that was read.
func (g *errorGroups) see(t int64) {
	if g.read == 0 || t < g.oldest {
		g.oldest = t
	}
	g.newest = max(g.newest, t)
	g.read++
}

func newFailure(e *telemetry.Event, kind, fallback, message string) failure {
	message, said := cmp.Or(message, e.Name), !saysNothing(message, e.HTTPStatus)
	t := telling{kind, pattern(message), preview(message)}
	shown := cmp.Or(kind, fallback)
	return failure{
		ref: spanRef{e.TraceID, e.SpanID}, telling: t, kind: shown, fingerprint: fingerprint(shown, t.message),
		mute: !said && vague(kind),
		event: occurrence{
			time: e.Time, service: e.Service, user: e.UserID, ref: spanRef{e.TraceID, e.SpanID}, request: e.RequestID,
			name: preview(e.Name), message: t.written,
		},
	}
}

// failedSpan reads what a span says of its error: its kind and its message, from an exception where the status has none.
func failedSpan(s *telemetry.Span) failure {
	message := cmp.Or(s.StatusMessage, s.Attributes.Value("exception.message"), s.Attributes.Value("error.message"))
	f := newFailure(&s.Event, cmp.Or(s.ErrorType, s.Attributes.Value("exception.type"), httpKind(&s.Event)), "error", message)
	f.parent = s.ParentID
	f.served5xx = s.Kind == telemetry.KindServer && s.HTTPStatus.Known && s.HTTPStatus.Value >= 500
	return f
}

// errorLog reads what a log says.
func errorLog(l *telemetry.Log) failure {
	body := cmp.Or(l.Body, l.Attributes.Value("exception.message"))
	f := newFailure(&l.Event, cmp.Or(l.ErrorType, l.Attributes.Value("exception.type")), l.Severity.Level(), body)
	f.event.log = true
	return f
}

// httpKind tells an error by its HTTP status.
func httpKind(e *telemetry.Event) string {
	if !e.HTTPStatus.Known || e.HTTPStatus.Value < 400 {
		return ""
	}
	return "HTTP " + strconv.FormatInt(e.HTTPStatus.Value, 10)
}

// maxLayers is how many layers of an error are listed.
const maxLayers = 8

// group puts the errors together, once all are read.
func (g *errorGroups) group() {
	g.groups = map[uint64]*errorGroup{}
	list := g.folder.list
	for i := range list {
		at := g.folder.cause(i)
		if at == i {
			continue
		}
		g.folded++
		e, layer := &list[at].event, &list[i].event
		if e.folded++; len(e.layers) < maxLayers {
			e.layers = append(e.layers, ErrorLayer{
				Signal: layer.signal(), Time: moment(layer.time), Service: layer.service, Name: layer.name, SpanID: layer.ref.span.String(), Message: layer.message,
			})
		}
	}
	for i := range list {
		if f := &list[i]; f.cause == i {
			g.of(f).add(&f.event)
		}
	}
}

func (g *errorGroups) of(f *failure) *errorGroup {
	e := g.groups[f.fingerprint]
	if e == nil {
		e = &errorGroup{
			fingerprint: f.fingerprint, kind: preview(f.kind), message: f.telling.message,
			services: map[string]int{}, users: map[string]bool{}, traces: map[telemetry.TraceID]bool{},
		}
		g.groups[f.fingerprint] = e
	}
	return e
}

func (e *errorGroup) add(o *occurrence) {
	e.list = append(e.list, o)
	e.folded += o.folded
	e.spans = e.spans || !o.log
	e.services[o.service]++
	put(e.users, o.user)
	if !o.ref.trace.IsZero() {
		e.traces[o.ref.trace] = true
	}
}

// newest brings the errors of a group into order, the newest first, and returns them.
func (e *errorGroup) newest() []*occurrence {
	slices.SortStableFunc(e.list, func(a, b *occurrence) int { return cmp.Compare(b.time, a.time) })
	return e.list
}

func (o *occurrence) signal() string {
	if o.log {
		return "log"
	}
	return "span"
}

func (o *occurrence) example() ErrorExample {
	return ErrorExample{
		Time: moment(o.time), TraceID: o.ref.trace.String(), SpanID: o.ref.span.String(), RequestID: o.request, Name: o.name, Message: o.message,
	}
}

func fingerprint(kind, message string) uint64 {
	sum := sha256.Sum256([]byte(kind + "\x00" + message))
	return binary.BigEndian.Uint64(sum[:])
}
