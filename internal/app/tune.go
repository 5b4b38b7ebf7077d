package app

import (
	"math"
	"runtime"
	"runtime/debug"
)

// memoryLimit is what the process may hold before the garbage collector works harder. It is a soft limit: what is in use
// is never taken away. The bounds of queues and memtables add up to less.
const memoryLimit = 448 << 20

// sealBytes is the size at which a memtable is sealed. Under full ingest three are in memory, each half as large again: the
// one that grows, the one that is sealed, and the one before it that the collector has yet to find. At 48 MiB they came so
// near to the limit that collecting took a third of the time.
const sealBytes = 32 << 20

// leastProcs is how many goroutines may run at a time, however few cores there are. Where batches and seals keep every one
// busy, the scheduler of Go looks at the network every ten milliseconds only, and a call through the gateway waits that long
// for each of its steps; the kernel's lets a thread that was waiting go first. On two cores under full ingest the median
// of calls fell from 45 to 4 ms, for the same CPU time.
const leastProcs = 8

// TuneRuntime sets limits of the whole process, unless the environment says others (GOMEMLIMIT, GOMAXPROCS). Main calls
// it, after New: what is sized by the number of cores should be.
func TuneRuntime(getenv func(string) string) {
	if getenv("GOMEMLIMIT") == "" && debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryLimit)
	}
	if getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) < leastProcs {
		runtime.GOMAXPROCS(leastProcs)
	}
}
