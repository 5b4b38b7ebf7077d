//go:build e2e

package clients

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/test/harness"
)

const guidePath = "../../docs/guide/python-and-node.md"

// guide is the text's programs and commands by name, written down in a folder as its reader would.
type guide struct {
	server *harness.Process
	dir    string
	blocks map[string]string
}

var fence = regexp.MustCompile("(?ms)^(?:<!-- test: (\\S+) -->\n)?```(\\w+)\n(.*?)^```$")

// newGuide starts a server, and makes the guide speak of its addresses.
func newGuide(t *testing.T) *guide {
	t.Helper()
	text, err := os.ReadFile(guidePath)
	if err != nil {
		t.Fatal(err)
	}
	server := harness.Start(t, harness.Options{Env: harness.ProvidersAt(harness.StartMock(t))})
	g := &guide{server: server, dir: t.TempDir(), blocks: map[string]string{}}
	addresses := strings.NewReplacer("http://127.0.0.1:8080", server.HTTP, "http://127.0.0.1:4318", server.OTLP)
	for _, m := range fence.FindAllStringSubmatch(string(text), -1) {
		name, code := m[1], addresses.Replace(m[3])
		if name == "" || g.blocks[name] != "" {
			t.Fatalf("a block has no name of its own for this test (%q):\n%s", name, m[0])
		}
		g.blocks[name] = code
		if filepath.Ext(name) != "" {
			if err := os.WriteFile(filepath.Join(g.dir, name), []byte(code), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	modules, err := filepath.Abs("node/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(g.dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return g
}

// run runs a block of the guide, or a command that stands for it, in a shell.
func (g *guide) run(t *testing.T, command string) string {
	t.Helper()
	if g.blocks[command] != "" {
		command = g.blocks[command]
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", command)
	cmd.Dir = g.dir
	path := []string{filepath.Dir(need(t, "CLIENTS_PYTHON")), filepath.Dir(need(t, "CLIENTS_NODE")), filepath.Dir(harness.Binary(t)), os.Getenv("PATH")}
	cmd.Env = append(os.Environ(), "PATH="+strings.Join(path, ":"), "TELLTALE_SERVER="+g.server.HTTP, "NO_COLOR=1",
		"OPENAI_API_KEY=sk-test-0000000000000000000000", "ANTHROPIC_API_KEY=sk-ant-test-000000000000", "GEMINI_API_KEY=AIza-test-000000000000000000000000000000")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	if strings.Contains(string(out), "Warning") {
		t.Errorf("%s\nwarns of something:\n%s", command, out)
	}
	return string(out)
}

// Every block is asked for by one of the tests below.
func TestGuideBlocks(t *testing.T) {
	g := newGuide(t)
	want := []string{
		"app.mjs", "app.py", "calls.mjs", "calls.py", "lines.mjs", "lines.py", "node-app", "node-import", "node-install",
		"python-app", "python-import", "python-install", "telemetry.mjs", "telemetry.py",
	}
	var got []string
	for name, code := range g.blocks {
		got = append(got, name)
		if file := filepath.Ext(name) != ""; file && !strings.Contains(strings.SplitN(code, "\n", 2)[0], " "+name) {
			t.Errorf("the first line of %s does not name it", name)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
	for _, name := range packages(g.blocks["python-install"]) {
		g.run(t, fmt.Sprintf("python -c 'import importlib.metadata as m; m.version(%q)'", name))
	}
	for _, name := range packages(g.blocks["node-install"]) {
		g.run(t, "test -f node_modules/"+name+"/package.json")
	}
}

// packages are the words after "install".
func packages(command string) []string {
	_, list, _ := strings.Cut(command, " install ")
	return strings.Fields(strings.ReplaceAll(list, "\\\n", " "))
}

type guideCall struct {
	Service   string `json:"service"`
	TraceID   string `json:"trace_id"`
	SpanID    string `json:"span_id"`
	ParentID  string `json:"parent_id"`
	RequestID string `json:"request_id"`
	UserID    string `json:"user_id"`
	TenantID  string `json:"tenant_id"`
	Status    string `json:"status"`
	Name      string `json:"name"`
	Scope     string `json:"scope"`
	Kind      string `json:"kind"`
	GenAI     *struct {
		Provider string  `json:"provider"`
		Call     bool    `json:"call"`
		CostUSD  *string `json:"cost_usd"`
	} `json:"genai"`
}

// calls waits for the calls of a session, oldest first.
func (g *guide) calls(t *testing.T, session string, n int) []guideCall {
	t.Helper()
	var found struct{ Spans []guideCall }
	harness.Eventually(t, time.Minute, func() string {
		g.server.Get(t, "/api/v1/calls", url.Values{"q": {"session:" + session}, "order": {"oldest"}}, &found)
		if len(found.Spans) != n {
			return harness.Errorf("%d calls of %s, want %d", len(found.Spans), session, n)
		}
		return ""
	})
	return found.Spans
}

func TestGuideCalls(t *testing.T) {
	g := newGuide(t)
	for language, command := range map[string]string{"python": "python calls.py", "node": "node calls.mjs"} {
		t.Run(language, func(t *testing.T) {
			if out := g.run(t, command); strings.Count(out, "What is a span?") != 4 {
				t.Errorf("it printed\n%s", out)
			}
			var got []string
			for _, c := range g.calls(t, "session-"+language+"-calls", 4) {
				got = append(got, fmt.Sprint(c.Service, " ", c.GenAI.Provider, " ", c.UserID, " ", c.Status, " ", c.GenAI.CostUSD != nil))
			}
			want := []string{
				"chat-api openai user-123 ok true", "chat-api anthropic user-123 ok true",
				"chat-api gcp.gemini user-123 ok true", "chat-api openai user-456 ok true",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

type guideLog struct {
	Service    string            `json:"service"`
	Level      string            `json:"level"`
	Body       string            `json:"body"`
	RequestID  string            `json:"request_id"`
	UserID     string            `json:"user_id"`
	SpanID     string            `json:"span_id"`
	Attributes map[string]string `json:"attributes"`
}

// logs waits for log lines, oldest first.
func (g *guide) logs(t *testing.T, query string, n int) []guideLog {
	t.Helper()
	var found struct{ Logs []guideLog }
	harness.Eventually(t, time.Minute, func() string {
		g.server.Get(t, "/api/v1/logs", url.Values{"q": {query}, "order": {"oldest"}, "full": {"true"}}, &found)
		if len(found.Logs) != n {
			return harness.Errorf("%d lines of %s, want %d", len(found.Logs), query, n)
		}
		return ""
	})
	return found.Logs
}

func TestGuideLines(t *testing.T) {
	g := newGuide(t)
	for _, language := range []string{"python", "node"} {
		t.Run(language, func(t *testing.T) {
			g.run(t, language+"-import")
			lines := g.logs(t, "session:session-"+language+"-lines", 4) // imported, and posted
			for i, l := range lines {
				want := guideLog{Service: "chat-api", RequestID: "req-" + language + "-1", UserID: "user-123", Level: "info", Body: "order received"}
				if i%2 == 1 {
					want.Level, want.Body = "error", "charge failed"
				}
				attributes := l.Attributes
				l.Attributes = nil
				if diff := cmp.Diff(want, l); diff != "" {
					t.Errorf("line %d (-want +got):\n%s", i, diff)
				}
				if attributes["order"] != "7" || i%2 == 1 && !strings.Contains(fmt.Sprint(attributes), "card declined") {
					t.Errorf("attributes of line %d: %v", i, attributes)
				}
			}
		})
	}
}

func TestGuideOneTrace(t *testing.T) {
	g := newGuide(t)
	for _, language := range []string{"python", "node"} {
		t.Run(language, func(t *testing.T) {
			out := g.run(t, language+"-app")
			for _, model := range []string{"gpt-5.4-mini", "claude-sonnet-5-5", "gemini-2.5-flash"} {
				if !strings.Contains(out, model) {
					t.Errorf("telltale calls does not show %s:\n%s", model, out)
				}
			}
			calls := g.calls(t, "session-"+language, 3)
			providers := map[string]bool{}
			for _, c := range calls {
				providers[c.GenAI.Provider] = true
				if c.TraceID != calls[0].TraceID || c.UserID != "user-123" || c.TenantID != "acme" || c.Service != "chat-api" ||
					c.RequestID != "req-"+language+"-2" || c.Status != "ok" || c.GenAI.CostUSD == nil {
					t.Errorf("call %+v %+v", c, c.GenAI)
				}
			}
			if len(providers) != 3 {
				t.Errorf("providers %v", providers)
			}
			g.checkSpans(t, calls[0].TraceID)
			g.checkLogs(t, calls[0].TraceID, "req-"+language+"-2")
		})
	}
}

// checkSpans reads the trace: every span of the gateway hangs below one of the service, and calls count once.
func (g *guide) checkSpans(t *testing.T, trace string) {
	t.Helper()
	var tr struct {
		Summary struct {
			Calls int `json:"calls"`
		} `json:"summary"`
		Spans []guideCall `json:"spans"`
	}
	g.server.Get(t, "/api/v1/traces/"+trace, nil, &tr)
	byID := map[string]guideCall{}
	for _, s := range tr.Spans {
		byID[s.SpanID] = s
	}
	gateway := 0
	for _, s := range tr.Spans {
		if s.Scope == "telltale/gateway" {
			gateway++
			if parent, ok := byID[s.ParentID]; !ok || parent.Scope == "telltale/gateway" {
				t.Errorf("the gateway's span %q hangs below %q", s.Name, parent.Name)
			}
		}
		if s.Name == "POST /answers" && (s.Kind != "server" || s.ParentID != "") {
			t.Errorf("the request: %+v", s)
		}
		if s.Name == "ask two models" && byID[s.ParentID].Name != "POST /answers" {
			t.Errorf("the step hangs below %q", byID[s.ParentID].Name)
		}
	}
	if gateway != 3 || tr.Summary.Calls != 3 {
		t.Errorf("%d spans of the gateway, %d calls in the summary; want 3 of both", gateway, tr.Summary.Calls)
	}
}

// checkLogs reads the service's lines of the trace.
func (g *guide) checkLogs(t *testing.T, trace, request string) {
	t.Helper()
	lines := g.logs(t, "-scope:telltale* trace:"+trace, 2)
	for i, want := range []guideLog{{Level: "info", Body: "two answers"}, {Level: "error", Body: "not archived"}} {
		l := lines[i]
		if l.Level != want.Level || l.Body != want.Body || l.RequestID != request || l.UserID != "user-123" || l.Service != "chat-api" || l.SpanID == "" {
			t.Errorf("line %d: %+v", i, l)
		}
	}
	if a := lines[1].Attributes; a["exception.message"] != "the archive did not answer" || !strings.Contains(a["exception.stacktrace"], "app.") {
		t.Errorf("the error's attributes: %v", a)
	}
}
