// Package api answers questions about what the store holds, as JSON over HTTP: traces, requests, calls, spans, logs,
// aggregates, values for completion, a live tail and the server's own state.
//
// routes.go lists all of it; the OpenAPI document is made from that list and from the types of the answers.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/price"
)

// Tailer hands out what becomes durable from now on, until ctx ends. Who reads too slowly misses batches.
type Tailer interface {
	Tail(ctx context.Context) <-chan telemetry.Batch
}

// StatusSource tells how the server is.
type StatusSource interface {
	Status(ctx context.Context) (Status, error)
}

// PriceSource tells what each kind of token of a call cost; nothing where it is not known.
type PriceSource interface {
	CostParts(s *telemetry.Span) []price.Part
}

// Config is what the API needs.
type Config struct {
	Reader     telemetry.Reader
	Tailer     Tailer
	Status     StatusSource
	Alerts     AlertSource      // nil: there is no alerting
	Rules      RuleSource       // nil: there are no rules
	Dashboards DashboardLibrary // nil: there are none
	Panels     PanelSource
	Prices     PriceSource  // nil: costs are not taken apart
	Logger     *slog.Logger // nil: slog.Default
	Version    string       // shown in the OpenAPI document
	Timeout    time.Duration
	Concurrent int           // questions at a time; more wait for their turn
	Patience   time.Duration // how long they wait before they are answered 429
	Tails      int           // live tails at a time
	Heartbeat  time.Duration
	Now        func() time.Time
}

// Defaults of Config where it is zero.
const (
	DefaultTimeout    = 30 * time.Second
	DefaultConcurrent = 32
	// DefaultPatience lets pages ask a dozen questions at once, in several tabs, without being refused.
	DefaultPatience  = 3 * time.Second
	DefaultTails     = 64
	DefaultHeartbeat = 15 * time.Second
)

func (c *Config) setDefaults() {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Concurrent == 0 {
		c.Concurrent = DefaultConcurrent
	}
	if c.Patience == 0 {
		c.Patience = DefaultPatience
	}
	if c.Tails == 0 {
		c.Tails = DefaultTails
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = DefaultHeartbeat
	}
	if c.Now == nil {
		c.Now = time.Now
	}
}

// API is the handler of everything below /api/v1/.
type API struct {
	config  Config
	mux     *http.ServeMux
	asking  chan struct{} // a place for each question under way
	tailing chan struct{}
	stop    chan struct{} // closed by StopTails
	once    sync.Once
	openAPI []byte
}

// New makes the handler. It starts nothing.
func New(c Config) (*API, error) {
	c.setDefaults()
	a := &API{
		config: c, mux: http.NewServeMux(), stop: make(chan struct{}),
		asking: make(chan struct{}, c.Concurrent), tailing: make(chan struct{}, c.Tails),
	}
	document, err := openAPI(routes, c.Version)
	if err != nil {
		return nil, err
	}
	a.openAPI = document
	byPath := map[string][]*route{}
	for i := range routes {
		byPath[routes[i].path] = append(byPath[routes[i].path], &routes[i])
	}
	for path, methods := range byPath {
		a.mux.Handle(path, a.serve(methods))
	}
	a.mux.HandleFunc("/", a.notFound)
	return a, nil
}

// ServeHTTP answers. Who mounts it sees to authentication, and to the Host header (DNS rebinding).
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	a.mux.ServeHTTP(w, r)
}

// StopTails ends all live tails, now and from now on: they would keep a server from stopping.
func (a *API) StopTails() { a.once.Do(func() { close(a.stop) }) }

// turn waits until a question may be asked, as long as patience lasts.
func (a *API) turn(ctx context.Context) error {
	select {
	case a.asking <- struct{}{}:
		return nil
	default:
	}
	over := time.NewTimer(a.config.Patience)
	defer over.Stop()
	select {
	case a.asking <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-over.C:
		return &fault{status: http.StatusTooManyRequests, code: "too_many_queries", message: "too many queries at a time", hint: "try again in a second", retry: 1}
	}
}

// serve wraps the routes of one path: method, parameters, body, places, deadline, answer.
func (a *API) serve(methods []*route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := routeFor(methods, r.Method)
		if route == nil {
			allow := allowed(methods)
			w.Header().Set("Allow", allow)
			a.fail(w, r, &fault{status: http.StatusMethodNotAllowed, code: "method_not_allowed", message: r.Method + " is not possible here", hint: "use " + allow})
			return
		}
		p, err := readParams(r, route, a.config.Now())
		if err == nil {
			err = p.readBody(w, r)
		}
		if err != nil {
			a.fail(w, r, err)
			return
		}
		if route.stream != nil {
			if err := route.stream(a, w, r, p); err != nil {
				a.fail(w, r, err)
			}
			return
		}
		if err := a.turn(r.Context()); err != nil {
			a.fail(w, r, err)
			return
		}
		defer func() { <-a.asking }()
		ctx, cancel := context.WithTimeout(r.Context(), a.config.Timeout)
		defer cancel()
		answer, err := route.answer(a, ctx, p)
		if err != nil {
			a.fail(w, r, err)
			return
		}
		a.respond(w, r, route, answer)
	})
}
