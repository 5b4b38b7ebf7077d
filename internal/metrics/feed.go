package metrics

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
)

// ownJob is the job of our own metrics.
const ownJob = "telltale"

// feed writes our own metrics until ctx ends.
func (s *Server) feed(ctx context.Context) {
	f := newFeeder(s.opts.Registry, s.storage, or(s.opts.Instance, s.opts.External.Host), s.log.With("part", "feed"))
	tick := time.NewTicker(s.opts.Interval)
	defer tick.Stop()
	for now := time.Now(); ctx.Err() == nil; {
		f.report(f.round(ctx, now))
		select {
		case <-ctx.Done():
			return
		case now = <-tick.C:
		}
	}
}

// feeder writes what a registry gathers as a scrape of it would, without HTTP and text: series are known by reference from
// their second round on, and one that is gone ends with a staleness mark. It is for one goroutine.
type feeder struct {
	gatherer prometheus.Gatherer
	into     storage.AppendableV2
	target   [2]labels.Label // job and instance, which every series carries
	log      *slog.Logger

	seed    maphash.Seed
	known   map[uint64]*fedMetric // by the hash of name and labels, seeded: nobody outside can make two collide
	rounds  uint64
	builder labels.ScratchBuilder
	failing bool
	out     storage.AppenderV2
	at      int64 // of this round, in ms
	count   int
	err     error // the first that ends the round
}

// fedMetric is a metric of the registry: one series, or many where it is a histogram or a summary.
type fedMetric struct {
	series []fedSeries
	round  uint64 // in which it was last seen
}

// fedSeries is a series as the TSDB knows it.
type fedSeries struct {
	part       part
	ref        storage.SeriesRef
	labels     labels.Labels
	exemplarAt int64 // of the last exemplar written, in ns
}

// part tells the series of one metric apart.
type part struct {
	suffix string  // _bucket, _sum, _count
	label  string  // le, quantile
	bound  float64 // its value
}

func newFeeder(g prometheus.Gatherer, into storage.AppendableV2, instance string, log *slog.Logger) *feeder {
	return &feeder{
		gatherer: g, into: into, log: log, seed: maphash.MakeSeed(), known: map[uint64]*fedMetric{},
		target: [2]labels.Label{{Name: model.InstanceLabel, Value: instance}, {Name: model.JobLabel, Value: ownJob}},
	}
}

// round writes everything once and tells how many samples that were.
func (f *feeder) round(ctx context.Context, now time.Time) (int, error) {
	families, gatherErr := f.gatherer.Gather() // what could be gathered counts, whatever else could not
	f.rounds++
	f.at, f.count, f.err = now.UnixMilli(), 0, nil
	f.out = f.into.AppenderV2(ctx)
	for _, family := range families {
		for _, m := range family.GetMetric() {
			f.metric(family.GetName(), m)
		}
	}
	gathered := f.count
	up := 1.0
	if gatherErr != nil && len(families) == 0 {
		up = 0
	}
	f.own("up", up)
	f.own("scrape_duration_seconds", time.Since(now).Seconds())
	f.own("scrape_samples_scraped", float64(gathered))
	f.end()
	out := f.out
	f.out = nil
	if f.err != nil {
		_ = out.Rollback() // the error that ended the round is the one to tell
		return 0, errors.Join(f.err, gatherErr)
	}
	return f.count, errors.Join(out.Commit(), gatherErr)
}

// own writes a metric about the round itself.
func (f *feeder) own(name string, v float64) {
	f.float(f.enter(name, nil), 0, part{}, name, nil, v, nil)
}

// end marks what was not seen in this round.
func (f *feeder) end() {
	for key, m := range f.known {
		if m.round == f.rounds {
			continue
		}
		for i := range m.series {
			f.stale(m.series[i].ref, m.series[i].labels)
		}
		delete(f.known, key)
	}
}

func (f *feeder) stale(ref storage.SeriesRef, ls labels.Labels) {
	if ref != 0 {
		f.took(f.out.Append(ref, ls, 0, f.at, math.Float64frombits(value.StaleNaN), nil, nil, storage.AppendV2Options{}))
	}
}

// trim marks the series of a metric that has fewer than before.
func (f *feeder) trim(m *fedMetric, n int) {
	for i := n; i < len(m.series); i++ {
		f.stale(m.series[i].ref, m.series[i].labels)
	}
	m.series = m.series[:min(n, len(m.series))]
}

// took looks at what an append said. A sample that is out of order (a clock was set back) costs itself, not the round;
// so does an exemplar.
func (f *feeder) took(ref storage.SeriesRef, err error) storage.SeriesRef {
	switch {
	case err == nil:
		f.count++
	case errors.Is(err, storage.ErrOutOfOrderSample), errors.Is(err, storage.ErrDuplicateSampleForTimestamp), errors.Is(err, storage.ErrOutOfBounds),
		errors.Is(err, storage.ErrTooOldSample):
	case errors.As(err, new(*storage.AppendPartialError)):
		f.count++
	case f.err == nil:
		f.err = err
	}
	return ref
}

// report tells the log when rounds begin to go wrong and when they are right again.
func (f *feeder) report(_ int, err error) {
	switch {
	case err != nil && !f.failing:
		f.log.Warn("own metrics are not complete", "error", err)
	case err == nil && f.failing:
		f.log.Info("own metrics are complete again")
	}
	f.failing = err != nil
}
