package local

import (
	"context"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
)

// paced returns the file system for a merge, or to make an index. While the store is in use, writes, and reads of files that
// are opened with it, are held up so that the work takes no more than its share of a core.
func (s *Store) paced(ctx context.Context) disk.FS {
	return &pacedFS{FS: s.fs, store: s, ctx: ctx, last: time.Now()}
}

type pacedFS struct {
	disk.FS
	store *Store
	ctx   context.Context
	last  time.Time // when the merge went on after the last pause
}

const (
	busyFor   = time.Second           // after a write or query the store counts as in use
	stint     = 20 * time.Millisecond // work between pauses
	longPause = 500 * time.Millisecond
)

// Create implements disk.FS.
func (p *pacedFS) Create(name string) (disk.File, error) {
	f, err := p.FS.Create(name)
	if err != nil {
		return nil, err
	}
	return &pacedFile{File: f, fs: p}, nil
}

// Open implements disk.FS.
func (p *pacedFS) Open(name string) (disk.File, error) {
	f, err := p.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return &pacedFile{File: f, fs: p}, nil
}

type pacedFile struct {
	disk.File
	fs *pacedFS
}

// Write implements disk.File.
func (f *pacedFile) Write(b []byte) (int, error) {
	if err := f.fs.pause(); err != nil {
		return 0, err
	}
	return f.File.Write(b)
}

// ReadAt implements disk.File.
func (f *pacedFile) ReadAt(b []byte, at int64) (int, error) {
	if err := f.fs.pause(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(b, at)
}

// pause sleeps as long as the share demands for what was done since the last one.
func (p *pacedFS) pause() error {
	worked := time.Since(p.last)
	if worked < stint {
		return p.ctx.Err()
	}
	idle := p.store.now().UnixNano()-p.store.lastUse.Load() > int64(busyFor)
	if share := p.store.opts.CompactShare; !idle && share < 1 {
		if err := sleep(p.ctx, min(longPause, time.Duration(float64(worked)*(1/share-1)))); err != nil {
			return err
		}
	}
	p.last = time.Now()
	return p.ctx.Err()
}
