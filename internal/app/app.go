// Package app is the composition root: it builds every part from the configuration, starts them in order and stops them in
// reverse. Only here are implementations known to each other.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/config"
	"github.com/telltale-dev/telltale/internal/dashboard/library"
	"github.com/telltale-dev/telltale/internal/derive"
	"github.com/telltale-dev/telltale/internal/gateway"
	"github.com/telltale-dev/telltale/internal/ingest/body"
	"github.com/telltale-dev/telltale/internal/ingest/otlp"
	"github.com/telltale-dev/telltale/internal/metrics"
	"github.com/telltale-dev/telltale/internal/pipeline"
	"github.com/telltale-dev/telltale/internal/store/local"
	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// Options are what an app can do without.
type Options struct {
	Logger  *slog.Logger // default: none
	Version string
}

// App is the whole server.
type App struct {
	config   *config.Config
	log      *slog.Logger
	version  string
	registry *prometheus.Registry

	prices     *prices
	derived    *derive.Counter
	alerts     *alerts
	store      *local.Store
	pipeline   *pipeline.Pipeline
	gate       *gate
	gateway    *gateway.Gateway
	otlp       *otlp.Receiver
	metrics    *metrics.Server
	rules      *ruleFiles
	api        *api.API
	dashboards *library.Library
	started    time.Time

	web      *http.Server
	otlpWeb  *http.Server
	grpc     *otlp.Server // nil until it listens
	at       Addresses
	reload   chan struct{}
	failed   chan error
	recovery recovery

	background sync.WaitGroup
	begun      atomic.Bool // Start or Stop was called
	cancel     context.CancelFunc
	stopOnce   sync.Once
	stopErr    error
}

// Addresses are where the server listens, host:port; empty where switched off.
type Addresses struct{ HTTP, GRPC, OTLP string }

// New builds all parts; nothing runs or is opened yet.
func New(c *config.Config, o Options) (*App, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	a := &App{
		config: c, log: o.Logger, version: o.Version, registry: prometheus.NewRegistry(),
		reload: make(chan struct{}, 1), failed: make(chan error, 3), cancel: func() {},
	}
	a.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, build := range []func() error{a.buildDerived, a.buildStore, a.buildPipeline, a.buildGateway, a.buildIngest, a.buildAlerting, a.buildRules, a.buildMetrics, a.buildDashboards, a.buildAPI, a.buildServers} {
		if err := build(); err != nil {
			if a.store != nil {
				_ = a.store.Stop(context.Background()) // it has not begun; the error of the build is the one to tell
			}
			return nil, err
		}
	}
	a.registry.MustRegister(newSelfMetrics(a))
	return a, nil
}

func (a *App) buildStore() error {
	s, err := local.Open(local.Options{
		Dir: a.config.Data, SealBytes: sealBytes, Retention: a.config.Store.MaxAge, RetentionBytes: int64(a.config.Store.MaxSize), Logger: a.log,
		Follower: a.derived,
		Sampling: local.Sampling{
			Drop: a.config.Store.Sampling.Drop, Slow: a.config.Store.Sampling.Slow, Costly: int64(a.config.Store.Sampling.Costly * 1e12),
		},
	})
	if err != nil {
		return err // says "open store" itself
	}
	a.store = s
	return nil
}

func (a *App) buildPipeline() error {
	var err error
	if a.prices, err = newPrices(a.config.Prices, a.log); err != nil {
		return err
	}
	redactor, err := a.config.Redactor()
	if err != nil {
		return fmt.Errorf("redact: %w", err)
	}
	policy, err := pipeline.ParseContentPolicy(a.config.Content)
	if err != nil {
		return err
	}
	a.pipeline, err = pipeline.New(pipeline.Options{
		Writer: polite{a.store}, Recall: a.store, Prices: a.prices.book.Load, Redactor: redactor, Content: policy,
		MaxInFlight: int64(a.config.Ingest.MaxInFlight), Registry: a.registry, Logger: a.log,
	})
	a.gate = newGate(a.pipeline)
	return err
}

func (a *App) buildGateway() error {
	g := &a.config.Gateway
	cfg := gateway.Config{
		AuthToken: a.config.Auth.Token.Reveal(), NoContent: a.config.Content == string(pipeline.ContentOff), ContentMax: int(g.MaxContent), Raw: g.Raw, Version: a.version,
		QueueSize: g.QueueSize, ContentMemory: int64(g.MaxContentMemory), DisconnectGrace: g.DisconnectGrace,
		Limits: gateway.Limits{
			MaxBody: int64(g.MaxBody), MaxBodyMemory: int64(g.MaxBodyMemory), MaxHeader: int(g.MaxHeader), MaxConcurrent: g.MaxConcurrent,
			BodyTimeout: g.BodyTimeout, ConnectTimeout: g.ConnectTimeout, FirstByteTimeout: g.FirstByteTimeout, IdleTimeout: g.IdleTimeout,
		},
	}
	if g.DisconnectGrace == 0 {
		cfg.DisconnectGrace = -1 // to the gateway, 0 is its default
	}
	for _, name := range a.Providers() {
		p := a.config.Providers[name]
		cfg.Providers = append(cfg.Providers, gateway.Provider{Name: name, Kind: wire.Kind(p.Kind), BaseURL: p.BaseURL, APIKey: p.APIKey.Reveal()})
	}
	var err error
	a.gateway, err = gateway.New(cfg, patient{a.gate}, gateway.Options{Logger: a.log, Registerer: a.registry})
	return err
}

