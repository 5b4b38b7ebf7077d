package observe

import (
	"context"
	"net/http"
	"strings"

	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// maxRoute bounds a template, in bytes.
const maxRoute = 512

// SetRoute says by which route the request of ctx came, as a template with names in place of values: "/things/{id}". It
// is for routers whose templates are known only inside, in a middleware of theirs.
func SetRoute(ctx context.Context, template string) {
	s := scope.From(ctx)
	if s == nil || template == "" || len(template) > maxRoute {
		return
	}
	if q := exchangeOf(ctx); q != nil {
		q.Routed.Store(true)
	}
	if s.Identity().Route != template {
		s.Update(func(i *scope.Identity) { i.Route = template })
	}
}

// Routes makes the patterns of a mux the routes of requests wherever it stands: below middleware that copies the request
// to change its context, below http.StripPrefix, below another mux. Where Telemetry.Handler is given the mux itself it is
// not needed.
func Routes(mux *http.ServeMux) http.Handler { return &routes{mux} }

type routes struct{ mux *http.ServeMux }

// ServeHTTP implements http.Handler.
func (m *routes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := exchangeOf(r.Context())
	if q == nil {
		m.mux.ServeHTTP(w, r)
		return
	}
	above := routeTemplate(r.Pattern)
	full, here := q.Identity().Path, r.URL.Path
	if len(full) > maxShown {
		full = q.writer.in.URL.Path // that of the identity is cut
	}
	stripped := len(here) < len(full) && strings.HasSuffix(full, here)
	if !stripped {
		few := *q.rarely()
		few.mux = m
		q.rare.Store(&few)
	}
	defer func() {
		if q.Routed.Load() {
			return // what is below knows better
		}
		route := routeTemplate(r.Pattern)
		if stripped && route != "" && route != above {
			route = strings.TrimSuffix(above, "/") + route
		}
		SetRoute(r.Context(), route)
	}()
	m.mux.ServeHTTP(w, r)
}

func (m *routes) routeOf(r *http.Request) string {
	_, pattern := m.mux.Handler(r)
	return routeTemplate(pattern)
}

// routeTemplate is the path of a pattern of a ServeMux.
func routeTemplate(pattern string) string {
	if i := strings.IndexByte(pattern, '/'); i > 0 {
		pattern = pattern[i:]
	}
	return strings.TrimSuffix(pattern, "{$}")
}

// method is a method of HTTP as spans and metrics name it.
type method struct{ label, attribute, spanName string }

var (
	knownMethods = [...]method{
		{"GET", "GET", "GET"},
		{"POST", "POST", "POST"},
		{"PUT", "PUT", "PUT"},
		{"DELETE", "DELETE", "DELETE"},
		{"PATCH", "PATCH", "PATCH"},
		{"HEAD", "HEAD", "HEAD"},
		{"OPTIONS", "OPTIONS", "OPTIONS"},
		{"CONNECT", "CONNECT", "CONNECT"},
		{"TRACE", "TRACE", "TRACE"},
		{"QUERY", "QUERY", "QUERY"},
	}
	otherMethod = method{"other", "_OTHER", "HTTP"}
)

// knownMethod keeps what clients make up out of labels and names.
func knownMethod(name string) *method {
	if name == "" {
		return &knownMethods[0] // net/http sends GET
	}
	for i := range knownMethods {
		if knownMethods[i].label == name {
			return &knownMethods[i]
		}
	}
	return &otherMethod
}
