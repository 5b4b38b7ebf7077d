package logging

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"

	"github.com/telltale-dev/telltale/observe/internal/known"
	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/redact"
)

// Handler is a slog.Handler. Make one with New; it may be used by any number of goroutines.
type Handler struct {
	out     *output
	logger  string      // name
	pre     []byte      // attributes given with WithAttrs, rendered
	open    int         // groups that pre leaves open
	prefix  string      // their names, each with a dot after it
	pending []string    // groups given with WithGroup that have no attribute yet
	flat    []slog.Attr // attributes given with WithAttrs, for the sink
	key     string      // value of Sampling.Key among them
	noStack bool        // NoStack is among them
}

var _ slog.Handler = (*Handler)(nil)

// output is what all handlers made from one share.
type output struct {
	json     bool
	color    bool
	source   bool
	collect  bool             // lines keep their fields: the console or a sink needs them
	redactor *redact.Redactor // nil: none

	collectAccess bool // the lines of requests do
	levels        levels
	stack         slog.Leveler
	sampler       sampler
	quiet         []string
	sink          Sink
	counts        counts
	names         names
	messages      writtenValues // as they are
	known         *known.Texts  // nil without a redactor
	identity      identityParts
	access        accessNames // outside of any group
	route         part        // of access lines, as is the next
	userAgent     part
	clock         clock
	tag           [tagLen]byte // marks identities rendered here
	once          []byte       // nil; its address stands for a rendering that nobody has kept
	lines         sync.Pool

	mu sync.Mutex
	w  io.Writer
}

// New returns a handler. It owns no goroutine and holds no line back.
func New(o Options) *Handler {
	w := o.Writer
	if w == nil {
		w = os.Stdout
	}
	out := &output{
		w: w, source: o.Source, stack: o.Stack, sink: o.Sink, quiet: o.Quiet,
		json:  o.Format == FormatJSON || o.Format == FormatAuto && !isTerminal(w),
		color: o.colored(w), redactor: o.Redactor,
	}
	out.collect = !out.json || out.sink != nil
	out.collectAccess = !out.json || wantsAccess(out.sink)
	_, _ = rand.Read(out.tag[:]) // never fails
	out.levels.init(o.Level)
	out.sampler.init(&o.Sampling)
	if out.quiet == nil {
		out.quiet = DefaultQuiet()
	}
	if out.stack == nil {
		out.stack = slog.LevelError
	}
	switch {
	case o.DisableRedaction:
		out.redactor = nil
	case out.redactor == nil:
		out.redactor, _ = redact.New(redact.Options{}) // without options nothing can be wrong with them
	}
	if out.redactor != nil {
		out.known = known.New(out.redactor)
	}
	out.initIdentity()
	out.access = out.accessNames("")
	out.route = part{before: out.access.route.quoted, values: make(writtenValues, writtenOfPart)}
	out.userAgent = part{before: out.access.userAgent.quoted, values: make(writtenValues, writtenOfPart)}
	out.messages = make(writtenValues, writtenOfPart)
	out.lines.New = func() any { return &line{out: out, buf: make([]byte, 0, 1024)} }
	h := &Handler{out: out}
	if len(o.Attrs) > 0 {
		h = h.withAttrs(o.Attrs)
		h.flat = nil
	}
	return h
}

// Enabled implements slog.Handler.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.out.levels.of(h.logger)
}

