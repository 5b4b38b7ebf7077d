package observetest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/metric"
	"github.com/telltale-dev/telltale/observe/observetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// failure is a test that is expected to fail.
type failure struct {
	testing.TB
	said []string
}

type fatal struct{}

func (*failure) Helper() {}

func (f *failure) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func (f *failure) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic(fatal{})
}

// fails returns what an assertion says when it fails.
func fails(t *testing.T, assert func(tb testing.TB)) string {
	t.Helper()
	f := &failure{TB: t}
	func() {
		defer func() {
			if r := recover(); r != nil && r != any(fatal{}) {
				panic(r)
			}
		}()
		assert(f)
	}()
	if len(f.said) == 0 {
		t.Error("the assertion does not fail")
	}
	return strings.Join(f.said, "\n")
}

func TestSpans(t *testing.T) { synctest.Test(t, spans) }

func spans(t *testing.T) {
	rec := observetest.New(t)
	ctx, server := rec.Tracer().Start(t.Context(), "POST /v1/chat", trace.WithSpanKind(trace.SpanKindServer))
	_, chat := rec.Tracer().Start(ctx, "chat", trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.Int("gen_ai.usage.input_tokens", 12)))
	chat.AddEvent("first token")
	chat.End()
	_, tool := rec.Tracer().Start(ctx, "execute_tool search")
	tool.SetStatus(codes.Error, "no network")
	tool.End()
	if diff := cmp.Diff([]string{"POST /v1/chat"}, rec.Unended()); diff != "" {
		t.Errorf("unended (-want +got):\n%s", diff)
	}
	go func() {
		time.Sleep(time.Millisecond)
		server.End()
	}()
	rec.Span(t, "POST /v1/chat") // waits

	want := `POST /v1/chat (server)
  chat (client) gen_ai.usage.input_tokens=12
  execute_tool search (internal) error: no network
`
	if diff := cmp.Diff(want, rec.Tree("gen_ai.usage.input_tokens")); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	s := rec.ExpectSpan(t, "chat", attribute.Int("gen_ai.usage.input_tokens", 12))
	if diff := cmp.Diff([]string{"first token"}, s.EventNames()); diff != "" || s.Attr("none") != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	said := fails(t, func(tb testing.TB) {
		rec.ExpectSpan(tb, "chat", attribute.Int("gen_ai.usage.input_tokens", 13))
	})
	if !strings.Contains(said, `gen_ai.usage.input_tokens: want INT64 13, got "12"`) || !strings.Contains(said, "POST /v1/chat (server)") {
		t.Errorf("a missing span is told as\n%s", said)
	}
	if rec.Reset(); len(rec.Spans()) != 0 {
		t.Error("spans after Reset")
	}
}

func TestLogs(t *testing.T) { synctest.Test(t, logs) }

func logs(t *testing.T) {
	rec := observetest.New(t)
	rec.Logger().With("a", 1).Warn("slow", slog.Group("g", "b", "two"))
	l := rec.Log(t, "slow")
	if l.Level != slog.LevelWarn || l.Attr("a") != "1" || l.Attr("g.b") != "two" || l.Attr("c") != "" {
		t.Errorf("line: %s", l)
	}
	said := fails(t, func(tb testing.TB) { rec.Log(tb, "fast") })
	if !strings.Contains(said, "WARN slow a=1 g.b=two") {
		t.Errorf("a missing line is told as\n%s", said)
	}
}

