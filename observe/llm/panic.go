package llm

import "runtime"

// panicDepth is how many frames are looked at: End, a function literal that defers it, and what called that.
const panicDepth = 4

// panicking reports whether the deferred function that called End runs because of a panic, or of runtime.Goexit. Nothing is
// recovered: the panic goes on with its stack as it was.
func panicking() bool {
	var pcs [panicDepth]uintptr
	n := runtime.Callers(3, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	for {
		f, more := frames.Next()
		if f.Function == "runtime.gopanic" || f.Function == "runtime.Goexit" {
			return true
		}
		if !more {
			return false
		}
	}
}
