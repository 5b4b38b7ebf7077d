package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/dashboard/panel"
)

func withDashboards(t *testing.T) (h http.Handler, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "own")
	return newAPI(t, apitest.Sample(), func(c *api.Config) {
		l, err := apitest.Dashboards(dir)
		if err != nil {
			t.Fatal(err)
		}
		c.Dashboards, c.Panels = l, apitest.Panels()
	}), dir
}

// send is get for other methods.
func send(t *testing.T, h http.Handler, method, target, text string, wantStatus int, body any) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(text)))
	if w.Code != wantStatus {
		t.Fatalf("%s %s: %d %s", method, target, w.Code, w.Body.String())
	}
	if body != nil {
		if err := json.Unmarshal(w.Body.Bytes(), body); err != nil {
			t.Fatalf("%s %s: %v in %s", method, target, err, w.Body.String())
		}
	}
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDashboardLife(t *testing.T) {
	h, dir := withDashboards(t)
	const mine = `{"title": "Mine", "panels": [{"type": "stat", "expr": "up", "blink": 1}]}`
	var saved api.DashboardRecord
	send(t, h, http.MethodPut, "/api/v1/dashboards/mine", mine, http.StatusOK, &saved)
	if saved.UID != "mine" || !saved.Own || saved.Overrides || saved.Panels != 1 || len(saved.Problems) != 1 || compact(t, saved.Raw) != compact(t, []byte(mine)) {
		t.Errorf("%+v", saved)
	}
	send(t, h, http.MethodPut, "/api/v1/dashboards/sample", `{"title": "Replaced", "panels": []}`, http.StatusOK, nil)
	var list api.DashboardList
	get(t, h, "/api/v1/dashboards", http.StatusOK, &list)
	var got []string
	for _, d := range list.Dashboards {
		got = append(got, d.UID+" "+d.Title)
	}
	if diff := cmp.Diff([]string{"mine Mine", "sample Replaced"}, got); diff != "" {
		t.Error(diff)
	}
	var deleted api.DashboardDeleted
	send(t, h, http.MethodDelete, "/api/v1/dashboards/sample", "", http.StatusOK, &deleted)
	if !deleted.Restored {
		t.Error("the shipped one is not there again")
	}
	var record api.DashboardRecord
	get(t, h, "/api/v1/dashboards/sample", http.StatusOK, &record)
	if record.Title != "Sample" || record.Own || record.Dashboard.Sections[0].Panels[0].Field.Unit != "reqps" {
		t.Errorf("%+v", record)
	}
	send(t, h, http.MethodDelete, "/api/v1/dashboards/mine", "", http.StatusOK, &deleted)
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("%v, %v", files, err)
	}
	get(t, h, "/api/v1/dashboards/mine", http.StatusNotFound, nil)
}

