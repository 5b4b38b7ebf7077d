package alerting

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A wrong file says where, and shows no secret.
func TestWrongFile(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no YAML", "route: {receiver: a\nreceivers: [", ":1: "},
		{"a key that is none", "route:\n  receiver: a\n  groups: [x]\nreceivers: [{name: a}]\n", ":3: field groups not found"},
		{"a receiver that is none", "route:\n  receiver: nobody\nreceivers: [{name: a}]\n", `:2:13: undefined receiver "nobody" used in route`},
		{"two of one name", "route:\n  receiver: a\nreceivers:\n- name: a\n- name: a\n", `:5:9: notification config name "a" is not unique`},
		{"a matcher that is none", "route:\n  receiver: a\n  routes:\n  - matchers: ['x=~\"(\"']\nreceivers: [{name: a}]\n", ": "},
		{"no route", "receivers: [{name: a}]\n", ": no routes provided"},
		{"no URL", "route: {receiver: a}\nreceivers:\n- name: a\n  slack_configs:\n  - api_url: 'ht tp://hooks/services/very-secret'\n", ":5:14: parse"},
		{"a template that is none", "route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: ['*.tmpl']\n", ": template"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "alertmanager.yml")
			write(t, file, c.text)
			write(t, filepath.Join(dir, "x.tmpl"), "{{ nothing")
			o, l := options(dir, file)
			m, err := New(o)
			if err == nil {
				err = m.Start(t.Context())
			}
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), file+c.want) || strings.Contains(err.Error()+l.String(), "very-secret") {
				t.Errorf("%s", err)
			}
		})
	}
}

// A file that changes is read again; while it is wrong the old one holds, and Status says why.
func TestReload(t *testing.T) {
	first, second := newPostbox(t), newPostbox(t)
	m := start(t, "", toWebhook(first.URL))
	write(t, m.file, "route: {receiver: gone}\n")
	if m.Reload() == nil {
		t.Fatal("a wrong file was taken")
	}
	if s := m.Status(); !strings.Contains(s.Error, m.file+":1:") || s.Since.IsZero() {
		t.Errorf("%+v", s)
	}
	m.Alert([]Alert{fires("Slow")})
	first.until(t, 1)
	write(t, m.file, toWebhook(second.URL))
	if err := m.Reload(); err != nil {
		t.Fatal(err)
	}
	if s := m.Status(); s.Error != "" {
		t.Errorf("%+v", s)
	}
	m.Alert([]Alert{fires("Broken")})
	second.until(t, 1)
	if n := len(first.letters()) + len(second.letters()); n != 2 {
		t.Errorf("%d letters, want 2", n)
	}
}

// Nobody needs to say that the file has changed.
func TestWatch(t *testing.T) {
	m := start(t, "", toWebhook("http://127.0.0.1:1"))
	write(t, m.file, strings.NewReplacer("receiver: hook", "receiver: another", "name: hook", "name: another").Replace(toWebhook("http://127.0.0.1:1")))
	eventually(t, func() string {
		r, err := m.Routes()
		if err != nil || r.Receiver != "another" {
			return r.Receiver
		}
		return ""
	})
}

func (b *bench) do(t testing.TB, method, path, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/alertmanager"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	text, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(text)
}

const silenceSlow = `{"matchers":[{"name":"alertname","value":"Slow","isRegex":false,"isEqual":true}],"startsAt":"2020-01-01T00:00:00Z","endsAt":"2100-01-01T00:00:00Z","createdBy":"me","comment":"known"}`

// A silence holds at once and after a restart, whatever ended the process before.
func TestSilence(t *testing.T) {
	box := newPostbox(t)
	dir := t.TempDir()
	m := start(t, dir, toWebhook(box.URL))
	code, body := m.do(t, http.MethodPost, "/api/v2/silences", silenceSlow)
	var made struct{ SilenceID string }
	if err := json.Unmarshal([]byte(body), &made); code != http.StatusOK || err != nil || made.SilenceID == "" {
		t.Fatalf("%d %s %v", code, body, err)
	}
	if content, err := os.ReadFile(filepath.Join(dir, "silences")); err != nil || !strings.Contains(string(content), made.SilenceID) {
		t.Fatalf("it is not on disk when it is answered: %v", err)
	}
	m.Alert([]Alert{fires("Slow"), fires("Broken")})
	box.until(t, 1)
	time.Sleep(settle)
	if got := box.letters(); len(got) != 1 || !strings.Contains(got[0].body, "Broken") {
		t.Errorf("%d letters: %v", len(got), got)
	}
	active, err := m.Active(t.Context())
	if err != nil || len(active) != 2 {
		t.Fatalf("%v %v", active, err)
	}
	for _, a := range active {
		silenced := len(a.SilencedBy) == 1 && a.SilencedBy[0] == made.SilenceID
		if silenced != (a.Labels["alertname"] == "Slow") || len(a.Receivers) != 1 {
			t.Errorf("%+v", a)
		}
	}
	receipt, err := m.Test(t.Context(), map[string]string{"alertname": "Slow"})
	if err != nil || len(receipt.Silenced) != 1 {
		t.Errorf("%+v %v", receipt, err)
	}
	m.stop(t)
	m = start(t, dir, toWebhook(box.URL))
	if code, body := m.do(t, http.MethodGet, "/api/v2/silence/"+made.SilenceID, ""); code != http.StatusOK || !strings.Contains(body, `"state":"active"`) {
		t.Errorf("after a restart: %d %s", code, body)
	}
	if code, body := m.do(t, http.MethodDelete, "/api/v2/silence/"+made.SilenceID, ""); code != http.StatusOK {
		t.Errorf("%d %s", code, body)
	}
	m.Alert([]Alert{fires("Slow")})
	eventually(t, func() string {
		for _, l := range box.letters() {
			if strings.Contains(l.body, `"alertname":"Slow"`) && strings.Contains(l.body, "hook") && !strings.Contains(l.body, "somebody ran") {
				return ""
			}
		}
		return "it is still silenced"
	})
}

