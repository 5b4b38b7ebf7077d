//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/telltale-dev/telltale/test/harness"
)

// What TestParquetIsPlain sends.
const (
	plainSpans = 3000
	modelCalls = 1200
	jsonLogs   = 2500
)

// found is what parquet_read.py prints.
type found struct {
	Files    int
	Rows     int64
	Spans    int64
	Logs     int64
	Repeats  int64
	Calls    int64
	PicoUSD  string `json:"pico_usd"`
	Tokens   int64
	Types    map[string]string
	ByModel  [][]string `json:"by_model"`
	Promoted [][]string
	Map      [][]string
	Body     string
	Hours    int
	Late     int64
	Arrow    struct {
		Rows        int64
		PicoUSD     string `json:"pico_usd"`
		Map         [][]string
		Types       map[string]string
		NullText    int64 `json:"null_text"`
		UnknownCost int64 `json:"unknown_cost"`
	}
}

// What lies on disk is standard Parquet: DuckDB and pyarrow read from the files the sums that the server gave.
func TestParquetIsPlain(t *testing.T) {
	python := os.Getenv("CLIENTS_PYTHON")
	if python == "" {
		t.Fatal("CLIENTS_PYTHON is not set: run `make e2e`")
	}
	p := harness.Start(t, harness.Options{})
	sendShop(t, p)
	b := checkBooks(t, p).Books
	if b.Accepted != plainSpans+modelCalls+jsonLogs || b.Duplicate != modelCalls/10 {
		t.Fatalf("books: %+v", b)
	}
	calls, tokens, usd := callSums(t, p)
	if calls != modelCalls {
		t.Fatalf("%d calls counted, want %d", calls, modelCalls)
	}
	if code := p.Signal(t, syscall.SIGTERM, time.Minute); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, p.Output)
	}

	got := readParquet(t, python, p.Data)
	if got.Files == 0 || got.Spans != plainSpans+modelCalls || got.Logs != jsonLogs || got.Spans+got.Logs != b.Stored {
		t.Errorf("%d files hold %d spans and %d logs; stored are %d", got.Files, got.Spans, got.Logs, b.Stored)
	}
	if got.Repeats != 0 || got.Late != modelCalls/10 || got.Rows != b.Stored || got.Arrow.Rows != got.Rows {
		t.Errorf("%d rows, %d for pyarrow, %d repeats; %d later versions were merged", got.Rows, got.Arrow.Rows, got.Repeats, got.Late)
	}
	if got.Calls != calls || got.Tokens != tokens {
		t.Errorf("DuckDB counts %d calls and %d tokens, the server %d and %d", got.Calls, got.Tokens, calls, tokens)
	}
	pico, err := strconv.ParseInt(got.PicoUSD, 10, 64)
	if err != nil || got.Arrow.PicoUSD != got.PicoUSD || fmt.Sprintf("%.9f", float64(pico)/1e12) != fmt.Sprintf("%.9f", usd) {
		t.Errorf("cost in the files: %s and %s pico-USD, the server says %v USD", got.PicoUSD, got.Arrow.PicoUSD, usd)
	}
	checkTypes(t, &got)
	if diff := cmp.Diff([][]string{{"gpt-4o", "400", "400000"}, {"gpt-4o-mini", "800", "800000"}}, got.ByModel); diff != "" {
		t.Errorf("by model (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"eu", "1500"}, {"us", "1500"}}, got.Promoted); diff != "" {
		t.Errorf("a common attribute (-want +got):\n%s", diff)
	}
	rare := [][]string{{"step-0", "v0"}, {"step-1000", "v1000"}, {"step-2000", "v2000"}}
	if diff := cmp.Diff(rare, got.Map); diff != "" {
		t.Errorf("a rare attribute in DuckDB (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(rare, got.Arrow.Map); diff != "" {
		t.Errorf("a rare attribute in pyarrow (-want +got):\n%s", diff)
	}
	if got.Hours < 1 || got.Hours > 2 { // 20 minutes
		t.Errorf("the times are of %d hours", got.Hours)
	}
	if got.Body != "line 77 has the needle" {
		t.Errorf("body %q", got.Body)
	}

	again := harness.Start(t, harness.Options{Data: p.Data})
	if after := checkBooks(t, again).Books; after != b {
		t.Errorf("books after the restart: %+v, before: %+v", after, b)
	}
	if c, n, cost := callSums(t, again); c != calls || n != tokens || cost != usd {
		t.Errorf("after the restart: %d calls, %d tokens, %v USD; before: %d, %d, %v", c, n, cost, calls, tokens, usd)
	}
	checkRepeats(t, again, python, got.Calls)
}

// checkRepeats sends versions of calls that a part holds already: they lie in another file, marked, and count nowhere.
func checkRepeats(t *testing.T, p *harness.Process, python string, calls int64) {
	t.Helper()
	spans := newSpans("shop")
	for i := range 4200 {
		spans.add(3, i, 0, "more", time.Now())
	}
	for i := range 50 {
		describeCall(spans.add(2, i, i+modelCalls, "again", time.Now().Add(-40*time.Minute)), i)
	}
	spans.send(t, p)
	b := checkBooks(t, p).Books
	if code := p.Signal(t, syscall.SIGTERM, time.Minute); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, p.Output)
	}
	got := readParquet(t, python, p.Data)
	if got.Files != 2 || got.Repeats != 50 || got.Spans+got.Logs != b.Stored || got.Calls != calls {
		t.Errorf("%d files, %d repeats, %d spans and %d logs of %d stored, %d calls of %d",
			got.Files, got.Repeats, got.Spans, got.Logs, b.Stored, got.Calls, calls)
	}
}

