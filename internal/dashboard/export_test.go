package dashboard_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

// panelOf wraps members of a panel.
func panelOf(members string) string {
	return `{"title": "t", "panels": [{` + members + `}]}`
}

func variableOf(members string) string {
	return `{"title": "t", "templating": {"list": [{` + members + `}]}, "panels": [{"type": "stat", "expr": "up{a=~\"$v\"}"}]}`
}

// TestExported is of what Grafana writes: it is shown, or named as unsupported, and never in the way of saving the rest.
func TestExported(t *testing.T) {
	for name, one := range map[string]struct{ text, want string }{ // want is in one of the problems; none where it is empty
		"no value of a singlestat":      {panelOf(`"type": "singlestat", "expr": "1", "rangeMaps": [{"from": "null", "text": "N/A", "to": "null"}]`), ""},
		"stack of an override":          {panelOf(`"type": "graph", "expr": "1", "seriesOverrides": [{"alias": "a", "stack": "B"}]`), ""},
		"zero for null":                 {panelOf(`"type": "graph", "expr": "1", "nullPointMode": "null as zero"`), "nullPointMode"},
		"time series as heatmap":        {panelOf(`"type": "heatmap", "expr": "1", "dataFormat": "timeseries"`), "dataFormat"},
		"buckets as heatmap":            {panelOf(`"type": "heatmap", "expr": "1", "dataFormat": "tsbuckets"`), ""},
		"order of an old table":         {panelOf(`"type": "table-old", "expr": "1", "sort": {"col": 2, "desc": true}`), "sort"},
		"order of an old table by time": {panelOf(`"type": "table-old", "expr": "1", "sort": {"col": 0, "desc": true}`), ""},
		"right axis without a series":   {panelOf(`"type": "graph", "expr": "1", "yaxes": [{"format": "s"}, {"format": "nonsense"}]`), ""},
		"lookahead in an override":      {panelOf(`"type": "timeseries", "expr": "1", "fieldConfig": {"overrides": [{"matcher": {"id": "byRegexp", "options": "/(?!x)y/"}}]}`), "overrides[0].matcher.options"},
		"lookbehind in a mapping":       {panelOf(`"type": "stat", "expr": "1", "fieldConfig": {"defaults": {"mappings": [{"type": "regex", "options": {"pattern": "(?<!a)b", "result": {"text": "c"}}}]}}`), "mappings[0].options.pattern"},
		"lookahead in an old override":  {panelOf(`"type": "graph", "expr": "1", "seriesOverrides": [{"alias": "/(?=x)y/"}]`), "seriesOverrides[0].alias"},
		"lookahead in a rename":         {panelOf(`"type": "table", "expr": "1", "transformations": [{"id": "renameByRegex", "options": {"regex": "(?=a)", "renamePattern": "b"}}]`), "options.regex"},
		"lookahead in a variable":       {variableOf(`"name": "v", "type": "query", "query": "label_values(a)", "regex": "/(?!b).*/"`), "list[0].regex"},
		"an expression":                 {panelOf(`"type": "timeseries", "targets": [{"expr": "1"}, {"datasource": {"type": "__expr__", "uid": "__expr__"}, "type": "math", "expression": "$A * 2"}]`), "__expr__"},
		"LogQL":                         {panelOf(`"type": "timeseries", "targets": [{"datasource": {"type": "loki"}, "expr": "{a=\"b\"} |= \"c\""}]`), "loki"},
		"LogQL of the panel":            {panelOf(`"type": "timeseries", "datasource": {"type": "loki"}, "targets": [{"expr": "{a=\"b\"} |= \"c\""}]`), "loki"},
		"another source by name":        {panelOf(`"type": "graph", "targets": [{"datasource": "InfluxDB", "measurement": "cpu"}]`), "measurement"},
		"another panel's answers":       {panelOf(`"type": "graph", "targets": [{"datasource": "-- Dashboard --", "panelId": 2}]`), "panelId"},
		"a library panel":               {panelOf(`"id": 4, "libraryPanel": {"uid": "a", "name": "Shared"}`), "libraryPanel"},
		"two columns to order by":       {panelOf(`"type": "table", "expr": "1", "options": {"sortBy": [{"displayName": "a"}, {"displayName": "b"}]}`), "sortBy"},
		"two fields to sort by":         {panelOf(`"type": "table", "expr": "1", "transformations": [{"id": "sortBy", "options": {"sort": [{"field": "a"}, {"field": "b"}]}}]`), "sort"},
		"a limit by variable":           {panelOf(`"type": "table", "expr": "1", "transformations": [{"id": "limit", "options": {"limitField": "$n"}}]`), "limitField"},
		"a switch":                      {variableOf(`"name": "v", "type": "switch", "current": {"value": "true", "text": "true"}`), "list[0].type"},
		"group by":                      {variableOf(`"name": "v", "type": "groupby", "current": {"value": ["x"]}`), "list[0].type"},
		"values of Loki":                {variableOf(`"name": "v", "type": "query", "datasource": {"type": "loki"}, "query": {"label": "a", "stream": "b", "type": 1}, "current": {"value": "x"}`), "loki"},
		"annotations of Loki":           {`{"title": "t", "panels": [], "annotations": {"list": [{"name": "a", "datasource": {"type": "loki"}, "expr": "{a=\"b\"} |= \"c\""}]}}`, "loki"},
		"gaps joined up to a length":    {panelOf(`"type": "timeseries", "expr": "1", "fieldConfig": {"defaults": {"custom": {"spanNulls": 3600000}}}`), "spanNulls"},
		"gaps from a length on":         {panelOf(`"type": "timeseries", "expr": "1", "fieldConfig": {"defaults": {"custom": {"insertNulls": 60000}}}`), "insertNulls"},
		"gaps as they are":              {panelOf(`"type": "timeseries", "expr": "1", "fieldConfig": {"defaults": {"custom": {"insertNulls": false, "spanNulls": true}}}`), ""},
		"a week from Sunday on":         {`{"title": "t", "panels": [], "weekStart": "sunday"}`, "weekStart"},
		"a delay of now":                {`{"title": "t", "panels": [], "timepicker": {"nowDelay": "1m", "refresh_intervals": ["5s"]}}`, "nowDelay"},
		"a byte order mark":             {"\ufeff" + panelOf(`"type": "stat", "expr": "1"`), ""},
		"a variable in a query of one":  {variableOf(`"name": "v", "type": "query", "query": "label_values(up{a=\"$__searchFilter\"}, b)"`), "__searchFilter"},
	} {
		t.Run(name, func(t *testing.T) {
			d, problems := dashboard.ParseWith("file.json", []byte(one.text), func(expr string) error {
				if strings.Contains(expr, "|=") {
					return errors.New("no PromQL")
				}
				return nil
			})
			if d == nil || dashboard.Failed(problems) {
				t.Fatalf("it is refused: %v", problems)
			}
			var said []string
			for _, p := range problems {
				said = append(said, p.String())
			}
			if all := strings.Join(said, "\n"); one.want == "" && all != "" || !strings.Contains(all, one.want) {
				t.Errorf("%q is not in: %s", one.want, all)
			}
		})
	}
}

