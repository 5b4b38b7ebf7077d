package otlp

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/telltale-dev/telltale/internal/ingest/body"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// compare holds the decoder to OpenTelemetry's: the same requests are refused, and of the others the same records made.
func compare(t *testing.T, s signal, payload []byte, maxValue int) {
	t.Helper()
	got := &sink{}
	r, err := New(Options{
		Sink: got, Limits: body.Limits{Decoded: 32 << 20}, MaxValue: maxValue, Now: func() time.Time { return testNow }, Logger: failOnPanic(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	told, err := r.exportProto(t.Context(), s, string(payload))
	want, c, refused := referenceRecords(s, payload, testNow.UnixNano(), maxValue)
	if errors.Is(refused, errGroup) {
		return
	}
	if (err != nil) != (refused != nil) {
		t.Fatalf("%x: error %v, OpenTelemetry's decoder says %v", payload, err, refused)
	}
	if err != nil {
		return
	}
	if diff := cmp.Diff(c.answer(), told, cmp.AllowUnexported(answer{})); diff != "" {
		t.Errorf("%x: the answer differs:\n%s", payload, diff)
	}
	if want.Len() == 0 && len(want.Counts) == 0 {
		if len(got.batches) != 0 {
			t.Errorf("%x: a request without records reached the sink", payload)
		}
		return
	}
	if reflect.DeepEqual([]telemetry.Batch{*want}, got.batches) { // the same much faster
		return
	}
	if diff := cmp.Diff([]telemetry.Batch{*want}, got.batches, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%x: records differ (-want +got):\n%s", payload, diff)
	}
}

// rich is a request of each signal in which everything is used that the protocol has.
func rich(t testing.TB) (spans, records []byte) {
	t.Helper()
	td := makeTraces(3)
	rs := td.ResourceSpans().At(0)
	rs.SetSchemaUrl("https://opentelemetry.io/schemas/1.38.0")
	rs.Resource().SetDroppedAttributesCount(1)
	rs.ScopeSpans().At(0).Scope().Attributes().PutStr("a", "b")
	s := rs.ScopeSpans().At(0).Spans().At(0)
	fillAttributes(s.Attributes())
	s.TraceState().FromRaw("a=b")
	s.SetFlags(1)
	s.SetParentSpanID(pcommon.SpanID{3})
	s.Status().SetCode(ptrace.StatusCodeError)
	s.Status().SetMessage("it broke")
	s.SetDroppedAttributesCount(7)
	s.SetDroppedEventsCount(8)
	s.SetDroppedLinksCount(9)
	for range 2 {
		e := s.Events().AppendEmpty()
		e.SetName("exception")
		e.SetTimestamp(math.MaxUint64)
		fillAttributes(e.Attributes())
		l := s.Links().AppendEmpty()
		l.SetTraceID(pcommon.TraceID{1})
		l.SetSpanID(pcommon.SpanID{2})
		l.Attributes().PutBool("x", true)
	}
	s.Links().AppendEmpty()
	rs.ScopeSpans().At(0).Spans().At(1).SetEndTimestamp(1)
	rs.ScopeSpans().At(0).Spans().At(2).SetSpanID(pcommon.SpanID{})
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rs.Resource().CopyTo(rl.Resource())
	l := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	fillAttributes(l.Body().SetEmptyMap())
	fillAttributes(l.Attributes())
	l.SetTraceID(pcommon.TraceID{1})
	l.SetSpanID(pcommon.SpanID{2})
	l.SetTimestamp(12)
	l.SetObservedTimestamp(pcommon.NewTimestampFromTime(testNow))
	l.SetSeverityNumber(plog.SeverityNumberError3)
	l.SetSeverityText("NOTICE")
	l.SetEventName("e")
	l.SetDroppedAttributesCount(3)
	l.SetFlags(1)
	return protoOf(t, ptraceotlp.NewExportRequestFromTraces(td)), protoOf(t, plogotlp.NewExportRequestFromLogs(ld))
}

func fillAttributes(m pcommon.Map) {
	m.PutStr("text", "say \"hi\"\x01\xff\u2028é")
	m.PutStr("text", "again")
	m.PutStr("bad \xff key", "\xff")
	m.PutEmpty("empty")
	m.PutBool("bool", true)
	m.PutInt("int", math.MinInt64)
	for name, f := range map[string]float64{"nan": math.NaN(), "inf": math.Inf(-1), "small": 1e-9, "large": 1e300, "zero": math.Copysign(0, -1)} {
		m.PutDouble(name, f)
	}
	m.PutEmptyBytes("bytes").FromRaw([]byte{0, 1, 2, 255})
	m.PutEmptyBytes("no bytes")
	list := m.PutEmptySlice("list")
	list.AppendEmpty().SetStr("in\xffside")
	list.AppendEmpty().SetDouble(math.NaN())
	list.AppendEmpty().SetEmptyBytes().FromRaw([]byte("x"))
	inner := list.AppendEmpty().SetEmptyMap()
	inner.PutInt("k\n", 1)
	inner.PutEmptySlice("none")
	inner.PutEmpty("null")
	m.PutEmptyMap("map").PutEmptyMap("in").PutBool("deep", false)
}

func TestDecoderAgreesWithOpenTelemetrys(t *testing.T) {
	spans, records := rich(t)
	for s, payload := range [][]byte{traces: spans, logs: records} {
		for _, maxValue := range []int{5, 1 << 20} {
			compare(t, signal(s), payload, maxValue)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for at := range payload {
			compare(t, signal(s), payload[:at], 64)
			broken := bytes.Clone(payload)
			if broken[at] = byte(r.Uint32()); at%2 == 0 {
				broken[at] = payload[at] ^ byte(1<<r.IntN(8))
			}
			compare(t, signal(s), broken, 64)
		}
	}
}

// message writes a field that is a message.
func message(number protowire.Number, fields ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), bytes.Join(fields, nil))
}

func number(n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, n, protowire.VarintType), v)
}

