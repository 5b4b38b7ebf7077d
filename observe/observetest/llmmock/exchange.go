package llmmock

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/telltale-dev/telltale/observe/wire"
)

// exchange is one request and its answer.
type exchange struct {
	mock  *Mock
	w     http.ResponseWriter
	r     *http.Request
	kind  wire.Kind
	route wire.Route
	body  []byte
	id    id
	fault fault
}

// headers sets those that providers send with every answer.
func (x *exchange) headers() {
	h := x.w.Header()
	request := "req_" + string(x.id[:])
	switch x.kind {
	case wire.Anthropic:
		h["Request-Id"] = []string{request}
		h["Anthropic-Organization-Id"] = []string{"00000000-0000-4000-8000-000000000000"}
		h["Anthropic-Ratelimit-Requests-Limit"] = []string{"4000"}
		h["Anthropic-Ratelimit-Requests-Remaining"] = []string{"3999"}
		h["Anthropic-Ratelimit-Requests-Reset"] = []string{"2030-01-01T00:00:00Z"}
		h["Anthropic-Ratelimit-Tokens-Limit"] = []string{"400000"}
		h["Anthropic-Ratelimit-Tokens-Remaining"] = []string{"399000"}
		h["Anthropic-Ratelimit-Tokens-Reset"] = []string{"2030-01-01T00:00:00Z"}
	case wire.Gemini:
		h["X-Goog-Request-Id"] = []string{request}
		h["Server-Timing"] = []string{"gfet4t7; dur=1"}
	default:
		h["X-Request-Id"] = []string{request}
		h["Openai-Version"] = []string{"2020-10-01"}
		h["Openai-Organization"] = []string{"mock"}
		h["Openai-Processing-Ms"] = []string{"1"}
		h["X-Ratelimit-Limit-Requests"] = []string{"10000"}
		h["X-Ratelimit-Remaining-Requests"] = []string{"9999"}
		h["X-Ratelimit-Reset-Requests"] = []string{"6ms"}
		h["X-Ratelimit-Limit-Tokens"] = []string{"200000"}
		h["X-Ratelimit-Remaining-Tokens"] = []string{"199000"}
		h["X-Ratelimit-Reset-Tokens"] = []string{"300ms"}
	}
}

// fail answers with an error in the shape of the API.
func (x *exchange) fail(status int, message string) {
	contentType, body := wire.ErrorBody(x.kind, status, "", message)
	h := x.w.Header()
	h.Set("Content-Type", contentType)
	if (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && h.Get("Retry-After") == "" {
		h.Set("Retry-After", "1")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body) //nolint:gosec // it is JSON and says so
}

func (x *exchange) answer() {
	if x.r.Method == http.MethodGet || x.r.Method == http.MethodHead {
		x.models()
		return
	}
	text := x.r.Header.Get("X-Mock-Fault")
	p := x.plan(text)
	if text == "" && strings.HasPrefix(p.model, modelPrefix) {
		text = p.model
	}
	var err error
	if x.fault, err = parseFault(text); err != nil {
		x.fail(http.StatusBadRequest, err.Error())
		return
	}
	if p.failure != "" {
		x.fail(http.StatusBadRequest, p.failure)
		return
	}
	if x.before() {
		return
	}
	if !x.wait(x.pace("X-Mock-First-Token", x.mock.options.FirstToken)) {
		return
	}
	if p.stream {
		x.stream(p)
		return
	}
	x.whole(p)
}

// plan finds or makes the answer.
func (x *exchange) plan(fault string) *plan {
	chunks := x.r.Header.Get("X-Mock-Chunks")
	sse := x.r.URL.Query().Get("alt") == "sse"
	variant := strings.Join([]string{x.r.URL.Path, fault, chunks, strconv.FormatBool(sse)}, "\x00")
	return x.mock.plans.get(variant, x.body, func() *plan {
		q := question{route: x.route, sse: sse, fault: fault, text: x.mock.options.Text}
		q.chunks, _ = strconv.Atoi(chunks)
		return q.plan(x.body)
	})
}

// pace reads a duration from a header.
func (x *exchange) pace(header string, standard time.Duration) time.Duration {
	if d, err := time.ParseDuration(x.r.Header.Get(header)); err == nil {
		return d
	}
	return standard
}

// wait reports whether the client is still there.
func (x *exchange) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-x.r.Context().Done():
		return false
	}
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}

func (x *exchange) whole(p *plan) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	b := p.whole.appendTo((*buf)[:0], x.id)
	if cap(b) <= 1<<20 {
		*buf = b
	}
	h := x.w.Header()
	h["Content-Type"] = []string{"application/json"}
	switch x.fault.kind {
	case faultBroken:
		b = b[:len(b)*2/3]
	case faultEmpty:
		b = nil
	}
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	if x.fault.kind == faultCut {
		_, _ = x.w.Write(b[:len(b)/2])
		_ = http.NewResponseController(x.w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = x.w.Write(b)
}

// stream sends events; where there is a pace, each when its time has come.
func (x *exchange) stream(p *plan) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	flusher := http.NewResponseController(x.w)
	between := x.pace("X-Mock-Between", x.mock.options.Between)
	if x.fault.kind == faultSlow {
		between = x.fault.wait
	}
	h := x.w.Header()
	h["Content-Type"] = []string{"text/event-stream; charset=utf-8"}
	if p.array {
		h["Content-Type"] = []string{"application/json"}
	}
	h["Cache-Control"] = []string{"no-cache"}
	x.w.WriteHeader(http.StatusOK)
	if x.fault.kind == faultEmpty {
		return
	}
	broken := len(p.events) / 2
	for i := range p.events {
		if i > 0 && !x.wait(between) {
			return
		}
		b := p.events[i].appendTo((*buf)[:0], x.id)
		if cap(b) <= 1<<20 {
			*buf = b
		}
		if i == broken && x.breaks(b, p.array, flusher) {
			return
		}
		if _, err := x.w.Write(b); err != nil {
			return
		}
		if i == 0 || between > 0 {
			_ = flusher.Flush()
		}
	}
}

// breaks does what the fault does in the middle of a stream, and reports whether that ends it.
func (x *exchange) breaks(event []byte, array bool, flusher *http.ResponseController) bool {
	switch x.fault.kind {
	case faultCut:
		_, _ = x.w.Write(event[:len(event)/2])
		_ = flusher.Flush()
		panic(http.ErrAbortHandler)
	case faultBroken:
		_, _ = x.w.Write(append(event[:len(event)/2:len(event)/2], "\n\n"...))
		return true
	case faultStreamError:
		_, _ = x.w.Write(streamError(x.route.API, array))
		return true
	}
	return false
}
