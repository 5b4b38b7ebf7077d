//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/test/harness"
)

// The same files have the same verdict by promtool, good and bad ones.
func TestRulesVerdictsAreThoseOfPromtool(t *testing.T) {
	dir := t.TempDir()
	head := "groups:\n- name: g\n  rules:\n"
	files := map[string]string{
		"good.yml": head + "  - {record: a, expr: sum(b)}\n  - {alert: A, expr: b > 1, for: 2m, keep_firing_for: 1m, labels: {severity: x}, annotations: {summary: '{{ $labels.job }} {{ $value }}'}}\n",
		"key.yml":  head + "  - {record: a, exprr: sum(b)}\n", "promql.yml": head + "  - {record: a, expr: sum(b}\n", "both.yml": head + "  - {record: a, alert: b, expr: c}\n",
		"template.yml": head + "  - {alert: A, expr: b, annotations: {summary: '{{ $x }}'}}\n", "twice.yml": "groups: [{name: g}, {name: g}]\n", "yaml.yml": "groups: [",
		"for.yml": head + "  - {record: a, expr: b, for: 1m}\n", "duration.yml": head + "  - {alert: a, expr: b, for: soon}\n", "empty.yml": "groups: []\n",
	}
	series := "rule_files: [good.yml]\nevaluation_interval: 1m\ntests:\n- interval: 1m\n  input_series: [{series: 'b{job=\"j\"}', values: '0 2x10'}]\n"
	tests := map[string]string{
		"t_good.yml": series + "  alert_rule_test: [{eval_time: 4m, alertname: A, exp_alerts: [{exp_labels: {job: j, severity: x}, exp_annotations: {summary: j 2}}]}, {eval_time: 1m, alertname: A}]\n" +
			"  promql_expr_test: [{expr: a, eval_time: 5m, exp_samples: [{labels: a, value: 2}]}]\n",
		"t_value.yml":  series + "  promql_expr_test: [{expr: a, eval_time: 5m, exp_samples: [{labels: a, value: 3}]}]\n",
		"t_early.yml":  series + "  alert_rule_test: [{eval_time: 1m, alertname: A, exp_alerts: [{exp_labels: {job: j, severity: x}, exp_annotations: {summary: j 2}}]}]\n",
		"t_labels.yml": series + "  alert_rule_test: [{eval_time: 4m, alertname: A, exp_alerts: [{exp_labels: {job: j}}]}]\n",
		"t_key.yml":    series + "  promql_tests: []\n", "t_series.yml": strings.Replace(series, "2x10", "2y10", 1), "t_order.yml": series + "group_eval_order: [g, g]\n",
		"t_external.yml": strings.Replace(series, "- interval", "- external_labels: {cluster: c}\n  external_url: http://x\n  interval", 1) + "  promql_expr_test: [{expr: 'count(b) + 0.5', eval_time: 90s, exp_samples: [{labels: '{}', value: 1.5}]}]\n",
		"t_none.yml":     "rule_files: [nothing.yml]\n", "t_bad_rules.yml": strings.Replace(series, "good.yml", "key.yml", 1),
		"t_name.yml": series + "  alert_rule_test: [{eval_time: 1m}]\n", "t_stale.yml": strings.Replace(series, "0 2x10", "1 stale _x9", 1) + "  promql_expr_test: [{expr: b, eval_time: 2m}]\n",
	}
	for name, text := range files {
		verdicts(t, dir, name, text, "check")
	}
	for name, text := range tests {
		verdicts(t, dir, name, text, "test")
	}
}

