package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/config"
)

// alertPaths are those that show or change something of alerts.
var alertPaths = []string{
	"GET /api/v1/alerts", "GET /api/v1/alerts/receivers", "POST /api/v1/alerts/test", "GET /alertmanager", "GET /alertmanager/", "GET /alertmanager/-/healthy",
	"POST /alertmanager/-/reload", "GET /alertmanager/api/v2/status", "GET /alertmanager/api/v2/alerts", "POST /alertmanager/api/v2/alerts",
	"GET /alertmanager/api/v2/alerts/groups", "GET /alertmanager/api/v2/receivers", "GET /alertmanager/api/v2/silences", "POST /alertmanager/api/v2/silences",
	"DELETE /alertmanager/api/v2/silence/9d2b7b4e-0000-4000-8000-000000000001", "GET /alertmanager/nothing",
}

// Without the token nobody sees an alert, or makes, tests or silences one.
func TestAlertsWantTheToken(t *testing.T) {
	s := start(t, func(c *config.Config) { c.Auth.Token = "secret-token" })
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, line := range alertPaths {
		method, path, _ := strings.Cut(line, " ")
		for _, wrong := range []string{"X-None: x", "Authorization: Bearer wrong", "X-Telltale-Key: secret-token2"} {
			got := s.do(t, method, path, "[]", "Content-Type: application/json", wrong)
			if path == "/alertmanager" && got.code == http.StatusTemporaryRedirect { // to what is guarded
				continue
			}
			if got.code != http.StatusUnauthorized {
				t.Errorf("%s with %s: %d %s", line, wrong, got.code, got.body)
			}
		}
		if got := s.do(t, method, path, "[]", "Content-Type: application/json", "Authorization: Bearer secret-token"); got.code == http.StatusUnauthorized {
			t.Errorf("%s with the token: %d %s", line, got.code, got.body)
		}
	}
}

// A page of another site cannot make alerts, silence or test them, nor by another name for this server.
func TestAlertsRefuseOtherSites(t *testing.T) {
	s := start(t, nil)
	for _, line := range alertPaths {
		method, path, _ := strings.Cut(line, " ")
		if method != http.MethodGet {
			if got := s.do(t, method, path, "[]", "Origin: http://evil.example", "Content-Type: text/plain"); got.code != http.StatusForbidden {
				t.Errorf("%s from another origin: %d %s", line, got.code, got.body)
			}
		}
		if got := s.do(t, method, path, "[]", "Host: evil.example", "Content-Type: application/json"); got.code != http.StatusMisdirectedRequest {
			t.Errorf("%s by another name: %d %s", line, got.code, got.body)
		}
	}
}

// A receiver that fails is a problem in the status until it is well again, and a wrong file until it is right; neither tells
// a secret.
func TestAlertingInStatus(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			http.Error(w, "very-secret-0123456789 is not here", http.StatusForbidden)
		}
	}))
	defer hook.Close()
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good := fmt.Sprintf("route: {receiver: ops}\nreceivers: [{name: ops, webhook_configs: [{url: '%s/very-secret-0123456789'}]}]\n", hook.URL)
	write(good)
	s := start(t, func(c *config.Config) { c.Alerting.Alertmanager = file })
	problems := func() string {
		var status struct{ Problems []string }
		got := s.get(t, "/api/v1/status")
		if err := json.Unmarshal([]byte(got.body), &status); err != nil || strings.Contains(got.body, "very-secret") {
			t.Fatalf("%v in %s", err, got.body)
		}
		return strings.Join(status.Problems, "\n")
	}
	test := func() answer {
		return s.do(t, http.MethodPost, "/api/v1/alerts/test", "{}", "Content-Type: application/json")
	}
	if got := test(); got.code != http.StatusOK || !strings.Contains(got.body, "403") || strings.Contains(got.body, "very-secret") {
		t.Fatalf("%d %s", got.code, got.body)
	}
	if got := problems(); !strings.Contains(got, "receiver ops (webhook)") {
		t.Errorf("problems: %s", got)
	}
	down.Store(false)
	test()
	if got := problems(); got != "" {
		t.Errorf("problems: %s", got)
	}
	write("route: {receiver: nobody}\nreceivers: [{name: ops, webhook_configs: [{url: 'http://127.0.0.1/very-secret'}]}]\n")
	if got := s.do(t, http.MethodPost, "/alertmanager/-/reload", ""); got.code != http.StatusInternalServerError || !strings.Contains(got.body, file+`:1:`) {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := problems(); !strings.Contains(got, file+":1:") || !strings.Contains(got, "nobody") {
		t.Errorf("problems: %s", got)
	}
	if got := test(); got.code != http.StatusOK || !strings.Contains(got.body, `"receiver":"ops"`) {
		t.Errorf("the one before is not in force: %d %s", got.code, got.body)
	}
	write(good)
	s.Reload()
	s.until(t, "in force", func() bool { return problems() == "" })
}

