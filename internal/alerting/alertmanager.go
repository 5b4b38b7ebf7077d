package alerting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/alertmanager/api"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/matcher/compat"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/version"
)

// Options of an Alertmanager.
type Options struct {
	Dir    string // folder of its state; made where missing
	File   string // an alertmanager.yml; empty: Simple says who is told
	Simple Simple
	// External is where people reach the server. Links in notifications begin with it.
	External *url.URL
	// Grace is for how long alerts that were firing at the end of the process before count as firing unless somebody says
	// otherwise: rules need two evaluations until they know. 0 is 5 min, which is Alertmanager's resolve_timeout.
	Grace time.Duration

	Registry *prometheus.Registry
	Logger   *slog.Logger
}

const (
	// retention is for how long notifications are remembered, and silences after their end.
	retention = 5 * 24 * time.Hour
	// collect is how often resolved alerts leave the memory. Undelivered ones stay with their group.
	collect = time.Minute
	// maintain is how often what has expired leaves the files, and the extended ends of firing alerts get there.
	maintain = 30 * time.Second
	// attemptTimeout bounds one attempt to deliver, so that a receiver which never answers does not hold up a group.
	attemptTimeout = 30 * time.Second
	// pathPrefix is where Handler is mounted.
	pathPrefix = "/alertmanager"

	maxAlerts       = 50_000   // active at once
	maxSilences     = 10_000   // expired ones that are remembered among them
	maxSilenceBytes = 64 << 10 // of one silence
)

// ErrNotReady says that Start has not come to its end, or Stop was called.
var ErrNotReady = errors.New("alerting is not ready")

var errStopping = errors.New("alerting is stopping")

// Alertmanager tells receivers of alerts. Its methods may be called by any number of goroutines.
type Alertmanager struct {
	opts    Options
	log     *slog.Logger
	attempt time.Duration // attemptTimeout, but in tests
	metrics *metrics
	first   *plan // what New read, for Start

	alerts   *mem.Alerts
	book     *book
	silences *silence.Silences
	silencer *silence.Silencer
	nflog    *nflog.Log
	groups   marker.GroupMarker
	api      *api.API
	builder  *notify.PipelineBuilder
	dispatch *dispatch.DispatcherMetrics

	queue       *queue
	deliveries  *deliveries
	alertFile   *stateFile
	silenceFile *stateFile
	nflogFile   *stateFile

	handler http.Handler
	ready   atomic.Bool
	running atomic.Pointer[generation]
	reload  sync.Mutex // one at a time

	mu      sync.Mutex // of what follows
	failure error      // of the last reload
	since   time.Time  // of failure

	changed chan struct{} // alerts: to be saved now
	asked   chan struct{} // to reload
	cancel  context.CancelFunc
	work    sync.WaitGroup
}

// process makes Alertmanager parse matchers as it does by default, and say which version it is. Either is of the whole process.
var process sync.Once

// embedded is the version of the Alertmanager inside, as go.mod has it.
const embedded = "0.34.2"

// nameVersion fills what the status of Alertmanager's API tells and its own build would have from the linker.
func nameVersion() {
	version.Version, version.Branch, version.Revision, version.BuildUser = embedded, "HEAD", "embedded", "telltale"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.time" {
				version.BuildDate = s.Value
			}
		}
	}
}

