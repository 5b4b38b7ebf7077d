//go:build e2e

package otlpgrpc_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/otlp"
	"github.com/telltale-dev/telltale/observe/otlpgrpc"
)

// telltale starts the server, $E2E_BIN or the one `make build` has built, and returns its addresses by what it calls them.
func telltale(t *testing.T) map[string]string {
	t.Helper()
	binary := os.Getenv("E2E_BIN")
	if binary == "" {
		binary = "../../bin/telltale"
	}
	args := []string{
		"serve", "--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0",
		"--data", t.TempDir(), "--log-level", "error",
	}
	cmd := exec.Command(binary, args...) //nolint:gosec // who runs the test names the program
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	addresses := map[string]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Try:") {
		if words := strings.Fields(lines.Text()); len(words) > 1 {
			addresses[strings.Join(words[:len(words)-1], " ")] = words[len(words)-1]
		}
	}
	return addresses
}

func get(t *testing.T, url string, into any) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s %v", url, response.StatusCode, body, err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatal(err)
	}
}

// What is exported comes out of Telltale's API as it went in, over both protocols.
func TestTelltaleTakesIt(t *testing.T) {
	at := telltale(t)
	http, err := otlp.NewHTTPSender(otlp.HTTPOptions{Endpoint: at["OTLP HTTP"]})
	if err != nil {
		t.Fatal(err)
	}
	grpc, err := otlpgrpc.New(otlpgrpc.Options{Endpoint: at["OTLP gRPC"], Insecure: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, sender := range map[string]otlp.Sender{"http": http, "grpc": grpc} {
		t.Run(name, func(t *testing.T) { exportTo(t, sender, at["API"]) })
	}
}

func exportTo(t *testing.T, sender otlp.Sender, api string) {
	t.Helper()
	e := otlp.New(otlp.Options{Sender: sender, OnError: func(err error) { t.Error(err) }})
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(e))
	ctx, request := provider.Tracer("test").Start(context.Background(), "POST /chat", trace.WithSpanKind(trace.SpanKindServer))
	_, call := provider.Tracer("test").Start(ctx, "chat gpt-5", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.provider.name", "openai"),
		attribute.String("gen_ai.request.model", "gpt-5"), attribute.Int("gen_ai.usage.input_tokens", 1200),
		attribute.Int("gen_ai.usage.output_tokens", 85), attribute.String("user.id", "ada"),
	))
	call.SetStatus(codes.Error, "rate limited")
	call.End()
	request.End()
	id := request.SpanContext()
	e.Emit(ctx, &logging.Record{
		Time: time.Now(), Level: slog.LevelWarn, Message: "model is slow", User: "ada", RequestID: "req-1",
		TraceID: id.TraceID(), SpanID: id.SpanID(), TraceFlags: id.TraceFlags(), Attrs: []slog.Attr{slog.Int("attempt", 2)},
	})
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	stats := e.Stats()
	if diff := cmp.Diff(otlp.Stats{Traces: otlp.Counts{Sent: 2}, Logs: otlp.Counts{Sent: 1}}, stats); diff != "" {
		t.Fatalf("stats (-want +got):\n%s", diff)
	}

	var whole any
	deadline := time.Now().Add(time.Minute)
	for {
		get(t, api+"/api/v1/traces/"+id.TraceID().String(), &whole)
		text, _ := json.Marshal(whole)
		missing := ""
		for _, want := range []string{"POST /chat", "chat gpt-5", "rate limited", "gpt-5", "1200", "85", "ada", "model is slow", "req-1"} {
			if !strings.Contains(string(text), want) {
				missing = want
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q is missing in the trace:\n%s", missing, text)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
