package otlp

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/telltale-dev/telltale/internal/ingest/body"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

func TestRefusedRequests(t *testing.T) {
	good := protoOf(t, ptraceotlp.NewExportRequestFromTraces(makeTraces(1)))
	tests := []struct {
		name, method, kind, how string
		body                    []byte
		code                    int
		reason, header          string
	}{
		{name: "not protobuf", kind: typeProto, body: []byte("hello"), code: 400, reason: "malformed request"},
		{name: "cut protobuf", kind: typeProto, body: good[:len(good)-3], code: 400, reason: "malformed request"},
		{name: "not JSON", kind: typeJSON, body: []byte("hello"), code: 400, reason: "not a JSON object"},
		{name: "empty JSON", kind: typeJSON, code: 400, reason: "ends early"},
		{name: "cut JSON", kind: typeJSON, body: []byte(`{"resourceSpans":[{`), code: 400, reason: "ends early"},
		{name: "two documents", kind: typeJSON, body: []byte(`{}{}`), code: 400, reason: "not one JSON object"},
		{name: "wrong types", kind: typeJSON, body: []byte(`{"resourceSpans":7}`), code: 400, reason: "malformed request"},
		{name: "deep JSON", kind: typeJSON, body: []byte(`{"a":` + strings.Repeat("[", 1<<18) + strings.Repeat("]", 1<<18) + `}`), code: 400, reason: "nested too deeply"},
		{name: "not gzip", kind: typeProto, how: "gzip", body: good, code: 400, reason: "gzip"},
		{name: "unknown encoding", kind: typeProto, how: "br", body: good, code: 415, reason: "not supported", header: "Accept-Encoding"},
		{name: "unknown type", kind: "text/plain", body: good, code: 415, reason: "not supported", header: "Accept"},
		{name: "no type", body: good, code: 415, reason: "not supported", header: "Accept"},
		{name: "GET", method: http.MethodGet, kind: typeProto, code: 405, reason: "use POST", header: "Allow"},
		{name: "too large", kind: typeProto, body: make([]byte, 2<<20), code: 413, reason: "larger than"},
		{name: "bomb", kind: typeProto, how: "gzip", body: compress(t, "gzip", make([]byte, 16<<20)), code: 413, reason: "larger than"},
		{name: "nested bomb", kind: typeProto, how: "gzip, gzip", body: compress(t, "gzip", compress(t, "gzip", make([]byte, 16<<20))), code: 413, reason: "larger than"},
		{name: "empty spans", kind: typeProto, body: emptySpans(400_000), code: 413, reason: "memory"},
		{name: "empty spans in JSON", kind: typeJSON, body: []byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[` + strings.Repeat("{},", 200_000) + `{}]}]}]}`), code: 413, reason: "memory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &sink{}
			if tt.method == "" {
				tt.method = http.MethodPost
			}
			req := httptest.NewRequestWithContext(t.Context(), tt.method, "/v1/traces", bytes.NewReader(tt.body))
			if tt.kind != "" {
				req.Header.Set("Content-Type", tt.kind)
			}
			if tt.how != "" {
				req.Header.Set("Content-Encoding", tt.how)
			}
			w := httptest.NewRecorder()
			newReceiver(t, s, body.Limits{Encoded: 1 << 20, Decoded: 4 << 20}).Handler().ServeHTTP(w, req)
			st := statusOf(t, w)
			if w.Code != tt.code || !strings.Contains(st.GetMessage(), tt.reason) {
				t.Errorf("answer %d %q, want %d with %q", w.Code, st.GetMessage(), tt.code, tt.reason)
			}
			if tt.header != "" && w.Header().Get(tt.header) == "" {
				t.Errorf("no %s header", tt.header)
			}
			if w.Header().Get("Retry-After") != "" {
				t.Error("asks to send again what will be refused again")
			}
			if len(s.batches) != 0 {
				t.Error("a refused request reached the sink")
			}
		})
	}
}

// emptySpans is a request of n spans of two bytes each.
func emptySpans(n int) []byte {
	spans := bytes.Repeat([]byte{0x12, 0}, n)
	for _, tag := range []byte{0x12, 0x0a} {
		b := []byte{tag}
		for l := len(spans); ; l >>= 7 {
			if l < 0x80 {
				b = append(b, byte(l))
				break
			}
			b = append(b, byte(l)|0x80)
		}
		spans = append(b, spans...)
	}
	return spans
}

func statusOf(t *testing.T, w *httptest.ResponseRecorder) *spb.Status {
	t.Helper()
	st := &spb.Status{}
	var err error
	switch kind := w.Header().Get("Content-Type"); kind {
	case typeProto:
		err = proto.Unmarshal(w.Body.Bytes(), st)
	case typeJSON:
		err = protojson.Unmarshal(w.Body.Bytes(), st)
	default:
		err = fmt.Errorf("content type %q", kind)
	}
	if err != nil {
		t.Fatalf("answer %d is no google.rpc.Status: %v", w.Code, err)
	}
	return st
}

func TestSinkErrors(t *testing.T) {
	tests := []struct {
		err  error
		code int
		grpc codes.Code
	}{
		{fmt.Errorf("queue: %w", telemetry.ErrOverloaded), 429, codes.ResourceExhausted},
		{telemetry.ErrRecovering, 503, codes.Unavailable},
		{telemetry.ErrStopped, 503, codes.Unavailable},
		{telemetry.ErrReadOnly, 503, codes.Unavailable},
		{errors.New("secret path /data: no space"), 503, codes.Unavailable},
	}
	for _, tt := range tests {
		payload := jsonOf(t, ptraceotlp.NewExportRequestFromTraces(makeTraces(1)))
		w := post(t, newReceiver(t, &sink{err: tt.err}, body.Limits{}).Handler(), "/v1/traces", typeJSON, "", payload)
		st := statusOf(t, w)
		if w.Code != tt.code || codes.Code(st.GetCode()) != tt.grpc || w.Header().Get("Retry-After") == "" || len(st.GetDetails()) != 1 {
			t.Errorf("%v: answer %d %v, Retry-After %q", tt.err, w.Code, st, w.Header().Get("Retry-After"))
		}
		if strings.Contains(st.GetMessage(), "secret") {
			t.Errorf("the cause is told to the client: %s", st.GetMessage())
		}
	}
}

func TestOverloadByMemory(t *testing.T) {
	s := &sink{}
	r, err := New(Options{Sink: s, MaxInFlight: 1000})
	if err != nil {
		t.Fatal(err)
	}
	release, err := r.reserve(10)
	if err != nil {
		t.Fatal(err)
	}
	payload := protoOf(t, ptraceotlp.NewExportRequestFromTraces(makeTraces(1)))
	if w := post(t, r.Handler(), "/v1/traces", typeProto, "", payload); w.Code != http.StatusTooManyRequests {
		t.Errorf("with another request under way: answer %d, want 429", w.Code)
	}
	release()
	if w := post(t, r.Handler(), "/v1/traces", typeProto, "", payload); w.Code != http.StatusOK {
		t.Errorf("alone: answer %d, want 200", w.Code)
	}
	if n := r.inFlight.Load(); n != 0 {
		t.Errorf("%d bytes are still reserved", n)
	}
}

func TestBadRecordsAreRejectedAlone(t *testing.T) {
	td := makeTraces(6)
	spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	spans.At(0).SetTraceID(pcommon.TraceID{})
	spans.At(1).SetSpanID(pcommon.SpanID{})
	spans.At(2).SetStartTimestamp(0)
	spans.At(3).SetEndTimestamp(1 << 63)
	spans.At(4).SetEndTimestamp(spans.At(4).StartTimestamp() - 5e9)
	req := ptraceotlp.NewExportRequestFromTraces(td)
	for kind, payload := range map[string][]byte{typeProto: protoOf(t, req), typeJSON: jsonOf(t, req)} {
		s := &sink{}
		w := post(t, newReceiver(t, s, body.Limits{}).Handler(), "/v1/traces", kind, "", payload)
		checkPartial(t, w, kind, 4)
		got := s.spans()
		if len(got) != 2 || got[0].Duration != 0 || got[0].Attributes.Value(clockKey) != "the span ended 5s before it began" {
			t.Fatalf("%s: want a span put right and a good one, got %+v", kind, got)
		}
		want := []telemetry.Count{
			{Outcome: telemetry.Rejected, Reason: reasonNoID, N: 2}, {Outcome: telemetry.Rejected, Reason: reasonTime, N: 2},
		}
		if diff := cmp.Diff(want, s.batches[0].Counts); diff != "" {
			t.Errorf("%s: counts differ:\n%s", kind, diff)
		}
	}
}

func checkPartial(t *testing.T, w *httptest.ResponseRecorder, kind string, rejected int64) {
	t.Helper()
	resp := ptraceotlp.NewExportResponse()
	err := resp.UnmarshalProto(w.Body.Bytes())
	if kind == typeJSON {
		err = resp.UnmarshalJSON(w.Body.Bytes())
	}
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("answer %d: %v", w.Code, err)
	}
	if p := resp.PartialSuccess(); p.RejectedSpans() != rejected || (rejected > 0) != (p.ErrorMessage() != "") {
		t.Errorf("rejected %d %q, want %d", p.RejectedSpans(), p.ErrorMessage(), rejected)
	}
}

// Ids of the wrong length make the decoder give up on the whole request: they must cost their own span only.
func TestShortIDs(t *testing.T) {
	payload := protoOf(t, ptraceotlp.NewExportRequestFromTraces(makeTraces(3)))
	id := []byte{0x0a, 16, 1, 2, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1} // trace_id of the second span
	i := bytes.Index(payload, id)
	if i < 0 {
		t.Fatal("no such trace id in the request")
	}
	short := bytes.Clone(payload)
	short[i+1] = 14 // its last two bytes become another field: trace_state, empty
	short[i+16], short[i+17] = 0x1a, 0
	s := &sink{}
	w := post(t, newReceiver(t, s, body.Limits{}).Handler(), "/v1/traces", typeProto, "", short)
	checkPartial(t, w, typeProto, 1)
	if len(s.spans()) != 2 {
		t.Errorf("got %d spans, want 2", len(s.spans()))
	}

	text := string(jsonOf(t, ptraceotlp.NewExportRequestFromTraces(makeTraces(3))))
	for _, bad := range []string{`"0102"`, `"zz020301000000000000000000000001"`, `"AQIDAQAAAAAAAAAAAAAAAQ=="`, `""`} {
		s = &sink{}
		broken := strings.Replace(text, `"01020301000000000000000000000001"`, bad, 1)
		w = post(t, newReceiver(t, s, body.Limits{}).Handler(), "/v1/traces", typeJSON, "", []byte(broken))
		checkPartial(t, w, typeJSON, 1)
		if len(s.spans()) != 2 {
			t.Errorf("%s: got %d spans, want 2", bad, len(s.spans()))
		}
	}
}

func TestOversizedRecordsAreCutVisibly(t *testing.T) {
	td := makeTraces(1)
	a := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
	a.Clear()
	a.PutStr("big", strings.Repeat("é", 600))
	for i := range 1100 {
		a.PutInt(fmt.Sprintf("key.%d", i), int64(i))
	}
	a.PutStr("bad\xff", "\xff")
	s := &sink{}
	r, err := New(Options{Sink: s, MaxValue: 1001})
	if err != nil {
		t.Fatal(err)
	}
	post(t, r.Handler(), "/v1/traces", typeProto, "", protoOf(t, ptraceotlp.NewExportRequestFromTraces(td)))
	got := s.spans()[0].Attributes
	if len(got) != maxAttributes+1 || got.Value("big") != strings.Repeat("é", 500) {
		t.Errorf("%d attributes, the big one has %d bytes", len(got), len(got.Value("big")))
	}
	if cut := got.Value(cutKey); cut != "big of 1200 bytes, 78 attributes" {
		t.Errorf("%s = %q", cutKey, cut)
	}
}

func TestDuplicateKeysAndBadText(t *testing.T) {
	payload := `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030400000000000000000000000f","spanId":"010203040000000f",` +
		`"name":"x","kind":"SPAN_KIND_SERVER","startTimeUnixNano":1795227959500000000,"endTimeUnixNano":"1795227959600000000",` +
		`"attributes":[{"key":"a","value":{"intValue":"1"}},{"key":"b","value":{}},{"key":"a","value":{"intValue":2}},{"key":"c","value":null}],` +
		`"status":{"code":2,"message":"no"}}]}]}]}`
	s := &sink{}
	w := post(t, newReceiver(t, s, body.Limits{}).Handler(), "/v1/traces", typeJSON, "", []byte(payload))
	if w.Code != http.StatusOK {
		t.Fatalf("answer %d: %s", w.Code, w.Body)
	}
	got := s.spans()[0]
	want := telemetry.Attrs{{Key: "a", Value: "2"}, {Key: "b"}, {Key: "c"}}
	if diff := cmp.Diff(want, got.Attributes); diff != "" {
		t.Errorf("attributes differ:\n%s", diff)
	}
	if got.Kind != telemetry.KindServer || got.Status != telemetry.StatusError || got.StatusMessage != "no" || got.Duration != 1e8 {
		t.Errorf("got %+v", got)
	}
}

