package guide

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every piece of Go in the guide stands, line by line, in the files of this folder, which the compiler has read.
func TestGuideIsCompiled(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guide/instrument-go.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("snippet_*.go")
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources.WriteString(flat(string(b)))
	}
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	if len(snippets) < 8 {
		t.Fatalf("the guide has %d snippets", len(snippets))
	}
	for _, s := range snippets {
		if !strings.Contains(sources.String(), flat(s[1])) {
			t.Errorf("not compiled anywhere:\n%s", s[1])
		}
	}
}

// flat is a text without indentation and empty lines.
func flat(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