// Handle implements slog.Handler. The error is the writer's.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error { //nolint:gocritic // the interface is slog's
	o := h.out
	id := identityOf(ctx)
	if r.Level < slog.LevelError && id != nil && slices.Contains(o.quiet, id.Path) {
		o.counts.add(r.Level, quiet)
		return nil
	}
	n := o.sampler.keep(h, &r, id)
	if n == 0 {
		o.counts.add(r.Level, sampled)
		return nil
	}
	l := o.lines.Get().(*line)
	l.collect = o.collect
	l.rec.Time, l.rec.Level, l.rec.Message = r.Time, r.Level, o.message(r.Message)
	l.stack = r.Level >= o.stack.Level() && !h.noStack
	if o.source {
		l.pc = r.PC
	}
	l.head(ctx, h, id, n)
	bytes := len(l.buf)
	l.prefix = l.openAll(h.prefix, h.pending)
	r.Attrs(func(a slog.Attr) bool {
		l.add(l.prefix, a, 0)
		return true
	})
	l.closeAll(len(h.pending), bytes, 0)
	if l.stack {
		l.rec.Stack = stackOf(l.carrier, r.PC)
		if l.carrier != nil {
			l.rec.Stack = o.text(l.rec.Stack) // the error has written it
		}
	}
	return l.end(ctx, h)
}

// WithAttrs implements slog.Handler. The attributes are resolved, redacted and rendered now, once.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return h.withAttrs(attrs)
}

func (h *Handler) withAttrs(attrs []slog.Attr) *Handler {
	l := h.out.lines.Get().(*line)
	defer l.release()
	l.buf, l.collect = l.buf[:0], h.out.collect
	prefix := l.openAll(h.prefix, h.pending)
	key := h.key
	for _, a := range attrs {
		l.add(prefix, a, 0)
		if h.out.sampler.key != "" && a.Key == h.out.sampler.key {
			key = a.Value.Resolve().String()
		}
	}
	l.sayOmitted(prefix)
	next := *h
	next.noStack = h.noStack || l.noStack
	if l.count == 0 {
		return &next
	}
	next.key, next.prefix = key, prefix
	next.open += len(h.pending)
	next.pending = nil
	if !h.out.json {
		l.consoleFields()
	}
	next.pre = slices.Concat(h.pre, l.buf)
	next.flat = appendFlat(slices.Clone(h.flat), l.fields)
	return &next
}

// WithGroup implements slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	next := *h
	next.pending = append(slices.Clip(h.pending), name)
	return &next
}

// Named returns a logger whose lines carry the name in "logger", and whose level can be set by it, see Handler.SetLevel.
// A name below another has a dot between: db.pool.
func Named(log *slog.Logger, name string) *slog.Logger {
	h, ok := log.Handler().(*Handler)
	if !ok {
		return log.With("logger", name)
	}
	next := *h
	next.logger = h.out.text(name)
	return slog.New(&next)
}

// text returns s without what must not be shown.
func (o *output) text(s string) string {
	if o.redactor == nil {
		return cut(s)
	}
	s, _ = o.redactor.String(cut(s))
	return trim(s)
}

// message does the same with a message, most of which are constants of the program.
func (o *output) message(s string) string {
	if o.redactor == nil || o.messages.find(s) != nil {
		return trim(cut(s))
	}
	shown := o.text(s)
	if shown == s {
		o.messages.keep(s, nil)
	}
	return shown
}

// value does the same with the value of an attribute.
func (o *output) value(n *name, value string) string {
	if n.tells {
		return o.fieldUnder(groups(n.rawPrefix), n.key, value)
	}
	return o.text(value)
}

// field does the same with the value of a field.
func (o *output) field(key, value string) string { return o.fieldUnder("", key, value) }

// fieldUnder does the same with the value of a field in groups.
func (o *output) fieldUnder(groups, key, value string) string {
	if o.redactor == nil {
		return cut(value)
	}
	value, _ = o.redactor.FieldUnder(groups, key, cut(value))
	return trim(value)
}

// id returns an id without secrets of known shapes: it is no card and no phone number, whatever its digits are.
func (o *output) id(s string) string {
	if o.redactor == nil {
		return cut(s)
	}
	s, _ = o.redactor.SecretsOnly().String(cut(s))
	return trim(s)
}

// againText does what text does with one that is likely to come again.
func (o *output) againText(s string) string {
	if o.known == nil {
		return cut(s)
	}
	return trim(o.known.String(cut(s)))
}

func identityOf(ctx context.Context) *scope.Known {
	if ctx == nil {
		return nil
	}
	if s := scope.From(ctx); s != nil {
		return s.Known()
	}
	return nil
}
