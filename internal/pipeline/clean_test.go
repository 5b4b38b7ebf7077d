package pipeline

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

const secretKey = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH"

// dump writes out everything that a batch holds.
func dump(t *testing.T, b telemetry.Batch) string {
	t.Helper()
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A secret in any text of a record, its ids and names included, is gone before it is stored.
func TestSecretsAreTakenOutOfEveryField(t *testing.T) {
	e := newEnv(t, nil)
	s := chat(1, 1, 0, 0, 100, "user.id", secretKey, "session.id", secretKey, "tenant.id", secretKey, "request.id", secretKey,
		"url.path", "/v1/"+secretKey, "error.type", secretKey, "http.request.method", secretKey, "gen_ai.response.id", secretKey, "gen_ai.agent.name", secretKey,
		"gen_ai.tool.name", secretKey, "gen_ai.tool.call.id", secretKey, "gen_ai.workflow.name", secretKey, "gen_ai.prompt.name", secretKey, secretKey, "x", "jo@example.org", "x")
	s.Attributes = s.Attributes.Set("gen_ai.request.model", secretKey).Set("gen_ai.provider.name", secretKey)
	s.Name, s.Service, s.Environment, s.KeyID, s.StatusMessage = secretKey, secretKey, secretKey, secretKey, secretKey
	s.Scope = telemetry.Scope{Name: secretKey, Version: secretKey}
	s.Events = []telemetry.SpanEvent{{Name: secretKey, Attributes: telemetry.Attrs{{Key: "k", Value: secretKey}}}}
	s.Links = []telemetry.Link{{TraceID: s.TraceID, SpanID: s.SpanID, Attributes: telemetry.Attrs{{Key: "k", Value: secretKey}}}}
	s.Resource = telemetry.Attrs{{Key: "k", Value: secretKey}}
	l := apiRequest(7, 1000, "user.id="+secretKey, "error.type="+secretKey, "query_source="+secretKey)
	l.Body, l.Service = secretKey, secretKey
	wrapper := chat(1, 2, 1, 0, 100, "user.id", secretKey) // merged: its facts become a Repeat
	m := message(1, 1, `{"content":"`+secretKey+`"}`)
	if err := e.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{s, wrapper}, Logs: []telemetry.Log{l, m}}); err != nil {
		t.Fatal(err)
	}
	b := e.kept.all()
	for field := range strings.SplitSeq(dump(t, b), ",") {
		if strings.Contains(strings.ToLower(field), strings.ToLower(secretKey)) || strings.Contains(field, "jo@example.org") {
			t.Errorf("kept: %s", field)
		}
	}
	if id := b.Spans[0].RequestID; id != "" && !telemetry.ValidRequestID(id) {
		t.Errorf("request id %q is not well-formed", id)
	}
}

func TestIDsStayAsTheyAre(t *testing.T) {
	e := newEnv(t, nil)
	for _, id := range []string{
		"jo@example.org", "+49 30 901820", "4111111111111111", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "req_011CSHoEeqs5C35K2UUqR7Fy",
		"chatcmpl-BdX2mU4N5r8Wq3", "0af7651916cd43dd8448eb211c80319c", "01HZX3J5T9ABCDEFGHJKMNPQRS",
	} {
		e.send(t, chat(1, uint64(len(e.kept.all().Spans)+1), 0, 0, 100, "user.id", id, "session.id", id, "gen_ai.response.id", id))
		b := e.kept.all()
		if s := b.Spans[len(b.Spans)-1]; s.UserID != id || s.SessionID != id || s.GenAI.ResponseID != id || s.Attributes.Value("user.id") != id {
			t.Errorf("%q became %q, %q, %q, %q", id, s.UserID, s.SessionID, s.GenAI.ResponseID, s.Attributes.Value("user.id"))
		}
	}
}

// Where no content is to be kept, none stays in the logs that carried it, in a span or not.
func TestNoContentStaysInLogs(t *testing.T) {
	const said = "tell nobody of the merger"
	for _, policy := range []ContentPolicy{ContentOff, ContentHash} {
		e := newEnv(t, func(o *Options) { o.Content = policy })
		b := &telemetry.Batch{Logs: []telemetry.Log{
			message(0, 0, `{"content":"`+said+`"}`),
			message(1, 1, `{"content":"`+said+`"}`),
		}}
		for _, name := range []string{"claude_code.user_prompt", "codex.user_prompt", "gemini_cli.user_prompt", "gemini_cli.api_request", "claude_code.tool_result"} {
			l := apiRequest(7, 1, "prompt="+said, "request_text="+said, "response_text="+said, "tool_input="+said, "gen_ai.input.messages="+said)
			l.Name = name
			b.Logs = append(b.Logs, l)
		}
		if err := e.Ingest(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if text := dump(t, e.kept.all()); strings.Contains(text, said) {
			t.Errorf("%s: kept in\n%s", policy, text)
		}
	}
}

func TestATextThatLooksLikeAHashIsHashed(t *testing.T) {
	e := newEnv(t, func(o *Options) { o.Content = ContentHash })
	s := span(1, 1, 0, 0, 1, "gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", "t", "gen_ai.tool.call.arguments", "sha256:the real thing")
	e.send(t, s)
	if got := e.kept.all().Spans[0].GenAI.ToolArguments; !isHash(got) {
		t.Errorf("kept %q", got)
	}
}
