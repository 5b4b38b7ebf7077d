package local

import (
	"context"
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/telltale-dev/telltale/internal/store/local/disk/disktest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// listener is a follower that notes each record it is told of. What it has kept survives a crash, the rest does not.
type listener struct {
	mu     sync.Mutex
	seq    uint64
	told   map[uint64]int
	kept   uint64
	ended  uint64
	record map[uint64]int // kept
}

func newListener() *listener { return &listener{told: map[uint64]int{}, record: map[uint64]int{}} }

func (l *listener) Kept() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kept
}

func (l *listener) Follow(seq uint64, b *telemetry.Batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq <= l.seq {
		return
	}
	l.seq = seq
	for i := range b.Spans {
		l.told[binary.BigEndian.Uint64(b.Spans[i].SpanID[:])]++
	}
	for i := range b.Logs {
		l.told[binary.BigEndian.Uint64(b.Logs[i].SpanID[:])]++
	}
}

func (l *listener) CaughtUp(end uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = end
}

func (l *listener) keep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept, l.record = l.seq, maps.Clone(l.told)
}

// crash forgets what was not kept.
func (l *listener) crash() *listener {
	return &listener{seq: l.kept, kept: l.kept, told: maps.Clone(l.record), record: maps.Clone(l.record)}
}

// check compares what was told with what can be read.
func (l *listener) check(t *testing.T, s *Store) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := stored(t, s)
	if !maps.Equal(seen, l.told) {
		missing, twice := 0, 0
		for id := range seen {
			if l.told[id] == 0 {
				missing++
			}
		}
		for _, n := range l.told {
			if n > 1 {
				twice++
			}
		}
		t.Errorf("%d records can be read, %d were told: %d were not, %d more than once", len(seen), len(l.told), missing, twice)
	}
	if l.ended < l.kept {
		t.Errorf("the log is said to end at %d, after %d", l.ended, l.kept)
	}
}

// Whenever the power goes, a follower is told every batch once that is kept, and none that is not.
func TestFollowerIsToldOnce(t *testing.T) {
	forSeeds(t, seeds(300), func(t *testing.T, seed uint64) {
		ctx := context.Background()
		l, r := newLedger(seed), rand.New(rand.NewPCG(seed, 3))
		fsys, follower := disktest.New(), newListener()
		for life := range uint64(4) {
			o := testOptions(fsys)
			o.Follower = follower
			s := start(t, o)
			if t.Failed() {
				return
			}
			follower.check(t, s)
			if r.IntN(4) > 0 {
				fsys.CutPowerAt(fsys.Calls() + 1 + r.IntN(500))
			}
			for range r.IntN(6) {
				l.exercise(ctx, s, r.IntN(8))
				if r.IntN(2) == 0 {
					follower.keep()
				}
			}
			fsys.CutPower()
			stop(s)
			fsys, follower = fsys.Crash(seed*10+life), follower.crash()
		}
		o := testOptions(fsys)
		o.Follower = follower
		s := start(t, o)
		follower.check(t, s)
		stop(s)
	})
}

// The log is kept as long as the follower needs it, and no longer.
func TestLogWaitsForTheFollower(t *testing.T) {
	ctx := t.Context()
	follower := newListener()
	o := testOptions(disktest.New())
	o.Follower = follower
	s := start(t, o)
	defer func() { stop(s) }()
	l := newLedger(1)
	life := func() {
		for range 3 {
			for range 5 {
				if err := l.write(ctx, s); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Seal(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.settle(0); err != nil {
			t.Fatal(err)
		}
	}
	life()
	held := s.Status().WALBytes
	follower.keep()
	if err := s.settle(0); err != nil {
		t.Fatal(err)
	}
	if after := s.Status().WALBytes; after >= held/2 {
		t.Errorf("the log had %d bytes while the follower needed it, and has %d", held, after)
	}
	life()
	stop(s)
	o.Follower = follower.crash()
	s = start(t, o)
	o.Follower.(*listener).check(t, s)
}
