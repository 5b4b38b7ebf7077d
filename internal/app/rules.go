package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/telltale-dev/telltale/deploy"
	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/metrics"
	"github.com/telltale-dev/telltale/internal/ownfile"
	"github.com/telltale-dev/telltale/internal/slo"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// maxObjectives bounds the file of objectives, in MB.
const maxObjectives = 1

// ruleFiles are the rules that are not files: those that are shipped, and those made of objectives.
type ruleFiles struct {
	file    string // of objectives; empty is none
	maxAge  time.Duration
	log     *slog.Logger
	shipped map[string]string

	mu         sync.Mutex
	stamp      string // of the file when it was read last
	made       string // rules of the last file that was right
	objectives []slo.Objective
	wrong      error
}

func (a *App) buildRules() error {
	c := &a.config.Alerting
	a.rules = &ruleFiles{file: c.SLOs, maxAge: a.config.Metrics.MaxAge, log: a.log, shipped: map[string]string{}}
	texts, err := deploy.Rules()
	if err != nil {
		return fmt.Errorf("read shipped rules: %w", err)
	}
	for name, text := range texts {
		if c.Defaults || name != "alerts.yml" { // aliases are no alerts
			a.rules.shipped["telltale/"+name] = text
		}
	}
	a.rules.texts()
	return a.rules.wrong
}

// texts is metrics.Options.Texts. It reads the file of objectives again where it has changed; one that is wrong leaves those before.
func (r *ruleFiles) texts() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]string{}
	for name, text := range r.shipped {
		out[name] = text
	}
	if r.file == "" {
		return out
	}
	if stamp := "of " + ownfile.Stamp(r.file); stamp != r.stamp {
		r.stamp = stamp
		if r.wrong = r.read(); r.wrong != nil {
			r.log.Error("the file of objectives is wrong, those before stay in force", "error", r.wrong)
		}
	}
	if r.made != "" {
		out["slos/"+r.file] = r.made
	}
	return out
}

func (r *ruleFiles) read() error {
	text, err := ownfile.Read(r.file, maxObjectives)
	if err != nil {
		return fmt.Errorf("objectives: %w", err)
	}
	objectives, err := slo.Parse(r.file, text, metrics.ParseExpr)
	if err != nil {
		return err // names the file
	}
	made, err := slo.Rules(objectives)
	if err != nil {
		return err
	}
	for i := range objectives {
		if o := &objectives[i]; o.Window > r.maxAge {
			r.log.Warn("metrics are not kept for as long as the window of an objective: its budget is of less time",
				"slo", o.Name, "service", o.Service, "window", o.Window.String(), "metrics.max_age", r.maxAge.String())
		}
	}
	r.made, r.objectives = made, objectives
	return nil
}

// ruleSource implements api.RuleSource.
type ruleSource struct{ app *App }

// Rules implements api.RuleSource.
func (s ruleSource) Rules(context.Context) (api.RuleList, error) {
	groups, err := s.app.metrics.Rules()
	list := api.RuleList{Groups: []api.RuleGroup{}}
	if errors.Is(err, metrics.ErrNotReady) {
		return list, fmt.Errorf("%w: %w", telemetry.ErrRecovering, err)
	}
	if err != nil {
		list.Error = err.Error()
	}
	for i := range groups {
		g := &groups[i]
		group := api.RuleGroup{Name: g.Name, File: g.File, IntervalNS: int64(g.Interval), Evaluated: moment(g.LastEvaluation), TookNS: int64(g.Duration), Rules: []api.Rule{}}
		for j := range g.Rules {
			r := &g.Rules[j]
			kind := "recording"
			if r.Alert {
				kind = "alert"
			}
			group.Rules = append(group.Rules, api.Rule{
				Name: r.Name, Kind: kind, Expr: r.Query, State: r.State, Health: r.Health, Error: r.Error, ForNS: int64(r.For), KeepNS: int64(r.KeepFiringFor),
				Labels: r.Labels, Annotations: r.Annotations, Evaluated: moment(r.LastEvaluation), TookNS: int64(r.Duration), Active: len(r.Active),
			})
		}
		list.Groups = append(list.Groups, group)
	}
	return list, nil
}

// ruleProblems are what an operator should know of the files of rules and of objectives.
func (a *App) ruleProblems() []string {
	var list []string
	if _, err := a.metrics.Rules(); err != nil && !errors.Is(err, metrics.ErrNotReady) {
		list = append(list, "the rule files are wrong, the rules before stay in force: "+err.Error())
	}
	a.rules.mu.Lock()
	defer a.rules.mu.Unlock()
	if a.rules.wrong != nil {
		list = append(list, "the file of objectives is wrong, those before stay in force: "+a.rules.wrong.Error())
	}
	return list
}

