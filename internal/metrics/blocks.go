package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/index"
)

const (
	quarantineDir = "quarantine"
	reasonFile    = "reason.txt"
	blockCheck    = time.Minute // between two looks for blocks that could not be compacted
)

// Aside is a block that is damaged. Its samples are not served; its files are kept for who wants to mend them.
type Aside struct {
	Block  string `json:"block"`
	Reason string `json:"reason"`
}

// blocks sets damaged blocks aside: when they cannot be opened, and when a query or a compaction meets a checksum that is
// wrong. One damaged block would otherwise fail each query of its time, or the start.
type blocks struct {
	dir      string // of the TSDB
	log      *slog.Logger
	db       func() *tsdb.DB // nil until it is open
	suspects chan ulid.ULID

	mu    sync.Mutex
	aside map[ulid.ULID]bool // set aside since the start; the TSDB unloads them soon
}

func newBlocks(dir string, db func() *tsdb.DB, log *slog.Logger) *blocks {
	return &blocks{dir: dir, log: log, db: db, suspects: make(chan ulid.ULID, 16), aside: map[ulid.ULID]bool{}}
}

// sweep sets aside what cannot be opened. The TSDB is not open yet.
func (b *blocks) sweep() error {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return fmt.Errorf("read the folder of the metrics: %w", err)
	}
	for _, e := range entries {
		if _, err := ulid.ParseStrict(e.Name()); err != nil || !e.IsDir() {
			continue
		}
		path := filepath.Join(b.dir, e.Name())
		opened, err := tsdb.OpenBlock(slog.New(slog.DiscardHandler), path, nil, nil)
		if err == nil {
			err = opened.Close()
		}
		if err == nil {
			continue
		}
		if err := b.move(e.Name(), err); err != nil {
			return err
		}
	}
	return nil
}

func (b *blocks) move(name string, reason error) error {
	to := filepath.Join(b.dir, quarantineDir, name)
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return fmt.Errorf("set block %s aside: %w", name, err)
	}
	if err := os.Rename(filepath.Join(b.dir, name), to); err != nil {
		return fmt.Errorf("set block %s aside: %w", name, err)
	}
	b.tell(to, name, reason)
	return nil
}

// tell says why, to the log and beside the files.
func (b *blocks) tell(path, name string, reason error) {
	b.log.Error("a block of metrics is damaged and was set aside, the rest is served", "block", name, "path", path, "error", reason)
	if err := os.WriteFile(filepath.Join(path, reasonFile), []byte(reason.Error()+"\n"), 0o600); err != nil {
		b.log.Warn("the reason was not written beside the block", "block", name, "error", err)
	}
}

// list is what lies in the quarantine now; who removes a block from there has done with it.
func (b *blocks) list() []Aside {
	entries, _ := os.ReadDir(filepath.Join(b.dir, quarantineDir)) // none, mostly
	var out []Aside
	for _, e := range entries {
		reason, _ := os.ReadFile(filepath.Join(b.dir, quarantineDir, e.Name(), reasonFile)) // missing where the disk was full
		out = append(out, Aside{Block: e.Name(), Reason: strings.TrimSpace(string(reason))})
	}
	return out
}

// run looks at blocks that are suspected, until ctx ends.
func (b *blocks) run(ctx context.Context) {
	tick := time.NewTicker(blockCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-b.suspects:
			b.examine(ctx, id)
		case <-tick.C:
			for _, block := range b.db().Blocks() {
				if block.Meta().Compaction.Failed && !b.isAside(block.Meta().ULID) {
					b.examine(ctx, block.Meta().ULID)
				}
			}
		}
	}
}

// suspect has a block looked at.
func (b *blocks) suspect(id ulid.ULID, err error) {
	if errors.Is(err, storage.ErrNotFound) || errors.Is(err, tsdb.ErrClosing) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded) {
		return
	}
	select {
	case b.suspects <- id:
	default: // it will be met again
	}
}

func (b *blocks) isAside(id ulid.ULID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.aside[id]
}

// examine reads a block as a whole, and sets it aside where that fails. From then on queries pass it by.
func (b *blocks) examine(ctx context.Context, id ulid.ULID) {
	for _, block := range b.db().Blocks() {
		if block.Meta().ULID != id || b.isAside(id) {
			continue
		}
		broken := verify(ctx, block)
		if broken == nil || ctx.Err() != nil || errors.Is(broken, tsdb.ErrClosing) {
			return
		}
		to := filepath.Join(b.dir, quarantineDir, id.String())
		if err := link(block.Dir(), to); err != nil {
			b.log.Error("a damaged block was not set aside", "block", id, "error", err, "damage", broken)
			return
		}
		b.mu.Lock()
		b.aside[id] = true
		b.mu.Unlock()
		b.tell(to, id.String(), broken)
	}
}

// verify reads all of a block; each record has a checksum.
func verify(ctx context.Context, b *tsdb.Block) (err error) {
	ix, err := b.Index()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ix.Close()) }()
	samples, err := b.Chunks()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, samples.Close()) }()
	name, value := index.AllPostingsKey()
	all, err := ix.Postings(ctx, name, value)
	if err != nil {
		return err
	}
	var builder labels.ScratchBuilder
	var metas []chunks.Meta
	for all.Next() && ctx.Err() == nil {
		if err := ix.Series(all.At(), &builder, &metas); err != nil {
			return fmt.Errorf("series %d: %w", all.At(), err)
		}
		for _, m := range metas {
			if _, _, err := samples.ChunkOrIterable(m); err != nil {
				return fmt.Errorf("chunk %d of %v: %w", m.Ref, builder.Labels(), err)
			}
		}
	}
	return all.Err()
}

// link makes a second name for each file of a folder, so that they outlive it.
func link(from, to string) error {
	return filepath.WalkDir(from, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o750)
		}
		if err := os.Link(path, filepath.Join(to, rel)); err != nil && !os.IsExist(err) { //nolint:gosec // nobody else writes to our folder
			return err
		}
		return nil
	})
}

// toDelete is what retention deletes, and what was set aside, of which the quarantine has the files.
func (b *blocks) toDelete(all []*tsdb.Block) map[ulid.ULID]struct{} {
	out := map[ulid.ULID]struct{}{}
	if db := b.db(); db != nil {
		out = tsdb.DefaultBlocksToDelete(db)(all)
	}
	for _, block := range all {
		if id := block.Meta().ULID; b.isAside(id) {
			out[id] = struct{}{}
		}
	}
	return out
}

// querier and chunkQuerier are what the TSDB reads blocks by.
func (b *blocks) querier(r tsdb.BlockReader, from, to int64) (storage.Querier, error) {
	if block, ok := r.(*tsdb.Block); ok {
		if b.isAside(block.Meta().ULID) {
			return storage.NoopQuerier(), nil
		}
		r = observed{r, func(err error) { b.suspect(block.Meta().ULID, err) }}
	}
	return tsdb.NewBlockQuerier(r, from, to)
}

func (b *blocks) chunkQuerier(r tsdb.BlockReader, from, to int64) (storage.ChunkQuerier, error) {
	if block, ok := r.(*tsdb.Block); ok {
		if b.isAside(block.Meta().ULID) {
			return storage.NoopChunkedQuerier(), nil
		}
		r = observed{r, func(err error) { b.suspect(block.Meta().ULID, err) }}
	}
	return tsdb.NewBlockChunkQuerier(r, from, to)
}