// What no SDK sends and the protocol allows: parts in another order, twice, in pieces.
func TestUnusualRequests(t *testing.T) {
	text := func(s string) []byte { return message(1, []byte(s)) }
	attr := func(key string, value ...[]byte) []byte {
		return message(1, append([][]byte{text(key)}, value...)...)
	}
	resource := func(attrs ...[]byte) []byte { return message(1, attrs...) }
	record := message(2, message(5, text("hello")), number(2, 9))
	bad := []byte{0x0a, 0x05, 1}
	tests := map[string][]byte{
		"resource last":            message(1, message(2, record), resource(attr("service.name", message(2, text("late"))))),
		"resource in two pieces":   message(1, resource(attr("a", message(2, text("1")))), message(2, record), resource(attr("b", message(2, text("2"))))),
		"scope last":               message(1, message(2, record, message(1, text("scope")))),
		"scope in pieces":          message(1, message(2, record, message(1, text("one")), message(1, message(2, []byte("v"))))),
		"scopes of old":            message(1, message(1000, record)),
		"scopes of old beside new": message(1, message(1000, record), message(2, record, record)),
		"value in two pieces":      message(1, message(2, message(2, message(5, text("x")), message(5, number(3, 7)), message(5)))),
		"list, then text":          message(1, message(2, message(2, message(5, message(5, message(1, text("x"))), text("text"))))),
		"broken list, then text":   message(1, message(2, message(2, message(5, message(5, bad), text("text"))))),
		"broken map, then list":    message(1, message(2, message(2, message(5, message(6, message(1, bad)), message(5))))),
		"two lists":                message(1, message(2, message(2, message(5, message(5, message(1, text("x"))), message(5, message(1, text("y"))))))),
		"broken scope attribute":   message(1, message(2, message(1, message(3, bad)), record)),
		"broken entity":            message(1, resource(message(3, number(1, 1))), message(2, record)),
		"unknown fields":           message(1, message(2, message(2, number(100, 1), message(99, []byte("x")), message(5, text("y"))))),
		"index into a table":       message(1, message(2, message(2, message(5, text("x"), number(8, 1))))),
		"long varint":              append(message(1, message(2, record)), 0x98, 0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02),
		"field 0":                  {0x02, 0},
		"large field number":       {0xfa, 0xff, 0xff, 0xff, 0x7f, 0},
		"end of no group":          {0x0c},
	}
	for name, payload := range tests {
		t.Run(name, func(t *testing.T) { compare(t, logs, payload, 1<<20) })
	}
}

