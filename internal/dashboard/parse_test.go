package dashboard_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

func ptr[T any](v T) *T { return &v }

func parse(t *testing.T, text string) (*dashboard.Dashboard, []string) {
	t.Helper()
	d, problems := dashboard.Parse("file.json", []byte(text))
	if d == nil {
		t.Fatalf("no dashboard: %v", problems)
	}
	var out []string
	for _, p := range problems {
		out = append(out, p.String())
	}
	return d, out
}

// oldForm is what guides write: a title and a list of panels.
const oldForm = `{
  "title": "AI API Monitoring",
  "panels": [
    {"title": "Calls", "type": "graph", "targets": [{"expr": "rate(llm_api_calls_total[5m])", "legendFormat": "{{model}} - {{status}}"}]},
    {"title": "p95", "type": "graph", "expr": "histogram_quantile(0.95, rate(llm_response_duration_seconds_bucket[5m]))", "legendFormat": "p95", "yaxes": [{"format": "s", "min": 0}, {"format": "short"}]},
    {"title": "Cost", "type": "singlestat", "format": "currencyUSD", "valueName": "current", "thresholds": "10,50", "colorValue": true, "targets": [{"expr": "sum(increase(ai_estimated_cost_usd_total[24h]))"}]},
    {"title": "Errors", "type": "stat", "expr": "sum(rate(x[5m]))", "thresholds": {"steps": [{"value": 0, "color": "green"}, {"value": 0.05, "color": "red"}]}},
    {"title": "Hit rate", "type": "gauge", "expr": "0.5", "unit": "percentunit", "min": 0, "max": 1, "thresholds": [{"value": 0.7, "color": "yellow"}, {"value": 0.9}]},
    {"title": "Top", "type": "table", "targets": [{"expr": "topk(5, x)", "format": "table"}]},
    {"title": "Spread", "type": "heatmap", "targets": [{"expr": "sum by (le) (rate(x_bucket[5m]))", "legendFormat": "{{le}}"}]}
  ]
}`

func TestOldForm(t *testing.T) {
	d, problems := parse(t, oldForm)
	if len(problems) != 0 {
		t.Fatalf("problems: %v", problems)
	}
	if d.UID != "file" || d.Title != "AI API Monitoring" || d.From != "now-1h" || len(d.Sections) != 1 {
		t.Fatalf("%+v", d)
	}
	var kinds []string
	grids := map[string]dashboard.Grid{}
	for p := range d.Panels {
		kinds = append(kinds, p.Kind)
		grids[p.Title] = p.Grid
	}
	if diff := cmp.Diff([]string{"timeseries", "timeseries", "stat", "stat", "gauge", "table", "heatmap"}, kinds); diff != "" {
		t.Error(diff)
	}
	want := map[string]dashboard.Grid{
		"Calls": {X: 0, Y: 0, W: 12, H: 8}, "p95": {X: 12, Y: 0, W: 12, H: 8}, "Cost": {X: 0, Y: 8, W: 6, H: 4}, "Errors": {X: 6, Y: 8, W: 6, H: 4},
		"Hit rate": {X: 12, Y: 8, W: 6, H: 4}, "Top": {X: 0, Y: 12, W: 24, H: 8}, "Spread": {X: 0, Y: 20, W: 24, H: 8},
	}
	if diff := cmp.Diff(want, grids); diff != "" {
		t.Error(diff)
	}
	byTitle := func(title string) dashboard.Panel {
		for p := range d.Panels {
			if p.Title == title {
				return *p
			}
		}
		t.Fatalf("no panel %s", title)
		return dashboard.Panel{}
	}
	p95 := byTitle("p95")
	if diff := cmp.Diff([]dashboard.Target{{Ref: "A", Expr: "histogram_quantile(0.95, rate(llm_response_duration_seconds_bucket[5m]))", Legend: "p95", Format: "time_series"}}, p95.Targets); diff != "" {
		t.Error(diff)
	}
	if p95.Field.Unit != "s" || p95.Field.Min == nil || *p95.Field.Min != 0 {
		t.Errorf("field of p95: %+v", p95.Field)
	}
	steps := func(title string) []dashboard.ThresholdStep { return byTitle(title).Field.Thresholds.Steps }
	if diff := cmp.Diff([]dashboard.ThresholdStep{{nil, "green"}, {ptr(10.0), "orange"}, {ptr(50.0), "red"}}, steps("Cost")); diff != "" {
		t.Error("Cost", diff)
	}
	if diff := cmp.Diff([]dashboard.ThresholdStep{{nil, "green"}, {ptr(0.05), "red"}}, steps("Errors")); diff != "" {
		t.Error("Errors", diff)
	}
	if diff := cmp.Diff([]dashboard.ThresholdStep{{nil, "green"}, {ptr(0.7), "yellow"}, {ptr(0.9), "red"}}, steps("Hit rate")); diff != "" {
		t.Error("Hit rate", diff)
	}
	if cost := byTitle("Cost"); cost.Field.Unit != "currencyUSD" || cost.Options.Calc != "lastNotNull" || cost.Options.Color != "value" {
		t.Errorf("Cost: %+v %+v", cost.Field, cost.Options)
	}
	if top := byTitle("Top").Targets[0]; !top.Instant || top.Format != "table" {
		t.Errorf("Top: %+v", top)
	}
	if spread := byTitle("Spread").Targets[0]; spread.Format != "heatmap" {
		t.Errorf("Spread: %+v", spread)
	}
}

