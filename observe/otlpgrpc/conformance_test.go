package otlpgrpc_test

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/otlp"
)

// The requests of package otlp are written by hand. Here they are read by the code that is generated from OTLP's files:
// TracesData, LogsData and MetricsData have the fields of the requests.

type capture struct {
	mu       sync.Mutex
	requests map[otlp.Signal][]byte
}

func (c *capture) Send(_ context.Context, s otlp.Signal, request []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests[s] = append(c.requests[s], request...) // protobuf joins messages that follow one another
	return nil
}

func (*capture) Close() error { return nil }

// exported runs an Exporter and reads what it sends of a signal into to.
func exported(t *testing.T, s otlp.Signal, gatherer prometheus.Gatherer, give func(*otlp.Exporter), to proto.Message) {
	t.Helper()
	c := capture{requests: map[otlp.Signal][]byte{}}
	e := otlp.New(otlp.Options{
		Sender: &c, Gatherer: gatherer,
		Resource: resource.NewWithAttributes("https://schema/r", attribute.String("service.name", "chat-api")),
	})
	give(e)
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(c.requests[s], to); err != nil {
		t.Fatal(err)
	}
	if unknown := to.ProtoReflect().GetUnknown(); len(unknown) > 0 {
		t.Errorf("fields that OTLP has not: %x", unknown)
	}
}

var start = time.Date(2026, 11, 21, 8, 0, 0, 123456789, time.UTC)

func nanos(t time.Time) uint64 { return uint64(t.UnixNano()) }

func wantResource() *resourcepb.Resource {
	return &resourcepb.Resource{Attributes: []*commonpb.KeyValue{text("service.name", "chat-api")}}
}

func stringValue(s string) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: s}}
}

func intValue(n int64) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: n}}
}

func pair(key string, v *commonpb.AnyValue) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: v}
}

func text(key, value string) *commonpb.KeyValue { return pair(key, stringValue(value)) }

func list(values ...*commonpb.AnyValue) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: &commonpb.ArrayValue{Values: values}}}
}

func double(x float64) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: x}}
}

func boolean(b bool) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: b}}
}

func spanContext(n byte, state string, remote bool) trace.SpanContext {
	parsed, _ := trace.ParseTraceState(state)
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{n, 1}, SpanID: trace.SpanID{n, 2}, TraceFlags: trace.FlagsSampled, TraceState: parsed, Remote: remote,
	})
}

