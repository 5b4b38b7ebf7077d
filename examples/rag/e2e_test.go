//go:build e2e

package main

import (
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/examples/internal/e2e"
)

const (
	asked  = 30 // three rounds of ten questions
	judged = 24 // answers that users were given: not those that are refused or come from no passage
)

func TestTelltaleSeesEverything(t *testing.T) {
	tt := e2e.StartTelltale(t)
	s := e2e.Start(t, tt.OTLP, "-simulate", "30")
	s.WaitFor(t, asked, "http_requests_total", "path=/v1/ask")
	s.WaitFor(t, judged, "llm_evaluation_score", "name=user_feedback") // comes after the answer
	m := s.Metrics(t)
	s.Stop(t)
	r := tt.Records(t)

	m.Expect(t, "http_requests_total", "llm_calls_total", "llm_time_to_first_token_seconds", "llm_tokens_total", "llm_cost_usd_total",
		"llm_validation_failures_total", "llm_safety_flags_total", "llm_cache_requests_total", "llm_evaluation_score",
		"rag_retrieval_score", "rag_retrieval_score_avg", "conversations_active")
	// Answers that are not valid, and those from no passage, are not kept.
	for name, want := range map[string]float64{"result=hit": 15, "result=miss": 12} {
		if got := m.Sum("llm_cache_requests_total", name); got != want {
			t.Errorf("llm_cache_requests_total %s: %g, want %g", name, got, want)
		}
	}
	if got := m.Sum("llm_safety_flags_total", "category=prompt_injection"); got != asked/10 {
		t.Errorf("%g safety flags, want one a round", got)
	}
	if m.Sum("conversations_active") != 0 {
		t.Error("conversations never end")
	}
	r.Whole(t)
	r.Correlated(t)
	tt.CountedOnce(t, m)
	tt.NoSecrets(t, r, s, "eve.moss@example.com", "4111 1111 1111 1111")
	for _, span := range r.Named("POST /v1/ask") {
		if !strings.HasPrefix(span.UserID, "user-") || span.TenantID != "acme" {
			t.Errorf("a question of nobody: %+v", span)
		}
	}
	answers := r.Named("chat gpt-4o-mini")
	for _, span := range answers {
		if !strings.HasPrefix(span.SessionID, "user-") || span.GenAI == nil || !span.GenAI.Call {
			t.Errorf("an answer of no conversation: %+v", span)
		}
	}
	if got := float64(len(answers)); got == 0 || m.Sum("llm_evaluation_score", "name=hallucination") != got {
		t.Errorf("%g answers, not each of which is judged", got)
	}
	if got := m.Sum("llm_evaluation_score", "name=user_feedback"); got == 0 || float64(len(r.Named("POST /v1/feedback"))) != got {
		t.Errorf("user feedback: %g", got)
	}
}

// The mock behind a gateway embeds well enough for retrieval, and its answers cite: nothing of the service is left out there.
func TestThroughTheGateway(t *testing.T) {
	tt := e2e.StartTelltale(t, "TELLTALE_PROVIDERS_OPENAI_BASE_URL="+e2e.StartMock(t))
	s := e2e.Start(t, tt.OTLP, "-llm", tt.URL, "-simulate", "20")
	s.WaitFor(t, 20, "http_requests_total", "path=/v1/ask")
	m := s.Metrics(t)
	s.Stop(t)
	r := tt.Records(t)
	r.Whole(t)
	r.Correlated(t)
	tt.CountedOnce(t, m)
	tt.CallsOf(t, map[string]float64{"rag": m.Sum("llm_calls_total")})
	for _, family := range []string{"llm_time_to_first_token_seconds", "rag_retrieval_score", "llm_evaluation_score"} {
		if m.Sum(family) == 0 {
			t.Errorf("nothing in %s", family)
		}
	}
	if hits := m.Sum("llm_cache_requests_total", "result=hit"); hits < 5 {
		t.Errorf("%g answers from the cache", hits)
	}
}