func TestMetrics(t *testing.T) {
	rec := observetest.New(t)
	calls := rec.Metrics().Counter("calls_total", "Calls.", "model", "status")
	calls.With("a", "ok").Inc()
	calls.With("b", "ok").Add(2)
	calls.With("b", "error").Inc()
	rec.Metrics().Histogram("took_seconds", "Took.", nil).With().Observe(1.5)
	other := metric.NewRegistry(metric.Options{})
	other.Gauge("depth", "Depth.").With().Set(7)
	rec.Watch(other)
	for name, c := range map[string]struct{ got, want float64 }{
		"all":       {rec.Metric(t, "calls_total"), 4},
		"one label": {rec.Metric(t, "calls_total", "status=ok"), 3},
		"two":       {rec.Metric(t, "calls_total", "status=ok", "model=b"), 2},
		"none":      {rec.Metric(t, "calls_total", "status=gone"), 0},
		"unknown":   {rec.Metric(t, "calls"), 0},
		"histogram": {rec.Metric(t, "took_seconds"), 1},
		"count":     {rec.Metric(t, "took_seconds_count"), 1},
		"sum":       {rec.Metric(t, "took_seconds_sum"), 1.5},
		"watched":   {rec.Metric(t, "depth"), 7},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	want := map[string]float64{"model=a,status=ok": 1, "model=b,status=error": 1, "model=b,status=ok": 2}
	if diff := cmp.Diff(want, rec.Series(t, "calls_total")); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}

func TestCodeThatAsksTheContext(t *testing.T) {
	rec := observetest.New(t)
	c := core.From(context.WithValue(rec.Context(t.Context()), struct{ n int }{}, 1))
	_, span := c.Tracer.Start(t.Context(), "work")
	span.End()
	c.Logger.Debug("detail")
	c.Metrics.Counter("n_total", "N.").With().Inc()
	rec.Span(t, "work")
	rec.Log(t, "detail")
	if n := rec.Metric(t, "n_total"); n != 1 {
		t.Errorf("counted %v", n)
	}
}

func TestNoSecretsLooksEverywhere(t *testing.T) {
	const secret = "hunter2"
	for name, leak := range map[string]func(*observetest.Recorder){
		"name of a span": func(r *observetest.Recorder) { span(t, r, func(trace.Span) {}, "GET /"+secret) },
		"attribute": func(r *observetest.Recorder) {
			span(t, r, func(s trace.Span) { s.SetAttributes(attribute.String("a", secret)) }, "x")
		},
		"list": func(r *observetest.Recorder) {
			span(t, r, func(s trace.Span) { s.SetAttributes(attribute.StringSlice("a", []string{secret})) }, "x")
		},
		"event": func(r *observetest.Recorder) {
			span(t, r, func(s trace.Span) { s.RecordError(errors.New(secret)) }, "x")
		},
		"status": func(r *observetest.Recorder) {
			span(t, r, func(s trace.Span) { s.SetStatus(codes.Error, secret) }, "x")
		},
		"link": func(r *observetest.Recorder) {
			span(t, r, func(s trace.Span) {
				s.AddLink(trace.Link{Attributes: []attribute.KeyValue{attribute.String("a", secret)}})
			}, "x")
		},
		"message":   func(r *observetest.Recorder) { r.Logger().Info("said " + secret) },
		"log value": func(r *observetest.Recorder) { r.Logger().Info("m", slog.Group("g", "a", secret)) },
		"logger":    func(r *observetest.Recorder) { logging.Named(r.Logger(), secret).Info("m") },
		"label":     func(r *observetest.Recorder) { r.Metrics().Counter("a_total", "A.", "l").With(secret).Inc() },
	} {
		t.Run(name, func(t *testing.T) {
			rec := observetest.New(t)
			leak(rec)
			if said := fails(t, func(tb testing.TB) { rec.NoSecrets(tb, "other", secret, "") }); !strings.Contains(said, secret) {
				t.Errorf("it says %q", said)
			}
			rec.NoSecrets(t, "other", "")
		})
	}
}

func span(t *testing.T, r *observetest.Recorder, do func(trace.Span), name string) {
	t.Helper()
	_, s := r.Tracer().Start(t.Context(), name)
	do(s)
	s.End()
}

func TestWaitSaysWhatItWaitedFor(t *testing.T) { synctest.Test(t, wait) }

func wait(t *testing.T) {
	rec := observetest.New(t)
	if said := fails(t, func(tb testing.TB) { rec.Wait(tb, "two lines", func() bool { return false }) }); !strings.Contains(said, "two lines") {
		t.Errorf("it says %q", said)
	}
	go rec.Logger().Info("late")
	rec.Wait(t, "a line", func() bool { return len(rec.Logs()) == 1 })
}

func ExampleNew() {
	t := &testing.T{} // of the test function
	rec := observetest.New(t)
	log := slog.New(logging.New(logging.Options{Writer: io.Discard, Sink: rec.Sink()}))

	log.Info("signed in", "user", "ada", "password", "hunter2")

	fmt.Println(rec.Log(t, "signed in").Attr("user"))
	rec.NoSecrets(t, "hunter2")
	// Output: ada
}

func ExampleRecorder_Tree() {
	t := &testing.T{} // of the test function
	rec := observetest.New(t)

	ctx, request := rec.Tracer().Start(context.Background(), "POST /v1/chat", trace.WithSpanKind(trace.SpanKindServer))
	_, call := rec.Tracer().Start(ctx, "chat gpt-5.2", trace.WithAttributes(attribute.Int("gen_ai.usage.input_tokens", 12)))
	call.End()
	request.End()

	fmt.Print(rec.Tree("gen_ai.usage.input_tokens"))
	// Output:
	// POST /v1/chat (server)
	//   chat gpt-5.2 (internal) gen_ai.usage.input_tokens=12
}

func ExampleRecorder_Metric() {
	t := &testing.T{} // of the test function
	rec := observetest.New(t)
	orders := rec.Metrics().Counter("orders_total", "Orders placed.", "plan")
	orders.With("pro").Inc()
	orders.With("free").Add(2)
	fmt.Println(rec.Metric(t, "orders_total"), rec.Metric(t, "orders_total", "plan=pro"))
	// Output: 3 1
}

func ExampleRecorder_ExpectSpan() {
	t := &testing.T{} // of the test function
	rec := observetest.New(t)
	go func() {
		_, job := rec.Tracer().Start(context.Background(), "job", trace.WithAttributes(attribute.String("queue", "mail")))
		job.End()
	}()
	span := rec.ExpectSpan(t, "job", attribute.String("queue", "mail")) // waits for it
	fmt.Println(span.Name(), span.Attr("queue"))
	// Output: job mail
}

func TestWorkIsCarriedAcrossAQueue(t *testing.T) {
	rec := observetest.New(t)
	ctx, span := rec.Tracer().Start(rec.Context(t.Context()), "enqueue")
	job := propagation.MapCarrier{}
	core.From(ctx).Propagator.Inject(ctx, job)
	span.End()
	ctx = core.From(ctx).Propagator.Extract(rec.Context(t.Context()), job)
	if got := trace.SpanContextFromContext(ctx).TraceID(); got != span.SpanContext().TraceID() {
		t.Errorf("trace %s, want %s", got, span.SpanContext().TraceID())
	}
}
