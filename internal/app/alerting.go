package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/telltale-dev/telltale/internal/alerting"
	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/config"
	"github.com/telltale-dev/telltale/internal/metrics"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// alerts is the Alertmanager inside, where it is on, and what the API says of alerts.
type alerts struct {
	config  *config.Alerting
	manager *alerting.Alertmanager // nil where it is switched off
	forward *alerting.Forward      // to those elsewhere
	rules   func() ([]metrics.RuleGroup, error)
}

func (a *App) buildAlerting() error {
	c := &a.config.Alerting
	a.alerts = &alerts{config: c, rules: func() ([]metrics.RuleGroup, error) { return a.metrics.Rules() }}
	var err error
	if a.alerts.forward, err = alerting.NewForward(c.External, a.registry, a.log); err != nil || !c.Embedded {
		return err
	}
	external, err := a.external()
	if err != nil {
		return err
	}
	a.alerts.manager, err = alerting.New(alerting.Options{
		Dir: filepath.Join(a.config.Data, "alerting"), File: c.Alertmanager, External: external, Registry: a.registry, Logger: a.log,
		Simple: alerting.Simple{
			SlackWebhook: c.SlackWebhook.Reveal(), PagerDutyKey: c.PagerDutyKey.Reveal(), Email: c.Email,
			SMTP: alerting.SMTP{Address: c.SMTP.Address, From: c.SMTP.From, User: c.SMTP.User, Password: c.SMTP.Password.Reveal(), Insecure: c.SMTP.Insecure},
		},
	})
	return err
}

func (s *alerts) start(ctx context.Context) error {
	s.forward.Start(ctx)
	if s.manager == nil {
		return nil
	}
	return s.manager.Start(ctx)
}

func (s *alerts) stop(ctx context.Context) error {
	s.forward.Stop(ctx)
	if s.manager == nil {
		return nil
	}
	return s.manager.Stop(ctx)
}

// reload has the alertmanager.yml read again; an error is in the log and in the status.
func (s *alerts) reload() {
	if s.manager != nil {
		s.manager.ReloadSoon()
	}
}

// take is metrics.Options.Alert. It never blocks.
func (s *alerts) take(said []metrics.Alert) {
	list := make([]alerting.Alert, len(said))
	for i, a := range said {
		list[i] = alerting.Alert(a)
	}
	s.forward.Alert(list)
	if s.manager != nil {
		s.manager.Alert(list)
	}
}

// handler answers below /alertmanager.
func (s *alerts) handler() http.Handler {
	if s.manager == nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusNotFound, "the Alertmanager inside is switched off: alerting.embedded")
		})
	}
	return s.manager.Handler()
}

const problemTime = "2006-01-02 15:04:05Z"

// problems are what an operator should know.
func (s *alerts) problems() []string {
	var list []string
	for _, r := range s.forward.Status() {
		if !r.Failing.IsZero() {
			list = append(list, fmt.Sprintf("alerts do not reach the Alertmanager at %s since %s: %s", r.Receiver, r.Failing.UTC().Format(problemTime), r.Error))
		}
	}
	if s.manager == nil {
		return list
	}
	st := s.manager.Status()
	if st.Error != "" {
		list = append(list, "the configuration of alerting is wrong, the one before is in force: "+st.Error)
	}
	for _, r := range st.Receivers {
		if !r.Failing.IsZero() {
			list = append(list, fmt.Sprintf("alerts do not reach receiver %s (%s) since %s, %d attempts: %s",
				r.Receiver, r.Integration, r.Failing.UTC().Format(problemTime), r.Attempts, r.Error))
		}
	}
	return list
}

// Alerts implements api.AlertSource: what the Alertmanager knows to fire, and what rules say beyond it.
func (s *alerts) Alerts(ctx context.Context) (api.AlertList, error) {
	list := api.AlertList{Alerts: []api.Alert{}}
	firing, pending, now := s.ofRules()
	if s.manager != nil {
		active, err := s.manager.Active(ctx)
		if err != nil {
			return list, recovering(err)
		}
		firing = firing[:0]
		fires := map[string]bool{}
		for i := range active {
			a := &active[i]
			key := labelKey(a.Labels)
			rule := now[key]
			fires[key] = true
			// The Alertmanager was told up to a minute ago, of example traces as well; text and value are to say the same.
			maps.Copy(a.Annotations, rule.Annotations)
			firing = append(firing, api.Alert{
				ID: a.ID, State: "firing", Labels: a.Labels, Annotations: a.Annotations, Since: a.StartsAt, Value: rule.Value, Link: a.GeneratorURL,
				SilencedBy: a.SilencedBy, InhibitedBy: a.InhibitedBy, MutedBy: a.MutedBy, Receivers: a.Receivers,
			})
			if len(a.SilencedBy) > 0 {
				list.Silenced++
			}
			if len(a.InhibitedBy) > 0 {
				list.Inhibited++
			}
		}
		// After a restart rules need two evaluations to know again what fires.
		pending = slices.DeleteFunc(pending, func(a api.Alert) bool { return fires[labelKey(a.Labels)] })
	}
	list.Firing, list.Pending = len(firing), len(pending)
	list.Alerts = append(append(list.Alerts, firing...), pending...)
	return list, nil
}

