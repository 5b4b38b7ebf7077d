package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/telltale-dev/telltale/internal/dashboard"
	"github.com/telltale-dev/telltale/internal/dashboard/library"
	"github.com/telltale-dev/telltale/internal/dashboard/panel"
	"github.com/telltale-dev/telltale/internal/query"
)

// DashboardLibrary keeps dashboards.
type DashboardLibrary interface {
	List() []library.Item
	Get(uid string) (library.Item, error)
	Save(uid string, text []byte) (library.Item, error)
	Delete(uid string) error
	Check(name string, text []byte) library.Item
}

// PanelSource answers the queries of panels and variables.
type PanelSource interface {
	Query(ctx context.Context, d *dashboard.Dashboard, panel int, r panel.Request) (*panel.Answer, error)
	Resolve(ctx context.Context, d *dashboard.Dashboard, r panel.Request) (*panel.Resolved, error)
}

// DashboardList is all dashboards.
type DashboardList struct {
	Dashboards []DashboardEntry `json:"dashboards" doc:"by title"`
}

// DashboardEntry is a dashboard in a list.
type DashboardEntry struct {
	UID         string              `json:"uid"`
	Title       string              `json:"title"`
	Description string              `json:"description,omitempty"`
	Tags        []string            `json:"tags"`
	Panels      int                 `json:"panels"`
	Own         bool                `json:"own" doc:"of the folder of own dashboards, else shipped"`
	Overrides   bool                `json:"overrides" doc:"it stands before a shipped one, which is there again once this one is deleted"`
	Stale       bool                `json:"stale" doc:"its file is wrong now; this is what it was before"`
	File        string              `json:"file,omitempty" doc:"in the folder"`
	Changed     *time.Time          `json:"changed,omitempty" doc:"of the file"`
	Problems    []dashboard.Problem `json:"problems" doc:"what is wrong, and what is not supported"`
}

// DashboardRecord is a dashboard, whole.
type DashboardRecord struct {
	DashboardEntry
	Dashboard *dashboard.Dashboard `json:"dashboard,omitempty" doc:"what to show; absent where the file was never right"`
	Raw       json.RawMessage      `json:"raw,omitempty" doc:"the JSON of Grafana as it was written"`
}

// DashboardCheck is what a dashboard would be.
type DashboardCheck struct {
	Valid     bool                 `json:"valid" doc:"it could be saved"`
	Problems  []dashboard.Problem  `json:"problems"`
	Dashboard *dashboard.Dashboard `json:"dashboard,omitempty"`
}

// DashboardDeleted says what is left.
type DashboardDeleted struct {
	UID      string `json:"uid"`
	Restored bool   `json:"restored" doc:"the shipped one of this address is there again"`
}

// PanelQuery is what to ask of a panel, or of the variables of a dashboard.
type PanelQuery struct {
	From      string              `json:"from,omitempty" doc:"as the parameter from; default is that of the dashboard"`
	To        string              `json:"to,omitempty"`
	Step      string              `json:"step,omitempty" doc:"distance of points such as 30s; default is chosen by max_points"`
	MaxPoints int                 `json:"max_points,omitempty" doc:"points of a series at most; about as many as the panel is wide in px"`
	Variables map[string][]string `json:"variables,omitempty" doc:"values by name of the variable; $__all is All; others have what the dashboard says"`
	Exemplars bool                `json:"exemplars,omitempty" doc:"traces behind the points as well, where the query wants them"`
	Draft     string              `json:"draft,omitempty" doc:"JSON of a dashboard that is not saved: it is asked in place of that of the path"`
}

var (
	pDashboard = param{name: "uid", in: inPath, doc: "address of the dashboard"}
	pPanel     = param{name: "panel", in: inPath, kind: "integer", doc: "id of the panel"}
	pStart     = param{name: "from", doc: "beginning of the time range: now-1h, -1h, RFC 3339 or Unix time; default is that of the dashboard", example: "now-1h"}
	pEnd       = param{name: "to", doc: "end of the time range; written as from", example: "now"}
	pStep      = param{name: "step", doc: "distance of points; default is chosen by max_points", example: "30s"}
	pPoints    = param{name: "max_points", kind: "integer", doc: "points of a series at most", fallback: "that of the panel, else 600"}
	pVariables = param{name: "variables", doc: "values by name of the variable, as a JSON object of lists", example: `{"model":["gpt-4o"]}`}
	pExemplars = param{name: "exemplars", kind: "boolean", doc: "traces behind the points as well", fallback: "false"}
)

