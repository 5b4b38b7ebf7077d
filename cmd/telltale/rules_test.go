package main

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/metrics"
)

func TestRules(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const head = "groups:\n- name: g\n  rules:\n"
	good := file("good.yml", head+"  - {alert: A, expr: up == 0, labels: {severity: warning}, annotations: {summary: x}}\n  - {record: a, expr: sum(up)}\n")
	bad := file("bad.yml", head+"  - alert: A\n    expr: sum(up) b\n\x1b[2J")
	warned := file("warned.yml", head+"  - {alert: A, expr: llm_call_total > 1, labels: {severity: x}, annotations: {summary: x}}\n")
	slos := file("slos.yml", "slos:\n- {name: a, service: s, objective: 99, good: 'sum(g[$window])', total: 'sum(rate(t[$window]))'}\n")
	passes := file("passes.yml", "rule_files: [good.yml]\ntests:\n- input_series: [{series: up, values: 0 0}]\n  alert_rule_test:\n  - {eval_time: 1m, alertname: A, exp_alerts: [{exp_labels: {severity: warning}, exp_annotations: {summary: x}}]}\n")
	fails := file("fails.yml", "rule_files: [good.yml, none.yml]\ntests:\n- input_series: [{series: up, values: 0 0}]\n  alert_rule_test:\n  - {eval_time: 1m, alertname: A}\n")
	store := apitest.Sample()
	a, err := api.New(api.Config{Reader: store, Tailer: store, Status: store, Rules: &apitest.Rules{}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(a)
	defer server.Close()
	said := func(args ...string) (string, int) {
		c := newConsole("", nil)
		code := dispatch(t.Context(), &c.environment, []command{{"rules", "", runRules}}, append([]string{"rules"}, args...))
		return strings.ReplaceAll(c.out.String()+c.err.String(), dir+string(filepath.Separator), ""), code
	}
	for name, one := range map[string]struct {
		args []string
		code int
		want string // of stdout and stderr, the folder left out
	}{
		"right":       {[]string{"check", good}, exitOK, "good.yml is right: 1 alert and 1 recording in 1 group\n"},
		"wrong":       {[]string{"check", good, bad}, exitFailed, "good.yml is right: 1 alert and 1 recording in 1 group\nbad.yml:6: control characters are not allowed\ntelltale: 1 file is wrong\n"},
		"a warning":   {[]string{"check", warned}, exitOK, "warned.yml:4:22: group \"g\", rule \"A\": no metric llm_call_total is known (did you mean llm_calls_total?)  (only a warning)\nwarned.yml is right: 1 alert and 0 recordings in 1 group\n"},
		"objectives":  {[]string{"check", slos}, exitFailed, "slos.yml:2:46: good is no PromQL: 1:5: expected type instant vector in aggregation expression, got range vector\ntelltale: 1 file is wrong\n"},
		"passes":      {[]string{"test", passes}, exitOK, "passes.yml: 1 test passed\n"},
		"fails":       {[]string{"test", passes, fails}, exitFailed, "passes.yml: 1 test passed\nfails.yml:5: test #1: alert A at 1m\n  expected nothing\n  got      labels {alertname=\"A\", severity=\"warning\"} annotations {summary=\"x\"}\nfails.yml: no file matches none.yml\ntelltale: tests failed in 1 file\n"},
		"no file":     {[]string{"check", filepath.Join(dir, "none")}, exitFailed, "telltale: read rules: open none: no such file or directory\n"},
		"nothing":     {[]string{"check"}, exitUsage, "telltale: rules check needs a file\nRun `telltale help rules` to see what there is.\n"},
		"no such":     {[]string{"chekc", good}, exitUsage, "telltale: there is no rules \"chekc\": list, check, test or replay\nRun `telltale help rules` to see what there is.\n"},
		"from when":   {[]string{"replay", good}, exitUsage, "telltale: rules replay needs --from, such as --from -1d\nRun `telltale help rules` to see what there is.\n"},
		"replay":      {[]string{"replay", file("wrong.yml", "wrong"), "--from", "-1h", "--server", server.URL}, exitFailed, "telltale: wrong.yml:5:19: unexpected identifier\n"},
		"replay late": {[]string{"replay", file("late.yml", "late"), "--from", "-1h", "--server", server.URL}, exitFailed, "50 %: A\ntelltale: late.yml:5:11: found duplicate series\n"},
		"replay slos": {[]string{"replay", slos, "--from", "-1h", "--server", server.URL}, exitFailed, "telltale: slos.yml:2:46: good is no PromQL: 1:5: expected type instant vector in aggregation expression, got range vector\n"},
		"replay busy": {[]string{"replay", file("busy.yml", "busy"), "--from", "-1h", "--server", server.URL}, exitFailed, "telltale: another replay is under way\ntry again when it is done\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, code := said(one.args...)
			if diff := cmp.Diff(one.want, got); diff != "" || code != one.code {
				t.Errorf("exit %d: %s", code, diff)
			}
		})
	}
	rules, err := rulesOf(file("right.yml", "slos:\n- {name: a, service: s, objective: 99, good: 'sum(rate(g[$window]))', total: 'sum(rate(t[$window]))'}\n"))
	if c := metrics.CheckRules("right.yml", rules); err != nil || c.Wrong() || c.Alerts != 2 || c.Recordings == 0 {
		t.Errorf("of objectives: %v, %+v", err, c)
	}
	list, code := said("list", "--server", server.URL)
	for _, part := range []string{"firing  HTTPErrorRateHigh  alert", "err     a:b", "found duplicate series", "the rules before are in force:\nrules/mine.yml:5:19: "} {
		if code != exitFailed || !strings.Contains(list, part) {
			t.Errorf("exit %d, no %q in\n%s", code, part, list)
		}
	}
	text, code := said("replay", good, "--from", "2026-11-20T10:00:00Z", "--to", "2026-11-20T11:00:00Z", "--step", "1m", "--server", server.URL)
	for _, part := range []string{"every 1m", "a quarter of shop fails", "0.25", "5m"} {
		if code != exitOK || !strings.Contains(text, part) || strings.Contains(text, "desk") || strings.Contains(text, "\x1b") {
			t.Errorf("exit %d, no %q in\n%s", code, part, text)
		}
	}
	text, code = said("replay", good, "--from", "-1h", "--json", "--server", server.URL)
	var r api.RuleReplay
	if _, body, _ := strings.Cut(text, "{"); code != exitOK || json.Unmarshal([]byte("{"+strings.TrimSuffix(body, "50 %: A\n")), &r) != nil || r.Alerts[0].Fired != 1 {
		t.Errorf("exit %d: %s", code, text)
	}
}
