package llm_test

import (
	"testing"

	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/llm"
)

func TestSessionIDIsRedacted(t *testing.T) {
	tel := newTelemetry(t)
	ctx, session := llm.Session(tel.in(t.Context()), "bob@example.com", llm.Limits{})
	defer session.End()
	_, run := llm.Agent(ctx, "a")
	run.End(nil)
	_, call := llm.Start(ctx, llm.Call{Provider: "p", Model: "m"})
	call.End(llm.Result{})
	for _, name := range []string{"invoke_agent a", "chat m"} {
		if got := attributes(tel.byName(t, name))["gen_ai.conversation.id"]; got != "[redacted:email]" {
			t.Errorf("%s is of conversation %q", name, got)
		}
	}
	if got := scope.From(ctx).Identity().Session; got != "[redacted:email]" {
		t.Errorf("the session is %q", got)
	}
}

func TestRequestIsOfItsFirstSession(t *testing.T) {
	ctx := newTelemetry(t).in(t.Context())
	for _, id := range []string{"first", "second"} {
		inner, session := llm.Session(ctx, id, llm.Limits{})
		if got := scope.From(inner).Identity().Session; got != id {
			t.Errorf("inside %s it is %q", id, got)
		}
		session.End()
	}
	if got := scope.From(ctx).Identity().Session; got != "first" {
		t.Errorf("the request is of session %q", got)
	}
}
