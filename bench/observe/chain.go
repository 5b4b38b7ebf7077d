package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/apikey"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/otlp"
)

const (
	path  = "/v1/things/42"
	route = "/v1/things/{id}"
	agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"
	user  = "u_4711"
	org   = "acme"
	// flushEvery is how many requests there are to a flush of the exporters: less than either has room for, so that no
	// span is dropped and each is batched and exported in both.
	flushEvery = 500
)

// answer is what all of them lead to.
func answer(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(thing)
}

var thing = []byte(`{"id":"42","name":"a thing of some sort"}` + "\n")

// stack is a service and what flushes the spans of it.
type stack struct {
	handler http.Handler
	key     string
	flush   func(context.Context) error
	close   func(context.Context) error
}

// nowhere is a backend that takes everything.
type nowhere struct{}

func (nowhere) Send(context.Context, otlp.Signal, []byte) error { return nil }
func (nowhere) Close() error                                    { return nil }

// reporter is there, as sentry-go is in the usual stack, and has nothing to do.
type reporter struct{}

func (reporter) Report(context.Context, observe.ErrorEvent) {}

// ours is the chain of the library: request id, span, metrics, access line, panics, key, user.
func ours(ctx context.Context, c observe.Config) (*stack, error) {
	c.Service, c.NoGlobal, c.Log.Writer, c.Log.Format = "bench", true, io.Discard, logging.FormatJSON
	c.Errors = []observe.ErrorReporter{reporter{}}
	tel, err := observe.Start(ctx, c)
	if err != nil {
		return nil, err
	}
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	secret, _, err := keys.Create(ctx, apikey.Grant{Name: "bench", User: user, Tenant: org})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+route, answer)
	return &stack{
		handler: tel.Handler(keys.Require()(mux)), key: secret.Reveal(), flush: tel.ForceFlush,
		close: func(ctx context.Context) error {
			_ = keys.Close(ctx)
			return tel.Shutdown(ctx)
		},
	}, nil
}

// bare is the handler on a mux.
func bare() (*stack, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+route, answer)
	return &stack{handler: mux, flush: nothing, close: nothing}, nil
}

func nothing(context.Context) error { return nil }

// connection is a http.ResponseWriter that is used again, as a connection is.
type connection struct{ header http.Header }

func (w *connection) Header() http.Header         { return w.header }
func (w *connection) WriteHeader(int)             {}
func (w *connection) Write(p []byte) (int, error) { return len(p), nil }
func (w *connection) Flush()                      {}

// request is what a browser's request looks like when it comes from net/http.
func request(ctx context.Context, key string) *http.Request {
	r := &http.Request{
		Method: http.MethodGet, URL: &url.URL{Path: path}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"Authorization": {"Bearer " + key}, "User-Agent": {agent}, "Accept": {"application/json"},
			"Accept-Encoding": {"gzip"}, "Accept-Language": {"en"},
		},
		Body: http.NoBody, Host: "api.example.com", RemoteAddr: "203.0.113.9:54321", RequestURI: path,
	}
	return r.WithContext(ctx)
}

// direct calls a stack in this process.
func (s *stack) direct(ctx context.Context) func(n int) error {
	r := request(ctx, s.key)
	w := &connection{header: http.Header{}}
	return func(n int) error {
		for i := range n {
			s.handler.ServeHTTP(w, r)
			clear(w.header)
			if (i+1)%flushEvery == 0 {
				if err := s.flush(ctx); err != nil {
					return err
				}
			}
		}
		return s.flush(ctx)
	}
}

// chains measures a request through the whole chain, in this process and over a connection.
func chains(ctx context.Context, o *options) error {
	type maker struct {
		name string
		make func() (*stack, error)
	}
	var all []subject
	var stacks []*stack
	for _, m := range []maker{
		{"bare", bare},
		{"ours", func() (*stack, error) { return ours(ctx, observe.Config{Sender: nowhere{}}) }},
		{"usual", usual},
		{"ours, logs by OTLP too", func() (*stack, error) {
			return ours(ctx, observe.Config{Sender: nowhere{}, Exporter: observe.ExporterOTLP})
		}},
		{"ours, tracing off", func() (*stack, error) { return ours(ctx, observe.Config{Exporter: observe.ExporterNone}) }},
	} {
		s, err := m.make()
		if err != nil {
			return fmt.Errorf("make %s: %w", m.name, err)
		}
		defer s.close(context.WithoutCancel(ctx))
		if err := s.check(ctx, m.name); err != nil {
			return err
		}
		stacks = append(stacks, s)
		all = append(all, subject{m.name, s.direct(ctx)})
	}
	costs, err := byTurns(ctx, o, o.requests, all)
	if err != nil {
		return err
	}
	table("A request through the whole chain, in the process:", all, costs)
	own, theirs, logs, off := costs[1], costs[2], costs[3], costs[4]
	fmt.Printf("ours/usual, spans recorded and batched: %.3f of the CPU time, %.3f of the time, %.3f of the allocations, %.3f of the bytes (target 0.2)\n",
		ratio(own, theirs, nil, cpuOf), ratio(own, theirs, nil, wallOf), ratio(own, theirs, nil, allocsOf), ratio(own, theirs, nil, bytesOf))
	fmt.Printf("the same, log lines by OTLP too: %.3f of the CPU time, %.3f of the allocations\n",
		ratio(logs, theirs, nil, cpuOf), ratio(logs, theirs, nil, allocsOf))
	fmt.Printf("tracing off: %.2f µs, %.1f allocations (target 3, 6)\n", medianOf(off, cpuOf)/1e3, medianOf(off, allocsOf))
	return connected(ctx, o, all[:3], stacks)
}

// connected measures bare, ours and usual over a connection.
func connected(ctx context.Context, o *options, subjects []subject, stacks []*stack) error {
	for i := range subjects {
		l, err := listen(stacks[i])
		if err != nil {
			return err
		}
		defer l.close()
		subjects[i].run = l.run(ctx)
	}
	costs, err := byTurns(ctx, o, o.requests/4, subjects)
	if err != nil {
		return err
	}
	table("The same over a connection of loopback, client included:", subjects, costs)
	fmt.Printf("ours/usual of what they add to bare: %.3f of the CPU time, %.3f of the time, %.3f of the allocations\n",
		ratio(costs[1], costs[2], costs[0], cpuOf), ratio(costs[1], costs[2], costs[0], wallOf), ratio(costs[1], costs[2], costs[0], allocsOf))
	return nil
}
