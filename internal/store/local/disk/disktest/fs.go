// Package disktest is a file system in memory that does to a store what real ones do on a bad day: it loses or tears what
// was not synced when the power goes, fails calls, fills up, and damages bytes.
package disktest

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
)

// ErrPowerCut is what every call returns once the power is gone.
var ErrPowerCut = errors.New("the power is gone")

// FS implements disk.FS. It is safe for concurrent use.
type FS struct {
	mu       sync.Mutex
	names    map[string]*inode // as the process sees them
	stable   map[string]*inode // as they are after a power cut, the pending ones aside
	pending  []nameChange
	calls    int
	fault    *Fault
	cutAt    int // call at which the power goes; 0 is never
	dead     bool
	capacity int64
}

var _ disk.FS = (*FS)(nil)

// nameChange is an atomic change of the folders that is not synced yet.
type nameChange struct {
	set   string // "" sets nothing
	inode *inode
	del   string // "" deletes nothing
}

// Fault fails calls. Calls are counted from the making of the FS, see Calls.
type Fault struct {
	Call  int   // number of the first call that fails
	Count int   // how many calls fail; 0 is all from then on
	Err   error // syscall.EIO if nil
}

// New makes an empty file system.
func New() *FS {
	return &FS{names: map[string]*inode{}, stable: map[string]*inode{}, capacity: math.MaxInt64}
}

// Calls is the number of calls made so far, reads included.
func (f *FS) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// Inject sets the fault; nil heals.
func (f *FS) Inject(fault *Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

// CutPowerAt lets the power go at a call: it and all later ones do nothing but return ErrPowerCut.
func (f *FS) CutPowerAt(call int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cutAt = call
}

// CutPower lets the power go now.
func (f *FS) CutPower() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
}

// SetCapacity limits the bytes of all files.
func (f *FS) SetCapacity(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.capacity = bytes
}

// enter counts a call, with the lock held, and returns the error it is to fail with.
func (f *FS) enter(op, name string) error {
	f.calls++
	if f.cutAt > 0 && f.calls >= f.cutAt {
		f.dead = true
	}
	if f.dead {
		return &fs.PathError{Op: op, Path: name, Err: ErrPowerCut}
	}
	if t := f.fault; t != nil && f.calls >= t.Call && (t.Count == 0 || f.calls < t.Call+t.Count) {
		err := t.Err
		if err == nil {
			err = syscall.EIO
		}
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

func (f *FS) used() int64 {
	n := int64(0)
	for _, i := range f.names {
		n += int64(len(i.data))
	}
	return n
}

func parent(name string) string { return path.Dir(name) }

// dirKey is how a folder stands among the names; the top one always exists.
func dirKey(dir string) string { return path.Clean(dir) + "/" }

func (f *FS) hasDir(dir string) bool {
	dir = path.Clean(dir)
	return dir == "." || f.names[dirKey(dir)] != nil
}

func checkName(op, name string) error {
	if !fs.ValidPath(name) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return nil
}

func (f *FS) change(c nameChange) {
	if c.del != "" {
		delete(f.names, c.del)
	}
	if c.set != "" {
		f.names[c.set] = c.inode
	}
	f.pending = append(f.pending, c)
}

// Create implements disk.FS.
func (f *FS) Create(name string) (disk.File, error) { return f.openFile("create", name, true, true) }

// Append implements disk.FS.
func (f *FS) Append(name string) (disk.File, error) { return f.openFile("append", name, true, false) }

// Open implements disk.FS.
func (f *FS) Open(name string) (disk.File, error) { return f.openFile("open", name, false, false) }

func (f *FS) openFile(op, name string, write, truncate bool) (disk.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := errors.Join(checkName(op, name), f.enter(op, name)); err != nil {
		return nil, err
	}
	i := f.names[name]
	switch {
	case i == nil && (!write || !f.hasDir(parent(name))):
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	case i == nil:
		i = &inode{}
		f.change(nameChange{set: name, inode: i})
	case truncate:
		i.truncate(0)
	}
	return &file{fs: f, inode: i, name: name, write: write}, nil
}

// Rename implements disk.FS. It is atomic, whatever happens.
func (f *FS) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := errors.Join(checkName("rename", from), checkName("rename", to), f.enter("rename", from)); err != nil {
		return err
	}
	i := f.names[from]
	if i == nil || !f.hasDir(parent(to)) {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	f.change(nameChange{set: to, inode: i, del: from})
	return nil
}

// Remove implements disk.FS.
func (f *FS) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := errors.Join(checkName("remove", name), f.enter("remove", name)); err != nil {
		return err
	}
	if f.names[name] == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	f.change(nameChange{del: name})
	return nil
}

// MkdirAll implements disk.FS.
func (f *FS) MkdirAll(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := errors.Join(checkName("mkdir", dir), f.enter("mkdir", dir)); err != nil {
		return err
	}
	made := ""
	for _, step := range strings.Split(path.Clean(dir), "/") {
		made = path.Join(made, step)
		if !f.hasDir(made) {
			f.change(nameChange{set: dirKey(made), inode: &inode{}})
		}
	}
	return nil
}

// List implements disk.FS.
func (f *FS) List(dir string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := errors.Join(checkName("list", dir), f.enter("list", dir)); err != nil {
		return nil, err
	}
	if !f.hasDir(dir) {
		return nil, &fs.PathError{Op: "list", Path: dir, Err: fs.ErrNotExist}
	}
	var names []string
	for n := range f.names {
		if !strings.HasSuffix(n, "/") && parent(n) == path.Clean(dir) {
			names = append(names, path.Base(n))
		}
	}
	slices.Sort(names)
	return names, nil
}

// SyncDir implements disk.FS.
func (f *FS) SyncDir(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := errors.Join(checkName("syncdir", dir), f.enter("syncdir", dir)); err != nil {
		return err
	}
	if !f.hasDir(dir) {
		return &fs.PathError{Op: "syncdir", Path: dir, Err: fs.ErrNotExist}
	}
	dir = path.Clean(dir)
	f.pending = slices.DeleteFunc(f.pending, func(c nameChange) bool {
		touches := c.set != "" && parent(strings.TrimSuffix(c.set, "/")) == dir || c.del != "" && parent(c.del) == dir
		if touches {
			c.apply(f.stable)
		}
		return touches
	})
	return nil
}

func (c *nameChange) apply(names map[string]*inode) {
	if c.del != "" {
		delete(names, c.del)
	}
	if c.set != "" {
		names[c.set] = c.inode
	}
}

// Free implements disk.FS.
func (f *FS) Free() (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter("statfs", "."); err != nil {
		return 0, err
	}
	return max(0, f.capacity-f.used()), nil
}

func (f *FS) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var b strings.Builder
	for _, n := range slices.Sorted(maps.Keys(f.names)) {
		fmt.Fprintf(&b, "%s %d\n", n, len(f.names[n].data))
	}
	return b.String()
}
