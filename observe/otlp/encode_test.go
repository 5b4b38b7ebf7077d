package otlp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/telltale-dev/telltale/observe/logging"
)

func TestSizesArePutBeforeMessages(t *testing.T) {
	for _, size := range []int{0, 1, 127, 128, 129, 16383, 16384, 1<<21 - 1, 1 << 21} {
		content := bytes.Repeat([]byte("x"), size)
		want := protowire.AppendBytes(protowire.AppendTag([]byte("before"), 16, protowire.BytesType), content)
		for reserve := 1; reserve <= 4; reserve++ {
			b, m := begin([]byte("before"), 16, reserve)
			if got := end(append(b, content...), m); !bytes.Equal(got, want) {
				t.Errorf("%d bytes with %d reserved: % x…, want % x…", size, reserve, got[:12], want[:12])
			}
		}
	}
}

func TestSpanBytes(t *testing.T) {
	s := snapshot(tracetest.SpanStub{
		Name: "a", SpanContext: sampled(1), Parent: spanContext(2, 0), StartTime: time.Unix(0, 1), EndTime: time.Unix(0, 2),
		Attributes: []attribute.KeyValue{attribute.String("k", "v"), attribute.Int("n", -1)}, DroppedAttributes: 3,
	})
	want := "1261" +
		"0a10" + "01020300000000000000000000000000" + // trace
		"1208" + "0100000000000000" + // span
		"2208" + "0200000000000000" + // parent
		"2a01" + "61" + // name
		"3001" + // internal
		"39" + "0100000000000000" + // start
		"41" + "0200000000000000" + // end
		"4a08" + "0a016b" + "12030a0176" +
		"4a10" + "0a016e" + "120b" + "18ffffffffffffffffff01" +
		"5003" + // dropped attributes
		"8501" + "01010000" // flags
	if diff := cmp.Diff(want, hex.EncodeToString(appendSpan(nil, scopeRecord, s))); diff != "" {
		t.Errorf("span (-want +got):\n%s", diff)
	}
}

func TestSpansAreGroupedByScope(t *testing.T) {
	scoped := func(name, scope string) queuedSpan {
		return queuedSpan{snapshot(tracetest.SpanStub{
			Name: name, SpanContext: sampled(1),
			InstrumentationScope: instrumentation.Scope{Name: scope, Version: "1", SchemaURL: "https://" + scope},
		}), 0}
	}
	r := spanRequest{resource: appendResource(nil, testResource()), schemaURL: testResource().SchemaURL()}
	request := r.append(nil, []queuedSpan{scoped("1", "a"), scoped("2", "b"), scoped("3", "a")})

	res := mustWalk(t, mustWalk(t, request)[requestResource][0].bytes)
	if n := len(res[resourceResource]); n != 1 {
		t.Fatalf("%d resources", n)
	}
	got := attributes(t, mustWalk(t, res[resourceResource][0].bytes)[1])
	if diff := cmp.Diff(map[string]any{"service.name": "chat-api"}, got); diff != "" {
		t.Errorf("resource (-want +got):\n%s", diff)
	}
	if got := string(res[resourceSchemaURL][0].bytes); got != testResource().SchemaURL() {
		t.Errorf("schema is %q", got)
	}
	names := map[string]string{}
	for _, f := range res[resourceScope] {
		scope := mustWalk(t, f.bytes)
		name := string(mustWalk(t, scope[scopeScope][0].bytes)[1][0].bytes)
		if got := string(scope[scopeSchemaURL][0].bytes); got != "https://"+name {
			t.Errorf("schema of %s is %q", name, got)
		}
		for _, s := range scope[scopeRecord] {
			names[name] += string(mustWalk(t, s.bytes)[spanName][0].bytes)
		}
	}
	if diff := cmp.Diff(map[string]string{"a": "13", "b": "2"}, names); diff != "" {
		t.Errorf("spans by scope (-want +got):\n%s", diff)
	}
}

func TestFlagsTellRemoteParents(t *testing.T) {
	for _, test := range []struct {
		name   string
		parent trace.SpanContext
		want   uint64
	}{
		{"root", trace.SpanContext{}, 0x101},
		{"local parent", sampled(2), 0x101},
		{"remote parent", sampled(2).WithRemote(true), 0x301},
	} {
		s := snapshot(tracetest.SpanStub{SpanContext: sampled(1), Parent: test.parent})
		got := mustWalk(t, mustWalk(t, appendSpan(nil, 1, s))[1][0].bytes)
		if got[spanFlags][0].n != test.want {
			t.Errorf("%s: flags %#x, want %#x", test.name, got[spanFlags][0].n, test.want)
		}
		if (len(got[spanParentID]) == 1) != test.parent.IsValid() {
			t.Errorf("%s: parent is %v", test.name, got[spanParentID])
		}
	}
}

