package metrics

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/notifier"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/features"
	apiv1 "github.com/prometheus/prometheus/web/api/v1"

	"github.com/telltale-dev/telltale/observe/redact"
)

// Options of a Server.
type Options struct {
	Dir      string        // folder of the TSDB; made where missing
	File     string        // a prometheus.yml: what to scrape, where to write to, further rules; empty is none
	Interval time.Duration // between two feeds of our own metrics, and two evaluations of rules; 0 is 15 s
	MaxAge   time.Duration // samples are kept so long; 0 is 15 days
	MinFree  int64         // no samples are taken while less of the disk is free; 0 is 64 MiB
	MaxBytes int64         // the oldest blocks are removed beyond it; 0 is no limit
	Limits   Limits
	External *url.URL // where people reach the server; links in alerts begin with it
	Instance string   // label of our own metrics; empty is the host of External
	// MaxSeries is how many series one metric may have of those that come from outside; 0 is 10,000.
	MaxSeries int
	// Families are those that may come in several ways: derived, pushed and scraped. The better way wins, see owners.
	Families []string

	// Rules are the rule files beside the one File names: patterns of filepath.Glob. Texts are rule files that are in memory:
	// name to YAML.
	Rules []string
	Texts func() map[string]string
	// Alert gets what rules say, firing and resolved, after each evaluation that has something new to say. It must not block.
	Alert func([]Alert)

	Registry *prometheus.Registry // gathers our own metrics; Prometheus registers its own here too
	Logger   *slog.Logger
	Version  string
}

// Limits bound what a query may take.
type Limits struct {
	Timeout    time.Duration // 0 is 30 s
	Samples    int           // in memory at once, 16 bytes each; 0 is ten million
	Concurrent int           // queries at once; others wait; 0 is 8
}

// Alert is an alert as a rule says it.
type Alert struct {
	Labels, Annotations map[string]string
	StartsAt, EndsAt    time.Time // EndsAt in the future: it fires until then unless said again
	GeneratorURL        string
}

// Server is an embedded Prometheus. Its methods may be called by any number of goroutines.
type Server struct {
	opts Options
	log  *slog.Logger

	secrets  *redact.Redactor // takes them out of what is shown
	parser   parser.Parser
	features features.Collector
	config   atomic.Pointer[config.Config]
	file     configFile // it was read from

	db         *tsdb.DB
	opened     atomic.Pointer[tsdb.DB] // db, for what runs while it is opened
	stats      *tsdb.DBStats
	remote     *remote.Storage
	outlets    *outlets      // what remote writes to
	settle     time.Duration // until what was scraped before the start of an outlet's queue is committed
	storage    storage.Storage
	disk       *disk
	blocks     *blocks
	repairs    repairs
	receivers  *receivers
	intake     *intake     // of samples from outside
	translator *translator // of OTLP metrics
	derived    DerivedSource
	engine     *engine
	scrape     *scrape.Manager
	userAgent  string             // of scrapes by this server and no other
	targets    *discovery.Manager // of what is scraped
	managers   *discovery.Manager // of Alertmanagers elsewhere
	notifier   *notifier.Manager
	rules      *rules.Manager
	ruled      ruleState

	handler http.Handler
	gate    gate
	started time.Time
	reload  sync.Mutex // one at a time
	cancel  context.CancelFunc
	work    sync.WaitGroup
	running bool // Start came so far that the parts run

	stop    sync.Once
	stopped chan struct{}
	stopErr error // when stopped is closed
}

