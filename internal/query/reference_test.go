package query_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/query"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

const guide = "../../docs/guide/query.md"

// TestReference holds the guide's table of fields to the one in the code.
func TestReference(t *testing.T) {
	page, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(page), "-update` -->\n")
	_, tail, ok2 := strings.Cut(rest, "<!-- /fields -->")
	if !ok || !ok2 {
		t.Fatal("the guide has lost the marks around its table of fields")
	}
	want := head + "-update` -->\n" + fieldTable() + "<!-- /fields -->" + tail
	if *update {
		if err := os.WriteFile(guide, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, string(page)); diff != "" {
		t.Errorf("run with -update: %s", diff)
	}
}

func fieldTable() string {
	var b strings.Builder
	b.WriteString("| field | type | meaning | column in Parquet |\n|---|---|---|---|\n")
	for _, f := range telemetry.Fields() {
		name, column := f.Name, "–"
		if f.Keyed {
			name += ".KEY"
		}
		if f.Column != "" {
			column = "`" + f.Column + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, f.Type, f.Doc, column)
	}
	return b.String()
}

// TestGuideExamples reads every query that the guide shows as an example.
func TestGuideExamples(t *testing.T) {
	page, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	_, examples, _ := strings.Cut(string(page), "## Examples\n")
	examples, _, _ = strings.Cut(examples, "## All fields")
	n := 0
	for line := range strings.Lines(examples) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || !strings.Contains(cells[2], "`") {
			continue
		}
		text := strings.Split(cells[2], "`")[1]
		if _, err := query.Parse(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		n++
	}
	if n < 5 {
		t.Errorf("found %d examples", n)
	}
}
