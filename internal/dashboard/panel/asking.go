package panel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

// asking is one answer while it is made.
type asking struct {
	runner   *Runner
	panel    *dashboard.Panel
	scope    *dashboard.Scope
	answer   *Answer
	from, to time.Time
	frames   []*frame
	regexes  map[string]*regexp.Regexp // of overrides
}

// align puts the points on whole steps, so that they stay when the range moves.
func (q *asking) align(req Request) error {
	step := q.scope.Interval
	stepMS := step.Milliseconds()
	if stepMS <= 0 {
		return &BadRequest{"the step is shorter than 1 ms"}
	}
	a := q.answer
	a.StepMS = stepMS
	q.from = time.UnixMilli(req.From.UnixMilli() / stepMS * stepMS).UTC()
	q.to = time.UnixMilli(req.To.UnixMilli() / stepMS * stepMS).UTC()
	if !q.ranged() {
		q.from, q.to = req.To.UTC(), req.To.UTC()
		a.Times = []int64{req.To.UnixMilli()}
		a.From, a.To = q.from, q.to
		return nil
	}
	for t := q.from.UnixMilli(); t <= q.to.UnixMilli(); t += stepMS {
		a.Times = append(a.Times, t)
	}
	a.From, a.To = q.from, q.to
	return nil
}

// ranged reports whether a query is asked over time.
func (q *asking) ranged() bool {
	return slices.ContainsFunc(q.panel.Targets, func(t dashboard.Target) bool { return !t.Hidden && !t.Instant })
}

// target asks one. Only what ends the whole request is an error.
func (q *asking) target(ctx context.Context, t *dashboard.Target, exemplars bool) error {
	out := TargetAnswer{Ref: t.Ref, Expr: q.scope.Expr(t.Expr)}
	if len(out.Expr) > maxExpr {
		out.Expr = ""
		out.Error = fmt.Sprintf("with its variables filled in the query is longer than %d kB; give the variable a value for All", maxExpr>>10)
		q.answer.Targets = append(q.answer.Targets, out)
		return nil
	}
	var (
		result Result
		err    error
	)
	if t.Instant {
		result, err = q.runner.Metrics.Query(ctx, out.Expr, q.scope.To)
	} else {
		result, err = q.runner.Metrics.QueryRange(ctx, out.Expr, q.from, q.to, q.scope.Interval)
	}
	out.Warnings = result.Warnings
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("query %s: %w", t.Ref, err)
		}
		out.Error = err.Error()
		if e := new(SyntaxError); errors.As(err, &e) {
			out.Line, out.Column = e.Line, e.Column
		}
		q.answer.Targets = append(q.answer.Targets, out)
		return nil
	}
	q.sort(result.Series)
	switch {
	case q.panel.Kind == dashboard.KindTable:
		q.frames = append(q.frames, q.frame(t, out.Expr, result.Series))
	case t.Format == "heatmap" || q.panel.Kind == dashboard.KindHeatmap && slices.ContainsFunc(result.Series, func(s Sampled) bool { return len(s.Histograms) > 0 }):
		q.answer.Series = append(q.answer.Series, q.heat(t, result.Series)...)
	default:
		out.Warnings = append(out.Warnings, q.lines(t, out.Expr, result.Series)...)
	}
	q.answer.Targets = append(q.answer.Targets, out)
	if exemplars && t.Exemplars && !t.Instant {
		q.exemplars(ctx, t, out.Expr)
	}
	return nil
}

// sort orders series by labels, since a query over time does not.
func (q *asking) sort(series []Sampled) {
	if q.panel.Kind == dashboard.KindTable || !q.ranged() {
		return // PromQL's sort and topk order a moment
	}
	slices.SortFunc(series, func(a, b Sampled) int { return cmp.Compare(signature(a.Labels), signature(b.Labels)) })
}

func signature(labels map[string]string) string {
	s := ""
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		s += k + "\x00" + labels[k] + "\x00"
	}
	return s
}

// values puts points to their places; what has none stays a gap.
func (q *asking) values(points []Point) []*float64 {
	out := make([]*float64, len(q.answer.Times))
	first := q.answer.Times[0]
	for _, p := range points {
		i := 0
		if len(out) > 1 {
			i = int((p.T - first) / q.answer.StepMS)
		}
		if len(points) == 1 && q.instantAmongRange(p.T) {
			i = len(out) - 1
		}
		if i >= 0 && i < len(out) {
			out[i] = finite(p.V)
		}
	}
	return out
}

// instantAmongRange is a value of the moment in a panel whose other queries go over time: it stands at the end.
func (q *asking) instantAmongRange(t int64) bool {
	return len(q.answer.Times) > 1 && t > q.answer.Times[len(q.answer.Times)-1]
}

