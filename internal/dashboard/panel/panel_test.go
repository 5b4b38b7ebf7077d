package panel_test

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/dashboard"
	"github.com/telltale-dev/telltale/internal/dashboard/panel"
)

var (
	from = time.Unix(1_700_000_000, 0).UTC()
	to   = from.Add(time.Minute)
)

// canned answers by expression, and notes what was asked.
type canned struct {
	answers map[string][]panel.Sampled
	asked   []string
	step    time.Duration
	matches []string
}

func (c *canned) Query(_ context.Context, expr string, at time.Time) (panel.Result, error) {
	c.asked = append(c.asked, expr)
	if strings.Contains(expr, "((") {
		return panel.Result{}, &panel.SyntaxError{Line: 1, Column: 3, Message: "unclosed left parenthesis"}
	}
	var out panel.Result
	for _, s := range c.answers[expr] {
		last := s.Points[len(s.Points)-1]
		out.Series = append(out.Series, panel.Sampled{Labels: s.Labels, Points: []panel.Point{{T: at.UnixMilli(), V: last.V}}})
	}
	return out, nil
}

func (c *canned) QueryRange(_ context.Context, expr string, _, _ time.Time, step time.Duration) (panel.Result, error) {
	c.asked = append(c.asked, expr)
	c.step = step
	if strings.Contains(expr, "((") {
		return panel.Result{}, &panel.SyntaxError{Line: 1, Column: 3, Message: "unclosed left parenthesis"}
	}
	return panel.Result{Series: c.answers[expr]}, nil
}

func (c *canned) LabelNames(context.Context, []string, time.Time, time.Time) ([]string, error) {
	return []string{"job", "model"}, nil
}

func (c *canned) LabelValues(_ context.Context, name string, matches []string, _, _ time.Time) ([]string, error) {
	c.matches = append(c.matches, name+" of "+strings.Join(matches, ","))
	switch name {
	case "job":
		return []string{"rag-api", "chat-api"}, nil
	case "model":
		return []string{"gpt-4o", "gpt-4o-mini", "claude"}, nil
	case "__name__":
		return []string{"llm_calls_total", "up"}, nil
	}
	return nil, errors.New("no such label")
}

func (c *canned) Exemplars(context.Context, string, time.Time, time.Time) ([]panel.Exemplar, error) {
	at := from.UnixMilli()
	return []panel.Exemplar{
		{Labels: map[string]string{"trace_id": "low"}, T: at + 1110, Value: 1},
		{Labels: map[string]string{"trace_id": "high"}, T: at + 1100, Value: 2},
		{Labels: map[string]string{"other": "x"}, T: at + 30_000, Value: 9},
		{Labels: map[string]string{"trace_id": "late", "span_id": "s"}, T: at + 50_000, Value: 3},
	}, nil
}

func points(values ...float64) []panel.Point {
	var out []panel.Point
	for i, v := range values {
		if !math.IsInf(v, 1) {
			out = append(out, panel.Point{T: from.Add(time.Duration(i) * 15 * time.Second).UnixMilli(), V: v})
		}
	}
	return out
}

func labels(kv ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i < len(kv); i += 2 {
		out[kv[i]] = kv[i+1]
	}
	return out
}

