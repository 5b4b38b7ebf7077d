package config

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the documentation")

const (
	guide      = "../../docs/guide/configuration.md"
	tableBegin = "<!-- keys: make generate -->\n"
	tableEnd   = "<!-- end of keys -->\n"
)

// The table of keys in the guide is that of the code.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(text), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		t.Fatalf("%s has lost its marks", guide)
	}
	var b strings.Builder
	b.WriteString("| key | default | what |\n|---|---|---|\n")
	for _, k := range Keys() {
		def := ""
		if k.Default != "" {
			def = "`" + k.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Path, def, k.Doc)
	}
	want := before + tableBegin + b.String() + tableEnd + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s is stale: run `make generate`", guide)
	}
	if err := os.WriteFile(guide, []byte(want), 0o644); err != nil { //nolint:gosec // documentation is for everybody
		t.Fatal(err)
	}
}