// Who asks for the configuration sees no secrets, nor does the log.
func TestSecretsAreNotShown(t *testing.T) {
	m := start(t, "", "", func(o *Options) {
		o.Simple = Simple{SlackWebhook: "http://127.0.0.1:1/services/very-secret", PagerDutyKey: "key-secret-0123", Email: []string{"a@example.org"}, SMTP: SMTP{
			Address: "127.0.0.1:1", From: "a@example.org", User: "u", Password: "mail-secret", Insecure: true,
		}}
	})
	_, status := m.do(t, http.MethodGet, "/api/v2/status", "")
	if !strings.Contains(status, "slack_configs") {
		t.Fatal(status)
	}
	receipt, err := m.Test(t.Context(), map[string]string{"severity": "warning"})
	if err != nil || len(receipt.Receivers) != 2 {
		t.Fatalf("%+v %v", receipt, err)
	}
	all := status + m.logs.String()
	for _, r := range receipt.Receivers {
		if r.Error == "" {
			t.Errorf("%+v", r)
		}
		all += r.Error
	}
	for _, secret := range []string{"very-secret", "key-secret", "mail-secret"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s is shown: %s", secret, all)
		}
	}
}

func TestStatusTellsTheVersion(t *testing.T) {
	m := start(t, "", "")
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), "github.com/prometheus/alertmanager v"+embedded+"\n") {
		t.Errorf("go.mod has another Alertmanager than %s", embedded)
	}
	_, status := m.do(t, http.MethodGet, "/api/v2/status", "")
	if !strings.Contains(status, `"version":"`+embedded+`"`) || !strings.Contains(status, `"goVersion":"go`) {
		t.Error(status)
	}
}

// The log says once that nobody is told; the alerts are there all the same.
func TestNobodyIsTold(t *testing.T) {
	m := start(t, "", "")
	m.Alert([]Alert{fires("Slow")})
	eventually(t, func() string {
		if active, err := m.Active(t.Context()); err != nil || len(active) != 1 || len(active[0].Receivers) != 0 {
			return fmt.Sprintf("it is not there, or somebody is said to be told: %+v %v", active, err)
		}
		return ""
	})
	if n := strings.Count(m.logs.String(), "nobody is told of alerts"); n != 1 || m.Status().Tells {
		t.Errorf("said %d times", n)
	}
	if receipt, err := m.Test(t.Context(), nil); err != nil || len(receipt.Receivers) != 0 {
		t.Errorf("%+v %v", receipt, err)
	}
}

// Test says who took it and who did not, and opens a group of its own.
func TestTest(t *testing.T) {
	good, bad := newPostbox(t), newPostbox(t)
	bad.always(answer{status: http.StatusForbidden, body: "wrong key"})
	m := start(t, "", strings.NewReplacer("GOOD", good.URL, "BAD", bad.URL).Replace(`
route:
  receiver: nobody
  routes: [{receiver: both, matchers: [severity=critical]}]
receivers:
- {name: nobody}
- {name: both, webhook_configs: [{url: GOOD/x}, {url: BAD/y}]}
`))
	receipt, err := m.Test(t.Context(), map[string]string{"severity": "critical"})
	if err != nil || len(receipt.Receivers) != 2 || receipt.Receivers[0].Error != "" || !strings.Contains(receipt.Receivers[1].Error, "403") {
		t.Fatalf("%+v %v", receipt, err)
	}
	if got := good.letters(); len(got) != 1 || !strings.Contains(got[0].body, "Nothing is wrong") {
		t.Errorf("%v", got)
	}
	if active, err := m.Active(t.Context()); err != nil || len(active) != 0 {
		t.Errorf("a test is no alert: %v %v", active, err)
	}
	if _, err := m.Test(t.Context(), map[string]string{"a\xff": "x"}); err == nil {
		t.Error("a label that is none was taken")
	}
}

// Inhibition is shown, and survives the restart: the source is there before anything is told.
func TestInhibition(t *testing.T) {
	box := newPostbox(t)
	dir := t.TempDir()
	config := toWebhook(box.URL) + "inhibit_rules: [{source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [service]}]\n"
	m := start(t, dir, config)
	m.Alert([]Alert{fires("Down", "severity", "critical")})
	box.until(t, 1)
	m.stop(t)
	m = start(t, dir, config)
	m.Alert([]Alert{fires("Slow")})
	time.Sleep(settle)
	if n := len(box.letters()); n != 1 {
		t.Errorf("%d letters, want 1", n)
	}
	active, err := m.Active(t.Context())
	if err != nil || len(active) != 2 || len(active[0].InhibitedBy) != 1 {
		t.Errorf("%+v %v", active, err)
	}
}
