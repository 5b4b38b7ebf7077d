package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/internal/config"
)

func TestCheckNamesEveryFileThatIsWrong(t *testing.T) {
	dir := t.TempDir()
	c, _, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Data = filepath.Join(dir, "data")
	c.Metrics.Config, c.Alerting.Alertmanager = filepath.Join(dir, "prometheus.yml"), filepath.Join(dir, "alertmanager.yml")
	c.Alerting.Rules, c.Alerting.SLOs = []string{filepath.Join(dir, "rules.yml")}, filepath.Join(dir, "slos.yml")
	c.Dashboards = filepath.Join(dir, "dashboards")
	if err := os.Mkdir(c.Dashboards, 0o700); err != nil {
		t.Fatal(err)
	}
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	right := map[string]string{
		"prometheus.yml":         "global:\n  scrape_interval: 15s\n",
		"alertmanager.yml":       "route:\n  receiver: none\nreceivers:\n- name: none\n",
		"rules.yml":              "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up == 0\n",
		"slos.yml":               "slos:\n- name: ok\n  service: shop\n  objective: 99\n  window: 30d\n  good: sum(rate(a[$window]))\n  total: sum(rate(b[$window]))\n",
		"dashboards/mine.json":   `{"title": "mine", "panels": [{"title": "a", "type": "graph", "targets": [{"expr": "up"}]}]}`,
		"dashboards/ignored.txt": "no dashboard",
	}
	for name, text := range right {
		put(name, text)
	}
	if _, err := Check(c); err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string]struct{ text, want string }{
		"prometheus.yml":       {"global:\n  scrape_interval: soon\n", "prometheus.yml:2: "},
		"alertmanager.yml":     {"route:\n  receiver: none\n  colour: red\nreceivers:\n- name: none\n", "alertmanager.yml:3: "},
		"rules.yml":            {"groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up ==\n", "rules.yml:5:"},
		"slos.yml":             {strings.Replace(right["slos.yml"], "99", "soon", 1), "slos.yml:4"},
		"dashboards/mine.json": {`{"title": "mine",` + "\n" + `"panels": [{"title": "a", "type": "graph", "targets": [{"expr": "up ("}]}]}`, "mine.json:2:"},
	} {
		put(name, wrong.text)
		if _, err := Check(c); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, filepath.Dir(name))+"/"+wrong.want) {
			t.Errorf("%s: %v", name, err)
		}
		put(name, right[name])
	}
	c.Alerting.Rules = append(c.Alerting.Rules, filepath.Join(dir, "later.yml"), filepath.Join(dir, "none", "*.yml"))
	if warnings, err := Check(c); err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "later.yml") {
		t.Errorf("%q %v", warnings, err)
	}
	c.Alerting.Rules = c.Alerting.Rules[:1]
	put("prometheus.yml", "global:\n  scrape_interval: 15s\n  query_log_file: q.log\n")
	if warnings, err := Check(c); err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "prometheus.yml:3: ") {
		t.Errorf("%q %v", warnings, err)
	}
	if _, err := os.Stat(c.Data); !os.IsNotExist(err) {
		t.Error("a check made the data folder")
	}
}
