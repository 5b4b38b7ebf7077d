package otlp

import (
	"log/slog"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// FuzzEncode: whatever text and numbers a program gives, what goes out can be read, and the text is UTF-8.
func FuzzEncode(f *testing.F) {
	f.Add("key", "value", int64(1), 1.5, []byte("x"))
	f.Add("", "\xff\xfe", int64(-1), 0.0, []byte{})
	f.Fuzz(func(t *testing.T, key, value string, n int64, x float64, raw []byte) {
		attrs := []attribute.KeyValue{
			attribute.String(key, value), attribute.Int64(key, n), attribute.Float64(key, x), attribute.Bool(key, n > 0),
			attribute.StringSlice(key, []string{value, key}), attribute.Int64Slice(key, []int64{n, -n}),
			attribute.Float64Slice(key, []float64{x}), attribute.BoolSlice(key, []bool{true}),
			{Key: attribute.Key(key), Value: attribute.ByteSliceValue(raw)},
			{Key: attribute.Key(key), Value: attribute.MapValue(attribute.String(value, key), attribute.Int64(key, n))},
			{Key: attribute.Key(key), Value: attribute.SliceValue(attribute.StringValue(value), attribute.Value{})},
			{Key: attribute.Key(key)},
		}
		s := snapshot(tracetest.SpanStub{
			Name: value, SpanContext: sampled(1), Attributes: attrs, Status: sdktrace.Status{Code: codes.Error, Description: value},
			Events: []sdktrace.Event{{Name: value, Attributes: attrs}}, Links: []sdktrace.Link{{Attributes: attrs}},
		})
		span := records(t, new(spanRequest).append(nil, []queuedSpan{{s, 0}}))[0]
		attributes(t, span[spanAttributes])
		event := mustWalk(t, span[spanEvents][0].bytes)
		attributes(t, event[eventAttributes])
		if len(span[spanAttributes]) != len(attrs) || len(event[eventAttributes]) != len(attrs) {
			t.Errorf("%d and %d attributes of %d", len(span[spanAttributes]), len(event[eventAttributes]), len(attrs))
		}
		for _, name := range span[spanName] {
			valid(t, name.bytes)
		}
		mustWalk(t, span[spanLinks][0].bytes)

		log := mustWalk(t, mustWalk(t, appendLog(nil, line(value,
			slog.String(key, value), slog.Uint64(key, uint64(n)), slog.Any(key, raw), slog.Any(key, attrs),
			slog.Group(key, slog.String(value, key), slog.Float64(key, x)),
		), testTime))[scopeRecord][0].bytes)
		attributes(t, log[logAttributes])
		for _, body := range log[logBody] {
			anyValue(t, body.bytes)
		}

		labels := []*dto.LabelPair{{Name: &key, Value: &value}}
		attributes(t, mustWalk(t, appendLabels(nil, 7, labels))[7])
	})
}

// FuzzHistogram: buckets that no client would make are written in bounded space, and the count of all stays.
func FuzzHistogram(f *testing.F) {
	f.Add(int32(0), uint32(3), int32(2), uint32(1), int64(4), int64(-2), int32(3))
	f.Add(int32(-2147483648), uint32(1), int32(2147483647), uint32(2), int64(1), int64(1), int32(8))
	f.Fuzz(func(t *testing.T, off1 int32, len1 uint32, off2 int32, len2 uint32, d1, d2 int64, schema int32) {
		h := &dto.Histogram{
			Schema:        &schema,
			PositiveSpan:  []*dto.BucketSpan{{Offset: &off1, Length: &len1}, {Offset: &off2, Length: &len2}},
			PositiveDelta: []int64{d1, d2, d1},
		}
		s := metricSource{started: testTime, now: testTime}
		b := s.appendExponential(nil, &dto.Metric{Histogram: h})
		if len(b) > 20*maxDense {
			t.Fatalf("%d bytes", len(b))
		}
		point := mustWalk(t, mustWalk(t, b)[kindPoints][0].bytes)
		for _, f := range point[exponentialPositive] {
			mustWalk(t, f.bytes)
		}
	})
}
