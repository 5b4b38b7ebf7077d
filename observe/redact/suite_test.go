package redact

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// suiteCase is one case of a text file in testdata. Lines are texts; blank lines and those that begin with "# " are none.
// In must-go.txt "text ==> what it becomes"; \n, \t and \xNN stand for themselves, so that JSON is written as it is.
type suiteCase struct {
	line int
	text string
	want string
}

const arrow = " ==> "

func readSuite(tb testing.TB, name string) []suiteCase {
	tb.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	var cases []suiteCase
	for i, line := range strings.Split(string(content), "\n") {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		text, want, found := strings.Cut(line, arrow)
		if !found {
			text, want = line, line
		}
		cases = append(cases, suiteCase{i + 1, text, want})
	}
	return cases
}

func TestMustGo(t *testing.T) {
	r := newRedactor(t, Options{})
	for _, c := range readSuite(t, "must-go.txt") {
		t.Run(strconv.Itoa(c.line), func(t *testing.T) {
			if c.text == c.want {
				t.Fatalf("line %d says nothing of what becomes of it", c.line)
			}
			got, n := r.String(c.text)
			if got != c.want || n == 0 {
				t.Errorf("\n text %s\n  got %s (%d)\n want %s", c.text, got, n, c.want)
			}
		})
	}
}

func TestMustStay(t *testing.T) {
	r := newRedactor(t, Options{})
	for _, c := range readSuite(t, "must-stay.txt") {
		t.Run(strconv.Itoa(c.line), func(t *testing.T) {
			if got, n := r.String(c.text); got != c.text || n != 0 {
				t.Errorf("\n text %s\n  got %s", c.text, got)
			}
		})
	}
}

func newRedactor(tb testing.TB, o Options) *Redactor {
	tb.Helper()
	r, err := New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}
