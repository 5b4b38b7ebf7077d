package otlp

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/internal/ingest/body"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testNow = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// sink keeps what it is given, or refuses it with err.
type sink struct {
	mu      sync.Mutex
	batches []telemetry.Batch
	err     error
}

func (s *sink) Ingest(_ context.Context, b *telemetry.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.batches = append(s.batches, *b)
	return nil
}

func (s *sink) spans() (all []telemetry.Span) {
	for _, b := range s.batches {
		all = append(all, b.Spans...)
	}
	return all
}

func (s *sink) logs() (all []telemetry.Log) {
	for _, b := range s.batches {
		all = append(all, b.Logs...)
	}
	return all
}

func newReceiver(t testing.TB, s *sink, limits body.Limits) *Receiver {
	t.Helper()
	r, err := New(Options{Sink: s, Limits: limits, Now: func() time.Time { return testNow }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func makeTraces(n int) ptrace.Traces {
	rnd := rand.New(rand.NewPCG(1, 2))
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "chat-api")
	rs.Resource().Attributes().PutStr("deployment.environment.name", "prod")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("test")
	ss.Scope().SetVersion("1.2")
	for i := range n {
		s := ss.Spans().AppendEmpty()
		s.SetTraceID(pcommon.TraceID{1, 2, 3, byte(i), byte(i >> 8), 15: 1})
		s.SetSpanID(pcommon.SpanID{1, byte(i), byte(i >> 8), 7: 1})
		s.SetName("chat gpt-x")
		s.SetKind(ptrace.SpanKindClient)
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(testNow.Add(-time.Minute)))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(testNow.Add(-59 * time.Second)))
		a := s.Attributes()
		a.PutStr("gen_ai.provider.name", "openai")
		a.PutStr("gen_ai.operation.name", "chat")
		a.PutStr("gen_ai.request.model", "gpt-x")
		a.PutInt("gen_ai.usage.input_tokens", rnd.Int64N(4000))
		a.PutInt("gen_ai.usage.output_tokens", rnd.Int64N(900))
		a.PutDouble("gen_ai.request.temperature", 0.7)
		a.PutEmptySlice("gen_ai.response.finish_reasons").AppendEmpty().SetStr("stop")
		a.PutStr("session.id", "s-"+strconv.Itoa(i%17))
	}
	return td
}

