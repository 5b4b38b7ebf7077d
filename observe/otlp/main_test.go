package otlp

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/observe/logging"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder is a Sender that keeps requests, and answers each with what answer says.
type recorder struct {
	answer func(ctx context.Context, s Signal) error

	mu       sync.Mutex
	requests [numSignals][][]byte
	at       []time.Time
	closed   bool
}

func (r *recorder) Send(ctx context.Context, s Signal, request []byte) error {
	r.mu.Lock()
	r.requests[s] = append(r.requests[s], append([]byte(nil), request...))
	r.at = append(r.at, time.Now())
	r.mu.Unlock()
	if r.answer != nil {
		return r.answer(ctx, s)
	}
	return nil
}

func (r *recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return nil
}

func (r *recorder) sent(s Signal) [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests[s]
}

var errRefused = errors.New("refused")

var testTime = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

func testResource() *resource.Resource {
	return resource.NewWithAttributes("https://opentelemetry.io/schemas/1.41.0", attribute.String("service.name", "chat-api"))
}

func spanContext(id byte, flags trace.TraceFlags) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1, 2, 3}, SpanID: trace.SpanID{id}, TraceFlags: flags,
	})
}

func sampled(id byte) trace.SpanContext { return spanContext(id, trace.FlagsSampled) }

func snapshot(stub tracetest.SpanStub) sdktrace.ReadOnlySpan { return stub.Snapshot() }

// span is a plain one with a name.
func span(name string) sdktrace.ReadOnlySpan {
	return snapshot(tracetest.SpanStub{Name: name, SpanContext: sampled(1), StartTime: testTime, EndTime: testTime.Add(time.Second)})
}

// callSpan looks like a model call.
func callSpan() sdktrace.ReadOnlySpan {
	state, _ := trace.ParseTraceState("vendor=1")
	return snapshot(tracetest.SpanStub{
		Name: "chat gpt-5", SpanContext: sampled(2).WithTraceState(state), Parent: sampled(1).WithRemote(true),
		SpanKind: trace.SpanKindClient, StartTime: testTime, EndTime: testTime.Add(1500 * time.Millisecond),
		Attributes: []attribute.KeyValue{
			attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.provider.name", "openai"),
			attribute.String("gen_ai.request.model", "gpt-5"), attribute.String("gen_ai.response.model", "gpt-5-2026-08-01"),
			attribute.Int("gen_ai.usage.input_tokens", 1200), attribute.Int("gen_ai.usage.output_tokens", 85),
			attribute.Float64("gen_ai.usage.cost", 0.00235), attribute.Bool("gen_ai.request.stream", true),
			attribute.String("server.address", "api.openai.com"), attribute.Int("server.port", 443),
			attribute.String("user.id", "ada"), attribute.String("tenant.id", "acme"),
		},
		Events:               []sdktrace.Event{{Name: "first token", Time: testTime.Add(time.Second)}},
		Links:                []sdktrace.Link{{SpanContext: sampled(9)}},
		Status:               sdktrace.Status{Code: codes.Error, Description: "rate limited"},
		InstrumentationScope: instrumentation.Scope{Name: "github.com/telltale-dev/telltale/observe"},
	})
}

func line(message string, attrs ...slog.Attr) *logging.Record {
	return &logging.Record{Time: testTime, Level: slog.LevelInfo, Message: message, Attrs: attrs, Kept: 1}
}
