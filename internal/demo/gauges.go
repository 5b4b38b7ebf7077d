package demo

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/metric"
)

const (
	poolSize     = 6               // connections of a service to its database
	pushEvery    = 5 * time.Second // metrics
	workEvery    = time.Second     // a job of the queue is done
	conversation = 5 * time.Minute // is active so long after its last question
)

// gauges are what a service says of itself beyond its spans.
type gauges struct {
	active, agents, talks, depth prometheus.Gauge
	connections                  *metric.Gauge
	waited                       prometheus.Counter
	logins                       *metric.Counter

	pool chan struct{} // a place for each connection in use
	mu   sync.Mutex
	seen map[string]time.Time // conversations, by their last question
	jobs int
}

func newGauges(m *metric.Registry) *gauges {
	g := &gauges{
		active: m.Gauge("http_requests_active", "Requests being served.").With(),
		agents: m.Gauge("agent_sessions_active", "Runs of agents in progress, not counting agents called by agents.").With(),
		talks:  m.Gauge("conversations_active", "Conversations in progress.").With(),
		depth:  m.Gauge("jobs_queue_depth", "Jobs that wait to be worked.", "queue").With("mail"),

		connections: m.Gauge("db_pool_connections", "Connections of the pool by state.", "pool", "state"),
		waited:      m.Counter("db_pool_wait_seconds_total", "Time that was spent waiting for a connection.", "pool").With("main"),
		logins:      m.Counter("auth_login_attempts_total", "Requests and logins that showed a credential, by result.", "result"),
		pool:        make(chan struct{}, poolSize), seen: map[string]time.Time{},
	}
	m.Gauge("db_pool_connections_max", "Connections that the pool may open.", "pool").With("main").Set(poolSize)
	g.logins.With("success")
	g.logins.With("failure")
	g.used()
	return g
}

// enter counts a request of a conversation until what it returns is called.
func (g *gauges) enter(session string) (leave func()) {
	g.active.Inc()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen[session] = time.Now()
	return g.active.Dec
}

// run counts a run of an agent until what it returns is called.
func (g *gauges) run() (end func()) {
	g.agents.Inc()
	return g.agents.Dec
}

// query does work with a connection of the pool.
func (g *gauges) query(do func()) {
	began := time.Now()
	g.pool <- struct{}{}
	g.waited.Add(time.Since(began).Seconds())
	g.used()
	do()
	<-g.pool
	g.used()
}

func (g *gauges) used() {
	n := len(g.pool)
	g.connections.With("main", "in_use").Set(float64(n))
	g.connections.With("main", "idle").Set(float64(poolSize - n))
}

// enqueue adds a job to the queue, which work takes from.
func (g *gauges) enqueue() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.jobs++
	g.depth.Set(float64(g.jobs))
}

func (g *gauges) work(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.jobs = max(g.jobs-1, 0)
	g.depth.Set(float64(g.jobs))
	for session, last := range g.seen {
		if now.Sub(last) > conversation {
			delete(g.seen, session)
		}
	}
	g.talks.Set(float64(len(g.seen)))
}

// instrument gives each service the library's metrics, and their queues somebody who works.
func (w *world) instrument(ctx context.Context) (stop func(), err error) {
	w.gauges = map[string]*gauges{}
	var started []*observe.Telemetry
	ctx, cancel := context.WithCancel(ctx)
	var working sync.WaitGroup
	stop = func() {
		cancel()
		working.Wait()
		for _, t := range started {
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			_ = t.Shutdown(end) // the server may be gone, and with it what the numbers are for
			cancel()
		}
	}
	var headers map[string]string
	if w.options.Token != "" {
		headers = map[string]string{"Authorization": "Bearer " + w.options.Token}
	}
	for i := range services {
		none := 0.0
		t, err := observe.Start(ctx, observe.Config{
			Service: services[i].name, Environment: "demo", Endpoint: w.options.Server, Headers: headers, Exporter: observe.ExporterOTLP,
			MetricInterval: pushEvery, TraceRatio: &none, Log: logging.Options{Writer: io.Discard}, NoGlobal: true,
		})
		if err != nil {
			stop()
			return nil, fmt.Errorf("instrument %s: %w", services[i].name, err)
		}
		started = append(started, t)
		w.gauges[services[i].name] = newGauges(t.Metrics())
	}
	working.Go(func() {
		tick := time.NewTicker(workEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				for _, g := range w.gauges {
					g.work(now)
				}
			}
		}
	})
	return stop, nil
}
