package observe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/logging"
)

// ErrorReporter gets panics and the errors given to Error, to bring them to a tracker of errors. If it has a method
// Shutdown(context.Context) error, Telemetry.Shutdown calls it.
type ErrorReporter interface {
	// Report takes one error. It is called by the goroutine that failed, so it must not wait for a network.
	Report(ctx context.Context, e ErrorEvent)
}

// ErrorEvent is one error. Its texts are free of secrets and personal data, but for what Err says of itself.
type ErrorEvent struct {
	Time    time.Time
	Err     error
	Panic   bool
	Type    string    // of Err, as "*fs.PathError"; of the value of a panic
	Message string    // of Err
	Stack   []uintptr // program counters as of runtime.Callers, the failing function first
	Attrs   []slog.Attr

	// The work that failed; empty where unknown.
	RequestID, Method, Path, Route, User, Tenant, Session, Key string

	TraceID trace.TraceID
	SpanID  trace.SpanID

	Service, Version, Environment, Instance string

	// Breadcrumbs are the last log lines of the request or the job, the oldest first.
	Breadcrumbs []Breadcrumb
}

// Breadcrumb is a log line that came before an error, redacted.
type Breadcrumb struct {
	Time    time.Time
	Level   slog.Level
	Logger  string
	Message string
	Attrs   []slog.Attr // the first few
}

// maxBreadcrumbAttrs bounds what is kept of a line.
const maxBreadcrumbAttrs = 8

// Error records that something failed, and does not end anything: a log line of level Error with the stack, an event on
// the span of ctx, which becomes an error, and a report to Config.Errors. The stack is the one that err carries, else that
// of the caller. Further arguments are attributes as of slog. A nil err is nothing.
func Error(ctx context.Context, err error, attrs ...any) {
	if err == nil {
		return
	}
	pcs := carriesCallers(err)
	if pcs == nil {
		var own [maxFrames]uintptr
		pcs = own[:runtime.Callers(2, own[:])]
	}
	record(ctx, err, pcs, "error", false, attrs)
}

// record records an error by the telemetry of ctx.
func record(ctx context.Context, err error, pcs []uintptr, message string, panics bool, attrs []any) {
	c := core.From(ctx)
	if t, ok := c.Owner.(*Telemetry); ok {
		t.report(ctx, err, pcs, message, panics, attrs)
		return
	}
	recordError(ctx, c, err, pcs, panics)
	logError(ctx, c, err, pcs, message, attrs)
}

// report records an error everywhere.
func (t *Telemetry) report(ctx context.Context, err error, pcs []uintptr, message string, panics bool, attrs []any) {
	recordError(ctx, t.core, err, pcs, panics)
	var crumbs []Breadcrumb
	if len(t.config.Errors) > 0 {
		if s := scope.From(ctx); s != nil {
			for _, line := range s.Lines() {
				crumbs = append(crumbs, Breadcrumb(line))
			}
		}
	}
	logged := logError(ctx, t.core, err, pcs, message, attrs)
	if len(t.config.Errors) == 0 {
		return
	}
	e := t.event(ctx, err, pcs, panics)
	e.Breadcrumbs, e.Attrs = crumbs, t.cleanAttrs(logged)
	for _, reporter := range t.config.Errors {
		t.tell(ctx, reporter, e)
	}
}

// tell keeps a reporter from failing the request.
func (t *Telemetry) tell(ctx context.Context, r ErrorReporter, e ErrorEvent) {
	defer func() {
		if v := recover(); v != nil {
			t.core.Logger.WarnContext(ctx, "an error reporter panicked", "reporter", fmt.Sprintf("%T", r), "panic", panicText(v))
		}
	}()
	r.Report(ctx, e)
}

func (t *Telemetry) event(ctx context.Context, err error, pcs []uintptr, panics bool) ErrorEvent {
	span := trace.SpanContextFromContext(ctx)
	e := ErrorEvent{
		Time: time.Now(), Err: err, Panic: panics, Type: errorType(err), Message: errorText(t.core, err), Stack: pcs,
		TraceID: span.TraceID(), SpanID: span.SpanID(),
		Service: t.config.Service, Version: t.config.Version,
		Environment: t.config.Environment, Instance: t.config.Instance,
	}
	if s := scope.From(ctx); s != nil {
		e.Route = s.Route()
		id := s.Identity()
		e.RequestID, e.Method, e.User, e.Tenant = requestIDShown(t.core, id), id.Method, id.User, id.Tenant
		e.Session, e.Key = id.Session, id.Key
		e.Path, _ = t.core.Redact.Field("path", id.Path)
	}
	return e
}

