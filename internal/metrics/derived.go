package metrics

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

// DerivedSource counts what services do, from their spans.
type DerivedSource interface {
	// Derived hands every series to yield, which keeps nothing of it.
	Derived(yield func(*Derived))
	// Own says whether a service has a family itself, so that it need not be counted.
	Own(family, job string, owned bool)
}

// Derived is a series of a family, as it is now.
type Derived struct {
	ID        uint64 // of no other series
	Family    string
	Job       string
	Labels    []string // names and values in turn, besides the job
	Gauge     bool
	Value     float64   // the sum of a histogram
	Bounds    []float64 // of the buckets of a histogram, +Inf left out
	Counts    []uint64  // in each bucket, +Inf last; nil for what is no histogram
	Exemplars []DerivedExemplar
	Restored  bool // it is older than the process
}

// DerivedExemplar names the span behind a value. One without a trace is none.
type DerivedExemplar struct {
	Value float64
	Time  int64 // Unix milliseconds
	Trace [16]byte
	Span  [8]byte
}

// FeedDerived makes the server write what a source has counted, but for what services have themselves. It comes before
// Start.
func (s *Server) FeedDerived(source DerivedSource) { s.derived = source }

// feedDerived writes until ctx ends.
func (s *Server) feedDerived(ctx context.Context) {
	if s.derived == nil {
		return
	}
	f := newDerivedFeeder(s, s.derived, s.log.With("part", "derived"))
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

// derivedFeeder writes derived series. It is for one goroutine.
//
// Rounds are far apart and find the caches of the processor cold: what a round touches is most of what it costs, beside the
// TSDB. So metrics are looked for first where they were in the round before, and what is seldom needed lies apart.
type derivedFeeder struct {
	feeder
	server   *Server
	source   DerivedSource
	metrics  map[uint64]*derivedMetric // by ID
	before   []*derivedMetric          // of the round before, in its order
	seen     []*derivedMetric          // in this round
	claims   map[claim]*derivedClaim
	last     int64              // the round before, in ms
	existing storage.AppenderV2 // finds series that were there before the process
}

// derivedMetric is a series of the source: one of the TSDB, or many where it is a histogram.
type derivedMetric struct {
	id         uint64
	round      uint64 // in which it was last seen
	claim      *derivedClaim
	series     []derivedSeries
	exemplarAt []int64 // of the last one written of each series, in ms; nil while there is none
}

// derivedSeries is a series as the TSDB knows it.
type derivedSeries struct {
	ref    storage.SeriesRef
	labels labels.Labels
}

// derivedClaim is a family of a job.
type derivedClaim struct {
	claim
	round   uint64 // in which it was last asked
	allowed bool   // in this round
	told    bool   // what the source was told last, or takes for granted: it counts
}

func newDerivedFeeder(s *Server, source DerivedSource, log *slog.Logger) *derivedFeeder {
	return &derivedFeeder{
		feeder: feeder{into: s.storage, log: log}, server: s, source: source,
		metrics: map[uint64]*derivedMetric{}, claims: map[claim]*derivedClaim{},
	}
}

// round writes everything once and tells how many samples that were.
func (f *derivedFeeder) round(ctx context.Context, now time.Time) (int, error) {
	err := f.server.intake.owners.feed(func() error { return f.write(ctx, now) })
	if err != nil {
		return 0, err
	}
	return f.count, nil
}

func (f *derivedFeeder) write(ctx context.Context, now time.Time) error {
	f.rounds++
	f.at, f.count, f.err = now.UnixMilli(), 0, nil
	if f.last == 0 || f.last >= f.at {
		f.last = f.at - f.server.opts.Interval.Milliseconds()
	}
	f.before, f.seen = f.seen, f.before[:0]
	f.out = f.into.AppenderV2(ctx)
	f.source.Derived(f.one)
	f.end()
	f.last = f.at
	if f.existing != nil {
		_ = f.existing.Rollback() // nothing was appended
		f.existing = nil
	}
	out := f.out
	f.out = nil
	if f.err != nil {
		_ = out.Rollback() // the error that ended the round is the one to tell
		return f.err
	}
	return out.Commit()
}

// metric finds a series of the source, or makes it.
func (f *derivedFeeder) metric(d *Derived) (m *derivedMetric, begins bool) {
	if n := len(f.seen); n < len(f.before) && f.before[n].id == d.ID {
		m = f.before[n]
	} else if m = f.metrics[d.ID]; m == nil {
		m, begins = &derivedMetric{id: d.ID, claim: f.claim(claim{d.Family, d.Job}), series: f.begin(d)}, true
		f.metrics[d.ID] = m
	}
	if m.round != f.rounds {
		m.round = f.rounds
		f.seen = append(f.seen, m)
	}
	return m, begins
}

// one writes all samples of a series.
func (f *derivedFeeder) one(d *Derived) {
	m, begins := f.metric(d)
	if !f.allowed(m.claim) {
		return // who took it over has marked it as ended
	}
	if begins && !d.Gauge && !d.Restored && !f.exists(m) {
		// Until the round before there was nothing to count: without a sample that says so, a rate would not see the first.
		for i := range m.series {
			f.put(m, i, f.last, 0, nil)
		}
	}
	if d.Counts == nil {
		f.put(m, 0, f.at, d.Value, d.Exemplars)
		return
	}
	total := 0.0
	for i, n := range d.Counts {
		total += float64(n)
		f.put(m, i, f.at, total, d.Exemplars[i:min(i+1, len(d.Exemplars))])
	}
	f.put(m, len(d.Counts), f.at, d.Value, nil)
	f.put(m, len(d.Counts)+1, f.at, total, nil)
}

// begin makes the series of the TSDB that one of the source is.
func (f *derivedFeeder) begin(d *Derived) []derivedSeries {
	if d.Counts == nil {
		return []derivedSeries{{labels: f.derivedLabels(d, part{})}}
	}
	list := make([]derivedSeries, 0, len(d.Counts)+2)
	for i := range d.Counts {
		bound := math.Inf(1)
		if i < len(d.Bounds) {
			bound = d.Bounds[i]
		}
		list = append(list, derivedSeries{labels: f.derivedLabels(d, part{"_bucket", model.BucketLabel, bound})})
	}
	return append(list, derivedSeries{labels: f.derivedLabels(d, part{suffix: "_sum"})}, derivedSeries{labels: f.derivedLabels(d, part{suffix: "_count"})})
}

func (f *derivedFeeder) derivedLabels(d *Derived, p part) labels.Labels {
	b := &f.builder
	b.Reset()
	b.Add(model.MetricNameLabel, d.Family+p.suffix)
	b.Add(model.JobLabel, d.Job)
	for i := 0; i+1 < len(d.Labels); i += 2 {
		if d.Labels[i+1] != "" {
			b.Add(d.Labels[i], d.Labels[i+1])
		}
	}
	if p.label != "" {
		b.Add(p.label, labels.FormatOpenMetricsFloat(p.bound))
	}
	b.Sort()
	return b.Labels()
}

// exists reports whether the TSDB knows a series from before the process: one that was written, whose counter was lost in a
// crash and counted again since.
func (f *derivedFeeder) exists(m *derivedMetric) bool {
	if f.existing == nil {
		f.existing = f.server.db.AppenderV2(context.Background())
	}
	refs, ok := f.existing.(storage.GetRef)
	if !ok {
		return false
	}
	ref, _ := refs.GetRef(m.series[0].labels, m.series[0].labels.Hash())
	return ref != 0
}

func (f *derivedFeeder) claim(c claim) *derivedClaim {
	k := f.claims[c]
	if k == nil {
		k = &derivedClaim{claim: c}
		f.claims[c] = k
	}
	return k
}

// allowed asks once a round whether a family is derived for a job, and tells the source when that changes.
func (f *derivedFeeder) allowed(c *derivedClaim) bool {
	if c.round == f.rounds {
		return c.allowed
	}
	first := c.round == 0
	c.round, c.allowed = f.rounds, f.server.intake.owners.derives(c.family, c.job)
	if first || c.told != c.allowed {
		c.told = c.allowed
		f.source.Own(c.family, c.job, !c.allowed)
	}
	return c.allowed
}

// put writes one sample, with the exemplar if it is a new one.
func (f *derivedFeeder) put(m *derivedMetric, i int, at int64, v float64, exemplars []DerivedExemplar) {
	var o storage.AppendV2Options
	if len(exemplars) > 0 && exemplars[0].Time != 0 {
		o.Exemplars = f.exemplar(m, i, &exemplars[0])
	}
	s := &m.series[i]
	s.ref = f.took(f.out.Append(s.ref, s.labels, 0, at, v, nil, nil, o))
}

func (f *derivedFeeder) exemplar(m *derivedMetric, i int, e *DerivedExemplar) []exemplar.Exemplar {
	if m.exemplarAt == nil {
		m.exemplarAt = make([]int64, len(m.series))
	}
	if e.Trace == [16]byte{} || e.Time <= m.exemplarAt[i] {
		return nil
	}
	m.exemplarAt[i] = e.Time
	f.builder.Reset()
	f.builder.Add("span_id", hex.EncodeToString(e.Span[:]))
	f.builder.Add("trace_id", hex.EncodeToString(e.Trace[:]))
	return []exemplar.Exemplar{{Labels: f.builder.Labels(), Value: e.Value, Ts: e.Time, HasTs: true}}
}

// end marks what the source has no more.
func (f *derivedFeeder) end() {
	if len(f.seen) == len(f.metrics) {
		return
	}
	for id, m := range f.metrics {
		if m.round == f.rounds {
			continue
		}
		if f.allowed(m.claim) {
			for i := range m.series {
				f.stale(m.series[i].ref, m.series[i].labels)
			}
		}
		delete(f.metrics, id)
	}
	for k, c := range f.claims {
		if c.round != f.rounds {
			delete(f.claims, k) // it has no series
		}
	}
}

// report tells the log when rounds begin to go wrong and when they are right again.
func (f *derivedFeeder) report(_ int, err error) {
	switch {
	case err != nil && errors.Is(err, context.Canceled):
		return
	case err != nil && !f.failing:
		f.log.Warn("derived metrics are not complete", "error", err)
	case err == nil && f.failing:
		f.log.Info("derived metrics are complete again")
	}
	f.failing = err != nil
}
