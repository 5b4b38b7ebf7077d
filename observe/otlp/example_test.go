package otlp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/telltale-dev/telltale/observe/otlp"
)

// backend stands for a collector, or for Telltale.
func backend() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
}

func Example() {
	server := backend()
	defer server.Close()

	sender, err := otlp.NewHTTPSender(otlp.HTTPOptions{Endpoint: server.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	exporter := otlp.New(otlp.Options{Sender: sender, Resource: resource.Empty()})
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter))
	ctx := context.Background()
	_, span := provider.Tracer("example").Start(ctx, "work")
	span.End()
	if err := provider.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println(exporter.Stats().Traces.Sent, "span sent")
	// Output: 1 span sent
}

func ExampleNew_metrics() {
	server := backend()
	defer server.Close()
	sender, _ := otlp.NewHTTPSender(otlp.HTTPOptions{Endpoint: server.URL})

	registry := prometheus.NewRegistry()
	jobs := prometheus.NewCounter(prometheus.CounterOpts{Name: "jobs_total", Help: "Jobs done."})
	registry.MustRegister(jobs)
	exporter := otlp.New(otlp.Options{
		Sender: sender, Gatherer: registry, MetricInterval: 10 * time.Second,
		OnError: func(err error) { fmt.Fprintln(os.Stderr, err) },
	})
	jobs.Inc()
	if err := exporter.Shutdown(context.Background()); err != nil { // sends the last values
		fmt.Println(err)
	}
	fmt.Println(exporter.Stats().Metrics.Sent, "data point sent")
	// Output: 1 data point sent
}

func ExampleNewHTTPSender() {
	_, err := otlp.NewHTTPSender(otlp.HTTPOptions{
		Endpoint: "localhost:4318", // a scheme is missing
		Headers:  map[string]string{"Authorization": "Bearer " + os.Getenv("TELEMETRY_KEY")},
	})
	fmt.Println(err)
	// Output: endpoint of traces is not a URL with http or https
}

func ExampleNewConsole() {
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(otlp.NewConsole(os.Stdout, false)))
	ctx, request := provider.Tracer("example").Start(context.Background(), "POST /chat")
	_, call := provider.Tracer("example").Start(ctx, "chat gpt-5")
	call.End()
	request.End()
	_ = provider.Shutdown(ctx)
	// Prints, with other numbers:
	//
	//	trace 4bf92f3577b34da6a3ce929d0e0e4736
	//	POST /chat  1.52s
	//	└─ chat gpt-5  1.48s
}
