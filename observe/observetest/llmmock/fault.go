package llmmock

import (
	"fmt"
	"hash/maphash"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/observe/wire"
)

// modelPrefix marks a model whose name is a fault.
const modelPrefix = "mock-"

type fault struct {
	kind   faultKind
	status int
	once   bool
	wait   time.Duration
	size   int // bytes of text
}

type faultKind uint8

const (
	noFault faultKind = iota
	faultDelay
	faultStatus
	faultBroken
	faultStreamError
	faultCut
	faultSlow
	faultSize
	faultEmpty
	faultHTML
	faultHang
	faultNoUsage
	faultFilter
)

var namedFaults = map[string]fault{
	"":               {},
	"ok":             {},
	"broken-json":    {kind: faultBroken},
	"stream-error":   {kind: faultStreamError},
	"stream-cut":     {kind: faultCut},
	"slow-stream":    {kind: faultSlow, wait: 250 * time.Millisecond},
	"empty":          {kind: faultEmpty},
	"html":           {kind: faultHTML},
	"hang":           {kind: faultHang},
	"no-usage":       {kind: faultNoUsage},
	"content-filter": {kind: faultFilter},
}

// parseFault reads the name of a fault, with or without "mock-".
func parseFault(name string) (fault, error) {
	name = strings.TrimPrefix(name, modelPrefix)
	if f, ok := namedFaults[name]; ok {
		return f, nil
	}
	if d, ok := strings.CutPrefix(name, "delay-"); ok {
		if wait, err := time.ParseDuration(d); err == nil {
			return fault{kind: faultDelay, wait: wait}, nil
		}
	}
	if d, ok := strings.CutPrefix(name, "slow-stream-"); ok {
		if wait, err := time.ParseDuration(d); err == nil {
			return fault{kind: faultSlow, wait: wait}, nil
		}
	}
	if n, ok := strings.CutSuffix(name, "mb"); ok {
		if size, err := strconv.Atoi(n); err == nil && size >= 1 && size <= 64 {
			return fault{kind: faultSize, size: size << 20}, nil
		}
	}
	code, once := strings.CutSuffix(name, "-once")
	if status, err := strconv.Atoi(code); err == nil && status >= 400 && status <= 599 {
		return fault{kind: faultStatus, status: status, once: once}, nil
	}
	return fault{}, fmt.Errorf("the mock knows no fault %q: want delay-500ms, 429, 429-once, broken-json, stream-error, "+
		"stream-cut, slow-stream, 10mb, empty, html, hang, no-usage or content-filter", name)
}

// before does what a fault does in place of an answer, and reports whether it did.
func (x *exchange) before() bool {
	f := x.fault
	switch f.kind {
	case faultDelay:
		return !x.wait(f.wait)
	case faultHang:
		<-x.r.Context().Done()
		return true
	case faultHTML:
		x.w.Header().Set("Content-Type", "text/html")
		x.w.WriteHeader(http.StatusBadGateway)
		_, _ = x.w.Write([]byte("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"))
		return true
	case faultStatus:
		if f.once && !x.firstTime() {
			return false
		}
		x.fail(f.status, faultMessage(f.status))
		return true
	case faultStreamError:
		if !wire.ScanRequest(x.route.API, x.body).Stream {
			x.fail(http.StatusInternalServerError, faultMessage(http.StatusInternalServerError))
			return true
		}
	}
	return false
}

// maxFailed bounds how many that met a fault are remembered.
const maxFailed = 10_000

// firstTime reports whether this key sends this request for the first time, or again after it was answered.
func (x *exchange) firstTime() bool {
	m := x.mock
	body := maphash.Bytes(m.plans.seed, x.body)
	who := keyOf(x.kind, x.r) + "\x00" + x.r.URL.Path + "\x00" + x.r.Header.Get("X-Mock-Fault") + "\x00" + strconv.FormatUint(body, 36)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failed[who] {
		delete(m.failed, who)
		return false
	}
	if len(m.failed) >= maxFailed {
		clear(m.failed)
	}
	m.failed[who] = true
	return true
}

func faultMessage(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return "Rate limit reached. Please try again in 1s."
	case http.StatusServiceUnavailable, 529:
		return "Overloaded"
	}
	if status >= http.StatusInternalServerError {
		return "The server had an error while processing your request. Sorry about that!"
	}
	return "The mock was asked to answer with status " + strconv.Itoa(status) + "."
}

// streamError is how an API reports an error inside a stream.
func streamError(api wire.API, array bool) []byte {
	const google = `{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}`
	switch api {
	case wire.AnthropicMessages:
		return []byte("event: error\ndata: {\"type\":\"error\",\"error\":{\"details\":null,\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n")
	case wire.OpenAIResponses:
		return []byte("event: error\ndata: {\"type\":\"error\",\"sequence_number\":9,\"code\":\"server_error\",\"message\":\"" +
			faultMessage(500) + "\",\"param\":null}\n\n")
	case wire.GeminiStream:
		if array {
			return []byte(",\r\n" + google + "]\n")
		}
		return []byte("data: " + google + "\r\n\r\n")
	}
	return []byte("data: {\"error\":{\"message\":\"" + faultMessage(500) + "\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n")
}