const dashboardJSON contentType = "application/json"

var dashboardRoutes = []route{
	{
		path: "/api/v1/dashboards", id: "listDashboards", result: DashboardList{}, answer: (*API).dashboards, etag: true,
		summary: "Dashboards, shipped and own, with what is wrong with them",
	},
	{
		path: "/api/v1/dashboards/{uid}", id: "getDashboard", result: DashboardRecord{}, answer: (*API).dashboard, etag: true,
		summary: "A dashboard: what to show, and the JSON it is made of", params: []param{pDashboard},
	},
	{
		method: http.MethodPut, path: "/api/v1/dashboards/{uid}", id: "saveDashboard", body: dashboardJSON, result: DashboardRecord{}, answer: (*API).saveDashboard,
		summary: "Save a dashboard of Grafana's JSON as an own one; one of a shipped address stands before it", params: []param{pDashboard},
	},
	{
		method: http.MethodDelete, path: "/api/v1/dashboards/{uid}", id: "deleteDashboard", result: DashboardDeleted{}, answer: (*API).deleteDashboard,
		summary: "Delete an own dashboard; a shipped one that it stood before is there again", params: []param{pDashboard},
	},
	{
		method: http.MethodPost, path: "/api/v1/dashboards/check", id: "checkDashboard", body: dashboardJSON, result: DashboardCheck{}, answer: (*API).checkDashboard,
		summary: "What a dashboard would look like, and what is wrong with it; nothing is saved",
	},
	{
		path: "/api/v1/dashboards/{uid}/panels/{panel}/query", id: "getPanel", result: panel.Answer{}, answer: (*API).panelQuery,
		summary: "The queries of a panel, variables filled in", params: []param{pDashboard, pPanel, pStart, pEnd, pStep, pPoints, pVariables, pExemplars},
	},
	{
		method: http.MethodPost, path: "/api/v1/dashboards/{uid}/panels/{panel}/query", id: "queryPanel", body: PanelQuery{}, result: panel.Answer{}, answer: (*API).panelQuery,
		summary: "The same, for many or long values of variables", params: []param{pDashboard, pPanel},
	},
	{
		path: "/api/v1/dashboards/{uid}/variables", id: "getVariables", result: panel.Resolved{}, answer: (*API).variables,
		summary: "What the variables of a dashboard can be and are, and its sections with copies of what repeats for them",
		params:  []param{pDashboard, pStart, pEnd, pVariables},
	},
	{
		method: http.MethodPost, path: "/api/v1/dashboards/{uid}/variables", id: "resolveVariables", body: PanelQuery{}, result: panel.Resolved{}, answer: (*API).variables,
		summary: "The same, for many or long values of variables", params: []param{pDashboard},
	},
}

func entryOf(item *library.Item) DashboardEntry {
	e := DashboardEntry{
		UID: item.UID, Title: item.Title(), Tags: []string{}, Own: item.Own, Overrides: item.Overrides, Stale: item.Stale, File: item.File, Problems: item.Problems,
	}
	if d := item.Dashboard; d != nil {
		e.Description, e.Tags = d.Description, d.Tags
		for range d.Panels {
			e.Panels++
		}
	}
	if !item.Changed.IsZero() {
		changed := item.Changed.UTC()
		e.Changed = &changed
	}
	if e.Problems == nil {
		e.Problems = []dashboard.Problem{}
	}
	return e
}

func recordOf(item *library.Item) DashboardRecord {
	r := DashboardRecord{DashboardEntry: entryOf(item), Dashboard: item.Dashboard}
	if text := bytes.TrimPrefix(item.Text, []byte("\ufeff")); json.Valid(text) {
		r.Raw = text
	}
	return r
}

