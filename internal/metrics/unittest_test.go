package metrics

import (
	"path/filepath"
	"strings"
	"testing"
)

// What is wrong with a file of unit tests, and which of them fail, is told with file and line.
func TestUnitTestTellsPlaces(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		writeRules(t, path, text)
		return path
	}
	write("good.yml", "groups:\n- name: g\n  rules:\n  - {alert: A, expr: up == 0, labels: {severity: x}}\n")
	write("bad.yml", "groups:\n- name: g\n  rules:\n  - {alert: A, expr: sum(up}\n")
	head := "rule_files: [good.yml]\ntests:\n- interval: 1m\n  name: one\n  input_series:\n  - {series: up, values: 1 0x5}\n"
	for _, c := range []struct{ name, text, want string }{
		{"an alert that is not expected", head + "  alert_rule_test:\n  - {eval_time: 0s, alertname: A}\n  - {eval_time: 2m, alertname: A}\n", ":9: test one: alert A at 2m\n  expected nothing\n  got      labels"},
		{"another value", head + "  promql_expr_test:\n  - {expr: up, eval_time: 2m, exp_samples: [{labels: up, value: 3}]}\n", ":8: test one: expression \"up\" at 2m\n  expected"},
		{"no PromQL", head + "  promql_expr_test:\n  - {expr: sum(up, eval_time: 2m}\n", `:8: test one: expression "sum(up" at 2m: 1:7: parse error: unclosed left parenthesis`},
		{"no alertname", head + "  alert_rule_test:\n  - {eval_time: 0s}\n", ":8: test one: there is no alertname"},
		{"no series", head + "  - {series: 'x{', values: 1}\n", `:7: test one: series "x{", values "1": `},
		{"an unknown key", "rule_files: [good.yml]\ntest: []\n", `:2: there is no key "test" here (did you mean tests?)`},
		{"an unknown key of a test", head + "  alert_rule_tests: []\n", `:7: there is no key "alert_rule_tests" here (did you mean alert_rule_test?)`},
		{"no duration", head + "  alert_rule_test:\n  - {eval_time: soon, alertname: A}\n", `:8:17: not a valid duration string: "soon" (such as 30s, 5m or 1h30m)`},
		{"no YAML", "tests: [", ":1: did not find expected node content"},
		{"wrong rules", "rule_files: [bad.yml]\n", `/bad.yml:4:28: group "g", rule "A": unclosed left parenthesis`},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := write("t.yml", c.text)
			report, err := UnitTest(t.Context(), file)
			got := strings.Join(report.Failures, "\n")
			if err != nil {
				got = err.Error()
			}
			want := file + c.want
			if strings.HasPrefix(c.want, "/") { // of another file
				want = dir + c.want
			}
			if !strings.HasPrefix(got, want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	if _, err := UnitTest(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "it is a folder") {
		t.Error(err)
	}
	if _, err := UnitTest(t.Context(), filepath.Join(dir, "none.yml")); err == nil || !strings.Contains(err.Error(), "none.yml: no such file") {
		t.Error(err)
	}
}
