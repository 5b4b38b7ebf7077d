package logging

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// AccessLine is what the line of one request says besides its identity.
type AccessLine struct {
	Start      time.Time // zero means that it ends now
	Duration   time.Duration
	Status     int
	BytesIn    int64 // of the request's body; less than zero where unknown
	BytesOut   int64
	Route      string // template; empty means the one that the context knows, for sampling
	RemoteAddr string
	UserAgent  string
	Err        string // why it failed; empty if it did not
	Failed     bool   // level Error whatever the status: it was sent before the request failed
}

// AccessMessage is the message of access lines.
const AccessMessage = "request"

// Access writes the line of a request: level Error from status 500 on and of one that failed, Warn from 400 on, else Info. It has no
// stack.
// Sampling by route and level applies, but not by key.
func (h *Handler) Access(ctx context.Context, a *AccessLine) {
	o := h.out
	level := slog.LevelInfo
	switch {
	case a.Failed, a.Status >= http.StatusInternalServerError:
		level = slog.LevelError
	case a.Status >= http.StatusBadRequest:
		level = slog.LevelWarn
	}
	if level < o.levels.of(h.logger) {
		return
	}
	id := identityOf(ctx)
	if id != nil && slices.Contains(o.quiet, id.Path) {
		o.counts.add(level, quiet)
		return
	}
	n := o.sampler.keepAccess(level, a, id)
	if n == 0 {
		o.counts.add(level, sampled)
		return
	}
	at := a.Start.Add(a.Duration)
	if a.Start.IsZero() {
		at = time.Now()
	}
	l := o.lines.Get().(*line)
	if o.json && !o.collectAccess && len(h.pending) == 0 && h.prefix == "" {
		l.buf = h.appendAccess(l.buf[:0], ctx, a, at, level, id, n)
		_ = o.write(level, l.buf) // counted as failed
		l.out.lines.Put(l)
		return
	}
	l.rec.Time, l.rec.Level, l.rec.Message, l.access = at, level, AccessMessage, true
	l.collect = o.collectAccess
	l.head(ctx, h, id, n)
	bytes := len(l.buf)
	l.prefix = l.openAll(h.prefix, h.pending)
	l.accessFields(a)
	l.closeAll(len(h.pending), bytes, 0)
	_ = l.end(ctx, h) // counted as failed
}

// accessNames are the names of what an access line says.
type accessNames struct {
	route, status, duration, bytes, bytesIn, remoteAddr, userAgent, err *name
}

func (o *output) accessNames(prefix string) accessNames {
	return accessNames{
		route: o.nameOf(prefix, "route"), status: o.nameOf(prefix, "status"), duration: o.nameOf(prefix, "duration_ms"),
		bytes: o.nameOf(prefix, "bytes"), bytesIn: o.nameOf(prefix, "bytes_in"),
		remoteAddr: o.nameOf(prefix, "remote_addr"), userAgent: o.nameOf(prefix, "user_agent"), err: o.nameOf(prefix, "error"),
	}
}

// appendAccess writes the line as JSON, where nobody wants its fields.
func (h *Handler) appendAccess(b []byte, ctx context.Context, a *AccessLine, at time.Time, level slog.Level, //nolint:revive // b is first as in all such functions
	id *scope.Known, n uint64,
) []byte {
	o, names := h.out, &h.out.access
	b = o.appendStart(b, at, level, AccessMessage, h.logger)
	b, _ = o.appendIdentity(b, id, true)
	if ctx != nil {
		if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
			b = appendSpan(b, span.TraceID(), span.SpanID())
		}
	}
	b = append(appendKept(b, n), h.pre...)
	b, _ = o.appendPart(b, &o.route, a.Route)
	b = strconv.AppendInt(append(b, names.status.quoted...), int64(a.Status), 10)
	b = appendMilli(append(b, names.duration.quoted...), max(a.Duration.Microseconds(), 0))
	b = strconv.AppendInt(append(b, names.bytes.quoted...), a.BytesOut, 10)
	if a.BytesIn >= 0 {
		b = strconv.AppendInt(append(b, names.bytesIn.quoted...), a.BytesIn, 10)
	}
	if isIPv4(a.RemoteAddr) {
		b = append(append(append(append(b, names.remoteAddr.quoted...), '"'), a.RemoteAddr...), '"')
	} else {
		b = appendText(b, names.remoteAddr, o.address(a.RemoteAddr))
	}
	b, _ = o.appendPart(b, &o.userAgent, a.UserAgent)
	if a.Err != "" {
		b = appendText(b, names.err, o.text(a.Err))
	}
	return append(b, '}', '\n')
}

func appendText(b []byte, n *name, s string) []byte {
	if s == "" {
		return b
	}
	return appendQuoted(append(b, n.quoted...), s)
}

// address returns an address of the network as it is, and without what must not be shown if it is something else: behind
// a proxy it may be what a header says.
func (o *output) address(s string) string {
	if isAddress(s) {
		return s
	}
	return o.text(s)
}

func (l *line) accessFields(a *AccessLine) {
	o, n := l.out, &l.out.access
	if l.prefix != "" {
		inside := o.accessNames(l.prefix)
		n = &inside
	}
	l.text(n.route, o.againText(a.Route))
	l.number(n.status, int64(a.Status))
	l.value(n.duration, slog.Float64Value(float64(max(a.Duration.Microseconds(), 0))/1000))
	l.number(n.bytes, a.BytesOut)
	if a.BytesIn >= 0 {
		l.number(n.bytesIn, a.BytesIn)
	}
	l.text(n.remoteAddr, o.address(a.RemoteAddr))
	l.text(n.userAgent, o.againText(a.UserAgent))
	if a.Err != "" {
		l.text(n.err, o.text(a.Err))
	}
}

// text adds a field that is redacted, unless it is empty.
func (l *line) text(n *name, s string) {
	if s != "" {
		l.value(n, slog.StringValue(s))
	}
}

func (l *line) number(n *name, v int64) { l.value(n, slog.Int64Value(v)) }

// value adds a field that needs no redaction.
func (l *line) value(n *name, v slog.Value) {
	l.put(&field{name: n, value: v, kind: v.Kind()})
}

// isAddress reports whether s is an IP address with a port.
func isAddress(s string) bool {
	if isIPv4(s) {
		return true
	}
	_, err := netip.ParseAddrPort(s)
	return err == nil
}

// isIPv4 reports whether s is an address of version 4 with a port, as net/http writes it.
func isIPv4(s string) bool {
	part, n, digits := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9' && digits < 5:
			n = n*10 + int(c-'0')
			digits++
		case digits == 0 || digits > 3 || part == 4, n > 255, c != '.' && part < 3, c != ':' && part == 3:
			return false
		default:
			part, n, digits = part+1, 0, 0
		}
	}
	return part == 4 && digits > 0 && n <= 65535
}
