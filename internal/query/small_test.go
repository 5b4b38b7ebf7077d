package query_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/query"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

var testNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.FixedZone("CET", 3600))

func TestMeaning(t *testing.T) {
	call := &telemetry.Span{
		Event:    telemetry.Event{UserID: "user-123", HTTPStatus: telemetry.Known(500), Attributes: telemetry.Attrs{{Key: "retries", Value: "3"}}},
		Status:   telemetry.StatusError,
		Duration: 3e9,
		GenAI: &telemetry.GenAI{
			RequestModel: "gpt-4o", Counts: true, Cost: telemetry.Known(2_208_800_000),
			InputMessages: `[{"content":"What about my refund?"}]`, Usage: telemetry.Usage{Input: telemetry.Known(10_000)},
		},
	}
	for text, want := range map[string]bool{
		"":                              true,
		"duration:3s":                   true,
		"duration:>3s":                  false,
		"duration:>=3s":                 true,
		"duration:<3s":                  false,
		"duration:1s..3s":               true,
		"duration:>2999ms":              true,
		"cost:0.0022088":                true,
		"cost:>0.0022088":               false,
		"cost:>$0.002":                  true,
		"tokens:>10k":                   false,
		"tokens:>=10k":                  true,
		"tokens.out:*":                  false,
		"attr.retries:>2":               true,
		"attr.retries:>3":               false,
		"attr.retries:3":                true,
		"attr.retries:..3":              true,
		"http.status:500..599":          true,
		"http.status:404,500":           true,
		"model:gpt-*":                   true,
		"model:GPT-4o":                  false,
		"-model:gpt-4o,o3":              false,
		"REFUND":                        true,
		"refun":                         false,
		"~refun":                        true,
		`"my refund"`:                   true,
		"call:true status:error":        true,
		"call:false":                    false,
		"stream:false":                  true,
		"user:\"\"":                     false,
		"session:\"\"":                  true,
		"status:ok OR (refund user:u*)": true,
		"status:ok OR refund -user:u*":  false,
	} {
		x, err := query.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := telemetry.MatchSpan(x, call); got != want {
			t.Errorf("%s matches: %t, want %t", text, got, want)
		}
	}
}

