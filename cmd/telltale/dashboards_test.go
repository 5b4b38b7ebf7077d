package main

import (
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/dashboard"
)

func TestDashboards(t *testing.T) {
	commands := []command{{"dashboards", "", runDashboards}}
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good.json", `{"title": "Good", "panels": [{"type": "stat", "expr": "sum(rate(llm_calls_total[$__rate_interval]))"}]}`)
	partly := file("partly.json", `{"title": "Partly", "panels": [{"type": "stat", "expr": "up"}, {"type": "nodeGraph"}]}`)
	wrong := file("wrong.json", "{\"title\": \"Wrong\", \"panels\": [\n  {\"type\": \"stat\", \"expr\": \"sum(rate(x))\"}]}\x1b[2J")
	syntax := file("syntax.json", "{\"title\": \"Wrong\", \"panels\": [\n  {\"type\": \"stat\", \"expr\": \"sum(rate(x))\"}]}")
	large := file("large.json", strings.Repeat(" ", dashboard.MaxBytes+10))
	dashboards, err := apitest.Dashboards(filepath.Join(dir, "own"))
	if err != nil {
		t.Fatal(err)
	}
	store := apitest.Sample()
	a, err := api.New(api.Config{Reader: store, Tailer: store, Status: store, Dashboards: dashboards, Panels: apitest.Panels(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(a)
	defer server.Close()
	for name, one := range map[string]struct {
		args []string
		code int
		want string // of stdout and stderr, the folder left out
	}{
		"right":       {[]string{"check", good}, exitOK, "good.json is right: 1 panels, 1 queries\n"},
		"unsupported": {[]string{"check", partly}, exitOK, "partly.json:1:73: unsupported: panels[1].type: panels of type \"nodeGraph\" are not supported; its place stays empty (timeseries, stat, gauge, bargauge, table, heatmap, text or row)\npartly.json is right: 2 panels, 1 queries\n"},
		"strict":      {[]string{"check", "--strict", partly}, exitFailed, "partly.json:1:73: unsupported: panels[1].type: panels of type \"nodeGraph\" are not supported; its place stays empty (timeseries, stat, gauge, bargauge, table, heatmap, text or row)\ntelltale: 1 of 1 dashboards are wrong\n"},
		"no PromQL":   {[]string{"check", good, syntax}, exitFailed, "good.json is right: 1 panels, 1 queries\nsyntax.json:2:28: error: panels[0].expr: the query is no PromQL: 1:10: expected type range vector in call to function \"rate\", got instant vector\ntelltale: 1 of 2 dashboards are wrong\n"},
		"no JSON":     {[]string{"check", wrong}, exitFailed, "wrong.json:2:45: error: it is no JSON: invalid character '\\x1b' after top-level value\ntelltale: 1 of 1 dashboards are wrong\n"},
		"unreadable":  {[]string{"check", filepath.Join(dir, "none.json"), dir, good}, exitFailed, "none.json: error: it cannot be read: no such file or directory\nFOLDER: error: it cannot be read: is a directory\ngood.json is right: 1 panels, 1 queries\ntelltale: 2 of 3 dashboards are wrong\n"},
		"too large":   {[]string{"check", large}, exitFailed, "large.json:1:1: error: it is larger than 4 MB\ntelltale: 1 of 1 dashboards are wrong\n"},
		"list":        {[]string{"list", "--server", server.URL}, exitOK, "UID     TITLE   PANELS  FROM     PROBLEMS\nsample  Sample  3       shipped  -\n"},
		"nothing":     {[]string{"check"}, exitUsage, "telltale: check needs a file\nRun `telltale help dashboards` to see what there is.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newConsole("", nil)
			code := dispatch(t.Context(), &c.environment, commands, append([]string{"dashboards"}, one.args...))
			got := strings.ReplaceAll(c.out.String()+c.err.String(), dir+string(filepath.Separator), "")
			got = strings.ReplaceAll(got, dir, "FOLDER")
			if diff := cmp.Diff(one.want, got); diff != "" || code != one.code {
				t.Errorf("exit %d: %s", code, diff)
			}
		})
	}
}
