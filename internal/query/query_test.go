package query_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/query"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

var update = flag.Bool("update", false, "write what the code does now into testdata and docs")

// TestSuite runs the text files: a query after a question mark, below it the tree and its text, or the mistake.
func TestSuite(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no test files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for line := range strings.Lines(string(want)) {
				if text, ok := strings.CutPrefix(line, "? "); ok {
					text = strings.TrimSuffix(text, "\n")
					fmt.Fprintf(&got, "? %s\n%s\n", text, outcome(t, text))
				}
			}
			if *update {
				if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" && !*update {
				t.Error(diff)
			}
		})
	}
}

func outcome(t *testing.T, text string) string {
	t.Helper()
	x, err := query.Parse(text)
	var e *query.Error
	if errors.As(err, &e) {
		return e.Caret() + "\n" + err.Error() + "\n"
	}
	s := query.String(x)
	again, err := query.Parse(s)
	if err != nil {
		t.Errorf("%q is written as %q, which is a mistake: %v", text, s, err)
	}
	if tree(x) != tree(again) {
		t.Errorf("%q is written as %q, which is another tree:\n%s\n%s", text, s, tree(x), tree(again))
	}
	if s != text {
		return tree(x) + "\n= " + s + "\n"
	}
	return tree(x) + "\n"
}

var opNames = map[telemetry.Op]string{
	telemetry.Equals: "equals", telemetry.Prefix: "prefix", telemetry.Contains: "contains", telemetry.Exists: "exists",
	telemetry.Between: "between", telemetry.Word: "word", telemetry.Phrase: "phrase",
}

// tree writes an expression so that every difference shows.
func tree(x telemetry.Expr) string {
	list := func(name string, xs []telemetry.Expr) string {
		s := "(" + name
		for _, e := range xs {
			s += " " + tree(e)
		}
		return s + ")"
	}
	switch x := x.(type) {
	case nil:
		return "everything"
	case telemetry.And:
		return list("and", x)
	case telemetry.Or:
		return list("or", x)
	case telemetry.Not:
		return "(not " + tree(x.Expr) + ")"
	case telemetry.Cond:
		s := "(" + opNames[x.Op] + " " + x.Field.String()
		for _, v := range x.Values {
			s += fmt.Sprintf(" %q", v)
		}
		if x.Op == telemetry.Between {
			s += fmt.Sprintf(" %v %v", x.Low, x.High)
		}
		return s + ")"
	}
	return "?"
}