func TestLimits(t *testing.T) {
	for name, text := range map[string]string{
		"too long":            strings.Repeat("a", query.MaxLength+1),
		"too many conditions": strings.Repeat("a ", query.MaxConditions+1),
		"too many brackets":   strings.Repeat("-", 5000) + "a",
		"valid UTF-8":         "caf\xe9",
		"NUL":                 "a\x00b",
	} {
		if _, err := query.Parse(text); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := query.Parse("model:" + strings.Repeat("m,", 3000) + "m"); err != nil {
		t.Errorf("a long list of values: %v", err)
	}
}

func TestColumns(t *testing.T) {
	columns, err := query.ParseColumns("count, sum(cost) ,avg(tokens.out),p95(duration),p99.9( ttft ),p50(http.status)")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range columns {
		names = append(names, query.ColumnName(c))
	}
	want := []string{"count", "sum(cost)", "avg(tokens.out)", "p95(duration)", "p99.9(ttft)", "p50(http.status)"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		"":                           "at character 1: an entry is missing; expected a column such as count or p95(duration)",
		"count,":                     "at character 7: an entry is missing; expected a column such as count or p95(duration)",
		"cuont":                      `at character 1: there is no function "cuont"; expected count, or sum, avg, min, max, p50, p95 or p99 of a field; did you mean count?`,
		"count,sum(cots)":            `at character 11: there is no field "cots"; expected the name of a field; did you mean cost?`,
		"sum":                        "at character 1: sum needs a field; expected sum(duration)",
		"sum(":                       "at character 1: sum needs a field; expected sum(duration)",
		"sum()":                      "at character 5: a field is missing; expected the name of a field",
		"avg(model)":                 "at character 5: model is no number; expected duration, cost, tokens, ttft or another number",
		"count(cost)":                "at character 1: count counts records, not a field; expected count",
		"p101(cost)":                 `at character 1: there is no function "p101"; expected count, or sum, avg, min, max, p50, p95 or p99 of a field; did you mean p50?`,
		strings.Repeat("count,", 21): "at character 121: too many entries; expected at most 20",
	} {
		if _, err := query.ParseColumns(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", text, err, want)
		}
	}
}

func TestGroupBy(t *testing.T) {
	fields, err := query.ParseGroupBy("model, user,attr.customer.tier")
	if err != nil || len(fields) != 3 || fields[2].String() != "attr.customer.tier" {
		t.Errorf("%v %v", fields, err)
	}
	if fields, err := query.ParseGroupBy(""); err != nil || fields != nil {
		t.Errorf("of nothing: %v %v", fields, err)
	}
	for text, want := range map[string]string{
		"modl":           `at character 1: there is no field "modl"; expected the name of a field; did you mean model?`,
		"model,duration": "at character 7: duration has too many values to group by; expected a field such as model, user or service",
		"a,b,c,d,e":      "at character 9: too many entries; expected at most 4",
	} {
		if _, err := query.ParseGroupBy(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", text, err, want)
		}
	}
}

func TestTime(t *testing.T) {
	for text, want := range map[string]string{
		"now":                    "2026-11-20T12:00:00+01:00",
		"-1h":                    "2026-11-20T11:00:00+01:00",
		"1h30m":                  "2026-11-20T10:30:00+01:00",
		"now-7d":                 "2026-11-13T12:00:00+01:00",
		"15m ago":                "2026-11-20T11:45:00+01:00",
		"+5m":                    "2026-11-20T12:05:00+01:00",
		"2026-11-20T10:00:00Z":   "2026-11-20T11:00:00+01:00",
		"2026-11-20T10:00:00.5Z": "2026-11-20T11:00:00.5+01:00",
		"2026-11-20 10:00":       "2026-11-20T10:00:00+01:00",
		"2026-11-20":             "2026-11-20T00:00:00+01:00",
		"1795172400":             "2026-11-20T12:00:00+01:00",
		"1795172400.25":          "2026-11-20T12:00:00.25+01:00",
		"1795172400123":          "2026-11-20T12:00:00.123+01:00",
		"1795172400123456":       "2026-11-20T12:00:00.123456+01:00",
		"1795172400123456789":    "2026-11-20T12:00:00.123456789+01:00",
		"yesterday":              "",
		"":                       "",
		"-1":                     "",
		"--1h":                   "",
		"3":                      "",
		"1900-01-01":             "",
		"9999-01-01":             "",
		"999999d":                "",
		"1e9":                    "",
	} {
		got, err := query.ParseTime(text, testNow)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q is %v", text, got)
		case want != "" && err != nil:
			t.Errorf("%q: %v", text, err)
		case want != "" && got.In(testNow.Location()).Format(time.RFC3339Nano) != want:
			t.Errorf("%q is %v, want %s", text, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{"5m": 5 * time.Minute, "1h30m": 90 * time.Minute, "1.5s": 1500 * time.Millisecond, "7d": 168 * time.Hour, "1min": time.Minute} {
		if got, err := query.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "-5m", "5", "m", "5m5", "99999999999999999999h", "1e3s"} {
		if got, err := query.ParseDuration(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestPicoUSD(t *testing.T) {
	for pico, want := range map[int64]string{0: "0", 1: "0.000000000001", 2_208_800_000: "0.0022088", -1_500_000_000_000: "-1.5", 12_000_000_000_000: "12"} {
		if got := query.FormatPicoUSD(pico); got != want {
			t.Errorf("%d is %q, want %q", pico, got, want)
		}
	}
}

func TestComplete(t *testing.T) {
	tests := []struct {
		text    string // | is the cursor
		first   string // the first suggestion
		replace string // what it replaces
		stored  string // the field whose stored values belong there, and the prefix
	}{
		{"|", "service:", "", ""},
		{"mod|", "model:", "mod", ""},
		{"model:a sta|tus:error", "status:", "status:", ""},
		{"tokens|", "tokens:", "tokens", ""},
		{"cached|", "tokens.cached:", "cached", ""},
		{"a O|", "OR ", "O", ""},
		{"-mod|", "model:", "mod", ""},
		{"(mod|", "model:", "mod", ""},
		{"model:|", "~", "", "model "},
		{"model:gp|t-4o", "", "gpt-4o", "model gp"},
		{"model:gpt-4o,cl|", "", "cl", "model cl"},
		{`user:"jo|`, "", `"jo`, "user jo"},
		{`user:"jo|hn"`, "", `"john"`, "user jo"},
		{"status:e|", "error", "e", ""},
		{"call:|", "true", "", ""},
		{"duration:|", ">3s", "", ""},
		{"attr.http|", "", "attr.http", "attr http"},
		{"attr.http.route:/v|", "", "/v", "attr.http.route /v"},
		{`"some words|`, "", "", ""},
		{"nosuch:x|", "", "nosuch:x", ""},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			before, after, _ := strings.Cut(test.text, "|")
			c := query.Complete(before+after, len(before))
			first, stored := "", ""
			if len(c.Suggestions) > 0 {
				first = c.Suggestions[0].Text
			}
			if c.Field.Field != nil {
				stored = strings.TrimSuffix(c.Field.String(), ".") + " " + c.Prefix
			}
			got := []string{first, (before + after)[c.Start:c.End], stored}
			if diff := cmp.Diff([]string{test.first, test.replace, test.stored}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	c := query.Complete("user:jo", 7)
	c.AddStored([]string{"john", "jo ann"})
	keys := query.Complete("attr.h", 6)
	keys.AddStored([]string{"http.route", "h x"})
	var got []string
	for _, s := range append(c.Suggestions, keys.Suggestions...) {
		got = append(got, s.Text)
	}
	if diff := cmp.Diff([]string{"john", `"jo ann"`, "attr.http.route:", `attr."h x":`}, got); diff != "" {
		t.Error(diff)
	}
}
