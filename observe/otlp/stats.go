package otlp

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// counts of one signal, in records.
type counts struct{ sent, dropped, rejected, failed atomic.Uint64 }

// Counts says what became of the records of one signal: spans, log records or data points.
type Counts struct {
	Sent     uint64 // arrived and were taken
	Dropped  uint64 // never sent: the queue was full, or Shutdown out of time
	Rejected uint64 // arrived and were refused, while the rest of their request was taken
	Failed   uint64 // their request was refused or never arrived
	Queued   int    // wait now
}

// Stats are the counts of an Exporter.
type Stats struct{ Traces, Logs, Metrics Counts }

// Stats returns the counts since New.
func (e *Exporter) Stats() Stats {
	return Stats{Traces: e.countsOf(Traces), Logs: e.countsOf(Logs), Metrics: e.countsOf(Metrics)}
}

func (e *Exporter) countsOf(s Signal) Counts {
	c := &e.counts[s]
	return Counts{
		Sent: c.sent.Load(), Dropped: c.dropped.Load(), Rejected: c.rejected.Load(), Failed: c.failed.Load(),
		Queued: e.queued(s),
	}
}

func (e *Exporter) queued(s Signal) int {
	switch s {
	case Traces:
		return e.spans.len()
	case Logs:
		return e.logs.len()
	}
	return 0
}

var (
	recordsDesc = prometheus.NewDesc("telltale_export_records_total",
		"Spans, log records and data points by what became of them: sent, dropped, rejected or failed.",
		[]string{"signal", "outcome"}, nil)
	queueDesc = prometheus.NewDesc("telltale_export_queue_records",
		"Spans and log records that wait to be sent.", []string{"signal"}, nil)
)

// Describe implements prometheus.Collector.
func (e *Exporter) Describe(to chan<- *prometheus.Desc) {
	to <- recordsDesc
	to <- queueDesc
}

// Collect implements prometheus.Collector.
func (e *Exporter) Collect(to chan<- prometheus.Metric) {
	for s := range Signal(numSignals) {
		if e.workers[s] == nil {
			continue
		}
		c := e.countsOf(s)
		for _, each := range [...]struct {
			outcome string
			n       uint64
		}{{"sent", c.Sent}, {"dropped", c.Dropped}, {"rejected", c.Rejected}, {"failed", c.Failed}} {
			to <- prometheus.MustNewConstMetric(recordsDesc, prometheus.CounterValue, float64(each.n), s.String(), each.outcome)
		}
		if s != Metrics {
			to <- prometheus.MustNewConstMetric(queueDesc, prometheus.GaugeValue, float64(c.Queued), s.String())
		}
	}
}