func TestSpans(t *testing.T) {
	stub := tracetest.SpanStub{
		Name: "chat gpt-5\xff", SpanContext: spanContext(1, "a=1,b=2", false), Parent: spanContext(2, "", true),
		SpanKind: trace.SpanKindClient, StartTime: start, EndTime: start.Add(time.Second),
		Attributes: []attribute.KeyValue{
			attribute.String("s", "é"), attribute.Int("i", -3), attribute.Float64("f", math.Inf(-1)), attribute.Bool("b", false),
			attribute.StringSlice("ss", []string{"", "x"}), attribute.Int64Slice("is", []int64{0, -1}),
			attribute.Float64Slice("fs", []float64{0.5}), attribute.BoolSlice("bs", []bool{true, false}), attribute.StringSlice("none", nil),
			{Key: "bytes", Value: attribute.ByteSliceValue([]byte{0xff, 0})},
			{Key: "map", Value: attribute.MapValue(attribute.Int("n", 1))},
			{Key: "mixed", Value: attribute.SliceValue(attribute.IntValue(1), attribute.StringValue("two"))},
			{Key: "empty"},
		},
		Events: []sdktrace.Event{{
			Name: "exception", Time: start.Add(time.Millisecond), Attributes: []attribute.KeyValue{attribute.String("k", "v")},
			DroppedAttributeCount: 4,
		}},
		Links: []sdktrace.Link{{
			SpanContext: spanContext(3, "c=3", true), Attributes: []attribute.KeyValue{attribute.String("k", "v")}, DroppedAttributeCount: 5,
		}},
		Status:            sdktrace.Status{Code: codes.Error, Description: "rate limited"},
		DroppedAttributes: 1, DroppedEvents: 2, DroppedLinks: 300,
		InstrumentationScope: instrumentation.Scope{
			Name: "scope", Version: "v1", SchemaURL: "https://schema/s", Attributes: attribute.NewSet(attribute.Int("scope.n", 1)),
		},
	}
	id := func(n byte, size int, second byte) []byte {
		b := make([]byte, size)
		b[0], b[1] = n, second
		return b
	}
	want := &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource: wantResource(), SchemaUrl: "https://schema/r",
		ScopeSpans: []*tracepb.ScopeSpans{{
			Scope: &commonpb.InstrumentationScope{
				Name: "scope", Version: "v1", Attributes: []*commonpb.KeyValue{pair("scope.n", intValue(1))},
			},
			SchemaUrl: "https://schema/s",
			Spans: []*tracepb.Span{{
				TraceId: id(1, 16, 1), SpanId: id(1, 8, 2), ParentSpanId: id(2, 8, 2), TraceState: "a=1,b=2", Flags: 0x301,
				Name: "chat gpt-5\ufffd", Kind: tracepb.Span_SPAN_KIND_CLIENT,
				StartTimeUnixNano: nanos(start), EndTimeUnixNano: nanos(start.Add(time.Second)),
				Attributes: []*commonpb.KeyValue{
					text("s", "é"), pair("i", intValue(-3)), pair("f", double(math.Inf(-1))), pair("b", boolean(false)),
					pair("ss", list(stringValue(""), stringValue("x"))), pair("is", list(intValue(0), intValue(-1))),
					pair("fs", list(double(0.5))), pair("bs", list(boolean(true), boolean(false))), pair("none", list()),
					pair("bytes", &commonpb.AnyValue{Value: &commonpb.AnyValue_BytesValue{BytesValue: []byte{0xff, 0}}}),
					pair("map", &commonpb.AnyValue{Value: &commonpb.AnyValue_KvlistValue{
						KvlistValue: &commonpb.KeyValueList{Values: []*commonpb.KeyValue{pair("n", intValue(1))}},
					}}),
					pair("mixed", list(intValue(1), stringValue("two"))), pair("empty", &commonpb.AnyValue{}),
				},
				DroppedAttributesCount: 1, DroppedEventsCount: 2, DroppedLinksCount: 300,
				Events: []*tracepb.Span_Event{{
					Name: "exception", TimeUnixNano: nanos(start.Add(time.Millisecond)), Attributes: []*commonpb.KeyValue{text("k", "v")},
					DroppedAttributesCount: 4,
				}},
				Links: []*tracepb.Span_Link{{
					TraceId: id(3, 16, 1), SpanId: id(3, 8, 2), TraceState: "c=3", Flags: 0x301,
					Attributes: []*commonpb.KeyValue{text("k", "v")}, DroppedAttributesCount: 5,
				}},
				Status: &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "rate limited"},
			}},
		}},
	}}}
	var got tracepb.TracesData
	exported(t, otlp.Traces, nil, func(e *otlp.Exporter) { e.OnEnd(stub.Snapshot()) }, &got)
	if diff := cmp.Diff(want, &got, protocmp.Transform()); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func TestLogs(t *testing.T) {
	r := logging.Record{
		Time: start, Level: slog.LevelWarn, Message: "slow\xff", Logger: "worker", RequestID: "req-1", Attrs: []slog.Attr{slog.Int("status", 200)},
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, Kept: 1,
	}
	var got logspb.LogsData
	exported(t, otlp.Logs, nil, func(e *otlp.Exporter) { e.Emit(t.Context(), &r) }, &got)
	want := &logspb.LogsData{ResourceLogs: []*logspb.ResourceLogs{{
		Resource: wantResource(), SchemaUrl: "https://schema/r",
		ScopeLogs: []*logspb.ScopeLogs{{
			Scope: &commonpb.InstrumentationScope{Name: "worker"},
			LogRecords: []*logspb.LogRecord{{
				TimeUnixNano: nanos(start), SeverityNumber: logspb.SeverityNumber_SEVERITY_NUMBER_WARN, SeverityText: "WARN",
				Body: stringValue("slow\ufffd"), Flags: 1,
				TraceId: append([]byte{1}, make([]byte, 15)...), SpanId: append([]byte{2}, make([]byte, 7)...),
				Attributes: []*commonpb.KeyValue{text("request.id", "req-1"), pair("status", intValue(200))},
			}},
		}},
	}}}
	record := got.GetResourceLogs()[0].GetScopeLogs()[0].GetLogRecords()[0]
	if seen := time.Unix(0, int64(record.GetObservedTimeUnixNano())); !seen.Equal(start) {
		t.Errorf("observed at %v", seen)
	}
	record.ObservedTimeUnixNano = 0
	if diff := cmp.Diff(want, &got, protocmp.Transform()); diff != "" {
		t.Errorf("logs (-want +got):\n%s", diff)
	}
}