func TestOldRows(t *testing.T) {
	d, problems := parse(t, `{"dashboard": {"title": "Rows", "uid": "rows-1", "rows": [
		{"title": "First", "height": "300px", "panels": [
			{"id": 4, "type": "graph", "span": 6, "title": "a", "targets": [{"expr": "up", "refId": "A"}], "bars": true, "lines": false, "stack": true, "legend": {"show": true, "avg": true, "alignAsTable": true}},
			{"id": 4, "type": "graph", "span": 6, "title": "b", "targets": [{"expr": "up"}], "seriesOverrides": [{"alias": "/err/", "color": "#ff0000", "yaxis": 2}]},
			{"type": "text", "title": "c", "span": 12, "mode": "html", "content": "<b>hello</b>"}]},
		{"title": "Second", "collapse": true, "repeat": "host", "panels": [{"type": "graph", "expr": "x{host=\"$host\"}", "title": "$host"}]}
	], "templating": {"list": [{"name": "host", "type": "custom", "query": "a,b : c", "multi": true}]}}, "overwrite": true}`)
	if diff := cmp.Diff([]string{`4:53: unsupported: dashboard.rows[0].panels[2].mode: HTML is not rendered: it is shown as it is written (markdown)`}, problems,
		cmpopts.AcyclicTransformer("place", func(s string) string { _, after, _ := strings.Cut(s, ": "); return after })); diff != "" {
		t.Error(diff)
	}
	if d.UID != "rows-1" || len(d.Sections) != 2 || !d.Sections[1].Collapsed || d.Sections[1].Repeat != "host" {
		t.Fatalf("%+v", d.Sections)
	}
	first := d.Sections[0].Panels
	if diff := cmp.Diff([]dashboard.Grid{{0, 0, 12, 10}, {12, 0, 12, 10}, {0, 10, 24, 10}}, []dashboard.Grid{first[0].Grid, first[1].Grid, first[2].Grid}); diff != "" {
		t.Error(diff)
	}
	if first[0].ID == first[1].ID || first[0].Field.Draw != "bars" || first[0].Field.Stack != "normal" || first[0].Options.Legend != "table" ||
		!cmp.Equal(first[0].Options.LegendCalcs, []string{"mean"}) {
		t.Errorf("%+v", first[0])
	}
	if o := first[1].Overrides; len(o) != 1 || o[0].By != "regexp" || o[0].Field.Axis != "right" || o[0].Field.Color.Fixed != "#ff0000" {
		t.Errorf("%+v", o)
	}
}

func TestToday(t *testing.T) {
	text, err := os.ReadFile("testdata/today.json")
	if err != nil {
		t.Fatal(err)
	}
	d, problems := parse(t, string(text))
	if len(problems) != 0 {
		t.Fatalf("problems: %s", strings.Join(problems, "\n"))
	}
	want := &dashboard.Dashboard{}
	golden(t, "testdata/today.golden.json", d, want)
}