// dashboardLibrary fails where there is none.
func (a *API) dashboardLibrary() (DashboardLibrary, error) {
	if a.config.Dashboards == nil {
		return nil, &fault{status: http.StatusNotImplemented, code: "unsupported", message: "this server has no dashboards"}
	}
	return a.config.Dashboards, nil
}

func (a *API) dashboards(context.Context, *params) (any, error) {
	l, err := a.dashboardLibrary()
	if err != nil {
		return nil, err
	}
	out := DashboardList{Dashboards: []DashboardEntry{}}
	for _, item := range l.List() {
		out.Dashboards = append(out.Dashboards, entryOf(&item))
	}
	return out, nil
}

// item finds the dashboard that a path names.
func (a *API) item(p *params) (library.Item, error) {
	l, err := a.dashboardLibrary()
	if err != nil {
		return library.Item{}, err
	}
	item, err := l.Get(p.path("uid"))
	if err != nil {
		return item, dashboardFault(err)
	}
	return item, nil
}

func (a *API) dashboard(_ context.Context, p *params) (any, error) {
	item, err := a.item(p)
	if err != nil {
		return nil, err
	}
	return recordOf(&item), nil
}

func (a *API) saveDashboard(_ context.Context, p *params) (any, error) {
	l, err := a.dashboardLibrary()
	if err != nil {
		return nil, err
	}
	item, err := l.Save(p.path("uid"), p.body)
	if err != nil {
		return nil, dashboardFault(err)
	}
	return recordOf(&item), nil
}

func (a *API) deleteDashboard(_ context.Context, p *params) (any, error) {
	l, err := a.dashboardLibrary()
	if err != nil {
		return nil, err
	}
	uid := p.path("uid")
	if err := l.Delete(uid); err != nil {
		return nil, dashboardFault(err)
	}
	_, err = l.Get(uid)
	return DashboardDeleted{UID: uid, Restored: err == nil}, nil
}

func (a *API) checkDashboard(_ context.Context, p *params) (any, error) {
	l, err := a.dashboardLibrary()
	if err != nil {
		return nil, err
	}
	item := l.Check("dashboard.json", p.body)
	out := DashboardCheck{Valid: item.Dashboard != nil && !dashboard.Failed(item.Problems), Problems: item.Problems, Dashboard: item.Dashboard}
	if out.Problems == nil {
		out.Problems = []dashboard.Problem{}
	}
	return out, nil
}

// dashboardFault says what went wrong with a dashboard.
func dashboardFault(err error) error {
	invalid := new(library.InvalidError)
	switch {
	case errors.Is(err, library.ErrNotFound):
		return &fault{status: http.StatusNotFound, code: "not_found", message: err.Error(), hint: "/api/v1/dashboards lists all"}
	case errors.Is(err, library.ErrShipped):
		return &fault{status: http.StatusConflict, code: "shipped", message: err.Error(), hint: "save your own under the same address to replace it"}
	case errors.Is(err, library.ErrUID):
		return badParam("uid", "is no address of a dashboard", "up to 64 letters, digits, - and _")
	case errors.Is(err, library.ErrNoFolder):
		return &fault{status: http.StatusNotImplemented, code: "unsupported", message: err.Error(), hint: "set the key dashboards"}
	case errors.Is(err, library.ErrConflict):
		return &fault{status: http.StatusConflict, code: "conflict", message: err.Error(), hint: "rename the file in the folder"}
	case errors.As(err, &invalid):
		return &fault{
			status: http.StatusUnprocessableEntity, code: "invalid_dashboard", message: "the dashboard is not saved: " + shortenTo(invalid.Error(), 300),
			hint: fmt.Sprintf("POST /api/v1/dashboards/check tells all of %d problems", len(invalid.Problems)),
		}
	}
	return err
}

