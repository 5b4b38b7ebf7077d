package disktest

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// Crash cuts the power and returns the file system as it is found afterwards, which the seed decides: what was synced is
// there; of the rest anything may be.
func (f *FS) Crash(seed uint64) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
	r := rand.New(rand.NewPCG(seed, 0x7e11))
	names := map[string]*inode{}
	for n, i := range f.stable {
		names[n] = i
	}
	prefix := r.IntN(len(f.pending) + 1) // a journal keeps the order
	anyOrder := r.IntN(2) == 0
	for k, c := range f.pending {
		if anyOrder && r.IntN(2) == 0 || !anyOrder && k < prefix {
			c.apply(names)
		}
	}
	after := New()
	for _, n := range sortedNames(names) {
		if !reachable(names, n) {
			continue
		}
		b := names[n].crash(r)
		i := &inode{data: b, stable: slices.Clone(b)}
		after.names[n], after.stable[n] = i, i
	}
	return after
}

func sortedNames(names map[string]*inode) []string {
	all := make([]string, 0, len(names))
	for n := range names {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

// reachable reports whether the folders above a name were kept too.
func reachable(names map[string]*inode, n string) bool {
	for dir := parent(strings.TrimSuffix(n, "/")); dir != "."; dir = parent(dir) {
		if names[dirKey(dir)] == nil {
			return false
		}
	}
	return true
}

// Clone returns a copy of what a process sees now, all of it synced.
func (f *FS) Clone() *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := New()
	for n, i := range f.names {
		j := &inode{data: slices.Clone(i.data), stable: slices.Clone(i.data)}
		c.names[n], c.stable[n] = j, j
	}
	return c
}

// Names lists all files, sorted, with their folders.
func (f *FS) Names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(sortedNames(f.names), func(n string) bool { return strings.HasSuffix(n, "/") })
}

// ReadFile returns a copy of a file's content; nil where there is none.
func (f *FS) ReadFile(name string) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := f.names[name]; i != nil {
		return slices.Clone(i.data)
	}
	return nil
}

// Damage lets edit change the bytes of a file behind the process's back, as a failing disk does. It reports whether the
// file is there.
func (f *FS) Damage(name string, edit func([]byte) []byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.names[name]
	if i == nil {
		return false
	}
	i.data = edit(slices.Clone(i.data))
	i.stable, i.pending, i.doomed = slices.Clone(i.data), nil, nil
	return true
}

// Flip damages one byte of a file.
func (f *FS) Flip(name string, off int, mask byte) bool {
	return f.Damage(name, func(b []byte) []byte {
		b[off] ^= mask
		return b
	})
}

// Cut shortens a file.
func (f *FS) Cut(name string, size int) bool {
	return f.Damage(name, func(b []byte) []byte { return b[:size] })
}

// Lose removes a file behind the process's back.
func (f *FS) Lose(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.names, name)
	delete(f.stable, name)
}
