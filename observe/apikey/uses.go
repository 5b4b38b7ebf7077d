package apikey

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/telltale-dev/telltale/observe/internal/core"
)

// maxWaiting bounds the uses which wait to be written while the store cannot; past it they are not kept.
const maxWaiting = 100_000

// touchLimit bounds one write that Close has not asked for.
const touchLimit = 30 * time.Second

// uses collects when keys were used, and writes that from one goroutine, in batches.
type uses struct {
	store Store
	every time.Duration

	mu      sync.Mutex
	waiting []*entry
	failed  []Use // of the last write, to be tried again
	closed  bool

	ctx    context.Context // of writes that close has not asked for
	cancel context.CancelFunc
	stop   chan struct{}
	done   chan struct{}
	once   sync.Once
}

func startUses(store Store, every time.Duration) *uses {
	u := &uses{store: store, every: every, stop: make(chan struct{}), done: make(chan struct{})}
	u.ctx, u.cancel = context.WithCancel(context.Background())
	go u.run()
	return u
}

// note remembers that a key was used now. All but the first of a second cost two loads.
func (u *uses) note(e *entry, now time.Time) {
	second := now.Unix()
	if e.lastUse.Load() >= second {
		return
	}
	e.lastUse.Store(second)
	if !e.waiting.CompareAndSwap(false, true) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.closed && len(u.waiting) < maxWaiting {
		u.waiting = append(u.waiting, e)
	}
}

func (u *uses) run() {
	defer close(u.done)
	tick := time.NewTicker(u.every)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-u.stop:
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(u.ctx, touchLimit)
		err := u.write(ctx)
		if err != nil && !failing {
			core.From(ctx).Logger.WarnContext(ctx, "last use of API keys is not written, trying again", slog.Any("error", err))
		}
		failing = err != nil
		cancel()
	}
}

// write writes what waits. It is called by one goroutine at a time.
func (u *uses) write(ctx context.Context) error {
	u.mu.Lock()
	waiting, batch := u.waiting, u.failed
	u.waiting, u.failed = nil, nil
	u.mu.Unlock()
	for _, e := range waiting {
		e.waiting.Store(false) // before the time is read: a later use waits anew
		batch = append(batch, Use{ID: e.key.ID, At: time.Unix(e.lastUse.Load(), 0).UTC()})
	}
	if len(batch) == 0 {
		return nil
	}
	if err := u.store.Touch(ctx, batch); err != nil {
		u.failed = batch[max(0, len(batch)-maxWaiting):]
		return fmt.Errorf("write last use of %d keys: %w", len(batch), err)
	}
	return nil
}

// close ends the goroutine and writes what waits. Only the first call does; the others return at once.
func (u *uses) close(ctx context.Context) error {
	var err error
	u.once.Do(func() {
		u.mu.Lock()
		u.closed = true
		u.mu.Unlock()
		close(u.stop)
		select {
		case <-u.done:
		case <-ctx.Done():
			u.cancel()
			<-u.done
		}
		u.cancel()
		err = u.write(ctx)
	})
	return err
}