func TestMetrics(t *testing.T) {
	r := prometheus.NewPedanticRegistry()
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "calls_total", Help: "Calls."}, []string{"model"})
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "depth"})
	classic := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "seconds", Buckets: []float64{1, 2}})
	native := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "native", NativeHistogramBucketFactor: 2, NativeHistogramZeroThreshold: 0.001})
	wide := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "wide", NativeHistogramBucketFactor: 1.005})
	summary := prometheus.NewSummary(prometheus.SummaryOpts{Name: "sizes", Objectives: map[float64]float64{0.5: 0.1}})
	r.MustRegister(counter, gauge, classic, native, wide, summary)

	labels := prometheus.Labels{"trace_id": "0102030405060708090a0b0c0d0e0f10", "span_id": "0102030405060708", "more": "x"}
	counter.WithLabelValues("gpt-5").(prometheus.ExemplarAdder).AddWithExemplar(3, labels)
	gauge.Set(-1.5)
	for _, v := range []float64{0.5, 1, 1.5, 9} {
		classic.Observe(v)
	}
	classic.(prometheus.ExemplarObserver).ObserveWithExemplar(2, labels)
	for _, v := range []float64{0, 1, 1.5, 3, 100, -5} {
		native.Observe(v)
	}
	wide.Observe(1e-30)
	wide.Observe(1e30)
	summary.Observe(4)

	var got metricspb.MetricsData
	exported(t, otlp.Metrics, r, func(*otlp.Exporter) {}, &got)
	metrics := map[string]*metricspb.Metric{}
	for _, m := range got.GetResourceMetrics()[0].GetScopeMetrics()[0].GetMetrics() {
		metrics[m.GetName()] = m
		if m.GetUnit() != "" {
			t.Errorf("unit of %s is %q", m.GetName(), m.GetUnit())
		}
	}
	t.Run("counter", func(t *testing.T) { checkCounter(t, metrics["calls_total"]) })
	t.Run("gauge", func(t *testing.T) {
		p := metrics["depth"].GetGauge().GetDataPoints()[0]
		if p.GetAsDouble() != -1.5 || p.GetStartTimeUnixNano() != 0 || !recent(p.GetTimeUnixNano()) {
			t.Errorf("gauge: %v", p)
		}
	})
	t.Run("classic", func(t *testing.T) { checkClassic(t, metrics["seconds"].GetHistogram()) })
	t.Run("native", func(t *testing.T) { checkNative(t, metrics["native"].GetExponentialHistogram()) })
	t.Run("wide", func(t *testing.T) {
		p := metrics["wide"].GetExponentialHistogram().GetDataPoints()[0]
		counts := p.GetPositive().GetBucketCounts()
		if n := len(counts); n > 1024 || counts[0] != 1 || counts[n-1] != 1 {
			t.Fatalf("%d buckets", n)
		}
		within(t, 1e-30, p, p.GetPositive().GetOffset())
		within(t, 1e30, p, p.GetPositive().GetOffset()+int32(len(counts))-1)
	})
	t.Run("summary", func(t *testing.T) {
		p := metrics["sizes"].GetSummary().GetDataPoints()[0]
		if p.GetCount() != 1 || p.GetSum() != 4 || p.GetQuantileValues()[0].GetQuantile() != 0.5 || p.GetQuantileValues()[0].GetValue() != 4 {
			t.Errorf("summary: %v", p)
		}
	})
}