// TestQueriesOfVariables: what they ask is looked at as the queries of panels are.
func TestQueriesOfVariables(t *testing.T) {
	wrong := func(expr string) error {
		if strings.Count(expr, "{") != strings.Count(expr, "}") {
			return errors.New("unclosed brace")
		}
		return nil
	}
	for _, query := range []string{`label_values(up{a=\"b\", c)`, `query_result(sum(up{)`, `label_names(up{)`, `label_values(up{a=\"$nosuch\"}, b)`} {
		_, problems := dashboard.ParseWith("file.json", []byte(variableOf(`"name": "v", "type": "query", "query": "`+query+`"`)), wrong)
		if len(problems) != 1 || problems[0].Severity != dashboard.Error || problems[0].Path != "templating.list[0].query" {
			t.Errorf("%s: %v", query, problems)
		}
	}
}

func TestOldAxes(t *testing.T) {
	d, problems := parse(t, `{"title": "t", "panels": [
  {"type": "graph", "expr": "1", "yaxes": [{"format": "reqps", "min": "0"}, {"format": "s", "max": "2", "label": "slow", "logBase": 10}], "seriesOverrides": [{"alias": "b", "yaxis": 2}], "tooltip": {"shared": true, "sort": 2}},
  {"type": "graph", "expr": "1", "y_formats": ["ms", "short"], "seriesOverrides": [{"alias": "b", "yaxis": 2}], "legend": {"values": false, "avg": true}},
  {"type": "heatmap", "expr": "1", "yAxis": {"format": "s", "decimals": 1}},
  {"type": "singlestat", "expr": "1", "valueName": "name"}]}`)
	if len(problems) != 0 {
		t.Fatal(problems)
	}
	p := d.Sections[0].Panels
	if diff := cmp.Diff(dashboard.Field{Unit: "reqps", Min: ptr(0.0)}, p[0].Field); diff != "" {
		t.Error(diff)
	}
	right := []dashboard.Override{{By: "name", Match: "b", Field: dashboard.Field{Axis: "right", Unit: "s", Max: ptr(2.0), AxisLabel: "slow", Log: 10}}}
	if diff := cmp.Diff(right, p[0].Overrides); diff != "" {
		t.Error(diff)
	}
	if p[0].Options.TooltipSort != "desc" {
		t.Errorf("%+v", p[0].Options)
	}
	if p[1].Field.Unit != "ms" || p[1].Overrides[0].Field.Unit != "short" || len(p[1].Options.LegendCalcs) != 0 {
		t.Errorf("%+v", p[1])
	}
	if o := p[2].Options; o.YUnit != "s" || o.YDecimals == nil || *o.YDecimals != 1 || p[2].Field.Unit != "" {
		t.Errorf("%+v %+v", p[2].Field, o)
	}
	if p[3].Options.Text != "name" {
		t.Errorf("%+v", p[3].Options)
	}
}

