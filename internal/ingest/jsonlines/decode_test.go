package jsonlines

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

var update = flag.Bool("update", false, "write the golden files")

var arrival = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func testOptions() Options {
	return Options{Service: "default-service", Now: func() time.Time { return arrival }}
}

func decodeAll(t *testing.T, text string, o Options) ([]telemetry.Log, Report) {
	t.Helper()
	var logs []telemetry.Log
	report, err := Decode(strings.NewReader(text), o, func(_ int, l *telemetry.Log) error {
		logs = append(logs, *l)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return logs, report
}

// show writes a log as the golden files have it: a field a line, absent ones left out.
func show(l *telemetry.Log) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-20s %s\n", name, strings.ReplaceAll(value, "\n", "⏎"))
		}
	}
	at := time.Unix(0, l.Time).UTC()
	fmt.Fprintf(&b, "%s %s\n", at.Format(time.RFC3339Nano), l.Severity.Level()+fmt.Sprintf("(%d)", l.Severity))
	line("body", l.Body)
	line("service", l.Service)
	line("environment", l.Environment)
	line("name", l.Name)
	line("scope", l.Scope.Name)
	line("trace", l.TraceID.String())
	line("span", l.SpanID.String())
	line("request", l.RequestID)
	line("user", l.UserID)
	line("tenant", l.TenantID)
	line("session", l.SessionID)
	line("error", l.ErrorType)
	for _, a := range l.Attributes {
		line("@"+a.Key, a.Value+" ")
	}
	return b.String()
}

