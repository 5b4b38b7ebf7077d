package gateway

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

func TestCallBecomesSpanAndLog(t *testing.T) {
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "req_provider")
		answer("application/json", chatAnswer)(w, nil)
	}, nil)
	resp, body := r.post(t, "/openai/v1/chat/completions", chatBody,
		"Authorization: Bearer sk-client", "X-Session-Id: s-1", "X-User-Id: user-123", "X-Tenant-Id: acme",
		"User-Agent: OpenAI/Python 1.70.0", "X-Stainless-Retry-Count: 2")
	if resp.StatusCode != 200 || body != chatAnswer {
		t.Fatalf("got %d %s", resp.StatusCode, body)
	}
	if got := resp.Header.Get("X-Request-Id"); got != "req_provider" {
		t.Errorf("X-Request-Id = %q, want the provider's", got)
	}
	s := r.sink.waitOne(t)
	want := &telemetry.GenAI{
		Operation: telemetry.OpChat, Provider: "openai", RequestModel: "gpt-4o-mini", ResponseModel: "gpt-4o-mini-2024-07-18",
		ResponseID: "chatcmpl-1", Counts: true, UsageSemantics: "inclusive", ServiceTier: "default", FinishReasons: "stop",
		Usage: telemetry.Usage{
			Input: telemetry.Known(1200), Output: telemetry.Known(34), CacheRead: telemetry.Known(1024), Reasoning: telemetry.Known(12),
		},
		InputMessages:      `[{"role":"user","parts":[{"type":"text","content":"hi there"}]}]`,
		SystemInstructions: `[{"type":"text","content":"be brief"}]`,
		OutputMessages:     `[{"role":"assistant","parts":[{"type":"text","content":"Hello!"}],"finish_reason":"stop"}]`,
	}
	if d := cmp.Diff(want, s.GenAI); d != "" {
		t.Errorf("GenAI (-want +got):\n%s", d)
	}
	wantEvent := telemetry.Event{
		Service: "openai-python", Name: "chat gpt-4o-mini", RequestID: resp.Header.Get("X-Telltale-Request-Id"), UserID: "user-123",
		TenantID: "acme", SessionID: "s-1", Scope: telemetry.Scope{Name: "telltale/gateway"},
		HTTPMethod: "POST", HTTPPath: "/v1/chat/completions", HTTPStatus: telemetry.Known(200),
	}
	ignore := cmpopts.IgnoreFields(telemetry.Event{}, "Time", "TraceID", "SpanID", "Attributes")
	if d := cmp.Diff(wantEvent, s.Event, ignore); d != "" {
		t.Errorf("event (-want +got):\n%s", d)
	}
	for k, want := range map[string]string{
		"server.address": "127.0.0.1", "user_agent.original": "OpenAI/Python 1.70.0", "gen_ai.request.temperature": "0.2",
		"gen_ai.request.max_tokens": "50", "telltale.provider.request_id": "req_provider", "http.request.resend_count": "2",
		"telltale.service": "guessed",
	} {
		if got := s.Attributes.Value(k); got != want {
			t.Errorf("attribute %s = %q, want %q", k, got, want)
		}
	}
	l := r.sink.logs[0]
	if l.TraceID != s.TraceID || l.SpanID != s.SpanID || l.RequestID != s.RequestID || l.Severity != telemetry.SeverityInfo {
		t.Errorf("log is not of its span: %+v", l.Event)
	}
	if l.Attributes.Value("gen_ai.usage.input_tokens") != "1200" || l.Attributes.Value("gen_ai.request.model") != "gpt-4o-mini" {
		t.Errorf("log attributes: %v", l.Attributes)
	}
	if s.Duration <= 0 || l.Time != s.Time+s.Duration {
		t.Errorf("duration %d, log %d ns after the start", s.Duration, l.Time-s.Time)
	}
}
