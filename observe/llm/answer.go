package llm

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telltale-dev/telltale/observe/wire"
)

// headBytes is what is kept of an answer, to be read at its end. Of longer ones the rest is read as it comes, for its facts.
const headBytes = 128 << 10

// answer is the body of a response. It gives every byte on as it comes, and looks at it behind that.
type answer struct {
	body     io.ReadCloser
	exchange *exchange
	coding   string // of the content; empty is plain
	streamed bool
	filtered bool // the chunk with usage is taken out
	left     leaver
	begun    atomic.Bool // someone reads, or has read

	end    error // comes when pending is read
	behind bool  // something may be pending

	mu         sync.Mutex // of what follows: the context may end, or Close come, while the answer is read
	eyes       *eyes      // nil once the answer was read or closed
	pending    []byte     // of eyes.out, not yet read
	finished   bool       // the call is; the rest passes unseen
	firstToken time.Duration
	total      int64         // bytes of the answer so far
	last       time.Duration // after the start, when the last of them came
	ending     ending
	unread     bool // nobody reads it any more
	long       *inflater
	kept       int // of which eyes.head holds what they say
}

// eyes are memory to look at an answer, used again for others.
type eyes struct {
	stream  *wire.Stream
	head    compacter
	usage   wire.UsageFilter
	out     []byte // of usage
	fed     bool   // stream has read head
	outcome outcome
}

// pool holds memory, no state.
var pool = sync.Pool{New: func() any { return &eyes{stream: wire.NewStream(wire.Unknown)} }}

// watchAnswer puts an answer in the place of the response's body.
func (c *exchange) watchAnswer(resp *http.Response) {
	events := isEvents(resp)
	a := &c.answer
	*a = answer{
		body: resp.Body, exchange: c, coding: first(resp.Header, "Content-Encoding"),
		streamed: (events || c.API == wire.GeminiStream) && resp.StatusCode < 400,
		eyes:     pool.Get().(*eyes),
	}
	if a.coding == "identity" {
		a.coding = ""
	}
	a.last = time.Since(c.start)
	a.eyes.reset(c.API)
	a.eyes.head.asIs = !a.streamed || a.coding != ""
	if a.filtered = c.spliced != nil && events && a.coding == ""; a.filtered {
		resp.ContentLength = -1
		resp.Header.Del("Content-Length")
	}
	a.left.watch(c.ctx, nil, a.abandon)
	resp.Body = a
}

func (e *eyes) reset(api wire.API) {
	e.stream.Reset(api)
	e.usage.Reset()
	e.head.reset()
	e.fed = false
}

// Read implements io.Reader. While all that came is held back it reads on, as the caller would have waited for the next
// chunk anyway. The end comes with a Read of its own: what came with it does not wait for telemetry.
func (a *answer) Read(p []byte) (int, error) {
	if !a.begun.Load() {
		a.begun.Store(true)
	}
	for {
		if n := a.readPending(p); n > 0 || len(p) == 0 {
			return n, nil
		}
		if a.end != nil {
			return 0, a.over()
		}
		n, err := a.body.Read(p)
		a.end = err
		if n = a.see(p[:n]); n > 0 {
			return n, nil
		}
		if !a.filtered && err == nil {
			return 0, nil
		}
	}
}

// over ends the call with the error that ended the answer.
func (a *answer) over() error {
	a.finish(a.end)
	return a.end
}

func (a *answer) readPending(p []byte) int {
	if !a.behind {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	n := copy(p, a.pending)
	a.pending = a.pending[n:]
	a.behind = len(a.pending) > 0
	return n
}

// see looks at what came and returns how much of it passes as it is. Of the rest, what may pass is pending.
func (a *answer) see(p []byte) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.eyes
	if e == nil { // closed meanwhile
		if a.filtered && a.end == nil {
			a.end = http.ErrBodyReadAfterClose
		}
		if a.filtered {
			return 0
		}
		return len(p)
	}
	idle := e.usage.Idle()
	whole := a.look(p)
	a.concludes()
	if !a.filtered || whole && idle && len(p) > 0 {
		return len(p)
	}
	e.out = e.usage.Filter(e.out[:0], p)
	if a.end != nil {
		e.out = e.usage.Flush(e.out)
	}
	a.pending, a.behind = e.out, len(e.out) > 0
	return 0
}

// look takes what the answer says. It reports whether p is made of whole events, none of which is one with usage alone.
func (a *answer) look(p []byte) bool {
	e := a.eyes
	if len(p) == 0 || a.finished {
		return false
	}
	a.total += int64(len(p))
	a.last = time.Since(a.exchange.start)
	if a.firstToken > 0 && !e.fed && e.head.sameAll(p, headBytes) { // as nearly all of a stream is
		a.kept += len(p)
		a.ending.reset()
		return e.head.choice
	}
	if a.streamed && a.coding == "" {
		a.ending.see(p)
	}
	if a.streamed && a.firstToken == 0 && (a.coding != "" || wire.HasContent(a.exchange.API, p)) {
		a.firstToken = max(1, time.Since(a.exchange.start))
	}
	n := 0
	if !e.fed {
		n = min(e.head.room(headBytes), len(p))
	}
	passes := e.head.write(p[:n])
	a.kept += n
	if rest := p[n:]; len(rest) > 0 {
		passes = false
		if a.coding == "" {
			e.feed()
			_, _ = e.stream.Write(rest)
		} else {
			a.inflate(rest)
		}
	}
	return passes
}

