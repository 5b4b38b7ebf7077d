// Package demo simulates the services of a small company, so that there is something to look at without any key: a chat
// API, a RAG API and an agent. They are ordinary clients. The model calls of the APIs go through the gateway; the agent calls
// its provider itself and tells of it in spans, as what is instrumented already does. Spans come by OTLP, log lines as JSON, and
// what no span tells (pools, queues, sessions) as metrics of observe, the library.
package demo

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// SLOs is a file of what the services promise.
//
//go:embed slos.yml
var SLOs []byte

// Options of the simulation.
type Options struct {
	Server   string  // base URL of a telltale
	Provider string  // base URL of a provider that speaks the API of OpenAI
	Token    string  // what the server wants to be shown, if anything
	Rate     float64 // requests a second after the first burst
	Burst    int     // requests at once at the start, so that the first screen is full
	Seed     uint64
	Logger   *slog.Logger
}

// concurrency is how many simulated requests are under way at once, at most.
const concurrency = 16

// Run simulates until ctx ends. What goes wrong on the way is logged, not returned: that is what a demo is about.
func Run(ctx context.Context, o Options) {
	w := &world{
		options: o,
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrency}, Timeout: time.Minute},
		random:  rand.New(rand.NewPCG(o.Seed, 1)),
	}
	defer w.client.CloseIdleConnections()
	stop, err := w.instrument(ctx)
	if err != nil {
		o.Logger.Error("the simulation cannot begin", "error", err)
		return
	}
	defer stop()
	places := make(chan struct{}, concurrency)
	var running sync.WaitGroup
	defer running.Wait()
	pause := time.Duration(float64(time.Second) / max(o.Rate, 0.01))
	for n := 0; ; n++ {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return
		}
		v := w.nextVisit()
		running.Go(func() {
			defer func() { <-places }()
			if err := v.run(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded) {
				o.Logger.Debug("a simulated request ended early", "service", v.service.name, "error", err)
			}
		})
		if n < o.Burst {
			continue
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// world is what all visits share.
type world struct {
	options Options
	client  *http.Client
	mu      sync.Mutex
	random  *rand.Rand
	gauges  map[string]*gauges // by service
}

// service is one of the simulated services.
type service struct {
	name, route string
	weight      int
	handle      func(v *visit, ctx context.Context) error
}

var services = []service{
	{"chat-api", "/v1/chat", 6, (*visit).chat},
	{"rag-api", "/v1/ask", 3, (*visit).ask},
	{"research-agent", "/v1/research", 2, (*visit).research},
}

// nextVisit draws who comes, for what, and how long it takes.
func (w *world) nextVisit() *visit {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.random
	total := 0
	for i := range services {
		total += services[i].weight
	}
	n := r.IntN(total)
	s := &services[0]
	for i := range services {
		if n -= services[i].weight; n < 0 {
			s = &services[i]
			break
		}
	}
	v := &visit{world: w, service: s, gauges: w.gauges[s.name], random: rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))}
	user := int(float64(len(people)) * v.random.Float64() * v.random.Float64()) // few do much
	v.user, v.session = people[user].id, people[user].id+"-"+time.Now().Format("2006-01-02")
	v.tenant = people[user].tenant
	return v
}

var people = []struct{ id, tenant string }{
	{"user-123", "acme"},
	{"user-007", "acme"},
	{"user-042", "globex"},
	{"user-256", "globex"},
	{"user-314", "initech"},
	{"user-512", "initech"},
	{"user-600", "acme"},
	{"user-777", "umbrella"},
	{"user-801", "umbrella"},
	{"user-999", "hooli"},
}
