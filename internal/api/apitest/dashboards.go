package apitest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/dashboard/library"
	"github.com/telltale-dev/telltale/internal/dashboard/panel"
)

// Dashboards is a library with one shipped dashboard, "sample", whose panel 1 is a chart, 2 a table and 3 a query that fails. Own ones
// are saved in dir.
func Dashboards(dir string) (*library.Library, error) {
	return library.New(library.Options{Dir: dir, Shipped: map[string]string{"sample.json": sampleDashboard}, Query: func(expr string) error {
		if strings.Contains(expr, "((") {
			return errors.New("1:5: unclosed left parenthesis")
		}
		return nil
	}})
}

const sampleDashboard = `{"uid": "sample", "title": "Sample", "tags": ["test"], "panels": [
	{"id": 1, "type": "timeseries", "title": "Calls of $job", "targets": [{"expr": "calls{job=~\"$job\"}", "legendFormat": "{{job}}", "exemplar": true}], "fieldConfig": {"defaults": {"unit": "reqps"}, "overrides": []}},
	{"id": 2, "type": "table", "title": "Table", "targets": [{"expr": "calls"}]},
	{"id": 3, "type": "stat", "title": "Fails", "targets": [{"expr": "expensive"}]}
], "templating": {"list": [{"name": "job", "type": "query", "query": "label_values(calls, job)", "multi": true}]}}`

// Panels answers every query with two series, and "expensive" with an error.
func Panels() *panel.Runner { return &panel.Runner{Metrics: samples{}, Interval: 15 * time.Second} }

type samples struct{}

func (samples) Query(_ context.Context, expr string, at time.Time) (panel.Result, error) {
	return answer(expr, at, at, time.Second)
}

func (samples) QueryRange(_ context.Context, expr string, from, to time.Time, step time.Duration) (panel.Result, error) {
	return answer(expr, from, to, step)
}

func answer(expr string, from, to time.Time, step time.Duration) (panel.Result, error) {
	if expr == "expensive" {
		return panel.Result{}, errors.New("the query is too expensive: it needs more than 50 samples")
	}
	var r panel.Result
	for i, job := range []string{"chat-api", Hostile} {
		s := panel.Sampled{Labels: map[string]string{"job": job}}
		for t := from; !t.After(to); t = t.Add(step) {
			s.Points = append(s.Points, panel.Point{T: t.UnixMilli(), V: float64(i + 1)})
		}
		r.Series = append(r.Series, s)
	}
	return r, nil
}

func (samples) LabelNames(context.Context, []string, time.Time, time.Time) ([]string, error) {
	return []string{"job"}, nil
}

func (samples) LabelValues(context.Context, string, []string, time.Time, time.Time) ([]string, error) {
	return []string{"chat-api", "rag-api"}, nil
}

func (samples) Exemplars(_ context.Context, _ string, from, _ time.Time) ([]panel.Exemplar, error) {
	return []panel.Exemplar{{Series: map[string]string{"job": "chat-api"}, Labels: map[string]string{"trace_id": TraceGood.String()}, T: from.UnixMilli() + 1, Value: 1}}, nil
}
