package observe_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/redact"
)

func ExampleConfig() {
	ratio := 0.1
	tel, err := observe.Start(context.Background(), observe.Config{
		Service: "chat-api", Version: "1.4.2", Environment: "production",
		Exporter:   observe.ExporterNone, // without it: to the backend of OTEL_EXPORTER_OTLP_ENDPOINT
		TraceRatio: &ratio,
		Content:    observe.ContentHash,
		Redact:     redact.Options{Fields: []string{"badge"}},
		Log:        logging.Options{Writer: io.Discard},
		NoGlobal:   true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tel.Shutdown(context.Background()))
	// Output: <nil>
}

func ExampleTelemetry_Logger() {
	var log strings.Builder
	tel := quiet(observe.Config{Log: logging.Options{Writer: &log, Format: logging.FormatJSON}})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	h := tel.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		tel.Logger().InfoContext(r.Context(), "order placed", "password", "hunter2")
	}))
	r := request(http.MethodPost, "/orders")
	r.Header.Set(observe.RequestIDHeader, "7")
	h.ServeHTTP(httptest.NewRecorder(), r)

	line, _, _ := strings.Cut(log.String(), "\n")
	fmt.Println(strings.Contains(line, `"request_id":"7"`), strings.Contains(line, "hunter2"))
	// Output: true false
}

func ExampleTelemetry_LogHandler() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	if err := tel.LogHandler().SetLevel("", slog.LevelDebug); err != nil { // while the service runs
		fmt.Println(err)
	}
	fmt.Println(tel.Logger().Enabled(context.Background(), slog.LevelDebug))
	// Output: true
}

func ExampleTelemetry_Metrics() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	orders := tel.Metrics().Counter("orders_total", "Orders placed.", "plan") // once, where the service is set up
	h := tel.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		orders.Add(r.Context(), 1, "pro")
	}))
	h.ServeHTTP(httptest.NewRecorder(), request(http.MethodPost, "/orders"))
	printMetric(tel, "orders_total")
	// Output: orders_total{plan="pro"} 1
}

func ExampleTelemetry_Redactor() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	text, removed := tel.Redactor().String("mail ada@example.com, please")
	fmt.Println(text, removed)
	// Output: mail [redacted:email], please 1
}

func ExampleTelemetry_Tracer() {
	spans := tracetest.NewSpanRecorder()
	tel := quiet(observe.Config{SpanProcessors: []sdktrace.SpanProcessor{spans}})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	h := tel.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, span := tel.Tracer().Start(r.Context(), "price the order")
		defer span.End()
	}))
	h.ServeHTTP(httptest.NewRecorder(), request(http.MethodPost, "/orders"))
	ended := spans.Ended()
	inner, outer := ended[0], ended[1]
	fmt.Println(inner.Name(), inner.Parent().SpanID() == outer.SpanContext().SpanID())
	// Output: price the order true
}

func ExampleTelemetry_TracerProvider() {
	spans := tracetest.NewSpanRecorder()
	tel := quiet(observe.Config{SpanProcessors: []sdktrace.SpanProcessor{spans}})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	tracer := tel.TracerProvider().Tracer("example.com/queue") // for a library that takes a provider
	_, span := tracer.Start(context.Background(), "publish")
	span.End()
	fmt.Println(spans.Ended()[0].InstrumentationScope().Name, spans.Ended()[0].Name())
	// Output: example.com/queue publish
}

func ExampleTelemetry_HTTPClient() {
	tel := quiet(observe.Config{SpanProcessors: []sdktrace.SpanProcessor{tracetest.NewSpanRecorder()}})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	stock := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Traceparent") != "" {
			_, _ = io.WriteString(w, "part of the trace")
		}
	}))
	defer stock.Close()

	r, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, stock.URL, http.NoBody)
	resp, err := tel.HTTPClient().Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(string(body))
	// Output: part of the trace
}

func ExampleTelemetry_Transport() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	client := &http.Client{Transport: tel.Transport(away{})} // away stands for a transport of one's own

	r, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://stock.example.com/items", http.NoBody)
	if resp, err := client.Do(r); err == nil {
		_ = resp.Body.Close()
	}
	printMetric(tel, "external_calls_total")
	// Output: external_calls_total{status="error",target="stock.example.com"} 1
}

// away is a RoundTripper that reaches nobody.
type away struct{}

func (away) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no route to host")
}

func ExampleTelemetry_ForceFlush() {
	tel := quiet(observe.Config{})
	defer func() { _ = tel.Shutdown(context.Background()) }()
	invoke := func(ctx context.Context) error { // of a function that is frozen between its calls
		tel.Logger().InfoContext(ctx, "invoked")
		return tel.ForceFlush(ctx)
	}
	fmt.Println(invoke(context.Background()))
	// Output: <nil>
}

// A service stops in order: the server first, then what observes it.
func ExampleTelemetry_Shutdown() {
	ctx := context.Background()
	tel := quiet(observe.Config{})
	server := &http.Server{Handler: tel.Handler(http.NotFoundHandler())} //nolint:gosec // it serves nothing here
	tel.Health().Drain()
	err := server.Shutdown(ctx)
	fmt.Println(errors.Join(err, tel.Shutdown(ctx)))
	// Output: <nil>
}

// printMetric prints a family as it is scraped.
func printMetric(tel *observe.Telemetry, family string) {
	for line := range strings.Lines(scrape(tel)) {
		if strings.HasPrefix(line, family) {
			fmt.Print(line)
		}
	}
}

// scrape reads all metrics as Prometheus does.
func scrape(tel *observe.Telemetry) string {
	w := httptest.NewRecorder()
	tel.MetricsHandler().ServeHTTP(w, request(http.MethodGet, "/metrics"))
	return w.Body.String()
}
