//go:build e2e

// Package clients runs the official SDKs, unchanged, against the real server in front of the mock provider, and compares
// what each client saw with what the server recorded.
package clients

import (
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/test/harness"
)

// report is a line that a client prints for a case.
type report struct {
	Case      string `json:"case"`
	OK        bool   `json:"ok"`
	Error     string `json:"error"`
	ID        string `json:"id"` // response id
	Input     *int64 `json:"input"`
	Output    *int64 `json:"output"`
	Finish    string `json:"finish"`
	Failed    bool   `json:"failed"`    // the call failed, as it should
	Calls     int    `json:"calls"`     // more than one is recorded: retries, steps of an agent
	Uncounted bool   `json:"uncounted"` // no model call: models, count_tokens
	Cancelled bool   `json:"cancelled"` // the client left in the middle
	Trace     string `json:"trace"`     // of the client's own spans
	Apart     bool   `json:"apart"`     // the client sent no traceparent
	Beside    bool   `json:"beside"`    // it sent that of the span around its own, so that the gateway's is a sibling
}

// recorded is what the server says of a call.
type recorded struct {
	Status    string `json:"status"`
	UserID    string `json:"user_id"`
	ErrorType string `json:"error_type"`
	GenAI     struct {
		Model      string   `json:"model"`
		ResponseID string   `json:"response_id"`
		CostUSD    *string  `json:"cost_usd"`
		TTFT       *int64   `json:"ttft_ns"`
		Streaming  bool     `json:"streaming"`
		Finish     []string `json:"finish_reasons"`
		Input      string   `json:"input_messages"`
		Output     string   `json:"output_messages"`
		Usage      struct {
			Input  *int64 `json:"input_tokens"`
			Output *int64 `json:"output_tokens"`
		} `json:"usage"`
	} `json:"genai"`
}

func TestSDKs(t *testing.T) {
	mock := harness.StartMock(t)
	server := harness.Start(t, harness.Options{Env: harness.ProvidersAt(mock)})
	goClients := buildGo(t)
	node, python := need(t, "CLIENTS_NODE"), need(t, "CLIENTS_PYTHON")
	for name, command := range map[string][]string{
		"openai":           {node, "openai.mjs", "openai"},
		"openai6":          {node, "openai.mjs", "openai6"},
		"anthropic":        {node, "anthropic.mjs"},
		"google":           {node, "google.mjs"},
		"ai":               {node, "ai.mjs"},
		"openai-python":    {python, "openai_client.py"},
		"anthropic-python": {python, "anthropic_client.py"},
		"openai-go":        {goClients, "openai-go"},
		"anthropic-go":     {goClients, "anthropic-go"},
		"anthropic-go-v2":  {goClients, "anthropic-go-v2"},
		"genai-go":         {goClients, "genai-go"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range runClient(t, server, command) {
				t.Run(r.Case, func(t *testing.T) {
					if !r.OK {
						t.Fatalf("the client says: %s", r.Error)
					}
					compare(t, server, name+"-"+r.Case, r)
				})
			}
		})
	}
}

func need(t *testing.T, variable string) string {
	t.Helper()
	v := os.Getenv(variable)
	if v == "" {
		t.Fatalf("%s is not set: run `make e2e`", variable)
	}
	return v
}

func buildGo(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "clients")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".")
	cmd.Dir = "go"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build Go clients: %v\n%s", err, out)
	}
	return bin
}

func runClient(t *testing.T, server *harness.Process, command []string) []report {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "TELLTALE_URL="+server.HTTP, "TELLTALE_OTLP="+server.OTLP, "TELLTALE_GRPC="+server.GRPC)
	cmd.Dir = "node"
	if filepath.Ext(command[1]) == ".py" {
		cmd.Dir = "python"
	}
	out, err := cmd.Output()
	var reports []report
	for _, line := range harness.Lines(string(out)) {
		if !strings.HasPrefix(line, `{"`) {
			continue // SDKs warn about things of their own
		}
		var r report
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		reports = append(reports, r)
	}
	if len(reports) == 0 {
		t.Fatalf("%v reported nothing: %v\n%s", command, err, out)
	}
	return reports
}

// compare finds what the server recorded under the session of a case.
func compare(t *testing.T, server *harness.Process, session string, r report) {
	t.Helper()
	want := max(r.Calls, 1)
	if r.Uncounted {
		want = 0
	}
	var spans, calls struct{ Spans []recorded }
	harness.Eventually(t, time.Minute, func() string {
		server.Get(t, "/api/v1/spans", url.Values{"q": {"session:" + session}, "full": {"true"}}, &spans)
		server.Get(t, "/api/v1/calls", url.Values{"q": {"session:" + session}, "full": {"true"}}, &calls)
		if len(calls.Spans) != want || len(spans.Spans) < max(want, 1) {
			return harness.Errorf("%d calls and %d spans recorded, want %d calls", len(calls.Spans), len(spans.Spans), want)
		}
		return ""
	})
	if want == 0 {
		return
	}
	last := calls.Spans[0] // newest first
	if last.UserID != "user-123" {
		t.Errorf("user %q", last.UserID)
	}
	if r.Failed != (last.Status == "error") || r.Failed && last.ErrorType == "" {
		t.Errorf("status %s, error type %q; failed: %v", last.Status, last.ErrorType, r.Failed)
	}
	if r.ID != "" && last.GenAI.ResponseID != r.ID {
		t.Errorf("response id %q, the client saw %q", last.GenAI.ResponseID, r.ID)
	}
	if r.Calls == 0 {
		tokens(t, "input", last.GenAI.Usage.Input, r.Input)
		tokens(t, "output", last.GenAI.Usage.Output, r.Output)
	}
	if r.Finish != "" && (len(last.GenAI.Finish) != 1 || last.GenAI.Finish[0] != r.Finish) {
		t.Errorf("finish reasons %v, want %s", last.GenAI.Finish, r.Finish)
	}
	if r.Failed || r.Cancelled {
		return
	}
	if last.GenAI.Input == "" {
		t.Error("the prompt was not kept")
	}
	if last.GenAI.Streaming && last.GenAI.TTFT == nil {
		t.Error("streamed, but without a time to the first token")
	}
	if !strings.HasPrefix(last.GenAI.Model, "mock-") {
		if last.GenAI.Usage.Input == nil {
			t.Error("usage is unknown")
		}
		if last.GenAI.CostUSD == nil {
			t.Errorf("the cost of %s is unknown", last.GenAI.Model)
		}
	}
}

func tokens(t *testing.T, kind string, got, want *int64) {
	t.Helper()
	if want == nil {
		return
	}
	if got == nil || *got != *want {
		t.Errorf("%s tokens: recorded %v, the client saw %d", kind, got, *want)
	}
}
