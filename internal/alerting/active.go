package alerting

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/common/model"
)

// Active is an alert that fires.
type Active struct {
	ID                  string // fingerprint of the labels
	Labels, Annotations map[string]string
	StartsAt            time.Time
	GeneratorURL        string
	SilencedBy          []string // ids of silences
	InhibitedBy         []string // ids of alerts
	MutedBy             []string // names of time intervals, where all its groups are muted
	Receivers           []string // who is told, or would be; those without an integration tell nobody and are left out
}

// Active lists the alerts that fire, the latest first.
func (m *Alertmanager) Active(ctx context.Context) ([]Active, error) {
	g := m.running.Load()
	if g == nil || !m.ready.Load() {
		return nil, ErrNotReady
	}
	groups, receivers, err := g.dispatcher.Groups(ctx, func(*dispatch.Route) bool { return true },
		func(a *alert.Alert, now time.Time) bool { return !a.ResolvedAt(now) })
	if err != nil {
		return nil, err
	}
	seen := map[model.Fingerprint]int{}
	status, told := m.status(g), g.plan.told()
	list := []Active{}
	for _, group := range groups {
		muted, _ := m.groups.Muted(group.RouteID, group.GroupKey)
		for _, a := range group.Alerts {
			id := a.Fingerprint()
			if i, known := seen[id]; known {
				if len(muted) == 0 {
					list[i].MutedBy = nil
				}
				continue
			}
			mark := marker.NewAlertMarker()
			status(marker.WithContext(ctx, mark), a.Labels)
			found := mark.Status(id)
			seen[id] = len(list)
			list = append(list, Active{
				ID: id.String(), Labels: textMap(a.Labels), Annotations: textMap(a.Annotations), StartsAt: a.StartsAt, GeneratorURL: a.GeneratorURL,
				SilencedBy: found.SilencedBy, InhibitedBy: found.InhibitedBy, MutedBy: muted,
				Receivers: slices.DeleteFunc(slices.Compact(receivers[id]), func(name string) bool { return !told[name] }),
			})
		}
	}
	slices.SortFunc(list, func(a, b Active) int { return cmp.Or(b.StartsAt.Compare(a.StartsAt), cmp.Compare(a.ID, b.ID)) })
	return list, nil
}

// Status is how alerting is.
type Status struct {
	File      string // empty: the configuration is Simple
	Tells     bool   // somebody is told
	Error     string // why the file is not in force as it is, without secrets
	Since     time.Time
	Receivers []ReceiverStatus
	Queue     struct{ Length, Capacity, Dropped int64 }
}

// Status says how alerting is.
func (m *Alertmanager) Status() Status {
	s := Status{File: m.opts.File, Receivers: []ReceiverStatus{}}
	if g := m.running.Load(); g != nil {
		s.Tells = g.plan.tells()
	}
	m.mu.Lock()
	if m.failure != nil {
		s.Error, s.Since = m.failure.Error(), m.since
	}
	m.mu.Unlock()
	for _, d := range m.deliveries.list() {
		s.Receivers = append(s.Receivers, d.status())
	}
	s.Queue.Length, s.Queue.Capacity, s.Queue.Dropped = m.queue.state()
	return s
}

// Route is a node of the routing tree.
type Route struct {
	Receiver                           string
	Matchers, GroupBy                  []string // a group_by of all labels is "..."
	Wait, Interval, Repeat             time.Duration
	Continue                           bool
	MuteTimeIntervals, ActiveIntervals []string
	Routes                             []Route
}

// Routes is the routing tree in force.
func (m *Alertmanager) Routes() (Route, error) {
	g := m.running.Load()
	if g == nil {
		return Route{}, ErrNotReady
	}
	return newRoute(g.routes), nil
}

func newRoute(r *dispatch.Route) Route {
	o := Route{
		Receiver: r.RouteOpts.Receiver, Wait: r.RouteOpts.GroupWait, Interval: r.RouteOpts.GroupInterval, Repeat: r.RouteOpts.RepeatInterval,
		Continue: r.Continue, MuteTimeIntervals: r.RouteOpts.MuteTimeIntervals, ActiveIntervals: r.RouteOpts.ActiveTimeIntervals,
	}
	for _, m := range r.Matchers {
		o.Matchers = append(o.Matchers, m.String())
	}
	for name := range r.RouteOpts.GroupBy {
		o.GroupBy = append(o.GroupBy, string(name))
	}
	slices.Sort(o.GroupBy)
	if r.RouteOpts.GroupByAll {
		o.GroupBy = []string{"..."}
	}
	for _, below := range r.Routes {
		o.Routes = append(o.Routes, newRoute(below))
	}
	return o
}
