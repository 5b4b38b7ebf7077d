package slo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/metrics"
	"github.com/telltale-dev/telltale/internal/slo"
)

const example = "../../docs/guide/slos.yml"

func parse(t *testing.T, file string) []slo.Objective {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	objectives, err := slo.Parse(file, text, metrics.ParseExpr)
	if err != nil {
		t.Fatal(err)
	}
	return objectives
}

func TestParse(t *testing.T) {
	got := parse(t, example)
	want := slo.Objective{
		Name: "quick answers", Service: "shop", Description: "Model calls end within ten seconds", Target: 0.95, Window: 7 * 24 * time.Hour,
		Good:  `sum(rate(llm_call_duration_seconds_bucket{job="shop", le=~"10|10.0"}[$window]))`,
		Total: `sum(rate(llm_call_duration_seconds_count{job="shop"}[$window]))`, MinErrors: 5, Labels: map[string]string{"team": "shop"},
	}
	if diff := cmp.Diff(want, got[1]); diff != "" {
		t.Error(diff)
	}
	if empty, err := slo.Parse("x.yml", nil, metrics.ParseExpr); err != nil || len(empty) > 0 {
		t.Error(empty, err)
	}
}

func TestParseTellsMistakes(t *testing.T) {
	head := "slos:\n- name: a\n  service: s\n  objective: 99\n"
	events := "  good: sum(rate(g[$window]))\n  total: sum(rate(t[$window]))\n"
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", head + events + "  windw: 3d\n", `x.yml:7:3: there is no key "windw" here (did you mean window?)`},
		{"missing", "slos:\n- name: a\n", "x.yml:2:3: service is missing"},
		{"objective", strings.Replace(head, "99", "100", 1) + events, `x.yml:4:14: objective "100" should be a number of percent`},
		{"window", head + events + "  window: 3m\n", `x.yml:7:11: window "3m" should be a time from 1d to 366d`},
		{"no placeholder", head + "  good: sum(rate(g[5m]))\n  total: sum(rate(t[$window]))\n", "x.yml:5:9: good does not say $window"},
		{"no PromQL", head + "  good: sum(rate(g[$window])\n  total: sum(rate(t[$window]))\n", "x.yml:5:9: good is no PromQL: 1:"},
		{"twice", head + events + strings.TrimPrefix(head, "slos:\n") + events, `x.yml:7:3: service "s" has another objective "a"`},
		{"a reserved label", head + events + "  labels: {slo: x}\n", `x.yml:7:12: "slo" cannot be a label here`},
		{"no YAML", "slos: [", "x.yml:1:1: "},
		{"no list", "slos: 1", "x.yml:1:7: slos should be a list"},
	} {
		_, err := slo.Parse("x.yml", []byte(c.text), metrics.ParseExpr)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

func TestWindowsFitTheObjective(t *testing.T) {
	o := slo.Objective{Window: 30 * 24 * time.Hour}
	if diff := cmp.Diff([]string{"1h", "6h", "1d", "3d", "5m", "30m", "2h"}, o.Windows()); diff != "" {
		t.Error(diff)
	}
	o.Window = 7 * 24 * time.Hour
	if diff := cmp.Diff([]string{"14m", "84m", "336m", "1008m", "2m", "7m", "28m"}, o.Windows()); diff != "" {
		t.Error(diff)
	}
}

// The rules load, warn of nothing but what they must, and say what they should of a service that fails.
func TestRules(t *testing.T) {
	text, err := slo.Rules(parse(t, example))
	if err != nil {
		t.Fatal(err)
	}
	c := metrics.CheckRules("slos", []byte(text))
	for i := range c.Problems {
		t.Error(c.Problems[i].String())
	}
	if c.Alerts != 4 || c.Groups != 4 {
		t.Errorf("%+v", c)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"rules.yml": text, "test.yml": unitTests} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	report, err := metrics.UnitTest(t.Context(), filepath.Join(dir, "test.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Failures {
		t.Error(f)
	}
}

// 1000 requests a minute, then for an hour 2 % of them fail: 20 times what 99.9 % allows. In the quiet service one of 60 fails.
const unitTests = `
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - name: nothing fails
    interval: 1m
    input_series:
      - {series: 'http_requests_total{job="shop", status="200"}', values: '0+1000x240'}
    promql_expr_test:
      - {expr: 'slo_error_budget_remaining{slo="answers"}', eval_time: 4h, exp_samples: [{labels: 'slo_error_budget_remaining{slo="answers", service="shop"}', value: 1}]}
      - {expr: 'slo_burn_rate{slo="answers", window="1h"}', eval_time: 4h, exp_samples: [{labels: 'slo_burn_rate{slo="answers", service="shop", window="1h"}', value: 0}]}
      - {expr: 'slo_objective', eval_time: 4h, exp_samples: [{labels: 'slo_objective{slo="answers", service="shop"}', value: 0.999}, {labels: 'slo_objective{slo="quick answers", service="shop", team="shop"}', value: 0.95}]}
    alert_rule_test:
      - {eval_time: 4h, alertname: SLOBurnFast}
      - {eval_time: 4h, alertname: SLOBurnSlow}
  - name: it burns
    interval: 1m
    input_series:
      - {series: 'http_requests_total{job="shop", status="200"}', values: '0+1000x120 120980+980x120'}
      - {series: 'http_requests_total{job="shop", status="500"}', values: '0x120 20+20x120'}
    promql_expr_test:
      - {expr: 'round(slo_burn_rate{slo="answers", window="5m"}, 0.01)', eval_time: 3h10m, exp_samples: [{labels: '{slo="answers", service="shop", window="5m"}', value: 20}]}
      - {expr: 'slo_error_budget_remaining{slo="answers"} < bool -5', eval_time: 4h, exp_samples: [{labels: '{slo="answers", service="shop"}', value: 1}]}
    alert_rule_test:
      - {eval_time: 2h10m, alertname: SLOBurnFast}
      - eval_time: 3h10m
        alertname: SLOBurnFast
        exp_alerts:
          - exp_labels: {slo: answers, service: shop, severity: critical}
            exp_annotations:
              summary: shop spends the error budget of answers 20.0 times too fast
              description: shop fails 20.0 times as often as its objective answers of 99.9 % over 30d allows.
              runbook_url: https://github.com/telltale-dev/telltale/blob/main/docs/guide/runbooks.md#sloburnfast
              link: /explore?expr=slo_burn_rate%7Bslo%3D%22answers%22%2C+service%3D%22shop%22%7D
  - name: one failed call at night
    interval: 1m
    input_series:
      - {series: 'http_requests_total{job="shop", status="200"}', values: '0+1x240'}
      - {series: 'http_requests_total{job="shop", status="500"}', values: '0x180 1x60'}
    promql_expr_test:
      - {expr: 'slo_burn_rate{slo="answers", window="5m"} > bool 100', eval_time: 3h4m, exp_samples: [{labels: '{slo="answers", service="shop", window="5m"}', value: 1}]}
    alert_rule_test:
      - {eval_time: 3h4m, alertname: SLOBurnFast}
      - {eval_time: 3h4m, alertname: SLOBurnSlow}
  - name: everything fails, and there is no series of what is good
    interval: 1m
    input_series:
      - {series: 'http_requests_total{job="shop", status="500"}', values: '0+100x240'}
    promql_expr_test:
      - {expr: 'round(slo_burn_rate{slo="answers", window="1h"})', eval_time: 4h, exp_samples: [{labels: '{slo="answers", service="shop", window="1h"}', value: 1000}]}
`

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile(example)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("slos: [{name: a, objective: 99}]")
	f.Fuzz(func(t *testing.T, text string) {
		objectives, err := slo.Parse("x.yml", []byte(text), metrics.ParseExpr)
		if err != nil {
			return
		}
		rules, err := slo.Rules(objectives)
		if err != nil {
			t.Fatal(err)
		}
		c := metrics.CheckRules("x.yml", []byte(rules))
		if c.Wrong() && len(objectives) > 0 {
			t.Errorf("%s\n%s", c.Problems[0].String(), rules)
		}
	})
}
