package disk_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/store/local/disk/disktest"
)

// The real file system and the one of the tests do the same on a good day.
func TestFileSystems(t *testing.T) {
	dir, err := disk.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	for name, fsys := range map[string]disk.FS{"real": dir, "in memory": disktest.New()} {
		t.Run(name, func(t *testing.T) { testFS(t, fsys) })
	}
}

func testFS(t *testing.T, fsys disk.FS) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := fsys.Open("a/b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open nothing: %v", err)
	}
	if _, err := fsys.List("a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("list nothing: %v", err)
	}
	if _, err := fsys.Create("../outside"); err == nil {
		t.Error("made a file outside of the folder")
	}
	check(fsys.MkdirAll("a/deep"))
	f, err := fsys.Create("a/b")
	check(err)
	_, err = f.Write([]byte("hello, world"))
	check(err)
	check(f.Truncate(5))
	check(f.Sync())
	check(f.Close())
	check(fsys.SyncDir("a"))
	f, err = fsys.Append("a/b")
	check(err)
	_, err = f.Write([]byte(" again"))
	check(err)
	check(f.Close())
	check(fsys.Rename("a/b", "a/c"))

	f, err = fsys.Open("a/c")
	check(err)
	if _, err := f.Write([]byte("x")); err == nil {
		t.Error("wrote to a file that was opened for reading")
	}
	size, err := f.Size()
	check(err)
	b, err := io.ReadAll(io.NewSectionReader(f, 0, size))
	check(err)
	names, err := fsys.List("a")
	check(err)
	if diff := cmp.Diff([]any{"hello again", []string{"c"}}, []any{string(b), names}); diff != "" {
		t.Error(diff)
	}
	check(fsys.Remove("a/c"))
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Errorf("a file that was removed while it was open cannot be read: %v", err)
	}
	check(f.Close())
	if err := fsys.Remove("a/c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("remove again: %v", err)
	}
	if free, err := fsys.Free(); err != nil || free <= 0 {
		t.Errorf("free: %d, %v", free, err)
	}
}

// The lock file of a process that is gone does not lock.
func TestStaleLock(t *testing.T) {
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "lock"), []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := disk.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
