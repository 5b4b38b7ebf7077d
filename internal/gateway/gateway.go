package gateway

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Sink takes records. It returns nil once they are durable; it may change the batch and keeps no reference to it.
type Sink interface {
	Ingest(ctx context.Context, b *telemetry.Batch) error
}

// Options are what a gateway can do without.
type Options struct {
	Logger     *slog.Logger          // default: none
	Registerer prometheus.Registerer // default: none
	Now        func() time.Time      // default: time.Now
	Transport  http.RoundTripper     // default: one made of Limits
}

// Gateway is the http.Handler. It is safe for concurrent use.
type Gateway struct {
	limits    Limits
	providers map[string]*provider
	names     string // of providers, for people
	token     *token
	noContent bool
	raw       bool
	transport http.RoundTripper
	idle      interface{ CloseIdleConnections() }
	now       func() time.Time
	log       *slog.Logger

	records  *recorder
	decoding decoding
	bodies   budget
	refused  refusals

	watch    *watch
	watching sync.WaitGroup
	started  sync.Once
	unwatch  atomic.Pointer[context.CancelFunc]
	active   atomic.Int64
	draining atomic.Bool
	idleOnce sync.Once
	emptied  chan struct{} // closed when draining and no call runs
}

var (
	_ http.Handler        = (*Gateway)(nil)
	_ telemetry.Lifecycle = (*Gateway)(nil)
)

// New makes a gateway. It serves at once, but keeps no records and has no timeouts until Start.
func New(cfg Config, sink Sink, opt Options) (*Gateway, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	g := &Gateway{
		limits: cfg.Limits, providers: make(map[string]*provider, len(cfg.Providers)), noContent: cfg.NoContent, raw: cfg.Raw && !cfg.NoContent,
		now: opt.Now, log: opt.Logger, transport: opt.Transport,
		decoding: newDecoding(), bodies: budget{limit: cfg.Limits.MaxBodyMemory},
		emptied: make(chan struct{}),
	}
	var names []string
	for _, p := range cfg.Providers {
		ready, err := newProvider(p)
		if err != nil {
			return nil, fmt.Errorf("gateway: %w", err)
		}
		if g.providers[p.Name] != nil {
			return nil, fmt.Errorf("gateway: provider %s is there twice", p.Name)
		}
		g.providers[p.Name] = ready
		names = append(names, p.Name)
	}
	slices.Sort(names)
	g.names = strings.Join(names, ", ")
	if cfg.AuthToken != "" {
		t := token(sha256.Sum256([]byte(cfg.AuthToken)))
		g.token = &t
	}
	if g.transport == nil {
		t := newTransport(cfg.Limits)
		g.transport, g.idle = t, t
	}
	g.watch = newWatch(cfg.Limits, cfg.DisconnectGrace)
	g.records = newRecorder(cfg, sink, opt.Logger)
	if opt.Registerer != nil {
		if err := g.register(opt.Registerer); err != nil {
			return nil, fmt.Errorf("gateway: register metrics: %w", err)
		}
	}
	return g, nil
}

// Handles reports whether the path of a request begins with a provider's name.
func (g *Gateway) Handles(r *http.Request) bool {
	t, ok := parseTarget(r)
	return ok && g.providers[t.name] != nil
}

// Start begins to hand records to the sink and to watch over timeouts.
func (g *Gateway) Start(context.Context) error {
	if g.draining.Load() {
		return nil
	}
	g.records.start()
	g.started.Do(func() {
		ctx, cancel := context.WithCancel(context.Background())
		g.unwatch.Store(&cancel)
		g.watching.Go(func() { g.watch.run(ctx) })
	})
	return nil
}

// Stop refuses new calls and waits for running ones; those that are still running when a fifth of the time is left (at
// most 2 s) are cut. It then flushes all records. A second Stop waits as the first.
func (g *Gateway) Stop(ctx context.Context) error {
	g.draining.Store(true)
	if g.active.Load() == 0 {
		g.nothingRuns()
	}
	calls, cancel := keepBack(ctx)
	defer cancel()
	var err error
	select {
	case <-g.emptied:
	case <-calls.Done():
		n := g.active.Load()
		g.watch.cutAll()
		select {
		case <-g.emptied:
		case <-ctx.Done():
		}
		g.log.WarnContext(ctx, "calls were cut at shutdown", "calls", n)
		err = fmt.Errorf("stop gateway: %d calls were cut", n)
	}
	if cancel := g.unwatch.Load(); cancel != nil {
		(*cancel)()
		g.watching.Wait()
	}
	if g.idle != nil {
		g.idle.CloseIdleConnections()
	}
	return errors.Join(err, g.records.stop(ctx))
}

// keepBack ends a little before ctx does, so that there is time to flush.
func keepBack(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	back := min(time.Until(deadline)/5, 2*time.Second)
	return context.WithDeadline(ctx, deadline.Add(-back))
}

func (g *Gateway) nothingRuns() { g.idleOnce.Do(func() { close(g.emptied) }) }

func (g *Gateway) leave() {
	if g.active.Add(-1) == 0 && g.draining.Load() {
		g.nothingRuns()
	}
}
