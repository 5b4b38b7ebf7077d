package otlp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

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
	var out strings.Builder // in a service: os.Stderr, with colour
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(otlp.NewConsole(&out, false)))
	at := func(ms int) trace.SpanEventOption {
		return trace.WithTimestamp(time.Date(2026, 3, 14, 9, 26, 53, ms*1e6, time.UTC))
	}
	ctx, request := provider.Tracer("example").Start(context.Background(), "POST /chat", at(0))
	_, call := provider.Tracer("example").Start(ctx, "chat gpt-5", at(20))
	call.SetAttributes(attribute.Int("gen_ai.usage.input_tokens", 1200), attribute.Int("gen_ai.usage.output_tokens", 85))
	call.End(at(900))
	request.End(at(920))
	_ = provider.Shutdown(ctx)
	id, tree, _ := strings.Cut(out.String(), "\n") // "trace 4bf92f35…"
	fmt.Println(id[:5])
	fmt.Print(tree)
	// Output:
	// trace
	// POST /chat  920ms
	// └─ chat gpt-5  880ms  1200→85 tokens
}

// A service that makes very many spans, and would rather use memory than lose any while the backend restarts.
func ExampleOptions() {
	sender, _ := otlp.NewHTTPSender(otlp.HTTPOptions{Endpoint: otlp.DefaultEndpoint})
	exporter := otlp.New(otlp.Options{
		Sender:       sender,
		QueueRecords: 8 * otlp.DefaultQueueRecords, QueueBytes: 4 * otlp.DefaultQueueBytes,
		BatchRecords: 4 * otlp.DefaultBatchRecords,
		Timeout:      3 * otlp.DefaultTimeout,
	})
	fmt.Println(exporter.Shutdown(context.Background()))
	// Output: <nil>
}

func ExampleHTTPOptions() {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.URL, r.Header.Get("X-Api-Key"), r.Header.Get("Content-Encoding") == string(otlp.Gzip))
		fmt.Println(r.UserAgent() == "shop/1.4 "+otlp.DefaultUserAgent)
	}))
	defer server.Close()
	sender, err := otlp.NewHTTPSender(otlp.HTTPOptions{
		LogsURL:     server.URL + "/opentelemetry/logs", // a backend with paths of its own
		Headers:     map[string]string{"X-Api-Key": "any"},
		Compression: otlp.Uncompressed, // the backend is on the same machine
		UserAgent:   "shop/1.4",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = sender.Send(context.Background(), otlp.Logs, nil)
	_ = sender.Close()
	// Output:
	// /opentelemetry/logs any false
	// true
}