// moment is nil for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// known is v where it is a number.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// Objectives implements api.RuleSource.
func (s ruleSource) Objectives(ctx context.Context) (api.ObjectiveList, error) {
	r := s.app.rules
	r.mu.Lock()
	objectives, wrong := slices.Clone(r.objectives), r.wrong
	r.mu.Unlock()
	list := api.ObjectiveList{Objectives: []api.Objective{}}
	if wrong != nil {
		list.Error = wrong.Error()
	}
	if len(objectives) == 0 {
		return list, nil
	}
	values := map[string]float64{} // worst of the series, by metric, service, name and window
	for _, metric := range []string{slo.Remaining, slo.BurnRate} {
		result, err := s.app.metrics.Query(ctx, metric, time.Now())
		if errors.Is(err, metrics.ErrNotReady) {
			return list, fmt.Errorf("%w: %w", telemetry.ErrRecovering, err)
		}
		if err != nil {
			return list, err
		}
		for _, series := range result.Series {
			if len(series.Points) == 0 {
				continue
			}
			v, l := series.Points[len(series.Points)-1].V, series.Labels
			key := metric + "\xff" + l["service"] + "\xff" + l["slo"] + "\xff" + l["window"]
			if old, ok := values[key]; !ok || metric == slo.Remaining && v < old || metric == slo.BurnRate && v > old {
				values[key] = v
			}
		}
	}
	for i := range objectives {
		o := &objectives[i]
		key := "\xff" + o.Service + "\xff" + o.Name + "\xff"
		out := api.Objective{
			Name: o.Name, Service: o.Service, Description: o.Description, Percent: math.Round(o.Target*1e8) / 1e6, WindowNS: int64(o.Window),
			Burn: []api.ObjectiveBurn{}, Labels: o.Labels,
		}
		if v, ok := values[slo.Remaining+key]; ok {
			out.Remaining = known(v)
		}
		for _, window := range o.Windows() {
			if v, ok := values[slo.BurnRate+key+window]; ok && known(v) != nil {
				out.Burn = append(out.Burn, api.ObjectiveBurn{Window: window, Rate: v})
			}
		}
		list.Objectives = append(list.Objectives, out)
	}
	slices.SortStableFunc(list.Objectives, func(a, b api.Objective) int { return cmp.Compare(a.Service, b.Service) })
	return list, nil
}

// CheckRules implements api.RuleSource. What the server has data of serves as hints.
func (s ruleSource) CheckRules(ctx context.Context, text []byte) (api.RuleCheck, error) {
	now := time.Now()
	names, _ := s.app.metrics.LabelValues(ctx, "__name__", nil, now.Add(-24*time.Hour), now) // hints can do without
	c := metrics.CheckRules("rules", text, names...)
	return apiCheck(&c), nil
}

func apiCheck(c *metrics.RuleCheck) api.RuleCheck {
	out := api.RuleCheck{OK: !c.Wrong(), Groups: c.Groups, Alerts: c.Alerts, Recordings: c.Recordings, Problems: []api.RuleProblem{}}
	for i := range c.Problems {
		p := &c.Problems[i]
		out.Problems = append(out.Problems, api.RuleProblem{Line: p.Line, Column: p.Column, Group: p.Group, Rule: p.Rule, Message: p.Message, Hint: p.Hint, Warning: p.Warning})
	}
	return out
}

// ReplayRules implements api.RuleSource.
func (s ruleSource) ReplayRules(ctx context.Context, text []byte, o api.ReplayRequest, progress func(api.ReplayProgress)) (api.RuleReplay, error) {
	result, err := s.app.metrics.Replay(ctx, o.Name, text, metrics.ReplayOptions{
		From: o.From, To: o.To, Step: o.Step,
		Progress: func(done, total int, rule string) { progress(api.ReplayProgress{Done: done, Total: total, Rule: rule}) },
	})
	var wrong *metrics.RuleError
	switch {
	case errors.As(err, &wrong):
		return api.RuleReplay{}, &api.RuleFileError{Message: wrong.Error()}
	case errors.Is(err, metrics.ErrReplaying):
		return api.RuleReplay{}, api.ErrReplaying
	case errors.Is(err, metrics.ErrTooExpensive):
		return api.RuleReplay{}, &api.RuleLimitError{Message: err.Error()}
	case errors.Is(err, metrics.ErrNotReady):
		return api.RuleReplay{}, fmt.Errorf("%w: %w", telemetry.ErrRecovering, err)
	case err != nil:
		return api.RuleReplay{}, err
	}
	out := api.RuleReplay{From: result.From.UTC(), To: result.To.UTC(), StepNS: int64(result.Step), Recorded: result.Recordings, Truncated: result.Truncated, Alerts: []api.ReplayedAlert{}}
	for i := range result.Alerts {
		a := &result.Alerts[i]
		alert := api.ReplayedAlert{Group: a.Group, Name: a.Name, ForNS: int64(a.For), Fired: a.Fired, FiringNS: int64(a.FiringTime), Periods: []api.ReplayPeriod{}}
		for j := range a.Periods {
			p := &a.Periods[j]
			alert.Periods = append(alert.Periods, api.ReplayPeriod{
				Labels: p.Labels, Annotations: p.Annotations, Pending: p.Pending.UTC(), Firing: moment(p.Firing), End: moment(p.End), Highest: known(p.Highest),
			})
		}
		out.Alerts = append(out.Alerts, alert)
	}
	return out, nil
}
