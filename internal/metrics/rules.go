package metrics

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/notifier"
	"github.com/prometheus/prometheus/rules"
)

func (s *Server) openRules(ctx context.Context) error {
	c := s.config.Load()
	s.notifier = notifier.NewManager(&notifier.Options{QueueCapacity: 10_000, DrainOnShutdown: true, Registerer: s.opts.Registry},
		c.GlobalConfig.MetricNameValidationScheme, s.log.With("part", "notify"))
	s.rules = rules.NewManager(&rules.ManagerOptions{
		NameValidationScheme: c.GlobalConfig.MetricNameValidationScheme, Appendable: s.storage, Queryable: s.db,
		QueryFunc: rules.EngineQueryFunc(s.engine, s.storage), NotifyFunc: rules.SendAlerts(sender{s}, s.opts.External.String()),
		Context: ctx, ExternalURL: s.opts.External, Registerer: s.opts.Registry, Logger: s.log.With("part", "rules"),
		OutageTolerance: time.Hour, ForGracePeriod: 10 * time.Minute, ResendDelay: time.Minute, MaxConcurrentEvals: 4,
		DefaultRuleQueryOffset: func() time.Duration { return time.Duration(s.config.Load().GlobalConfig.RuleQueryOffset) },
		Parser:                 s.parser, FeatureRegistry: s.features,
	})
	return nil
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
