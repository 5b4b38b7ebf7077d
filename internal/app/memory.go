package app

import (
	"math"
	"runtime/debug"
)

// memoryLimit is what the process may hold before the garbage collector works harder. It is a soft limit: what is in use
// is never taken away. The bounds of queues and memtables add up to less.
const memoryLimit = 448 << 20

// sealBytes is the size at which a memtable is sealed. Under full ingest three are in memory, each half as large again: the
// one that grows, the one that is sealed, and the one before it that the collector has yet to find. At 48 MiB they came so
// near to the limit that collecting took a third of the time.
const sealBytes = 32 << 20

// LimitMemory sets the limit, unless the environment says another (GOMEMLIMIT). It is of the whole process, so main
// calls it.
func LimitMemory(getenv func(string) string) {
	if getenv("GOMEMLIMIT") == "" && debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryLimit)
	}
}
