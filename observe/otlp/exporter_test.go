package otlp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/telltale-dev/telltale/observe/logging"
)

// exporting runs a test in a bubble of its own time, with an Exporter that is shut down at its end.
func exporting(t *testing.T, o Options, test func(t *testing.T, e *Exporter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Resource = testResource()
		e := New(o)
		test(t, e)
		ctx, cancel := context.WithTimeout(context.Background(), 0)
		defer cancel()
		_ = e.Shutdown(ctx)
	})
}

func TestBatchesByCountBytesAndInterval(t *testing.T) {
	large := snapshot(tracetest.SpanStub{SpanContext: sampled(1), Attributes: []attribute.KeyValue{
		attribute.String("prompt", strings.Repeat("x", 1500)),
	}})
	for _, test := range []struct {
		name  string
		spans []sdktrace.ReadOnlySpan
		after time.Duration
		want  []int
	}{
		{"a full batch goes at once", many(span("a"), 4), 0, []int{4}},
		{"the rest waits", many(span("a"), 6), 0, []int{4}},
		{"until the interval is over", many(span("a"), 6), time.Second, []int{4, 2}},
		{"bytes fill a batch", many(large, 3), 0, []int{1, 1, 1}},
		{"nothing sends nothing", nil, time.Minute, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var to recorder
			exporting(t, Options{Sender: &to, BatchRecords: 4, BatchBytes: 1600}, func(t *testing.T, e *Exporter) {
				for _, s := range test.spans {
					e.OnEnd(s)
					synctest.Wait()
				}
				time.Sleep(test.after)
				synctest.Wait()
				var got []int
				for _, request := range to.sent(Traces) {
					got = append(got, len(records(t, request)))
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("batches (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func many(s sdktrace.ReadOnlySpan, n int) (all []sdktrace.ReadOnlySpan) {
	for range n {
		all = append(all, s)
	}
	return all
}

func TestTheNewestIsDroppedWhenTheQueueIsFull(t *testing.T) {
	hang := func(ctx context.Context, _ Signal) error { <-ctx.Done(); return &Retry{Err: ctx.Err()} }
	for name, o := range map[string]Options{
		"records": {QueueRecords: 10, BatchRecords: 10},
		"bytes":   {QueueBytes: 1290, BatchBytes: 1290},
	} {
		t.Run(name, func(t *testing.T) {
			to := recorder{answer: hang}
			o.Sender = &to
			exporting(t, o, func(t *testing.T, e *Exporter) {
				for range 10 { // these hang
					e.OnEnd(span("0"))
				}
				synctest.Wait()
				time.Sleep(DefaultInterval)
				synctest.Wait()
				start := time.Now()
				for range 1000 {
					e.OnEnd(span("1"))
					e.Emit(t.Context(), line("a line that is about as long as a span is when it is counted in the queue, so that ten of them fit and no more than that"))
				}
				if waited := time.Since(start); waited != 0 {
					t.Errorf("OnEnd and Emit waited %v", waited)
				}
				synctest.Wait()
				got := e.Stats()
				if got.Traces.Queued != 10 || got.Traces.Dropped != 990 {
					t.Errorf("of 1000 spans: %+v", got.Traces)
				}
				if kept := got.Logs.Queued; got.Logs.Dropped == 0 || kept > 20 {
					t.Errorf("of 1000 lines: %+v", got.Logs)
				}
			})
		})
	}
}

func TestOutcomes(t *testing.T) {
	refuse := func(err error) func(int) error { return func(int) error { return err } }
	for _, test := range []struct {
		name   string
		answer func(attempt int) error
		want   Counts
		tries  int
		took   time.Duration // at least
		report string
	}{
		{name: "taken", answer: refuse(nil), want: Counts{Sent: 3}, tries: 1},
		{name: "final", answer: refuse(errRefused), want: Counts{Failed: 3}, tries: 1, report: "export traces: refused"},
		{
			name: "partial", answer: refuse(&Partial{Rejected: 2, Message: "too old"}), want: Counts{Sent: 1, Rejected: 2}, tries: 1,
			report: "export traces: backend rejected 2 records: too old",
		},
		{
			name: "more rejected than sent", answer: refuse(&Partial{Rejected: 99, Message: "odd"}), want: Counts{Rejected: 3}, tries: 1,
			report: "export traces: backend rejected 99 records: odd",
		},
		{
			name: "warning", answer: refuse(&Partial{Message: "slow down"}), want: Counts{Sent: 3}, tries: 1,
			report: "export traces: backend warns: slow down",
		},
		{name: "retried", answer: func(n int) error {
			if n < 3 {
				return &Retry{Err: errRefused}
			}
			return nil
		}, want: Counts{Sent: 3}, tries: 3, took: firstWait/2 + firstWait},
		{name: "as late as asked", answer: func(n int) error {
			if n == 1 {
				return &Retry{After: 7 * time.Second, Err: errRefused}
			}
			return nil
		}, want: Counts{Sent: 3}, tries: 2, took: 7 * time.Second},
		{
			name: "asked to come too late", answer: refuse(&Retry{After: time.Hour, Err: errRefused}), want: Counts{Failed: 3}, tries: 1,
			report: "export traces: refused",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := 0
			to := recorder{answer: func(context.Context, Signal) error { n++; return test.answer(n) }}
			var reports []string
			o := Options{Sender: &to, OnError: func(err error) { reports = append(reports, err.Error()) }}
			exporting(t, o, func(t *testing.T, e *Exporter) {
				for range 3 {
					e.OnEnd(span("a"))
				}
				start := time.Now()
				if err := e.ForceFlush(t.Context()); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < test.took || took > DefaultTimeout {
					t.Errorf("took %v, want %v", took, test.took)
				}
				if diff := cmp.Diff(test.want, e.Stats().Traces); diff != "" {
					t.Errorf("counts (-want +got):\n%s", diff)
				}
				if got := len(to.sent(Traces)); got != test.tries {
					t.Errorf("%d attempts, want %d", got, test.tries)
				}
				if got := strings.Join(reports, "\n"); got != test.report {
					t.Errorf("reported %q, want %q", got, test.report)
				}
			})
		})
	}
}

func TestABatchHasItsTimeAndNoMore(t *testing.T) {
	for name, answer := range map[string]func(context.Context, Signal) error{
		"hangs": func(ctx context.Context, _ Signal) error { <-ctx.Done(); return &Retry{Err: ctx.Err()} },
		"down":  func(context.Context, Signal) error { return &Retry{Err: errRefused} },
	} {
		t.Run(name, func(t *testing.T) {
			to := recorder{answer: answer}
			exporting(t, Options{Sender: &to, Timeout: 4 * time.Second}, func(t *testing.T, e *Exporter) {
				e.OnEnd(span("a"))
				start := time.Now()
				if err := e.ForceFlush(t.Context()); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took > 4*time.Second {
					t.Errorf("took %v", took)
				}
				if got := e.Stats().Traces; got.Failed != 1 || got.Queued != 0 {
					t.Errorf("counts: %+v", got)
				}
			})
		})
	}
}

func TestErrorsAreReportedNowAndThen(t *testing.T) {
	to := recorder{answer: func(context.Context, Signal) error { return errRefused }}
	var reports []string
	o := Options{Sender: &to, OnError: func(err error) { reports = append(reports, err.Error()) }}
	exporting(t, o, func(t *testing.T, e *Exporter) {
		time.Sleep(DefaultInterval / 2)
		for range 25 {
			e.OnEnd(span("a"))
			time.Sleep(time.Second)
		}
		synctest.Wait()
		want := []string{
			"export traces: refused",
			"export traces: refused (and 9 errors before)",
			"export traces: refused (and 9 errors before)",
		}
		if diff := cmp.Diff(want, reports); diff != "" {
			t.Errorf("reports (-want +got):\n%s", diff)
		}
	})
}

func TestOneSlowSignalDoesNotHoldUpAnother(t *testing.T) {
	to := recorder{answer: func(ctx context.Context, s Signal) error {
		if s == Traces {
			<-ctx.Done()
			return &Retry{Err: ctx.Err()}
		}
		return nil
	}}
	exporting(t, Options{Sender: &to}, func(t *testing.T, e *Exporter) {
		e.OnEnd(span("a"))
		e.Emit(t.Context(), line("hello"))
		time.Sleep(DefaultInterval)
		synctest.Wait()
		if got := e.Stats(); got.Logs.Sent != 1 || got.Traces.Sent != 0 {
			t.Errorf("stats: %+v", got)
		}
	})
}

func TestUnsampledSpansStay(t *testing.T) {
	var to recorder
	exporting(t, Options{Sender: &to}, func(t *testing.T, e *Exporter) {
		e.OnEnd(snapshot(tracetest.SpanStub{Name: "a", SpanContext: spanContext(1, 0)}))
		if err := e.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := e.Stats().Traces; got != (Counts{}) || len(to.sent(Traces)) != 0 {
			t.Errorf("counts: %+v", got)
		}
	})
}

func TestShutdownSendsWhatWaits(t *testing.T) {
	var to recorder
	synctest.Test(t, func(t *testing.T) {
		e := New(Options{Sender: &to, BatchRecords: 2, Gatherer: gauge("depth", 7)})
		for range 5 {
			e.OnEnd(span("a"))
			e.Emit(t.Context(), line("hello"))
		}
		if err := errors.Join(e.Shutdown(t.Context()), e.Shutdown(t.Context()), e.ForceFlush(t.Context())); err != nil {
			t.Fatal(err)
		}
		e.OnEnd(span("late"))
		e.Emit(t.Context(), line("late"))
		want := Stats{Traces: Counts{Sent: 5, Dropped: 1}, Logs: Counts{Sent: 5, Dropped: 1}, Metrics: Counts{Sent: 1}}
		if diff := cmp.Diff(want, e.Stats()); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
		if !to.closed {
			t.Error("the sender is open")
		}
	})
}

func TestShutdownKeepsTheLimitAndCountsTheRest(t *testing.T) {
	to := recorder{answer: func(ctx context.Context, _ Signal) error { <-ctx.Done(); return &Retry{Err: ctx.Err()} }}
	synctest.Test(t, func(t *testing.T) {
		e := New(Options{Sender: &to, BatchRecords: 2})
		for range 5 {
			e.OnEnd(span("a"))
			e.Emit(t.Context(), line("hello"))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		if err := e.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
		if got := e.Stats(); got.Traces != (Counts{Dropped: 5}) || got.Logs != (Counts{Dropped: 5}) {
			t.Errorf("stats: %+v", got)
		}
	})
}

func TestForceFlushKeepsTheLimitAndWhatWaits(t *testing.T) {
	to := recorder{answer: func(ctx context.Context, _ Signal) error { <-ctx.Done(); return &Retry{Err: ctx.Err()} }}
	exporting(t, Options{Sender: &to, BatchRecords: 2}, func(t *testing.T, e *Exporter) {
		for range 5 {
			e.OnEnd(span("a"))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := e.ForceFlush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		if got := e.Stats().Traces; got.Queued != 3 || got.Dropped != 0 {
			t.Errorf("counts: %+v", got)
		}
	})
}

func TestNothingIsLostBetweenGoroutines(t *testing.T) {
	var to recorder
	e := New(Options{Sender: &to, Resource: testResource(), QueueRecords: 300, BatchRecords: 50, Interval: time.Millisecond})
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for range 500 {
				e.OnEnd(span("a"))
				e.Emit(t.Context(), line("hello"))
			}
		})
	}
	running.Wait()
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := e.Stats()
	arrived := [2]uint64{}
	for _, s := range []Signal{Traces, Logs} {
		for _, request := range to.sent(s) {
			arrived[s] += uint64(len(records(t, request)))
		}
	}
	if got.Traces.Sent+got.Traces.Dropped != 4000 || got.Logs.Sent+got.Logs.Dropped != 4000 {
		t.Errorf("of 4000 each: %+v", got)
	}
	if got.Traces.Sent != arrived[Traces] || got.Logs.Sent != arrived[Logs] || got.Traces.Sent < 300 {
		t.Errorf("%v arrived: %+v", arrived, got)
	}
}

func TestItsOwnMetrics(t *testing.T) {
	var to recorder
	synctest.Test(t, func(t *testing.T) {
		r := prometheus.NewPedanticRegistry()
		e := New(Options{Sender: &to, Gatherer: r})
		r.MustRegister(e)
		e.OnEnd(span("a"))
		if err := e.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
		e.OnEnd(span("b"))
		families, err := r.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				name := f.GetName()
				for _, l := range m.GetLabel() {
					name += " " + l.GetValue()
				}
				if v := m.GetCounter().GetValue() + m.GetGauge().GetValue(); v != 0 {
					got[name] = v
				}
			}
		}
		want := map[string]float64{
			"telltale_export_records_total sent traces": 1, "telltale_export_queue_records traces": 1,
			"telltale_export_records_total sent metrics": got["telltale_export_records_total sent metrics"],
		}
		if diff := cmp.Diff(want, got); diff != "" || got["telltale_export_records_total sent metrics"] < 1 {
			t.Errorf("metrics (-want +got):\n%s", diff)
		}
		_ = e.Shutdown(t.Context())
	})
}

// gauge is a registry with one gauge.
func gauge(name string, v float64) prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		return []*dto.MetricFamily{{
			Name: &name, Type: dto.MetricType_GAUGE.Enum(), Metric: []*dto.Metric{{Gauge: &dto.Gauge{Value: &v}}},
		}}, nil
	})
}

