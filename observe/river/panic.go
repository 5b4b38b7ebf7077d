package river

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/riverqueue/river/rivertype"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe"
)

// PanicError is what a worker's panic is reported as.
type PanicError struct {
	Value any // what it panicked with

	callers []uintptr
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Callers returns the stack from where the panic began, as program counters of runtime.Callers.
func (e *PanicError) Callers() []uintptr { return e.callers }

// panicking is deferred: it records a panic and lets it go on, since River records it on the job and tries again.
func panicking(ctx context.Context, job *rivertype.JobRow, span trace.Span) {
	value := recover()
	if value == nil {
		return
	}
	err := &PanicError{Value: value, callers: callers()}
	span.SetAttributes(attrOutcome.String(outcomePanicked), semconv.ErrorTypeKey.String(fmt.Sprintf("%T", value)))
	observe.Error(ctx, err, jobFields(job)...)
	panic(value)
}

// maxFrames bounds a stack.
const maxFrames = 64

// callers returns the stack of a panic without what the runtime and this package put on top.
func callers() []uintptr {
	var all [maxFrames]uintptr
	pcs := all[:runtime.Callers(2, all[:])]
	panics := false
	for i, pc := range pcs {
		f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
		switch {
		case f.Function == "runtime.gopanic":
			panics = true
		case panics && !strings.HasPrefix(f.Function, "runtime."):
			return append([]uintptr(nil), pcs[i:]...)
		}
	}
	return append([]uintptr(nil), pcs...)
}
