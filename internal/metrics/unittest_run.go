package metrics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
)

// run evaluates the rules at each step up to the last moment that is asked about, and compares.
func (r *unitRun) run(ctx context.Context) ([]string, error) {
	r.open()
	defer func() { _ = r.engine.Close() }()
	start := time.Unix(0, 0).UTC()
	if !r.test.Start.IsZero() {
		start = r.test.Start.Time
	}
	if err := r.readInput(start); err != nil {
		return nil, err
	}
	if err := r.loadGroups(ctx); err != nil {
		return nil, err
	}
	asked := map[time.Duration][]int{}
	var last time.Duration
	for i, a := range r.test.AlertRuleTests {
		if a.Name == "" {
			return nil, r.wrong("alert_rule_test", i, errors.New("there is no alertname"))
		}
		asked[time.Duration(a.EvalTime)] = append(asked[time.Duration(a.EvalTime)], i)
		last = max(last, time.Duration(a.EvalTime))
	}
	for _, e := range r.test.ExprTests {
		last = max(last, time.Duration(e.EvalTime))
	}
	times := slices.Sorted(maps.Keys(asked))
	for since := time.Duration(0); since <= last; since += r.step {
		if err := r.eval(ctx, start.Add(since)); err != nil {
			return nil, r.wrong("", 0, err)
		}
		for len(times) > 0 && times[0] < since+r.step {
			for _, i := range asked[times[0]] {
				r.compareAlerts(i)
			}
			times = times[1:]
		}
	}
	for i, e := range r.test.ExprTests {
		r.compareExpr(ctx, i, start.Add(time.Duration(e.EvalTime)))
	}
	return r.failed, nil
}

func (r *unitRun) readInput(start time.Time) error {
	at := map[uint64]int{}
	for n, in := range r.test.InputSeries {
		series, values, err := r.loader.parser.ParseSeriesDesc(in.Series + " " + in.Values)
		if err != nil {
			return r.wrong("input_series", n, fmt.Errorf("series %q, values %q: %w", in.Series, in.Values, err))
		}
		input := unitInput{labels: series}
		for i, v := range values {
			if !v.Omitted {
				t := start.Add(time.Duration(i) * time.Duration(r.test.Interval)).UnixMilli()
				input.samples = append(input.samples, memorySample{t, v.Value, v.Histogram})
			}
		}
		if i, again := at[series.Hash()]; again { // the last one counts, as in promtool
			r.pending[i] = input
			continue
		}
		at[series.Hash()] = len(r.pending)
		r.pending = append(r.pending, input)
	}
	return nil
}

