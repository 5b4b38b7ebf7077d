package logging

import (
	"context"
	"hash/maphash"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"
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
}

// AccessMessage is the message of access lines.
const AccessMessage = "request"

// Access writes the line of a request: level Error from status 500 on, Warn from 400 on, else Info. It has no stack.
// Sampling by route and level applies, but not by
// key.
func (h *Handler) Access(ctx context.Context, a *AccessLine) {
	o := h.out
	level := slog.LevelInfo
	switch {
	case a.Status >= http.StatusInternalServerError:
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
	l := o.lines.Get().(*line)
	l.rec.Level, l.rec.Message = level, AccessMessage
	if l.rec.Time = a.Start.Add(a.Duration); a.Start.IsZero() {
		l.rec.Time = time.Now()
	}
	l.head(ctx, h, id, n)
	bytes := len(l.buf)
	l.prefix = l.openAll(h.prefix, h.pending)
	l.accessFields(a)
	l.closeAll(len(h.pending), bytes, 0)
	_ = l.end(ctx, h) // counted as failed
}

func (l *line) accessFields(a *AccessLine) {
	l.text("route", a.Route)
	l.value("status", slog.IntValue(a.Status))
	l.value("duration_ms", slog.Float64Value(float64(a.Duration.Microseconds())/1000))
	l.value("bytes", slog.Int64Value(a.BytesOut))
	if a.BytesIn >= 0 {
		l.value("bytes_in", slog.Int64Value(a.BytesIn))
	}
	l.remoteAddr(a.RemoteAddr)
	if a.UserAgent != "" {
		l.value("user_agent", slog.StringValue(l.out.agents.text(l.out, a.UserAgent)))
	}
	l.text("error", a.Err)
}

func (l *line) text(key, s string) {
	if s != "" {
		l.value(key, slog.StringValue(l.out.text(s)))
	}
}

// value adds a field that needs no redaction.
func (l *line) value(key string, v slog.Value) {
	l.put(&field{name: l.out.nameOf(l.prefix, key), value: v, kind: v.Kind()})
}

// remoteAddr adds the address as it is if it is one. Behind a proxy it may be what a header says.
func (l *line) remoteAddr(s string) {
	if _, err := netip.ParseAddrPort(s); err == nil {
		l.value("remote_addr", slog.StringValue(s))
		return
	}
	l.text("remote_addr", s)
}

// agents remembers User-Agent headers without what must not be shown: they are long, full of digits, and nearly all the
// same. A new one takes the place of another.
type agents struct {
	seed  maphash.Seed
	slots [256]atomic.Pointer[agent]
}

type agent struct{ raw, text string }

// maxAgent is the length of the longest header that is remembered.
const maxAgent = 512

func (c *agents) text(o *output, raw string) string {
	if o.redactor == nil || len(raw) > maxAgent {
		return o.text(raw)
	}
	slot := &c.slots[maphash.String(c.seed, raw)%uint64(len(c.slots))]
	if a := slot.Load(); a != nil && a.raw == raw {
		return a.text
	}
	a := &agent{raw: strings.Clone(raw)}
	a.text = o.text(a.raw)
	slot.Store(a)
	return a.text
}
