package app

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/internal/config"
	"github.com/telltale-dev/telltale/internal/dashboard"
)

// Check reads the files that a configuration names (prices, a prometheus.yml, an alertmanager.yml, rules, objectives and
// dashboards) as a start does, and returns what is wrong with them, each with its file and line. Nothing is written, opened or
// sent. The warnings are of what works, and not in all.
func Check(c *config.Config) (warnings []string, err error) {
	a := &App{config: c, log: slog.New(slog.DiscardHandler), registry: prometheus.NewRegistry()}
	_, pricesErr := newPrices(c.Prices, a.log)
	errs := []error{pricesErr, a.buildAlerting(), a.buildRules(), a.buildMetrics(), a.buildDashboards()}
	for _, file := range c.Alerting.Rules {
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) && !strings.ContainsAny(file, `*?[\`) {
			warnings = append(warnings, fmt.Sprintf("alerting.rules: there is no file %s yet", file))
		}
	}
	if a.metrics != nil {
		warnings = append(warnings, a.metrics.Ignored()...)
	}
	if a.dashboards == nil {
		return warnings, errors.Join(errs...)
	}
	for _, item := range a.dashboards.List() {
		if !item.Own {
			continue
		}
		for _, p := range item.Problems {
			switch text := fmt.Sprintf("%s:%s", filepath.Join(c.Dashboards, item.File), p); p.Severity {
			case dashboard.Error:
				errs = append(errs, errors.New(text))
			default:
				warnings = append(warnings, text)
			}
		}
	}
	return warnings, errors.Join(errs...)
}
