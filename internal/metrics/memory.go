package metrics

import (
	"context"
	"errors"
	"math"
	"slices"
	"sort"
	"sync"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// memory holds series for the time of a test or a replay. It is a storage.Queryable and a storage.Appendable.
type memory struct {
	limit int // samples

	mu      sync.RWMutex
	samples int
	byName  map[string][]*memorySeries
	byHash  map[uint64][]*memorySeries
}

type memorySeries struct {
	labels  labels.Labels
	samples []memorySample // rising in time
}

type memorySample struct {
	t int64
	v float64
	h *histogram.FloatHistogram // nil: v
}

var errMemoryFull = errors.New("too many samples for one replay; take a shorter time range, a longer step or fewer recording rules")

func newMemory(limit int) *memory {
	return &memory{limit: limit, byName: map[string][]*memorySeries{}, byHash: map[uint64][]*memorySeries{}}
}

// series finds or makes a series. The caller holds the lock.
func (m *memory) series(l labels.Labels) *memorySeries {
	hash := l.Hash()
	for _, s := range m.byHash[hash] {
		if labels.Equal(s.labels, l) {
			return s
		}
	}
	s := &memorySeries{labels: l.Copy()}
	m.byHash[hash] = append(m.byHash[hash], s)
	name := l.Get(model.MetricNameLabel)
	m.byName[name] = append(m.byName[name], s)
	return s
}

func (m *memory) add(l labels.Labels, add ...memorySample) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.samples += len(add); m.samples > m.limit {
		return errMemoryFull
	}
	s := m.series(l)
	for _, a := range add {
		if n := len(s.samples); n > 0 {
			switch last := s.samples[n-1]; {
			case last.t == a.t && math.Float64bits(last.v) == math.Float64bits(a.v) && last.h == nil && a.h == nil:
				continue
			case last.t == a.t:
				return storage.ErrDuplicateSampleForTimestamp
			case last.t > a.t:
				return storage.ErrOutOfOrderSample
			}
		}
		s.samples = append(s.samples, a)
	}
	return nil
}

// Appender implements storage.Appendable. What it appends can be read at once.
func (m *memory) Appender(context.Context) storage.Appender { return memoryAppender{m} }

type memoryAppender struct{ m *memory }

func (a memoryAppender) Append(_ storage.SeriesRef, l labels.Labels, t int64, v float64) (storage.SeriesRef, error) {
	return 0, a.m.add(l, memorySample{t: t, v: v})
}

func (a memoryAppender) AppendHistogram(_ storage.SeriesRef, l labels.Labels, t int64, h *histogram.Histogram, fh *histogram.FloatHistogram) (storage.SeriesRef, error) {
	if h != nil {
		fh = h.ToFloat(nil)
	}
	return 0, a.m.add(l, memorySample{t: t, h: fh})
}

func (memoryAppender) AppendExemplar(storage.SeriesRef, labels.Labels, exemplar.Exemplar) (storage.SeriesRef, error) {
	return 0, nil
}

func (memoryAppender) AppendHistogramSTZeroSample(storage.SeriesRef, labels.Labels, int64, int64, *histogram.Histogram, *histogram.FloatHistogram) (storage.SeriesRef, error) {
	return 0, nil
}

func (memoryAppender) AppendSTZeroSample(storage.SeriesRef, labels.Labels, int64, int64) (storage.SeriesRef, error) {
	return 0, nil
}

func (memoryAppender) UpdateMetadata(storage.SeriesRef, labels.Labels, metadata.Metadata) (storage.SeriesRef, error) {
	return 0, nil
}
func (memoryAppender) SetOptions(*storage.AppendOptions) {}
func (memoryAppender) Commit() error                     { return nil }
func (memoryAppender) Rollback() error                   { return nil }

// Querier implements storage.Queryable.
func (m *memory) Querier(from, to int64) (storage.Querier, error) {
	return &memoryQuerier{m, from, to}, nil
}

type memoryQuerier struct {
	m        *memory
	from, to int64
}

func (q *memoryQuerier) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	q.m.mu.RLock()
	defer q.m.mu.RUnlock()
	set := &memorySet{at: -1}
	take := func(all []*memorySeries) {
		for _, s := range all {
			if !matchesAll(s.labels, matchers) {
				continue
			}
			first := sort.Search(len(s.samples), func(i int) bool { return s.samples[i].t >= q.from })
			end := sort.Search(len(s.samples), func(i int) bool { return s.samples[i].t > q.to })
			if first < end { // later samples are appended behind, and do not move these
				set.series = append(set.series, &memorySeries{s.labels, s.samples[first:end]})
			}
		}
	}
	if name := nameMatched(matchers); name != "" {
		take(q.m.byName[name])
	} else {
		for _, all := range q.m.byName {
			take(all)
		}
	}
	slices.SortFunc(set.series, func(a, b *memorySeries) int { return labels.Compare(a.labels, b.labels) })
	return set
}

func matchesAll(l labels.Labels, matchers []*labels.Matcher) bool {
	for _, m := range matchers {
		if !m.Matches(l.Get(m.Name)) {
			return false
		}
	}
	return true
}

func (q *memoryQuerier) LabelValues(ctx context.Context, name string, _ *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	var out []string
	for set := q.Select(ctx, false, nil, matchers...); set.Next(); {
		if v := set.At().Labels().Get(name); v != "" {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil, nil
}

func (q *memoryQuerier) LabelNames(ctx context.Context, _ *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	var out []string
	for set := q.Select(ctx, false, nil, matchers...); set.Next(); {
		set.At().Labels().Range(func(l labels.Label) { out = append(out, l.Name) })
	}
	slices.Sort(out)
	return slices.Compact(out), nil, nil
}

func (*memoryQuerier) Close() error { return nil }

// memorySet is a storage.SeriesSet.
type memorySet struct {
	series []*memorySeries
	at     int
}

func (s *memorySet) Next() bool {
	s.at++
	return s.at < len(s.series)
}
func (s *memorySet) At() storage.Series              { return s.series[s.at] }
func (*memorySet) Err() error                        { return nil }
func (*memorySet) Warnings() annotations.Annotations { return nil }
func (s *memorySeries) Labels() labels.Labels        { return s.labels }
func (s *memorySeries) Iterator(chunkenc.Iterator) chunkenc.Iterator {
	return storage.NewListSeriesIterator(memorySamples(s.samples))
}

// memorySamples are storage.Samples.
type memorySamples []memorySample

func (s memorySamples) Get(i int) chunks.Sample { return &s[i] }
func (s memorySamples) Len() int                { return len(s) }

func (s *memorySample) T() int64              { return s.t }
func (*memorySample) ST() int64               { return 0 }
func (s *memorySample) F() float64            { return s.v }
func (*memorySample) H() *histogram.Histogram { return nil } // they are of floats
func (s *memorySample) Copy() chunks.Sample   { return &memorySample{s.t, s.v, s.FH()} }

// FH is a copy: the engine may change what it gets.
func (s *memorySample) FH() *histogram.FloatHistogram {
	if s.h == nil {
		return nil
	}
	return s.h.Copy()
}

func (s *memorySample) Type() chunkenc.ValueType {
	if s.h != nil {
		return chunkenc.ValFloatHistogram
	}
	return chunkenc.ValFloat
}
