package otlp

import (
	"context"
	"log/slog"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// discard is a Sender to nowhere.
type discard struct{}

func (discard) Send(context.Context, Signal, []byte) error { return nil }
func (discard) Close() error                               { return nil }

func benchmarkExporter(b *testing.B) *Exporter {
	b.Helper()
	e := New(Options{Sender: discard{}, Resource: testResource()})
	b.Cleanup(func() { _ = e.Shutdown(context.Background()) })
	return e
}

// What a request pays for a span of 12 attributes.
func BenchmarkOnEnd(b *testing.B) {
	e, s := benchmarkExporter(b), callSpan()
	b.ReportAllocs()
	for b.Loop() {
		e.OnEnd(s)
	}
}

// The same while the backend is down and the queue is full.
func BenchmarkOnEndFull(b *testing.B) {
	e := New(Options{Sender: &recorder{answer: func(ctx context.Context, _ Signal) error {
		<-ctx.Done()
		return ctx.Err()
	}}, Resource: testResource()})
	b.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = e.Shutdown(ctx)
	})
	s := callSpan()
	b.ReportAllocs()
	for b.Loop() {
		e.OnEnd(s)
	}
}

func BenchmarkEmit(b *testing.B) {
	e := benchmarkExporter(b)
	r := line("request", slog.Int("status", 200), slog.Float64("duration_ms", 12.5), slog.Int("bytes", 5120),
		slog.String("route", "/chat/{id}"), slog.String("user_agent", "curl/8.1"))
	r.RequestID, r.Method, r.Path, r.User, r.Tenant = "req-0123456789", "POST", "/chat/7", "ada", "acme"
	r.TraceID[0], r.SpanID[0] = 1, 1
	b.ReportAllocs()
	for b.Loop() {
		e.Emit(context.Background(), r)
	}
}

func BenchmarkAppendSpan(b *testing.B) {
	s := callSpan()
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		buffer = appendSpan(buffer[:0], scopeRecord, s)
	}
	b.SetBytes(int64(len(buffer)))
}

// A span's part of a request of 512.
func BenchmarkRequest(b *testing.B) {
	batch := make([]queuedSpan, DefaultBatchRecords)
	for i := range batch {
		batch[i] = queuedSpan{ReadOnlySpan: sdktrace.ReadOnlySpan(callSpan())}
	}
	r := spanRequest{resource: appendResource(nil, testResource())}
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		buffer = r.append(buffer[:0], batch)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch)), "ns/span")
}