// checkTypes holds the files to what docs/guide/storage.md says.
func checkTypes(t *testing.T, got *found) {
	t.Helper()
	want := map[string]string{
		"time": "TIMESTAMPTZ_NS", "kind": "VARCHAR", "service": "VARCHAR", "trace_id": "VARCHAR", "duration_ns": "BIGINT",
		"http_status": "BIGINT", "call": "BOOLEAN", "repeat": "BOOLEAN", "input_tokens": "BIGINT", "cost_pico_usd": "BIGINT",
		"input_messages": "VARCHAR", "body": "VARCHAR", "events": "VARCHAR", "attributes": "MAP(VARCHAR, VARCHAR)",
		"a.shop.region": "VARCHAR",
	}
	types := map[string]string{}
	for c := range want {
		types[c] = got.Types[c]
	}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("types in DuckDB (-want +got):\n%s", diff)
	}
	arrow := map[string]string{
		"time": "timestamp[ns, tz=UTC]", "kind": "string", "cost_pico_usd": "int64", "call": "bool", "duration_ns": "int64",
		"attributes": "map<string, string>",
	}
	for c, typ := range arrow {
		// pyarrow adds the names of a map's parts.
		if was := got.Arrow.Types[c]; was != typ && !strings.HasPrefix(was, strings.TrimSuffix(typ, ">")) {
			t.Errorf("pyarrow reads %s as %s, want %s", c, was, typ)
		}
	}
	if got.Arrow.NullText != 0 || got.Arrow.UnknownCost != got.Rows-modelCalls {
		t.Errorf("%d texts are null, want none; %d costs are, want %d", got.Arrow.NullText, got.Arrow.UnknownCost, got.Rows-modelCalls)
	}
}

func readParquet(t *testing.T, python, data string) found {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), python, "parquet_read.py", data).Output() //nolint:gosec // the interpreter that make e2e installed
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			t.Fatalf("parquet_read.py: %v\n%s", err, failed.Stderr)
		}
		t.Fatalf("parquet_read.py: %v", err)
	}
	var got found
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("parquet_read.py printed %s: %v", out, err)
	}
	return got
}

// callSums asks the server for calls, tokens and USD.
func callSums(t *testing.T, p *harness.Process) (calls, tokens int64, usd float64) {
	t.Helper()
	var table struct{ Rows []struct{ Values []float64 } }
	p.Get(t, "/api/v1/aggregate", url.Values{"columns": {"count,sum(tokens),sum(cost)"}}, &table)
	if len(table.Rows) != 1 {
		t.Fatalf("aggregate: %+v", table)
	}
	v := table.Rows[0].Values
	return int64(v[0]), int64(v[1]), v[2]
}

