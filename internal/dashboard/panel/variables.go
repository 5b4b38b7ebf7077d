package panel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

const (
	maxOptions = 5000
	maxGiven   = 1000
)

// Values are what a variable can be, and is.
type Values struct {
	Name     string             `json:"name"`
	Options  []dashboard.Option `json:"options"`
	Selected []string           `json:"selected" doc:"$__all is All"`
	LeftOut  int                `json:"left_out,omitempty" doc:"further options beyond the limit"`
	Error    string             `json:"error,omitempty" doc:"why there are no options"`
}

// Resolved is a dashboard with its variables filled in.
type Resolved struct {
	Variables []Values            `json:"variables" doc:"in the order of the dashboard"`
	Sections  []dashboard.Section `json:"sections" doc:"with a copy of what repeats for each value, and variables filled into titles"`
	LeftOut   int                 `json:"left_out,omitempty" doc:"further panels, copies of what repeats, beyond the limit"`
}

// Resolve asks for the values of all variables, and makes the copies of what repeats.
func (r *Runner) Resolve(ctx context.Context, d *dashboard.Dashboard, req Request) (*Resolved, error) {
	if !req.From.Before(req.To) {
		return nil, &BadRequest{"the time range is empty"}
	}
	v := newResolver(r, d, req)
	v.all = true
	out := &Resolved{Variables: []Values{}}
	for i := range d.Variables {
		if err := v.one(ctx, d.Variables[i].Name); err != nil {
			return nil, err
		}
		out.Variables = append(out.Variables, v.found[d.Variables[i].Name])
	}
	out.Sections, out.LeftOut = d.Expand(v.scope)
	return out, nil
}

// resolver finds what variables stand for, each once and after those it depends on.
type resolver struct {
	runner    *Runner
	dashboard *dashboard.Dashboard
	given     map[string][]string
	scope     *dashboard.Scope
	found     map[string]Values
	begun     map[string]bool
	all       bool // options too where nothing depends on them
}

func newResolver(r *Runner, d *dashboard.Dashboard, req Request) *resolver {
	span := req.To.Sub(req.From)
	interval := max(niceStep(span/defPoints), r.Interval, time.Millisecond)
	return &resolver{
		runner: r, dashboard: d, given: req.Variables, found: map[string]Values{}, begun: map[string]bool{},
		scope: &dashboard.Scope{
			Variables: map[string]dashboard.Choice{}, From: req.From, To: req.To, Dashboard: d.Title,
			Interval: interval, RateInterval: max(interval+r.scrape(), 4*r.scrape()),
		},
	}
}

