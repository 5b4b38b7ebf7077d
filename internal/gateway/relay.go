package gateway

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/telltale-dev/telltale/observe/wire"
)

const (
	pieceBytes = 32 * kib  // read at once; answers up to this size go out in one write
	headBytes  = 256 * kib // of a longer answer, kept for its facts and content
	tailBytes  = 32 * kib  // of a longer answer, kept for its usage
)

// scratch is memory for one answer, used again for others.
type scratch struct {
	piece    []byte
	filtered []byte
	head     []byte
	tail     []byte // the last bytes that are not in head; up to twice tailBytes
	total    int64
	stream   *wire.Stream
	filter   wire.UsageFilter
}

func newScratch() any {
	return &scratch{piece: make([]byte, pieceBytes), stream: wire.NewStream(wire.Unknown)}
}

// scratches is shared by all gateways of the process: it holds memory, no state.
var scratches = sync.Pool{New: newScratch}

func (s *scratch) reset(api wire.API, streamed bool) {
	s.head, s.tail, s.total = s.head[:0], s.tail[:0], 0
	if streamed {
		s.stream.Reset(api)
		s.filter = wire.UsageFilter{}
	}
}

// keep puts the head and the tail of the answer aside.
func (s *scratch) keep(p []byte) {
	s.total += int64(len(p))
	if n := min(headBytes-len(s.head), len(p)); n > 0 {
		s.head = append(s.head, p[:n]...)
		p = p[n:]
	}
	switch {
	case len(p) == 0:
	case len(p) >= tailBytes:
		s.tail = append(s.tail[:0], p[len(p)-tailBytes:]...)
	default:
		if len(s.tail)+len(p) > 2*tailBytes {
			s.tail = s.tail[:copy(s.tail, s.tail[len(s.tail)-tailBytes:])]
		}
		s.tail = append(s.tail, p...)
	}
}

// write sends a piece to the client and, if asked to, pushes it out to the network at once.
func (c *call) write(w http.ResponseWriter, p []byte, flush bool) error {
	c.g.watch.enter(c, phaseWriting)
	defer c.g.watch.enter(c, phaseReading)
	if _, err := w.Write(p); err != nil {
		return err
	}
	if flush {
		if err := c.conn.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
	}
	return nil
}

// relay sends the answer to the client as it comes, and reads its facts.
func (c *call) relay(w http.ResponseWriter, resp *http.Response) *fault {
	s, _ := scratches.Get().(*scratch)
	defer scratches.Put(s)
	c.providerRequestID = cleanID(first(resp.Header, "X-Request-Id", "Request-Id", "X-Goog-Request-Id", "Apim-Request-Id"))
	c.answerCoding = first(resp.Header, "Content-Encoding")
	if c.g.raw {
		c.returned = keptHeaders("http.response.header.", resp.Header, keptOfResponse)
	}
	events := strings.HasPrefix(first(resp.Header, "Content-Type"), "text/event-stream")
	c.streamed = (events || c.route.API == wire.GeminiStream) && resp.StatusCode < 400
	s.reset(c.route.API, c.streamed)
	if n := resp.ContentLength; n >= 0 && n <= pieceBytes && !events {
		return c.relayWhole(w, resp, s)
	}
	c.writeHeader(w, resp, events && c.splicedOK && c.answerCoding == "")
	err := c.relayPieces(w, resp, s, events)
	c.duration = c.g.now().Sub(c.start)
	c.ended(w, err, events)
	if err == nil && !c.left.Load() {
		for k, v := range resp.Trailer {
			w.Header()[http.TrailerPrefix+k] = v
		}
	}
	c.readAnswer(s)
	return nil
}

func (c *call) writeHeader(w http.ResponseWriter, resp *http.Response, filtered bool) {
	h := w.Header()
	copyAnswerHeader(h, resp.Header)
	if filtered {
		delete(h, "Content-Length")
	}
	c.setRequestIDs(h)
	c.status = resp.StatusCode
	w.WriteHeader(resp.StatusCode)
}

