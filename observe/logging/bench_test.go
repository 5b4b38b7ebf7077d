package logging_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/logging"
)

var errBench = errors.New("upstream answered 503: connection reset by peer")

var benchTime = time.Date(2026, 11, 21, 10, 50, 53, 123456789, time.UTC)

const benchAgent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"

func twelve(ctx context.Context, log *slog.Logger) {
	log.LogAttrs(ctx, slog.LevelInfo, "model call finished",
		slog.String("provider", "openai"), slog.String("model", "gpt-5.2-mini"), slog.String("operation", "chat"),
		slog.Int("input_tokens", 1834), slog.Int("output_tokens", 412), slog.Float64("cost_usd", 0.00412),
		slog.Duration("took", 1843*time.Millisecond), slog.Bool("stream", true), slog.Int("attempt", 2),
		slog.Any("error", errBench), slog.Time("started", benchTime), slog.String("finish_reason", "stop"))
}

// work is the context of a request in a span.
func work(ctx context.Context) context.Context {
	s := scope.New(ctx, nil, &scope.Identity{
		RequestID: "01JD3V5N8Q2W4E6R8T0Y", Method: "POST", Path: "/v1/chat", Route: "POST /v1/chat", User: "u_4711", Tenant: "acme",
	})
	return trace.ContextWithSpanContext(s, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
		SpanID:  trace.SpanID{1, 2, 3, 4, 5, 6, 7, 8}, TraceFlags: trace.FlagsSampled,
	}))
}

// A line of 12 fields: slog's JSONHandler without context and redaction, against this one with both.
func BenchmarkTwelveFields(b *testing.B) {
	bench := func(name string, h slog.Handler, ctx context.Context) {
		b.Run(name, func(b *testing.B) {
			log := slog.New(h)
			b.ReportAllocs()
			for b.Loop() {
				twelve(ctx, log)
			}
		})
	}
	bench("slog", slog.NewJSONHandler(io.Discard, nil), b.Context()) //nolint:sloglint // its encoder is what is measured
	bench("telltale", logging.New(logging.Options{Writer: io.Discard}), work(b.Context()))
	bench("telltale-sink", logging.New(logging.Options{Writer: io.Discard, Sink: nowhere{}}), work(b.Context()))
	bench("telltale-no-redaction", logging.New(logging.Options{Writer: io.Discard, DisableRedaction: true}), work(b.Context()))
	bench("telltale-console", logging.New(logging.Options{Writer: io.Discard, Format: logging.FormatConsole}), work(b.Context()))
}

type nowhere struct{}

func (nowhere) Emit(context.Context, *logging.Record) {}

func BenchmarkAccess(b *testing.B) {
	h := logging.New(logging.Options{Writer: io.Discard})
	ctx := work(b.Context())
	b.ReportAllocs()
	for b.Loop() {
		h.Access(ctx, &logging.AccessLine{
			Start: benchTime, Duration: 12345 * time.Microsecond, Status: 200, BytesIn: 512, BytesOut: 2048,
			Route: "POST /v1/chat", RemoteAddr: "10.1.2.3:54321", UserAgent: benchAgent,
		})
	}
}

// The same two in turns, so that a busy machine slows both: the least time of either, their ratio,
// and what a handler that does nothing takes.
func BenchmarkTwelveFieldsAgainstSlog(b *testing.B) {
	ctx := work(b.Context())
	usual := slog.New(slog.NewJSONHandler(io.Discard, nil)) //nolint:sloglint // its encoder is what is measured
	ours := slog.New(logging.New(logging.Options{Writer: io.Discard}))
	const batch = 16
	least := [3]time.Duration{time.Hour, time.Hour, time.Hour}
	for b.Loop() {
		for i, log := range []*slog.Logger{usual, ours, slog.New(idle{})} {
			start := time.Now()
			for range batch {
				twelve(ctx, log)
			}
			least[i] = min(least[i], time.Since(start)/batch)
		}
	}
	b.ReportMetric(float64(least[2]), "record-ns")
	b.ReportMetric(float64(least[0]), "slog-ns")
	b.ReportMetric(float64(least[1]), "ours-ns")
	b.ReportMetric(float64(least[1])/float64(least[0]), "ratio")
}

// idle does nothing with records.
type idle struct{}

func (idle) Enabled(context.Context, slog.Level) bool  { return true }
func (idle) Handle(context.Context, slog.Record) error { return nil }
func (i idle) WithAttrs([]slog.Attr) slog.Handler      { return i }
func (i idle) WithGroup(string) slog.Handler           { return i }
