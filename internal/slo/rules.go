package slo

import (
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Metrics that the rules record. All have the labels slo, service and those of the objective.
const (
	Remaining = "slo_error_budget_remaining" // 1: all of the budget is left, 0: none, below: overspent
	BurnRate  = "slo_burn_rate"              // with the label window
	Errors    = "slo_errors"                 // events that were not good, with the label window
	Target    = "slo_objective"              // share of events that should be good

	goodEvents  = "slo_good_events:rate" // a second
	totalEvents = "slo_total_events:rate"
)

// burn is a pair of windows of a 30-day objective, and the burn rate that alerts where both have it.
type burn struct {
	long, short time.Duration
	rate        float64
}

// Of the SRE workbook: 2 % of the budget in an hour, 5 % in six, 10 % in a day, 10 % in three.
var (
	fast = []burn{{time.Hour, 5 * time.Minute, 14.4}, {6 * time.Hour, 30 * time.Minute, 6}}
	slow = []burn{{24 * time.Hour, 2 * time.Hour, 3}, {72 * time.Hour, 6 * time.Hour, 1}}
)

// raw is the longest window for which the objective's own expressions are evaluated. Longer ones are sums of what was recorded: a range
// of days over every series would be read again and again.
func (o *Objective) raw() time.Duration { return max(6*time.Hour, o.scale(6*time.Hour)) }

// scale fits a window of a 30-day objective to another one: the same share of the budget is spent in it at the same burn rate.
func (o *Objective) scale(d time.Duration) time.Duration {
	scaled := time.Duration(float64(d) * float64(o.Window) / float64(30*24*time.Hour)).Round(time.Minute)
	return max(scaled, 2*time.Minute)
}

// Windows are those of which BurnRate is recorded, by the name they have in its label window. The first is the one of fast alerts.
func (o *Objective) Windows() []string {
	var out []string
	for _, w := range o.windows() {
		out = append(out, text(w))
	}
	return out
}

func (o *Objective) windows() []time.Duration {
	var out []time.Duration
	seen := map[time.Duration]bool{}
	for _, long := range []bool{true, false} {
		for _, b := range append(append([]burn{}, fast...), slow...) {
			d := o.scale(b.short)
			if long {
				d = o.scale(b.long)
			}
			if !seen[d] {
				seen[d] = true
				out = append(out, d)
			}
		}
	}
	return out
}

// text writes a duration as PromQL reads it.
func text(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	case d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/time.Minute)) + "m"
}

// file is a file of rules.
type file struct {
	Groups []group `yaml:"groups"`
}

type group struct {
	Name     string `yaml:"name"`
	Interval string `yaml:"interval,omitempty"`
	Rules    []rule `yaml:"rules"`
}

