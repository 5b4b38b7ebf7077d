package logging

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Sink gets lines that are kept, sampled and redacted already, for instance to send them over OTLP. Emit is called by the
// goroutine that logs, so it must not block, and it must not log to the handler that calls it.
type Sink interface {
	// Emit takes one line. r and what it points to may be read during the call only; strings may be kept.
	Emit(ctx context.Context, r *Record)
}

// AccessSink is a Sink that says whether it wants the lines of Handler.Access. They cost less where it does not. The answer
// is asked for once, by New. A Sink without the method gets them.
type AccessSink interface {
	Sink

	// WantsAccess reports whether Emit is to get those lines.
	WantsAccess() bool
}

// wantsAccess reports whether a sink, nil if there is none, gets the lines of requests.
func wantsAccess(s Sink) bool {
	if a, ok := s.(AccessSink); ok {
		return a.WantsAccess()
	}
	return s != nil
}

// Record is one line for a Sink.
type Record struct {
	Time    time.Time
	Level   slog.Level
	Message string
	Logger  string // name given with Named

	// The work the line belongs to; empty where unknown.
	RequestID, Method, Path, User, Tenant, Session, Key string

	TraceID    trace.TraceID // zero where there is none
	SpanID     trace.SpanID
	TraceFlags trace.TraceFlags

	// Attrs are flat: the keys of groups stand before those in them, with dots between. Values are resolved, of kind String,
	// Int64, Uint64, Float64, Bool, Duration or Time; anything else has become JSON in a String.
	Attrs []slog.Attr

	Stack string // one frame takes two lines: function, then tab, file and line
	Kept  uint64 // how many lines this one stands for, itself included
}
