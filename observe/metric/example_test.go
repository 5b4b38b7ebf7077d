package metric_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/telltale-dev/telltale/observe/metric"
)

// show prints a family as it is scraped.
func show(g prometheus.Gatherer, family string) {
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", http.NoBody)
	promhttp.HandlerFor(g, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, family) {
			fmt.Print(line)
		}
	}
}

func Example() {
	metrics := metric.NewRegistry(metric.Options{}) // in a service: tel.Metrics()
	orders := metrics.Counter("orders_total", "Orders placed.", "plan")
	orders.With("pro").Inc()
	orders.Add(context.Background(), 2, "free") // the trace of the context becomes the exemplar
	show(metrics, "orders_total")
	// Output:
	// orders_total{plan="free"} 2
	// orders_total{plan="pro"} 1
}

func ExampleNewRegistry() {
	metrics := metric.NewRegistry(metric.Options{})
	started := prometheus.NewGauge(prometheus.GaugeOpts{Name: "started", Help: "Whether the service has started."})
	metrics.MustRegister(started) // any collector of client_golang
	started.Set(1)
	show(metrics, "started")
	// Output: started 1
}

// Past the limit, new label sets are counted together.
func ExampleOptions() {
	metrics := metric.NewRegistry(metric.Options{
		Limit:  2,
		Logger: func() *slog.Logger { return slog.New(slog.DiscardHandler) }, // gets one warning for each family
	})
	calls := metrics.Counter("calls_total", "Calls of models.", "model")
	for _, model := range []string{"gpt-4o", "gpt-4o-mini", "made-up-1", "made-up-2", "gpt-4o"} {
		calls.With(model).Inc()
	}
	show(metrics, "calls_total")
	// Output:
	// calls_total{model="gpt-4o"} 2
	// calls_total{model="gpt-4o-mini"} 1
	// calls_total{model="other"} 2
}

func ExampleRegistry_Counter() {
	metrics := metric.NewRegistry(metric.Options{})
	for range 2 { // the same name is the same family
		metrics.Counter("mails_total", "Mails sent.").With().Inc()
	}
	show(metrics, "mails_total")
	// Output: mails_total 2
}

func ExampleRegistry_Gauge() {
	metrics := metric.NewRegistry(metric.Options{})
	metrics.Gauge("queue_depth", "Jobs that wait.", "queue").With("mail").Set(7)
	show(metrics, "queue_depth")
	// Output: queue_depth{queue="mail"} 7
}

func ExampleRegistry_Histogram() {
	metrics := metric.NewRegistry(metric.Options{})
	size := metrics.Histogram("upload_bytes", "Size of uploads.", []float64{1e3, 1e6}, "kind")
	size.With("image").Observe(52_000)
	show(metrics, "upload_bytes")
	// Output:
	// upload_bytes_bucket{kind="image",le="1000"} 0
	// upload_bytes_bucket{kind="image",le="1e+06"} 1
	// upload_bytes_bucket{kind="image",le="+Inf"} 1
	// upload_bytes_sum{kind="image"} 52000
	// upload_bytes_count{kind="image"} 1
}

func ExampleCounter_Add() {
	metrics := metric.NewRegistry(metric.Options{})
	sold := metrics.Counter("sold_total", "Things sold.", "shop", "kind")
	sold.Add(context.Background(), 3, "rome", "book") // in a handler: r.Context()
	show(metrics, "sold_total")
	// Output: sold_total{kind="book",shop="rome"} 3
}

func ExampleCounter_Series() {
	metrics := metric.NewRegistry(metric.Options{})
	lines := metrics.Counter("lines_total", "Lines read.", "file").Series("access.log") // found once
	for range 1000 {
		lines.AddContext(context.Background(), 1)
	}
	show(metrics, "lines_total")
	// Output: lines_total{file="access.log"} 1000
}

func ExampleHistogram_Observe() {
	metrics := metric.NewRegistry(metric.Options{})
	took := metrics.Histogram("job_seconds", "Duration of jobs.", []float64{1}, "job")
	took.Observe(context.Background(), 0.25, "mail") // the trace of the context becomes the exemplar of the bucket
	show(metrics, "job_seconds")
	// Output:
	// job_seconds_bucket{job="mail",le="1"} 1
	// job_seconds_bucket{job="mail",le="+Inf"} 1
	// job_seconds_sum{job="mail"} 0.25
	// job_seconds_count{job="mail"} 1
}

func ExampleHistogram_Series() {
	metrics := metric.NewRegistry(metric.Options{})
	rows := metrics.Histogram("query_rows", "Rows of a query.", []float64{10}, "table").Series("orders")
	for _, n := range []float64{3, 40} {
		rows.ObserveContext(context.Background(), n)
	}
	show(metrics, "query_rows")
	// Output:
	// query_rows_bucket{table="orders",le="10"} 1
	// query_rows_bucket{table="orders",le="+Inf"} 2
	// query_rows_sum{table="orders"} 43
	// query_rows_count{table="orders"} 2
}

// A service that knows which values of a label are worth telling apart folds the others itself, in the same way.
func ExampleOther() {
	metrics := metric.NewRegistry(metric.Options{Limit: 10 * metric.DefaultLimit}) // a service of very many routes
	sold := metrics.Counter("sold_total", "Things sold.", "city")
	shops := []string{"rome", "milan"}
	for _, city := range []string{"rome", "erewhon", "milan", "xanadu"} {
		if !slices.Contains(shops, city) {
			city = metric.Other
		}
		sold.With(city).Inc()
	}
	show(metrics, "sold_total")
	// Output:
	// sold_total{city="milan"} 1
	// sold_total{city="other"} 2
	// sold_total{city="rome"} 1
}
