package observetest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/observetest"
)

// The test of a whole service, whose telemetry the recorder listens to.
func Example() {
	t := &testing.T{} // of the test function
	ctx := context.Background()
	rec := observetest.New(t)
	tel, err := observe.Start(ctx, observe.Config{
		Service: "shop", Exporter: observe.ExporterNone, NoGlobal: true,
		SpanProcessors: []sdktrace.SpanProcessor{rec.SpanProcessor()},
		Log:            logging.Options{Writer: io.Discard, Sink: rec.Sink()},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = tel.Shutdown(ctx) }()
	rec.Watch(tel.Metrics())

	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders/{id}", func(_ http.ResponseWriter, r *http.Request) {
		tel.Logger().WarnContext(r.Context(), "out of stock", "item", 7)
	})
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/orders/7", http.NoBody)
	tel.Handler(mux).ServeHTTP(httptest.NewRecorder(), r)

	fmt.Print(rec.Tree("http.response.status_code"))
	fmt.Println(rec.Metric(t, "http_requests_total", "status=200"), "request")
	line := rec.Log(t, "out of stock")
	fmt.Println(line.Level, line.Message, line.Attr("item"), line.Path)
	// Output:
	// POST /orders/{id} (server) http.response.status_code=200
	// 1 request
	// WARN out of stock 7 /orders/7
}

// Code that takes its telemetry from the context needs no service around it.
func ExampleRecorder_Context() {
	t := &testing.T{}
	rec := observetest.New(t)
	charge := func(ctx context.Context) { observe.Error(ctx, errors.New("card refused"), "order", 7) }
	charge(rec.Context(context.Background()))
	line := rec.Log(t, "error")
	fmt.Println(line.Attr("error"), line.Attr("order"))
	// Output: card refused 7
}

// What happens in the background is waited for, no longer than it takes.
func ExampleRecorder_Wait() {
	t := &testing.T{}
	rec := observetest.New(t)
	for i := range 3 {
		go rec.Logger().Info("mail sent", "number", i)
	}
	rec.Wait(t, "three mails", func() bool { return len(rec.Logs()) == 3 })
	fmt.Println(len(rec.Logs()), "mails")
	// Output: 3 mails
}

// A worker under test has as much time as the assertions about it.
func ExamplePatience() {
	ctx, cancel := context.WithTimeout(context.Background(), observetest.Patience)
	defer cancel()
	done := make(chan struct{})
	go func() { close(done) }() // stands for the worker
	select {
	case <-done:
		fmt.Println("in time")
	case <-ctx.Done():
		fmt.Println("too late")
	}
	// Output: in time
}
