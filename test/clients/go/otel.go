package main

import (
	"context"
	"errors"
	"net/http"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
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
	request := func(service string, open func(context.Context) (*otlptrace.Exporter, error)) func(context.Context, http.Header) (facts, error) {
		return func(ctx context.Context, _ http.Header) (facts, error) {
			exporter, err := open(ctx)
			if err != nil {
				return nil, err
			}
			tracers := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(resource.NewSchemaless(
				attribute.String("service.name", service), attribute.String("deployment.environment.name", "e2e"))))
			id := order(ctx, tracers.Tracer("shop", trace.WithInstrumentationVersion("1.2.3")))
			return facts{"trace": id.String()}, tracers.Shutdown(ctx)
		}
	}
	return []testCase{{"go-grpc", request("go-grpc", grpc)}, {"go-http", request("go-http", web)}}
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