func recent(ns uint64) bool { return time.Since(time.Unix(0, int64(ns))) < time.Minute }

func checkCounter(t *testing.T, m *metricspb.Metric) {
	t.Helper()
	sum := m.GetSum()
	if m.GetDescription() != "Calls." || !sum.GetIsMonotonic() ||
		sum.GetAggregationTemporality() != metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE {
		t.Errorf("metric: %v", m)
	}
	p := sum.GetDataPoints()[0]
	if p.GetAsDouble() != 3 || !recent(p.GetStartTimeUnixNano()) || p.GetTimeUnixNano() < p.GetStartTimeUnixNano() {
		t.Errorf("point: %v", p)
	}
	if diff := cmp.Diff([]*commonpb.KeyValue{text("model", "gpt-5")}, p.GetAttributes(), protocmp.Transform()); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	checkExemplar(t, p.GetExemplars(), 3)
}

func checkExemplar(t *testing.T, all []*metricspb.Exemplar, value float64) {
	t.Helper()
	want := []*metricspb.Exemplar{{
		Value: &metricspb.Exemplar_AsDouble{AsDouble: value}, FilteredAttributes: []*commonpb.KeyValue{text("more", "x")},
		TraceId: []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, SpanId: []byte{1, 2, 3, 4, 5, 6, 7, 8},
	}}
	if diff := cmp.Diff(want, all, protocmp.Transform(), protocmp.IgnoreFields(&metricspb.Exemplar{}, "time_unix_nano")); diff != "" {
		t.Errorf("exemplars (-want +got):\n%s", diff)
	}
	if len(all) > 0 && !recent(all[0].GetTimeUnixNano()) {
		t.Errorf("time of exemplar is %d", all[0].GetTimeUnixNano())
	}
}

func checkClassic(t *testing.T, h *metricspb.Histogram) {
	t.Helper()
	p := h.GetDataPoints()[0]
	if p.GetCount() != 5 || p.GetSum() != 14 || !recent(p.GetStartTimeUnixNano()) {
		t.Errorf("point: %v", p)
	}
	if diff := cmp.Diff([]uint64{2, 2, 1}, p.GetBucketCounts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{1, 2}, p.GetExplicitBounds()); diff != "" {
		t.Errorf("bounds (-want +got):\n%s", diff)
	}
	checkExemplar(t, p.GetExemplars(), 2)
}

func checkNative(t *testing.T, h *metricspb.ExponentialHistogram) {
	t.Helper()
	p := h.GetDataPoints()[0]
	if p.GetCount() != 6 || p.GetZeroCount() != 1 || p.GetZeroThreshold() != 0.001 || p.GetSum() != 100.5 || p.GetScale() != 0 {
		t.Errorf("point: %v", p)
	}
	// At scale 0 bucket i is (2^i, 2^(i+1)]: 1 lies in -1, 1.5 in 0, 3 in 1, 100 in 6; -5 in 2 of the negative.
	if diff := cmp.Diff([]uint64{1, 1, 1, 0, 0, 0, 0, 1}, p.GetPositive().GetBucketCounts()); diff != "" || p.GetPositive().GetOffset() != -1 {
		t.Errorf("positive from %d (-want +got):\n%s", p.GetPositive().GetOffset(), diff)
	}
	if diff := cmp.Diff([]uint64{1}, p.GetNegative().GetBucketCounts()); diff != "" || p.GetNegative().GetOffset() != 2 {
		t.Errorf("negative from %d (-want +got):\n%s", p.GetNegative().GetOffset(), diff)
	}
}

// within checks that a value lies in the bucket of that index.
func within(t *testing.T, v float64, p *metricspb.ExponentialHistogramDataPoint, index int32) {
	t.Helper()
	base := math.Pow(2, math.Pow(2, -float64(p.GetScale())))
	low, high := math.Pow(base, float64(index)), math.Pow(base, float64(index+1))
	if v <= low*(1-1e-9) || v > high*(1+1e-9) {
		t.Errorf("%g is not in (%g, %g]", v, low, high)
	}
}
