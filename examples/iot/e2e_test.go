//go:build e2e

package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/examples/internal/e2e"
)

const sent = 50 // five rounds of ten sensors

func TestTelltaleSeesEverything(t *testing.T) {
	tt := e2e.StartTelltale(t)
	s := e2e.Start(t, tt.OTLP, "-simulate", "50")
	s.WaitFor(t, sent, "iot_readings_total")
	s.WaitFor(t, sent, "http_requests_total", "method=POST", "path=/v1/readings") // counted once it is answered, which may be later
	m := s.Metrics(t)
	if got := m.Sum("jobs_queue_depth"); got != 0 {
		t.Errorf("%g readings wait when all are judged", got)
	}
	s.Stop(t)
	r := tt.Records(t)

	m.Expect(t, "http_requests_total", "http_request_duration_seconds", "http_request_size_bytes", "http_response_size_bytes",
		"http_requests_active", "llm_calls_total", "llm_call_duration_seconds", "llm_tokens_total", "llm_cost_usd_total",
		"llm_validation_failures_total", "auth_login_attempts_total", "jobs_queue_depth", "iot_readings_total")
	if got := m.Sum("http_requests_total", "method=POST", "path=/v1/readings", "status=202"); got != sent {
		t.Errorf("http_requests_total: %g, want %d", got, sent)
	}
	if m.Sum("iot_readings_total", "verdict=critical") == 0 || m.Sum("iot_readings_total", "verdict=normal") == 0 {
		t.Error("the model finds all sensors alike")
	}
	r.Whole(t)
	r.Correlated(t)
	tt.CountedOnce(t, m)
	tt.NoSecrets(t, r, s, s.Key, "eve.moss@example.com", "7946 0958")
	if got := len(r.Traces()); got != sent {
		t.Errorf("%d traces of %d readings", got, sent)
	}
	for id, spans := range r.Traces() {
		var path []string
		for _, span := range spans {
			if span.UserID != "fleet-7" || span.TenantID != "acme" || span.Key() == "" || span.RequestID == "" {
				t.Fatalf("trace %s: %q does not say whose it is: %+v", id, span.Name, span)
			}
			path = append(path, span.Name)
		}
		if got := strings.Join(path, " > "); !strings.HasPrefix(got, "POST /v1/readings > analyse reading > chat gpt-4o-mini") {
			t.Errorf("trace %s is %s", id, got)
		}
	}
	if got := len(r.Said("answer failed validation")); got != sent/10 || m.Sum("llm_validation_failures_total") != float64(got) {
		t.Errorf("%d answers failed validation, want those of one sensor in ten", got)
	}
}

// Library and gateway both report a call that goes through both. It is one, in the trace of its request.
func TestThroughTheGateway(t *testing.T) {
	tt := e2e.StartTelltale(t, "TELLTALE_PROVIDERS_OPENAI_BASE_URL="+e2e.StartMock(t))
	s := e2e.Start(t, tt.OTLP, "-llm", tt.URL, "-simulate", "10")
	s.WaitFor(t, 10, "iot_readings_total")
	m := s.Metrics(t)
	if m.Sum("iot_readings_total", "verdict=none") != 0 || m.Sum("iot_readings_total", "verdict=normal") == 10 {
		t.Errorf("verdicts: %v", m["iot_readings_total"])
	}
	s.Stop(t)
	r := tt.Records(t)
	r.Whole(t)
	tt.CountedOnce(t, m)
	tt.CallsOf(t, map[string]float64{"iot": 10}) // and not openai-go, which is what the gateway would call it
	if gateway := len(r.Spans) - 3*10; gateway != 10 {
		t.Errorf("%d spans of the gateway, want 10: %v", gateway, r.Spans)
	}
}

// Whatever happens to telemetry, the service goes on, and stops when it should.
func TestNothingListens(t *testing.T) {
	s := e2e.Start(t, "http://127.0.0.1:1")
	const body = `{"sensor":"s1","kind":"temperature","value":21,"unit":"°C","low":19,"high":24}`
	if status, text := s.Post(t, "/v1/readings", body); status != http.StatusAccepted || !strings.Contains(text, "request_id") {
		t.Errorf("%d %s", status, text)
	}
	s.WaitFor(t, 1, "iot_readings_total", "verdict=normal")
	if status, text := s.Get(t, "/readyz"); status != http.StatusOK {
		t.Errorf("/readyz: %d %s", status, text)
	}
	s.Key = "sk-unknown"
	if status, _ := s.Post(t, "/v1/readings", body); status != http.StatusUnauthorized {
		t.Errorf("an unknown key gets %d", status)
	}
	s.Stop(t)
}