// logError writes the line, and returns the attributes it has besides the error.
func logError(ctx context.Context, c *core.Core, err error, pcs []uintptr, message string, attrs []any) []slog.Attr {
	var pc uintptr
	if len(pcs) > 0 {
		pc = pcs[0]
	}
	r := slog.NewRecord(time.Now(), slog.LevelError, message, pc)
	r.Add(attrs...)
	var own []slog.Attr
	r.Attrs(func(a slog.Attr) bool {
		own = append(own, a)
		return true
	})
	r.AddAttrs(slog.Any("error", &stacked{err, pcs}))
	h := c.Logger.Handler()
	if h.Enabled(ctx, slog.LevelError) {
		_ = h.Handle(ctx, r) // the handler counts what its writer refuses
	}
	return own
}

// stacked gives an error its stack.
type stacked struct {
	error
	pcs []uintptr
}

// Callers returns the stack.
func (s *stacked) Callers() []uintptr { return s.pcs }

// recordError makes the span of ctx one that failed.
func recordError(ctx context.Context, c *core.Core, err error, pcs []uintptr, panics bool) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	text := errorText(c, err)
	attrs := []attribute.KeyValue{
		semconv.ExceptionType(errorType(err)),
		semconv.ExceptionMessage(text),
		semconv.ExceptionStacktrace(stackText(pcs)),
	}
	if panics {
		attrs = append(attrs, attribute.Bool("exception.escaped", true))
	}
	span.AddEvent(semconv.ExceptionEventName, trace.WithAttributes(attrs...))
	span.SetStatus(codes.Error, text)
}

// maxMessage bounds the text of an error, in bytes.
const maxMessage = 8 << 10

func errorText(c *core.Core, err error) string {
	text := panicText(err)
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "")
	}
	text, _ = c.Redact.String(text)
	return text
}

// errorType names the type of an error: of the first in its chain that says more than that it wraps another.
func errorType(err error) string {
	if p := (*PanicError)(nil); errors.As(err, &p) && p.Value != nil {
		return fmt.Sprintf("%T", p.Value)
	}
	for n := 0; n < 32; n++ {
		name := fmt.Sprintf("%T", err)
		next := errors.Unwrap(err)
		if next == nil || name != "*fmt.wrapError" && name != "*errors.withStack" {
			return name
		}
		err = next
	}
	return fmt.Sprintf("%T", err)
}

// stackText writes frames as debug.Stack does, without arguments and addresses.
func stackText(pcs []uintptr) string {
	if len(pcs) == 0 {
		return ""
	}
	var b strings.Builder
	for frames := runtime.CallersFrames(pcs); ; {
		f, more := frames.Next()
		if f.Function != "" && f.Function != "runtime.goexit" {
			b.WriteString(f.Function + "\n\t" + f.File + ":" + strconv.Itoa(f.Line) + "\n")
		}
		if !more {
			return strings.TrimSuffix(b.String(), "\n")
		}
	}
}

// attrsOf is where attrSink puts attributes.
type attrsOf struct{}

// attrSink gives the attributes of a line to who wrote it, as lines have them: flat and redacted.
type attrSink struct{}

func (attrSink) Emit(ctx context.Context, r *logging.Record) {
	if to, ok := ctx.Value(attrsOf{}).(*[]slog.Attr); ok {
		*to = slices.Clone(r.Attrs)
	}
}

// newCleaner returns the handler whose lines nobody reads, for what is redacted of them.
func newCleaner(c *core.Core) *logging.Handler {
	return logging.New(logging.Options{
		Writer: io.Discard, Format: logging.FormatJSON, Redactor: c.Redact, Sink: attrSink{}, Stack: logging.Off,
	})
}

func (t *Telemetry) cleanAttrs(attrs []slog.Attr) (clean []slog.Attr) {
	if len(attrs) == 0 {
		return nil
	}
	r := slog.NewRecord(time.Time{}, slog.LevelError, "", 0)
	r.AddAttrs(attrs...)
	_ = t.cleaner.Handle(context.WithValue(context.Background(), attrsOf{}, &clean), r) // to io.Discard
	return clean
}

// trailSink keeps the lines of requests and jobs for their errors.
type trailSink struct{}

// WantsAccess says no: the line of a request is its last.
func (trailSink) WantsAccess() bool { return false }

func (trailSink) Emit(ctx context.Context, r *logging.Record) {
	if s := scope.From(ctx); s != nil && r.Message != logging.AccessMessage {
		s.Add(scope.Line{
			Time: r.Time, Level: r.Level, Logger: r.Logger, Message: r.Message,
			Attrs: slices.Clone(r.Attrs[:min(len(r.Attrs), maxBreadcrumbAttrs)]),
		})
	}
}

// sinks give a line to several.
type sinks []logging.Sink

// WantsAccess reports whether one of them does.
func (s sinks) WantsAccess() bool {
	return slices.ContainsFunc(s, func(each logging.Sink) bool {
		a, ok := each.(logging.AccessSink)
		return !ok || a.WantsAccess()
	})
}

func (s sinks) Emit(ctx context.Context, r *logging.Record) {
	for _, sink := range s {
		sink.Emit(ctx, r)
	}
}
