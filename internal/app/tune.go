package app

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// memoryLimit is what the process may hold before the garbage collector works harder. It is a soft limit: what is in use
// is never taken away. The bounds of queues and memtables add up to less.
const memoryLimit = 448 << 20

// sealBytes is the size at which a memtable is sealed. Two are in memory, one that fills and one that is sealed, and each may
// grow to half as much again while sealing is behind; with a merge and what is remembered of spans, 250 MB are alive under full ingest.
const sealBytes = 32 << 20

// leastProcs is how many goroutines may run at a time, however few cores there are. Where batches and seals keep every one
// busy, the scheduler of Go looks at the network every ten milliseconds only, and a call through the gateway waits that long
// for each of its steps; the kernel's lets a thread that was waiting go first. On two busy cores under full ingest the
// median of calls fell from 26 to 2.4 ms. With eight, idle threads that look for work made paced streams dearer by a quarter.
const leastProcs = 4

// leastGarbage is how many bytes may be allocated from one collection to the next, at least, while records come in. A server
// that passes calls on holds little and allocates much: by the default of Go, as much garbage as there is live memory, it
// collected many times a second. It costs as much memory at most; with more than that alive the default rules again.
const leastGarbage = 64 << 20

// A server that is only asked keeps what Prometheus keeps, 75 % of what is alive, and does not fall below quietGarbage: what
// a query allocates is gone when it ends, and more garbage made none of them faster.
const (
	quietGarbage = 24 << 20
	quietPercent = 75
	busyRecords  = 100 // a second, from which on a server is busy
)

// TuneRuntime sets limits of the whole process, unless the environment says others (GOMEMLIMIT, GOMAXPROCS, GOGC). Main
// calls it, after New: what is sized by the number of cores should be. taken counts the records that came in so far; nil is
// a process that is always busy.
func TuneRuntime(getenv func(string) string, taken func() uint64) {
	if getenv("GOMEMLIMIT") == "" && debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryLimit)
	}
	if getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) < leastProcs {
		runtime.GOMAXPROCS(leastProcs)
	}
	if getenv("GOGC") == "" {
		(&collections{taken: taken}).follow()
	}
}

// collections sets after each collection what is to be alive, in percent, when the next one begins.
type collections struct {
	taken   func() uint64
	percent int
	at      time.Time // of the last collection; zero: the first is to come, and the start, which reads logs, is busy
	records uint64    // taken until then
}

// mark is an object that each collection finds to be garbage. Its pointer keeps it from being put together with others.
type mark struct{ _ *collections }

func (g *collections) follow() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Kind() == metrics.KindUint64 {
		if p := percentFor(live[0].Value.Uint64(), g.busy(time.Now())); p != g.percent {
			g.percent = p
			debug.SetGCPercent(p)
		}
	}
	runtime.AddCleanup(new(mark), (*collections).follow, g)
}

// busy reports whether records came in, in a number worth mentioning, since it was asked before.
func (g *collections) busy(now time.Time) bool {
	if g.taken == nil {
		return true
	}
	n, last := g.taken(), g.at
	came := n - g.records
	g.at, g.records = now, n
	return last.IsZero() || float64(came) >= busyRecords*now.Sub(last).Seconds()
}

// percentFor lets leastGarbage gather beside as many live bytes, or less where the server is not busy. Steps, since each
// change stops all goroutines for a moment.
func percentFor(live uint64, busy bool) int {
	const most, step = 1600, 20
	garbage, least := uint64(quietGarbage), quietPercent
	if busy {
		garbage, least = leastGarbage, 100
	}
	percent := garbage * 100 / max(live, 1)
	return max(int(min(percent/step*step, most)), least)
}
