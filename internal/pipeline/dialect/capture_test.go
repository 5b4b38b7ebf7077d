package dialect_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/telltale-dev/telltale/internal/ingest/otlp" //nolint:depguard // captures are sent to the real receiver, as their clients did
	"github.com/telltale-dev/telltale/internal/pipeline/dialect"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sink reads the dialect of what it is given, as the pipeline does, and keeps it.
type sink struct {
	spans []telemetry.Span
	logs  []telemetry.Log
}

func (s *sink) Ingest(_ context.Context, b *telemetry.Batch) error {
	var derived []telemetry.Span
	for i := range b.Spans {
		dialect.Span(&b.Spans[i])
	}
	for i := range b.Logs {
		if d := dialect.Log(&b.Logs[i]); d != nil {
			derived = append(derived, *d)
		}
	}
	s.spans = append(s.spans, b.Spans...)
	s.spans = append(s.spans, dialect.MergeRepeats(derived)...)
	s.logs = append(s.logs, b.Logs...)
	return nil
}

// capture is a line of a capture: one export request, as a client sent it.
type capture struct {
	Body      json.RawMessage   `json:"body"`
	Headers   map[string]string `json:"headers"`
	Signal    string            `json:"signal"`
	Transport string            `json:"transport"`
}

// replay sends a capture to a real receiver over the transport it was taken from.
func replay(t *testing.T, file string) *sink {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	s := &sink{}
	r, err := otlp.New(otlp.Options{Sink: s})
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var c capture
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		send(t, r, &c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

func send(t *testing.T, r *otlp.Receiver, c *capture) {
	t.Helper()
	path := c.Headers[":path"]
	if c.Transport == "http/json" {
		post(t, r, path, "application/json", c.Body)
		return
	}
	text := hexIDs(t, c.Body)
	switch c.Signal {
	case "traces":
		req := ptraceotlp.NewExportRequest()
		if err := req.UnmarshalJSON(text); err != nil {
			t.Fatal(err)
		}
		if c.Transport == "grpc" {
			call(t, r, req)
			return
		}
		post(t, r, path, "application/x-protobuf", protoOf(t, req))
	case "logs":
		req := plogotlp.NewExportRequest()
		if err := req.UnmarshalJSON(text); err != nil {
			t.Fatal(err)
		}
		post(t, r, path, "application/x-protobuf", protoOf(t, req))
	default:
		req := pmetricotlp.NewExportRequest()
		if err := req.UnmarshalJSON(text); err != nil {
			t.Fatal(err)
		}
		post(t, r, path, "application/x-protobuf", protoOf(t, req))
	}
}

func protoOf(t *testing.T, req interface{ MarshalProto() ([]byte, error) }) []byte {
	t.Helper()
	b, err := req.MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func post(t *testing.T, r *otlp.Receiver, path, kind string, payload []byte) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(payload))
	req.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		t.Fatalf("POST %s: %d %s", path, w.Code, w.Body)
	}
}

func call(t *testing.T, r *otlp.Receiver, req ptraceotlp.ExportRequest) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := r.NewServer(l)
	if err = server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := ptraceotlp.NewGRPCClient(conn).Export(t.Context(), req); err != nil {
		t.Fatal(err)
	}
}

// hexIDs turns the ids of a request that was protobuf into those of OTLP/JSON: captures hold them in base64, as protobuf's
// own JSON has bytes.
func hexIDs(t *testing.T, body []byte) []byte {
	t.Helper()
	var tree any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for k, e := range v {
				id, isText := e.(string)
				if isText && (k == "traceId" || k == "spanId" || k == "parentSpanId") {
					raw, err := base64.StdEncoding.DecodeString(id)
					if err != nil {
						t.Fatal(err)
					}
					v[k] = hex.EncodeToString(raw)
					continue
				}
				walk(e)
			}
		}
	}
	walk(tree)
	out, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCaptures(t *testing.T) {
	// captures were taken from clients; written are made after their sources and documentation.
	for _, dir := range []string{"captures", "written"} {
		files, err := filepath.Glob("testdata/" + dir + "/*.otlp.jsonl")
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s: %v", dir, err)
		}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".otlp.jsonl")
			t.Run(name, func(t *testing.T) {
				s := replay(t, file)
				compareGolden(t, name, describe(s))
			})
		}
	}
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("canonical records differ from %s (-want +got):\n%s", file, diff)
	}
}

