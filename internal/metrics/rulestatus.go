package metrics

import (
	"cmp"
	"slices"
	"time"

	"github.com/prometheus/prometheus/rules"
)

// RuleGroup is a group of rules as it runs.
type RuleGroup struct {
	Name, File     string // File is that of Options.Rules, of the prometheus.yml, or the name of a text
	Interval       time.Duration
	LastEvaluation time.Time // zero before the first
	Duration       time.Duration
	Rules          []Rule
}

// Rule is a rule as it runs.
type Rule struct {
	Name, Query         string
	Alert               bool   // else it records
	State               string // of alerts: inactive, pending or firing; unknown before the first evaluation
	Health              string // ok, err or unknown
	Error               string
	For, KeepFiringFor  time.Duration
	Labels, Annotations map[string]string
	LastEvaluation      time.Time
	Duration            time.Duration
	Active              []ActiveAlert // oldest first
}

// ActiveAlert is pending or firing.
type ActiveAlert struct {
	Labels, Annotations map[string]string
	State               string
	Since               time.Time // when its condition began to hold
	Value               float64
}

// Rules says which rules run, and what was wrong with the files when they were read last: nil where all is well.
func (s *Server) Rules() ([]RuleGroup, error) {
	if !s.gate.isOpen() {
		return nil, ErrNotReady
	}
	var out []RuleGroup
	for _, g := range s.rules.RuleGroups() {
		group := RuleGroup{
			Name: g.Name(), File: g.File(), Interval: g.Interval(), LastEvaluation: g.GetLastEvaluation(), Duration: g.GetEvaluationTime(),
		}
		for _, r := range g.Rules() {
			group.Rules = append(group.Rules, newRule(r))
		}
		out = append(out, group)
	}
	return out, s.ruled.lastError()
}

func (r *ruleState) lastError() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wrong
}

func newRule(r rules.Rule) Rule {
	o := Rule{
		Name: r.Name(), Query: r.Query().String(), Health: string(r.Health()), Labels: r.Labels().Map(),
		LastEvaluation: r.GetEvaluationTimestamp(), Duration: r.GetEvaluationDuration(),
	}
	if err := r.LastError(); err != nil {
		o.Error = err.Error()
	}
	a, ok := r.(*rules.AlertingRule)
	if !ok {
		return o
	}
	o.Alert, o.State, o.For, o.KeepFiringFor, o.Annotations = true, a.State().String(), a.HoldDuration(), a.KeepFiringFor(), a.Annotations().Map()
	for _, active := range a.ActiveAlerts() {
		o.Active = append(o.Active, ActiveAlert{
			Labels: active.Labels.Map(), Annotations: active.Annotations.Map(), State: active.State.String(), Since: active.ActiveAt, Value: active.Value,
		})
	}
	slices.SortFunc(o.Active, func(a, b ActiveAlert) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(len(a.Labels), len(b.Labels)))
	})
	return o
}
