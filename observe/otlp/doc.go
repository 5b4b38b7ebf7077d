// Package otlp sends spans, logs and metrics to any OpenTelemetry backend, and never stands in the way of the program
// they come from.
//
// An Exporter is a span processor of OpenTelemetry's SDK, a sink of the logging package, and a reader of a Prometheus
// registry. What it is given waits in a bounded queue; past the bound the newest is dropped and counted. Whatever happens
// to the backend, OnEnd and Emit do no more than enqueue.
//
//	sender, err := otlp.NewHTTPSender(otlp.HTTPOptions{Endpoint: "http://127.0.0.1:4318"})
//	exporter := otlp.New(otlp.Options{Sender: sender, Resource: res})
//	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(exporter))
//
// The protocol's messages are written by hand straight into the bytes of a request, so the package needs neither the
// generated code of OTLP nor gRPC. A Sender for gRPC is in observe/otlpgrpc, a module of its own.
package otlp
