package logging

import (
	"log/slog"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// outcome is what became of a line.
type outcome int

const (
	kept outcome = iota
	sampled
	quiet
	failed
	outcomes
)

var outcomeNames = [outcomes]string{"kept", "sampled", "quiet", "failed"}

var classNames = [...]string{"debug", "info", "warn", "error"}

// classOf returns the index of a level in classNames.
func classOf(level slog.Level) int {
	switch {
	case level >= slog.LevelError:
		return 3
	case level >= slog.LevelWarn:
		return 2
	case level >= slog.LevelInfo:
		return 1
	}
	return 0
}

// counts are lines by level and outcome.
type counts [len(classNames)][outcomes]atomic.Uint64

func (c *counts) add(level slog.Level, o outcome) { c[classOf(level)][o].Add(1) }

// Stats says what became of all lines whose level was enabled.
type Stats struct {
	Kept    uint64 // written
	Sampled uint64 // dropped by Sampling
	Quiet   uint64 // of requests to quiet paths
	Failed  uint64 // the writer returned an error
}

// Stats returns the counts of all handlers made from this one.
func (h *Handler) Stats() Stats {
	var s Stats
	for i := range h.out.counts {
		c := &h.out.counts[i]
		s.Kept += c[kept].Load()
		s.Sampled += c[sampled].Load()
		s.Quiet += c[quiet].Load()
		s.Failed += c[failed].Load()
	}
	return s
}

// Collector returns the counts as the metric telltale_log_lines_total{level,outcome}.
func (h *Handler) Collector() prometheus.Collector { return collector{h.out} }

type collector struct{ out *output }

var linesDesc = prometheus.NewDesc("telltale_log_lines_total",
	"Log lines by level and what became of them: kept, sampled, quiet, failed.", []string{"level", "outcome"}, nil)

// Describe implements prometheus.Collector.
func (collector) Describe(ch chan<- *prometheus.Desc) { ch <- linesDesc }

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	for i, class := range classNames {
		for o, name := range outcomeNames {
			n := float64(c.out.counts[i][o].Load())
			ch <- prometheus.MustNewConstMetric(linesDesc, prometheus.CounterValue, n, class, name)
		}
	}
}
