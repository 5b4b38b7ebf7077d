package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Dir is a folder of the operating system. Names that lead out of it are refused.
type Dir struct {
	path string
	root *os.Root
	lock *os.File
}

var _ FS = (*Dir)(nil)

// lockName is the file that says which process has the folder. It stays when the process ends: the lock is on it, not its
// being there.
const lockName = "lock"

// LockedError says that another process has the folder open.
type LockedError struct {
	Path string
	PID  int // 0 where it cannot be told
}

func (e *LockedError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = "process " + strconv.Itoa(e.PID)
	}
	return fmt.Sprintf("data folder %s is in use by %s: stop it, or choose another folder", e.Path, who)
}

// OpenDir opens a folder, makes it if need be, and locks it against other processes: those get a LockedError. The lock
// goes with the process, however it ends.
func OpenDir(dir string) (*Dir, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	d := &Dir{path: dir, root: root}
	if err := d.acquire(); err != nil {
		_ = root.Close()
		return nil, err
	}
	return d, nil
}

func (d *Dir) acquire() error {
	f, err := d.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return fmt.Errorf("data folder %s cannot be written: %w", d.path, err)
	}
	if err := lockFile(f); err != nil {
		defer func() { _ = f.Close() }()
		if !errors.Is(err, errLocked) {
			return fmt.Errorf("lock data folder %s: %w", d.path, err)
		}
		b := make([]byte, 32)
		n, _ := f.ReadAt(b, 0)
		pid, _ := strconv.Atoi(strings.TrimSpace(string(b[:n])))
		return &LockedError{Path: d.path, PID: pid}
	}
	_ = f.Truncate(0) // the number only helps a reader of the error
	_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	d.lock = f
	return nil
}

// Path is the folder's path.
func (d *Dir) Path() string { return d.path }

// Close gives the lock back. Open files stay open.
func (d *Dir) Close() error {
	return errors.Join(d.lock.Close(), d.root.Close())
}

// Create implements FS.
func (d *Dir) Create(name string) (File, error) {
	return d.open(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

// Append implements FS.
func (d *Dir) Append(name string) (File, error) {
	return d.open(name, os.O_RDWR|os.O_CREATE|os.O_APPEND)
}

// Open implements FS.
func (d *Dir) Open(name string) (File, error) { return d.open(name, os.O_RDONLY) }

func (d *Dir) open(name string, flag int) (File, error) {
	f, err := d.root.OpenFile(name, flag, 0o640)
	if err != nil {
		return nil, err
	}
	return &osFile{f}, nil
}

// Rename implements FS.
func (d *Dir) Rename(from, to string) error { return d.root.Rename(from, to) }

// Remove implements FS.
func (d *Dir) Remove(name string) error { return d.root.Remove(name) }

// MkdirAll implements FS.
func (d *Dir) MkdirAll(dir string) error { return d.root.MkdirAll(dir, 0o750) }

// List implements FS.
func (d *Dir) List(dir string) ([]string, error) {
	entries, err := fs.ReadDir(d.root.FS(), path.Clean(dir))
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// SyncDir implements FS.
func (d *Dir) SyncDir(dir string) error {
	f, err := d.root.Open(path.Clean(dir))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Free implements FS.
func (d *Dir) Free() (int64, error) { return freeSpace(d.path) }

type osFile struct{ *os.File }

func (f *osFile) Size() (int64, error) {
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

func (f *osFile) Sync() error { return syncFile(f.File) }
