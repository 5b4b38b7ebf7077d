package metrics

import (
	"context"
	"fmt"
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
	lanes   *lanes // nil for rules: alerts must not wait for those who look
}

// forRules is the engine without the wait for a turn.
func (e *engine) forRules() *engine {
	out := *e
	out.lanes = nil
	return &out
}

// NewInstantQuery implements promql.QueryEngine.
func (e *engine) NewInstantQuery(ctx context.Context, q storage.Queryable, opts promql.QueryOpts, expr string, at time.Time) (promql.Query, error) {
	if err := e.check(expr, 0); err != nil {
		return nil, err
	}
	return e.lanes.queue(q, e.timeout, func(q storage.Queryable) (promql.Query, error) {
		return e.Engine.NewInstantQuery(ctx, q, opts, expr, at)
	})
}

// NewRangeQuery implements promql.QueryEngine.
func (e *engine) NewRangeQuery(ctx context.Context, q storage.Queryable, opts promql.QueryOpts, expr string, from, to time.Time,
	step time.Duration,
) (promql.Query, error) {
	if err := e.check(expr, to.Sub(from)); err != nil {
		return nil, err
	}
	return e.lanes.queue(q, e.timeout, func(q storage.Queryable) (promql.Query, error) {
		return e.Engine.NewRangeQuery(ctx, q, opts, expr, from, to, step)
	})
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
