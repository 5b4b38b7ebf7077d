//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/test/harness"
)

// nasty is what a terminal would obey: clear the screen, set the clipboard and the title, C1 controls, text that runs
// backwards, a line that overwrites itself, bytes that are no text.
const nasty = "\x1b[2J\x1b]52;c;ZWNobyBoYWNrZWQ=\x07\x1b]0;owned\x07\u009b31m\u202egnp.exe\u2066\r\u0008\u007f\u200fmark"

// Whatever a client puts into a field never reaches the terminal of who looks at it.
func TestTerminalEscapes(t *testing.T) {
	p := harness.Start(t, harness.Options{Env: harness.ProvidersAt(harness.StartMock(t))})
	text, err := json.Marshal(nasty)
	if err != nil {
		t.Fatal(err)
	}
	resp := post(t, p.HTTP+"/openai/v1/chat/completions",
		fmt.Sprintf(`{"model":"gpt-4o-mini","user":%s,"messages":[{"role":"user","content":%s}]}`, text, text), "X-Request-Id", "escape-1")
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", resp.Status, resp.Body)
	}
	if !strings.Contains(resp.Body, "mark") {
		t.Fatalf("the mock does not send the prompt back: %s", resp.Body)
	}
	spans := newSpans("svc" + nasty)
	s := spans.add(7, 1, 0, "name"+nasty, time.Now())
	for _, k := range []string{"key" + nasty, "user.id", "session.id", "error.type", "http.route"} {
		s.Attributes().PutStr(k, nasty)
	}
	s.Attributes().PutStr("request.id", "escape-1")
	s.Status().SetMessage(nasty)
	s.Status().SetCode(2)
	describeCall(s, 1)
	s.Attributes().PutStr("gen_ai.request.model", "model"+nasty)
	s.Attributes().PutStr("gen_ai.input.messages", nasty)
	s.Events().AppendEmpty().SetName(nasty)
	trace := s.TraceID().String()
	spans.send(t, p)
	line, err := json.Marshal(map[string]any{
		"time": time.Now().Format(time.RFC3339Nano), "level": "error", "msg": nasty, "logger": nasty, "user_id": nasty,
		"request_id": "escape-1", "k" + nasty: nasty, "exception": nasty,
	})
	if err != nil {
		t.Fatal(err)
	}
	logs := post(t, p.HTTP+"/api/v1/logs?service="+url.QueryEscape(nasty), string(line)+"\n", "Content-Type", "application/x-ndjson")
	if logs.StatusCode != http.StatusOK {
		t.Fatalf("logs: %s", logs.Status)
	}
	for _, args := range [][]string{
		{"calls"},
		{"calls", "--full"},
		{"logs"},
		{"logs", "--attrs"},
		{"request", "escape-1"},
		{"trace", trace},
		{"top", "user"},
		{"top", "service"},
		{"top", "model"},
		{"request", "--where", "status:error"},
		{"status"},
		{"calls", "no\x1b[2J\u202emark:x"}, // comes back in the error
		{"calls", "--json", "--full"},
		{"logs", "--json"},
	} {
		name := strings.Join(args, " ")
		out, _ := p.CLI(t, args...)
		if !strings.Contains(out, "mark") && args[0] != "status" {
			t.Errorf("%q shows nothing of it:\n%s", name, out)
		}
		if at := strings.IndexFunc(out, dangerous); at >= 0 || !utf8.ValidString(out) {
			t.Errorf("%q writes %q to the terminal", name, out[max(0, at-20):min(len(out), at+20)])
		}
	}
	for _, l := range harness.Lines(p.Output.String()) { // and the server's own log
		if strings.ContainsFunc(l, dangerous) {
			t.Errorf("the server logs %q", l)
		}
	}
}