func board(t *testing.T, text string) *dashboard.Dashboard {
	t.Helper()
	d, problems := dashboard.Parse("b.json", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return d
}

func ask(t *testing.T, c *canned, text string, change func(*panel.Request)) *panel.Answer {
	t.Helper()
	r := panel.Request{From: from, To: to}
	if change != nil {
		change(&r)
	}
	a, err := (&panel.Runner{Metrics: c, Interval: 15 * time.Second}).Query(t.Context(), board(t, text), 1, r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func numbers(values []*float64) []any {
	var out []any
	for _, v := range values {
		if v == nil {
			out = append(out, nil)
		} else {
			out = append(out, *v)
		}
	}
	return out
}

func TestLines(t *testing.T) {
	missing := math.Inf(1)
	c := &canned{answers: map[string][]panel.Sampled{
		`rate(x{model=~"(gpt-4o|claude)"}[60s])`: {
			{Labels: labels("model", "gpt-4o", "status", "success"), Points: points(1, 2, missing, math.NaN(), 5)},
			{Labels: labels("model", "claude", "status", "failure"), Points: points(7)},
		},
	}}
	a := ask(t, c, `{"title": "x", "panels": [{"id": 1, "type": "timeseries", "title": "t", "targets": [
			{"expr": "rate(x{model=~\"$model\"}[$__rate_interval])", "legendFormat": "{{model}} of $model {{none}}", "exemplar": true},
			{"expr": "sum((y)"}, {"expr": "hidden", "hide": true}],
		"fieldConfig": {"defaults": {"unit": "s", "decimals": 1}, "overrides": [{"matcher": {"id": "byRegexp", "options": "/^gpt/"}, "properties": [{"id": "unit", "value": "ms"}, {"id": "displayName", "value": "${__field.labels.model}!"}]}]},
		"options": {"legend": {"calcs": ["mean", "max"], "displayMode": "table", "placement": "bottom", "showLegend": true}, "tooltip": {"mode": "multi", "sort": "none"}}}],
		"templating": {"list": [{"name": "model", "type": "custom", "query": "gpt-4o,claude,other", "multi": true}]}}`, func(r *panel.Request) {
		r.Variables = map[string][]string{"model": {"gpt-4o", "claude"}}
		r.Exemplars = true
	})
	if a.StepMS != 15_000 || c.step != 15*time.Second || len(a.Times) != 5 || a.Times[0]%15_000 != 0 {
		t.Fatalf("step %d, times %v", a.StepMS, a.Times)
	}
	type line struct {
		Name, Unit string
		Decimals   int
		Values     []any
		Calcs      []any
	}
	var got []line
	for _, s := range a.Series {
		got = append(got, line{s.Name, s.Field.Unit, *s.Field.Decimals, numbers(s.Values), numbers(s.Calcs)})
	}
	// 1,700,000,000 is 5 s after a whole step: points lie in the steps they belong to.
	want := []line{
		{"claude of gpt-4o + claude ", "s", 1, []any{7.0, nil, nil, nil, nil}, []any{7.0, 7.0}},
		{"gpt-4o!", "ms", 1, []any{1.0, 2.0, nil, nil, 5.0}, []any{8.0 / 3, 5.0}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]panel.TargetAnswer{
		{Ref: "A", Expr: `rate(x{model=~"(gpt-4o|claude)"}[60s])`},
		{Ref: "B", Expr: "sum((y)", Error: "unclosed left parenthesis", Line: 1, Column: 3},
	}, a.Targets); diff != "" {
		t.Error(diff)
	}
	var traces []string
	for _, e := range a.Exemplars {
		traces = append(traces, e.TraceID)
	}
	if diff := cmp.Diff([]string{"high", "late"}, traces); diff != "" {
		t.Error(diff)
	}
}

func TestStat(t *testing.T) {
	c := &canned{answers: map[string][]panel.Sampled{"up": {{Labels: labels("__name__", "up"), Points: points(1, 2, 6)}}}}
	for calc, want := range map[string]float64{"mean": 3, "max": 6, "lastNotNull": 6, "firstNotNull": 1, "sum": 9, "range": 5, "delta": 5, "count": 5} {
		a := ask(t, c, `{"title": "x", "panels": [{"id": 1, "type": "stat", "title": "t", "targets": [{"expr": "up"}], "options": {"reduceOptions": {"calcs": ["`+calc+`"]}}}]}`, nil)
		if s := a.Series[0]; s.Value == nil || *s.Value != want || s.Name != "up" {
			t.Errorf("%s: %v of %s", calc, s.Value, s.Name)
		}
	}
	a := ask(t, c, `{"title": "x", "panels": [{"id": 1, "type": "gauge", "title": "t", "targets": [{"expr": "up", "instant": true}]}]}`, nil)
	if s := a.Series[0]; len(a.Times) != 1 || *s.Value != 6 || a.Times[0] != to.UnixMilli() {
		t.Errorf("%+v", a)
	}
	a = ask(t, c, `{"title": "x", "panels": [{"id": 1, "type": "stat", "title": "t", "targets": [{"expr": "nothing"}]}]}`, nil)
	if len(a.Series) != 0 || a.Targets[0].Error != "" {
		t.Errorf("%+v", a)
	}
}

func TestHeatmap(t *testing.T) {
	c := &canned{answers: map[string][]panel.Sampled{"h": {
		{Labels: labels("le", "+Inf"), Points: points(10, 12)},
		{Labels: labels("le", "0.5"), Points: points(4, 4)},
		{Labels: labels("le", "1"), Points: points(9, 3)},
		{Labels: labels("le", "1", "pod", "b"), Points: points(0, 7)},
	}}}
	a := ask(t, c, `{"title": "x", "panels": [{"id": 1, "type": "heatmap", "title": "t", "targets": [{"expr": "h", "format": "heatmap"}]}]}`, nil)
	var got [][]any
	for _, s := range a.Series {
		got = append(got, append([]any{s.Name}, numbers(s.Values)[:2]...))
	}
	if diff := cmp.Diff([][]any{{"0.5", 4.0, 4.0}, {"1", 5.0, 6.0}, {"+Inf", 1.0, 2.0}}, got); diff != "" {
		t.Error(diff)
	}
	if first, last := a.Series[0], a.Series[2]; first.Lower != nil || *first.Upper != 0.5 || *last.Lower != 1 || last.Upper != nil {
		t.Errorf("%+v %+v", first, last)
	}
	c.answers["n"] = []panel.Sampled{{Histograms: []panel.Histogram{{T: from.UnixMilli(), Buckets: []panel.Range{{0.5, 1, 3}, {1, 2, 4}}}}}}
	a = ask(t, c, `{"title": "x", "panels": [{"id": 1, "type": "heatmap", "title": "t", "targets": [{"expr": "n"}]}]}`, nil)
	if len(a.Series) != 2 || *a.Series[1].Values[0] != 4 || *a.Series[1].Lower != 1 {
		t.Errorf("%+v", a.Series)
	}
	a = ask(t, c, `{"title": "x", "panels": [{"id": 1, "type": "timeseries", "title": "t", "targets": [{"expr": "n"}]}]}`, nil)
	if len(a.Targets[0].Warnings) != 1 || len(a.Series) != 0 {
		t.Errorf("a native histogram as lines: %+v", a)
	}
}

// rows of a table, without the time.
func rows(a *panel.Answer) [][]any {
	head := []any{}
	for _, c := range a.Table.Columns {
		head = append(head, c.Name)
	}
	out := [][]any{head}
	for i := range a.Table.Rows {
		var row []any
		for _, c := range a.Table.Columns {
			if c.Kind == "text" {
				row = append(row, c.Texts[i])
			} else {
				row = append(row, numbers(c.Numbers)[i])
			}
		}
		out = append(out, row)
	}
	return out
}

func TestTables(t *testing.T) {
	c := &canned{answers: map[string][]panel.Sampled{
		"cost":  {{Labels: labels("model", "a"), Points: points(2)}, {Labels: labels("model", "b"), Points: points(5)}},
		"calls": {{Labels: labels("model", "b"), Points: points(7)}, {Labels: labels("model", "c"), Points: points(1)}},
		"over":  {{Labels: labels("model", "a"), Points: points(1, 2, 3)}, {Labels: labels("model", "b"), Points: points(9)}},
	}}
	table := func(targets, rest string) string {
		return `{"title": "x", "panels": [{"id": 1, "type": "table", "title": "t", "targets": [` + targets + `]` + rest + `}]}`
	}
	two := `{"expr": "cost", "format": "table", "instant": true}, {"expr": "calls", "format": "table", "instant": true}`
	noTime := `{"id": "organize", "options": {"excludeByName": {"Time": true}, "indexByName": {"Value #B": 0, "model": 1}, "renameByName": {"Value #A": "Cost", "Value #B": "Calls"}}}`
	for name, one := range map[string]struct {
		text string
		want [][]any
	}{
		"merge, organize and sort": {
			table(two, `, "transformations": [{"id": "merge", "options": {}}, `+noTime+`], "options": {"sortBy": [{"displayName": "Cost", "desc": true}]}`),
			[][]any{{"Calls", "model", "Cost"}, {7.0, "b", 5.0}, {nil, "a", 2.0}, {1.0, "c", nil}},
		},
		"inner join": {
			table(two, `, "transformations": [{"id": "joinByField", "options": {"byField": "model", "mode": "inner"}}, {"id": "filterFieldsByName", "options": {"include": {"names": ["model"], "pattern": "/^Value/"}}}]`),
			[][]any{{"model", "Value #A", "Value #B"}, {"b", 5.0, 7.0}},
		},
		"limit and rename": {
			table(`{"expr": "cost"}`, `, "transformations": [{"id": "sortBy", "options": {"sort": [{"field": "Value", "desc": true}]}}, {"id": "limit", "options": {"limitField": 1}}, {"id": "organize", "options": {"excludeByName": {"Time": true}}}, {"id": "renameByRegex", "options": {"regex": "(.)alue", "renamePattern": "$1-"}}]`),
			[][]any{{"model", "V-"}, {"b", 5.0}},
		},
		"reduce": {
			table(`{"expr": "over", "legendFormat": "{{model}}"}`, `, "transformations": [{"id": "reduce", "options": {"reducers": ["max", "lastNotNull"]}}]`),
			[][]any{{"Field", "Max", "Last *"}, {"a", 3.0, 3.0}, {"b", 9.0, 9.0}},
		},
		"nothing": {table(`{"expr": "none"}`, ``), [][]any{{"Time", "Value"}}},
	} {
		if diff := cmp.Diff(one.want, rows(ask(t, c, one.text, nil))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

const variables = `{"title": "x", "panels": [{"id": 1, "type": "stat", "title": "t", "repeat": "job", "targets": [{"expr": "x{job=~\"$job\", model=~\"$model\", a=~\"$any\"}[$window]"}]}],
	"templating": {"list": [
		{"name": "job", "type": "query", "query": "label_values(up, job)", "multi": true, "includeAll": true, "sort": 1, "current": {"value": "$__all"}},
		{"name": "model", "type": "query", "query": "label_values(x{job=~\"$job\"}, model)", "regex": "/^(?<value>gpt-.*)$/", "sort": 2},
		{"name": "any", "type": "query", "query": "label_values(a)", "includeAll": true, "allValue": ".*", "current": {"value": ["$__all"]}},
		{"name": "window", "type": "interval", "query": "1m,5m", "auto": true, "auto_count": 10, "auto_min": "30s", "current": {"value": "$__auto_interval_window"}},
		{"name": "broken", "type": "query", "query": "label_values(nosuch)"},
		{"name": "names", "type": "query", "query": "metrics(^llm_)"}
	]}}`

func TestVariables(t *testing.T) {
	c := &canned{}
	ask(t, c, variables, nil)
	if diff := cmp.Diff([]string{`x{job=~"(chat-api|rag-api)", model=~"gpt-4o-mini", a=~".*"}[30s]`}, c.asked); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"job of up", `model of x{job=~"(chat-api|rag-api)"}`}, c.matches); diff != "" {
		t.Errorf("what is not needed was asked: %s", diff)
	}
	runner := &panel.Runner{Metrics: &canned{}, Interval: 15 * time.Second}
	got, err := runner.Resolve(t.Context(), board(t, variables), panel.Request{From: from, To: to, Variables: map[string][]string{"job": {"a", "b"}, "window": {"5m"}}})
	if err != nil {
		t.Fatal(err)
	}
	option := func(values ...string) []dashboard.Option {
		out := []dashboard.Option{}
		for _, v := range values {
			out = append(out, dashboard.Option{Text: v, Value: v})
		}
		return out
	}
	want := []panel.Values{
		{Name: "job", Options: option("chat-api", "rag-api"), Selected: []string{"a", "b"}},
		{Name: "model", Options: option("gpt-4o-mini", "gpt-4o"), Selected: []string{"gpt-4o-mini"}},
		{Name: "any", Options: option(), Selected: []string{"$__all"}, Error: "no such label"},
		{Name: "window", Options: option("auto", "1m", "5m"), Selected: []string{"5m"}},
		{Name: "broken", Options: option(), Selected: []string{}, Error: "no such label"},
		{Name: "names", Options: option("llm_calls_total"), Selected: []string{"llm_calls_total"}},
	}
	if diff := cmp.Diff(want, got.Variables); diff != "" {
		t.Error(diff)
	}
	if panels := got.Sections[0].Panels; len(panels) != 2 || panels[0].Repeated["job"] != "a" || panels[1].Grid.X != 12 {
		t.Errorf("%+v", panels)
	}
}

// TestCircle: variables that depend on each other end, as they are written.
func TestCircle(t *testing.T) {
	c := &canned{}
	ask(t, c, `{"title": "x", "panels": [{"id": 1, "type": "stat", "title": "t", "targets": [{"expr": "x{a=\"$a\"}"}]}], "templating": {"list": [
		{"name": "a", "type": "query", "query": "label_values(x{b=\"$b\"}, job)"}, {"name": "b", "type": "query", "query": "label_values(x{a=\"$a\"}, job)"}]}}`, nil)
	if len(c.asked) != 1 || !strings.Contains(c.asked[0], "rag-api") {
		t.Error(c.asked)
	}
}

func TestSteps(t *testing.T) {
	for _, one := range []struct {
		span      time.Duration
		points    int
		step      time.Duration
		panel     string
		want      time.Duration
		wantInner string
	}{
		{time.Hour, 0, 0, "", 15 * time.Second, "60s 15s"},
		{6 * time.Hour, 300, 0, "", 2 * time.Minute, "135s 120s"},
		{time.Hour, 0, 0, `, "interval": "1m"`, time.Minute, "240s 60s"},
		{time.Hour, 0, 0, `, "maxDataPoints": 10`, 10 * time.Minute, "615s 600s"},
		{365 * 24 * time.Hour, 100_000, 0, "", 2 * time.Hour, "7215s 7200s"},
		{time.Hour, 0, 30 * time.Second, "", 30 * time.Second, "60s 30s"},
	} {
		c := &canned{}
		a := ask(t, c, `{"title": "x", "panels": [{"id": 1, "type": "stat", "title": "t"`+one.panel+`, "targets": [{"expr": "$__rate_interval $__interval"}]}]}`, func(r *panel.Request) {
			r.From, r.MaxPoints, r.Step = to.Add(-one.span), one.points, one.step
		})
		if c.step != one.want || c.asked[0] != one.wantInner || len(a.Times) > 5001 {
			t.Errorf("%+v: step %v, %s, %d points", one, c.step, c.asked[0], len(a.Times))
		}
	}
}

func TestBadRequests(t *testing.T) {
	d := board(t, `{"title": "x", "panels": [{"id": 1, "type": "stat", "title": "t", "targets": [{"expr": "up"}]}]}`)
	runner := &panel.Runner{Metrics: &canned{}, Interval: time.Second}
	bad := new(panel.BadRequest)
	if _, err := runner.Query(t.Context(), d, 1, panel.Request{From: to, To: from}); !errors.As(err, &bad) {
		t.Errorf("an empty range: %v", err)
	}
	if _, err := runner.Query(t.Context(), d, 1, panel.Request{From: from, To: to, Step: time.Millisecond}); !errors.As(err, &bad) {
		t.Errorf("too many points: %v", err)
	}
	if _, err := runner.Query(t.Context(), d, 2, panel.Request{From: from, To: to}); !errors.Is(err, panel.ErrNoPanel) {
		t.Errorf("no panel: %v", err)
	}
}

// TestRepeatAll: All with a value of its own stands for it in queries, and repeats for each value all the same.
func TestRepeatAll(t *testing.T) {
	d := board(t, `{"title": "x", "panels": [{"id": 1, "type": "stat", "title": "t $job", "repeat": "job", "targets": [{"expr": "x{a=~\"$job\"}"}]}], "templating": {"list": [
		{"name": "job", "type": "query", "query": "label_values(up, job)", "includeAll": true, "multi": true, "allValue": ".*", "sort": 1}]}}`)
	runner := &panel.Runner{Metrics: &canned{}, Interval: 15 * time.Second}
	got, err := runner.Resolve(t.Context(), d, panel.Request{From: from, To: to})
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, p := range got.Sections[0].Panels {
		titles = append(titles, p.Title+"="+p.Repeated["job"])
	}
	if diff := cmp.Diff([]string{"t chat-api=chat-api", "t rag-api=rag-api"}, titles); diff != "" {
		t.Error(diff)
	}
	c := &canned{}
	runner.Metrics = c
	if _, err := runner.Query(t.Context(), d, 1, panel.Request{From: from, To: to}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`x{a=~".*"}`}, c.asked); diff != "" {
		t.Error(diff)
	}
}

// TestRepeatBounded: copies that are left out are counted.
func TestRepeatBounded(t *testing.T) {
	values := make([]string, 900)
	for i := range values {
		values[i] = strconv.Itoa(i)
	}
	d := board(t, `{"title": "x", "panels": [{"id": 1, "type": "stat", "repeat": "v", "expr": "1"}, {"id": 2, "type": "stat", "repeat": "v", "expr": "1"}, {"id": 3, "type": "stat", "expr": "1"}],
		"templating": {"list": [{"name": "v", "type": "custom", "multi": true, "query": "a"}]}}`)
	runner := &panel.Runner{Metrics: &canned{}, Interval: 15 * time.Second}
	got, err := runner.Resolve(t.Context(), d, panel.Request{From: from, To: to, Variables: map[string][]string{"v": values}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Sections[0].Panels); n != 1000 || got.LeftOut != 801 {
		t.Errorf("%d panels, %d left out", n, got.LeftOut)
	}
}

// TestScrapeInterval: windows of rate() hold four samples of what is scraped less often than our own metrics are fed.
func TestScrapeInterval(t *testing.T) {
	for _, one := range []struct {
		scrape  time.Duration
		minStep string
		want    string
	}{
		{0, "", "rate(x[60s])"},
		{5 * time.Second, "", "rate(x[60s])"},
		{time.Minute, "", "rate(x[240s])"},
		{time.Minute, "30s", "rate(x[120s])"}, // the panel knows better
	} {
		c := &canned{}
		runner := &panel.Runner{Metrics: c, Interval: 15 * time.Second, Scrape: func() time.Duration { return one.scrape }}
		d := board(t, `{"title": "x", "panels": [{"id": 1, "type": "timeseries", "interval": "`+one.minStep+`", "expr": "rate(x[$__rate_interval])"}]}`)
		if _, err := runner.Query(t.Context(), d, 1, panel.Request{From: from, To: to}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{one.want}, c.asked); diff != "" {
			t.Error(diff)
		}
	}
}

// TestAuto: links from Grafana say it in words of their own.
func TestAuto(t *testing.T) {
	for _, auto := range []string{"auto", "$__auto", "$__auto_interval_w"} {
		c := &canned{}
		ask(t, c, `{"title": "x", "panels": [{"id": 1, "type": "stat", "expr": "rate(x[$w])"}], "templating": {"list": [{"name": "w", "type": "interval", "query": "1m", "auto": true, "auto_count": 4}]}}`,
			func(r *panel.Request) { r.Variables = map[string][]string{"w": {auto}} })
		if diff := cmp.Diff([]string{"rate(x[15s])"}, c.asked); diff != "" {
			t.Errorf("%s: %s", auto, diff)
		}
	}
}

// many has more values of a label than are offered.
type many struct{ canned }

func (*many) LabelValues(context.Context, string, []string, time.Time, time.Time) ([]string, error) {
	out := make([]string, 6000)
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out, nil
}

// TestAllOfMany: All is all of them, also where not all are offered; a query that becomes too long says so.
func TestAllOfMany(t *testing.T) {
	d := board(t, `{"title": "x", "panels": [{"id": 1, "type": "stat", "expr": "sum(x{a=~\"$v\"})"}, {"id": 2, "type": "stat", "expr": "sum(x{a=~\"$v\", b=~\"$v\", c=~\"$v\"})"}],
		"templating": {"list": [{"name": "v", "type": "query", "query": "label_values(x, a)", "multi": true, "includeAll": true}]}}`)
	m := &many{}
	runner := &panel.Runner{Metrics: m, Interval: 15 * time.Second}
	r := panel.Request{From: from, To: to}
	if _, err := runner.Query(t.Context(), d, 1, r); err != nil || len(m.asked) != 1 || !strings.HasSuffix(m.asked[0], `|5999)"})`) {
		t.Fatalf("%v %d", err, len(m.asked))
	}
	long, err := runner.Query(t.Context(), d, 2, r)
	if err != nil || len(m.asked) != 1 || !strings.Contains(long.Targets[0].Error, "longer than 64 kB; give the variable a value for All") || long.Targets[0].Expr != "" {
		t.Errorf("%v %+v", err, long)
	}
	all, err := runner.Resolve(t.Context(), d, r)
	if err != nil || len(all.Variables[0].Options) != 5000 || all.Variables[0].LeftOut != 1000 {
		t.Errorf("%v %d", err, all.Variables[0].LeftOut)
	}
}
