package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunks"
)

// guard keeps one careless label from taking the memory of all: a metric has so many series at most, new ones beyond are
// refused. It counts what the head of the TSDB holds, from where and for whatever reason it got there: the TSDB itself tells
// of each series that begins, also when it replays its log, and of each that is gone.
type guard struct {
	limit   int // series of one metric
	total   int // series of all
	log     *slog.Logger
	refused *prometheus.CounterVec
	invalid prometheus.Counter

	open    atomic.Bool // the log of the TSDB is replayed
	mu      sync.RWMutex
	series  int
	metrics map[string]*counted
}

// counted is a metric.
type counted struct {
	series  int
	refused int64     // series, a series that comes again counts again
	last    time.Time // when it was last refused
}

const (
	totalFactor = 100            // series of all metrics together, times those of one
	minTotal    = 100_000        // but so many at least
	overLimit   = "(all)"        // stands for the metric where there are too many series of all together
	recent      = 24 * time.Hour // so long is a metric that was refused series told of
)

// Bounds of the labels of a series.
const (
	maxLabelCount  = 128
	maxLabelName   = 1 << 10 // bytes
	maxLabelValue  = 8 << 10 // bytes
	maxLabelsBytes = 32 << 10
)

func newGuard(limit int, reg prometheus.Registerer, log *slog.Logger) (*guard, error) {
	g := &guard{
		limit: limit, total: max(limit*totalFactor, minTotal), log: log, metrics: map[string]*counted{},
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "telltale_metrics_refused_series_total",
			Help: "New series refused since their metric has as many as it may; one that comes again counts again.",
		}, []string{"family"}),
		invalid: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "telltale_metrics_invalid_series_total", Help: "New series refused for labels that are too many, too long or no text.",
		}),
	}
	return g, errors.Join(reg.Register(g.refused), reg.Register(g.invalid))
}

// counting begins to count at nothing: for a TSDB that is about to be opened.
func (g *guard) counting() *guard {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.series, g.metrics = 0, map[string]*counted{}
	return g
}

// errLabels is of a new series whose labels are out of bounds.
var errLabels = errors.New(reasonLabels)

// PreCreation looks at the labels of a new series; not while the log is replayed, which must go through as it is.
func (g *guard) PreCreation(ls labels.Labels) error {
	if g.open.Load() && !boundedLabels(ls) {
		g.invalid.Inc()
		return errLabels
	}
	return nil
}

// PostCreation counts a series.
func (g *guard) PostCreation(ls labels.Labels) {
	name := ls.Get(model.MetricNameLabel)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.series++
	m := g.metrics[name]
	if m == nil {
		m = &counted{}
		g.metrics[strings.Clone(name)] = m
	}
	m.series++
}

// PostDeletion counts series no longer.
func (g *guard) PostDeletion(gone map[chunks.HeadSeriesRef]labels.Labels) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, ls := range gone {
		name := ls.Get(model.MetricNameLabel)
		m := g.metrics[name]
		if m == nil {
			continue
		}
		g.series--
		if m.series--; m.series <= 0 && m.refused == 0 {
			delete(g.metrics, name)
		}
	}
}

// room is how many series a metric may have more, before room is asked again: a few, so that many who ask at once do not go
// beyond the limit by much.
func (g *guard) room(name string) int {
	g.mu.RLock()
	defer g.mu.RUnlock()
	free := min(g.total-g.series, g.limit)
	if m := g.metrics[name]; m != nil {
		free = min(free, g.limit-m.series)
	}
	if free > manyFree {
		return manyFree / 8
	}
	return min(max(free, 0), 1)
}

const manyFree = 1024

// refuse counts a series that was not taken. The first of a metric is told to the log.
func (g *guard) refuse(name string) {
	g.mu.RLock()
	if m := g.metrics[name]; m == nil || m.series < g.limit {
		name = overLimit
	}
	g.mu.RUnlock()
	g.refused.WithLabelValues(name).Inc()
	g.mu.Lock()
	m := g.metrics[name]
	if m == nil {
		m = &counted{}
		g.metrics[strings.Clone(name)] = m
	}
	m.refused++
	m.last = time.Now()
	first, n := m.refused == 1, m.series
	g.mu.Unlock()
	if first {
		g.log.Warn("a metric has too many series, new ones are refused", "metric", name, "series", n, "see", "telltale status")
	}
}

func boundedLabels(ls labels.Labels) bool {
	n, size, ok := 0, 0, true
	ls.Range(func(l labels.Label) {
		n++
		size += len(l.Name) + len(l.Value)
		ok = ok && len(l.Name) <= maxLabelName && len(l.Value) <= maxLabelValue
	})
	return ok && n <= maxLabelCount && size <= maxLabelsBytes && ls.IsValid(model.UTF8Validation)
}

// Crowded is a metric that has as many series as it may.
type Crowded struct {
	Family   string `json:"family"`
	Series   int    `json:"series"`
	Label    string `json:"label,omitempty"` // the one with the most distinct values
	Distinct int    `json:"distinct,omitempty"`
	Refused  int64  `json:"refused"` // since the start
}

// crowded are the metrics that were refused series within a day, the worst first.
func (g *guard) crowded(now time.Time) []Crowded {
	g.mu.RLock()
	defer g.mu.RUnlock()
	var out []Crowded
	for name, m := range g.metrics {
		if m.refused > 0 && now.Sub(m.last) < recent {
			out = append(out, Crowded{Family: name, Series: m.series, Refused: m.refused})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Refused > out[j].Refused })
	return out[:min(len(out), maxShown)]
}

// maxShown bounds the lists of a Status.
const maxShown = 100

// maxCounted bounds the series that are looked at to find the label with the most values.
const maxCounted = 50_000

// widest finds the label of a metric with the most distinct values, in the head of the TSDB.
func widest(ctx context.Context, head *tsdb.Head, metric string) (label string, distinct int, err error) {
	index, err := head.Index()
	if err != nil {
		return "", 0, fmt.Errorf("read index: %w", err)
	}
	defer func() { _ = index.Close() }() // nothing was written
	series, err := index.Postings(ctx, model.MetricNameLabel, metric)
	if err != nil {
		return "", 0, fmt.Errorf("read index: %w", err)
	}
	values := map[string]map[string]struct{}{}
	var builder labels.ScratchBuilder
	for n := 0; n < maxCounted && series.Next(); n++ {
		switch err := index.Series(series.At(), &builder, nil); {
		case errors.Is(err, storage.ErrNotFound): // gone since
			continue
		case err != nil:
			return "", 0, fmt.Errorf("read index: %w", err)
		}
		builder.Labels().Range(func(l labels.Label) {
			of := values[l.Name]
			if of == nil {
				of = map[string]struct{}{}
				values[l.Name] = of
			}
			of[l.Value] = struct{}{}
			if len(of) > distinct || len(of) == distinct && l.Name < label {
				label, distinct = l.Name, len(of)
			}
		})
	}
	return label, distinct, series.Err()
}
