package metrics

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/tsdb"
	"go.yaml.in/yaml/v3"
)

const (
	positionPoll = 2 * time.Second  // between two looks at what the queues have sent
	queueStart   = 2 * time.Second  // until a queue that was started takes samples; it leaves out those that are older than that
	lateCommits  = 15 * time.Second // a scrape commits its samples this long after their timestamp at most, mostly
	longOutage   = time.Hour        // from then on the TSDB has what a queue may lose: the log is cut every two hours
)

// outlets are the systems that samples go on to by remote write.
//
// Prometheus' queue of each sends what comes after the queue's start, and has the log alone to read from: what was not
// acknowledged when we end, and what an outage of hours left over, is lost to it. So the time up to which all samples were
// acknowledged is kept for each, and what is newer is sent from the TSDB first. A receiver without a window for late samples
// refuses a sample that is older than the newest of its series, so a queue starts only when the backfill has caught up.
type outlets struct {
	db     func() *tsdb.DB
	put    func(*config.Config) error // has the queues run that it names, and no others
	queues *queueRegistry             // what they count
	file   string
	log    *slog.Logger
	sent   *prometheus.CounterVec
	settle time.Duration // until what was scraped at the start of a queue is committed
	maxAge time.Duration // of samples

	mu        sync.Mutex
	config    *config.Config // in force, with all of them
	all       map[string]*outlet
	positions map[string]int64 // ms; of those that are not in the configuration, too
	saved     map[string]int64 // positions, as the file has them
	wake      chan struct{}
}

// stage is what an outlet does.
type stage int

const (
	behind   stage = iota // its queue does not run, the backfill does
	settling              // both run: samples that were committed late are still to be sent
	live                  // its queue runs
)

// outlet is one remote_write of the configuration.
type outlet struct {
	*backfill
	key   string // of what a queue has to be made anew for
	file  *config.RemoteWriteConfig
	stage stage
	stop  context.CancelFunc // of the backfill; nil where it does not run

	counts   queueCounts // when last looked at
	progress time.Time   // when a request was last finished, for good or bad
}

func newOutlets(dir string, maxAge time.Duration, db func() *tsdb.DB, log *slog.Logger) *outlets {
	o := &outlets{
		db: db, maxAge: maxAge,
		queues: newQueueRegistry(), file: filepath.Join(dir, "remote.json"), log: log.With("part", "backfill"),
		all: map[string]*outlet{}, positions: map[string]int64{}, wake: make(chan struct{}, 1),
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "telltale_metrics_backfill_samples_total",
			Help: "Samples sent again by remote write after a restart or a long outage, by system and outcome: sent, refused.",
		}, []string{"remote_name", "outcome"}),
	}
	return o
}

// openOutlets is for when the TSDB is open, and before remote write is.
func (s *Server) openOutlets() error {
	s.outlets = newOutlets(s.opts.Dir, s.opts.MaxAge, s.opened.Load, s.log)
	s.outlets.settle = s.settle
	s.outlets.put = func(c *config.Config) error { return s.remote.ApplyConfig(c) }
	for _, c := range []prometheus.Collector{s.outlets.sent, s.outlets.queues} {
		if err := s.opts.Registry.Register(c); err != nil {
			return err
		}
	}
	return s.outlets.load()
}

// named gives each remote_write a name, by which its metrics and its position are known: that of the file, or one made of where
// it writes to, which stays the same when the rest of it changes.
func named(list []*config.RemoteWriteConfig) ([]*config.RemoteWriteConfig, error) {
	taken := map[string]bool{}
	out := make([]*config.RemoteWriteConfig, len(list))
	for i, had := range list {
		c := *had
		if c.Name == "" {
			sum := sha256.Sum256([]byte(c.URL.Redacted()))
			c.Name = hex.EncodeToString(sum[:3])
			for n := 2; taken[c.Name]; n++ {
				c.Name = fmt.Sprintf("%s-%d", hex.EncodeToString(sum[:3]), n)
			}
		}
		if taken[c.Name] {
			return nil, fmt.Errorf("two remote_write have the name %s", c.Name)
		}
		taken[c.Name] = true
		out[i] = &c
	}
	return out, nil
}

// apply puts a configuration in force. The queue of one that is known, and does not run as it should now, starts later.
func (o *outlets) apply(c *config.Config) error {
	list, err := named(c.RemoteWriteConfigs)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	next := map[string]*outlet{}
	now := time.Now()
	for _, rw := range list {
		text, err := yaml.Marshal(rw) // without secrets
		if err != nil {
			return fmt.Errorf("remote_write %s: %w", rw.Name, err)
		}
		b, err := newBackfill(o, rw, c.GlobalConfig.ExternalLabels)
		if err != nil {
			return fmt.Errorf("remote_write %s: %w", rw.Name, err)
		}
		x := &outlet{backfill: b, key: string(text) + c.GlobalConfig.ExternalLabels.String(), file: rw, progress: now}
		if had := o.all[rw.Name]; had != nil && had.key == x.key {
			had.renew(b)
			x = had
			x.file = rw
		} else if _, known := o.positions[rw.Name]; !known {
			o.positions[rw.Name], x.stage = now.UnixMilli(), live
		}
		next[rw.Name] = x
	}
	old, oldConfig := o.all, o.config
	o.all, o.config = next, c
	if err := o.restart(); err != nil {
		o.all, o.config = old, oldConfig
		return err
	}
	for name, had := range old {
		if next[name] != had && had.stop != nil {
			had.stop()
		}
	}
	o.poke()
	return nil
}