type rule struct {
	Record      string            `yaml:"record,omitempty"`
	Alert       string            `yaml:"alert,omitempty"`
	Expr        string            `yaml:"expr"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

// Rules makes a file of rules, as Prometheus reads it.
func Rules(objectives []Objective) (string, error) {
	f := file{Groups: []group{}}
	for i := range objectives {
		o := &objectives[i]
		name := "slo " + o.Service + " " + o.Name
		f.Groups = append(f.Groups,
			group{Name: name, Rules: append(o.recordings(), o.alert("SLOBurnFast", "critical", fast), o.alert("SLOBurnSlow", "warning", slow))},
			group{Name: name + " budget", Interval: "1m", Rules: o.budget()})
	}
	out, err := yaml.Marshal(f)
	return string(out), err
}

func (o *Objective) record(name, expr string, more ...string) rule {
	l := maps.Clone(o.Labels)
	if l == nil {
		l = map[string]string{}
	}
	l["slo"], l["service"] = o.Name, o.Service
	for i := 0; i+1 < len(more); i += 2 {
		l[more[i]] = more[i+1]
	}
	return rule{Record: name, Expr: expr, Labels: l}
}

// selector is the series of this objective.
func (o *Objective) selector(name string, more ...string) string {
	s := fmt.Sprintf("%s{slo=%s, service=%s", name, strconv.Quote(o.Name), strconv.Quote(o.Service))
	for i := 0; i+1 < len(more); i += 2 {
		s += fmt.Sprintf(", %s=%q", more[i], more[i+1])
	}
	return s + "}"
}

func (o *Objective) budgetShare() string { return number(1 - o.Target) }

// number writes 0.001 where a float says 0.0010000000000000009.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e12)/1e12, 'g', -1, 64)
}

func (o *Objective) recordings() []rule {
	base := text(o.scale(5 * time.Minute))
	good, total := o.events(base)
	// A scrape may be committed between the two: good events of a moment without a total would count for nothing but good.
	good = fmt.Sprintf("(%s) and on () %s", good, o.selector(totalEvents))
	rules := []rule{o.record(totalEvents, total), o.record(goodEvents, good)}
	for _, w := range o.windows() {
		name := text(w)
		good, total := o.events(name)
		if w <= o.raw() {
			rules = append(rules, o.record(Errors, fmt.Sprintf("clamp_min((%s) - (%s), 0) * %d", total, good, int(w.Seconds())), "window", name))
		} else {
			good = fmt.Sprintf("sum_over_time(%s[%s])", o.selector(goodEvents), name)
			total = fmt.Sprintf("sum_over_time(%s[%s])", o.selector(totalEvents), name)
		}
		// No traffic is no error; 0 of the total stands for good events of which there are none.
		expr := fmt.Sprintf("clamp_min(1 - (%s) / ((%s) > 0), 0) / %s", good, total, o.budgetShare())
		rules = append(rules, o.record(BurnRate, expr, "window", name))
	}
	return rules
}

// events are the expressions of good and total over a window.
func (o *Objective) events(window string) (good, total string) {
	total = strings.ReplaceAll(o.Total, Placeholder, window)
	good = strings.ReplaceAll(o.Good, Placeholder, window)
	return fmt.Sprintf("(%s) or 0 * (%s)", good, total), total
}

func (o *Objective) budget() []rule {
	w := text(o.Window)
	spent := fmt.Sprintf("(1 - sum_over_time(%s[%s]) / (sum_over_time(%s[%s]) > 0)) / %s",
		o.selector(goodEvents), w, o.selector(totalEvents), w, o.budgetShare())
	return []rule{
		o.record(Remaining, "1 - "+spent),
		o.record(Target, fmt.Sprintf("vector(%s)", number(o.Target))),
	}
}

// alert fires where the burn rate is too high in both windows of a pair: the longer says that it matters, the shorter that it is still so.
func (o *Objective) alert(name, severity string, burns []burn) rule {
	var parts []string
	for _, b := range burns {
		long, short, rate := o.scale(b.long), text(o.scale(b.short)), number(b.rate)
		part := fmt.Sprintf("%s > %s and ignoring (window) %s > %s", o.selector(BurnRate, "window", text(long)), rate, o.selector(BurnRate, "window", short), rate)
		if o.MinErrors > 0 {
			counted := long // the longest of the two that is counted
			if long > o.raw() {
				counted = o.scale(b.short)
			}
			part += fmt.Sprintf("\nand ignoring (window) %s >= %d", o.selector(Errors, "window", text(counted)), o.MinErrors)
		}
		parts = append(parts, part)
	}
	explore := `{{ $externalURL }}/explore?expr={{ printf "slo_burn_rate{slo=%q, service=%q}" $labels.slo $labels.service | urlquery }}`
	return rule{
		// Without the window: an alert that the longer pair takes over is still the same.
		Alert: name, Expr: "max without (window) (\n" + strings.Join(parts, "\nor ignoring (window)\n") + "\n)", Labels: map[string]string{"severity": severity},
		Annotations: map[string]string{
			"summary": "{{ $labels.service }} spends the error budget of {{ $labels.slo }} {{ $value | printf \"%.1f\" }} times too fast",
			"description": fmt.Sprintf("{{ $labels.service }} fails {{ $value | printf \"%%.1f\" }} times as often as its objective {{ $labels.slo }} of %s %% over %s allows.",
				number(o.Target*100), text(o.Window)),
			"runbook_url": "https://github.com/telltale-dev/telltale/blob/main/docs/guide/runbooks.md#" + strings.ToLower(name),
			"link":        explore,
		},
	}
}
