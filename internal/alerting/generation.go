package alerting

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/config/receiver"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/common/model"
)

// reloadPatience is how long a reload waits for attempts to deliver under the old configuration. The new one begins after
// them, since it would send again what they are about to have sent.
const reloadPatience = 10 * time.Second

// generation is what runs under one configuration.
type generation struct {
	plan       *plan
	template   *template.Template
	routes     *dispatch.Route
	receivers  map[string][]notify.Integration
	inhibitor  *inhibit.Inhibitor
	dispatcher *dispatch.Dispatcher
	flights    *flights
	dialer     *dialer
	cut        context.CancelFunc // breaks off attempts to deliver
}

// apply puts a configuration in force. Where it cannot, the old one stays untouched.
func (m *Alertmanager) apply(p *plan) error {
	m.reload.Lock()
	defer m.reload.Unlock()
	run, cut := context.WithCancel(context.Background())
	g := &generation{plan: p, flights: newFlights(), dialer: newDialer(), cut: cut}
	if err := m.build(run, g); err != nil {
		cut()
		return fmt.Errorf("%s: %s", m.source(), p.mask.text(err.Error()))
	}
	if old := m.running.Load(); old != nil {
		ctx, cancel := context.WithTimeout(context.Background(), reloadPatience)
		old.stop(ctx)
		cancel()
		m.hand(old)
	}
	m.start(g)
	return nil
}

func (m *Alertmanager) source() string {
	if m.opts.File == "" {
		return "alerting"
	}
	return m.opts.File
}

// build does all that can fail: templates and receivers.
func (m *Alertmanager) build(run context.Context, g *generation) error {
	c := g.plan.config
	var err error
	if g.template, err = template.FromGlobs(c.Templates); err != nil {
		return err
	}
	g.template.ExternalURL = m.opts.External.JoinPath(pathPrefix)
	g.routes = dispatch.NewRoute(c.Route, nil)
	g.receivers = map[string][]notify.Integration{}
	g.routes.Walk(func(r *dispatch.Route) { g.receivers[r.RouteOpts.Receiver] = nil })
	for i := range c.Receivers {
		r := &c.Receivers[i]
		if _, routed := g.receivers[r.Name]; !routed {
			continue
		}
		made, err := receiver.BuildReceiverIntegrations(*r, g.template, m.log, g.dialer.option())
		if err != nil {
			return fmt.Errorf("receiver %q: %w", r.Name, err)
		}
		for i := range made {
			in := made[i]
			to := m.deliveries.of(r.Name, in.Name(), in.Index())
			made[i] = notify.NewIntegration(&courier{
				inner: g.notifier(r, &in, m.log), run: run, mask: g.plan.mask, to: to, slots: make(chan struct{}, maxAttempts), limit: m.attempt,
			}, &in, in.Name(), in.Index(), r.Name)
		}
		g.receivers[r.Name] = made
	}
	return nil
}

// notifier is the integration as Alertmanager makes it, but for e-mail.
func (g *generation) notifier(r *config.Receiver, in *notify.Integration, log *slog.Logger) notify.Notifier {
	if in.Name() != "email" {
		return in
	}
	conf := r.EmailConfigs[in.Index()]
	return &mailer{conf: conf, writer: &mailWriter{conf: conf, template: g.template, log: log}, dialer: g.dialer}
}

// start runs a generation and publishes it.
func (m *Alertmanager) start(g *generation) {
	c := g.plan.config
	intervals := map[string][]timeinterval.TimeInterval{}
	for _, t := range c.MuteTimeIntervals {
		intervals[t.Name] = t.TimeIntervals
	}
	for _, t := range c.TimeIntervals {
		intervals[t.Name] = t.TimeIntervals
	}
	rec := eventrecorder.NopRecorder()
	g.inhibitor = inhibit.NewInhibitor(m.alerts, c.InhibitRules, m.log, rec)
	stages := m.builder.New(g.receivers, func() time.Duration { return 0 }, g.inhibitor, m.silencer,
		timeinterval.NewIntervener(intervals), m.groups, remembered{m}, nil)
	g.dispatcher = dispatch.NewDispatcher(m.alerts, g.routes, counted{stages, g.flights}, m.groups, atLeast, maintain, groupLimit{}, m.log, rec, m.dispatch, g.template)
	m.api.Update(c, m.status(g))
	g.flights.wg.Go(g.inhibitor.Run)
	g.inhibitor.WaitForLoading() // or an alert that it mutes would be told
	g.flights.wg.Go(func() { g.dispatcher.Run(time.Now()) })
	g.dispatcher.WaitForLoading()
	m.deliveries.retire(g)
	m.running.Store(g)
}

