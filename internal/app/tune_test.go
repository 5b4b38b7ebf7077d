package app

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestPercentOfCollections(t *testing.T) {
	for _, tc := range []struct {
		live uint64
		busy bool
		want int
	}{
		{0, true, 1600},
		{1 << 20, true, 1600},
		{8 << 20, true, 800},
		{30 << 20, true, 200},
		{64 << 20, true, 100},
		{400 << 20, true, 100},
		{0, false, 1600},
		{8 << 20, false, 300},
		{24 << 20, false, 100},
		{40 << 20, false, 75},
		{400 << 20, false, 75},
	} {
		if got := percentFor(tc.live, tc.busy); got != tc.want {
			t.Errorf("%d MiB alive, busy %v: got %d, want %d", tc.live>>20, tc.busy, got, tc.want)
		}
	}
}

func TestBusyIsWhoTakesRecords(t *testing.T) {
	var n uint64
	g := collections{taken: func() uint64 { return n }}
	at := time.Unix(1000, 0)
	for i, tc := range []struct {
		came  uint64
		after time.Duration
		want  bool
	}{
		{0, 0, true}, // the start
		{0, time.Second, false},
		{1000, time.Second, true},
		{1000, time.Minute, false},
		{10, 20 * time.Millisecond, true},
		{0, time.Second, false},
	} {
		n += tc.came
		at = at.Add(tc.after)
		if got := g.busy(at); got != tc.want {
			t.Errorf("%d: %d records in %v: busy %v", i, tc.came, tc.after, got)
		}
	}
}

// In a process of its own, for it changes all of it: with little alive far more than the default of 4 MB is allocated
// between two collections, and with much alive the percentage falls back to 100.
func TestCollectionsFollowWhatIsAlive(t *testing.T) {
	if os.Getenv("TUNED") == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$") //nolint:gosec // this program
		cmd.Env = append(os.Environ(), "TUNED=1", "GOGC=", "GOMEMLIMIT=", "GOMAXPROCS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	TuneRuntime(os.Getenv, nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const allocated = 256 << 20
	for range allocated / kib64 {
		garbage = make([]byte, kib64)
	}
	runtime.ReadMemStats(&after)
	if n := after.NumGC - before.NumGC; n > 2*allocated/leastGarbage {
		t.Errorf("%d collections of %d MiB", n, allocated>>20)
	}
	held := make([]byte, 2*leastGarbage)
	for range 4 {
		runtime.GC()
		waitForCleanups()
	}
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("with %d MiB alive: %d percent", len(held)>>20, got)
	}
	runtime.KeepAlive(held)
}

const kib64 = 64 << 10

var garbage []byte

// waitForCleanups returns when those of garbage found so far have run.
func waitForCleanups() {
	done := make(chan struct{})
	runtime.AddCleanup(new(mark), func(c chan struct{}) { close(c) }, done)
	runtime.GC()
	<-done
}
