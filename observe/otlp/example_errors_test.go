package otlp_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/otlp"
)

// counter is a Sender.
type counter struct{ requests [3]int }

func (c *counter) Send(_ context.Context, s otlp.Signal, _ []byte) error {
	c.requests[s]++
	return nil
}

func (c *counter) Close() error { return nil }

func ExampleSender() {
	sender := &counter{}
	exporter := otlp.New(otlp.Options{Sender: sender, Interval: time.Hour})
	log := slog.New(logging.New(logging.Options{Writer: discard{}, Sink: exporter}))
	log.Info("started")
	_ = exporter.Shutdown(context.Background())
	fmt.Println(sender.requests[otlp.Logs], "request of", otlp.Logs)
	// Output: 1 request of logs
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func ExampleExporter_ForceFlush() {
	exporter := otlp.New(otlp.Options{Sender: &counter{}, Interval: time.Hour})
	defer func() { _ = exporter.Shutdown(context.Background()) }()
	slog.New(logging.New(logging.Options{Writer: discard{}, Sink: exporter})).Info("started")

	err := exporter.ForceFlush(context.Background()) // before a function is frozen
	fmt.Println(exporter.Stats().Logs.Sent, err)
	// Output: 1 <nil>
}

func ExampleExporter_Shutdown() {
	exporter := otlp.New(otlp.Options{Sender: &counter{}})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	fmt.Println(exporter.Shutdown(ctx))
	// Output: <nil>
}

func ExampleExporter_Collect() {
	exporter := otlp.New(otlp.Options{Sender: &counter{}})
	defer func() { _ = exporter.Shutdown(context.Background()) }()
	registry := prometheus.NewRegistry()
	registry.MustRegister(exporter)
	families, err := registry.Gather()
	for _, f := range families {
		fmt.Println(f.GetName(), err)
	}
	// Output:
	// telltale_export_queue_records <nil>
	// telltale_export_records_total <nil>
}

func ExampleSignal_String() {
	fmt.Println(otlp.Traces, otlp.Logs, otlp.Metrics)
	// Output: traces logs metrics
}

func ExampleRetry() {
	var err error = &otlp.Retry{After: time.Second, Err: context.DeadlineExceeded}
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

func ExamplePartial() {
	fmt.Println(&otlp.Partial{Rejected: 3, Message: "too old"})
	// Output: backend rejected 3 records: too old
}

func ExamplePartialSuccess() {
	fmt.Println(otlp.PartialSuccess(nil)) // all was taken
	// Output: <nil>
}

func ExampleLoadTLS() {
	config, err := otlp.LoadTLS(nil, "", "", "") // the system's roots
	fmt.Println(config != nil, err)
	// Output: true <nil>
}