// New checks the options. Nothing is opened or runs yet.
func New(o Options) (*Server, error) {
	if o.Dir == "" || o.Registry == nil || o.External == nil {
		return nil, errors.New("metrics: a folder, a registry and an external URL are needed")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Interval = or(o.Interval, 15*time.Second)
	o.MaxAge = or(o.MaxAge, 15*24*time.Hour)
	o.MinFree = or(o.MinFree, 64<<20)
	o.MaxSeries = or(o.MaxSeries, 10_000)
	o.Limits.Timeout = or(o.Limits.Timeout, 30*time.Second)
	o.Limits.Samples = or(o.Limits.Samples, 10_000_000)
	o.Limits.Concurrent = or(o.Limits.Concurrent, 8)
	all, err := redact.New(redact.Options{})
	if err != nil {
		return nil, err
	}
	s := &Server{opts: o, secrets: all.SecretsOnly(), parser: parser.NewParser(parser.Options{}), features: features.NewRegistry(), cancel: func() {}, settle: lateCommits}
	s.userAgent = fmt.Sprintf("Telltale/%s (%s)", or(o.Version, "devel"), rand.Text()[:12])
	s.log = slog.New(calm{Handler: o.Logger.Handler(), note: s.repairs.note})
	c, err := s.load()
	if err != nil {
		return nil, err
	}
	if _, err := s.readRules(c); err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	s.config.Store(c)
	return s, nil
}

func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// Start opens the TSDB, which replays its log before it returns, and then begins to scrape, evaluate and feed.
func (s *Server) Start(ctx context.Context) error {
	if err := os.MkdirAll(s.opts.Dir, 0o750); err != nil {
		return fmt.Errorf("open metrics: %w", err)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel, s.started = cancel, time.Now()
	if err := s.openIntake(); err != nil {
		return fmt.Errorf("open metrics: %w", err)
	}
	api := make(chan *apiv1.API, 1)
	s.work.Go(func() { api <- s.newAPI() })
	for _, open := range []func(context.Context) error{s.openStorage, s.openOTLP, s.openEngine, s.openScrape, s.openRules} {
		if err := open(run); err != nil {
			return fmt.Errorf("open metrics: %w", err)
		}
	}
	if err := s.mount(<-api); err != nil {
		return fmt.Errorf("open metrics: %w", err)
	}
	s.running = true
	s.work.Go(func() { _ = s.targets.Run() })
	s.work.Go(func() { _ = s.managers.Run() })
	s.work.Go(func() { _ = s.scrape.Run(s.targets.SyncCh()) })
	s.work.Go(func() { s.notifier.Run(s.managers.SyncCh()) })
	if err := s.applyFirst(); err != nil {
		return fmt.Errorf("open metrics: %w", err)
	}
	s.work.Go(s.rules.Run)
	s.work.Go(func() { s.blocks.run(run) })
	s.work.Go(func() { s.feed(run) })
	s.work.Go(func() { s.feedDerived(run) })
	s.work.Go(func() { s.intake.owners.run(run) })
	s.work.Go(func() { s.watchConfig(run) })
	s.work.Go(func() { s.outlets.run(run) })
	s.db.EnableCompactions()
	s.gate.unlock()
	s.log.Info("the metrics are ready", "seconds", time.Since(s.started).Seconds(), "series", s.db.Head().NumSeries(), "blocks", len(s.db.Blocks()))
	return nil
}

// Stop takes no more samples, ends what is asked and closes the TSDB. It may be called twice, or without Start, and returns
// when ctx ends; what is written then is what a crash would leave, of which nothing that was acknowledged is lost.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.gate.lock(ctx); err != nil {
		return fmt.Errorf("stop metrics: %w", err)
	}
	s.cancel()
	s.stop.Do(func() {
		s.stopped = make(chan struct{})
		go func() {
			s.stopErr = s.close()
			close(s.stopped)
		}()
	})
	select {
	case <-s.stopped:
		return s.stopErr
	case <-ctx.Done():
		return fmt.Errorf("stop metrics: %w", ctx.Err())
	}
}

// close ends what Start began, as far as it came.
func (s *Server) close() error {
	if s.running {
		s.scrape.Stop()
		s.rules.Stop()
		s.notifier.Stop()
	}
	s.work.Wait()
	var errs []error
	if s.engine != nil {
		errs = append(errs, s.engine.Close())
	}
	if s.storage != nil {
		errs = append(errs, s.storage.Close()) // of the TSDB and of remote write
	}
	return errors.Join(errs...)
}

// Health says what is wrong, or nothing. The error wraps ErrNotReady, ErrReadOnly, or ErrDegraded, with which all is taken
// and served but what is damaged.
func (s *Server) Health(context.Context) error {
	if !s.gate.isOpen() {
		return ErrNotReady
	}
	if err := s.disk.refuse(); err != nil {
		return err
	}
	if aside := s.blocks.list(); len(aside) > 0 {
		last := aside[len(aside)-1]
		return fmt.Errorf("%w: %d damaged blocks are in %s, the last is %s: %s; the rest is served; remove the folders to silence this",
			ErrDegraded, len(aside), filepath.Join(s.opts.Dir, quarantineDir), last.Block, last.Reason)
	}
	return nil
}
