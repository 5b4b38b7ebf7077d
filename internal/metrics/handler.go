package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/route"
)

// Limits of what comes in over HTTP, in bytes.
const (
	maxForm       = 1 << 20  // of the body of a query
	maxExpr       = 64 << 10 // of an expression or a selector; the parser and the engine descend once for each bracket
	maxReadQuery  = 1 << 20  // of a remote read request, as sent
	maxReadPlain  = 4 << 20  // the same, decoded
	maxWrite      = 16 << 20 // of remote write, as sent
	maxWritePlain = 32 << 20 // the same, decoded
)

// pages are where a page of Prometheus' UI is in ours. Links in alerts of other Prometheis and Grafana's lead to them.
var pages = map[string]string{
	"": "/explore", "/graph": "/explore", "/query": "/explore", "/alerts": "/alerts", "/rules": "/alerts", "/targets": "/status",
	"/status": "/status", "/config": "/status", "/flags": "/status", "/tsdb-status": "/status", "/service-discovery": "/status",
	"/metrics": "/metrics",
}

// Handler answers below /prometheus: Prometheus' own HTTP API, federation, health, and redirects from the pages of its UI.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/prometheus"), "/")
		page, isPage := pages[path]
		switch {
		case path == "/-/healthy":
			say(w, "Telltale's metrics are healthy.\n")
		case isPage && (r.Method == http.MethodGet || r.Method == http.MethodHead):
			http.Redirect(w, r, s.page(page, r.URL.Query()), http.StatusFound) //nolint:gosec // pages are ours, the expression is escaped
		case !s.gate.isOpen():
			s.notReady(w)
		case path == "/-/ready":
			say(w, "Telltale's metrics are ready.\n")
		default:
			s.answer(w, r, path)
		}
	})
}

func say(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text)) // whoever asked is gone
}

// page is the address of one of our pages, with the expression of a link to Prometheus' graph.
func (s *Server) page(path string, query url.Values) string {
	if expr := query.Get("g0.expr"); expr != "" && path == "/explore" {
		path += "?expr=" + url.QueryEscape(expr)
	}
	return strings.TrimSuffix(s.opts.External.Path, "/") + path
}

func (*Server) notReady(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, ErrNotReady.Error(), http.StatusServiceUnavailable)
}

// answer bounds what a request may take, and passes it on.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, path string) {
	ctx, leave, err := s.gate.enter(r.Context())
	if err != nil {
		s.notReady(w)
		return
	}
	defer leave()
	switch path {
	case "/api/v1/write", "/api/v1/otlp/v1/metrics":
		s.receive(w, r.WithContext(ctx), path)
		return
	case "/api/v1/read":
		if r, err = boundedRead(w, r); err != nil {
			http.Error(w, err.Error(), statusOf(err))
			return
		}
	default:
		// Queries end by the engine's timeout, with an error that says so; this is for all else.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.opts.Limits.Timeout+5*time.Second)
		defer cancel()
		if err := s.readForm(w, r, path); err != nil {
			refuse(w, err)
			return
		}
	}
	s.handler.ServeHTTP(w, r.WithContext(ctx))
}

// requestError is why a request was not read.
type requestError struct {
	status int
	reason string
}

func (e *requestError) Error() string { return e.reason }

func statusOf(err error) int {
	if e, ok := errors.AsType[*requestError](err); ok {
		return e.status
	}
	return http.StatusBadRequest
}

// readForm reads the parameters, bounds them, and sets the limit of those answers that otherwise have none.
func (s *Server) readForm(w http.ResponseWriter, r *http.Request, path string) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		if errors.As(err, new(*http.MaxBytesError)) {
			return &requestError{http.StatusRequestEntityTooLarge, fmt.Sprintf("a query has %d bytes at most", maxForm)}
		}
		return &requestError{http.StatusBadRequest, err.Error()}
	}
	size := 0
	for _, name := range []string{"query", "match[]"} {
		for _, v := range r.Form[name] {
			size += len(v)
			if depth(v) > maxDepth {
				return &requestError{http.StatusBadRequest, fmt.Sprintf("expressions have %d brackets in each other at most", maxDepth)}
			}
		}
	}
	if size > maxExpr {
		return &requestError{http.StatusRequestEntityTooLarge, fmt.Sprintf("expressions and selectors of a request have %d bytes at most", maxExpr)}
	}
	if path == "/api/v1/series" || path == "/api/v1/labels" || strings.HasPrefix(path, "/api/v1/label/") {
		if n, err := strconv.Atoi(r.Form.Get("limit")); r.Form.Get("limit") == "" || err == nil && (n == 0 || n > maxNames) {
			r.Form.Set("limit", strconv.Itoa(maxNames))
		}
	}
	return nil
}

// refuse answers as Prometheus' API does.
func refuse(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(statusOf(err))
	// Whoever asked may be gone.
	_ = json.NewEncoder(w).Encode(map[string]string{"status": "error", "errorType": "bad_data", "error": err.Error()})
}

// limited is a handler that so many requests run at once; others wait as long as their context.
func limited(slots chan struct{}, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case slots <- struct{}{}:
		case <-r.Context().Done():
			w.Header().Set("Retry-After", "5")
			http.Error(w, "too many requests at once, and none ended in time", http.StatusServiceUnavailable)
			return
		}
		defer func() { <-slots }()
		next.ServeHTTP(w, r)
	})
}

// router has the parts below /prometheus.
func (s *Server) router(api func(*route.Router), federation http.Handler) http.Handler {
	router := route.New().WithPrefix("/prometheus")
	federation = limited(make(chan struct{}, s.opts.Limits.Concurrent), federation)
	router.Get("/federate", federation.ServeHTTP)
	router.Post("/federate", federation.ServeHTTP)
	api(router.WithPrefix("/api/v1"))
	metadata := limited(make(chan struct{}, s.opts.Limits.Concurrent), router)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := strings.TrimPrefix(r.URL.Path, "/prometheus/api/v1/"); {
		case path == "series", path == "labels", strings.HasPrefix(path, "label/"):
			metadata.ServeHTTP(w, r) // queries and remote read have limits of their own
		default:
			router.ServeHTTP(w, r)
		}
	})
}
