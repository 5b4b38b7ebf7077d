package gateway

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// refusals count what was refused without a record, since there was no place for one.
type refusals struct{ busy, stopping, unrecorded atomic.Int64 }

// register makes the gateway's own metrics. They are read when asked for and cost calls nothing; the llm_ families are
// counted by the pipeline.
func (g *Gateway) register(reg prometheus.Registerer) error {
	gauge := func(name, help string, v func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "telltale_gateway_" + name, Help: help}, v)
	}
	counter := func(name, help string, v *atomic.Int64, labels prometheus.Labels) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "telltale_gateway_" + name, Help: help, ConstLabels: labels},
			func() float64 { return float64(v.Load()) })
	}
	rec := g.records
	reason := func(r string) prometheus.Labels { return prometheus.Labels{"reason": r} }
	for _, c := range []prometheus.Collector{
		gauge("calls_active", "Calls in flight.", func() float64 { return float64(g.active.Load()) }),
		gauge("queue_length", "Calls whose record is not durable yet, running ones included.", func() float64 { return float64(rec.reserved.Load()) }),
		gauge("queue_capacity", "Places in the queue of records.", func() float64 { return float64(rec.capacity) }),
		gauge("content_bytes", "Bodies that wait to be recorded.", func() float64 { return float64(rec.content.used.Load()) }),
		gauge("body_bytes", "Large request bodies held in memory.", func() float64 { return float64(g.bodies.used.Load()) }),
		counter("content_dropped_total", "Calls recorded without their content, under pressure.", &rec.contentDropped, nil),
		counter("records_dropped_total", "Records lost at a forced stop.", &rec.dropped, nil),
		counter("ingest_errors_total", "Batches the sink did not take at once.", &rec.sinkErrors, nil),
		counter("refused_total", "Calls refused and not recorded.", &g.refused.busy, reason("overloaded")),
		counter("refused_total", "Calls refused and not recorded.", &g.refused.stopping, reason("stopping")),
		counter("refused_total", "Calls refused and not recorded.", &g.refused.unrecorded, reason("refused_under_pressure")),
	} {
		if err := reg.Register(c); err != nil {
			return err
		}
	}
	return nil
}