// describe writes records for people to check: a block each, a line for each field that is known.
func describe(s *sink) string {
	var b strings.Builder
	for i := range s.spans {
		describeSpan(&b, &s.spans[i])
	}
	for i := range s.logs {
		l := &s.logs[i]
		fmt.Fprintf(&b, "log %s\n", l.Name)
		describeEvent(&b, &l.Event)
		line(&b, "body", l.Body)
		b.WriteByte('\n')
	}
	return b.String()
}

func line(b *strings.Builder, name, v string) {
	if v != "" {
		fmt.Fprintf(b, "  %-12s %s\n", name, v)
	}
}

func number(b *strings.Builder, name string, n telemetry.Opt) {
	if n.Known {
		fmt.Fprintf(b, "  %-12s %d\n", name, n.Value)
	}
}

func describeEvent(b *strings.Builder, e *telemetry.Event) {
	if !e.TraceID.IsZero() {
		line(b, "in", e.TraceID.String()[:8]+"/"+e.SpanID.String())
	}
	line(b, "error", e.ErrorType)
	line(b, "http", strings.TrimSpace(e.HTTPMethod+" "+e.HTTPPath))
	number(b, "http status", e.HTTPStatus)
	line(b, "user", e.UserID)
	line(b, "session", e.SessionID)
	line(b, "tenant", e.TenantID)
	line(b, "request", e.RequestID)
	var keys []string
	for _, a := range e.Attributes {
		keys = append(keys, a.Key)
	}
	line(b, "attributes", strings.Join(keys, " "))
}

func describeSpan(b *strings.Builder, s *telemetry.Span) {
	what := "span"
	if s.Repeat {
		what = "repeat"
	}
	fmt.Fprintf(b, "%s %s (%s, %s", what, s.Name, s.Kind, s.Status)
	if s.StatusMessage != "" {
		fmt.Fprintf(b, ": %s", s.StatusMessage)
	}
	b.WriteString(")\n")
	if g := s.GenAI; g != nil {
		op := string(g.Operation)
		if g.Counts {
			op += ", counts"
		}
		line(b, "operation", op)
		line(b, "provider", g.Provider)
		line(b, "model", g.RequestModel)
		line(b, "answered by", g.ResponseModel)
		line(b, "response id", g.ResponseID)
		line(b, "semantics", g.UsageSemantics)
		u := &g.Usage
		number(b, "input", u.Input)
		number(b, "cache read", u.CacheRead)
		number(b, "write 5m", u.CacheWrite5m)
		number(b, "write 1h", u.CacheWrite1h)
		number(b, "audio in", u.AudioIn)
		number(b, "output", u.Output)
		number(b, "reasoning", u.Reasoning)
		number(b, "audio out", u.AudioOut)
		number(b, "cost said", g.CostReported)
		line(b, "tier", g.ServiceTier)
		number(b, "ttft ns", g.TimeToFirstToken)
		if g.Streaming {
			line(b, "streaming", "true")
		}
		line(b, "finish", g.FinishReasons)
		line(b, "agent", g.Agent)
		line(b, "workflow", g.Workflow)
		line(b, "tool", strings.TrimSpace(g.Tool+" "+g.ToolCallID))
		line(b, "arguments", g.ToolArguments)
		line(b, "result", g.ToolResult)
		line(b, "prompt", strings.TrimSpace(g.PromptName+" "+g.PromptVersion))
		line(b, "system", g.SystemInstructions)
		line(b, "input msgs", g.InputMessages)
		line(b, "output msgs", g.OutputMessages)
	}
	describeEvent(b, &s.Event)
	for _, e := range s.Events {
		line(b, "event", e.Name)
	}
	b.WriteByte('\n')
}
