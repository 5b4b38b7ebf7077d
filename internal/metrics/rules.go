package metrics

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/notifier"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
)

// ruleState is which rules are in force, and what came of the last attempt to read them.
type ruleState struct {
	loader    ruleLoader
	examine   chan struct{} // held by who looks for example traces
	exemplars func(context.Context) (storage.ExemplarQuerier, error)

	replaying chan struct{} // held by the one replay

	mu    sync.Mutex
	tried map[string]string // stamps of the last attempt
	wrong error             // nil where it went well
}

func (s *Server) openRules(ctx context.Context) error {
	c := s.config.Load()
	s.notifier = notifier.NewManager(&notifier.Options{QueueCapacity: 10_000, DrainOnShutdown: true, Registerer: s.opts.Registry},
		c.GlobalConfig.MetricNameValidationScheme, s.log.With("part", "notify"))
	s.ruled.loader.parser, s.ruled.examine = s.parser, make(chan struct{}, 1)
	s.ruled.replaying, s.ruled.exemplars = make(chan struct{}, 1), s.db.ExemplarQuerier
	s.rules = rules.NewManager(&rules.ManagerOptions{
		NameValidationScheme: c.GlobalConfig.MetricNameValidationScheme, Appendable: s.storage, Queryable: s.db,
		// The link of an alert to its expression is one to Prometheus' graph, which Handler leads to our page.
		QueryFunc: s.askForRules(), NotifyFunc: s.withExamples(rules.SendAlerts(sender{s}, s.opts.External.JoinPath("prometheus").String())),
		Context: ctx, ExternalURL: s.opts.External, Registerer: s.opts.Registry, Logger: s.log.With("part", "rules"),
		// What was pending or firing when the process ended goes on where it was, however short its `for`: a grace period,
		// which rules with a shorter `for` start again below, is none. The time that nobody looked is not counted.
		OutageTolerance: time.Hour, ForGracePeriod: 0, ResendDelay: time.Minute, MaxConcurrentEvals: 4,
		DefaultRuleQueryOffset: func() time.Duration { return time.Duration(s.config.Load().GlobalConfig.RuleQueryOffset) },
		Parser:                 s.parser, FeatureRegistry: s.features, GroupLoader: &s.ruled.loader,
	})
	s.work.Go(func() { s.watchRules(ctx) })
	return nil
}

// askForRules asks for what was last known while no samples are taken: alerts stay as they are, and those that wait for
// their time come.
func (s *Server) askForRules() rules.QueryFunc {
	ask := rules.EngineQueryFunc(s.engine.forRules(), s.storage)
	return func(ctx context.Context, expr string, t time.Time) (promql.Vector, error) {
		return ask(ctx, expr, s.disk.known(t))
	}
}

// applyRules puts a set in force. Groups that have not changed keep their state, and so do alerts of those that have.
func (s *Server) applyRules(c *config.Config, set *ruleSet) error {
	old := s.ruled.loader.set.Swap(set)
	err := s.rules.Update(time.Duration(c.GlobalConfig.EvaluationInterval), set.files, c.GlobalConfig.ExternalLabels, s.opts.External.String(), nil)
	if err != nil {
		s.ruled.loader.set.Store(old)
	}
	s.ruled.note(set.stamps, err)
	return err
}

func (r *ruleState) note(stamps map[string]string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if stamps != nil {
		r.tried = stamps
	}
	r.wrong = err
}

// changed reports whether files are other than at the last attempt.
func (r *ruleState) changed(stamps map[string]string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !maps.Equal(r.tried, stamps)
}

// watchRules reads rule files again when they change, until ctx ends.
func (s *Server) watchRules(ctx context.Context) {
	tick := time.NewTicker(rulePoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.rereadRules()
		}
	}
}

// rereadRules does nothing where no file has changed. Files that are wrong leave the old rules in force.
func (s *Server) rereadRules() {
	s.reload.Lock()
	defer s.reload.Unlock()
	c := s.config.Load()
	stamps := s.ruleStamps(c)
	if s.ruled.loader.set.Load() == nil || !s.ruled.changed(stamps) {
		return
	}
	set, err := s.readRules(c)
	if err == nil {
		err = s.applyRules(c, set)
	}
	if err != nil {
		s.ruled.note(stamps, err)
		s.log.Error("the rule files are wrong, the old rules stay in force", "error", err)
		return
	}
	s.log.Info("rules read again", "files", len(set.files))
}

// sender hands alerts to Options.Alert, and to the Alertmanagers that the prometheus.yml names.
type sender struct{ s *Server }

func (t sender) Send(alerts ...*notifier.Alert) {
	t.s.notifier.Send(alerts...)
	if t.s.opts.Alert == nil {
		return
	}
	out := make([]Alert, 0, len(alerts))
	for _, a := range alerts {
		out = append(out, Alert{
			Labels: a.Labels.Map(), Annotations: a.Annotations.Map(), StartsAt: a.StartsAt, EndsAt: a.EndsAt, GeneratorURL: a.GeneratorURL,
		})
	}
	t.s.opts.Alert(out)
}