// TestLibraryPanels: an export for others has them beside the dashboard.
func TestLibraryPanels(t *testing.T) {
	d, problems := parse(t, `{"title": "t", "__elements": {"a": {"name": "Shared", "kind": 1, "model": {"type": "gauge", "title": "Inner", "targets": [{"expr": "up"}]}}},
  "panels": [{"id": 7, "gridPos": {"x": 3, "y": 0, "w": 5, "h": 6}, "libraryPanel": {"uid": "a", "name": "Shared"}}]}`)
	if len(problems) != 0 {
		t.Fatal(problems)
	}
	p := d.Sections[0].Panels[0]
	if p.ID != 7 || p.Kind != "gauge" || p.Title != "Inner" || p.Grid != (dashboard.Grid{X: 3, W: 5, H: 6}) || len(p.Targets) != 1 {
		t.Errorf("%+v", p)
	}
}

func TestKeptVariables(t *testing.T) {
	d, _ := parse(t, `{"title": "t", "templating": {"list": [
  {"name": "s", "type": "switch", "current": {"value": "on"}},
  {"name": "i", "type": "interval", "query": "1m", "auto": true, "current": {"value": "$__auto"}}]}, "panels": [{"type": "stat", "expr": "up{a=\"$s\"}[$i]"}]}`)
	if len(d.Variables) != 2 || d.Variables[0].Kind != dashboard.VariableConstant || !cmp.Equal(d.Variables[0].Default, []string{"on"}) {
		t.Errorf("%+v", d.Variables)
	}
	if !cmp.Equal(d.Variables[1].Default, []string{"auto"}) {
		t.Errorf("%+v", d.Variables[1])
	}
}

// TestShownAtFirst: what Grafana shows unless told otherwise is shown where a panel of old has no options.
func TestShownAtFirst(t *testing.T) {
	d, problems := parse(t, `{"title": "t", "panels": [
  {"type": "table", "expr": "1"}, {"type": "table-old", "expr": "1", "showHeader": false}, {"type": "table", "expr": "1", "options": {"showHeader": false}},
  {"type": "gauge", "expr": "1"}, {"type": "singlestat", "expr": "1", "gauge": {"show": true, "thresholdMarkers": true}}, {"type": "singlestat", "expr": "1", "gauge": {"show": true, "thresholdMarkers": false}}]}`)
	if len(problems) != 0 {
		t.Fatal(problems)
	}
	var got []bool
	for p := range d.Panels {
		got = append(got, p.Options.Header || p.Options.Markers)
	}
	if diff := cmp.Diff([]bool{true, false, false, true, true, false}, got); diff != "" {
		t.Error(diff)
	}
}