// relayWhole is for answers of a known and small size: one read, one write, and the client has it before its facts are
// looked for.
func (c *call) relayWhole(w http.ResponseWriter, resp *http.Response, s *scratch) *fault {
	p := s.piece[:resp.ContentLength]
	if resp.Body == http.NoBody || c.method == http.MethodHead {
		p = p[:0]
	}
	if _, err := io.ReadFull(resp.Body, p); err != nil {
		return c.cutFault(err)
	}
	c.writeHeader(w, resp, false)
	err := c.write(w, p, true)
	c.duration = c.g.now().Sub(c.start)
	if err != nil {
		c.left.Store(true)
	}
	c.responseBytes = int64(len(p))
	s.head = append(s.head, p...)
	s.total = int64(len(p))
	c.readAnswer(s)
	return nil
}

// cutFault is for an answer that broke before any of it went to the client.
func (c *call) cutFault(err error) *fault {
	switch why := c.up.why(); {
	case errors.Is(why, causeIdle):
		return gatewayTimeout(errIdle, c.provider.name+" fell silent for "+c.g.limits.IdleTimeout.String())
	case why != nil:
		return c.upstreamFault(err)
	}
	return badGateway(errCut, c.provider.name+" broke the connection in the middle of its answer")
}

// relayPieces copies the answer read by read until its end. Without a client it reads on only as long as the usage may
// still come.
func (c *call) relayPieces(w http.ResponseWriter, resp *http.Response, s *scratch, events bool) error {
	flush := resp.ContentLength < 0 || events
	filter := events && c.splicedOK && c.answerCoding == ""
	reaches := true
	for {
		n, err := resp.Body.Read(s.piece)
		if n > 0 {
			c.g.watch.enter(c, phaseReading)
			p := s.piece[:n]
			c.responseBytes += int64(n)
			if reaches && !c.pass(w, p, s, filter, flush) {
				reaches = false
				c.left.Store(true)
			}
			c.note(p, s)
		}
		if err != nil {
			if filter && reaches {
				if s.filtered = s.filter.Flush(s.filtered[:0]); len(s.filtered) > 0 && c.write(w, s.filtered, flush) != nil {
					c.left.Store(true)
				}
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if !reaches && (!c.streamed || c.settled(s)) {
			return nil
		}
	}
}

// pass gives a piece to the client and reports whether it took it.
func (c *call) pass(w http.ResponseWriter, p []byte, s *scratch, filter, flush bool) bool {
	if filter {
		s.filtered = s.filter.Filter(s.filtered[:0], p)
		if p = s.filtered; len(p) == 0 {
			return true
		}
	}
	return c.write(w, p, flush) == nil
}

// note looks at a piece that is on its way already.
func (c *call) note(p []byte, s *scratch) {
	if c.streamed {
		if c.firstContent == 0 && wire.HasContent(c.route.API, p) {
			c.firstContent = max(1, c.g.now().Sub(c.start))
		}
		if c.answerCoding == "" {
			_, _ = s.stream.Write(p)
		}
	}
	s.keep(p)
}

// ended says how an answer that had begun came to its end.
func (c *call) ended(w http.ResponseWriter, err error, events bool) {
	if err == nil {
		return
	}
	c.failed, c.abort = true, true
	switch why := c.up.why(); {
	case errors.Is(why, causeLeft), c.left.Load():
		c.failed = false
	case errors.Is(why, causeIdle):
		c.errType, c.errMessage = errIdle, c.provider.name+" fell silent for "+c.g.limits.IdleTimeout.String()
	case errors.Is(why, causeStopping):
		c.errType, c.errMessage = errStopping, "the gateway is stopping"
	default:
		c.errType, c.errMessage = errCut, c.provider.name+" broke the connection in the middle of its answer"
		return
	}
	if c.failed && events && c.answerCoding == "" {
		_ = c.write(w, errorEvent(c.kind, c.errMessage), true)
	}
}

// errorEvent says an error of the gateway's own inside a stream. The empty line ends an event that was cut.
func errorEvent(k wire.Kind, message string) []byte {
	_, body := wire.ErrorBody(k, http.StatusGatewayTimeout, "", message)
	var b bytes.Buffer
	b.WriteString("\n\n")
	if k == wire.Anthropic {
		b.WriteString("event: error\n")
	}
	b.WriteString("data: ")
	b.Write(bytes.ReplaceAll(body, []byte("\n"), nil))
	b.WriteString("\n\n")
	return b.Bytes()
}