func TestDashboardRefusals(t *testing.T) {
	h, dir := withDashboards(t)
	for _, one := range []struct {
		method, target, body string
		status               int
		code                 string
	}{
		{http.MethodDelete, "/api/v1/dashboards/sample", "", http.StatusConflict, "shipped"},
		{http.MethodDelete, "/api/v1/dashboards/none", "", http.StatusNotFound, "not_found"},
		{http.MethodPut, "/api/v1/dashboards/a%2Fb", "{}", http.StatusBadRequest, "bad_parameter"},
		{http.MethodPut, "/api/v1/dashboards/..%2F..%2Fetc", "{}", http.StatusBadRequest, "bad_parameter"},
		{http.MethodPut, "/api/v1/dashboards/own", `{"title": "x", "panels": [{"type": "stat", "expr": "sum((x)"}]}`, http.StatusUnprocessableEntity, "invalid_dashboard"},
		{http.MethodPut, "/api/v1/dashboards/own", `{"title": "x", "uid": "other", "panels": []}`, http.StatusUnprocessableEntity, "invalid_dashboard"},
		{http.MethodPut, "/api/v1/dashboards/own", strings.Repeat("x", 5<<20), http.StatusRequestEntityTooLarge, "too_large"},
		{http.MethodGet, "/api/v1/dashboards/sample/panels/9/query", "", http.StatusNotFound, "not_found"},
		{http.MethodGet, "/api/v1/dashboards/sample/panels/x/query", "", http.StatusBadRequest, "bad_parameter"},
		{http.MethodGet, "/api/v1/dashboards/sample/panels/1/query?from=yesterdayish", "", http.StatusBadRequest, "bad_parameter"},
		{http.MethodGet, "/api/v1/dashboards/sample/panels/1/query?from=now&to=-1h", "", http.StatusBadRequest, "bad_parameter"},
		{http.MethodGet, "/api/v1/dashboards/sample/panels/1/query?variables=x", "", http.StatusBadRequest, "bad_parameter"},
		{http.MethodPost, "/api/v1/dashboards/sample/panels/1/query", `{"form": "-1h"}`, http.StatusBadRequest, "bad_body"},
		{http.MethodPost, "/api/v1/dashboards/none/panels/1/query", `{}`, http.StatusNotFound, "not_found"},
	} {
		var f api.Failure
		send(t, h, one.method, one.target, one.body, one.status, &f)
		if f.Error.Code != one.code || f.Error.Message == "" {
			t.Errorf("%s %s: %+v", one.method, one.target, f.Error)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("something was written: %v", err)
	}
	var check api.DashboardCheck
	send(t, h, http.MethodPost, "/api/v1/dashboards/check", `{"title": "x", "panels": [{"type": "stat", "expr": "sum((x)"}, {"type": "logs"}]}`, http.StatusOK, &check)
	if check.Valid || len(check.Problems) != 2 || check.Dashboard == nil {
		t.Errorf("%+v", check)
	}
}

func TestPanelQuery(t *testing.T) {
	h, _ := withDashboards(t)
	var a panel.Answer
	get(t, h, "/api/v1/dashboards/sample/panels/1/query?from=-10m&max_points=10&exemplars=true&variables="+q(`{"job":["chat-api"]}`), http.StatusOK, &a)
	if len(a.Series) != 2 || a.Series[1].Name != "chat-api" || a.StepMS != 60_000 || len(a.Series[1].Values) != 11 || len(a.Exemplars) != 1 {
		t.Errorf("%+v", a)
	}
	if a.Targets[0].Expr != `calls{job=~"chat-api"}` {
		t.Error(a.Targets[0].Expr)
	}
	a = panel.Answer{}
	send(t, h, http.MethodPost, "/api/v1/dashboards/sample/panels/2/query", `{"from": "now/d", "to": "now", "variables": {"job": ["a", "b"]}}`, http.StatusOK, &a)
	if a.Table == nil || a.Table.Rows != 2 || a.Table.Columns[1].Texts[0] != "chat-api" {
		t.Errorf("%+v", a.Table)
	}
	a = panel.Answer{}
	get(t, h, "/api/v1/dashboards/sample/panels/3/query", http.StatusOK, &a)
	if !strings.Contains(a.Targets[0].Error, "too expensive") {
		t.Errorf("%+v", a)
	}
	var r panel.Resolved
	get(t, h, "/api/v1/dashboards/sample/variables?from=-1h", http.StatusOK, &r)
	if r.Variables[0].Selected[0] != "chat-api" || r.Sections[0].Panels[0].Title != "Calls of chat-api" {
		t.Errorf("%+v", r)
	}
	// What is not saved yet is asked as if it were, also at an address that nothing has.
	draft, err := json.Marshal(`{"title": "Draft", "panels": [{"id": 7, "type": "table", "targets": [{"refId": "A", "expr": "calls", "instant": true}],
		"transformations": [{"id": "organize", "options": {"renameByName": {"job": "Service"}, "excludeByName": {"Time": true}}}]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	a = panel.Answer{}
	send(t, h, http.MethodPost, "/api/v1/dashboards/none/panels/7/query", fmt.Sprintf(`{"from": "-1h", "to": "now", "draft": %s}`, draft), http.StatusOK, &a)
	if a.Table == nil || !slices.ContainsFunc(a.Table.Columns, func(c panel.Column) bool { return c.Name == "Service" }) {
		t.Errorf("%+v", a.Table)
	}
	r = panel.Resolved{}
	send(t, h, http.MethodPost, "/api/v1/dashboards/none/variables", fmt.Sprintf(`{"draft": %s}`, draft), http.StatusOK, &r)
	if len(r.Sections) != 1 || len(r.Sections[0].Panels) != 1 {
		t.Errorf("%+v", r)
	}
	send(t, h, http.MethodPost, "/api/v1/dashboards/sample/panels/1/query", `{"draft": "{"}`, http.StatusUnprocessableEntity, nil)
	none := newAPI(t, apitest.Sample(), func(c *api.Config) { c.Dashboards, c.Panels = nil, nil })
	get(t, none, "/api/v1/dashboards", http.StatusNotImplemented, nil)
}
