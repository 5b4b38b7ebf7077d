package river

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/internal/core"
)

// Names of what the conventions for messaging have none for.
const (
	attrKind        = attribute.Key("river.job.kind")
	attrAttempt     = attribute.Key("river.job.attempt")
	attrMaxAttempts = attribute.Key("river.job.max_attempts")
	attrWait        = attribute.Key("river.job.wait") // seconds from when it might have begun
	attrOutcome     = attribute.Key("river.job.outcome")
	attrDuplicate   = attribute.Key("river.job.duplicate")
)

// Outcomes of an attempt.
const (
	outcomeDone      = "done"
	outcomeFailed    = "failed"
	outcomeCancelled = "cancelled" // by river.JobCancel: it is not tried again
	outcomeSnoozed   = "snoozed"
	outcomePanicked  = "panicked"
)

// Options say how jobs are traced. The zero value is good.
type Options struct {
	// NewTrace begins a trace with each attempt of a job and links it to the one that the job was inserted in, instead of
	// going on with that one.
	NewTrace bool
}

// Middleware traces inserting and working jobs. It goes into river.Config.Middleware, first, so that what other
// middleware does is in the span. Make one with NewMiddleware.
type Middleware struct {
	river.MiddlewareDefaults
	options Options
}

var (
	_ rivertype.JobInsertMiddleware = (*Middleware)(nil)
	_ rivertype.WorkerMiddleware    = (*Middleware)(nil)
)

// NewMiddleware returns a Middleware.
func NewMiddleware(o Options) *Middleware { return &Middleware{options: o} }

// InsertMany implements rivertype.JobInsertMiddleware, for single jobs too.
func (m *Middleware) InsertMany(
	ctx context.Context, jobs []*rivertype.JobInsertParams, insert func(context.Context) ([]*rivertype.JobInsertResult, error),
) ([]*rivertype.JobInsertResult, error) {
	if len(jobs) == 0 {
		return insert(ctx)
	}
	ctx, span := core.From(ctx).Tracer.Start(ctx, insertName(jobs), trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithAttributes(insertAttributes(jobs)...))
	defer span.End()
	carrier := map[string]string{}
	observe.Inject(ctx, carrier)
	for _, job := range jobs {
		job.Metadata = put(job.Metadata, carrier)
	}
	results, err := insert(ctx)
	if err != nil {
		failSpan(ctx, span, err)
		return results, err
	}
	if len(results) == 1 && results[0] != nil && results[0].Job != nil {
		span.SetAttributes(semconv.MessagingMessageID(strconv.FormatInt(results[0].Job.ID, 10)))
		if results[0].UniqueSkippedAsDuplicate {
			span.SetAttributes(attrDuplicate.Bool(true))
		}
	}
	return results, nil
}

func insertName(jobs []*rivertype.JobInsertParams) string {
	for _, job := range jobs[1:] {
		if job.Kind != jobs[0].Kind {
			return "insert jobs"
		}
	}
	return "insert " + jobs[0].Kind
}

func insertAttributes(jobs []*rivertype.JobInsertParams) []attribute.KeyValue {
	attrs := append(make([]attribute.KeyValue, 0, 8), semconv.MessagingSystemKey.String("river"),
		semconv.MessagingOperationName("insert"), semconv.MessagingOperationTypeSend)
	if len(jobs) == 1 {
		return append(attrs, semconv.MessagingDestinationName(jobs[0].Queue), attrKind.String(jobs[0].Kind))
	}
	return append(attrs, semconv.MessagingBatchMessageCount(len(jobs)))
}

// failSpan makes a span an error that the caller gets too: it is for the caller to log and report.
func failSpan(ctx context.Context, span trace.Span, err error) {
	text, _ := core.From(ctx).Redact.String(err.Error())
	span.SetStatus(codes.Error, text)
	span.SetAttributes(semconv.ErrorType(err))
}

// Work implements rivertype.WorkerMiddleware.
func (m *Middleware) Work(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
	carrier := carried(job.Metadata)
	ctx = observe.Extract(ctx, carrier)
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(workAttributes(job)...)}
	if from := trace.SpanContextFromContext(ctx); m.options.NewTrace && from.IsValid() {
		options = append(options, trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: from}))
	}
	ctx, span := core.From(ctx).Tracer.Start(ctx, "work "+job.Kind, options...)
	defer span.End()
	defer panicking(ctx, job, span)
	err := work(ctx)
	outcome := outcomeOf(err)
	span.SetAttributes(attrOutcome.String(outcome))
	switch {
	case outcome != outcomeFailed && outcome != outcomeCancelled:
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		failSpan(ctx, span, err) // the worker was stopped, nothing is wrong with the job
	default:
		span.SetAttributes(semconv.ErrorType(err))
		observe.Error(ctx, err, jobFields(job)...)
	}
	return err
}

func workAttributes(job *rivertype.JobRow) []attribute.KeyValue {
	attrs := append(make([]attribute.KeyValue, 0, 12), semconv.MessagingSystemKey.String("river"),
		semconv.MessagingOperationName("work"), semconv.MessagingOperationTypeProcess,
		semconv.MessagingDestinationName(job.Queue), semconv.MessagingMessageID(strconv.FormatInt(job.ID, 10)),
		attrKind.String(job.Kind), attrAttempt.Int(job.Attempt), attrMaxAttempts.Int(job.MaxAttempts))
	if wait := time.Since(job.ScheduledAt); !job.ScheduledAt.IsZero() && wait > 0 {
		attrs = append(attrs, attrWait.Float64(wait.Seconds()))
	}
	return attrs
}

func jobFields(job *rivertype.JobRow) []any {
	return []any{
		"job_kind", job.Kind, "job_id", job.ID, "queue", job.Queue, "attempt", job.Attempt, "max_attempts", job.MaxAttempts,
	}
}

func outcomeOf(err error) string {
	var (
		snooze *rivertype.JobSnoozeError
		cancel *rivertype.JobCancelError
	)
	switch {
	case err == nil:
		return outcomeDone
	case errors.As(err, &snooze):
		return outcomeSnoozed
	case errors.As(err, &cancel):
		return outcomeCancelled
	}
	return outcomeFailed
}
