package observe

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
)

// panicked is what a handler panicked with. It carries the stack for who logs it.
type panicked struct {
	value any
	pcs   []uintptr
	abort bool // the connection must be cut
}

// Error implements error.
func (p *panicked) Error() string {
	if p.value == http.ErrAbortHandler { //nolint:errorlint // it is compared so by net/http
		return "aborted"
	}
	return "panic: " + panicText(p.value)
}

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
func (p *panicked) Unwrap() error {
	err, _ := p.value.(error)
	return err
}

// Callers returns the stack from where the panic began.
func (p *panicked) Callers() []uintptr { return p.pcs }

// recovered deals with what the handler panicked with, and answers if it has not.
func (q *exchange) recovered(value any) *panicked {
	p := &panicked{value: value}
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
	n := runtime.Callers(2, pcs[:])
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
