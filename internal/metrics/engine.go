package metrics

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// maxSteps bounds how often a part of an expression is evaluated: 86 days of a subquery at 15 s. The engine takes memory for
// the points of all steps of a subquery before it counts any, so x[50d:1ms] would end the process and not the query.
const maxSteps = 500_000

// maxDepth bounds brackets in brackets. The time to parse them grows with its square.
const maxDepth = 500

// engine is PromQL with bounds for the steps of subqueries and for the cores that queries take.
type engine struct {
	*promql.Engine
	parser  parser.Parser
	step    time.Duration // of a subquery that names none
	timeout time.Duration
	// slots are for queries that compute. Eight at once on two cores made calls through the gateway wait for their turn three
	// times as long; half of what runs at a time leaves them theirs.
	slots chan struct{}
}

// slotsFor is how many queries compute at once, where so many may be under way.
func slotsFor(concurrent int) chan struct{} {
	return make(chan struct{}, min(concurrent, max(2, runtime.GOMAXPROCS(0)/2)))
}

// forRules is the engine without the wait for a slot: alerts must not wait for those who look.
func (e *engine) forRules() *engine {
	out := *e
	out.slots = nil
	return &out
}

// queued is a query that waits for a slot.
type queued struct {
	promql.Query
	*engine
}

// Exec implements promql.Query.
func (q queued) Exec(ctx context.Context) *promql.Result {
	wait := time.NewTimer(q.timeout)
	defer wait.Stop()
	select {
	case q.slots <- struct{}{}:
		defer func() { <-q.slots }()
		return q.Query.Exec(ctx)
	case <-wait.C:
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			return &promql.Result{Err: promql.ErrQueryCanceled("the queue")}
		}
	}
	return &promql.Result{Err: promql.ErrQueryTimeout(fmt.Sprintf("the queue: %d queries compute, more do not at once", cap(q.slots)))}
}

func (e *engine) queue(q promql.Query, err error) (promql.Query, error) {
	if err != nil || e.slots == nil {
		return q, err
	}
	return queued{q, e}, nil
}

// NewInstantQuery implements promql.QueryEngine.
func (e *engine) NewInstantQuery(ctx context.Context, q storage.Queryable, opts promql.QueryOpts, expr string, at time.Time) (promql.Query, error) {
	if err := e.check(expr, 0); err != nil {
		return nil, err
	}
	return e.queue(e.Engine.NewInstantQuery(ctx, q, opts, expr, at))
}

// NewRangeQuery implements promql.QueryEngine.
func (e *engine) NewRangeQuery(ctx context.Context, q storage.Queryable, opts promql.QueryOpts, expr string, from, to time.Time,
	step time.Duration,
) (promql.Query, error) {
	if err := e.check(expr, to.Sub(from)); err != nil {
		return nil, err
	}
	return e.queue(e.Engine.NewRangeQuery(ctx, q, opts, expr, from, to, step))
}

// check adds up the ranges of the subqueries around each one: it is evaluated for all of that time.
func (e *engine) check(expr string, span time.Duration) error {
	if len(expr) > maxExpr {
		return fmt.Errorf("%w: it has more than %d bytes", ErrTooExpensive, maxExpr)
	}
	if depth(expr) > maxDepth {
		return fmt.Errorf("%w: it has more than %d brackets in each other", ErrTooExpensive, maxDepth)
	}
	parsed, err := e.parser.ParseExpr(expr)
	if err != nil {
		return err
	}
	var wrong error
	parser.Inspect(parsed, func(node parser.Node, path []parser.Node) error {
		sub, ok := node.(*parser.SubqueryExpr)
		if !ok || wrong != nil {
			return nil
		}
		step := or(sub.Step, e.step)
		all := float64(span) + float64(sub.Range)
		for _, outer := range path {
			if outer, ok := outer.(*parser.SubqueryExpr); ok {
				all += float64(outer.Range)
			}
		}
		if steps := all / float64(step); steps > maxSteps {
			wrong = fmt.Errorf("%w: the subquery %.100s has %.0f steps, %d are allowed; take a longer step", ErrTooExpensive, sub, steps, maxSteps)
		}
		return nil
	})
	return wrong
}

// depth is how many brackets are open at once, outside of strings.
func depth(expr string) int {
	open, deepest, quote := 0, 0, byte(0)
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; {
		case quote != 0 && c == '\\' && quote != '`':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '(' || c == '[' || c == '{':
			open++
			deepest = max(deepest, open)
		case c == ')' || c == ']' || c == '}':
			open--
		}
	}
	return deepest
}