// restart has the queues run that are to. o.mu is held.
func (o *outlets) restart() error {
	c := *o.config
	c.RemoteWriteConfigs = nil
	for _, x := range o.all {
		if x.stage != behind {
			c.RemoteWriteConfigs = append(c.RemoteWriteConfigs, x.file)
		}
	}
	return o.put(&c)
}

func (o *outlets) poke() {
	select {
	case o.wake <- struct{}{}:
	default: // it is told already
	}
}

// run keeps the positions and the backfills until ctx ends.
func (o *outlets) run(ctx context.Context) {
	var work sync.WaitGroup
	tick := time.NewTicker(positionPoll)
	defer tick.Stop()
	for ctx.Err() == nil {
		o.begin(ctx, &work)
		select {
		case <-ctx.Done():
		case <-o.wake:
		case <-tick.C:
			o.look(time.Now())
			o.save()
		}
	}
	work.Wait()
	o.look(time.Now())
	o.save()
}

// begin starts the backfills that are to run.
func (o *outlets) begin(ctx context.Context, work *sync.WaitGroup) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, x := range o.all {
		if x.stage == live || x.stop != nil {
			continue
		}
		b := x.backfill
		run, stop := context.WithCancel(ctx)
		x.stop = stop
		work.Go(func() {
			defer stop()
			o.catchUp(run, b)
		})
	}
}

// catchUp sends what a system lacks, starts its queue, and sends what was committed late.
func (o *outlets) catchUp(ctx context.Context, b *backfill) {
	from := o.position(b)
	o.log.Info("samples that were not acknowledged are sent again", "remote", b.name, "from", time.UnixMilli(from))
	b.run(ctx, from, func(to int64) { o.reached(b, to) })
	begun, ok := o.goLive(ctx, b)
	if !ok || !sleep(ctx, o.settle) {
		return
	}
	b.late(ctx, from, begun.Add(min(queueStart, o.settle)).UnixMilli())
	if ctx.Err() != nil {
		return
	}
	o.mu.Lock()
	if x := o.of(b); x != nil {
		x.stage, x.stop = live, nil
	}
	o.mu.Unlock()
	sent, refused, _ := b.state()
	o.log.Info("all samples were sent again", "remote", b.name, "sent", sent, "refused", refused)
}

// goLive starts the queue of a system, and tells when.
func (o *outlets) goLive(ctx context.Context, b *backfill) (time.Time, bool) {
	for ctx.Err() == nil {
		o.mu.Lock()
		x, err := o.of(b), error(nil)
		if x != nil {
			x.stage, x.progress = settling, time.Now()
			if err = o.restart(); err != nil {
				x.stage = behind
			}
		}
		o.mu.Unlock()
		if x == nil {
			return time.Time{}, false
		}
		if err == nil {
			return time.Now(), true
		}
		b.note(fmt.Errorf("the queue does not start: %w", err))
		sleep(ctx, lateCommits)
	}
	return time.Time{}, false
}

// of gives the outlet that a backfill is for, unless it was replaced. o.mu is held.
func (o *outlets) of(b *backfill) *outlet {
	if x := o.all[b.name]; x != nil && x.backfill == b {
		return x
	}
	return nil
}

func (o *outlets) position(b *backfill) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return min(o.positions[b.name], time.Now().UnixMilli())
}

// reached notes that all up to a time was acknowledged, or refused for good.
func (o *outlets) reached(b *backfill, to int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.of(b) != nil {
		o.positions[b.name] = max(o.positions[b.name], to)
	}
}

// status adds what is known to the systems that have a queue, and those that have none yet.
func (o *outlets) status(list []RemoteWrite) []RemoteWrite {
	o.mu.Lock()
	defer o.mu.Unlock()
	for name, x := range o.all {
		sent, refused, err := x.state()
		if x.stage == live && sent+refused == 0 {
			continue
		}
		at := -1
		for i := range list {
			if list[i].Name == name {
				at = i
			}
		}
		if at < 0 {
			at, list = len(list), append(list, RemoteWrite{Name: name})
		}
		list[at].Backfill = &Backfill{Pending: x.stage != live, Sent: sent, Refused: refused, Error: message(err)}
		if x.stage == behind {
			list[at].Behind = max(0, time.Since(time.UnixMilli(o.positions[name])).Seconds())
		}
	}
	return list
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
