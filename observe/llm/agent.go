package llm

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// Run is an agent, or a step of one, at work.
type Run struct {
	core    *core.Core
	frame   frame // of what happens within
	ctx     context.Context
	op      string
	message string // of the line in the log
	parent  *Run
	told    told
	span    trace.Span
	start   time.Time
	limit   *LimitError
	ended   atomic.Bool
	left    leaver
	release func()                                                   // at the end, or when the context ends; may be nil
	count   func(in *instruments, status string, took time.Duration) // at the end
	finish  func(add func(...attribute.KeyValue))                    // further attributes at the end; may be nil
	line    func() []slog.Attr                                       // of the log; nil for none
}

// Agent begins a run of an agent. The name is a label of metrics: of a bounded set, never an id.
//
//	ctx, run := llm.Agent(ctx, "researcher")
//	defer run.End(&err)
func Agent(ctx context.Context, name string) (context.Context, *Run) {
	name = cutText(name, maxLabel)
	f := frameOf(ctx)
	outermost := f.agent == ""
	f.agent = name
	r := newRun(ctx, f)
	if r.limit = f.session.admitWork(r.frame.depth); r.limit != nil {
		return r.refused(ctx)
	}
	in := instrumentsOf(r.core)
	r.count = func(in *instruments, status string, took time.Duration) {
		in.agentRuns.Add(r.ctx, 1, name, status)
		in.agentDuration.Observe(r.ctx, took.Seconds(), name)
	}
	r.line = func() []slog.Attr { return []slog.Attr{slog.String("agent", name)} }
	if outermost {
		in.agents.Inc()
		r.release = sync.OnceFunc(in.agents.Dec)
		if ctx.Done() == nil {
			runtime.AddCleanup(r, func(release func()) { release() }, r.release) // nothing else ends what nobody ends
		}
	}
	return r.begin(ctx, opAgent, name, trace.SpanKindInternal, attribute.String(attrAgent, name))
}

// Step begins a step of an agent: plan, search, write. The name stands on the span, it is no label.
func Step(ctx context.Context, name string) (context.Context, *Run) {
	f := frameOf(ctx)
	r := newRun(ctx, f)
	if r.limit = f.session.admitWork(r.frame.depth); r.limit != nil {
		return r.refused(ctx)
	}
	agent := f.agent
	r.count = func(in *instruments, status string, _ time.Duration) { in.agentSteps.Add(r.ctx, 1, agent, status) }
	attrs := []attribute.KeyValue{attribute.String(attrStep, cutText(name, maxLabel))}
	if agent != "" {
		attrs = append(attrs, attribute.String(attrAgent, agent))
	}
	return r.begin(ctx, opStep, name, trace.SpanKindInternal, attrs...)
}

// newRun makes a run one deeper than f.
func newRun(ctx context.Context, f frame) *Run {
	f.call = nil
	f.depth++
	r := &Run{core: coreFor(ctx, scope.From(ctx), nil), parent: f.run, start: time.Now(), message: "agent run"}
	f.run = r
	r.frame = f
	return r
}

func (r *Run) refused(ctx context.Context) (context.Context, *Run) {
	r.ended.Store(true)
	r.span = trace.SpanFromContext(context.Background())
	r.ctx = refuse(ctx, r.core, r.frame.session, r.limit)
	return r.ctx, r
}

func (r *Run) begin(ctx context.Context, op, name string, kind trace.SpanKind, attrs ...attribute.KeyValue) (context.Context, *Run) {
	r.op = op
	attrs = append(attrs, attribute.String(attrOperation, op))
	if s := scope.From(ctx); s != nil {
		if id := s.Identity().Session; id != "" {
			attrs = append(attrs, attribute.String(attrConversation, r.core.Clean("session_id", id)))
		}
	}
	r.ctx, r.span = r.core.Tracer.Start(ctx, spanName(op, cutText(name, maxLabel)), trace.WithSpanKind(kind), trace.WithAttributes(attrs...))
	r.left.watch(ctx, r.release, func(at time.Time) { r.close(context.Cause(ctx), "", at.Sub(r.start)) })
	return r.frame.in(r.ctx), r
}

// Err is a *LimitError where the work must not be done, else nil. The context that came with the run is canceled then.
func (r *Run) Err() error {
	if r.limit != nil {
		return r.limit
	}
	return nil
}

// Span is the span of the run, for attributes of one's own.
func (r *Run) Span() trace.Span { return r.span }

// End ends the run, as failed if *err is an error, or if the function that deferred End is panicking; the panic goes on. A
// nil err is a success. Only the first End counts; a run that never ends is ended when its context is; it
// took until then.
func (r *Run) End(err *error) {
	if r.ended.Load() {
		return
	}
	var e error
	if err != nil {
		e = *err
	}
	why := ""
	if panicking() {
		why = errPanic
	}
	r.close(e, why, 0)
}

// close ends the run after it took so long; 0 is until now.
func (r *Run) close(err error, why string, ended time.Duration) {
	if !r.ended.CompareAndSwap(false, true) {
		return
	}
	r.left.stop()
	if r.release != nil {
		r.release()
	}
	if why == "" && err != nil {
		why = cutText(errorType(err), maxLabel)
	}
	took := ended
	if took <= 0 {
		took = time.Since(r.start)
	}
	message := ""
	if err != nil {
		message, _ = r.core.Redact.String(cutText(err.Error(), maxErrorText))
	}
	if r.finish != nil && r.span.IsRecording() {
		r.finish(r.span.SetAttributes)
	}
	if why != "" {
		r.span.SetAttributes(attribute.String(attrErrorType, why))
		r.span.SetStatus(codes.Error, message)
	}
	r.count(instrumentsOf(r.core), statusOf(why != ""), took)
	r.log(why, message, took, err)
	if r.line != nil || r.told.has(err) {
		r.parent.tell(err)
	}
	endSpan(r.span, r.start, ended)
}

func (r *Run) log(why, message string, took time.Duration, err error) {
	if r.line == nil {
		return
	}
	level := slog.LevelInfo
	switch {
	case why == "":
	case why == errLimit, r.told.has(err):
		level = slog.LevelWarn // it has a line where it arose
	default:
		level = slog.LevelError
	}
	if !r.core.Logger.Enabled(r.ctx, level) {
		return
	}
	attrs := append(r.line(), slog.String("operation", r.op), slog.Float64("duration_ms", milliseconds(took)))
	if why != "" {
		attrs = append(attrs, slog.String("error_type", why), slog.String("error", message))
	}
	r.core.Logger.LogAttrs(r.ctx, level, r.message, attrs...) //nolint:sloglint // one of three constants
}

// maxTold bounds the errors that a run knows of.
const maxTold = 16

// told are the errors of what happened inside a run, each of which has a line in the log.
type told struct {
	mu   sync.Mutex
	list []error
}

// tell notes an error that was logged inside the run. A nil run knows none.
func (r *Run) tell(err error) {
	if r == nil || err == nil {
		return
	}
	r.told.mu.Lock()
	defer r.told.mu.Unlock()
	if len(r.told.list) == maxTold {
		r.told.list = append(r.told.list[:0], r.told.list[1:]...)
	}
	r.told.list = append(r.told.list, err)
}

// has reports whether err is one of them, or made of it.
func (t *told) has(err error) bool {
	if err == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range t.list {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