func protoOf(t testing.TB, m interface{ MarshalProto() ([]byte, error) }) []byte {
	t.Helper()
	b, err := m.MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func jsonOf(t testing.TB, m interface{ MarshalJSON() ([]byte, error) }) []byte {
	t.Helper()
	b, err := m.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func compress(t testing.TB, how string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch how {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "zstd":
		z, err := zstd.NewWriter(&out)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	default:
		return b
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func post(t testing.TB, h http.Handler, path, kind, how string, b []byte) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(b))
	req.Header.Set("Content-Type", kind)
	if how != "" {
		req.Header.Set("Content-Encoding", how)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestSpansOverHTTP(t *testing.T) {
	req := ptraceotlp.NewExportRequestFromTraces(makeTraces(3))
	for _, path := range []string{"/v1/traces", "/api/public/otel/v1/traces"} {
		for _, kind := range []string{typeProto, typeJSON, typeJSON + "; charset=utf-8"} {
			for _, how := range []string{"", "gzip", "zstd"} {
				t.Run(path+" "+kind+" "+how, func(t *testing.T) {
					s := &sink{}
					payload := protoOf(t, req)
					if kind != typeProto {
						payload = jsonOf(t, req)
					}
					w := post(t, newReceiver(t, s, body.Limits{}).Handler(), path, kind, how, compress(t, how, payload))
					if w.Code != http.StatusOK || !strings.HasPrefix(kind, w.Header().Get("Content-Type")) {
						t.Fatalf("answer %d %s: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
					}
					checkSpans(t, s.spans())
				})
			}
		}
	}
}

func checkSpans(t *testing.T, got []telemetry.Span) {
	t.Helper()
	if len(got) != 3 {
		t.Fatalf("got %d spans, want 3", len(got))
	}
	want := telemetry.Span{
		Event: telemetry.Event{
			Time: testNow.Add(-time.Minute).UnixNano(), Service: "chat-api", Environment: "prod", Name: "chat gpt-x",
			TraceID: telemetry.TraceID{1, 2, 3, 1, 15: 1}, SpanID: telemetry.SpanID{1, 1, 7: 1},
			Resource: telemetry.Attrs{{Key: "service.name", Value: "chat-api"}, {Key: "deployment.environment.name", Value: "prod"}},
			Scope:    telemetry.Scope{Name: "test", Version: "1.2"},
			Attributes: telemetry.Attrs{
				{Key: "gen_ai.provider.name", Value: "openai"},
				{Key: "gen_ai.operation.name", Value: "chat"},
				{Key: "gen_ai.request.model", Value: "gpt-x"},
				{Key: "gen_ai.usage.input_tokens", Value: got[1].Attributes.Value("gen_ai.usage.input_tokens")},
				{Key: "gen_ai.usage.output_tokens", Value: got[1].Attributes.Value("gen_ai.usage.output_tokens")},
				{Key: "gen_ai.request.temperature", Value: "0.7"},
				{Key: "gen_ai.response.finish_reasons", Value: `["stop"]`},
				{Key: "session.id", Value: "s-1"},
			},
		},
		Kind: telemetry.KindClient, Duration: int64(time.Second),
	}
	if _, err := strconv.Atoi(want.Attributes.Value("gen_ai.usage.input_tokens")); err != nil {
		t.Errorf("input tokens: %v", err)
	}
	if diff := cmp.Diff(want, got[1]); diff != "" {
		t.Errorf("span differs (-want +got):\n%s", diff)
	}
}

func TestLogs(t *testing.T) {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("service.name", "api")
	rl.Resource().Attributes().PutStr("deployment.environment", "old-name")
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName("my.logger")
	at := pcommon.NewTimestampFromTime(testNow.Add(-time.Second))

	text := sl.LogRecords().AppendEmpty()
	text.SetTimestamp(at)
	text.SetSeverityNumber(plog.SeverityNumberWarn2)
	text.SetSeverityText("WARN")
	text.Body().SetStr("disk is nearly full")
	text.SetTraceID(pcommon.TraceID{1})
	text.SetSpanID(pcommon.SpanID{2})

	structured := sl.LogRecords().AppendEmpty()
	structured.SetObservedTimestamp(at)
	structured.SetSeverityText("Notice")
	structured.Attributes().PutStr("event.name", "gen_ai.choice")
	structured.Attributes().PutEmpty("nothing")
	m := structured.Body().SetEmptyMap()
	m.PutInt("index", 0)
	m.PutEmptyMap("message").PutStr("content", "say \"hi\"\n")
	m.PutEmptySlice("list").AppendEmpty().SetBool(true)
	m.PutEmptyBytes("raw").FromRaw([]byte{1, 2, 3})

	named := sl.LogRecords().AppendEmpty()
	named.SetTimestamp(1_700_000_000) // seconds, not nanoseconds
	named.SetEventName("session.start")

	payload := protoOf(t, plogotlp.NewExportRequestFromLogs(ld))
	s := &sink{}
	h := newReceiver(t, s, body.Limits{}).Handler()
	for range 2 {
		if w := post(t, h, "/v1/logs", typeProto, "", slices.Clone(payload)); w.Code != http.StatusOK {
			t.Fatalf("answer %d: %s", w.Code, w.Body)
		}
	}
	got := s.logs()
	if len(got) != 6 || got[0].Batch == 0 || got[0].Batch != got[5].Batch {
		t.Fatalf("want 6 logs of the same batch, got %+v", got)
	}
	event := telemetry.Event{
		Time: testNow.Add(-time.Second).UnixNano(), Service: "api", Environment: "old-name", Resource: got[0].Resource,
		Scope: telemetry.Scope{Name: "my.logger"},
	}
	want := []telemetry.Log{
		{Event: event, Severity: 14, Batch: got[0].Batch},
		{Event: event, Severity: telemetry.SeverityInfo, Batch: got[0].Batch},
		{Event: event, Batch: got[0].Batch},
	}
	want[0].Name, want[0].Body = "my.logger", "disk is nearly full"
	want[0].TraceID, want[0].SpanID = telemetry.TraceID{1}, telemetry.SpanID{2}
	want[1].Name = "gen_ai.choice"
	want[1].Body = `{"index":0,"message":{"content":"say \"hi\"\n"},"list":[true],"raw":"AQID"}`
	want[1].Attributes = telemetry.Attrs{{Key: "event.name", Value: "gen_ai.choice"}, {Key: "nothing"}, {Key: "severity.text", Value: "Notice"}}
	want[2].Time, want[2].Name = testNow.UnixNano(), "session.start"
	want[2].Attributes = telemetry.Attrs{{Key: clockKey, Value: "the time sent was 1700000000"}}
	if diff := cmp.Diff(want, got[:3]); diff != "" {
		t.Errorf("logs differ (-want +got):\n%s", diff)
	}
}

func TestMetricsAreRefusedOnePointAtATime(t *testing.T) {
	md := pmetric.NewMetrics()
	ms := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	gauge := ms.AppendEmpty().SetEmptyGauge().DataPoints()
	gauge.AppendEmpty().SetIntValue(1)
	gauge.AppendEmpty().SetIntValue(2)
	ms.AppendEmpty().SetEmptySum().DataPoints().AppendEmpty()
	ms.AppendEmpty().SetEmptyHistogram().DataPoints().AppendEmpty().BucketCounts().FromRaw([]uint64{1, 2, 3})
	ms.AppendEmpty().SetEmptyExponentialHistogram().DataPoints().AppendEmpty()
	ms.AppendEmpty().SetEmptySummary().DataPoints().AppendEmpty()
	req := pmetricotlp.NewExportRequestFromMetrics(md)
	for kind, payload := range map[string][]byte{typeProto: protoOf(t, req), typeJSON: jsonOf(t, req)} {
		s := &sink{}
		w := post(t, newReceiver(t, s, body.Limits{}).Handler(), "/v1/metrics", kind, "", payload)
		resp := pmetricotlp.NewExportResponse()
		err := resp.UnmarshalProto(w.Body.Bytes())
		if kind == typeJSON {
			err = resp.UnmarshalJSON(w.Body.Bytes())
		}
		if err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: answer %d: %v", kind, w.Code, err)
		}
		if p := resp.PartialSuccess(); p.RejectedDataPoints() != 6 || p.ErrorMessage() != metricsNotKept {
			t.Errorf("%s: rejected %d, %q", kind, p.RejectedDataPoints(), p.ErrorMessage())
		}
		if len(s.batches) != 0 {
			t.Errorf("%s: metrics reached the sink", kind)
		}
	}
}
