package otlp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/telltale-dev/telltale/internal/ingest/body"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// metricSink keeps what it is given, or refuses it with err.
type metricSink struct {
	mu  sync.Mutex
	got []pmetric.Metrics
	err error
}

func (s *metricSink) ConsumeMetrics(_ context.Context, md pmetric.Metrics) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, md)
	return s.err
}

// makeMetrics makes metrics of all kinds, six data points for each n.
func makeMetrics(n int) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "shop")
	ms := rm.ScopeMetrics().AppendEmpty().Metrics()
	for range n {
		gauge := ms.AppendEmpty().SetEmptyGauge().DataPoints()
		gauge.AppendEmpty().SetIntValue(1)
		gauge.AppendEmpty().Attributes().PutEmptySlice("list").AppendEmpty().SetEmptyMap().PutStr("a", "b")
		p := ms.AppendEmpty().SetEmptySum().DataPoints().AppendEmpty()
		p.SetDoubleValue(2)
		p.Exemplars().AppendEmpty().FilteredAttributes().PutStr("k", "v")
		h := ms.AppendEmpty().SetEmptyHistogram().DataPoints().AppendEmpty()
		h.BucketCounts().FromRaw([]uint64{1, 2, 3})
		h.ExplicitBounds().FromRaw([]float64{1, 2})
		x := ms.AppendEmpty().SetEmptyExponentialHistogram().DataPoints().AppendEmpty()
		x.Positive().BucketCounts().FromRaw([]uint64{1, 300})
		ms.AppendEmpty().SetEmptySummary().DataPoints().AppendEmpty().QuantileValues().AppendEmpty().SetQuantile(0.5)
	}
	return md
}

