package app

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/telltale-dev/telltale/internal/metrics"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// metricsSink brings OTLP metrics to the embedded Prometheus.
type metricsSink struct{ app *App }

// ConsumeMetrics implements otlp.MetricsSink.
func (m metricsSink) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	err := m.app.metrics.ConsumeMetrics(ctx, md)
	switch {
	case errors.Is(err, metrics.ErrNotReady):
		return fmt.Errorf("%w: %w", telemetry.ErrRecovering, err)
	case errors.Is(err, metrics.ErrReadOnly):
		return fmt.Errorf("%w: %w", telemetry.ErrReadOnly, err)
	}
	return err
}

// reloadMetrics reads the prometheus.yml and the rule files again.
func (a *App) reloadMetrics() {
	switch err := a.metrics.Reload(); {
	case errors.Is(err, metrics.ErrNotReady): // it reads them when it starts
	case err != nil:
		a.log.Warn("the prometheus.yml or a rule file is wrong, the old ones stay in force", "error", err)
	default:
		a.log.Info("the prometheus.yml and the rule files were read again")
	}
}
