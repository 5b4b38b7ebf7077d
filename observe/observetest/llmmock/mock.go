package llmmock

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/telltale-dev/telltale/observe/wire"
)

// Options of a Mock. The zero value accepts any key and answers at once.
type Options struct {
	// Keys are the API keys that are accepted; none accepts any. A request without a key gets 401 unless NoAuth is set.
	Keys   []string
	NoAuth bool

	Text       string        // the answer; empty repeats what the user said
	FirstToken time.Duration // before the first byte of an answer
	Between    time.Duration // between the chunks of a stream

	// OnRequest sees every request as it arrived, before it is answered. It is called by many goroutines and may keep
	// what it is given.
	OnRequest func(Request)
}

// Request is what arrived.
type Request struct {
	Method string
	Path   string // as sent, escaped
	Query  string
	Header http.Header
	Body   []byte
	Host   string
}

// MaxBody is the longest request that is read, in bytes; longer ones get 413.
const MaxBody = 64 << 20

// Mock is the provider. Its methods may be called by many goroutines.
type Mock struct {
	options Options
	ids     ids
	plans   plans

	mu     sync.Mutex
	failed map[string]bool // of the faults that happen once: who met it
}

// New returns a provider to be served by net/http.
func New(o Options) *Mock {
	return &Mock{options: o, ids: newIDs(), plans: newPlans(), failed: map[string]bool{}}
}

// ServeHTTP answers one request.
func (m *Mock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind, route := routeOf(r)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if m.options.OnRequest != nil {
		m.options.OnRequest(Request{
			Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body, Host: r.Host,
		})
	}
	if known := route.API.Kind(); known != "" {
		kind = known
	}
	x := &exchange{mock: m, w: w, r: r, kind: kind, route: route, body: body, id: m.ids.next()}
	x.headers()
	switch {
	case err != nil:
		x.fail(http.StatusRequestEntityTooLarge, "request too large")
	case !m.options.NoAuth && !m.accepts(keyOf(kind, r)):
		x.fail(http.StatusUnauthorized, "You didn't provide a valid API key.")
	case route.API == wire.Unknown:
		x.fail(http.StatusNotFound, "Unknown request URL: "+r.Method+" "+r.URL.Path)
	default:
		x.answer()
	}
}

func (m *Mock) accepts(key string) bool {
	return key != "" && (len(m.options.Keys) == 0 || slices.Contains(m.options.Keys, key))
}

// routeOf tells which API a request is of. Paths that several have are told apart by their headers.
func routeOf(r *http.Request) (wire.Kind, wire.Route) {
	path := r.URL.EscapedPath()
	for _, k := range []wire.Kind{wire.OpenAI, wire.Anthropic, wire.Gemini} {
		if rest, ok := strings.CutPrefix(path, "/"+string(k)+"/"); ok && !strings.HasPrefix(rest, "deployments/") {
			return k, wire.ParseRoute(k, r.Method, "/"+rest)
		}
	}
	kind := wire.OpenAI
	switch {
	case strings.Contains(path, "/messages") || r.Header.Get("Anthropic-Version") != "":
		kind = wire.Anthropic
	case strings.HasPrefix(path, "/v1beta") || strings.Contains(path, ":") || r.Header.Get("X-Goog-Api-Key") != "" || r.URL.Query().Has("key"):
		kind = wire.Gemini
	}
	return kind, wire.ParseRoute(kind, r.Method, path)
}

// keyOf finds the API key where the kind puts it.
func keyOf(kind wire.Kind, r *http.Request) string {
	switch kind {
	case wire.Anthropic:
		if k := r.Header.Get("X-Api-Key"); k != "" {
			return k
		}
	case wire.Gemini:
		if k := r.Header.Get("X-Goog-Api-Key"); k != "" {
			return k
		}
		if k := r.URL.Query().Get("key"); k != "" {
			return k
		}
	}
	key, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return strings.TrimSpace(key)
}