// A bomb may cost the limit, not its size.
func TestBombMemory(t *testing.T) {
	bomb := compress(t, "gzip", make([]byte, 128<<20))
	h := newReceiver(t, &sink{}, body.Limits{Encoded: 4 << 20, Decoded: 8 << 20}).Handler()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if w := post(t, h, "/v1/traces", typeProto, "gzip", bomb); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("answer %d, want 413", w.Code)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 24<<20 {
		t.Errorf("a bomb of 128 MB cost %d MB", got>>20)
	}
}

// Values nested a hundred thousand deep would overflow the decoder's stack, which ends the process.
func TestDeepProtobuf(t *testing.T) {
	td := makeTraces(1)
	attrs := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
	list := attrs.PutEmptySlice("deep")
	for range 10_000 {
		list = list.AppendEmpty().SetEmptySlice()
	}
	s := &sink{}
	w := post(t, newReceiver(t, s, body.Limits{}).Handler(), "/v1/traces", typeProto, "", protoOf(t, ptraceotlp.NewExportRequestFromTraces(td)))
	checkPartial(t, w, typeProto, 0)
	if v := s.spans()[0].Attributes.Value("deep"); v != strings.Repeat("[", maxNesting)+"null"+strings.Repeat("]", maxNesting) {
		t.Errorf("the deep value is %.200s", v)
	}
}
