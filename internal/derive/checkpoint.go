package derive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"
)

// saved is what is known of the file. saveMu guards it.
type saved struct {
	at  time.Time
	err error // of the last try
	buf []byte
}

// unknown is the position of a counter whose file is lost: it takes the store's, so that nothing counts twice.
const unknown = math.MaxUint64

// Start reads the file, and begins to write it. It comes before that of the store, which tells then what came since.
func (c *Counter) Start(ctx context.Context) error {
	if !c.started.CompareAndSwap(false, true) {
		return nil
	}
	if err := c.load(); err != nil {
		return fmt.Errorf("read counters of derived metrics: %w", err)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel = cancel
	c.work.Go(func() { c.saveLoop(run) })
	return nil
}

// Stop writes the file a last time. It comes after that of the store. It may be called twice, or without Start.
func (c *Counter) Stop(context.Context) error {
	c.cancel()
	c.work.Wait()
	if !c.ready.Load() {
		return nil
	}
	return c.Save()
}

// Kept is the number of the last batch that the store need not tell again after a crash. It never gets smaller.
func (c *Counter) Kept() uint64 { return c.kept.Load() }

// CaughtUp is called when all of the log was told, whose last batch has the number end.
func (c *Counter) CaughtUp(end uint64) {
	c.mu.Lock()
	if c.seq > end {
		if c.seq != unknown {
			c.opts.Logger.Warn("derived metrics were ahead of the write-ahead log, which lost batches", "counted", c.seq, "end", end)
		}
		c.seq = end
	}
	c.mu.Unlock()
	c.ready.Store(true)
	if err := c.Save(); err != nil {
		c.opts.Logger.Warn("counters of derived metrics cannot be written", "error", err)
	}
}

func (c *Counter) load() error {
	b, err := readFile(c.opts.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.decode(b); err != nil {
		aside := c.opts.File + ".damaged"
		c.opts.Logger.Error("counters of derived metrics are damaged and begin anew", "file", c.opts.File, "aside", aside, "error", err)
		if err := os.Rename(c.opts.File, aside); err != nil {
			return err
		}
		c.forget()
	}
	c.now = c.opts.Now().UnixMilli()
	for _, h := range c.held {
		h.since = min(h.since, c.now) // a clock may have been set back
	}
	c.countOverdue()
	c.kept.Store(c.seq)
	return nil
}

// forget empties the counter.
func (c *Counter) forget() {
	fresh, _ := New(c.opts) // they were checked
	c.order, c.series, c.groups, c.values, c.jobs = nil, fresh.series, fresh.groups, fresh.values, nil
	c.owned, c.windows, c.folded = fresh.owned, fresh.windows, fresh.folded
	c.held, c.waiting = nil, fresh.waiting
	c.seq = unknown
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

func (c *Counter) saveLoop(ctx context.Context) {
	tick := time.NewTicker(c.opts.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !c.ready.Load() {
			continue
		}
		before := c.Status().Problem
		if err := c.Save(); err != nil && before == "" {
			c.opts.Logger.Error("counters of derived metrics cannot be written; the write-ahead log grows until they can", "error", err)
		}
	}
}

// Save writes the file now, if there is anything new.
func (c *Counter) Save() error {
	c.saveMu.Lock()
	defer c.saveMu.Unlock()
	c.mu.Lock()
	seq, now := c.seq, c.opts.Now()
	overdue := c.overdue(now.UnixMilli())
	if !overdue && seq == c.kept.Load() && c.saved.err == nil && !c.saved.at.IsZero() {
		c.mu.Unlock()
		return nil
	}
	c.saved.buf = c.encode(c.saved.buf)
	if !overdue {
		c.mu.Unlock()
	}
	c.saved.err = replaceFile(c.opts.File, c.saved.buf)
	if overdue { // nothing is counted between the file and what follows from it
		if c.saved.err == nil {
			c.countOverdue()
		}
		c.mu.Unlock()
	}
	if c.saved.err == nil {
		c.kept.Store(seq)
		c.saved.at = now
	}
	return c.saved.err
}

// replaceFile makes a file durable in one step: after a crash it is the old one or the new one.
func replaceFile(name string, b []byte) error {
	temp := name + ".new"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp, name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