// dangerous are characters that a terminal acts on, save the end of a line.
func dangerous(r rune) bool {
	if r == '\n' {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// The questions of who runs the service, asked on the command line, of traffic that came through the gateway, OTLP and
// JSON lines.
func TestQuestionsOnTheCommandLine(t *testing.T) {
	p := harness.Start(t, harness.Options{Env: harness.ProvidersAt(harness.StartMock(t))})
	call := func(model, prompt, user, request string, header ...string) string {
		t.Helper()
		resp := post(t, p.HTTP+"/openai/v1/chat/completions",
			fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":%q}]}`, model, prompt),
			append([]string{"X-User-Id", user, "X-Request-Id", request}, header...)...)
		var body struct{ ID string }
		_ = json.Unmarshal([]byte(resp.Body), &body) // some answers are errors
		return body.ID
	}
	call("gpt-4o", "fails", "user-1", "req-failed", "X-Mock-Fault", "500")
	call("gpt-4o", "works", "user-1", "req-works")
	call("gpt-4o-mini", "fails as well", "user-1", "req-other", "X-Mock-Fault", "500")
	call("gpt-4o", "take your time", "user-123", "req-slow", "X-Mock-Fault", "delay-3200ms")
	call("gpt-4o", "quick", "user-123", "req-quick")
	id := call("gpt-4o-mini", "where does the needle lie?", "user-7", "req-prompt")

	spans := newSpans("shop")
	root := spans.add(9, 1, 0, "POST /checkout", time.Now().Add(-time.Minute))
	root.SetKind(2)
	root.Status().SetCode(2)
	root.Attributes().PutInt("http.response.status_code", 500)
	root.Attributes().PutStr("request.id", "req-checkout")
	spans.add(9, 1, 0, "reserve stock", time.Now().Add(-time.Minute)).SetSpanID([8]byte{9, 9})
	spans.send(t, p)
	lines := fmt.Sprintf(`{"time":%q,"level":"warn","msg":"stock is low","request_id":"req-checkout"}
{"time":%q,"level":"error","msg":"no stock left","request_id":"req-checkout"}
`, time.Now().Add(-59*time.Second).Format(time.RFC3339Nano), time.Now().Add(-58*time.Second).Format(time.RFC3339Nano))
	if resp := post(t, p.HTTP+"/api/v1/logs?service=shop", lines, "Content-Type", "application/x-ndjson"); resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status)
	}
	for _, q := range []struct {
		args      []string
		want, not []string
	}{
		{
			[]string{"calls", "model:gpt-4o status:error", "--from", "-1h"},
			[]string{"req-failed", "server_error"},
			[]string{"req-works", "req-other"},
		},
		{[]string{"calls", "user:user-123 duration:>3s"}, []string{"req-slow"}, []string{"req-quick", "req-works"}},
		{[]string{"calls", "response:" + id, "--full"}, []string{"where does the needle lie?", "req-prompt"}, []string{"take your time"}},
		{
			[]string{"request", "--where", "http.status:500", "--from", "-1h"},
			[]string{"req-checkout", "POST /checkout", "reserve stock", "stock is low", "no stock left", "led to the error", "req-failed", "req-other"},
			[]string{"req-works", "req-slow"},
		},
		{[]string{"top", "model"}, []string{"gpt-4o", "gpt-4o-mini"}, nil},
		{[]string{"top", "user", "status:error"}, []string{"user-1"}, []string{"user-123", "user-7"}},
	} {
		harness.Eventually(t, time.Minute, func() string {
			out, err := p.CLI(t, q.args...)
			if err != nil {
				return harness.Errorf("%q: %v\n%s", q.args, err, out)
			}
			for _, w := range q.want {
				if !strings.Contains(out, w) {
					return harness.Errorf("%q does not say %q:\n%s", q.args, w, out)
				}
			}
			for _, w := range q.not {
				if strings.Contains(out, w) {
					return harness.Errorf("%q says %q:\n%s", q.args, w, out)
				}
			}
			return ""
		})
	}
}
