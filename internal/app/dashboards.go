package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/telltale-dev/telltale/deploy"
	"github.com/telltale-dev/telltale/internal/dashboard/library"
	"github.com/telltale-dev/telltale/internal/dashboard/panel"
	"github.com/telltale-dev/telltale/internal/metrics"
)

func (a *App) buildDashboards() error {
	shipped, err := deploy.Dashboards()
	if err != nil {
		return fmt.Errorf("shipped dashboards: %w", err)
	}
	a.dashboards, err = library.New(library.Options{Dir: a.config.Dashboards, Shipped: shipped, Query: metrics.ParseExpr, Logger: a.log})
	return err
}

// panels answers the queries of dashboards from the metrics.
func (a *App) panels() *panel.Runner {
	return &panel.Runner{Metrics: panelMetrics{a.metrics}, Interval: a.config.Metrics.Interval, Scrape: a.metrics.ScrapeInterval}
}

// panelMetrics puts answers of the metrics into the types of panels.
type panelMetrics struct{ *metrics.Server }

func (m panelMetrics) Query(ctx context.Context, expr string, at time.Time) (panel.Result, error) {
	r, err := m.Server.Query(ctx, expr, at)
	return panelResult(r), panelError(err)
}

func (m panelMetrics) QueryRange(ctx context.Context, expr string, from, to time.Time, step time.Duration) (panel.Result, error) {
	r, err := m.Server.QueryRange(ctx, expr, from, to, step)
	return panelResult(r), panelError(err)
}

func (m panelMetrics) Exemplars(ctx context.Context, expr string, from, to time.Time) ([]panel.Exemplar, error) {
	found, err := m.Server.Exemplars(ctx, expr, from, to)
	out := make([]panel.Exemplar, len(found))
	for i, e := range found {
		out[i] = panel.Exemplar(e)
	}
	return out, panelError(err)
}

func panelResult(r metrics.Result) panel.Result {
	out := panel.Result{Series: make([]panel.Sampled, len(r.Series)), Warnings: r.Warnings}
	for i, s := range r.Series {
		one := panel.Sampled{Labels: s.Labels, Points: make([]panel.Point, len(s.Points))}
		for j, p := range s.Points {
			one.Points[j] = panel.Point(p)
		}
		for _, h := range s.Histograms {
			native := panel.Histogram{T: h.T}
			for _, b := range h.Buckets {
				native.Buckets = append(native.Buckets, panel.Range(b))
			}
			one.Histograms = append(one.Histograms, native)
		}
		out.Series[i] = one
	}
	return out
}

func panelError(err error) error {
	if e := new(metrics.SyntaxError); errors.As(err, &e) {
		return &panel.SyntaxError{Line: e.Line, Column: e.Column, Message: e.Message}
	}
	return err
}