func TestLogAttributesOfEveryKind(t *testing.T) {
	r := line("hello",
		slog.String("string", "a"), slog.Int("int", -5), slog.Uint64("uint", 7), slog.Uint64("huge", math.MaxUint64),
		slog.Float64("float", 1.5), slog.Bool("bool", true), slog.Duration("duration", time.Second),
		slog.Time("time", testTime), slog.Any("nil", nil), slog.Any("bytes", []byte{0xff}), slog.Any("error", errors.New("broken")),
		slog.Any("json", map[string]int{"a": 1}), slog.Any("unprintable", math.Inf(1)), slog.Any("func", make(chan int) == nil),
		slog.Group("group", slog.Int("inner", 1), slog.Group("deeper", slog.String("x", "y"))),
		slog.Attr{Value: slog.GroupValue(slog.String("inline", "here"))},
	)
	r.Logger, r.RequestID, r.Method, r.Path, r.User, r.Tenant, r.Session, r.Key =
		"worker", "req-1", "POST", "/chat", "ada", "acme", "s-1", "k-1"
	r.Stack, r.Kept = "main.main\n\t/main.go:1\n", 10
	r.TraceID, r.SpanID, r.TraceFlags = trace.TraceID{7}, trace.SpanID{8}, trace.FlagsSampled

	got := mustWalk(t, mustWalk(t, appendLog(nil, r, testTime.Add(time.Second)))[scopeRecord][0].bytes)
	want := map[string]any{
		"string": "a", "int": int64(-5), "uint": int64(7), "huge": "18446744073709551615", "float": 1.5, "bool": true,
		"duration": int64(1e9), "time": "2026-11-21T08:00:00Z", "nil": nil, "bytes": []byte{0xff}, "error": "broken",
		"json": `{"a":1}`, "unprintable": math.Inf(1), "func": false,
		"group": map[string]any{"inner": int64(1), "deeper": map[string]any{"x": "y"}}, "inline": "here",
		"request.id": "req-1", "http.request.method": "POST", "url.path": "/chat", "user.id": "ada",
		"tenant.id": "acme", "session.id": "s-1", "key.id": "k-1", "exception.stacktrace": r.Stack, "sampled": int64(10),
	}
	if diff := cmp.Diff(want, attributes(t, got[logAttributes])); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	if body := anyValue(t, got[logBody][0].bytes); body != "hello" {
		t.Errorf("body is %v", body)
	}
	if got[logTime][0].n != uint64(testTime.UnixNano()) || got[logObservedTime][0].n != uint64(testTime.Add(time.Second).UnixNano()) {
		t.Errorf("times are %d and %d", got[logTime][0].n, got[logObservedTime][0].n)
	}
	if got[logFlags][0].n != 1 || got[logTraceID][0].bytes[0] != 7 || got[logSpanID][0].bytes[0] != 8 {
		t.Errorf("trace context is %v %v %v", got[logFlags], got[logTraceID], got[logSpanID])
	}
}

func TestSeverities(t *testing.T) {
	for level, want := range map[slog.Level]uint64{
		slog.LevelDebug - 100: 1, slog.LevelDebug: 5, slog.LevelInfo: 9, slog.LevelInfo + 1: 10, slog.LevelWarn: 13,
		slog.LevelError: 17, slog.LevelError + 4: 21, slog.LevelError + 100: 24,
	} {
		r := &logging.Record{Level: level, Message: "m"}
		got := mustWalk(t, mustWalk(t, appendLog(nil, r, testTime))[scopeRecord][0].bytes)
		if got[logSeverity][0].n != want || string(got[logSeverityText][0].bytes) != level.String() {
			t.Errorf("%v: %d %q, want %d", level, got[logSeverity][0].n, got[logSeverityText][0].bytes, want)
		}
	}
}

func TestValuesNestedWithoutEndAreCut(t *testing.T) {
	v := attribute.StringValue("core")
	group := slog.String("core", "x")
	for range 1000 {
		v = attribute.MapValue(attribute.KeyValue{Key: "k", Value: attribute.SliceValue(v)})
		group = slog.Attr{Key: "k", Value: slog.GroupValue(group)}
	}
	kv := attribute.KeyValue{Key: "deep", Value: v}
	b := appendSlogAttr(appendKeyValue(nil, 1, &kv, 0), 1, &group, 0)
	if got := len(attributes(t, mustWalk(t, b)[1])); got != 2 || len(b) > 1000 {
		t.Errorf("%d attributes in %d bytes", got, len(b))
	}
}
