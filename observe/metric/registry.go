package metric

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Other is the value of a label whose own values are past the limit.
const Other = "other"

// DefaultLimit is how many label sets a family may have.
const DefaultLimit = 1000

// Options of a Registry. The zero value is ready for use.
type Options struct {
	// Limit is how many label sets a family may have before new ones fold into Other; 0 means DefaultLimit, less than zero
	// none.
	Limit int

	// Logger gets one warning for each family that passes its limit; nil means slog.Default.
	Logger func() *slog.Logger
}

// Registry holds the metrics of a service. Make one with NewRegistry; it may be used by any number of goroutines.
type Registry struct {
	*prometheus.Registry
	limit  int
	logger func() *slog.Logger
	folded *prometheus.CounterVec

	mu       sync.Mutex
	families map[string]any // what Counter, Gauge and Histogram made, by name
}

// NewRegistry returns an empty registry.
func NewRegistry(o Options) *Registry {
	r := &Registry{Registry: prometheus.NewRegistry(), limit: o.Limit, logger: o.Logger, families: map[string]any{}}
	if r.limit == 0 {
		r.limit = DefaultLimit
	}
	if r.logger == nil {
		r.logger = slog.Default
	}
	r.folded = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "telltale_cardinality_folded_total",
		Help: "Observations whose label value became other, since the family was past its limit of label sets.",
	}, []string{"family", "label"})
	r.MustRegister(r.folded)
	return r
}

// family returns the family of that name, which build makes the first time. It panics where the name is taken by a metric
// of another type or with other labels, as prometheus.MustRegister does: that is a mistake in the program.
func family[F interface{ labelNames() []string }](r *Registry, name string, labels []string, build func() F) F {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.families[name]
	if !ok {
		f := build()
		r.families[name] = f
		return f
	}
	f, ok := known.(F)
	if !ok || !slices.Equal(f.labelNames(), labels) {
		panic(fmt.Sprintf("metric %s is registered with another type or other labels than %q", name, labels))
	}
	return f
}

// Counter returns the counter of that name, and makes it if there is none.
func (r *Registry) Counter(name, help string, labels ...string) *Counter {
	return family(r, name, labels, func() *Counter {
		vec := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		r.MustRegister(vec)
		return &Counter{newGuard(r, name, labels, func(v []string) CounterSeries { return CounterSeries{Counter: vec.WithLabelValues(v...)} })}
	})
}

// Gauge returns the gauge of that name, and makes it if there is none.
func (r *Registry) Gauge(name, help string, labels ...string) *Gauge {
	return family(r, name, labels, func() *Gauge {
		vec := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
		r.MustRegister(vec)
		return &Gauge{newGuard(r, name, labels, func(v []string) prometheus.Gauge { return vec.WithLabelValues(v...) })}
	})
}

// Histogram returns the histogram of that name, and makes it if there is none. Buckets are upper bounds, ascending; nil
// means those of prometheus.DefBuckets.
func (r *Registry) Histogram(name, help string, buckets []float64, labels ...string) *Histogram {
	return family(r, name, labels, func() *Histogram {
		vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
		r.MustRegister(vec)
		return &Histogram{newGuard(r, name, labels, func(v []string) HistogramSeries { return HistogramSeries{Observer: vec.WithLabelValues(v...)} })}
	})
}
