package observe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
)

// PanicError is what a panic is reported as. It carries the stack for who logs it.
type PanicError struct {
	Value any // what it panicked with

	pcs   []uintptr
	abort bool // the connection must be cut
}

// Error implements error.
func (p *PanicError) Error() string {
	if p.Value == http.ErrAbortHandler { //nolint:errorlint // it is compared so by net/http
		return "aborted"
	}
	return "panic: " + panicText(p.Value)
}

// panicked reports whether there was a panic, rather than the wish to cut a connection.
func (p *PanicError) panicked() bool { return p != nil && p.pcs != nil }

// panicText formats the value, which may panic itself.
func panicText(value any) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("a %T that cannot be formatted", value)
		}
	}()
	return fmt.Sprint(value)
}

// Unwrap returns the value if it is an error.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Callers returns the stack from where the panic began.
func (p *PanicError) Callers() []uintptr { return p.pcs }

// Panic records a panic in the way of Error: a log line of level Error with the stack, an event on the span of ctx, which
// becomes an error, and a report to Config.Errors, marked as a panic. Err of the report is a *PanicError. The handlers of
// Telemetry.Handler need none of it; it is for goroutines, workers and jobs. Call it in the deferred function that recovers,
// whose stack still has that of the panic. A nil value is nothing. Panic does not panic.
//
//	defer func() {
//		if v := recover(); v != nil {
//			observe.Panic(ctx, v, "job", id)
//		}
//	}()
func Panic(ctx context.Context, value any, attrs ...any) {
	if value == nil {
		return
	}
	err := &PanicError{Value: value, pcs: panicStack()}
	record(ctx, err, err.pcs, "panic", true, attrs)
}

// recovered deals with what the handler panicked with, and answers if it has not.
func (q *exchange) recovered(value any) *PanicError {
	p := &PanicError{Value: value}
	if value == http.ErrAbortHandler { //nolint:errorlint // it is compared so by net/http
		p.abort = true
		return p
	}
	p.pcs = panicStack()
	q.handler.t.report(q, p, p.pcs, "panic", true, nil)
	switch {
	case q.writer.hijacked:
	case q.writer.status != 0:
		p.abort = true // what was sent is not all, and must not look so
	default:
		q.apologize()
	}
	return p
}

// panicStack returns the stack from the frame that panicked: what the runtime put on top of it is left out.
func panicStack() []uintptr {
	var pcs [maxFrames]uintptr
	n := runtime.Callers(3, pcs[:])
	begin, panics := 0, false
	for i, pc := range pcs[:n] {
		f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
		switch inside := strings.HasPrefix(f.Function, "runtime."); {
		case f.Function == "runtime.gopanic":
			begin, panics = i+1, true
		case panics && inside:
			begin = i + 1
		case panics:
			return append([]uintptr(nil), pcs[begin:n]...)
		}
	}
	return append([]uintptr(nil), pcs[begin:n]...)
}

// apologize answers with status 500 and the id of the request.
func (q *exchange) apologize() {
	out := q.writer.wrap()
	h := out.Header()
	for _, name := range []string{
		"Content-Length", "Content-Encoding", "Content-Disposition", "Cache-Control", "ETag", "Last-Modified", "Trailer",
	} {
		h.Del(name)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	id := q.Identity().RequestID
	if wantsText(q.writer.in.Header) {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		out.WriteHeader(http.StatusInternalServerError)
		_, _ = fmt.Fprintf(out, "internal server error\nrequest id: %s\n", id)
		return
	}
	h.Set("Content-Type", "application/json")
	out.WriteHeader(http.StatusInternalServerError)
	var answer struct {
		Error struct {
			Code      string `json:"code"`
			Message   string `json:"message"`
			RequestID string `json:"request_id"`
		} `json:"error"`
	}
	answer.Error.Code, answer.Error.Message, answer.Error.RequestID = "internal_error", "internal server error", id
	_ = json.NewEncoder(out).Encode(answer) // a client that is gone misses nothing
}

// wantsText reports whether the client reads text rather than JSON: a browser does.
func wantsText(h http.Header) bool {
	accept := h.Get("Accept")
	return strings.Contains(accept, "text/") && !strings.Contains(accept, "json")
}

// maxFrames bounds a stack.
const maxFrames = 64

// carriesCallers reports whether err or one that it wraps knows its stack, and returns it.
func carriesCallers(err error) []uintptr {
	var c interface{ Callers() []uintptr }
	if errors.As(err, &c) {
		return c.Callers()
	}
	return nil
}
