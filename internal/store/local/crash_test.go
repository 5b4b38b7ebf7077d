package local

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/telltale-dev/telltale/internal/store/local/disk/disktest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// seeds is how many random lives are tried.
func seeds(full int) int {
	if n, err := strconv.Atoi(os.Getenv("TELLTALE_TEST_SEEDS")); err == nil {
		return n
	}
	if testing.Short() {
		return full / 10
	}
	return full
}

// forSeeds runs a test for many seeds on all cores.
func forSeeds(t *testing.T, n int, test func(t *testing.T, seed uint64)) {
	t.Helper()
	var next atomic.Uint64
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for !t.Failed() {
				seed := next.Add(1)
				if seed > uint64(n) {
					return
				}
				test(t, seed)
				if t.Failed() {
					t.Errorf("that was seed %d", seed)
				}
			}
		})
	}
	wg.Wait()
}

// Power goes at any call of the file system, twice in a row, in a life of writes, seals and compactions.
func TestPowerCut(t *testing.T) {
	var acked atomic.Int64
	forSeeds(t, seeds(1000), func(t *testing.T, seed uint64) {
		ctx := context.Background()
		l := newLedger(seed)
		fsys := disktest.New()
		for life := range uint64(3) {
			s := start(t, testOptions(fsys))
			if t.Failed() {
				return
			}
			l.check(t, s, 0)
			fsys.CutPowerAt(fsys.Calls() + 1 + l.r.IntN(600))
			l.exercise(ctx, s, 5+l.r.IntN(25))
			fsys.CutPower()
			stop(s)
			fsys = fsys.Crash(seed*10 + life)
		}
		s := start(t, testOptions(fsys))
		l.check(t, s, 0)
		stop(s)
		acked.Add(int64(len(l.acked)))
	})
	t.Logf("%d records were acknowledged", acked.Load())
	if acked.Load() == 0 {
		t.Error("nothing was ever acknowledged")
	}
}

// Power goes while many write at once and the upkeep runs by itself.
func TestPowerCutUnderLoad(t *testing.T) {
	forSeeds(t, seeds(40), func(t *testing.T, seed uint64) {
		ctx := context.Background()
		fsys := disktest.New()
		o := testOptions(fsys)
		o.ManualUpkeep, o.SealRows, o.StopSealsFrom = false, 40, 1<<30
		s := start(t, o)
		fsys.CutPowerAt(fsys.Calls() + 200 + rand.New(rand.NewPCG(seed, 2)).IntN(3000))
		ledgers := make([]*ledger, 4)
		var wg sync.WaitGroup
		for i := range ledgers {
			ledgers[i] = newLedger(seed*100 + uint64(i))
			ledgers[i].next = uint64(i) << 40
			wg.Go(func() {
				for range 200 {
					if ledgers[i].write(ctx, s) != nil {
						return
					}
				}
			})
		}
		wg.Wait()
		fsys.CutPower()
		stop(s)

		s = start(t, testOptions(fsys.Crash(seed)))
		defer stop(s)
		all := newLedger(0)
		for _, l := range ledgers {
			for id := range l.acked {
				all.acked[id] = true
			}
			for id := range l.maybe {
				all.maybe[id] = true
			}
		}
		all.check(t, s, 0)
	})
}

// Each call of the file system fails in turn, once and from then on for good; the store goes on or refuses, and loses
// nothing it acknowledged.
func TestEachCallFails(t *testing.T) {
	life := func(t *testing.T, fsys *disktest.FS, fault *disktest.Fault, seed uint64) (calls int) {
		ctx := context.Background()
		l := newLedger(7)
		fsys.Inject(fault)
		s, err := Open(testOptions(fsys))
		if err != nil {
			t.Fatal(err)
		}
		if s.Start(ctx) == nil {
			l.exercise(ctx, s, 12)
			_ = s.Seal(ctx)
			l.exercise(ctx, s, 12)
			_ = s.Upkeep(ctx)
			healed := fault == nil || fault.Count == 0
			fsys.Inject(nil)
			s.wal.Probe()
			if err := l.write(ctx, s); err != nil && healed {
				_ = l.write(ctx, s) // the first may have come before the probe
			}
			l.check(t, s, 0)
		}
		calls = fsys.Calls()
		stop(s)

		after := fsys.Crash(seed)
		s = start(t, testOptions(after))
		l.check(t, s, 0)
		if err := s.Write(ctx, &telemetry.Batch{Logs: []telemetry.Log{{}}}); err != nil {
			t.Errorf("write after the disk was mended: %v", err)
		}
		stop(s)
		return calls
	}
	calls := life(t, disktest.New(), nil, 1)
	step := 1
	if testing.Short() {
		step = 7
	}
	for call := 1; call < calls && !t.Failed(); call += step {
		life(t, disktest.New(), &disktest.Fault{Call: call, Count: 1}, uint64(call))
		if t.Failed() {
			t.Errorf("that was call %d failing once", call)
		}
	}
	for call := 1; call < calls && !t.Failed(); call += 4 * step {
		life(t, disktest.New(), &disktest.Fault{Call: call}, uint64(call))
		if t.Failed() {
			t.Errorf("that was call %d and all after it failing", call)
		}
	}
	t.Logf("%d calls", calls)
}
