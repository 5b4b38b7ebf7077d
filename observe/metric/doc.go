// Package metric makes labelled Prometheus metrics that cannot flood whoever scrapes them.
//
// A label whose values nobody bounds (a model's name from a request, a path without a template) is how a service takes down
// its own monitoring. Every family made here has a limit of label sets. Past it, the label with the most values says "other",
// the fold is counted in telltale_cardinality_folded_total, and one warning is logged for each family.
//
//	orders := tel.Metrics().Counter("orders_total", "Orders placed.", "plan")
//	orders.With("pro").Inc()
//	orders.Add(ctx, 1, "pro") // the same, and the trace in ctx becomes the exemplar
//
// Metrics are those of client_golang: a Registry is a prometheus.Registerer and Gatherer, and takes any collector.
package metric