func (q *asking) lines(t *dashboard.Target, expr string, series []Sampled) (warnings []string) {
	varying := varyingLabel(series)
	for i := range series {
		s := &series[i]
		if len(s.Points) == 0 && len(s.Histograms) > 0 {
			return []string{"the answer is a native histogram; histogram_quantile(), histogram_count() and histogram_avg() make numbers of it"}
		}
		if len(q.answer.Series) >= maxSeries {
			q.answer.LeftOut += len(series) - i
			return nil
		}
		q.answer.Series = append(q.answer.Series, Series{
			Target: t.Ref, Name: q.name(t, expr, s.Labels, varying), Labels: s.Labels, Values: q.values(s.Points),
		})
	}
	return nil
}

// heat makes buckets of cumulative ones, and of native histograms.
func (q *asking) heat(t *dashboard.Target, series []Sampled) []Series {
	native := map[[2]float64][]*float64{}
	sums := map[float64][]*float64{}
	for i := range series {
		for _, h := range series[i].Histograms {
			for _, b := range h.Buckets {
				addTo(native, [2]float64{b.Lower, b.Upper}, q.values([]Point{{h.T, b.Count}}))
			}
		}
		if le, err := strconv.ParseFloat(series[i].Labels["le"], 64); err == nil {
			addTo(sums, le, q.values(series[i].Points))
		}
	}
	bounds := slices.Sorted(maps.Keys(sums))
	lower := math.Inf(-1)
	for i, le := range bounds {
		alone := make([]*float64, len(sums[le]))
		for j, v := range sums[le] {
			if v == nil {
				continue
			}
			n := *v
			if i > 0 && sums[bounds[i-1]][j] != nil {
				n -= *sums[bounds[i-1]][j]
			}
			alone[j] = finite(max(n, 0))
		}
		native[[2]float64{lower, le}] = alone
		lower = le
	}
	keys := slices.SortedFunc(maps.Keys(native), func(a, b [2]float64) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	var out []Series
	for i, k := range keys {
		if i == maxSeries {
			q.answer.LeftOut += len(keys) - i
			break
		}
		le := strconv.FormatFloat(k[1], 'g', -1, 64)
		if math.IsInf(k[1], 1) {
			le = "+Inf"
		}
		out = append(out, Series{Target: t.Ref, Name: le, Labels: map[string]string{"le": le}, Values: native[k], Lower: finite(k[0]), Upper: finite(k[1])})
	}
	return out
}

func addTo[K comparable](sums map[K][]*float64, key K, values []*float64) {
	have := sums[key]
	if have == nil {
		sums[key] = values
		return
	}
	for i, v := range values {
		switch {
		case v == nil:
		case have[i] == nil:
			have[i] = v
		default:
			sum := *have[i] + *v
			have[i] = &sum
		}
	}
}

// exemplars keeps the highest of each stretch of time. Without them the panel is complete: an error leaves them out.
func (q *asking) exemplars(ctx context.Context, t *dashboard.Target, expr string) {
	found, err := q.runner.Metrics.Exemplars(ctx, expr, q.from, q.to)
	if err != nil {
		return
	}
	span := max(q.to.Sub(q.from).Milliseconds(), 1)
	best := map[int64]Example{}
	for _, e := range found {
		id := cmp.Or(e.Labels["trace_id"], e.Labels["traceID"])
		slot := (e.T - q.from.UnixMilli()) * maxExemplars / (span + 1)
		if id == "" || finite(e.Value) == nil || slot < 0 || slot >= maxExemplars || best[slot].TraceID != "" && best[slot].Value >= e.Value {
			continue
		}
		best[slot] = Example{Target: t.Ref, Time: e.T, Value: e.Value, TraceID: id, SpanID: cmp.Or(e.Labels["span_id"], e.Labels["spanID"]), Labels: e.Series}
	}
	for _, slot := range slices.Sorted(maps.Keys(best)) {
		q.answer.Exemplars = append(q.answer.Exemplars, best[slot])
	}
}

// finish does what is done with all answers together.
func (q *asking) finish() {
	a, p := q.answer, q.panel
	if p.Kind == dashboard.KindTable {
		a.Table = q.table()
		a.Times = []int64{}
		return
	}
	a.Series = transformSeries(a.Series, p.Transformations)
	for i := range a.Series {
		s := &a.Series[i]
		s.Field = q.effective(s.Name, s.Target, "number")
		if s.Field.Name != "" {
			s.Name = displayName(s.Field.Name, s.Name, s.Labels)
		}
		if p.Options.Calc != "" {
			s.Value = reduce(s.Values, p.Options.Calc)
		}
		for _, c := range p.Options.LegendCalcs {
			s.Calcs = append(s.Calcs, reduce(s.Values, c))
		}
	}
}
