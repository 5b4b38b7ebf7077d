package metrics

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/alecthomas/units"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

const (
	maxExemplars  = 100_000
	flushDeadline = 5 * time.Second // for remote write at the end; what is left is sent after the next start
	lookback      = 5 * time.Minute
)

// openStorage opens the TSDB, and remote write behind it.
func (s *Server) openStorage(context.Context) error {
	o := tsdb.DefaultOptions() // never a bare literal: the zero value of FloatChunkEncoding is invalid
	o.RetentionDuration = s.opts.MaxAge.Milliseconds()
	o.MaxBytes = s.opts.MaxBytes
	o.MaxBlockDuration = min(31*24*time.Hour, s.opts.MaxAge/10).Milliseconds()
	o.MaxBlockDuration = max(o.MaxBlockDuration, o.MinBlockDuration)
	o.EnableExemplarStorage, o.MaxExemplars = true, maxExemplars
	o.FloatChunkEncoding = chunkenc.EncXOR
	o.FeatureRegistry = s.features
	if c := s.config.Load().StorageConfig.TSDBConfig; c != nil {
		o.OutOfOrderTimeWindow = c.OutOfOrderTimeWindow
	}
	o.SeriesLifecycleCallback = s.intake.guard.counting()
	if err := s.openGuards(); err != nil {
		return err
	}
	o.BlocksToDelete, o.BlockQuerierFunc, o.BlockChunkQuerierFunc = s.blocks.toDelete, s.blocks.querier, s.blocks.chunkQuerier
	s.stats = tsdb.NewDBStats()
	db, err := tsdb.Open(s.opts.Dir, s.log.With("part", "tsdb"), s.opts.Registry, o, s.stats)
	if err != nil {
		return err
	}
	s.db = db
	s.opened.Store(db)
	start := func() (int64, error) {
		if blocks := db.Blocks(); len(blocks) > 0 {
			return blocks[0].Meta().MinTime, nil
		}
		return time.Now().UnixMilli(), nil
	}
	if err := s.openOutlets(); err != nil {
		return err
	}
	s.remote = remote.NewStorage(s.log.With("part", "remote"), s.outlets.queues, start, s.opts.Dir, flushDeadline, scrapes{s}, false)
	db.SetWriteNotified(s.remote) // else remote write lags up to 15 s behind
	into := guarded{db, s.disk}
	s.storage = storage.NewFanout(s.log, into, s.remote)
	s.intake.primary, s.intake.secondary = into, s.remote
	s.intake.guard.open.Store(true)
	return nil
}

// openGuards makes what keeps a bad disk from doing harm, and sets damaged blocks aside.
func (s *Server) openGuards() (err error) {
	s.blocks = newBlocks(s.opts.Dir, s.opened.Load, s.log)
	if s.disk, err = newDisk(s.opts.Dir, s.opts.MinFree, s.opts.Registry, s.log); err != nil {
		return err
	}
	if s.receivers, err = newReceivers(s.opts.Registry); err != nil {
		return err
	}
	return s.blocks.sweep()
}

// scrapes hands remote write the scrape manager, which is made after it.
type scrapes struct{ s *Server }

func (g scrapes) Get() (*scrape.Manager, error) {
	if !g.s.gate.isOpen() {
		return nil, errors.New("not scraping yet")
	}
	return g.s.scrape, nil
}

func (s *Server) openEngine(context.Context) error {
	active, err := promql.NewActiveQueryTracker(s.opts.Dir, s.opts.Limits.Concurrent, s.log)
	if err != nil {
		return err
	}
	var interval atomic.Int64
	interval.Store(s.opts.Interval.Milliseconds())
	s.engine = &engine{parser: s.parser, step: s.opts.Interval, timeout: s.opts.Limits.Timeout, lanes: lanesFor(s.opts.Limits.Concurrent), Engine: promql.NewEngine(promql.EngineOpts{
		Logger: s.log.With("part", "promql"), Reg: s.opts.Registry, MaxSamples: s.opts.Limits.Samples, Timeout: s.opts.Limits.Timeout,
		ActiveQueryTracker: active, LookbackDelta: lookback, NoStepSubqueryIntervalFn: func(int64) int64 { return interval.Load() },
		EnableAtModifier: true, EnableNegativeOffset: true, Parser: s.parser, FeatureRegistry: s.features,
	})}
	return nil
}

// keepRetention puts our retention in force. A prometheus.yml that says nothing of it has Prometheus' default, which would
// take its place.
func (s *Server) keepRetention(c *config.Config) {
	t := c.StorageConfig.TSDBConfig
	if t == nil {
		t = &config.TSDBConfig{}
		c.StorageConfig.TSDBConfig = t
	}
	if t.Retention == nil || *t.Retention == config.DefaultTSDBRetentionConfig {
		t.Retention = &config.TSDBRetentionConfig{Time: model.Duration(s.opts.MaxAge), Size: units.Base2Bytes(s.opts.MaxBytes)}
	}
}
