package metrics

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

func TestCheckRules(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"right", "groups:\n- name: g\n  rules:\n  - record: a\n    expr: sum(b)\n", ""},
		{"no expression", "groups:\n- name: g\n  rules:\n  - record: a\n", `r.yml:4:5: group "g", rule "a": field 'expr' must be set in rule`},
		{"unknown key", "groups:\n- name: g\n  rules:\n  - record: a\n    exprr: b\n", `r.yml:5: there is no key "exprr" here (did you mean expr?)`},
		{"PromQL in one line", "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: sum(up) b\n", `r.yml:5:19: group "g", rule "A": unexpected identifier "b"`},
		{"quoted", "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: 'sum(up) b'\n", `r.yml:5:20: group "g", rule "A": unexpected identifier "b"`},
		{"literal", "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: |\n      sum(up)\n        b\n", `r.yml:7:9: group "g", rule "A": unexpected identifier "b"`},
		{"folded", "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: >-\n      sum(up)\n      b\n", `r.yml:7:7: group "g", rule "A": unexpected identifier "b"`},
		{"no duration", "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n    for: soon\n", `r.yml:6:10: not a valid duration string: "soon"`},
		{"no YAML", "groups: [", `r.yml:1: did not find expected node content`},
		{"twice", "groups:\n- name: g\n- name: g\n", `r.yml:3:3: groupname: "g" is repeated in the same file`},
		{"a template", "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n    annotations: {summary: '{{ $x }}'}\n", `r.yml:6:28: group "g", rule "A": annotation summary: undefined variable "$x" (there are $labels`},
		{"a function of templates", "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up\n    labels:\n      a: '{{ 1 | humanise }}'\n", `r.yml:7:10: group "g", rule "A": label a: function "humanise" not defined (did you mean humanize?)`},
		{"no range", "groups:\n- name: g\n  rules:\n  - record: a\n    expr: rate(b)\n", `r.yml:5:16: group "g", rule "a": expected type range vector in call to function "rate", got instant vector (put a range behind the metric`},
		{"for of a recording", "groups:\n- name: g\n  rules:\n  - record: a\n    expr: up\n    for: 5m\n", `r.yml:4:5: group "g", rule "a": invalid field 'for' in recording rule`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := CheckRules("r.yml", []byte(c.text))
			if got.Wrong() != (c.want != "") {
				t.Fatalf("problems %v", got.Problems)
			}
			if c.want != "" && !strings.Contains(got.Problems[0].String(), c.want) {
				t.Errorf("got  %s\nwant %s", got.Problems[0].String(), c.want)
			}
		})
	}
}

func TestCheckRulesWarns(t *testing.T) {
	text := `groups:
- name: g
  rules:
  - record: own:calls
    expr: sum by (job) (rate(llm_call_total[5m]))
  - alert: A
    expr: sum by (job) (rate(own:calls[5m])) > 1 and sum(up)
    labels: {severity: warning}
    annotations: {summary: "{{ $labels.job }} {{ $labels.model }}"}
  - alert: B
    expr: histogram_quantile(0.9, sum by (le, path) (rate(http_request_duration_seconds_bucket[5m]))) > 1
    labels: {team: "{{ $labels.le }}"}
  - record: own:calls
    expr: up
`
	c := CheckRules("r.yml", []byte(text))
	var got []string
	for i := range c.Problems {
		if !c.Problems[i].Warning {
			t.Errorf("no warning: %s", c.Problems[i].String())
		}
		got = append(got, c.Problems[i].String())
	}
	want := []string{
		`r.yml:5:30: group "g", rule "own:calls": no metric llm_call_total is known (did you mean llm_calls_total?)`,
		`r.yml:6:5: group "g", rule "A": $labels.model is always empty: the expression does not keep that label (it keeps job)`,
		`r.yml:10:5: group "g", rule "B": the alert has no label severity (critical pages, warning does not)`,
		`r.yml:10:5: group "g", rule "B": the alert has no annotation summary (it is what people read first)`,
		`r.yml:10:5: group "g", rule "B": $labels.le is always empty: the expression does not keep that label (it keeps path)`,
		`r.yml:13:5: group "g", rule "own:calls": another rule has the same name and labels (their samples would be mixed up; give one a label)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c.Alerts != 2 || c.Recordings != 2 || c.Groups != 1 {
		t.Errorf("counted %+v", c)
	}
}

func FuzzCheckRules(f *testing.F) {
	f.Add("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: |\n      sum(up)\n        b\n    for: 5m\n")
	f.Add("groups: [{name: g, rules: [{record: a, expr: 'x[', labels: {a: b}}]}]")
	f.Fuzz(func(t *testing.T, text string) {
		c := CheckRules("r.yml", []byte(text))
		for i := range c.Problems {
			if p := &c.Problems[i]; p.Message == "" || p.Line < 0 || p.Line > strings.Count(text, "\n")+2 {
				t.Errorf("%+v", p)
			}
		}
	})
}

// The rules that are shipped are right, warn of nothing, and do what their tests say.
func TestShippedRules(t *testing.T) {
	files, err := filepath.Glob("../../deploy/prometheus/rules/*.yml")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := CheckRules(filepath.Base(file), text)
		for i := range c.Problems {
			t.Error(c.Problems[i].String())
		}
	}
	tests, err := filepath.Glob("../../deploy/prometheus/tests/*.yml")
	if err != nil || len(tests) == 0 {
		t.Fatal(tests, err)
	}
	for _, file := range tests {
		report, err := UnitTest(t.Context(), file)
		if err != nil {
			t.Error(err)
		}
		for _, f := range append(report.Failures, report.Warnings...) {
			t.Error(f)
		}
	}
}

// Each shipped alert has what people need, and a section in the runbooks.
func TestShippedAlertsHelp(t *testing.T) {
	text, err := os.ReadFile("../../deploy/prometheus/rules/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	runbooks, err := os.ReadFile("../../docs/guide/runbooks.md")
	if err != nil {
		t.Fatal(err)
	}
	groups, problems := parseRules("alerts.yml", text, parser.NewParser(parser.Options{}), model.UTF8Validation)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	tests := ""
	files, err := filepath.Glob("../../deploy/prometheus/tests/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tests += string(text)
	}
	names := []string{"SLOBurnFast", "SLOBurnSlow"}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			names = append(names, r.Alert)
			if !strings.Contains(tests, r.Alert) {
				t.Errorf("no unit test says when %s fires", r.Alert)
			}
			for _, name := range []string{"summary", "description", "runbook_url", "link"} {
				if r.Annotations[name] == "" {
					t.Errorf("%s has no %s", r.Alert, name)
				}
			}
			if !strings.HasSuffix(r.Annotations["runbook_url"], "runbooks.md#"+strings.ToLower(r.Alert)) || !strings.HasPrefix(r.Annotations["link"], "{{ $externalURL }}/") {
				t.Errorf("%s leads to %s and %s", r.Alert, r.Annotations["runbook_url"], r.Annotations["link"])
			}
		}
	}
	for _, name := range names {
		if !strings.Contains(string(runbooks), "\n## "+name+"\n") {
			t.Errorf("there is no runbook of %s", name)
		}
	}
}