func verdicts(t *testing.T, dir, name, text, what string) {
	t.Helper()
	file := filepath.Join(dir, name)
	for other, content := range map[string]string{name: text} {
		if err := os.WriteFile(filepath.Join(dir, other), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	theirs, theirErr := exec.CommandContext(t.Context(), "promtool", what, "rules", file).CombinedOutput()
	ours, ourErr := exec.CommandContext(t.Context(), harness.Binary(t), "rules", what, file).CombinedOutput()
	if (theirErr == nil) != (ourErr == nil) {
		t.Errorf("%s: promtool %v, telltale %v\n%s\n%s", name, theirErr, ourErr, theirs, ours)
	}
}

// The shipped rules, loaded into Debian's Prometheus, say of the same data what they say in Telltale.
func TestShippedRulesSayTheSameInPrometheus(t *testing.T) {
	began := time.Now()
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := time.Since(began).Seconds() * 10
		for _, status := range []string{"success", "failure"} {
			for _, endpoint := range []string{"/ask", "/chat"} {
				_, _ = fmt.Fprintf(w, "llm_calls_total{provider=\"p\",model=\"m\",endpoint=%q,status=%q} %f\n", endpoint, status, n)
			}
		}
		for le, share := range map[string]float64{"1": 0.5, "5": 0.9, "+Inf": 1} {
			_, _ = fmt.Fprintf(w, "llm_call_duration_seconds_bucket{provider=\"p\",model=\"m\",endpoint=\"/ask\",le=%q} %f\n", le, n*share)
		}
		_, _ = fmt.Fprintf(w, "http_requests_total{method=\"GET\",path=\"/ask\",status=\"500\"} %f\nconversations_active 7\n", n)
	}))
	t.Cleanup(target.Close)
	rules, err := filepath.Abs("../../deploy/prometheus/rules/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	scrape := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nscrape_configs:\n- job_name: shop\n  static_configs: [{targets: [%q]}]\n", strings.TrimPrefix(target.URL, "http://"))
	address := free(t)
	real := exec.CommandContext(t.Context(), "prometheus", "--config.file="+save(t, "prometheus.yml", scrape+"rule_files: ["+rules+"]\n"),
		"--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+address)
	if err := real.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = real.Process.Kill(); _ = real.Wait() })
	p := harness.Start(t, harness.Options{Data: t.TempDir(), Env: []string{"TELLTALE_METRICS_CONFIG=" + save(t, "ours.yml", scrape), "TELLTALE_METRICS_INTERVAL=1s"}})

	ask := func(base, expr string) []string {
		response, err := http.Get(base + "/api/v1/query?" + url.Values{"query": {expr}}.Encode())
		if err != nil {
			return []string{err.Error()}
		}
		defer response.Body.Close() //nolint:errcheck // it was read
		var answer struct {
			Data struct {
				Result []struct {
					Metric map[string]string
					Value  [2]any
				}
			}
		}
		body, _ := io.ReadAll(response.Body)
		if err := json.Unmarshal(body, &answer); err != nil {
			return []string{err.Error()}
		}
		var out []string
		for _, r := range answer.Data.Result {
			text, _ := json.Marshal(r.Metric)
			out = append(out, fmt.Sprint(string(text), " ", r.Value[1]))
		}
		slices.Sort(out)
		return out
	}
	for _, expr := range []string{
		`count by (__name__, alias, job, instance, model, provider, status, endpoint, method, le) ({alias="telltale", job="shop"})`,
		`ai_active_conversations`,
		// Rates of an alias are those of the original, to a tenth.
		`round(sum by (status) (rate(llm_api_calls_total[15s])), 2)`,
		`round(histogram_quantile(0.5, rate(llm_response_duration_seconds_bucket[15s])), 0.1)`,
		`sum(rate(ai_api_calls_total[15s])) / sum(rate(llm_calls_total[15s])) > bool 0.85`,
		`sum(rate(ai_api_calls_total[15s])) / sum(rate(llm_calls_total[15s])) < bool 1.15`,
		`count by (alertname, alertstate, job, severity) (ALERTS{alertname="HTTPErrorRateHigh"})`,
	} {
		harness.Eventually(t, time.Minute, func() string {
			theirs, ours := ask("http://"+address, expr), ask(p.HTTP+"/prometheus", expr)
			if len(theirs) == 0 {
				return expr + ": Prometheus says nothing"
			}
			if diff := cmp.Diff(theirs, ours); diff != "" {
				return expr + "\n" + diff
			}
			return ""
		})
	}
	out, err := p.CLI(t, "rules", "replay", save(t, "mine.yml", "groups:\n- name: g\n  rules:\n  - {alert: Mine, expr: conversations_active > 5}\n"), "--from", "-2m", "--step", "1s")
	if err != nil || !strings.Contains(out, "Mine") || !strings.Contains(out, "the end") {
		t.Errorf("replay: %v\n%s", err, out)
	}
	var list struct {
		Groups []struct {
			File  string
			Rules []struct{ Name, Health, Error string }
		}
	}
	p.Get(t, "/api/v1/rules", nil, &list)
	if len(list.Groups) < 8 {
		t.Errorf("groups %+v", list)
	}
	for _, g := range list.Groups {
		for _, r := range g.Rules {
			if r.Health == "err" {
				t.Errorf("%s %s: %s", g.File, r.Name, r.Error)
			}
		}
	}
}

// SIGHUP reads rules again, also where nothing but the text of the file tells that it changed.
func TestHangupReadsRulesAgain(t *testing.T) {
	file := save(t, "mine.yml", "groups:\n- name: mine\n  rules:\n  - {alert: Mine, expr: vector(1) > 1}\n")
	p := harness.Start(t, harness.Options{Data: t.TempDir(), Env: []string{"TELLTALE_ALERTING_RULES=" + file, "TELLTALE_METRICS_INTERVAL=1s"}})
	expr := func() (string, string) {
		out, err := p.CLI(t, "rules", "list")
		for line := range strings.Lines(out) {
			if strings.Contains(line, "Mine") {
				return line, fmt.Sprint(err)
			}
		}
		return out, fmt.Sprint(err)
	}
	st, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ text, line, wrong string }{
		{"vector(1) > 0", "vector(1) > 0", ""}, {"vector(1 > 0)", "vector(1) > 0", file + ":4:"}, {"vector(2) > 0", "vector(2) > 0", ""},
	} {
		if err := os.WriteFile(file, []byte("groups:\n- name: mine\n  rules:\n  - {alert: Mine, expr: "+step.text+"}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, st.ModTime(), st.ModTime()); err != nil {
			t.Fatal(err)
		}
		if err := p.Cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		harness.Eventually(t, time.Minute, func() string {
			line, wrong := expr()
			if !strings.Contains(line, step.line) || step.wrong != "" && !strings.Contains(p.Output.String(), step.wrong) || (wrong != "<nil>") != (step.wrong != "") {
				return step.text + ": " + line + wrong
			}
			return ""
		})
	}
}
