// Package derive counts the HTTP and LLM families of metrics from durable spans, all of them, whichever client sent them.
// The label job is the service, as Prometheus' translation of OTLP has it.
//
// A Counter follows the store's log: it is told every batch once, in order, and keeps its counters with the number of the
// last batch in one file. After a crash the store tells it what came since, so that nothing is lost or counted twice, and
// counters never begin again. Gauges of activity are not derived: a finished span does not tell what is under way.
package derive