func (r *unitRun) loadGroups(ctx context.Context) error {
	m := rules.NewManager(&rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(r.engine, r.memory), Appendable: r.memory, Context: ctx,
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {}, Logger: slog.New(slog.DiscardHandler), Parser: r.loader.parser,
		GroupLoader: r.loader,
	})
	groups, errs := m.LoadGroups(time.Duration(r.test.Interval), r.test.ExternalLabels, r.test.ExternalURL, nil, false, r.files...)
	if errs != nil {
		return errors.Join(errs...)
	}
	r.groups = slices.SortedFunc(maps.Values(groups), func(a, b *rules.Group) int {
		return cmp.Or(cmp.Compare(r.order[a.Name()], r.order[b.Name()]), cmp.Compare(a.File(), b.File()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, g := range r.groups {
		for _, rule := range g.Rules() {
			if a, ok := rule.(*rules.AlertingRule); ok {
				a.SetRestored(true) // else there is no series ALERTS
			}
		}
	}
	return nil
}

// eval takes in what the series have until now, and evaluates all rules once.
func (r *unitRun) eval(ctx context.Context, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range r.pending {
		in := &r.pending[i]
		n := 0
		for n < len(in.samples) && in.samples[n].t <= now.UnixMilli() {
			n++
		}
		if err := r.memory.add(in.labels, in.samples[:n]...); err != nil {
			return fmt.Errorf("series %s at %v: %w", in.labels, now, err)
		}
		in.samples = in.samples[n:]
	}
	for _, g := range r.groups {
		g.Eval(ctx, now)
		for _, rule := range g.Rules() {
			if err := rule.LastError(); err != nil {
				return fmt.Errorf("rule %s at %v: %w", rule.Name(), now.Sub(time.Unix(0, 0)), err)
			}
		}
	}
	return nil
}

// fail notes that an item of a list of the test is not as expected.
func (r *unitRun) fail(list string, item int, format string, args ...any) {
	r.failed = append(r.failed, r.wrong(list, item, fmt.Errorf(format, args...)).Error())
}

// wrong says where in the file something is wrong.
func (r *unitRun) wrong(list string, item int, err error) error {
	return fmt.Errorf("%s: test %s: %w", r.place(list, item), r.test.Name, err)
}

// compareAlerts compares what fires now under a name.
func (r *unitRun) compareAlerts(item int) {
	want := &r.test.AlertRuleTests[item]
	var got, expected []string
	for _, g := range r.groups {
		for _, rule := range g.Rules() {
			a, ok := rule.(*rules.AlertingRule)
			if !ok || a.Name() != want.Name {
				continue
			}
			for _, active := range a.ActiveAlerts() {
				if active.State == rules.StateFiring {
					got = append(got, fmt.Sprintf("labels %s annotations %s", active.Labels, active.Annotations))
				}
			}
		}
	}
	for _, e := range want.Expected {
		all := maps.Clone(e.Labels)
		if all == nil {
			all = map[string]string{}
		}
		all[labels.AlertName] = want.Name
		expected = append(expected, fmt.Sprintf("labels %s annotations %s", labels.FromMap(all), labels.FromMap(e.Annotations)))
	}
	slices.Sort(got)
	slices.Sort(expected)
	if !slices.Equal(got, expected) {
		r.fail("alert_rule_test", item, "alert %s at %s\n  expected %s\n  got      %s", want.Name, want.EvalTime, list(expected), list(got))
	}
}

func list(lines []string) string {
	if len(lines) == 0 {
		return "nothing"
	}
	return strings.Join(lines, "\n           ")
}

// unitResult is a sample to compare.
type unitResult struct {
	labels    labels.Labels
	value     float64
	histogram string
}

func (u unitResult) String() string {
	if u.histogram != "" {
		return u.labels.String() + " " + u.histogram
	}
	return u.labels.String() + " " + strconv.FormatFloat(u.value, 'g', -1, 64)
}

func (r *unitRun) compareExpr(ctx context.Context, item int, at time.Time) {
	want := &r.test.ExprTests[item]
	fail := func(format string, args ...any) { r.fail("promql_expr_test", item, format, args...) }
	vector, err := rules.EngineQueryFunc(r.engine, r.memory)(ctx, want.Expr, at)
	if err != nil {
		fail("expression %q at %s: %s", want.Expr, model.Duration(want.EvalTime), err)
		return
	}
	got := toResults(vector)
	var expected []unitResult
	for _, s := range want.Expected {
		l, err := r.loader.parser.ParseMetric(s.Labels)
		if err != nil {
			fail("expression %q: labels %q: %s", want.Expr, s.Labels, err)
			return
		}
		h, err := r.histogram(s.Histogram)
		if err != nil {
			fail("expression %q: labels %q: %s", want.Expr, s.Labels, err)
			return
		}
		expected = append(expected, unitResult{l, s.Value, h})
	}
	byLabels := func(a, b unitResult) int { return labels.Compare(a.labels, b.labels) }
	slices.SortFunc(got, byLabels)
	slices.SortFunc(expected, byLabels)
	same := slices.EqualFunc(expected, got, func(a, b unitResult) bool {
		return labels.Equal(a.labels, b.labels) && a.histogram == b.histogram && (a.histogram != "" || r.equal(a.value, b.value))
	})
	if !same {
		fail("expression %q at %s\n  expected %s\n  got      %s", want.Expr, want.EvalTime, list(texts(expected)), list(texts(got)))
	}
}

func toResults(vector promql.Vector) []unitResult {
	var out []unitResult
	for _, s := range vector {
		u := unitResult{labels: s.Metric, value: s.F}
		if s.H != nil {
			u.value, u.histogram = 0, s.H.TestExpression()
		}
		out = append(out, u)
	}
	return out
}

func texts(results []unitResult) []string {
	var out []string
	for _, u := range results {
		out = append(out, u.String())
	}
	return out
}

// histogram reads one in the notation of tests, and writes it so that equal ones are equal texts.
func (r *unitRun) histogram(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	_, values, err := r.loader.parser.ParseSeriesDesc("{} " + text)
	switch {
	case err != nil:
		return "", err
	case len(values) != 1 || values[0].Histogram == nil:
		return "", fmt.Errorf("%q is not one histogram", text)
	}
	return values[0].Histogram.TestExpression(), nil
}

// equal is exact, NaN aside, unless the file asks for fuzzy comparison: then values next to each other are equal.
func (r *unitRun) equal(a, b float64) bool {
	if a == b {
		return true
	}
	return r.fuzzy && (math.Nextafter(a, math.Inf(-1)) == b || math.Nextafter(a, math.Inf(1)) == b)
}
