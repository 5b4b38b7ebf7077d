package dashboard_test

import (
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

var update = flag.Bool("update", false, "write golden files")

// golden compares with a file of JSON; into is a value of the type.
func golden[T any](t *testing.T, file string, got, into *T) {
	t.Helper()
	if *update {
		text, err := json.MarshalIndent(got, "", "  ")
		if err == nil {
			err = os.WriteFile(file, append(text, '\n'), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.MarshalIndent(into, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(again)); diff != "" {
		t.Error(diff)
	}
}

func sample() *dashboard.Scope {
	one := func(values ...string) dashboard.Choice {
		return dashboard.Choice{Values: values, Texts: values}
	}
	many := func(values ...string) dashboard.Choice {
		return dashboard.Choice{Values: values, Texts: values, List: true}
	}
	return &dashboard.Scope{
		Variables: map[string]dashboard.Choice{
			"job": many("chat-api", "rag.api"), "model": many("gpt-4.1"), "all": {Values: []string{".*"}, Texts: []string{"All"}, List: true, Verbatim: true},
			"one": one(`a"b\c`), "window": one("5m"), "none": many(),
		},
		From: time.Unix(1_700_000_000, 0), To: time.Unix(1_700_003_600, 0), Interval: 15 * time.Second, RateInterval: time.Minute, Dashboard: "LLM",
	}
}

func TestExpr(t *testing.T) {
	for text, want := range map[string]string{
		`x{job=~"$job"}`:                     `x{job=~"(chat-api|rag\\.api)"}`,
		"x{job=~`$job`}":                     "x{job=~`(chat-api|rag\\.api)`}",
		`x{model=~"${model}"}`:               `x{model=~"gpt-4\\.1"}`,
		`x{model="${model:raw}"}`:            `x{model="gpt-4.1"}`,
		`x{model=~"[[model:regex]]"}`:        `x{model=~"gpt-4\\.1"}`,
		`x{job=~"${job:pipe}"}`:              `x{job=~"chat-api|rag.api"}`,
		`x{a=~"$all", b=~"${all:regex}"}`:    `x{a=~".*", b=~".*"}`,
		`x{a="$one"}`:                        `x{a="a\"b\\c"}`,
		`rate(x[$window])`:                   `rate(x[5m])`,
		`rate(x[$__rate_interval])`:          `rate(x[60s])`,
		`increase(x[$__range])`:              `increase(x[3600s])`,
		`x[${__interval}] $__interval_ms`:    `x[15s] 15000`,
		`label_replace(x, "a", "$1", "b")`:   `label_replace(x, "a", "$1", "b")`,
		`x{a="$unknown"}`:                    `x{a="$unknown"}`,
		`${__from} ${__to:date:seconds}`:     `1700000000000 1700003600`,
		`${__from:date:iso}`:                 `2023-11-14T22:13:20.000Z`,
		`${job:csv} ${job:json} ${job:glob}`: `chat-api,rag.api ["chat-api","rag.api"] {chat-api,rag.api}`,
		`${job:singlequote}`:                 `'chat-api','rag.api'`,
		`x{a=~"$none"}`:                      `x{a=~"()"}`,
	} {
		if got := sample().Expr(text); got != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
	if got := sample().Text("$job of $__dashboard"); got != "chat-api + rag.api of LLM" {
		t.Error(got)
	}
}

func TestExpand(t *testing.T) {
	d, problems := parse(t, `{"title": "x", "panels": [
		{"type": "stat", "title": "$job", "repeat": "job", "maxPerRow": 2, "expr": "up{job=\"$job\"}", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 4}},
		{"type": "stat", "title": "below", "expr": "up", "gridPos": {"x": 0, "y": 4, "w": 24, "h": 4}},
		{"type": "row", "title": "Row $job", "repeat": "job", "gridPos": {"x": 0, "y": 8, "w": 24, "h": 1}},
		{"type": "stat", "title": "in $job", "expr": "up{job=\"$job\"}", "gridPos": {"x": 0, "y": 9, "w": 24, "h": 4}}
	], "templating": {"list": [{"name": "job", "type": "custom", "query": "a,b,c", "multi": true}]}}`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	scope := &dashboard.Scope{Variables: map[string]dashboard.Choice{"job": {Values: []string{"a", "b", "c"}, Texts: []string{"A", "b", "c"}, List: true}}}
	type line struct {
		Section, Title string
		Grid           dashboard.Grid
		Job            string
	}
	var got []line
	sections, _ := d.Expand(scope)
	for _, s := range sections {
		for _, p := range s.Panels {
			got = append(got, line{s.Title, p.Title, p.Grid, p.Repeated["job"]})
		}
	}
	want := []line{
		{"", "A", dashboard.Grid{0, 0, 12, 4}, "a"},
		{"", "b", dashboard.Grid{12, 0, 12, 4}, "b"},
		{"", "c", dashboard.Grid{0, 4, 12, 4}, "c"},
		{"", "below", dashboard.Grid{0, 8, 24, 4}, ""},
		{"Row A", "in A", dashboard.Grid{0, 0, 24, 4}, "a"},
		{"Row b", "in b", dashboard.Grid{0, 0, 24, 4}, "b"},
		{"Row c", "in c", dashboard.Grid{0, 0, 24, 4}, "c"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"15s": 15 * time.Second, "500ms": 500 * time.Millisecond, "1h30m": 90 * time.Minute, "1d": 24 * time.Hour, "1M": 720 * time.Hour, "": 0, "5": 0, "x": 0,
		"99999999999999999999y": 0, "-1s": 0, "0s": 0, "1000y": 0,
	} {
		got, err := dashboard.ParseDuration(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestLookup(t *testing.T) {
	for text, want := range map[string]dashboard.Lookup{
		"label_values(job)":                      {Kind: "label_values", Label: "job"},
		`label_values(up{a="b,c"}, job)`:         {Kind: "label_values", Match: `up{a="b,c"}`, Label: "job"},
		"label_values(llm_calls_total,$label)":   {Kind: "label_values", Match: "llm_calls_total", Label: "$label"},
		"label_names()":                          {Kind: "label_names"},
		"metrics(llm_.*)":                        {Kind: "metrics", Regex: "llm_.*"},
		"query_result(topk(3, sum by (a) (up)))": {Kind: "query_result", Expr: "topk(3, sum by (a) (up))"},
		"up":                                     {},
		"label_values()":                         {},
	} {
		got, err := dashboard.ParseLookup(text)
		if got != want || (err == nil) != (want.Kind != "") {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}
