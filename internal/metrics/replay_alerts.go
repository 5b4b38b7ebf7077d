package metrics

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/template"
)

// replayedAlert is the state of an alerting rule in a replay. It changes as that of rules.AlertingRule does.
type replayedAlert struct {
	ctx       context.Context
	p         *player
	r         *playedRule
	out       ReplayedAlert
	hold      time.Duration
	keep      time.Duration
	instances map[uint64]*instance
}

// instance is the state of one series of the expression.
type instance struct {
	metric labels.Labels
	period *AlertPeriod // nil: inactive
	lapsed time.Time    // since when the condition does not hold, while it is kept firing
}

func newReplayedAlert(ctx context.Context, p *player, r *playedRule) *replayedAlert {
	a := &replayedAlert{ctx: ctx, p: p, r: r, hold: time.Duration(r.rule.For), keep: time.Duration(r.rule.KeepFiringFor), instances: map[uint64]*instance{}}
	a.out = ReplayedAlert{Group: r.group, Name: r.rule.Alert, For: a.hold, KeepFiringFor: a.keep}
	return a
}

// chunk goes on with the next part of the time.
func (a *replayedAlert) chunk(c chunk, m promql.Matrix) error {
	here := map[uint64][]promql.FPoint{}
	for _, series := range m {
		h := series.Metric.Hash()
		points := series.Floats
		for _, one := range series.Histograms {
			points = append(points, promql.FPoint{T: one.T})
		}
		slices.SortFunc(points, func(a, b promql.FPoint) int { return int(a.T - b.T) })
		here[h] = points
		if a.instances[h] == nil {
			a.instances[h] = &instance{metric: series.Metric.Copy()}
		}
	}
	for h, i := range a.instances {
		points := here[h]
		for t := c.from; !t.After(c.to); t = t.Add(a.p.options.Step) {
			if len(points) > 0 && points[0].T == t.UnixMilli() {
				a.holds(i, t, points[0].F)
				points = points[1:]
			} else {
				a.lapses(i, t)
			}
		}
		if i.period == nil {
			delete(a.instances, h)
		}
	}
	return nil
}

func (a *replayedAlert) holds(i *instance, t time.Time, v float64) {
	i.lapsed = time.Time{}
	if i.period == nil {
		i.period = &AlertPeriod{Pending: t, Highest: v, Labels: a.labels(i.metric, t, v)}
	}
	if v > i.period.Highest || math.IsNaN(i.period.Highest) {
		i.period.Highest = v
	}
	if i.period.Firing.IsZero() && t.Sub(i.period.Pending) >= a.hold {
		i.period.Firing = t
		i.period.Annotations = a.expand(i.metric, a.r.rule.Annotations, t, v)
	}
}

func (a *replayedAlert) lapses(i *instance, t time.Time) {
	if i.period == nil {
		return
	}
	if !i.period.Firing.IsZero() && a.keep > 0 {
		if i.lapsed.IsZero() {
			i.lapsed = t
		}
		if t.Sub(i.lapsed) < a.keep {
			return
		}
	}
	i.period.End = t
	a.tell(i.period)
	i.period, i.lapsed = nil, time.Time{}
}

// tell keeps a period, unless it was over before the time that was asked for.
func (a *replayedAlert) tell(p *AlertPeriod) {
	if !p.End.IsZero() && !p.End.After(a.p.options.From) {
		return
	}
	if !p.Firing.IsZero() {
		end := p.End
		if end.IsZero() {
			end = a.p.options.To
		}
		begin := p.Firing
		if begin.Before(a.p.options.From) {
			begin = a.p.options.From
		}
		a.out.Fired++
		a.out.FiringTime += end.Sub(begin)
	}
	if a.p.periods == replayPeriods {
		a.p.out.Truncated = true
		return
	}
	a.p.periods++
	a.out.Periods = append(a.out.Periods, *p)
}

func (a *replayedAlert) end() ReplayedAlert {
	for _, i := range a.instances {
		a.tell(i.period)
	}
	slices.SortFunc(a.out.Periods, func(x, y AlertPeriod) int {
		if c := x.Pending.Compare(y.Pending); c != 0 {
			return c
		}
		return labels.Compare(labels.FromMap(x.Labels), labels.FromMap(y.Labels))
	})
	return a.out
}

// labels are those of the series, and over them those of the rule.
func (a *replayedAlert) labels(metric labels.Labels, t time.Time, v float64) map[string]string {
	out := metric.Map()
	delete(out, model.MetricNameLabel)
	for name, value := range a.expand(metric, a.r.labels, t, v) {
		out[name] = value
	}
	out[labels.AlertName] = a.r.rule.Alert
	return out
}

// expand fills in templates as rules do.
func (a *replayedAlert) expand(metric labels.Labels, values map[string]string, t time.Time, v float64) map[string]string {
	out := make(map[string]string, len(values))
	vars := template.AlertTemplateData(metric.Map(), a.p.external, a.p.s.opts.External.String(), promql.Sample{Metric: metric, T: t.UnixMilli(), F: v})
	query := template.QueryFunc(rules.EngineQueryFunc(a.p.s.engine, a.p.overlay))
	for name, text := range values {
		if !strings.Contains(text, "{{") {
			out[name] = text
			continue
		}
		text = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}" + text
		x := template.NewTemplateExpander(a.ctx, text, "__alert_"+a.r.rule.Alert, vars, model.TimeFromUnixNano(t.UnixNano()), query, a.p.s.opts.External, nil)
		expanded, err := x.Expand()
		if err != nil {
			expanded = "<error expanding template: " + err.Error() + ">"
		}
		out[name] = expanded
	}
	return out
}