// TestNamed: what is not understood is told with its place, and what would be right.
func TestNamed(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no JSON":          {`{"title": "x", }`, "1:16: error: it is no JSON: invalid character '}' looking for beginning of object key string"},
		"cut":              {`{"title": "x"`, "1:13: error: it is no JSON: unexpected end of JSON input"},
		"a list":           {`[]`, "1:1: error: it is a list (an object)"},
		"null":             {`null`, "1:1: error: it is null (a dashboard)"},
		"something else":   {`{"a": 1}`, `1:1: error: this is no dashboard: it has neither title nor panels ({"title": …, "panels": […]})`},
		"schema 2":         {`{"apiVersion": "dashboard.grafana.app/v2", "spec": {"title": "x", "elements": {}}}`, "1:79: error: spec.elements: this is schema 2 of dashboards, which is not supported (export it as classic JSON (V1))"},
		"no title":         {`{"panels": []}`, "1:1: error: title: the dashboard has no title"},
		"bad uid":          {`{"title": "x", "uid": "../x"}`, `1:23: error: uid: it is "../x" (up to 64 letters, digits, - and _)`},
		"kind of panel":    {`{"title": "x", "panels": [{"type": "nodeGraph"}]}`, `1:36: unsupported: panels[0].type: panels of type "nodeGraph" are not supported; its place stays empty (timeseries, stat, gauge, bargauge, table, heatmap, text or row)`},
		"no kind":          {`{"title": "x", "panels": [{"title": "y"}]}`, "1:27: error: panels[0].type: the panel has no type (timeseries, stat, gauge, bargauge, table, heatmap, text or row)"},
		"unknown key":      {`{"title": "x", "panels": [{"type": "stat", "expr": "1", "blink": 3}]}`, "1:57: unsupported: panels[0].blink: it is not known"},
		"time shift":       {`{"title": "x", "panels": [{"type": "stat", "expr": "1", "timeShift": "1d"}]}`, "1:70: unsupported: panels[0].timeShift: it is not supported (\"\")"},
		"empty query":      {`{"title": "x", "panels": [{"type": "stat", "targets": [{"refId": "A"}]}]}`, "1:56: error: panels[0].targets[0].expr: the query is empty (PromQL)"},
		"unknown variable": {"{\"title\": \"x\",\n \"panels\": [{\"type\": \"stat\", \"expr\": \"up{job=~\\\"$jop\\\"}\"}],\n \"templating\": {\"list\": [{\"name\": \"job\", \"type\": \"constant\", \"query\": \"a\"}]}}", "2:38: error: panels[0].expr: there is no variable jop (did you mean $job?)"},
		"unknown format":   {`{"title": "x", "panels": [{"type": "stat", "expr": "${a:lucene}"}], "templating": {"list": [{"name": "a", "type": "constant", "query": "a"}]}}`, "1:52: error: panels[0].expr: the format of ${a:lucene} is not known (one of raw, regex, pipe, csv, json, glob, distributed, percentencode, queryparam, singlequote, doublequote, sqlstring, text, date)"},
		"data source":      {`{"title": "x", "panels": [{"type": "stat", "expr": "1", "datasource": {"type": "loki", "uid": "l"}}]}`, `1:71: unsupported: panels[0].datasource: data sources of type "loki" are not supported (prometheus)`},
		"transformation":   {`{"title": "x", "panels": [{"type": "table", "expr": "1", "transformations": [{"id": "groupBy", "options": {"a": 1}}]}]}`, `1:85: unsupported: panels[0].transformations[0].id: the transformation "groupBy" is not supported (one of merge, joinByField, seriesToColumns, organize, sortBy, limit, reduce, filterFieldsByName, renameByRegex)`},
		"unit":             {`{"title": "x", "panels": [{"type": "stat", "expr": "1", "unit": "furlongs"}]}`, `1:65: unsupported: panels[0].unit: the unit "furlongs" is not known; it is written behind the number (see the guide for those that are, or suffix:TEXT)`},
		"script":           {`{"title": "x", "links": [{"title": "y", "url": "javascript:alert(1)"}]}`, `1:48: error: links[0].url: it is "javascript:alert(1)" (http://, https://, a path, or ${variable})`},
		"color":            {`{"title": "x", "panels": [{"type": "stat", "expr": "1", "thresholds": [{"value": 1, "color": "red;background:url(x)"}]}]}`, `1:94: error: panels[0].thresholds[0].color: it is "red;background:url(x)" (a name such as light-blue, #rrggbb or rgb(…))`},
		"wrong type":       {`{"title": "x", "panels": [{"type": "stat", "expr": {"a": 1}}]}`, "1:52: error: panels[0].expr: it is an object (a text)"},
		"variable":         {`{"title": "x", "templating": {"list": [{"name": "a", "type": "adhoc"}]}}`, `1:62: unsupported: templating.list[0].type: "adhoc" is not known (one of query, custom, interval, constant, textbox, datasource)`},
		"query variable":   {`{"title": "x", "templating": {"list": [{"name": "a", "type": "query", "query": "up"}]}}`, `1:80: error: templating.list[0].query: it is "up" (label_values(metric, label), label_values(label), label_names(), metrics(regex) or query_result(expr))`},
		"override":         {`{"title": "x", "panels": [{"type": "stat", "expr": "1", "fieldConfig": {"overrides": [{"matcher": {"id": "byValue"}, "properties": []}]}}]}`, `1:99: unsupported: panels[0].fieldConfig.overrides[0].matcher: the matcher "byValue" is not supported (byName, byRegexp, byFrameRefID or byType)`},
		"of an override":   {`{"title": "x", "panels": [{"type": "stat", "expr": "1", "fieldConfig": {"overrides": [{"matcher": {"id": "byName", "options": "a"}, "properties": [{"id": "custom.blink", "value": 1}]}]}}]}`, "1:180: unsupported: panels[0].fieldConfig.overrides[0].properties.custom.blink: it is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := dashboard.Parse("f", []byte(c.text))
			if len(problems) == 0 {
				t.Fatal("nothing was told")
			}
			if diff := cmp.Diff(c.want, problems[0].String()); diff != "" || len(problems) > 1 && name != "wrong type" {
				t.Errorf("%s%v", diff, problems)
			}
		})
	}
}

