package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/getsentry/sentry-go"
	sentryhttp "github.com/getsentry/sentry-go/http"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httplog/v3"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"
)

// usual is what the chain is of otherwise, each part as its documentation says and with nothing more than it takes to know
// the same of a request: request id, span, five metrics by route, access line as JSON, panics, key, user. Sentry gets
// errors only, since spans go to OpenTelemetry; otelhttp has no meter, since metrics are promhttp's.
func usual() (*stack, error) {
	tracers := sdktrace.NewTracerProvider(sdktrace.WithBatcher(discard{}),
		sdktrace.WithResource(resource.NewSchemaless(semconv.ServiceName("bench"))))
	if err := sentry.Init(sentry.ClientOptions{Dsn: "https://public@sentry.invalid/1", Transport: silent{}}); err != nil {
		return nil, err
	}
	const key = "sk-usual-0000000000000000000000000000000000000000000"
	r := chi.NewRouter()
	r.Use(
		middleware.RequestID,
		otelhttp.NewMiddleware("server", otelhttp.WithTracerProvider(tracers),
			otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))),
		instrument(),
		sentryhttp.New(sentryhttp.Options{Repanic: true}).Handle,
		httplog.RequestLogger(slog.New(slog.NewJSONHandler(io.Discard, nil)), &httplog.Options{ //nolint:sloglint // its encoder is measured
			Level: slog.LevelInfo, Schema: httplog.SchemaOTEL, RecoverPanics: true,
		}),
		authenticate(map[[sha256.Size]byte]account{sha256.Sum256([]byte(key)): {id: "key_1", user: user, tenant: org}}),
	)
	r.Get(route, answer)
	return &stack{handler: r, key: key, flush: tracers.ForceFlush, close: tracers.Shutdown}, nil
}

// discard is an exporter that takes everything.
type discard struct{}

func (discard) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discard) Shutdown(context.Context) error                             { return nil }

// silent is a transport that takes everything.
type silent struct{}

func (silent) Flush(time.Duration) bool              { return true }
func (silent) FlushWithContext(context.Context) bool { return true }
func (silent) Configure(sentry.ClientOptions)        {}
func (silent) SendEvent(*sentry.Event)               {}
func (silent) Close()                                {}

// instrument is promhttp's: in flight, requests, duration, and sizes of both bodies, by method, route and status.
func instrument() func(http.Handler) http.Handler {
	registry := prometheus.NewRegistry()
	labels := []string{"method", "route", "code"}
	sizes := prometheus.ExponentialBuckets(100, 10, 7)
	active := prometheus.NewGauge(prometheus.GaugeOpts{Name: "http_requests_active"})
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total"}, labels)
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_request_duration_seconds", Buckets: prometheus.DefBuckets}, labels)
	received := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_request_size_bytes", Buckets: sizes}, labels)
	sent := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_response_size_bytes", Buckets: sizes}, labels)
	registry.MustRegister(active, requests, duration, received, sent)
	byRoute := promhttp.WithLabelFromCtx("route", func(ctx context.Context) string { return chi.RouteContext(ctx).RoutePattern() })
	return func(next http.Handler) http.Handler {
		next = promhttp.InstrumentHandlerResponseSize(sent, next, byRoute)
		next = promhttp.InstrumentHandlerRequestSize(received, next, byRoute)
		next = promhttp.InstrumentHandlerCounter(requests, next, byRoute)
		next = promhttp.InstrumentHandlerDuration(duration, next, byRoute)
		return promhttp.InstrumentHandlerInFlight(active, next)
	}
}

type account struct{ id, user, tenant string }

type accountKey struct{}

// authenticate checks the key by its hash, and says to the log line, the span and Sentry whose it is.
func authenticate(accounts map[[sha256.Size]byte]account) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx := r.Context()
			token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			a, ok := accounts[sha256.Sum256([]byte(token))]
			if !ok {
				http.Error(w, "unknown key", http.StatusUnauthorized)
				return
			}
			id := middleware.GetReqID(ctx)
			w.Header().Set(middleware.RequestIDHeader, id)
			span := trace.SpanFromContext(ctx)
			of := span.SpanContext()
			traceID, spanID := of.TraceID(), of.SpanID()
			httplog.SetAttrs(ctx, slog.String("request_id", id), slog.String("user_id", a.user), slog.String("tenant_id", a.tenant),
				slog.String("key_id", a.id), slog.String("trace_id", hex.EncodeToString(traceID[:])), slog.String("span_id", hex.EncodeToString(spanID[:])))
			if hub := sentry.GetHubFromContext(ctx); hub != nil {
				hub.Scope().SetUser(sentry.User{ID: a.user})
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, accountKey{}, a)))
			pattern := chi.RouteContext(ctx).RoutePattern()
			span.SetName(r.Method + " " + pattern)
			span.SetAttributes(semconv.HTTPRoute(pattern), attribute.String("request.id", id), attribute.String("user.id", a.user),
				attribute.String("tenant.id", a.tenant), attribute.String("key.id", a.id))
		})
	}
}
