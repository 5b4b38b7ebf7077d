//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/test/harness"
)

// amtool runs Debian's amtool against the server.
func amtool(t *testing.T, p *harness.Process, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "amtool", append([]string{"--alertmanager.url=" + p.HTTP + "/alertmanager"}, args...)...)
	var warnings strings.Builder // that its version is another than the server's
	cmd.Stderr = &warnings
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("amtool %s: %v\n%s%s", strings.Join(args, " "), err, out, &warnings)
	}
	return string(out)
}

// webhook keeps what it is sent.
type webhook struct {
	*httptest.Server
	mu  sync.Mutex
	got []string
	at  []time.Time
}

func startWebhook(t *testing.T) *webhook {
	t.Helper()
	w := &webhook{}
	w.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.got, w.at = append(w.got, string(body)), append(w.at, time.Now())
	}))
	t.Cleanup(w.Close)
	return w
}

func (w *webhook) bodies() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.got...)
}

// took is the time from the first evaluation that found what the first letter tells until that was here.
func (w *webhook) took(t *testing.T) time.Duration {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var letter struct {
		Alerts []struct{ StartsAt time.Time }
	}
	if err := json.Unmarshal([]byte(w.got[0]), &letter); err != nil || len(letter.Alerts) != 1 {
		t.Fatalf("%v in %s", err, w.got[0])
	}
	return w.at[0].Sub(letter.Alerts[0].StartsAt)
}

const alertmanagerYML = `
route: {receiver: hook, group_by: [alertname], group_wait: 100ms, group_interval: 1s}
receivers:
- name: hook
  webhook_configs: [{url: "HOOK/very-secret"}]
`

func startAlerting(t *testing.T, data string, hook *webhook, rules string) *harness.Process {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"alertmanager.yml": strings.ReplaceAll(alertmanagerYML, "HOOK", hook.URL), "rules.yml": rules} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return harness.Start(t, harness.Options{Data: data, Env: append(harness.ProvidersAt("http://127.0.0.1:1"),
		"TELLTALE_ALERTING_ALERTMANAGER="+filepath.Join(dir, "alertmanager.yml"), "TELLTALE_ALERTING_RULES="+filepath.Join(dir, "rules.yml"),
		"TELLTALE_ALERTING_DEFAULTS=false", "TELLTALE_METRICS_INTERVAL=1s")})
}

// TestAmtool works with alerts, silences and the configuration as against an Alertmanager.
func TestAmtool(t *testing.T) {
	hook := startWebhook(t)
	data := t.TempDir()
	p := startAlerting(t, data, hook, "groups: []\n")
	amtool(t, p, "alert", "add", "Slow", "service=chat", "--annotation=summary=it is slow")
	harness.Eventually(t, time.Minute, func() string {
		if got := hook.bodies(); len(got) != 1 || !strings.Contains(got[0], "it is slow") {
			return fmt.Sprint(got)
		}
		return ""
	})
	if out := amtool(t, p, "alert", "query", "service=chat"); !strings.Contains(out, "Slow") || !strings.Contains(out, "active") {
		t.Error(out)
	}
	id := strings.TrimSpace(amtool(t, p, "silence", "add", "alertname=Slow", "--author=me", "--comment=known", "--duration=1h"))
	if out := amtool(t, p, "silence", "query"); !strings.Contains(out, id) {
		t.Errorf("%s is not in %s", id, out)
	}
	if out := amtool(t, p, "alert", "query", "--silenced"); !strings.Contains(out, "suppressed") {
		t.Error(out)
	}
	var list struct{ Firing, Silenced int }
	p.Get(t, "/api/v1/alerts", url.Values{}, &list)
	if list.Firing != 1 || list.Silenced != 1 {
		t.Errorf("%+v", list)
	}
	p.Kill()
	p = startAlerting(t, data, hook, "groups: []\n")
	if out := amtool(t, p, "silence", "query"); !strings.Contains(out, id) {
		t.Errorf("after kill -9 %s is not in %s", id, out)
	}
	amtool(t, p, "silence", "expire", id)
	if out := amtool(t, p, "silence", "query"); strings.Contains(out, id) {
		t.Error(out)
	}
	if out := amtool(t, p, "config", "show"); !strings.Contains(out, "webhook_configs") || strings.Contains(out, "very-secret") {
		t.Error(out)
	}
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(alertmanagerYML, "HOOK", hook.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := amtool(t, p, "config", "routes", "test", "--config.file="+file, "severity=critical"); strings.TrimSpace(out) != "hook" {
		t.Error(out)
	}
	if out := amtool(t, p, "check-config", file); !strings.Contains(out, "SUCCESS") {
		t.Error(out)
	}
	time.Sleep(1500 * time.Millisecond)
	if got := hook.bodies(); len(got) != 1 {
		t.Errorf("%d letters: a restart repeated one", len(got))
	}
}

// TestAlertReachesWebhook: a rule fires, its webhook is called within the evaluation interval and 2 s, and again when it
// has resolved; `telltale alerts` shows it, and a test alert reaches the same receiver.
func TestAlertReachesWebhook(t *testing.T) {
	hook := startWebhook(t)
	p := startAlerting(t, t.TempDir(), hook, "groups: [{name: g, interval: 1s, rules: [{alert: Always, expr: vector(7) > 1, labels: {severity: warning}, annotations: {summary: 'it is {{ $value }}'}}]}]\n")
	harness.Eventually(t, time.Minute, func() string {
		if got := hook.bodies(); len(got) == 0 || !strings.Contains(got[0], "it is 7") {
			return fmt.Sprint(got)
		}
		return ""
	})
	if took := hook.took(t); took > 3*time.Second {
		t.Errorf("the webhook was called %s after the rule had fired", took)
	}
	out, err := p.CLI(t, "alerts")
	if err != nil || !strings.Contains(out, "Always") || !strings.Contains(out, "firing") {
		t.Errorf("%s %v", out, err)
	}
	if out, err = p.CLI(t, "alerts", "test", "--severity", "critical"); err != nil || !strings.Contains(out, "took it") {
		t.Errorf("%s %v", out, err)
	}
	hook.Close()
	if out, err = p.CLI(t, "alerts", "test", "--json"); err == nil || strings.Contains(out, "very-secret") {
		t.Errorf("%s %v", out, err)
	}
	var receivers struct {
		Receivers []struct {
			Receiver string `json:"receiver"`
			Error    string `json:"error"`
		} `json:"receivers"`
	}
	p.Get(t, "/api/v1/alerts/receivers", url.Values{}, &receivers)
	text, err := json.Marshal(receivers)
	if err != nil || len(receivers.Receivers) != 1 || receivers.Receivers[0].Error == "" || strings.Contains(string(text)+p.Output.String(), "very-secret") {
		t.Errorf("%s %v\n%s", text, err, p.Output)
	}
	if out, err = p.CLI(t, "status"); err == nil || !strings.Contains(out, "alerts do not reach receiver hook") {
		t.Errorf("%s %v", out, err)
	}
}