// resolve finds the variables that texts use.
func (v *resolver) resolve(ctx context.Context, texts ...string) error {
	for _, text := range texts {
		for _, name := range dashboard.References(text) {
			if err := v.one(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *resolver) one(ctx context.Context, name string) error {
	if v.begun[name] { // found, or in a circle: then it stays as it is written
		return nil
	}
	i := slices.IndexFunc(v.dashboard.Variables, func(x dashboard.Variable) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	v.begun[name] = true
	variable := &v.dashboard.Variables[i]
	if err := v.resolve(ctx, variable.Query, variable.Regex, variable.AllValue, variable.AutoMin); err != nil {
		return err
	}
	selected, err := v.chosen(variable)
	if err != nil {
		return err
	}
	out := Values{Name: name, Options: []dashboard.Option{}, Selected: []string{}}
	all := slices.Contains(selected, dashboard.All)
	needed := v.all || len(selected) == 0 || all && variable.AllValue == ""
	if variable.Kind == dashboard.VariableQuery && needed {
		if err := v.options(ctx, variable, &out); err != nil {
			return err
		}
	} else if variable.Options != nil {
		out.Options = variable.Options
	}
	if len(selected) == 0 {
		switch {
		case variable.IncludeAll:
			selected, all = []string{dashboard.All}, true
		case len(out.Options) > 0:
			selected = []string{out.Options[0].Value}
		}
	}
	if all {
		selected = []string{dashboard.All}
	} else if !variable.Multi && len(selected) > 1 {
		selected = selected[:1]
	}
	out.Selected = append(out.Selected, selected...)
	v.scope.Variables[name] = v.choice(variable, &out, all) // All is all of them, also where not all are offered
	if more := len(out.Options) - maxOptions; more > 0 {
		out.Options, out.LeftOut = out.Options[:maxOptions], more
	}
	v.found[name] = out
	return nil
}

// chosen is what the request says of a variable, else what it is at first; none where both say nothing.
func (v *resolver) chosen(variable *dashboard.Variable) ([]string, error) {
	given := slices.DeleteFunc(slices.Clone(v.given[variable.Name]), func(s string) bool { return s == "" })
	if len(given) > maxGiven {
		return nil, &BadRequest{fmt.Sprintf("variable %s has %d values; %d at most", variable.Name, len(given), maxGiven)}
	}
	if len(given) == 0 {
		return slices.Clone(variable.Default), nil
	}
	for i, s := range given {
		if variable.Kind == dashboard.VariableInterval && strings.HasPrefix(s, "$__auto") {
			given[i] = "auto"
		}
	}
	return given, nil
}

func (v *resolver) choice(variable *dashboard.Variable, out *Values, all bool) dashboard.Choice {
	c := dashboard.Choice{List: variable.Multi || variable.IncludeAll}
	switch {
	case all && variable.AllValue != "":
		return dashboard.Choice{Values: []string{v.scope.Expr(variable.AllValue)}, Texts: []string{"All"}, List: true, Verbatim: true, Each: out.Options}
	case all:
		for _, o := range out.Options {
			c.Values, c.Texts = append(c.Values, o.Value), append(c.Texts, o.Text)
		}
		return c
	}
	for _, s := range out.Selected {
		text := s
		for _, o := range out.Options {
			if o.Value == s {
				text = o.Text
				break
			}
		}
		if variable.Kind == dashboard.VariableInterval && s == "auto" {
			s = v.auto(variable)
			text = s
		}
		c.Values, c.Texts = append(c.Values, s), append(c.Texts, text)
	}
	return c
}

func (v *resolver) auto(variable *dashboard.Variable) string {
	step := niceStep(v.scope.To.Sub(v.scope.From) / time.Duration(max(variable.AutoCount, 1)))
	if least, err := dashboard.ParseDuration(v.scope.Expr(variable.AutoMin)); err == nil {
		step = max(step, least)
	}
	return dashboard.FormatDuration(step)
}

// options asks for the values of a query. What is wrong with it belongs to the variable.
func (v *resolver) options(ctx context.Context, variable *dashboard.Variable, out *Values) error {
	texts, err := v.lookup(ctx, variable.Query)
	if err == nil {
		out.Options, err = pick(texts, v.scope.Text(variable.Regex))
	}
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("values of %s: %w", variable.Name, err)
		}
		out.Error, out.Options = err.Error(), []dashboard.Option{}
		return nil
	}
	sortOptions(out.Options, variable.Sort)
	return nil
}

func (v *resolver) lookup(ctx context.Context, query string) ([]string, error) {
	q, err := dashboard.ParseLookup(query)
	if err != nil {
		return nil, errors.New("the query is none of " + err.Error())
	}
	m, s := v.runner.Metrics, v.scope
	var matches []string
	if q.Match != "" {
		matches = []string{s.Expr(q.Match)}
	}
	switch q.Kind {
	case "label_values":
		return m.LabelValues(ctx, s.Expr(q.Label), matches, s.From, s.To)
	case "label_names":
		return m.LabelNames(ctx, matches, s.From, s.To)
	case "metrics":
		re, err := regexp.Compile(s.Expr(q.Regex))
		if err != nil {
			return nil, err
		}
		names, err := m.LabelValues(ctx, "__name__", nil, s.From, s.To)
		return slices.DeleteFunc(names, func(n string) bool { return !re.MatchString(n) }), err
	}
	result, err := m.Query(ctx, s.Expr(q.Expr), s.To)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, series := range result.Series {
		for _, p := range series.Points {
			var labels []string
			for _, k := range slices.Sorted(maps.Keys(series.Labels)) {
				if k != "__name__" {
					labels = append(labels, k+"="+strconv.Quote(series.Labels[k]))
				}
			}
			out = append(out, fmt.Sprintf("%s{%s} %s %d", series.Labels["__name__"], strings.Join(labels, ","), strconv.FormatFloat(p.V, 'g', -1, 64), p.T))
		}
	}
	return out, nil
}

// pick takes what a regular expression finds: its groups text and value, its first group, or all of it.
func pick(texts []string, regex string) ([]dashboard.Option, error) {
	out := []dashboard.Option{}
	var re *regexp.Regexp
	if regex != "" {
		var err error
		if re, err = dashboard.CompileRegex(regex); err != nil {
			return nil, err
		}
	}
	seen := map[string]bool{}
	for _, t := range texts {
		o := dashboard.Option{Text: t, Value: t}
		if re != nil {
			m := re.FindStringSubmatch(t)
			if m == nil {
				continue
			}
			value, text := re.SubexpIndex("value"), re.SubexpIndex("text")
			switch {
			case value > 0 || text > 0:
				o.Value, o.Text = m[max(value, 0)], m[max(text, 0)]
				if value < 0 {
					o.Value = o.Text
				} else if text < 0 {
					o.Text = o.Value
				}
			case len(m) > 1:
				o = dashboard.Option{Text: m[1], Value: m[1]}
			}
		}
		if o.Value != "" && !seen[o.Value] {
			seen[o.Value] = true
			out = append(out, o)
		}
	}
	return out, nil
}

var firstNumber = regexp.MustCompile(`-?\d+(\.\d+)?`)

func sortOptions(options []dashboard.Option, order int) {
	number := func(s string) float64 {
		f, err := strconv.ParseFloat(firstNumber.FindString(s), 64)
		if err != nil {
			return -1
		}
		return f
	}
	var less func(a, b dashboard.Option) int
	switch order {
	case 1, 2, 7, 8:
		less = func(a, b dashboard.Option) int { return cmp.Compare(a.Text, b.Text) }
	case 3, 4:
		less = func(a, b dashboard.Option) int { return cmp.Compare(number(a.Text), number(b.Text)) }
	case 5, 6:
		less = func(a, b dashboard.Option) int {
			return cmp.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text))
		}
	default:
		return
	}
	slices.SortStableFunc(options, func(a, b dashboard.Option) int {
		if order%2 == 0 {
			return less(b, a)
		}
		return less(a, b)
	})
}
