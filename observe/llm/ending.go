package llm

import (
	"bytes"
	"io"
	"time"

	"github.com/telltale-dev/telltale/observe/wire"
)

const (
	// endWait is how long after the event that ends a stream its caller may read on to the end of the body, or close it.
	// Some do neither.
	endWait = 100 * time.Millisecond

	// maxIdleEnd is how long after the last byte a call may end and still have taken until its end.
	maxIdleEnd = time.Millisecond
)

// end says whether a stream is over by what it says.
type end uint8

const (
	goesOn    end = iota
	completes     // [DONE], message_stop, response.completed
	fails         // an error in place of the rest
)

// endings are how lines begin by which streams end. In texts of a stream no line begins: JSON escapes the break.
var endings = [...]struct {
	line string
	is   end
}{
	{"data: [DONE]", completes},
	{"data:[DONE]", completes},
	{"event: message_stop", completes},
	{"event: response.completed", completes},
	{"event: response.incomplete", completes},
	{"event: response.failed", completes},
	{"event: error", fails},
	{"event:error", fails},
	{`data: {"error":{`, fails},
	{`data: {"error": {`, fails},
	{`data: {"type":"error"`, fails},
}

// tailBytes are more than any of endings, with the line break before it.
const tailBytes = 32

// ending looks for the event by which a stream ends, in pieces cut anywhere.
type ending struct {
	is    end
	whole bool // that event has come to its end
	tail  [tailBytes]byte
	n     int // of tail; 0 at the beginning of an event
	timer *time.Timer
}

// reset says that the next piece begins an event.
func (e *ending) reset() { e.n = 0 }

func (e *ending) see(p []byte) {
	if e.is == goesOn {
		if e.n > 0 {
			var seam [3 * tailBytes]byte
			n := copy(seam[:], e.tail[:e.n])
			n += copy(seam[n:n+tailBytes], p)
			e.is = endIn(seam[:n], false)
		}
		if e.is == goesOn {
			e.is = endIn(p, e.n == 0 || e.tail[e.n-1] == '\n')
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
	e.whole = e.is != goesOn && (bytes.HasSuffix(tail, blankLine) || bytes.HasSuffix(tail, []byte("\n\r\n")) || bytes.HasSuffix(tail, []byte("\r\r")))
}

// endIn looks for the line that ends a stream; at says whether p begins a line.
func endIn(p []byte, at bool) end {
	for {
		if at {
			for i := range endings {
				if len(p) >= len(endings[i].line) && string(p[:len(endings[i].line)]) == endings[i].line {
					return endings[i].is
				}
			}
		}
		n := bytes.IndexByte(p, '\n')
		if n < 0 {
			return goesOn
		}
		p, at = p[n+1:], true
	}
}

// concludes ends the call where the stream says that it is over: at once if it failed, since callers that got an error read
// no further and need not close; else when nobody has read on for a while, so that no byte waits for telemetry. What
// OpenAI says after an error of a response still counts. The lock is held.
func (a *answer) concludes() {
	if !a.ending.whole || a.finished {
		return
	}
	if a.ending.is == fails && a.exchange.API != wire.OpenAIResponses {
		a.settle(io.EOF)
		return
	}
	if a.ending.timer == nil {
		a.ending.timer = time.AfterFunc(endWait, func() { a.giveUp(io.EOF) })
	}
}