// With the Alertmanager inside switched off, alerts of rules are listed, and its API says why it is not there.
func TestAlertsWithoutAlertmanager(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(rules, []byte("groups: [{name: g, rules: [{alert: Always, expr: vector(7) > 1}]}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, func(c *config.Config) {
		c.Alerting.Embedded, c.Alerting.Rules, c.Metrics.Interval = false, []string{rules}, time.Second
	})
	s.until(t, "firing", func() bool { return strings.Contains(s.get(t, "/api/v1/alerts").body, `"alertname":"Always"`) })
	if got := s.get(t, "/alertmanager/api/v2/status"); got.code != http.StatusNotFound || !strings.Contains(got.body, "alerting.embedded") {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := s.do(t, http.MethodPost, "/api/v1/alerts/test", "{}", "Content-Type: application/json"); got.code != http.StatusNotImplemented {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := s.get(t, "/api/v1/alerts/receivers"); got.code != http.StatusOK || !strings.Contains(got.body, `"embedded":false`) {
		t.Errorf("%d %s", got.code, got.body)
	}
}

// What an alert says and its value are of the same evaluation; who is told is nobody, where the receiver has no address.
func TestAlertsSayTheirValue(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "r.yml")
	text := "groups:\n- name: g\n  interval: 1s\n  rules:\n  - {alert: Clock, expr: vector(1 + time() % 1000), labels: {severity: x}, annotations: {summary: '{{ printf \"%.6g\" $value }}'}}\n"
	if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, func(c *config.Config) {
		c.Alerting.Defaults = false
		c.Alerting.Rules = []string{rules}
	})
	seen := map[string]bool{}
	s.until(t, "three evaluations", func() bool {
		var list struct{ Alerts []api.Alert }
		if err := json.Unmarshal([]byte(s.get(t, "/api/v1/alerts").body), &list); err != nil {
			t.Fatal(err)
		}
		for _, a := range list.Alerts {
			if a.Labels["alertname"] != "Clock" {
				continue
			}
			if a.Value != a.Annotations["summary"] || len(a.Receivers) != 0 {
				t.Fatalf("it says %q and is %s, told to %v", a.Annotations["summary"], a.Value, a.Receivers)
			}
			seen[a.Value] = true
		}
		return len(seen) >= 3
	})
}

// While rules learn again what fires, after a restart, an alert is not listed a second time as pending.
func TestAlertsAreListedOnce(t *testing.T) {
	dir := t.TempDir()
	rules := filepath.Join(dir, "r.yml")
	text := "groups:\n- name: g\n  interval: 1s\n  rules:\n  - {alert: Down, expr: vector(1), for: 2s, labels: {severity: x}}\n"
	if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	change := func(c *config.Config) {
		c.Data = filepath.Join(dir, "data")
		c.Alerting.Defaults, c.Alerting.Rules = false, []string{rules}
	}
	firing := func(s *server) int {
		var list api.AlertList
		got := s.get(t, "/api/v1/alerts")
		if err := json.Unmarshal([]byte(got.body), &list); err != nil {
			t.Fatal(err)
		}
		if list.Firing > 0 && list.Pending > 0 {
			t.Fatalf("listed twice: %s", got.body)
		}
		return list.Firing
	}
	s := start(t, change)
	s.until(t, "firing", func() bool { return firing(s) == 1 })
	stop(t, s.App)
	s = start(t, change)
	for end := time.Now().Add(4 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		firing(s)
	}
	if firing(s) != 1 {
		t.Error("it does not fire after the restart")
	}
}