// status finds whether an alert is muted, for Alertmanager's API, which reads it from the marker in ctx.
func (m *Alertmanager) status(g *generation) func(context.Context, model.LabelSet) {
	return func(ctx context.Context, labels model.LabelSet) {
		g.inhibitor.Mutes(ctx, labels)
		m.silencer.Mutes(ctx, labels)
	}
}

// atLeast is how long a group may try to notify, given its group_interval.
func atLeast(d time.Duration) time.Duration { return max(d, notify.MinTimeout) }

// groupLimit bounds the groups, of which each has a goroutine.
type groupLimit struct{}

func (groupLimit) MaxNumberOfAggregationGroups() int { return maxAlerts }

// stop ends a generation. Attempts to deliver come to their end, until ctx ends.
func (g *generation) stop(ctx context.Context) {
	g.flights.close()
	g.inhibitor.Stop()
	g.dispatcher.Stop()
	g.flights.wait(ctx)
	g.cut()
	g.flights.wait(context.Background()) // what was cut ends at once
	g.flights.wg.Wait()
	g.dialer.close()
}

// hand puts resolved alerts that the old generation could not tell back, so that the new one does.
func (m *Alertmanager) hand(old *generation) {
	for _, a := range old.undelivered() {
		if _, err := m.alerts.Get(a.Fingerprint()); err != nil {
			_ = m.alerts.Put(context.Background(), a) // never fails
		}
	}
}

// undelivered are the resolved alerts that groups still hold: they leave their group once they were told.
func (g *generation) undelivered() map[model.Fingerprint]*alert.Alert {
	found := map[model.Fingerprint]*alert.Alert{}
	_, _, _ = g.dispatcher.Groups(context.Background(), func(*dispatch.Route) bool { return true }, func(a *alert.Alert, now time.Time) bool {
		if a.ResolvedAt(now) {
			found[a.Fingerprint()] = a
		}
		return false // no list is wanted
	})
	return found
}

func hasIntegration(r *config.Receiver) bool {
	return len(r.DiscordConfigs)+len(r.EmailConfigs)+len(r.IncidentioConfigs)+len(r.PagerdutyConfigs)+len(r.SlackConfigs)+len(r.WebhookConfigs)+
		len(r.OpsGenieConfigs)+len(r.WechatConfigs)+len(r.PushoverConfigs)+len(r.VictorOpsConfigs)+len(r.SNSConfigs)+len(r.TelegramConfigs)+
		len(r.WebexConfigs)+len(r.MSTeamsConfigs)+len(r.MSTeamsV2Configs)+len(r.JiraConfigs)+len(r.RocketchatConfigs)+len(r.MattermostConfigs) > 0
}

// counted counts the groups that are about to notify, so that a stop can wait for them: the dispatcher does not.
type counted struct {
	next    notify.Stage
	flights *flights
}

func (c counted) Exec(ctx context.Context, l *slog.Logger, alerts ...*alert.Alert) (context.Context, []*alert.Alert, error) {
	if !c.flights.begin() {
		return ctx, nil, errStopping
	}
	defer c.flights.end()
	return c.next.Exec(ctx, l, alerts...)
}

// flights are notifications under way.
type flights struct {
	mu     sync.Mutex
	n      int
	closed bool
	idle   chan struct{}  // closed once closed and n is 0
	wg     sync.WaitGroup // the loops of inhibitor and dispatcher
}

func newFlights() *flights { return &flights{idle: make(chan struct{})} }

func (f *flights) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.n++
	return true
}

func (f *flights) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n--
	if f.closed && f.n == 0 {
		close(f.idle)
	}
}

func (f *flights) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		if f.n == 0 {
			close(f.idle)
		}
	}
}

func (f *flights) wait(ctx context.Context) {
	select {
	case <-f.idle:
	case <-ctx.Done():
	}
}
