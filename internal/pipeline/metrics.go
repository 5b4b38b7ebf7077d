package pipeline

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the pipeline says of itself. What it says of calls is derived from what the store keeps.
type metrics struct {
	redactions, overloaded prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		redactions: prometheus.NewCounter(prometheus.CounterOpts{Name: "telltale_redactions_total", Help: "Secrets and personal data taken out before storing."}),
		overloaded: prometheus.NewCounter(prometheus.CounterOpts{Name: "telltale_pipeline_overloaded_total", Help: "Batches told to come again because too much was under way."}),
	}
	return m, errors.Join(reg.Register(m.redactions), reg.Register(m.overloaded))
}
