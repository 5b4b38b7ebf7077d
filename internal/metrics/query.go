package metrics

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/util/annotations"
)

// maxPoints bounds the steps of a range query, as Prometheus' API does.
const maxPoints = 11_000

var (
	// ErrTooExpensive is of a query that would need more samples in memory, or more time, than Limits allow.
	ErrTooExpensive = errors.New("the query is too expensive")
	// ErrNotReady is answered until the log of the TSDB is replayed, and after Stop.
	ErrNotReady = errors.New("the metrics are not ready")
	// ErrDegraded is wrapped by what Health returns while all is taken and served but what is damaged.
	ErrDegraded = errors.New("a part of the metrics is set aside")
)

// Result of a query.
type Result struct {
	Series   []Series
	Text     string   // of an expression that is a string
	Warnings []string // what Prometheus says about an answer that it gave nevertheless
}

// Series of a Result. A scalar is one without labels.
type Series struct {
	Labels     map[string]string
	Points     []Point     // rising in time
	Histograms []Histogram // rising in time; of native histograms
}

// Point is a sample.
type Point struct {
	T int64 // ms since 1970
	V float64
}

// Histogram is a sample of a native histogram.
type Histogram struct {
	T          int64 // ms since 1970
	Count, Sum float64
	Buckets    []Bucket // rising, without empty ones
}

// Bucket of a Histogram; its count is of itself alone.
type Bucket struct{ Lower, Upper, Count float64 }

// Query evaluates expr at a time. Errors: *SyntaxError, ErrTooExpensive, ErrNotReady, that of ctx, and what a wrong
// expression says only when it runs.
func (s *Server) Query(ctx context.Context, expr string, at time.Time) (Result, error) {
	ctx, leave, err := s.gate.enter(ctx)
	if err != nil {
		return Result{}, err
	}
	defer leave()
	q, err := s.engine.NewInstantQuery(ctx, s.storage, nil, expr, at)
	if err != nil {
		return Result{}, syntax(err)
	}
	return s.run(ctx, q, expr)
}

// QueryRange evaluates expr at each step in from to to, both included. Errors are as those of Query.
func (s *Server) QueryRange(ctx context.Context, expr string, from, to time.Time, step time.Duration) (Result, error) {
	switch {
	case step < time.Millisecond:
		return Result{}, fmt.Errorf("query: the step %v is shorter than 1 ms", step)
	case to.Before(from):
		return Result{}, errors.New("query: the end is before the start")
	case to.Sub(from)/step > maxPoints:
		return Result{}, fmt.Errorf("%w: more than %d steps; take a longer one", ErrTooExpensive, maxPoints)
	}
	ctx, leave, err := s.gate.enter(ctx)
	if err != nil {
		return Result{}, err
	}
	defer leave()
	q, err := s.engine.NewRangeQuery(ctx, s.storage, nil, expr, from, to, step)
	if err != nil {
		return Result{}, syntax(err)
	}
	return s.run(ctx, q, expr)
}

func (s *Server) run(ctx context.Context, q promql.Query, expr string) (Result, error) {
	defer q.Close()
	r := q.Exec(ctx)
	if r.Err != nil {
		return Result{}, s.queryError(ctx, r.Err)
	}
	out := Result{Warnings: warnings(r.Warnings, expr)}
	switch v := r.Value.(type) {
	case promql.String:
		out.Text = v.V
	case promql.Scalar:
		out.Series = []Series{{Labels: map[string]string{}, Points: []Point{{v.T, v.V}}}}
	case promql.Vector:
		out.Series = make([]Series, 0, len(v))
		for i := range v {
			one := Series{Labels: v[i].Metric.Map()}
			if v[i].H != nil {
				one.Histograms = []Histogram{histogramOf(v[i].T, v[i].H)}
			} else {
				one.Points = []Point{{v[i].T, v[i].F}}
			}
			out.Series = append(out.Series, one)
		}
	case promql.Matrix:
		out.Series = matrix(v)
	}
	return out, nil
}

// matrix copies, since the points go back to the engine's pool when the query is closed.
func matrix(m promql.Matrix) []Series {
	out := make([]Series, 0, len(m))
	for i := range m {
		one := Series{Labels: m[i].Metric.Map()}
		if len(m[i].Floats) > 0 {
			one.Points = make([]Point, len(m[i].Floats))
		}
		for j, p := range m[i].Floats {
			one.Points[j] = Point{p.T, p.F}
		}
		for _, p := range m[i].Histograms {
			one.Histograms = append(one.Histograms, histogramOf(p.T, p.H))
		}
		out = append(out, one)
	}
	return out
}

func histogramOf(t int64, h *histogram.FloatHistogram) Histogram {
	out := Histogram{T: t, Count: h.Count, Sum: h.Sum}
	for it := h.AllBucketIterator(); it.Next(); {
		if b := it.At(); b.Count != 0 {
			out.Buckets = append(out.Buckets, Bucket{b.Lower, b.Upper, b.Count})
		}
	}
	return out
}

func warnings(a annotations.Annotations, expr string) []string {
	if len(a) == 0 {
		return nil
	}
	warn, info := a.AsStrings(expr, 10, 10)
	return append(warn, info...)
}

// queryError says limits by their names and numbers.
func (s *Server) queryError(ctx context.Context, err error) error {
	var (
		samples  promql.ErrTooManySamples
		timeout  promql.ErrQueryTimeout
		canceled promql.ErrQueryCanceled
	)
	switch {
	case errors.As(err, &samples):
		return fmt.Errorf("%w: it needs more than %d samples in memory; ask for less time, fewer series or a longer step",
			ErrTooExpensive, s.opts.Limits.Samples)
	case errors.As(err, &timeout) && ctx.Err() == nil:
		return fmt.Errorf("%w: it took more than %v", ErrTooExpensive, s.opts.Limits.Timeout)
	case errors.As(err, &timeout), errors.As(err, &canceled):
		if cause := context.Cause(ctx); cause != nil {
			return fmt.Errorf("query: %w", cause)
		}
	}
	return err
}

// Exemplar points from a sample to the trace that made it.
type Exemplar struct {
	Series map[string]string // labels of the series
	Labels map[string]string // of the exemplar itself: trace_id, span_id
	T      int64             // ms since 1970
	Value  float64
}

// Exemplars returns those of the series that expr selects, rising in time for each series.
func (s *Server) Exemplars(ctx context.Context, expr string, from, to time.Time) ([]Exemplar, error) {
	ctx, leave, err := s.gate.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	parsed, err := s.parser.ParseExpr(expr)
	if err != nil {
		return nil, syntax(err)
	}
	selectors := parser.ExtractSelectors(parsed)
	if len(selectors) == 0 {
		return nil, nil
	}
	q, err := s.db.ExemplarQuerier(ctx)
	if err != nil {
		return nil, fmt.Errorf("query exemplars: %w", err)
	}
	found, err := q.Select(milliseconds(from), milliseconds(to), selectors...)
	if err != nil {
		return nil, fmt.Errorf("query exemplars: %w", err)
	}
	var out []Exemplar
	for _, r := range found {
		series := r.SeriesLabels.Map()
		for _, e := range r.Exemplars {
			out = append(out, Exemplar{Series: series, Labels: e.Labels.Map(), T: e.Ts, Value: e.Value})
		}
	}
	return out, nil
}

// milliseconds bounds what time.Time.UnixMilli cannot say; the zero time is as early as can be.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return t.UnixMilli()
}
