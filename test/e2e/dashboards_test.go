//go:build e2e

package e2e

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/dashboard"
	"github.com/telltale-dev/telltale/internal/dashboard/panel"
	"github.com/telltale-dev/telltale/test/harness"
)

// Every query of every dashboard that comes with Telltale finds something in the demo, and none of them is misunderstood.
func TestShippedDashboardsHaveData(t *testing.T) {
	p := harness.Start(t, harness.Options{
		Command: "demo", Args: []string{"--rate", "25", "--seed", "11"}, Env: []string{"TELLTALE_METRICS_INTERVAL=2s"},
	})
	var list api.DashboardList
	p.Get(t, "/api/v1/dashboards", nil, &list)
	if len(list.Dashboards) < 7 {
		t.Fatalf("%d dashboards are shipped, want seven", len(list.Dashboards))
	}
	pending := map[string]string{} // panel → its path
	for _, entry := range list.Dashboards {
		if len(entry.Problems) > 0 {
			t.Errorf("%s: %v", entry.UID, entry.Problems)
		}
		var record api.DashboardRecord
		p.Get(t, "/api/v1/dashboards/"+entry.UID, nil, &record)
		for _, s := range record.Dashboard.Sections {
			for i := range s.Panels {
				if panel := &s.Panels[i]; panel.Kind != dashboard.KindText {
					pending[entry.UID+"/"+panel.Title] = fmt.Sprintf("/api/v1/dashboards/%s/panels/%d/query", entry.UID, panel.ID)
				}
			}
		}
	}
	panels := len(pending)
	harness.Eventually(t, 3*time.Minute, func() string {
		var empty []string
		for name, path := range pending {
			var a panel.Answer
			p.Get(t, path, url.Values{"from": {"-15m"}, "to": {"now"}, "step": {"15s"}}, &a)
			if missing := emptyTargets(&a); len(missing) > 0 {
				empty = append(empty, name+" "+strings.Join(missing, "; "))
			} else {
				delete(pending, name)
			}
		}
		slices.Sort(empty)
		if len(empty) > 0 {
			time.Sleep(time.Second)
		}
		return strings.Join(empty, "\n")
	})
	t.Logf("%d panels of %d dashboards have data", panels, len(list.Dashboards))
}

// emptyTargets are the queries of a panel that found nothing, or failed.
func emptyTargets(a *panel.Answer) (empty []string) {
	if len(a.Targets) == 0 {
		return []string{"has no query"}
	}
	for _, target := range a.Targets {
		found := a.Table != nil && a.Table.Rows > 0 || slices.ContainsFunc(a.Series, func(s panel.Series) bool {
			return s.Target == target.Ref && (s.Value != nil || slices.ContainsFunc(s.Values, func(v *float64) bool { return v != nil }))
		})
		if target.Error != "" || !found {
			empty = append(empty, target.Expr+" "+target.Error)
		}
	}
	return empty
}
