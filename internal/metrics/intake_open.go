package metrics

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// openIntake makes the intake. Its primary and secondary come with the TSDB.
func (s *Server) openIntake() error {
	log := s.log.With("part", "intake")
	guard, err := newGuard(s.opts.MaxSeries, s.opts.Registry, log)
	if err != nil {
		return err
	}
	owners, err := newOwners(s.opts.Dir, s.opts.Families, s.opts.Registry, log)
	if err != nil {
		return err
	}
	owners.end, owners.active = s.endSeries, s.active
	s.intake = &intake{guard: guard, owners: owners}
	return nil
}

// live calls see with the labels and the last sample before from of each series of a family and a job that has one since.
func (s *Server) live(family, job string, from, to int64, see func(ls labels.Labels, last int64, stale bool) error) error {
	q, err := s.db.Querier(from, to)
	if err != nil {
		return fmt.Errorf("read series: %w", err)
	}
	defer func() { _ = q.Close() }() // nothing was written
	names, err := labels.NewMatcher(labels.MatchRegexp, model.MetricNameLabel, regexp.QuoteMeta(family)+"(|_bucket|_sum|_count)")
	if err != nil {
		return err
	}
	of, err := labels.NewMatcher(labels.MatchEqual, model.JobLabel, job)
	if err != nil {
		return err
	}
	found := q.Select(context.Background(), false, nil, names, of)
	var it chunkenc.Iterator
	for found.Next() {
		it = found.At().Iterator(it)
		last, stale := int64(math.MinInt64), false
		for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
			last, stale = it.AtT(), isStale(it, kind)
		}
		if err := it.Err(); err != nil {
			return fmt.Errorf("read series: %w", err)
		}
		if last == math.MinInt64 {
			continue
		}
		if err := see(found.At().Labels(), last, stale); err != nil {
			return err
		}
	}
	return found.Err()
}

func isStale(it chunkenc.Iterator, kind chunkenc.ValueType) bool {
	if kind == chunkenc.ValFloat {
		_, v := it.At()
		return value.IsStaleNaN(v)
	}
	_, h := it.AtFloatHistogram(nil)
	return value.IsStaleNaN(h.Sum)
}

// endSeries marks all series of a family and a job as ended just before a time, or after their last sample where that is
// later: series that the new owner has as well go on with its sample.
func (s *Server) endSeries(family, job string, at int64) error {
	out := s.intake.primary.AppenderV2(context.Background())
	err := s.live(family, job, at-lookback.Milliseconds(), math.MaxInt64, func(ls labels.Labels, last int64, stale bool) error {
		if stale {
			return nil
		}
		_, err := out.Append(0, ls, 0, max(at-1, last+1), math.Float64frombits(value.StaleNaN), nil, nil, storage.AppendV2Options{})
		return err
	})
	if err != nil {
		_ = out.Rollback() // the error is the one to tell
		return err
	}
	return out.Commit()
}

// active reports whether a family and a job had a sample in a time.
func (s *Server) active(family, job string, from, to time.Time) (bool, error) {
	found := false
	err := s.live(family, job, from.UnixMilli(), to.UnixMilli(), func(_ labels.Labels, _ int64, stale bool) error {
		found = found || !stale
		return nil
	})
	return found, err
}
