package metrics

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

// maxNames bounds the names or values of one answer.
const maxNames = 100_000

// LabelNames returns the names of labels of the series that one of matches selects (none: of all), sorted.
func (s *Server) LabelNames(ctx context.Context, matches []string, from, to time.Time) ([]string, error) {
	return s.labels(ctx, matches, from, to, func(ctx context.Context, q storage.Querier, m []*labels.Matcher) ([]string, error) {
		found, _, err := q.LabelNames(ctx, &storage.LabelHints{Limit: maxNames}, m...)
		return found, err
	})
}

// LabelValues returns the values of a label of the series that one of matches selects (none: of all), sorted. The names of
// metrics are the values of __name__.
func (s *Server) LabelValues(ctx context.Context, name string, matches []string, from, to time.Time) ([]string, error) {
	return s.labels(ctx, matches, from, to, func(ctx context.Context, q storage.Querier, m []*labels.Matcher) ([]string, error) {
		found, _, err := q.LabelValues(ctx, name, &storage.LabelHints{Limit: maxNames}, m...)
		return found, err
	})
}

func (s *Server) labels(
	ctx context.Context, matches []string, from, to time.Time,
	get func(context.Context, storage.Querier, []*labels.Matcher) ([]string, error),
) ([]string, error) {
	ctx, leave, err := s.gate.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	sets, err := s.parser.ParseMetricSelectors(matches)
	if err != nil {
		return nil, syntax(err)
	}
	if len(sets) == 0 {
		sets = append(sets, nil)
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.Limits.Timeout)
	defer cancel()
	q, err := s.db.Querier(milliseconds(from), milliseconds(to))
	if err != nil {
		return nil, fmt.Errorf("query labels: %w", err)
	}
	defer func() { _ = q.Close() }()
	var out []string
	for _, set := range sets {
		found, err := get(ctx, q, set)
		if err != nil {
			return nil, fmt.Errorf("query labels: %w", err)
		}
		for _, v := range found {
			out = append(out, strings.Clone(v)) // it may lie in a file that is unmapped when q is closed
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
