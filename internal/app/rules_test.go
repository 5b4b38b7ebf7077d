package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/config"
)

const failingSLO = `slos:
  - {name: answers, service: shop, objective: 99, window: 30d, good: 'sum(rate(requests_total{status="200"}[$window]))', total: 'sum(rate(requests_total[$window]))'}
`

// One of ten requests fails where one of a hundred may: the budget is spent ten times too fast. A file that is wrong leaves the
// objectives before in force, and says what is wrong.
func TestObjectivesAndRules(t *testing.T) {
	dir, began := t.TempDir(), time.Now()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := int(time.Since(began).Seconds() * 10)
		_, _ = fmt.Fprintf(w, "requests_total{status=\"200\"} %d\nrequests_total{status=\"500\"} %d\n", 9*n, n)
	}))
	defer target.Close()
	slos := write("slos.yml", failingSLO)
	s := start(t, func(c *config.Config) {
		c.Alerting.SLOs, c.Alerting.Rules = slos, []string{filepath.Join(dir, "rules", "*.yml")}
		c.Metrics.Interval = time.Second
		c.Metrics.Config = write("prometheus.yml", "global: {scrape_interval: 1s, evaluation_interval: 1s}\nscrape_configs:\n- job_name: shop\n  static_configs: [{targets: ['"+strings.TrimPrefix(target.URL, "http://")+"']}]\n")
	})
	read := func(path string, into any) {
		t.Helper()
		a := s.get(t, path)
		if err := json.Unmarshal([]byte(a.body), into); err != nil || a.code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, a.code, a.body)
		}
	}
	var list api.ObjectiveList
	s.until(t, "the burn rate", func() bool {
		list = api.ObjectiveList{}
		read("/api/v1/slos", &list)
		return len(list.Objectives) == 1 && len(list.Objectives[0].Burn) == 7
	})
	o := list.Objectives[0]
	if o.Percent != 99 || o.WindowNS != int64(30*24*time.Hour) || list.Error != "" || o.Burn[0].Window != "1h" {
		t.Errorf("%+v", list)
	}
	for _, b := range o.Burn {
		if b.Rate < 9.9 || b.Rate > 10.1 {
			t.Errorf("burn rate over %s is %g", b.Window, b.Rate)
		}
	}
	var rules api.RuleList
	read("/api/v1/rules", &rules)
	files := map[string]bool{}
	for _, g := range rules.Groups {
		files[g.File] = true
	}
	if !files["telltale/alerts.yml"] || !files["telltale/aliases.yml"] || !files["slos/"+slos] {
		t.Errorf("files %v", files)
	}

	write("slos.yml", strings.Replace(failingSLO, "99", "101", 1))
	s.Reload()
	s.until(t, "the mistake", func() bool {
		list = api.ObjectiveList{}
		read("/api/v1/slos", &list)
		return strings.Contains(list.Error, slos+`:2:47: objective "101" should be`)
	})
	if len(list.Objectives) != 1 || list.Objectives[0].Percent != 99 {
		t.Errorf("%+v", list)
	}
	// The status says what is wrong, and no longer once it is right.
	if err := os.Mkdir(filepath.Join(dir, "rules"), 0o700); err != nil {
		t.Fatal(err)
	}
	own := write("rules/own.yml", "groups:\n- name: g\n  rules:\n  - {alert: Up, expr: 'up =='}\n")
	problems := func() string {
		var status struct{ Problems []string }
		read("/api/v1/status", &status)
		return strings.Join(status.Problems, "\n")
	}
	s.Reload()
	s.until(t, "both mistakes in the status", func() bool {
		got := problems()
		return strings.Contains(got, "the file of objectives is wrong") && strings.Contains(got, own+`:4:`)
	})
	write("slos.yml", failingSLO)
	write("rules/own.yml", "groups: []\n")
	s.Reload()
	s.until(t, "nothing wrong in the status", func() bool { return problems() == "" })
}

// What is wrong with a rule is told with its place, and a replay says what would have fired.
func TestRulesAreCheckedAndReplayed(t *testing.T) {
	s := start(t, func(c *config.Config) { c.Metrics.Interval = time.Second })
	const file = "groups:\n- name: g\n  rules:\n  - {alert: Up, expr: telltale_ready > 0, labels: {severity: x}, annotations: {summary: x}}\n"
	var check api.RuleCheck
	a := s.do(t, http.MethodPost, "/api/v1/rules/check", strings.Replace(file, "> 0", "> ", 1))
	if err := json.Unmarshal([]byte(a.body), &check); err != nil || check.OK || len(check.Problems) != 1 || check.Problems[0].Line != 4 || check.Problems[0].Column < 23 {
		t.Errorf("%d %s", a.code, a.body)
	}
	a = s.do(t, http.MethodPost, "/api/v1/rules/check", strings.Replace(file, "telltale_ready", "telltale_raedy_bytes", 1))
	if err := json.Unmarshal([]byte(a.body), &check); err != nil || !check.OK || check.Alerts != 1 {
		t.Errorf("%d %s", a.code, a.body)
	}
	s.until(t, "the replay", func() bool {
		a = s.do(t, http.MethodPost, "/api/v1/rules/replay?from=-1m&step=1s", file)
		return strings.Contains(a.body, "event: replay\n") && strings.Contains(a.body, `"fired":1`)
	})
	for query, want := range map[string]string{
		"?from=-1m&step=1s&name=mine.yml": "mine.yml:4:", "?from=-10d&step=1s": `"too_expensive"`,
	} {
		text := file
		if strings.Contains(query, "mine") {
			text = strings.Replace(file, "> 0", "> ", 1)
		}
		if a := s.do(t, http.MethodPost, "/api/v1/rules/replay"+query, text); a.code/100 != 4 || !strings.Contains(a.body, want) {
			t.Errorf("%s: %d %s", query, a.code, a.body)
		}
	}
}

// Readers of YAML tell each mistake on a line of its own.
func TestProblemsAreOneLine(t *testing.T) {
	got := oneLine("prometheus.yml:11: field job_name not found\n  line 12: field role not found")
	if want := "prometheus.yml:11: field job_name not found; line 12: field role not found"; got != want {
		t.Errorf("got %q", got)
	}
}
