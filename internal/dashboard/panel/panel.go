// Package panel asks the queries of a dashboard: it fills in variables, chooses the distance of points, names and groups the
// series, and makes tables. Errors belong to the query that has them; the others are answered.
package panel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

// Metrics answers PromQL.
type Metrics interface {
	// Query evaluates expr at a time, QueryRange at each step in from to to. Wrong expressions are a *SyntaxError.
	Query(ctx context.Context, expr string, at time.Time) (Result, error)
	QueryRange(ctx context.Context, expr string, from, to time.Time, step time.Duration) (Result, error)
	// LabelNames and LabelValues are of the series that one of matches selects; none selects all.
	LabelNames(ctx context.Context, matches []string, from, to time.Time) ([]string, error)
	LabelValues(ctx context.Context, name string, matches []string, from, to time.Time) ([]string, error)
	Exemplars(ctx context.Context, expr string, from, to time.Time) ([]Exemplar, error)
}

// Result of a query.
type Result struct {
	Series   []Sampled
	Warnings []string
}

// Sampled is a series as Metrics answers it.
type Sampled struct {
	Labels     map[string]string
	Points     []Point
	Histograms []Histogram
}

// Point is a sample; T is in ms since 1970.
type Point struct {
	T int64
	V float64
}

// Histogram is a sample of a native histogram.
type Histogram struct {
	T       int64
	Buckets []Range
}

// Range is a bucket of a Histogram with what is in it alone.
type Range struct{ Lower, Upper, Count float64 }

// SyntaxError is what is wrong in an expression; Line and Column are 0 where no place is known.
type SyntaxError struct {
	Line, Column int
	Message      string
}

// Error implements error.
func (e *SyntaxError) Error() string { return e.Message }

// Limits of an answer.
const (
	maxPoints    = 5000
	defPoints    = 600
	maxSeries    = 1000
	maxRows      = 10_000
	maxExpr      = 64 << 10 // that of the metrics
	maxExemplars = 100
)

// Request is what to ask of a panel.
type Request struct {
	From, To  time.Time
	Step      time.Duration // 0 is chosen by MaxPoints
	MaxPoints int           // 0 is what the panel says, else 600
	Variables map[string][]string
	Exemplars bool
}

// Runner asks Metrics.
type Runner struct {
	Metrics  Metrics
	Interval time.Duration // between samples: no step is shorter, and rate() sees four of them
	// Scrape is between samples of what is scraped, where that may be longer. It may be nil.
	Scrape func() time.Duration
}

// scrape is the longest time between samples that is common.
func (r *Runner) scrape() time.Duration {
	if r.Scrape == nil {
		return r.Interval
	}
	return max(r.Interval, r.Scrape())
}

// ErrNoPanel is of a panel that is not in the dashboard.
var ErrNoPanel = errors.New("there is no such panel")

// BadRequest is what a client asked wrongly.
type BadRequest struct{ Message string }

// Error implements error.
func (e *BadRequest) Error() string { return e.Message }

// Query asks all targets of a panel that are not hidden.
func (r *Runner) Query(ctx context.Context, d *dashboard.Dashboard, id int, req Request) (*Answer, error) {
	p := d.Panel(id)
	if p == nil {
		return nil, ErrNoPanel
	}
	a := &Answer{Panel: id, Kind: p.Kind, Series: []Series{}, Targets: []TargetAnswer{}}
	if len(p.Targets) == 0 {
		a.From, a.To, a.Times = req.From, req.To, []int64{}
		return a, nil
	}
	scope, err := r.scope(ctx, d, p, req)
	if err != nil {
		return nil, err
	}
	q := &asking{runner: r, panel: p, scope: scope, answer: a, regexes: map[string]*regexp.Regexp{}}
	if err := q.align(req); err != nil {
		return nil, err
	}
	for i := range p.Targets {
		if p.Targets[i].Hidden {
			continue
		}
		if err := q.target(ctx, &p.Targets[i], req.Exemplars); err != nil {
			return nil, err
		}
	}
	q.finish()
	return a, nil
}

// scope chooses the step, and resolves the variables that the panel uses.
func (r *Runner) scope(ctx context.Context, d *dashboard.Dashboard, p *dashboard.Panel, req Request) (*dashboard.Scope, error) {
	if !req.From.Before(req.To) {
		return nil, &BadRequest{"the time range is empty"}
	}
	var texts []string
	for i := range p.Targets {
		texts = append(texts, p.Targets[i].Expr, p.Targets[i].Legend, p.Targets[i].MinStep)
	}
	texts = append(texts, p.MinStep)
	v := newResolver(r, d, req)
	if err := v.resolve(ctx, texts...); err != nil {
		return nil, err
	}
	scope := v.scope
	shortest, err := shortestStep(p, scope)
	if err != nil {
		return nil, err
	}
	scrape := cmp.Or(shortest, r.scrape())
	points := req.MaxPoints
	if points <= 0 {
		points = p.MaxPoints
	}
	if points <= 0 {
		points = defPoints
	}
	points = min(points, maxPoints)
	scope.Interval = max(niceStep(req.To.Sub(req.From)/time.Duration(points)), r.Interval, shortest, time.Millisecond)
	if req.Step > 0 {
		scope.Interval = req.Step
	}
	if n := req.To.Sub(req.From) / scope.Interval; n > maxPoints {
		if req.Step > 0 {
			return nil, &BadRequest{fmt.Sprintf("the step %v makes %d points; %d at most", req.Step, n, maxPoints)}
		}
		scope.Interval = niceStep(req.To.Sub(req.From) / maxPoints)
	}
	scope.RateInterval = max(scope.Interval+scrape, 4*scrape)
	return scope, nil
}

// shortestStep is what the panel and its queries say; 0 where they say nothing.
func shortestStep(p *dashboard.Panel, scope *dashboard.Scope) (time.Duration, error) {
	var shortest time.Duration
	for _, text := range append([]string{p.MinStep}, minSteps(p)...) {
		if text == "" {
			continue
		}
		step, err := dashboard.ParseDuration(scope.Expr(text))
		if err != nil {
			return 0, &BadRequest{"the shortest step: " + err.Error()}
		}
		shortest = max(shortest, step)
	}
	return shortest, nil
}

func minSteps(p *dashboard.Panel) []string {
	var out []string
	for i := range p.Targets {
		out = append(out, p.Targets[i].MinStep)
	}
	return out
}

// steps are the distances that points have, so that a small change of the range does not change them.
var steps = []time.Duration{
	time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 20 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute,
	5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour,
}

// niceStep rounds up.
func niceStep(d time.Duration) time.Duration {
	for _, s := range steps {
		if d <= s {
			return s
		}
	}
	const year = 365 * 24 * time.Hour
	return (d + year - 1) / year * year
}