// many makes members with names of their own.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`"k` + strconv.Itoa(i) + `":1,`)
	}
	return b.String()
}

func TestBounded(t *testing.T) {
	for name, text := range map[string]string{
		"deep":     strings.Repeat(`{"panels":[`, 100) + strings.Repeat(`]}`, 100),
		"large":    `{"title": "` + strings.Repeat("x", dashboard.MaxBytes) + `"}`,
		"panels":   `{"title": "x", "panels": [` + strings.TrimSuffix(strings.Repeat(`{"type":"stat","expr":"1"},`, 900), ",") + `]}`,
		"members":  `{"title": "x", "panels": [], ` + many(200_000) + `"end": 1}`,
		"problems": `{"title": "x", "panels": [` + strings.TrimSuffix(strings.Repeat(`{"type":"stat","a":1,"b":1,"c":1,"d":1},`, 400), ",") + `]}`,
	} {
		d, problems := dashboard.Parse("f", []byte(text))
		if len(problems) == 0 || len(problems) > 210 {
			t.Errorf("%s: %d problems", name, len(problems))
		}
		n := 0
		if d != nil {
			for range d.Panels {
				n++
			}
		}
		if n > 500 {
			t.Errorf("%s: %d panels", name, n)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(oldForm))
	for _, dir := range []string{"testdata", "../../deploy/grafana/dashboards"} {
		files, err := filepath.Glob(dir + "/*.json")
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, problems := dashboard.Parse("fuzz.json", text)
		if d == nil {
			if !dashboard.Failed(problems) {
				t.Fatal("neither a dashboard nor an error")
			}
			return
		}
		if !dashboard.ValidUID(d.UID) {
			t.Fatalf("uid %q", d.UID)
		}
		ids := map[int]bool{}
		scope := &dashboard.Scope{Variables: map[string]dashboard.Choice{}}
		for i := range d.Variables {
			v := &d.Variables[i]
			scope.Variables[v.Name] = dashboard.Choice{Values: []string{"a", "b"}, Texts: []string{"a", "b"}, List: v.Multi}
		}
		for p := range d.Panels {
			if g := p.Grid; ids[p.ID] || p.ID <= 0 || g.W < 1 || g.H < 1 || g.X < 0 || g.Y < 0 || g.X+g.W > 24 {
				t.Fatalf("panel %+v", p)
			}
			ids[p.ID] = true
			for _, target := range p.Targets {
				scope.Expr(target.Expr)
			}
		}
		sections, _ := d.Expand(scope)
		for _, s := range sections {
			for i := range s.Panels {
				if g := s.Panels[i].Grid; g.X+g.W > 24 {
					t.Fatalf("copy %+v", g)
				}
			}
		}
	})
}
