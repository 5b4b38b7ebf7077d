package ownfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/ownfile"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, size := range map[string]int{"small": 10, "full": 1 << 20, "large": 1<<20 + 1} {
		if err := os.WriteFile(path(name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path("small"), path("link")); err != nil {
		t.Fatal(err)
	}
	for name, reason := range map[string]string{
		"small": "", "full": "", "link": "", "large": "it is larger than 1 MB", "pipe": "it is no regular file", ".": "it is a folder",
		"none": "no such file",
	} {
		text, err := ownfile.Read(path(name), 1)
		if reason == "" {
			if err != nil || len(text) == 0 {
				t.Errorf("%s: %d bytes, %v", name, len(text), err)
			}
			continue
		}
		if _, ok := errors.AsType[*fs.PathError](err); !ok || !strings.Contains(err.Error(), reason) || !strings.Contains(err.Error(), path(name)) {
			t.Errorf("%s: %v, want %q", name, err, reason)
		}
	}
}

func TestStampChanges(t *testing.T) {
	dir := t.TempDir()
	own, other := filepath.Join(dir, "own.yml"), filepath.Join(dir, "rules-1.yml")
	stamp := func() string { return ownfile.Stamp(own, filepath.Join(dir, "rules-*.yml"), "[wrong") }
	write := func(name, text string) func() error {
		return func() error { return os.WriteFile(name, []byte(text), 0o600) }
	}
	seen := map[string]bool{stamp(): true}
	for _, c := range []struct {
		what   string
		change func() error
	}{
		{"new", write(own, "a")},
		{"longer", write(own, "ab")},
		{"touched", func() error { return os.Chtimes(own, time.Time{}, time.Now().Add(time.Hour)) }},
		{"another matches", write(other, "a")},
		{"gone", func() error { return os.Remove(own) }},
	} {
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		now := stamp()
		if seen[now] {
			t.Errorf("%s: the same", c.what)
		}
		if seen[now] = true; stamp() != now {
			t.Errorf("%s: another without a change", c.what)
		}
	}
}