// ofRules are the alerts as rules have them, the latest first, and each by its labels. Rules that are not evaluated yet say
// nothing.
func (s *alerts) ofRules() (firing, pending []api.Alert, byLabels map[string]api.Alert) {
	byLabels = map[string]api.Alert{}
	groups, _ := s.rules() // what is wrong with the files is told with the rules
	for _, g := range groups {
		for i := range g.Rules {
			for _, a := range g.Rules[i].Active {
				one := api.Alert{
					State: a.State, Labels: a.Labels, Annotations: a.Annotations, Since: a.Since.UTC(), Value: strconv.FormatFloat(a.Value, 'g', 6, 64),
				}
				byLabels[labelKey(a.Labels)] = one
				if a.State == "firing" {
					firing = append(firing, one)
				} else {
					pending = append(pending, one)
				}
			}
		}
	}
	latest := func(a, b api.Alert) int { return b.Since.Compare(a.Since) }
	slices.SortStableFunc(firing, latest)
	slices.SortStableFunc(pending, latest)
	return firing, pending, byLabels
}

// labelKey is the same for the same labels: fmt prints maps in order.
func labelKey(labels map[string]string) string { return fmt.Sprintf("%q", labels) }

// AlertReceivers implements api.AlertSource.
func (s *alerts) AlertReceivers(context.Context) (api.AlertReceivers, error) {
	o := api.AlertReceivers{Embedded: s.manager != nil, External: s.config.External, Receivers: []api.AlertReceiver{}}
	for _, r := range s.forward.Status() {
		o.Receivers = append(o.Receivers, alertReceiver(&r))
	}
	if s.manager == nil {
		return o, nil
	}
	tree, err := s.manager.Routes()
	if err != nil {
		return o, recovering(err)
	}
	st := s.manager.Status()
	route := alertRoute(&tree)
	o.Route, o.File, o.Error, o.Dropped = &route, st.File, st.Error, st.Queue.Dropped
	if st.Error != "" {
		o.ErrorSince = &st.Since
	}
	for i := range st.Receivers {
		o.Receivers = append(o.Receivers, alertReceiver(&st.Receivers[i]))
	}
	return o, nil
}

func alertReceiver(r *alerting.ReceiverStatus) api.AlertReceiver {
	o := api.AlertReceiver{
		Receiver: r.Receiver, Integration: r.Integration, Index: r.Index, TookNS: int64(r.Took), Attempts: r.Attempts, Error: r.Error,
	}
	if !r.Delivered.IsZero() {
		o.Delivered = &r.Delivered
	}
	if !r.Failing.IsZero() {
		o.Failing = &r.Failing
	}
	return o
}

func alertRoute(r *alerting.Route) api.AlertRoute {
	o := api.AlertRoute{
		Receiver: r.Receiver, Matchers: r.Matchers, GroupBy: r.GroupBy, WaitNS: int64(r.Wait), IntervalNS: int64(r.Interval), RepeatNS: int64(r.Repeat),
		Continue: r.Continue, MutedIn: r.MuteTimeIntervals, ActiveIn: r.ActiveIntervals,
	}
	for i := range r.Routes {
		o.ChildRoutes = append(o.ChildRoutes, alertRoute(&r.Routes[i]))
	}
	return o
}

// TestAlert implements api.AlertSource.
func (s *alerts) TestAlert(ctx context.Context, labels map[string]string) (api.AlertTest, error) {
	o := api.AlertTest{Receivers: []api.AlertTaken{}}
	if s.manager == nil {
		return o, telemetry.ErrUnsupported
	}
	receipt, err := s.manager.Test(ctx, labels)
	if wrong := new(alerting.LabelError); errors.As(err, &wrong) {
		return o, &api.AlertLabelError{Message: wrong.Error()}
	}
	if err != nil {
		return o, recovering(err)
	}
	o.Labels, o.SilencedBy = receipt.Labels, receipt.Silenced
	for _, r := range receipt.Receivers {
		o.Receivers = append(o.Receivers, api.AlertTaken{Receiver: r.Receiver, Integration: r.Integration, Index: r.Index, TookNS: int64(r.Took), Error: r.Error})
	}
	return o, nil
}

// recovering tells the API that it is too early.
func recovering(err error) error {
	if errors.Is(err, alerting.ErrNotReady) {
		return telemetry.ErrRecovering
	}
	return err
}
