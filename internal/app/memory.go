package app

import (
	"math"
	"runtime/debug"
)

// memoryLimit is what the process may hold before the garbage collector works harder. It is a soft limit: what is in use
// is never taken away. The bounds of queues and memtables add up to less.
const memoryLimit = 448 << 20

// LimitMemory sets the limit, unless the environment says another (GOMEMLIMIT). It is of the whole process, so main
// calls it.
func LimitMemory(getenv func(string) string) {
	if getenv("GOMEMLIMIT") == "" && debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryLimit)
	}
}
