package deploy_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/deploy"
	"github.com/telltale-dev/telltale/internal/dashboard"
	"github.com/telltale-dev/telltale/internal/metrics"
)

// everybodys are families that every program in Go, and every Prometheus, exposes.
var everybodys = regexp.MustCompile(`\b(prometheus|process|go|alertmanager)_[a-z]`)

// TestDashboards: what is shipped is understood wholly, and every query is PromQL.
func TestDashboards(t *testing.T) {
	files, err := deploy.Dashboards()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"service", "llm", "agents", "rag", "cost", "slo", "telltale"}
	if len(files) != len(want) {
		t.Errorf("%d dashboards, not %d", len(files), len(want))
	}
	uids := map[string]string{}
	for _, name := range want {
		name += ".json"
		d, problems := dashboard.ParseWith(name, []byte(files[name]), metrics.ParseExpr)
		for _, p := range problems {
			t.Errorf("%s: %s", name, p)
		}
		if d == nil {
			continue
		}
		if uids[d.UID] != "" || !strings.HasPrefix(d.UID, "telltale-") {
			t.Errorf("%s: uid %q, also of %q", name, d.UID, uids[d.UID])
		}
		uids[d.UID] = name
		if len(d.Variables) < 2 || d.Variables[0].Kind != dashboard.VariableDatasource {
			t.Errorf("%s: the first variable is not its data source", name)
		}
		queries := 0
		for p := range d.Panels {
			if p.Title == "" || p.Kind != dashboard.KindText && len(p.Targets) == 0 {
				t.Errorf("%s: panel %d has no title or no query", name, p.ID)
			}
			if p.Kind != dashboard.KindTable && p.Field.Unit == "" && p.Options.YUnit == "" {
				t.Errorf("%s: panel %q has no unit", name, p.Title)
			}
			for _, target := range p.Targets {
				queries++
				if everybodys.MatchString(target.Expr) && !strings.Contains(target.Expr, `job=~"telltale.*"`) {
					t.Errorf("%s: panel %q counts what other programs expose by the same name", name, p.Title)
				}
				if strings.Contains(target.Expr, "rate(") && !strings.Contains(target.Expr, "$__rate_interval") && !strings.Contains(target.Expr, "$__range") {
					t.Errorf("%s: panel %q has a fixed window: a fresh server shows nothing", name, p.Title)
				}
			}
		}
		if queries < 10 {
			t.Errorf("%s: %d queries", name, queries)
		}
	}
}