// sendShop sends plain spans, model calls, a tenth of them reported twice, and logs.
func sendShop(t *testing.T, p *harness.Process) {
	t.Helper()
	began := time.Now().Add(-40 * time.Minute) // what is older than an hour is not recognised after a restart
	spans := newSpans("shop")
	for i := range plainSpans {
		s := spans.add(1, i, 0, fmt.Sprintf("step-%d", i), began.Add(time.Duration(i)*time.Millisecond))
		s.Attributes().PutStr("shop.region", []string{"eu", "us"}[i%2])
		s.Attributes().PutStr("user.id", fmt.Sprintf("user-%d", i%50))
		if i%1000 == 0 {
			s.Attributes().PutStr("shop.rare", fmt.Sprintf("v%d", i))
		}
	}
	spans.send(t, p)
	twice := newSpans("shop")
	for i := range modelCalls {
		at := began.Add(time.Duration(i) * time.Second)
		call := spans.add(2, i, i+modelCalls, "chat", at)
		describeCall(call, i)
		if i%10 == 0 { // an SDK's span inside another of the same call
			wrapper := twice.add(2, i, 0, "chat", at) // and the same span once more, with something new
			describeCall(wrapper, i)
			wrapper.Attributes().PutStr("late", "yes")
		}
	}
	spans.send(t, p)
	twice.send(t, p)
	var lines bytes.Buffer
	for i := range jsonLogs {
		msg := fmt.Sprintf("line %d", i)
		if i == 77 {
			msg += " has the needle"
		}
		fmt.Fprintf(&lines, `{"time":%q,"level":"info","msg":%q,"n":%d}`+"\n", began.Add(time.Duration(i)*time.Millisecond).Format(time.RFC3339Nano), msg, i)
	}
	if resp := post(t, p.HTTP+"/api/v1/logs?service=shop", lines.String(), "Content-Type", "application/x-ndjson"); resp.StatusCode != http.StatusOK {
		t.Fatalf("logs: %s", resp.Status)
	}
}

func describeCall(s ptrace.Span, i int) {
	a := s.Attributes()
	a.PutStr("gen_ai.operation.name", "chat")
	a.PutStr("gen_ai.provider.name", "openai")
	a.PutStr("gen_ai.request.model", []string{"gpt-4o-mini", "gpt-4o-mini", "gpt-4o"}[i%3])
	a.PutStr("gen_ai.response.id", fmt.Sprintf("chatcmpl-%d", i))
	a.PutInt("gen_ai.usage.input_tokens", 1000)
	a.PutInt("gen_ai.usage.output_tokens", int64(i%100))
	a.PutStr("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"why is the sky blue?"}]}]`)
}

// spanList collects spans of one service and sends them in requests of 500.
type spanList struct {
	service string
	traces  []ptrace.Traces
	n       int
}

func newSpans(service string) *spanList { return &spanList{service: service} }

func (l *spanList) add(kind byte, id, parent int, name string, at time.Time) ptrace.Span {
	if l.n%500 == 0 {
		td := ptrace.NewTraces()
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", l.service)
		rs.ScopeSpans().AppendEmpty()
		l.traces = append(l.traces, td)
	}
	l.n++
	s := l.traces[len(l.traces)-1].ResourceSpans().At(0).ScopeSpans().At(0).Spans().AppendEmpty()
	s.SetTraceID(pcommon.TraceID{0: kind, 12: byte(id >> 16), 13: byte(id >> 8), 14: byte(id), 15: 1})
	s.SetSpanID(pcommon.SpanID{0: kind, 5: byte(id >> 16), 6: byte(id >> 8), 7: byte(id)})
	if parent > 0 {
		s.SetParentSpanID(pcommon.SpanID{0: kind, 5: byte(parent >> 16), 6: byte(parent >> 8), 7: byte(parent)})
	}
	s.SetName(name)
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(250 * time.Millisecond)))
	return s
}

func (l *spanList) send(t *testing.T, p *harness.Process) {
	t.Helper()
	for _, td := range l.traces {
		body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
		if err != nil {
			t.Fatal(err)
		}
		if resp := post(t, p.HTTP+"/v1/traces", string(body), "Content-Type", "application/x-protobuf"); resp.StatusCode != http.StatusOK {
			t.Fatalf("spans: %s", resp.Status)
		}
	}
	l.traces, l.n = nil, 0
}