// OpenTelemetry's decoder refuses groups with something in them; they are unknown fields as others are.
func TestGroupsArePassedOver(t *testing.T) {
	group := []byte{0xa3, 0x06, 0x08, 1, 0xab, 0x06, 0x12, 1, 'x', 0xac, 0x06, 0xa4, 0x06} // 100 { 1: 1, 101 { 2: "x" } }
	for name, tt := range map[string]struct {
		group []byte
		ok    bool
	}{
		"closed":          {group, true},
		"not closed":      {group[:len(group)-2], false},
		"closed by other": {append(bytes.Clone(group[:len(group)-2]), 0xac, 0x06), false},
		"too deep":        {append(bytes.Repeat([]byte{0xa3, 0x06}, maxGroups+1), bytes.Repeat([]byte{0xa4, 0x06}, maxGroups+1)...), false},
	} {
		s := &sink{}
		record := message(2, tt.group, message(5, message(1, []byte("hello"))))
		_, err := newReceiver(t, s, body.Limits{}).exportProto(t.Context(), logs, string(message(1, message(2, record))))
		if (err == nil) != tt.ok || tt.ok && s.logs()[0].Body != "hello" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongTypesAreNamed(t *testing.T) {
	_, err := newReceiver(t, &sink{}, body.Limits{}).exportProto(t.Context(), traces, string(message(1, message(2, message(2, number(5, 1))))))
	if want := "malformed request: field 5 of a span is of a wrong type"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

var base64ID = regexp.MustCompile(`"(traceId|spanId|parentSpanId)":\s*"([^"]*)"`)

// Requests of real clients.
func TestCaptures(t *testing.T) {
	const captures = "../../pipeline/dialect/testdata/captures/*.otlp.jsonl"
	files, err := filepath.Glob(captures)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d captures, %v", len(files), err)
	}
	n := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(content))
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			var c struct {
				Body              json.RawMessage
				Signal, Transport string
			}
			if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
				t.Fatal(err)
			}
			if c.Transport != "http/json" { // was protobuf, and was written down with ids in base64
				c.Body = base64ID.ReplaceAllFunc(c.Body, hexID)
			}
			n += compareCapture(t, c.Signal, c.Body)
		}
	}
	if n < 20 {
		t.Errorf("only %d requests were compared", n)
	}
}

func hexID(field []byte) []byte {
	m := base64ID.FindSubmatch(field)
	id, err := base64.StdEncoding.DecodeString(string(m[2]))
	if err != nil {
		return field
	}
	return []byte(`"` + string(m[1]) + `":"` + hex.EncodeToString(id) + `"`)
}

func compareCapture(t *testing.T, name string, text []byte) int {
	t.Helper()
	s, req := traces, request(ptraceotlp.NewExportRequest())
	switch name {
	case "traces":
	case "logs":
		s, req = logs, plogotlp.NewExportRequest()
	default:
		return 0
	}
	if err := req.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	payload := protoOf(t, req)
	compare(t, s, payload, 1<<20)
	fromProto, fromJSON := &sink{}, &sink{}
	if _, err := newReceiver(t, fromProto, body.Limits{}).exportProto(t.Context(), s, string(payload)); err != nil {
		t.Fatal(err)
	}
	if _, err := newReceiver(t, fromJSON, body.Limits{}).exportJSON(t.Context(), s, bytes.Clone(text)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fromProto.batches, fromJSON.batches, cmpopts.IgnoreFields(telemetry.Log{}, "Batch")); diff != "" {
		t.Errorf("protobuf and JSON differ:\n%s", diff)
	}
	return 1
}

func FuzzAgainstOpenTelemetry(f *testing.F) {
	spans, records := rich(f)
	f.Add(spans, false)
	f.Add(records, true)
	f.Fuzz(func(t *testing.T, payload []byte, isLogs bool) {
		s := traces
		if isLogs {
			s = logs
		}
		compare(t, s, payload, 64)
	})
}
