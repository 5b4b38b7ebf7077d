package llm

import (
	"bytes"
	"io"
)

// endings are how lines begin by which streams end. In texts of a stream no line begins: JSON escapes the break.
var endings = [...]string{
	"data: [DONE]", "data:[DONE]", "event: message_stop",
	"event: response.completed", "event: response.incomplete", "event: response.failed",
	"event: error", "event:error", `data: {"error":{`, `data: {"error": {`, `data: {"type":"error"`,
}

// tailBytes are more than any of endings, with the line break before it.
const tailBytes = 32

// ending looks for the event by which a stream ends, in pieces cut anywhere.
type ending struct {
	begun bool // it has come
	whole bool // to its end
	tail  [tailBytes]byte
	n     int // of tail; 0 at the beginning of an event
}

// reset says that the next piece begins an event.
func (e *ending) reset() { e.n = 0 }

func (e *ending) see(p []byte) {
	if !e.begun {
		if e.n > 0 {
			var seam [3 * tailBytes]byte
			n := copy(seam[:], e.tail[:e.n])
			n += copy(seam[n:n+tailBytes], p)
			e.begun = endIn(seam[:n], false)
		}
		if !e.begun {
			e.begun = endIn(p, e.n == 0 || e.tail[e.n-1] == '\n')
		}
	}
	if len(p) >= tailBytes {
		e.n = copy(e.tail[:], p[len(p)-tailBytes:])
	} else {
		over := max(0, e.n+len(p)-tailBytes)
		e.n = copy(e.tail[:], e.tail[over:e.n])
		e.n += copy(e.tail[e.n:], p)
	}
	tail := e.tail[:e.n]
	e.whole = e.begun && (bytes.HasSuffix(tail, blankLine) || bytes.HasSuffix(tail, []byte("\n\r\n")) || bytes.HasSuffix(tail, []byte("\r\r")))
}

// endIn looks for the line that ends a stream; at says whether p begins a line.
func endIn(p []byte, at bool) bool {
	for {
		if at {
			for i := range endings {
				if line := endings[i]; len(p) >= len(line) && string(p[:len(line)]) == line {
					return true
				}
			}
		}
		n := bytes.IndexByte(p, '\n')
		if n < 0 {
			return false
		}
		p, at = p[n+1:], true
	}
}

// concludes ends the call where the stream says that it is over: some callers read no further then, and do not close. The
// event that says so is the only one that waits for it. The lock is held.
func (a *answer) concludes() {
	if a.ending.whole && !a.finished {
		a.settle(io.EOF)
	}
}
