// Package metrics is Prometheus inside the process: the time-series database, PromQL, scraping, rules, remote write and
// read, and its HTTP API below /prometheus. It is the only package that imports Prometheus; what others need of it they say
// in types of their own.
//
// The folder of a Server holds an ordinary TSDB, which a real Prometheus opens as it is.
package metrics
