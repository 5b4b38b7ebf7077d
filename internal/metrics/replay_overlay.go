package metrics

import (
	"context"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

// overlay lays what the recording rules of a replay gave over the stored history. From start on it hides what the same rules wrote
// when they ran.
type overlay struct {
	stored   storage.Queryable
	recorded *memory
	hides    map[string][]labels.Labels // by name of the metric: the labels that its rules set
	start    int64
}

// Querier implements storage.Queryable.
func (o *overlay) Querier(from, to int64) (storage.Querier, error) {
	all, err := o.stored.Querier(from, to)
	if err != nil {
		return nil, err
	}
	recorded, _ := o.recorded.Querier(from, to) // never fails
	q := &overlayQuerier{Querier: all, o: o, recorded: recorded}
	if from < o.start {
		if q.before, err = o.stored.Querier(from, min(to, o.start-1)); err != nil {
			_ = all.Close()
			return nil, err
		}
	}
	return q, nil
}

type overlayQuerier struct {
	storage.Querier // of all that is stored; serves names and values of labels as well
	o               *overlay
	before          storage.Querier // of the time before the overlay; nil where none is asked for
	recorded        storage.Querier
}

func (q *overlayQuerier) Select(ctx context.Context, ordered bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	if name := nameMatched(matchers); name != "" && q.o.hides[name] == nil {
		return q.Querier.Select(ctx, ordered, hints, matchers...)
	}
	sets := []storage.SeriesSet{
		&filteredSet{q.Querier.Select(ctx, true, hints, matchers...), func(l labels.Labels) bool { return !q.o.hidden(l) }},
		q.recorded.Select(ctx, true, hints, matchers...),
	}
	if q.before != nil {
		sets = append(sets, &filteredSet{q.before.Select(ctx, true, hints, matchers...), q.o.hidden})
	}
	return storage.NewMergeSeriesSet(sets, 0, storage.ChainedSeriesMerge)
}

func (o *overlay) hidden(l labels.Labels) bool {
	return slices.ContainsFunc(o.hides[l.Get(model.MetricNameLabel)], func(set labels.Labels) bool {
		same := true
		set.Range(func(s labels.Label) { same = same && l.Get(s.Name) == s.Value })
		return same
	})
}

func (q *overlayQuerier) Close() error {
	if q.before != nil {
		_ = q.before.Close()
	}
	return q.Querier.Close()
}

// filteredSet leaves out series.
type filteredSet struct {
	storage.SeriesSet
	keep func(labels.Labels) bool
}

func (s *filteredSet) Next() bool {
	for s.SeriesSet.Next() {
		if s.keep(s.At().Labels()) {
			return true
		}
	}
	return false
}

func (s *filteredSet) Warnings() annotations.Annotations { return s.SeriesSet.Warnings() }