func (a *App) ingestLimits() body.Limits {
	return body.Limits{Encoded: int64(a.config.Ingest.MaxBody), Decoded: int64(a.config.Ingest.MaxDecoded)}
}

func (a *App) buildIngest() error {
	var err error
	a.otlp, err = otlp.New(otlp.Options{Sink: a.gate, Metrics: metricsSink{a}, Limits: a.ingestLimits(), MaxInFlight: int64(a.config.Ingest.MaxInFlight), Logger: a.log})
	return err
}

// Start listens, and then opens the store in the background: until it is ready /readyz says 503, ingest asks to come
// again, and calls go through the gateway and are recorded after.
//
// It starts once; an app that was stopped does not start again.
func (a *App) Start(ctx context.Context) error {
	if !a.begun.CompareAndSwap(false, true) {
		return errors.New("start: it was started or stopped before")
	}
	listeners, err := a.listen(ctx)
	if err != nil {
		return err
	}
	a.started = time.Now()
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel = cancel
	if err := a.gateway.Start(run); err != nil {
		return err
	}
	a.serve(listeners)
	a.background.Go(func() { a.prices.watch(run, a.reload) })
	a.background.Go(func() { a.dashboards.Watch(run) })
	a.background.Go(func() { a.recover(run) })
	return nil
}

// recovery is how the start of the store went.
type recovery struct {
	mu   sync.Mutex
	done bool
	err  error
}

func (r *recovery) set(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done, r.err = true, err
}

func (r *recovery) check(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.done {
		return telemetry.ErrRecovering
	}
	return r.err
}

func (a *App) recover(ctx context.Context) {
	began := time.Now()
	err := a.derived.Start(ctx) // the store tells it what came since it was last written
	if err == nil {
		err = a.store.Start(ctx)
	}
	if err == nil {
		err = a.pipeline.Start(ctx)
	}
	if err == nil {
		err = a.alerts.start(ctx) // before rules are evaluated
	}
	if err == nil {
		err = a.metrics.Start(ctx)
	}
	a.recovery.set(err)
	switch {
	case err == nil:
		a.gate.release()
		a.log.Info("ready", "took", time.Since(began).Round(time.Millisecond).String())
		debug.FreeOSMemory() // the logs that were read made garbage, the only such for long
	case ctx.Err() == nil:
		a.gate.abandon()
		a.log.Error("the store cannot start", "error", err)
		a.failed <- err
	}
}

// Failed tells of a part that ended by itself; the app should then be stopped.
func (a *App) Failed() <-chan error { return a.failed }

// Reload reads again what lies in files beside the configuration.
func (a *App) Reload() {
	select {
	case a.reload <- struct{}{}:
	default: // one is under way
	}
	a.alerts.reload()
	a.reloadMetrics()
}

// Stop takes no more work, lets what runs come to its end until ctx ends, and flushes. It may be called twice.
func (a *App) Stop(ctx context.Context) error {
	a.begun.Store(true)
	a.stopOnce.Do(func() {
		var errs []error
		fail := func(what string, err error) {
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", what, err))
			}
		}
		a.api.StopTails() // they would hold the servers open
		fail("pipeline", a.pipeline.Stop(ctx))
		var servers sync.WaitGroup
		var gatewayErr, serverErr error
		servers.Go(func() { gatewayErr = a.gateway.Stop(ctx) })
		servers.Go(func() { serverErr = a.stopServers(ctx) })
		servers.Wait()
		fail("gateway", gatewayErr)
		fail("servers", serverErr)
		a.cancel()
		a.background.Wait()
		fail("metrics", a.metrics.Stop(ctx))
		fail("alerting", a.alerts.stop(ctx)) // after the last word of rules
		fail("store", a.store.Stop(ctx))
		fail("derived metrics", a.derived.Stop(ctx)) // after the last batch
		a.stopErr = errors.Join(errs...)
	})
	return a.stopErr
}

// Addresses is where the server listens, once started.
func (a *App) Addresses() Addresses { return a.at }

// Providers names the providers in order.
func (a *App) Providers() []string { return slices.Sorted(maps.Keys(a.config.Providers)) }

// health says what is wrong with the store, or nothing.
func (a *App) health(ctx context.Context) error {
	if err := a.recovery.check(ctx); err != nil {
		return err
	}
	return a.store.Health(ctx)
}

// TryNext is the one line to try once the server runs.
func (a *App) TryNext() string {
	names := a.Providers()
	if slices.Contains(names, "openai") {
		names = []string{"openai"} // not one of the operator's that comes before it
	}
	for _, name := range names {
		if a.config.Providers[name].Kind == "openai" {
			return "export OPENAI_BASE_URL=http://" + a.at.HTTP + "/" + name + "/v1, run your app, and then: telltale calls" + a.ServerFlag()
		}
	}
	return "telltale status" + a.ServerFlag()
}

// ServerFlag is what the command line needs to find a server that is not where it looks by itself.
func (a *App) ServerFlag() string {
	if a.at.HTTP == config.Default().Listen {
		return ""
	}
	return " --server http://" + a.at.HTTP
}

func (a *App) listenTCP(ctx context.Context, key, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err == nil {
		return l, nil
	}
	hint := ""
	if errors.Is(err, syscall.EADDRINUSE) {
		hint = " (is another telltale running? port 0 takes a free one)"
	}
	if cause := new(os.SyscallError); errors.As(err, &cause) {
		err = cause.Err // the rest repeats the address
	}
	return nil, fmt.Errorf("%s: listen on %s: %w%s", key, address, err, hint)
}
