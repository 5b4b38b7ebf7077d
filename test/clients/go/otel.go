package main

import (
	"context"
	"errors"
	"net/http"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// otelCases send plain spans by the OpenTelemetry SDK, as python/otel_sdk.py does.
func otelCases(string) []testCase {
	grpc := func(ctx context.Context) (*otlptrace.Exporter, error) {
		return otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(os.Getenv("TELLTALE_GRPC")), otlptracegrpc.WithInsecure(),
			otlptracegrpc.WithCompressor("gzip"))
	}
	web := func(ctx context.Context) (*otlptrace.Exporter, error) {
		return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(os.Getenv("TELLTALE_OTLP")+"/v1/traces"),
			otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	}
	grpcPoints := func(ctx context.Context) (sdkmetric.Exporter, error) {
		return otlpmetricgrpc.New(ctx, otlpmetricgrpc.WithEndpoint(os.Getenv("TELLTALE_GRPC")), otlpmetricgrpc.WithInsecure(),
			otlpmetricgrpc.WithCompressor("gzip"))
	}
	webPoints := func(ctx context.Context) (sdkmetric.Exporter, error) { // deltas, which the server adds up
		return otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(os.Getenv("TELLTALE_OTLP")+"/v1/metrics"),
			otlpmetrichttp.WithCompression(otlpmetrichttp.GzipCompression), otlpmetrichttp.WithTemporalitySelector(sdkmetric.DeltaTemporalitySelector))
	}
	request := func(service string, open func(context.Context) (*otlptrace.Exporter, error),
		points func(context.Context) (sdkmetric.Exporter, error),
	) func(context.Context, http.Header) (facts, error) {
		return func(ctx context.Context, _ http.Header) (facts, error) {
			exporter, err := open(ctx)
			if err != nil {
				return nil, err
			}
			of := resource.NewSchemaless(attribute.String("service.name", service), attribute.String("deployment.environment.name", "e2e"))
			tracers := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(of))
			if err := measure(ctx, of, points); err != nil {
				return nil, err
			}
			id := order(ctx, tracers.Tracer("shop", trace.WithInstrumentationVersion("1.2.3")))
			return facts{"trace": id.String()}, tracers.Shutdown(ctx)
		}
	}
	return []testCase{{"go-grpc", request("go-grpc", grpc, grpcPoints)}, {"go-http", request("go-http", web, webPoints)}}
}

// measure counts orders and measures a charge, in two exports.
func measure(ctx context.Context, of *resource.Resource, open func(context.Context) (sdkmetric.Exporter, error)) error {
	exporter, err := open(ctx)
	if err != nil {
		return err
	}
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithResource(of), sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter)))
	meter := meters.Meter("shop")
	orders, err := meter.Int64Counter("orders")
	if err != nil {
		return err
	}
	charge, err := meter.Float64Histogram("charge.duration", metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(0.1, 1, 10))
	if err != nil {
		return err
	}
	region := metric.WithAttributes(attribute.String("region", "eu"))
	orders.Add(ctx, 1, region)
	if err := meters.ForceFlush(ctx); err != nil {
		return err
	}
	orders.Add(ctx, 2, region)
	charge.Record(ctx, 0.5)
	return meters.Shutdown(ctx)
}

func order(ctx context.Context, tracer trace.Tracer) trace.TraceID {
	ctx, root := tracer.Start(ctx, "GET /orders/{id}", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", "GET"), attribute.String("http.route", "/orders/{id}"),
		attribute.Int("http.response.status_code", http.StatusInternalServerError),
		attribute.String("user.id", "user-123"), attribute.String("session.id", "session-1"),
		attribute.Int("cart.items", 3), attribute.Float64("cart.total", 1.5), attribute.Bool("cart.gift", true),
		attribute.StringSlice("cart.tags", []string{"a", "b"})))
	_, child := tracer.Start(ctx, "charge card")
	child.AddEvent("retry", trace.WithAttributes(attribute.Int("attempt", 2)))
	child.RecordError(errors.New("card declined"))
	child.SetStatus(codes.Error, "card declined")
	child.End()
	root.End()
	return root.SpanContext().TraceID()
}