// The inputs are what the libraries wrote, paths shortened; documented.jsonl is after the documentation of the rest.
func TestGolden(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(inputs) < 10 {
		t.Fatalf("%d inputs, %v", len(inputs), err)
	}
	for _, input := range inputs {
		t.Run(filepath.Base(input), func(t *testing.T) {
			content, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			logs, report := decodeAll(t, string(content), testOptions())
			var b strings.Builder
			for i := range logs {
				b.WriteString(show(&logs[i]))
			}
			fmt.Fprintf(&b, "lines %d accepted %d rejected %d text %d undated %d\n",
				report.Lines, report.Accepted, report.Rejected, report.Text, report.Undated)
			golden := strings.TrimSuffix(input, ".jsonl") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBadLinesDoNotStopTheRest(t *testing.T) {
	o := testOptions()
	o.MaxLine = 40
	text := "\ufeff{\"msg\":\"one\"}\r\n\r\n{\"msg\":\n{\"msg\":\"" + strings.Repeat("x", 100_000) + "\"}\n" +
		"[{\"msg\":\"list\"}]\n\x00\x01\n   \n{\"msg\":\"two\"} x\n{\"msg\":\"last\"}"
	logs, report := decodeAll(t, text, o)
	var got []string
	for _, l := range logs {
		got = append(got, l.Body)
	}
	if diff := cmp.Diff([]string{"one", "last"}, got); diff != "" {
		t.Error(diff)
	}
	want := Report{
		Lines: 7, Accepted: 2, Rejected: 5, Undated: 2,
		Refusals: []Refusal{
			{3, "not valid JSON: it ends in the middle"},
			{4, "longer than 40 bytes"},
			{5, "a JSON list; want one object a line"},
			{6, "not text: it has zero bytes"},
			{8, "not valid JSON: invalid character 'x' after top-level value at byte 15"},
		},
		ByCode: map[string]int64{CodeInvalidJSON: 2, CodeTooLong: 1, CodeNotObject: 1, CodeNotText: 1},
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Error(diff)
	}
}

func TestLineOfExactlyTheLimit(t *testing.T) {
	o := testOptions()
	for _, limit := range []int{20, 64 << 10, 64<<10 - 1, 64<<10 + 1, 200_000} {
		o.MaxLine = limit
		for _, end := range []string{"", "\n", "\r\n"} {
			fits := strings.Repeat("a", limit) + end
			if _, report := decodeAll(t, fits, o); report.Accepted != 1 {
				t.Errorf("limit %d, end %q: refused %v", limit, end, report.Refusals)
			}
			if _, report := decodeAll(t, "a"+fits, o); report.Rejected != 1 {
				t.Errorf("limit %d, end %q: one byte more was taken", limit, end)
			}
		}
	}
}

func TestRefuseText(t *testing.T) {
	o := testOptions()
	o.RefuseText = true
	_, report := decodeAll(t, "plain\n{\"msg\":\"x\"}\n42\n", o)
	want := []Refusal{{1, "not a JSON object"}, {3, "not a JSON object"}}
	if diff := cmp.Diff(want, report.Refusals); diff != "" || report.Accepted != 1 {
		t.Error(diff, report)
	}
}

func TestRefusalsAreBounded(t *testing.T) {
	_, report := decodeAll(t, strings.Repeat("{\n", 1000), testOptions())
	if len(report.Refusals) != DefaultMaxRefusals || report.Rejected != 1000 {
		t.Errorf("%d told of %d", len(report.Refusals), report.Rejected)
	}
}

func TestAttributesAreBounded(t *testing.T) {
	o := testOptions()
	o.MaxAttributes = 3
	logs, _ := decodeAll(t, `{"a":1,"b":2,"c":3,"d":4,"e":{"f":5,"g":6},"a":7,"msg":"still read","level":"warn"}`, o)
	want := telemetry.Attrs{{Key: "a", Value: "7"}, {Key: "b", Value: "2"}, {Key: "c", Value: "3"}, {Key: DroppedAttributes, Value: "3"}}
	if diff := cmp.Diff(want, logs[0].Attributes); diff != "" {
		t.Error(diff)
	}
	if logs[0].Body != "still read" || logs[0].Severity != telemetry.SeverityWarn {
		t.Errorf("got %+v", logs[0])
	}
}

func TestDeepNesting(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	logs, report := decodeAll(t, deep+"\n"+strings.Repeat(`{"a":`, 20000)+"1"+strings.Repeat("}", 20000), testOptions())
	if len(logs) != 1 || report.Rejected != 1 || report.ByCode[CodeInvalidJSON] != 1 {
		t.Fatalf("got %d logs, %+v", len(logs), report)
	}
	if got := logs[0].Attributes; len(got) != 1 || got[0].Key != "a"+strings.Repeat(".a", DefaultMaxDepth) {
		t.Errorf("got %d attributes, the first %.60s", len(got), got[0].Key)
	}
}

func TestErrorOfEmitEnds(t *testing.T) {
	stop := errors.New("stop")
	n := 0
	report, err := Decode(strings.NewReader("a\nb\nc\n"), testOptions(), func(line int, _ *telemetry.Log) error {
		if n++; line == 2 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 2 || report.Accepted != 1 || report.Lines != 1 {
		t.Errorf("got %v after %d, %+v", err, n, report)
	}
}

func TestInvalidUTF8BecomesValid(t *testing.T) {
	logs, _ := decodeAll(t, "{\"msg\":\"a\xffb\",\"k\xff\":\"\\ud800\",\"l\":[\"\xff\"]}\nplain \xff text\n", testOptions())
	want := []string{"a\uFFFDb", "plain \uFFFD text"}
	if diff := cmp.Diff(want, []string{logs[0].Body, logs[1].Body}); diff != "" {
		t.Error(diff)
	}
	attrs := telemetry.Attrs{{Key: "k\uFFFD", Value: "\uFFFD"}, {Key: "l", Value: "[\"\uFFFD\"]"}}
	if diff := cmp.Diff(attrs, logs[0].Attributes); diff != "" {
		t.Error(diff)
	}
}

func TestParseTime(t *testing.T) {
	const at = "2026-11-21T08:13:12"
	for value, want := range map[string]string{
		`"2026-11-21T08:13:12Z"`:                    at + "Z",
		`"2026-11-21T08:13:12.123456789Z"`:          at + ".123456789Z",
		`"2026-11-21T09:13:12.5+01:00"`:             at + ".5Z",
		`"2026-11-21T09:13:12,5+0100"`:              at + ".5Z",
		`"2026-11-21 09:13:12.5 +0100"`:             at + ".5Z",
		`"2026-11-21 09:13:12+01"`:                  at + "Z",
		`"2026-11-21 08:13:12,226"`:                 at + ".226Z",
		`"2026-11-21 08:13:12"`:                     at + "Z",
		`"2026/11/21 08:13:12.226"`:                 at + ".226Z",
		`"2026-11-21t08:13:12z"`:                    at + "Z",
		`"2026-11-21 08:13:12 UTC"`:                 at + "Z",
		`"2026-11-21 08:13:12.5 +0000 UTC"`:         at + ".5Z",
		`"Sat, 21 Nov 2026 08:13:12 GMT"`:           at + "Z",
		`"21/Nov/2026:09:13:12 +0100"`:              at + "Z",
		`"2026-11-21"`:                              "2026-11-21T00:00:00Z",
		`1795248792`:                                at + "Z",
		`1795248792.5`:                              at + ".5Z",
		`1795248792.123456789`:                      at + ".123456789Z",
		`1795248792.1234567891`:                     at + ".123456789Z",
		`1795248792.9999999`:                        at + ".9999999Z",
		`1.795248792e9`:                             at + "Z",
		`1795248792123`:                             at + ".123Z",
		`1795248792123.5`:                           at + ".1235Z",
		`1795248792123456`:                          at + ".123456Z",
		`1795248792123456789`:                       at + ".123456789Z",
		`"1795248792123"`:                           at + ".123Z",
		`{"seconds":1795248792,"nanos":7}`:          at + ".000000007Z",
		`{"epochSecond":1795248792}`:                at + "Z",
		`{"$date":"2026-11-21T08:13:12Z"}`:          at + "Z",
		`12`:                                        "",
		`-1795248792`:                               "",
		`99999999999999999999`:                      "",
		`1e300`:                                     "",
		`"yesterday"`:                               "",
		`"0001-01-01T00:00:00Z"`:                    "",
		`"9999-01-01T00:00:00Z"`:                    "",
		`"2026-13-45T00:00:00Z"`:                    "",
		`true`:                                      "",
		`[1795248792]`:                              "",
		`{}`:                                        "",
		`""`:                                        "",
		`"` + strings.Repeat("2026-11-21", 9) + `"`: "",
	} {
		ns, ok := parseTime(value)
		got := ""
		if ok {
			got = time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}

func TestParseLevel(t *testing.T) {
	for value, want := range map[string]telemetry.Severity{
		`"info"`: 9, `"INFO"`: 9, `"Information"`: 9, `"warning"`: 13, `"WARN"`: 13, `"error"`: 17, `"ERR"`: 17, `"fatal"`: 21,
		`"CRITICAL"`: 21, `"trace"`: 1, `"debug"`: 5, `"DEBUG-4"`: 1, `"INFO+2"`: 11, `"ERROR+4"`: 21, `"notice"`: 10, `"W"`: 13,
		`10`: 1, `20`: 5, `30`: 9, `40`: 13, `50`: 17, `60`: 21, `35`: 9, `"30"`: 9, `3`: 17, `7`: 5, `0`: 21,
		`"SEVERITY_ERROR"`: 17, `{"name":"INFO","no":20}`: 9,
		`"shouting"`: 0, `-1`: 0, `1000`: 0, `""`: 0, `true`: 0, `[]`: 0, `"INFO+x"`: 0, `{}`: 0,
	} {
		got, ok := parseLevel(value, scaleGuess)
		if !ok {
			got = 0
		}
		if got != want {
			t.Errorf("%s: got %d, want %d", value, got, want)
		}
	}
	for n, want := range map[string]telemetry.Severity{`10`: 5, `20`: 9, `30`: 13, `40`: 17, `50`: 21} {
		if got, ok := parseLevel(n, scalePython); !ok || got != want {
			t.Errorf("Python's %s: got %d, want %d", n, got, want)
		}
	}
	if got, ok := parseLevel(`13`, scaleOTel); !ok || got != telemetry.SeverityWarn {
		t.Errorf("OpenTelemetry's 13: got %d", got)
	}
}

func FuzzDecode(f *testing.F) {
	inputs, _ := filepath.Glob("testdata/*.jsonl")
	for _, input := range inputs {
		content, err := os.ReadFile(input)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			f.Add([]byte(line))
		}
	}
	f.Add([]byte("{}\n\n{\"a\":{\"a\":{}}}\r\n[\n\"\\"))
	f.Fuzz(func(t *testing.T, text []byte) {
		o := testOptions()
		o.MaxLine, o.MaxAttributes, o.MaxDepth = 1000, 8, 3
		last := 0
		report, err := Decode(strings.NewReader(string(text)), o, func(line int, l *telemetry.Log) error {
			if line <= last {
				t.Errorf("line %d after %d", line, last)
			}
			last = line
			checkLog(t, l, o)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if report.Lines != report.Accepted+report.Rejected {
			t.Errorf("lines do not add up: %+v", report)
		}
	})
}

func checkLog(t *testing.T, l *telemetry.Log, o Options) {
	t.Helper()
	seen := map[string]bool{}
	for _, a := range l.Attributes {
		if seen[a.Key] {
			t.Errorf("key %q twice", a.Key)
		}
		seen[a.Key] = true
		if strings.ToValidUTF8(a.Key+a.Value, "") != a.Key+a.Value {
			t.Errorf("%q=%q is not UTF-8", a.Key, a.Value)
		}
	}
	if len(l.Attributes) > o.MaxAttributes+1 {
		t.Errorf("%d attributes", len(l.Attributes))
	}
	if strings.ToValidUTF8(l.Body, "") != l.Body || l.Time == 0 || l.Severity > 24 || l.Service == "" {
		t.Errorf("got %+v", l)
	}
	if l.RequestID != "" && !telemetry.ValidRequestID(l.RequestID) {
		t.Errorf("request id %q", l.RequestID)
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"structlog", "zap", "pino", "slog"} {
		b.Run(name, func(b *testing.B) {
			content, err := os.ReadFile("testdata/" + name + ".jsonl")
			if err != nil {
				b.Fatal(err)
			}
			text := strings.Repeat(string(content), 100)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(strings.NewReader(text), Options{}, func(int, *telemetry.Log) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