// New reads the configuration. Nothing is opened or runs yet.
func New(o Options) (*Alertmanager, error) {
	if o.Dir == "" || o.Registry == nil || o.External == nil {
		return nil, errors.New("alerting: a folder, a registry and an external URL are needed")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Grace == 0 {
		o.Grace = 5 * time.Minute
	}
	process.Do(func() {
		compat.InitFromFlags(slog.New(slog.DiscardHandler), featurecontrol.NoopFlags{})
		nameVersion()
	})
	m := &Alertmanager{
		opts: o, log: o.Logger.With("part", "alerting"), changed: make(chan struct{}, 1), asked: make(chan struct{}, 1), cancel: func() {},
		attempt: attemptTimeout, groups: marker.NewGroupMarker(), deliveries: newDeliveries(),
	}
	var err error
	if m.first, err = m.read(); err != nil {
		return nil, err
	}
	m.metrics = newMetrics(o.Registry, m)
	m.queue = newQueue(maxAlerts, m.metrics.dropped)
	return m, nil
}

// Start opens the state and begins to tell receivers.
func (m *Alertmanager) Start(ctx context.Context) error {
	if err := os.MkdirAll(m.opts.Dir, 0o750); err != nil {
		return fmt.Errorf("open alerting: %w", err)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	m.cancel = cancel
	if err := m.open(run); err != nil {
		cancel()
		return fmt.Errorf("open alerting: %w", err)
	}
	if err := m.apply(m.first); err != nil {
		cancel()
		m.alerts.Close()
		return fmt.Errorf("open alerting: %w", err)
	}
	m.first = nil
	m.work.Go(func() { m.take(run) })
	m.work.Go(func() { m.keep(run) })
	m.work.Go(func() { m.watch(run) })
	m.ready.Store(true)
	if !m.running.Load().plan.tells() {
		m.log.Info("nobody is told of alerts: they are shown in the UI and the API only; set alerting.slack_webhook, alerting.pagerduty_key, alerting.email or alerting.alertmanager")
	}
	return nil
}

// open reads the state of before and makes the parts that live through reloads.
func (m *Alertmanager) open(ctx context.Context) error {
	reg, ff, rec := m.opts.Registry, featurecontrol.NoopFlags{}, eventrecorder.NopRecorder()
	file := func(name string) string { return filepath.Join(m.opts.Dir, name) }
	var err error
	if m.nflog, err = m.openLog(file("nflog")); err != nil {
		return err
	}
	if m.silences, err = m.openSilences(file("silences")); err != nil {
		return err
	}
	m.nflogFile = &stateFile{path: file("nflog"), encode: encodeSnapshot(m.nflog.Snapshot)}
	m.silenceFile = &stateFile{path: file("silences"), encode: encodeSnapshot(m.silences.Snapshot)}
	m.alertFile = &stateFile{path: file("alerts"), encode: m.encodeAlerts}
	m.silencer = silence.NewSilencer(m.silences, m.log, rec)
	m.book = newBook(m.silencer, m.changed)
	if m.alerts, err = mem.NewAlerts(ctx, collect, 0, m.book, m.log, rec, reg, ff); err != nil {
		return err
	}
	if err = m.loadAlerts(ctx, file("alerts")); err != nil {
		m.alerts.Close()
		return err
	}
	m.dispatch = dispatch.NewDispatcherMetrics(false, reg, ff)
	m.builder = notify.NewPipelineBuilder(reg, ff, rec)
	if err = m.mount(); err != nil {
		m.alerts.Close()
	}
	return err
}

// Stop takes no more alerts, lets attempts to deliver come to their end until ctx ends, and saves the state. What waits to
// be grouped is told by the next process. It may be called twice, or without Start.
func (m *Alertmanager) Stop(ctx context.Context) error {
	if !m.ready.Swap(false) {
		m.cancel()
		m.work.Wait()
		return nil
	}
	m.cancel()
	m.work.Wait() // the queue is in memory and in the file by then
	m.reload.Lock()
	defer m.reload.Unlock()
	m.running.Load().stop(ctx)
	m.alerts.Close()
	return errors.Join(m.nflogFile.save(), m.silenceFile.save(), m.alertFile.save())
}

// Handler answers below /alertmanager: Alertmanager's own API, which amtool speaks.
func (m *Alertmanager) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !m.ready.Load() {
			w.Header().Set("Retry-After", "1")
			http.Error(w, ErrNotReady.Error(), http.StatusServiceUnavailable)
			return
		}
		m.handler.ServeHTTP(w, r)
	})
}

// keep saves what changes until ctx ends.
func (m *Alertmanager) keep(ctx context.Context) {
	tick := time.NewTicker(maintain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.changed:
			began := time.Now()
			m.saved(m.alertFile)
			select { // alerts come in heaps: one write for those of a moment, and a fifth of the time for writes at most
			case <-ctx.Done():
				return
			case <-time.After(max(50*time.Millisecond, 4*time.Since(began))):
			}
		case <-tick.C:
			_, _ = m.nflog.GC()    // its error is of an entry without expiry, which we do not write
			_, _ = m.silences.GC() // the same
			m.saved(m.alertFile)
			m.saved(m.silenceFile)
			m.saved(m.nflogFile)
		}
	}
}

// saved saves a file and keeps the error for Status.
func (m *Alertmanager) saved(f *stateFile) {
	if err := f.save(); err != nil {
		m.log.Error("the state of alerting cannot be saved: a restart may repeat or lose notifications", "error", err)
	}
}
