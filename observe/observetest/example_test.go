package observetest_test

import (
	"context"
	"fmt"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/observetest"
)

func ExampleRecorder_Span() {
	t := &testing.T{} // of the test function
	rec := observetest.New(t)
	_, span := rec.Tracer().Start(context.Background(), "job", trace.WithAttributes(attribute.Int("size", 3)))
	span.AddEvent("retry")
	span.End()

	job := rec.Span(t, "job")
	fmt.Println(job.Name(), job.Attr("size"), job.EventNames())
	// Output: job 3 [retry]
}

func ExampleRecorder_Unended() {
	rec := observetest.New(&testing.T{})
	_, span := rec.Tracer().Start(context.Background(), "job")
	fmt.Println(rec.Unended())
	span.End()
	fmt.Println(len(rec.Unended()), len(rec.Spans()))
	// Output:
	// [job]
	// 0 1
}

func ExampleRecorder_Logger() {
	t := &testing.T{}
	rec := observetest.New(t)
	rec.Logger().Info("sent", "to", "ada@example.com")
	fmt.Println(rec.Log(t, "sent").Attr("to"))
	// Output: [redacted:email]
}

func ExampleRecorder_Logs() {
	rec := observetest.New(&testing.T{})
	rec.Logger().Info("first")
	rec.Logger().Warn("second")
	for _, l := range rec.Logs() {
		fmt.Println(l.Level, l.Message)
	}
	// Output:
	// INFO first
	// WARN second
}

func ExampleRecorder_Reset() {
	rec := observetest.New(&testing.T{})
	rec.Logger().Info("of the set-up")
	rec.Reset()
	fmt.Println(len(rec.Logs()))
	// Output: 0
}

func ExampleRecorder_Series() {
	t := &testing.T{}
	rec := observetest.New(t)
	rec.Metrics().Counter("orders_total", "Orders placed.", "plan").With("pro").Inc()
	fmt.Println(rec.Series(t, "orders_total"))
	// Output: map[plan=pro:1]
}

func ExampleRecorder_NoSecrets() {
	t := &testing.T{}
	rec := observetest.New(t)
	rec.Logger().Info("signed in", "password", "hunter2")
	rec.NoSecrets(t, "hunter2")
	fmt.Println(t.Failed())
	// Output: false
}
