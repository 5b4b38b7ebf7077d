package disktest

import (
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"syscall"
)

// inode is the content of a file, whatever it is called.
type inode struct {
	data    []byte // as the process reads it
	stable  []byte // on the platter
	pending []op   // not synced, in order
	doomed  []op   // a sync of these failed: nobody can tell whether they are on the platter, also after a later sync
}

// op is a write, or a truncation where data is nil.
type op struct {
	off  int64
	data []byte
}

func (o *op) apply(b []byte) []byte {
	if o.data == nil {
		return resize(b, int(o.off))
	}
	if end := int(o.off) + len(o.data); end > len(b) {
		b = resize(b, end)
	}
	copy(b[o.off:], o.data)
	return b
}

func resize(b []byte, n int) []byte {
	if n <= len(b) {
		return b[:n]
	}
	old := len(b)
	b = slices.Grow(b, n-old)[:n]
	clear(b[old:])
	return b
}

func (i *inode) do(o op) {
	i.data = o.apply(i.data)
	i.pending = append(i.pending, o)
}

func (i *inode) truncate(size int64) { i.do(op{off: size}) }

func (i *inode) sync() {
	for _, o := range i.pending {
		i.stable = o.apply(i.stable)
		if o.data == nil {
			i.doomed = slices.DeleteFunc(i.doomed, func(d op) bool { return d.off >= o.off })
		}
	}
	i.pending = nil
}

// crash returns what is on the platter after a power cut. Of what was not synced each write is lost, kept, or torn at any
// byte on either side.
func (i *inode) crash(r *rand.Rand) []byte {
	b := slices.Clone(i.stable)
	mode := r.IntN(4)
	for _, o := range slices.Concat(i.doomed, i.pending) {
		fate := mode
		if mode == 3 {
			fate = r.IntN(3)
		}
		switch {
		case fate == 0: // lost
		case fate == 1 || len(o.data) == 0: // kept
			b = o.apply(b)
		case r.IntN(3) == 0: // the later pages reached the platter, the earlier did not
			cut := r.IntN(len(o.data) + 1)
			if cut < len(o.data) {
				late := op{off: o.off + int64(cut), data: o.data[cut:]}
				b = late.apply(b)
			}
		default:
			torn := op{off: o.off, data: o.data[:r.IntN(len(o.data)+1)]}
			if len(torn.data) > 0 {
				b = torn.apply(b)
			}
			if mode == 2 {
				return b
			}
		}
	}
	return b
}

type file struct {
	fs    *FS
	inode *inode
	name  string
	write bool
	done  bool
}

func (f *file) enter(op string, writes bool) error {
	if f.done {
		return &fs.PathError{Op: op, Path: f.name, Err: fs.ErrClosed}
	}
	if writes && !f.write {
		return &fs.PathError{Op: op, Path: f.name, Err: fs.ErrPermission}
	}
	return f.fs.enter(op, f.name)
}

// Write implements disk.File. One that fails leaves half of it behind.
func (f *file) Write(p []byte) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	n := len(p)
	err := f.enter("write", true)
	switch room := f.fs.capacity - f.fs.used(); {
	case f.done || !f.write || f.fs.dead:
		return 0, err
	case err != nil:
		n /= 2
	case int64(n) > room:
		n, err = int(max(0, room)), &fs.PathError{Op: "write", Path: f.name, Err: syscall.ENOSPC}
	}
	if n > 0 {
		f.inode.do(op{off: int64(len(f.inode.data)), data: slices.Clone(p[:n])})
	}
	return n, err
}

// ReadAt implements disk.File.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.enter("read", false); err != nil {
		return 0, err
	}
	if off >= int64(len(f.inode.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.inode.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Size implements disk.File.
func (f *file) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.enter("stat", false); err != nil {
		return 0, err
	}
	return int64(len(f.inode.data)), nil
}

// Truncate implements disk.File.
func (f *file) Truncate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.enter("truncate", true); err != nil {
		return err
	}
	f.inode.truncate(size)
	return nil
}

// Sync implements disk.File. After one that failed, a later one does not make good what was written before.
func (f *file) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.enter("sync", false); err != nil {
		if !f.fs.dead {
			f.inode.doomed = append(f.inode.doomed, f.inode.pending...)
			f.inode.pending = nil
		}
		return err
	}
	f.inode.sync()
	return nil
}

// Close implements disk.File.
func (f *file) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.done {
		return &fs.PathError{Op: "close", Path: f.name, Err: fs.ErrClosed}
	}
	f.done = true
	return nil
}
