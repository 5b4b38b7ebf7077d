package river

import (
	"context"
	"fmt"

	"github.com/riverqueue/river/rivertype"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe"
)

// panicking is deferred: it records a panic and lets it go on, since River records it on the job and tries again.
func panicking(ctx context.Context, job *rivertype.JobRow, span trace.Span) {
	value := recover()
	if value == nil {
		return
	}
	span.SetAttributes(attrOutcome.String(outcomePanicked), semconv.ErrorTypeKey.String(fmt.Sprintf("%T", value)))
	observe.Panic(ctx, value, jobFields(job)...)
	panic(value)
}