// A backend that does not keep a signal says so with each request.
func TestRejectionsAreReportedOnce(t *testing.T) {
	n := 0
	to := recorder{answer: func(context.Context, Signal) error {
		n++
		return &Partial{Rejected: int64(n % 3), Message: []string{"not kept", "too old"}[n/4]}
	}}
	var reports []string
	exporting(t, Options{Sender: &to, OnError: func(err error) { reports = append(reports, err.Error()) }}, func(t *testing.T, e *Exporter) {
		for range 6 {
			e.OnEnd(span("a"))
			if err := e.ForceFlush(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
	})
	want := []string{"export traces: backend rejected 1 records: not kept", "export traces: backend rejected 1 records: too old"}
	if diff := cmp.Diff(want, reports); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
}

func TestTheScopeOfALineIsItsLogger(t *testing.T) {
	var to recorder
	exporting(t, Options{Sender: &to}, func(t *testing.T, e *Exporter) {
		for _, logger := range []string{"", "worker", "worker", ""} {
			e.Emit(t.Context(), &logging.Record{Message: "a", Logger: logger})
		}
		if err := e.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	var got []string
	for _, whole := range mustWalk(t, to.sent(Logs)[0])[requestResource] {
		for _, scope := range mustWalk(t, whole.bytes)[resourceScope] {
			m, name := mustWalk(t, scope.bytes), ""
			if s := m[scopeScope]; len(s) > 0 {
				name = string(mustWalk(t, s[0].bytes)[1][0].bytes)
			}
			got = append(got, fmt.Sprintf("%s:%d", name, len(m[scopeRecord])))
		}
	}
	if diff := cmp.Diff([]string{":1", "worker:2", ":1"}, got); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
}