func metricReceiver(t *testing.T, m MetricsSink, l body.Limits) *Receiver {
	t.Helper()
	r, err := New(Options{Sink: &sink{}, Metrics: m, Limits: l})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMetricsReachTheirSink(t *testing.T) {
	req := pmetricotlp.NewExportRequestFromMetrics(makeMetrics(3))
	for _, c := range []struct {
		kind, how string
		payload   []byte
	}{
		{typeProto, "", protoOf(t, req)},
		{typeJSON, "", jsonOf(t, req)},
		{typeProto, "gzip", compress(t, "gzip", protoOf(t, req))},
		{typeProto, "zstd", compress(t, "zstd", protoOf(t, req))},
	} {
		s := &metricSink{}
		w := post(t, metricReceiver(t, s, body.Limits{}).Handler(), "/v1/metrics", c.kind, c.how, c.payload)
		if w.Code != http.StatusOK || len(s.got) != 1 {
			t.Fatalf("%s %s: answer %d %s", c.kind, c.how, w.Code, w.Body)
		}
		if got := protoOf(t, pmetricotlp.NewExportRequestFromMetrics(s.got[0])); !bytes.Equal(got, protoOf(t, req)) {
			t.Errorf("%s %s: other metrics reached the sink", c.kind, c.how)
		}
	}
}

// some is an error of a request of which a part was taken.
type some struct {
	n      int64
	reason string
}

func (e some) Error() string             { return e.reason }
func (e some) Rejected() (int64, string) { return e.n, e.reason }

func TestWhatTheSinkOfMetricsSays(t *testing.T) {
	req := pmetricotlp.NewExportRequestFromMetrics(makeMetrics(1))
	for _, c := range []struct {
		name  string
		err   error
		http  int
		grpc  codes.Code
		n     int64
		text  string
		retry bool
	}{
		{name: "taken", http: 200, grpc: codes.OK},
		{name: "some", err: some{2, "too old\x00"}, http: 200, grpc: codes.OK, n: 2, text: "too old "},
		{name: "warning", err: some{0, "a label was joined"}, http: 200, grpc: codes.OK, text: "a label was joined"},
		{name: "overload", err: fmt.Errorf("x: %w", telemetry.ErrOverloaded), http: 429, grpc: codes.ResourceExhausted, retry: true},
		{name: "recovering", err: telemetry.ErrRecovering, http: 503, grpc: codes.Unavailable, retry: true},
		{name: "disk", err: errors.New("no space left on device"), http: 503, grpc: codes.Unavailable, retry: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := metricReceiver(t, &metricSink{err: c.err}, body.Limits{})
			w := post(t, r.Handler(), "/v1/metrics", typeProto, "", protoOf(t, req))
			if w.Code != c.http || (w.Header().Get("Retry-After") != "") != c.retry {
				t.Errorf("answer %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
			}
			resp, err := pmetricotlp.NewGRPCClient(startServer(t, r)).Export(t.Context(), req)
			if status.Code(err) != c.grpc {
				t.Errorf("gRPC: %v", err)
			}
			if err == nil && (resp.PartialSuccess().RejectedDataPoints() != c.n || resp.PartialSuccess().ErrorMessage() != c.text) {
				t.Errorf("gRPC: %d rejected, %q", resp.PartialSuccess().RejectedDataPoints(), resp.PartialSuccess().ErrorMessage())
			}
		})
	}
}

// nest wraps a message n times as a field.
func nest(b []byte, n int, fields ...protowire.Number) []byte {
	for i := range n {
		b = protowire.AppendBytes(protowire.AppendTag(nil, fields[i%len(fields)], protowire.BytesType), b)
	}
	return b
}

func TestHostileMetricsAreRefused(t *testing.T) {
	deep := nest(nil, 20_000, 1, 5) // a list in a list in a list
	point := nest(nest(nest(deep, 1, 2), 1, 7), 1, 1)
	points := bytes.Repeat(protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), nil), 400_000)
	exemplars := bytes.Repeat(protowire.AppendBytes(protowire.AppendTag(nil, 5, protowire.BytesType), nil), 400_000)
	buckets := nest(bytes.Repeat([]byte{0}, 900_000), 1, 2)
	again := append(nest(make([]byte, 4), 1, 5), bytes.Repeat(protowire.AppendVarint(protowire.AppendTag(nil, 5, protowire.VarintType), 1), 100_000)...)
	inMetric := func(b []byte, kind protowire.Number) []byte {
		return nest(nest(nest(nest(b, 1, kind), 1, 2), 1, 2), 1, 1)
	}
	for name, c := range map[string]struct {
		payload []byte
		code    int
	}{
		"deep":       {inMetric(point, 5), 400},
		"points":     {inMetric(points, 5), 413},
		"exemplars":  {inMetric(nest(exemplars, 1, 1), 5), 413},
		"numbers":    {inMetric(nest(again, 1, 1), 5), 400},
		"buckets":    {inMetric(nest(nest(buckets, 1, 8), 1, 1), 10), 413},
		"cut":        {inMetric(points, 5)[:1000], 400},
		"wrong type": {protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 1), 400},
	} {
		s := &metricSink{}
		w := post(t, metricReceiver(t, s, body.Limits{Encoded: 1 << 20, Decoded: 1 << 20}).Handler(), "/v1/metrics", typeProto, "", c.payload)
		if w.Code != c.code {
			t.Errorf("%s: answer %d %.100q, want %d", name, w.Code, w.Body, c.code)
		}
	}
	text := `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","gauge":{"dataPoints":[` + strings.Repeat("{},", 200_000) + `{}]}}]}]}]}`
	if w := post(t, metricReceiver(t, &metricSink{}, body.Limits{Encoded: 1 << 20, Decoded: 1 << 20}).Handler(), "/v1/metrics", typeJSON, "", []byte(text)); w.Code != 413 {
		t.Errorf("points in JSON: answer %d", w.Code)
	}
}

func TestMeasuredMetricsTakeLessThanReserved(t *testing.T) {
	md := makeMetrics(200)
	for i := range 100 {
		md.ResourceMetrics().At(0).Resource().Attributes().PutStr(fmt.Sprint("key", i), "")
	}
	message := string(protoOf(t, pmetricotlp.NewExportRequestFromMetrics(md)))
	r := metricReceiver(t, nil, body.Limits{})
	reserved := r.reservation()
	defer reserved.release()
	n, err := measureMetrics(message, reserved)
	if err != nil || n != 1200 {
		t.Fatalf("%d data points, %v", n, err)
	}
	took := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.decodeMetrics(message); err != nil {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	if took > reserved.used {
		t.Errorf("%d bytes taken, %d reserved", took, reserved.used)
	}
}
