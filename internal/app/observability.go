package app

import (
	"net/url"
	"path/filepath"

	"github.com/telltale-dev/telltale/internal/metrics"
)

// external is where people reach the server.
func (a *App) external() (*url.URL, error) {
	address := a.config.ExternalURL
	if address == "" {
		address = "http://" + a.config.Listen
	}
	return url.Parse(address)
}

func (a *App) buildMetrics() error {
	external, err := a.external()
	if err != nil {
		return err
	}
	m := &a.config.Metrics
	a.metrics, err = metrics.New(metrics.Options{
		Dir: filepath.Join(a.config.Data, "metrics"), File: m.Config, Interval: m.Interval, MaxAge: m.MaxAge, MaxBytes: int64(m.MaxSize),
		Limits:   metrics.Limits{Timeout: m.Query.Timeout, Samples: m.Query.MaxSamples, Concurrent: m.Query.MaxConcurrent},
		External: external, Alert: a.alerts.take, Rules: a.config.Alerting.Rules, Texts: a.rules.texts, Registry: a.registry, Logger: a.log, Version: a.version,
		Families: derivedNames(), MaxSeries: m.MaxSeries, Instance: a.config.Listen,
	})
	if err == nil {
		a.metrics.FeedDerived(derivedSource{a.derived})
	}
	return err
}
