package apitest

import (
	"context"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
)

// Rules is a source of one alert that fires, one recording rule that fails and one objective. What a file says decides what becomes
// of its replay: "wrong" and "expensive" fail at once, "late" after progress, "busy" is refused; "slow" goes on until ctx ends.
type Rules struct {
	Began, Left chan struct{} // of a slow replay; each is sent to once, and may be nil
}

// Rules implements api.RuleSource.
func (*Rules) Rules(context.Context) (api.RuleList, error) {
	at := Now.Add(-5 * time.Second)
	return api.RuleList{Error: `rules/mine.yml:5:19: group "mine", rule "A": unexpected identifier "b"`, Groups: []api.RuleGroup{
		{Name: "telltale_http", File: "telltale/alerts.yml", IntervalNS: 15e9, Evaluated: &at, TookNS: 2e6, Rules: []api.Rule{{
			Name: "HTTPErrorRateHigh", Kind: "alert", Expr: "errors > 0.05", State: "firing", Health: "ok", ForNS: 120e9, Evaluated: &at, TookNS: 1e6,
			Active: 1, Labels: map[string]string{"severity": "critical"}, Annotations: map[string]string{"summary": Hostile},
		}}},
		{Name: "mine", File: "rules/mine.yml", IntervalNS: 15e9, Rules: []api.Rule{{
			Name: "a:b", Kind: "recording", Expr: "a / b", Health: "err", Error: "found duplicate series",
		}}},
	}}, nil
}

// Objectives implements api.RuleSource.
func (*Rules) Objectives(context.Context) (api.ObjectiveList, error) {
	left := 0.42
	return api.ObjectiveList{Objectives: []api.Objective{
		{Name: "answers", Service: "shop", Percent: 99.9, WindowNS: 30 * 24 * 3600e9, Remaining: &left, Burn: []api.ObjectiveBurn{{Window: "1h", Rate: 1.5}}},
		{Name: "new", Service: "shop", Percent: 99, WindowNS: 7 * 24 * 3600e9, Burn: []api.ObjectiveBurn{}},
	}}, nil
}

// CheckRules implements api.RuleSource: the word "wrong" is.
func (*Rules) CheckRules(_ context.Context, text []byte) (api.RuleCheck, error) {
	if i := strings.Index(string(text), "wrong"); i >= 0 {
		return api.RuleCheck{Problems: []api.RuleProblem{{Line: 1, Column: i + 1, Group: "g", Rule: "A", Message: "this is wrong", Hint: "that is right"}}}, nil
	}
	return api.RuleCheck{OK: true, Groups: 1, Alerts: 1, Problems: []api.RuleProblem{}}, nil
}

// ReplayRules implements api.RuleSource.
func (r *Rules) ReplayRules(ctx context.Context, text []byte, o api.ReplayRequest, progress func(api.ReplayProgress)) (api.RuleReplay, error) {
	is := func(word string) bool { return strings.Contains(string(text), word) }
	switch {
	case is("wrong"):
		return api.RuleReplay{}, &api.RuleFileError{Message: o.Name + ":5:19: unexpected identifier"}
	case is("expensive"):
		return api.RuleReplay{}, &api.RuleLimitError{Message: "too many evaluations"}
	case is("busy"):
		return api.RuleReplay{}, api.ErrReplaying
	}
	progress(api.ReplayProgress{Done: 1, Total: 2, Rule: "A"})
	if is("late") {
		return api.RuleReplay{}, &api.RuleFileError{Message: o.Name + ":5:11: found duplicate series"}
	}
	if is("slow") {
		signal(r.Began)
		<-ctx.Done()
		signal(r.Left)
		return api.RuleReplay{}, ctx.Err()
	}
	progress(api.ReplayProgress{Done: 2, Total: 2, Rule: "A"})
	firing, end, highest := o.From.Add(2*time.Minute).UTC(), o.From.Add(7*time.Minute).UTC(), 0.25
	return api.RuleReplay{From: o.From.UTC(), To: o.To.UTC(), StepNS: int64(max(o.Step, 15*time.Second)), Recorded: 4, Alerts: []api.ReplayedAlert{
		{Group: "g", Name: "A", ForNS: 120e9, Fired: 1, FiringNS: 300e9, Periods: []api.ReplayPeriod{{
			Labels: map[string]string{"alertname": "A", "job": Hostile}, Annotations: map[string]string{"summary": "a quarter of shop fails"},
			Pending: o.From.UTC(), Firing: &firing, End: &end, Highest: &highest,
		}, {Labels: map[string]string{"alertname": "A", "job": "desk"}, Pending: o.From.UTC()}}},
		{Group: "g", Name: "B", Periods: []api.ReplayPeriod{}},
	}}, nil
}

func signal(ch chan struct{}) {
	if ch != nil {
		ch <- struct{}{}
	}
}
