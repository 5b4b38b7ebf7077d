package dashboard_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

// TestGuide: the guide lists the units that are known, and its example has no problems.
func TestGuide(t *testing.T) {
	page, err := os.ReadFile("../../docs/guide/dashboards.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "## Units\n")
	table, _, _ = strings.Cut(table, "\nAlso")
	got := map[string][]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if ids := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line, -1); len(ids) > 0 {
			for _, id := range ids {
				got[strings.TrimSpace(cells[1])] = append(got[strings.TrimSpace(cells[1])], id[1])
			}
		}
	}
	want := dashboard.Units()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
		for _, kind := range slices.Sorted(maps.Keys(want)) {
			t.Logf("| %s | `%s` |", kind, strings.Join(want[kind], "`, `"))
		}
	}
	_, example, _ := strings.Cut(string(page), "```json\n")
	example, _, _ = strings.Cut(example, "```")
	if d, problems := dashboard.Parse("example.json", []byte(example)); d == nil || len(problems) > 0 {
		t.Error(problems)
	}
}