// inflate lets the stream read a compressed answer which is longer than its head.
func (a *answer) inflate(rest []byte) {
	e := a.eyes
	if a.long == nil {
		a.long = newInflater(a.coding, e.stream)
		a.long.write(e.head.out)
	}
	a.long.write(rest)
}

// feed lets the stream read the head, once; nothing is added to it from then on.
func (e *eyes) feed() {
	if !e.fed {
		e.fed = true
		e.head.end()
		_, _ = e.stream.Write(e.head.out)
	}
}

// Close implements io.Closer. SDKs close an error unread before they try again: why the provider refused is read then.
func (a *answer) Close() error {
	if a.exchange.status >= http.StatusBadRequest && a.begun.CompareAndSwap(false, true) {
		a.readReason()
	}
	err := a.body.Close()
	a.finish(errClosed)
	return err
}

const (
	// reasonBytes is how much of an error is read that the caller closes unread.
	reasonBytes = 8 << 10
	// reasonWait is how long that may hold up its Close.
	reasonWait = 30 * time.Millisecond
)

// readReason looks at what there is of the answer. A read that is still waiting ends when the body is closed, as it is
// right behind this.
func (a *answer) readReason() {
	came, gone := make(chan []byte), make(chan struct{})
	defer close(gone)
	go func() {
		defer close(came)
		for left := reasonBytes; left > 0; {
			p := make([]byte, min(left, bytes.MinRead))
			n, err := a.body.Read(p)
			left -= max(n, 1)
			select {
			case came <- p[:n]:
			case <-gone:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	limit := time.NewTimer(reasonWait)
	defer limit.Stop()
	for {
		select {
		case p, more := <-came:
			if !more {
				return
			}
			a.mu.Lock()
			if a.eyes != nil {
				a.look(p)
			}
			a.mu.Unlock()
		case <-limit.C:
			return
		}
	}
}

var errClosed = errors.New("closed before its end")

// finish ends the call, once, and the reading of its answer; why is what ended it.
func (a *answer) finish(why error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.eyes; e != nil {
		a.settle(why)
		a.eyes, a.pending = nil, nil
		pool.Put(e)
	}
}

// abandon ends the call, though its answer may still be read.
func (a *answer) abandon(time.Time) { a.giveUp(context.Cause(a.exchange.ctx)) }

func (a *answer) giveUp(why error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.eyes != nil {
		a.unread = true
		a.settle(why)
	}
}

// settle ends the call, once. The lock is held.
func (a *answer) settle(why error) {
	if a.finished {
		return
	}
	a.finished = true
	a.left.stop()
	c, e := a.exchange, a.eyes
	if a.long != nil {
		a.long.stop()
	}
	o := &e.outcome
	*o = outcome{status: c.status, requestID: c.requestID, retry: c.retry, streamed: a.streamed, firstToken: a.firstToken}
	head := a.read(e)
	if a.unread {
		o.took = a.last
	}
	o.Response = e.stream.Response()
	if c.status >= 400 && o.Error == nil {
		r := wire.ScanResponse(c.API, c.status, head)
		o.Error = r.Error
	}
	a.judge(o, e, why)
	a.estimate(o, e, head)
	c.contents(o, head, int(a.total)-a.kept)
	c.end(o)
	*o = outcome{} // what it refers to is not kept alive
}

// judge says whether the call failed.
func (a *answer) judge(o *outcome, e *eyes, why error) {
	complete := e.stream.Finished()
	switch {
	case o.Error != nil || a.exchange.status >= 400:
		o.fail(nil)
		if o.errType == "" {
			o.errType = itoa(a.exchange.status)
		}
	case errors.Is(why, io.EOF):
		if a.streamed && a.coding == "" && !complete && len(o.FinishReasons) == 0 && a.total > 0 {
			o.errType, o.message = errCut, "the answer ended before its end"
		}
	case complete:
	case errors.Is(why, errClosed), errors.Is(why, context.Canceled):
		o.left = true
	default:
		if cause := context.Cause(a.exchange.ctx); errors.Is(cause, context.DeadlineExceeded) {
			why = cause
		}
		o.fail(why)
	}
}

// read lets the stream read what it has not yet, and returns the beginning of the answer: without its compression, and
// without repetition.
func (a *answer) read(e *eyes) []byte {
	if a.coding == "" {
		e.feed()
		return e.head.out
	}
	r := decompressor(a.coding, bytes.NewReader(e.head.out))
	if r == nil {
		return nil
	}
	plain, _ := io.ReadAll(io.LimitReader(r, 16*headBytes)) // what could be read counts
	if a.long == nil {
		_, _ = e.stream.Write(plain)
	}
	return plain
}

var _ http.RoundTripper = (*transport)(nil)
