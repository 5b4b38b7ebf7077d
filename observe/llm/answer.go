package llm

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
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
	left     leaver

	filtered bool // the chunk with usage is taken out
	usage    wire.UsageFilter
	out      []byte
	pending  []byte // of out, not yet read
	end      error  // comes when pending is read
	aligned  bool   // the filter stands between two events and holds nothing back
	choice   []byte // how an event begins that has choices, up to the first

	mu         sync.Mutex // of what follows: the context may end while the answer is read
	eyes       *eyes      // nil once the call is finished
	firstToken time.Duration
	total      int64
}

// eyes are memory to look at an answer, used again for others.
type eyes struct {
	stream *wire.Stream
	head   []byte
	short  []byte // head without repetition
	fed    bool   // stream has read head
}

// pool holds memory, no state.
var pool = sync.Pool{New: func() any { return &eyes{stream: wire.NewStream(wire.Unknown)} }}

// watchAnswer puts an answer in the place of the response's body.
func (c *exchange) watchAnswer(resp *http.Response) {
	events := isEvents(resp)
	a := &answer{
		body: resp.Body, exchange: c, coding: first(resp.Header, "Content-Encoding"),
		streamed: (events || c.API == wire.GeminiStream) && resp.StatusCode < 400,
		eyes:     pool.Get().(*eyes),
	}
	if a.coding == "identity" {
		a.coding = ""
	}
	a.eyes.stream.Reset(c.API)
	a.eyes.head, a.eyes.short, a.eyes.fed = a.eyes.head[:0], a.eyes.short[:0], false
	if a.filtered = c.unspliced != nil && events && a.coding == ""; a.filtered {
		resp.ContentLength = -1
		resp.Header.Del("Content-Length")
	}
	a.left.watch(c.ctx, nil, func() { a.finish(context.Cause(c.ctx)) })
	resp.Body = a
}

// Read implements io.Reader.
func (a *answer) Read(p []byte) (int, error) {
	if a.filtered {
		return a.readFiltered(p)
	}
	if a.end != nil {
		return 0, a.over()
	}
	n, err := a.body.Read(p)
	a.mu.Lock()
	a.see(p[:n])
	a.mu.Unlock()
	if a.end = err; err != nil && n == 0 {
		return 0, a.over()
	}
	return n, nil // the end comes with the next Read: what came with it does not wait for telemetry
}

// over ends the call with the error that ended the answer.
func (a *answer) over() error {
	a.finish(a.end)
	return a.end
}

// readFiltered reads on while all that came is held back, as the caller would have waited for the next chunk anyway.
func (a *answer) readFiltered(p []byte) (int, error) {
	for len(p) > 0 {
		if n := copy(p, a.pending); n > 0 {
			a.pending = a.pending[n:]
			return n, nil
		}
		if a.end != nil {
			return 0, a.over()
		}
		n, err := a.body.Read(p)
		if err == nil && a.passes(p[:n]) {
			return n, nil
		}
		a.filter(p[:n], err)
	}
	return 0, nil
}

// passes reports whether a piece may pass as it is: whole events behind whole events, all of which begin as one did that has
// choices. That is most of a stream.
func (a *answer) passes(p []byte) bool {
	if !a.aligned || len(a.choice) == 0 {
		return false
	}
	for rest := p; len(rest) > 0; {
		n := bytes.Index(rest, blankLine)
		if n < 0 || !bytes.HasPrefix(rest, a.choice) {
			return false
		}
		rest = rest[n+len(blankLine):]
	}
	a.mu.Lock()
	a.see(p)
	a.mu.Unlock()
	return true
}

// align notes whether the filter holds nothing back and stands between two events, and how the last one began.
func (a *answer) align(p []byte) {
	a.aligned = len(a.out) == len(p) && bytes.HasSuffix(p, blankLine) && bytes.IndexByte(p, '\r') < 0
	if !a.aligned {
		return
	}
	const mark = `"choices":[{`
	last := p[bytes.LastIndex(p[:len(p)-len(blankLine)], blankLine)+1:]
	last = bytes.TrimLeft(last, "\n")
	if i := bytes.Index(last, []byte(mark)); i >= 0 && bytes.HasPrefix(last, []byte(`data: {"`)) && bytes.IndexByte(last[:i], '[') < 0 && bytes.Count(last[:i], []byte("{")) == 1 {
		a.choice = append(a.choice[:0], last[:i+len(mark)]...)
	}
}

// filter takes what came and makes what may pass pending.
func (a *answer) filter(p []byte, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.see(p)
	a.end = err
	a.out = a.usage.Filter(a.out[:0], p)
	if a.align(p); err != nil {
		a.out = a.usage.Flush(a.out)
	}
	a.pending = a.out
}

// see looks at bytes of the answer. The lock is held.
func (a *answer) see(p []byte) {
	e := a.eyes
	if len(p) == 0 || e == nil {
		return
	}
	a.total += int64(len(p))
	rest := p
	if n := min(headBytes-len(e.head), len(p)); n > 0 {
		e.head, rest = append(e.head, p[:n]...), p[n:]
	}
	if a.streamed && a.firstToken == 0 && (a.coding != "" || hasContent(a.exchange.API, p)) {
		a.firstToken = max(1, time.Since(a.exchange.start))
	}
	if len(rest) > 0 && a.coding == "" {
		a.feed(e)
		_, _ = e.stream.Write(rest)
	}
}

// feed lets the stream read the head, once.
func (a *answer) feed(e *eyes) {
	if e.fed {
		return
	}
	e.fed = true
	head := e.head
	if a.streamed {
		e.short = compact(e.short[:0], e.head)
		head = e.short
	}
	_, _ = e.stream.Write(head)
}

// Close implements io.Closer.
func (a *answer) Close() error {
	err := a.body.Close()
	a.finish(errClosed)
	return err
}

var errClosed = errors.New("closed before its end")

// finish ends the call, once; why is what ended the answer.
func (a *answer) finish(why error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.eyes
	if e == nil {
		return
	}
	a.left.stop()
	c := a.exchange
	o := outcome{attrs: c.attrs, retry: c.retry, streamed: a.streamed, firstToken: a.firstToken}
	head := a.read(e)
	o.Response = e.stream.Response()
	if c.status >= 400 && o.Error == nil {
		r := wire.ScanResponse(c.API, c.status, head)
		o.Error = r.Error
	}
	a.judge(&o, e, why)
	a.estimate(&o, e, head)
	c.contents(&o, head, int(a.total)-len(e.head))
	a.eyes = nil
	c.finish(&o)
	pool.Put(e)
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
	var r io.Reader
	switch strings.ToLower(a.coding) {
	case "":
		if a.feed(e); a.streamed {
			return e.short
		}
		return e.head
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(bytes.NewReader(e.head))
		if err != nil {
			return nil
		}
		r = z
	case "deflate":
		r = flate.NewReader(bytes.NewReader(e.head))
	default:
		return nil
	}
	plain, _ := io.ReadAll(io.LimitReader(r, 16*headBytes)) // what could be read counts
	_, _ = e.stream.Write(plain)
	return plain
}

var _ http.RoundTripper = (*transport)(nil)
