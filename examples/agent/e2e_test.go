//go:build e2e

package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/examples/internal/e2e"
	"github.com/telltale-dev/telltale/observe/audit"
	"github.com/telltale-dev/telltale/observe/sqlite"
)

const given = 10 // two rounds of five tasks, of which one loops

func TestTelltaleSeesEverything(t *testing.T) {
	tt := e2e.StartTelltale(t)
	data := t.TempDir()
	s := e2e.Start(t, tt.OTLP, "-data", data, "-simulate", "10")
	s.WaitFor(t, given, "agent_runs_total", "agent=coordinator")
	s.WaitForAnswer(t, fmt.Sprintf("/v1/tasks/%d", given), `"outcome":{`)
	m := s.Metrics(t)
	if status, text := s.Get(t, "/readyz"); status != http.StatusOK || !strings.Contains(text, "jobs") {
		t.Errorf("/readyz: %d %s", status, text)
	}
	for id := range given {
		want := `"report":"Yes`
		if id%5 == 4 {
			want = `"limit":"repeated_tool"`
		}
		if status, text := s.Get(t, fmt.Sprintf("/v1/tasks/%d", id+1)); status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("task %d: %d %s, want %s", id+1, status, text, want)
		}
	}
	s.Stop(t)
	r := tt.Records(t)

	m.Expect(t, "http_requests_total", "llm_calls_total", "llm_tokens_total", "llm_cost_usd_total", "agent_runs_total",
		"agent_run_duration_seconds", "agent_steps_total", "agent_tool_calls_total", "agent_tokens_total", "agent_sessions_active",
		"conversations_active", "db_pool_connections", "db_pool_connections_max", "jobs_queue_depth", "telltale_llm_limit_exceeded_total")
	if m.Sum("agent_sessions_active") != 0 || m.Sum("conversations_active") != 0 {
		t.Error("agents or conversations never end")
	}
	r.Whole(t)
	r.Correlated(t)
	tt.CountedOnce(t, m)
	tt.NoSecrets(t, r, s, s.Key, "eve.moss@example.com")
	checkTraces(t, r)
	checkAudit(t, filepath.Join(data, "access.db"))
}

// The queue may be in PostgreSQL: the traces are the same.
func TestPostgres(t *testing.T) {
	tt := e2e.StartTelltale(t)
	s := e2e.Start(t, tt.OTLP, "-postgres", e2e.StartPostgres(t), "-simulate", "10")
	s.Metrics(t).Expect(t, "jobs_queue_depth") // before there is a job
	s.WaitFor(t, given, "agent_runs_total", "agent=coordinator")
	s.WaitForAnswer(t, fmt.Sprintf("/v1/tasks/%d", given), `"outcome":{`)
	m := s.Metrics(t)
	if most, open := m.Sum("db_pool_connections_max", "pool=jobs"), m.Sum("db_pool_connections", "pool=jobs"); most < 1 || open < 1 || open > most {
		t.Errorf("%g connections of at most %g", open, most)
	}
	s.Stop(t)
	r := tt.Records(t)
	r.Whole(t)
	r.Correlated(t)
	tt.CountedOnce(t, m)
	checkTraces(t, r)
}

// A call belongs to the service that made it, though the gateway reports it too, and first.
func TestThroughTheGateway(t *testing.T) {
	tt := e2e.StartTelltale(t, "TELLTALE_PROVIDERS_ANTHROPIC_BASE_URL="+e2e.StartMock(t))
	s := e2e.Start(t, tt.OTLP, "-llm", tt.URL, "-simulate", "5")
	s.WaitFor(t, 5, "agent_runs_total", "agent=coordinator")
	s.WaitForAnswer(t, "/v1/tasks/5", `"outcome":{`)
	m := s.Metrics(t)
	s.Stop(t)
	r := tt.Records(t)
	r.Whole(t)
	r.Correlated(t)
	tt.CountedOnce(t, m)
	tt.CallsOf(t, map[string]float64{"agent": m.Sum("llm_calls_total")})
}

// One trace leads from the request through the queue to agents, tools and models.
func checkTraces(t *testing.T, r e2e.Records) {
	t.Helper()
	tasks, loops := 0, 0
	for id, spans := range r.Traces() {
		if spans[0].Name != "POST /v1/tasks" {
			continue
		}
		tasks++
		names := map[string]int{}
		for _, span := range spans {
			names[span.Name]++
			if span.UserID != "ada" || span.RequestID != spans[0].RequestID {
				t.Errorf("trace %s: %q does not say whose it is: %+v", id, span.Name, span)
			}
			for _, e := range span.Events {
				if strings.Contains(e.Name, "limit") {
					loops++
				}
			}
		}
		for _, want := range []string{
			"insert task", "work task", "invoke_agent coordinator", "step plan", "invoke_agent researcher", "execute_tool search",
			"chat claude-sonnet-4-5",
		} {
			if names[want] == 0 {
				t.Errorf("trace %s has no %q: %v", id, want, names)
			}
		}
	}
	if tasks != given || loops != given/5 {
		t.Errorf("%d traces of tasks and %d limits, want %d and %d", tasks, loops, given, given/5)
	}
}

func checkAudit(t *testing.T, file string) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	entries := 0
	for e, err := range db.Audit().Entries(t.Context(), 1) {
		if err != nil || e.Actor != "ada" || e.Action != "task.create" || e.RequestID == "" {
			t.Errorf("%+v, %v", e, err)
		}
		entries++
	}
	if entries != given {
		t.Errorf("%d entries of %d tasks", entries, given)
	}
	if err := audit.Verify(t.Context(), db.Audit().Entries(t.Context(), 1)); err != nil {
		t.Error(err)
	}
}