func shortenTo(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// shown finds the dashboard to show, and what to ask of it.
func (a *API) shown(p *params) (*dashboard.Dashboard, panel.Request, error) {
	q, err := p.panelQuery()
	if err != nil {
		return nil, panel.Request{}, err
	}
	item, err := a.asked(p, q.Draft)
	if err != nil {
		return nil, panel.Request{}, err
	}
	if q.From == "" {
		q.From = item.Dashboard.From
	}
	if q.To == "" {
		q.To = item.Dashboard.To
	}
	r := panel.Request{MaxPoints: q.MaxPoints, Variables: q.Variables, Exemplars: q.Exemplars}
	for _, end := range []struct {
		name, text string
		to         *time.Time
	}{{"from", q.From, &r.From}, {"to", q.To, &r.To}} {
		if t, ok := dashboard.RelativeTime(end.text, p.now, end.name == "to"); ok {
			*end.to = t
			continue
		}
		if *end.to, err = query.ParseTime(end.text, p.now); err != nil {
			return nil, r, &fault{status: http.StatusBadRequest, code: codeParameter, message: err.Error(), parameter: end.name}
		}
	}
	if q.Step != "" {
		if r.Step, err = dashboard.ParseDuration(q.Step); err != nil {
			return nil, r, badParam("step", "is no duration", "such as 30s")
		}
	}
	return item.Dashboard, r, nil
}

// asked is the draft of a dashboard where there is one, else the dashboard that the path names.
func (a *API) asked(p *params, draft string) (library.Item, error) {
	var item library.Item
	l, err := a.dashboardLibrary()
	hint := "POST /api/v1/dashboards/check tells its problems"
	switch {
	case err != nil:
		return item, err
	case draft != "":
		item = l.Check("draft.json", []byte(draft))
	default:
		if item, err = a.item(p); err != nil {
			return item, err
		}
		hint = "its problems are in /api/v1/dashboards/" + item.UID
	}
	if item.Dashboard == nil || a.config.Panels == nil {
		return item, &fault{status: http.StatusUnprocessableEntity, code: "invalid_dashboard", message: "the dashboard is wrong", hint: hint}
	}
	return item, nil
}

// panelQuery reads the body, or the parameters where there is none.
func (p *params) panelQuery() (PanelQuery, error) {
	var q PanelQuery
	if p.route.body != nil {
		err := p.decode(&q)
		return q, err
	}
	q.From, q.To = p.string("from"), p.string("to")
	known := func(name string) bool {
		return slices.ContainsFunc(p.route.params, func(x param) bool { return x.name == name })
	}
	q.Step = p.string("step")
	if text := p.string("max_points"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return q, badParam("max_points", "is no number above 0", "")
		}
		q.MaxPoints = n
	}
	if known("exemplars") {
		var err error
		if q.Exemplars, err = p.flag("exemplars"); err != nil {
			return q, err
		}
	}
	if text := p.string("variables"); text != "" {
		if err := json.Unmarshal([]byte(text), &q.Variables); err != nil {
			return q, badParam("variables", "is no JSON object of lists of texts", `{"model":["gpt-4o"]}`)
		}
	}
	return q, nil
}

func (a *API) panelQuery(ctx context.Context, p *params) (any, error) {
	d, request, err := a.shown(p)
	if err != nil {
		return nil, err
	}
	id, err := strconv.Atoi(p.path("panel"))
	if err != nil {
		return nil, badParam("panel", "is no number", "the id of a panel")
	}
	answer, err := a.config.Panels.Query(ctx, d, id, request)
	return answer, panelFault(err)
}

func (a *API) variables(ctx context.Context, p *params) (any, error) {
	d, request, err := a.shown(p)
	if err != nil {
		return nil, err
	}
	resolved, err := a.config.Panels.Resolve(ctx, d, request)
	return resolved, panelFault(err)
}

func panelFault(err error) error {
	bad := new(panel.BadRequest)
	switch {
	case errors.Is(err, panel.ErrNoPanel):
		return &fault{status: http.StatusNotFound, code: "not_found", message: err.Error(), hint: "the dashboard lists its panels with their ids"}
	case errors.As(err, &bad):
		return &fault{status: http.StatusBadRequest, code: codeParameter, message: bad.Message}
	}
	return err
}
