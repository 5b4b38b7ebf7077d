package local

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/store/local/exec"
	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/store/local/wal"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Store implements telemetry.Store.
type Store struct {
	opts   Options
	fs     disk.FS
	dir    *disk.Dir // nil where the file system was given
	wal    *wal.Log
	engine *exec.Engine

	state    atomic.Int32
	startErr atomic.Pointer[error]
	lifeMu   sync.Mutex
	stopOnce sync.Once
	upkeep   sync.WaitGroup
	ctx      context.Context // of the upkeep
	cancel   context.CancelFunc

	commitMu   sync.Mutex
	slot       int      // of the newest manifest
	obsolete   []string // files that only the older manifest needs
	older      uint64   // up to where the older manifest has sealed the log
	lastCommit time.Time

	sealMu    sync.Mutex // one seal at a time; before commitMu
	compactMu sync.Mutex // one compaction at a time; before commitMu

	applyMu sync.Mutex
	hotMu   sync.Mutex
	active  *hot
	sealing *hot           // nil unless one is being sealed
	spare   *part.Memtable // empty, with the memory of one that was sealed; nil while there is none

	mu       sync.RWMutex
	manifest *manifest
	parts    map[string]*part.Part

	activeRows  atomic.Int64
	activeBytes atomic.Int64
	nextPart    atomic.Uint64
	lastUse     atomic.Int64 // when a write or query last came, Unix nanoseconds

	sealC    chan struct{} // something to seal
	suspectC chan suspect  // parts in which a query met damage
	compactC chan struct{} // something to compact
	aside    []Quarantined // set aside before there was a memtable to note it in
	health   health
	progress progress
}

var _ telemetry.Store = (*Store)(nil)

// States of a store.
const (
	stateNew int32 = iota
	stateRecovering
	stateReady
	stateStopped
)

// Open checks the options and locks the data folder. Start makes the store ready.
func Open(o Options) (*Store, error) {
	o.fill()
	s := &Store{
		opts: o, fs: o.FS, parts: map[string]*part.Part{}, manifest: &manifest{},
		sealC: make(chan struct{}, 1), suspectC: make(chan suspect, 64), compactC: make(chan struct{}, 1),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if s.fs == nil {
		if o.Dir == "" {
			return nil, errors.New("open store: no data folder is named")
		}
		dir, err := disk.OpenDir(o.Dir)
		if err != nil {
			return nil, fmt.Errorf("open store: %w", err)
		}
		s.dir, s.fs = dir, dir
	}
	s.engine = exec.New(s.snapshot, exec.Options{Workers: o.Workers, Damaged: s.suspect})
	return s, nil
}

// Start recovers what the last process left, and returns when the store is ready. In the meantime Health, Write and the
// queries answer telemetry.ErrRecovering.
func (s *Store) Start(ctx context.Context) error {
	if !s.state.CompareAndSwap(stateNew, stateRecovering) {
		if e := s.startErr.Load(); e != nil {
			return *e
		}
		return s.ready()
	}
	s.lifeMu.Lock()
	defer s.lifeMu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	if err := s.recover(ctx); err != nil {
		err = fmt.Errorf("start store: %w", err)
		s.startErr.Store(&err)
		return err
	}
	if !s.state.CompareAndSwap(stateRecovering, stateReady) {
		return telemetry.ErrStopped
	}
	s.upkeep.Go(s.watchSuspects)
	if !s.opts.ManualUpkeep {
		s.upkeep.Go(s.sealLoop)
		s.upkeep.Go(s.tickLoop)
		s.upkeep.Go(s.compactLoop)
	}
	return nil
}

// Stop makes what was taken durable, waits for the upkeep, and gives the folder back. A large memtable is sealed first, if
// ctx leaves time; without that, the next start reads it from the log.
func (s *Store) Stop(ctx context.Context) error {
	var err error
	s.stopOnce.Do(func() {
		before := s.state.Swap(stateStopped)
		s.cancel()
		s.lifeMu.Lock() // a start that is under way ends first
		defer s.lifeMu.Unlock()
		if s.wal != nil {
			err = s.wal.Close()
		}
		s.upkeep.Wait()
		if before == stateReady && int(s.activeRows.Load()) >= s.opts.StopSealsFrom && s.wal.Err() == nil {
			if sealErr := s.seal(ctx); sealErr != nil {
				s.opts.Logger.Warn("rows are left to the write-ahead log", "error", sealErr)
			}
		}
		s.mu.Lock()
		for _, p := range s.parts {
			_ = p.Close()
		}
		s.parts = map[string]*part.Part{}
		s.mu.Unlock()
		if s.dir != nil {
			err = errors.Join(err, s.dir.Close())
		}
	})
	return err
}

// ready returns nil, or why the store does not answer.
func (s *Store) ready() error {
	switch s.state.Load() {
	case stateReady:
		return nil
	case stateStopped:
		return telemetry.ErrStopped
	}
	if e := s.startErr.Load(); e != nil {
		return *e
	}
	return telemetry.ErrRecovering
}

func (s *Store) now() time.Time { return s.opts.Now() }

// used notes that somebody is waiting for the store, which compaction takes into account.
func (s *Store) used() { s.lastUse.Store(s.now().UnixNano()) }

// Write implements telemetry.Writer. Besides its errors there are telemetry.ErrOverloaded while sealing falls behind, and
// telemetry.ErrReadOnly with the cause when the disk is full or fails; then reads go on, and writes are taken again once
// the cause is gone.
func (s *Store) Write(ctx context.Context, b *telemetry.Batch) error {
	if err := s.ready(); err != nil {
		return err
	}
	if err := checkCounts(b.Counts); err != nil {
		return err
	}
	if b.Len() == 0 && len(b.Counts) == 0 {
		return nil
	}
	s.used()
	if err := s.admit(ctx); err != nil {
		return err
	}
	return s.wal.Append(ctx, b)
}

// checkCounts refuses entries that would unbalance the books: what is accepted, sampled, expired or quarantined the store
// counts itself.
func checkCounts(counts []telemetry.Count) error {
	for _, c := range counts {
		taken := c.Outcome == telemetry.Duplicate || c.Outcome == telemetry.Rejected || c.Outcome == telemetry.Dropped
		if !taken || c.N < 0 || c.Signal > telemetry.SignalLogs {
			return fmt.Errorf("a count of %d %s records that are %s cannot be entered in the books", c.N, c.Signal, c.Outcome)
		}
	}
	return nil
}

// How far the memtable may outgrow its size while the one before is being sealed, and how long a write waits then.
const (
	overfull   = 1.5
	admitWaits = 5 * time.Second
)

// admit holds a write back while sealing is behind, and refuses it when the disk is full.
func (s *Store) admit(ctx context.Context) error {
	if err := s.health.lowDisk(); err != nil {
		return fmt.Errorf("%w: %w", telemetry.ErrReadOnly, err)
	}
	if !s.full(overfull) {
		return nil
	}
	for deadline := time.Now().Add(admitWaits); s.full(overfull); {
		if err := s.health.sealFailure(); err != nil {
			return fmt.Errorf("%w: %w", telemetry.ErrReadOnly, err)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("sealing is behind: %w", telemetry.ErrOverloaded)
		}
		if err := sleep(ctx, 5*time.Millisecond); err != nil {
			return err
		}
		if err := s.ready(); err != nil {
			return err
		}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
