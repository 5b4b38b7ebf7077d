package llm

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/telltale-dev/telltale/observe/wire"
)

const (
	// maxRead bounds what is read of a request for its facts where it cannot be seen without a copy.
	maxRead = 1 << 20
	// maxScan bounds what is looked at of a request that can.
	maxScan = 8 << 20
	// maxSplice bounds the requests that are asked for usage: they are copied.
	maxSplice = 8 << 20
)

// prepare reads the facts of a request.
func (c *exchange) prepare(r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody || r.Header.Get("Content-Encoding") != "" {
		return
	}
	c.size = r.ContentLength
	if c.again = r.GetBody; c.again == nil {
		c.readAhead(r)
	}
	c.withBody(maxScan, func(body []byte, whole bool) {
		c.request = wire.ScanRequest(c.API, body)
		if whole && len(body) <= maxSplice && c.asksForUsage(r) {
			if b, ok := wire.SpliceIncludeUsage(body); ok {
				c.spliced = b
			}
		}
	})
}

// keepPrompt copies what is to be shown of the body before it is sent: behind that its memory is the caller's again.
func (c *exchange) keepPrompt() {
	if !c.span.IsRecording() || !policyOf(c.core).keeps() {
		return
	}
	if body := c.spliced; body != nil { // is a copy
		c.prompt, c.whole = body[:min(len(body), scanContent)], len(body) <= scanContent
		return
	}
	c.withBody(scanContent, func(body []byte, whole bool) {
		c.prompt = append(make([]byte, 0, min(len(body), scanContent)), body[:min(len(body), scanContent)]...)
		c.whole = whole && len(body) <= scanContent
	})
}

// outgoing is the request to send: a copy, since a RoundTripper changes none. No value of its header is written to.
func (c *exchange) outgoing(r *http.Request) *http.Request {
	out := r.WithContext(c.ctx)
	out.Header = make(http.Header, len(r.Header)+2)
	maps.Copy(out.Header, r.Header)
	c.inject(out.Header)
	if c.ahead != nil {
		out.Body = c.ahead
	}
	if body := c.spliced; body != nil {
		out.Body = &splicedBody{closer: out.Body}
		out.Body.(*splicedBody).Reset(body)
		out.ContentLength = int64(len(body))
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		delete(out.Header, "Content-Length")
	}
	return out
}

// splicedBody is sent in place of another, which it closes.
type splicedBody struct {
	bytes.Reader
	closer io.Closer
}

func (b *splicedBody) Close() error { return b.closer.Close() }

// readAhead takes the beginning of a body that cannot be read twice, and puts it back in front.
func (c *exchange) readAhead(r *http.Request) {
	head, err := io.ReadAll(io.LimitReader(r.Body, maxRead))
	rest := io.Reader(r.Body)
	switch {
	case err != nil:
		rest = failing{err}
	case len(head) < maxRead:
		c.again = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(head)), nil }
		c.ahead = rejoined{bytes.NewReader(head), r.Body}
		return
	}
	c.again = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(head), failing{errNotHere})), nil
	}
	c.ahead = rejoined{io.MultiReader(bytes.NewReader(head), rest), r.Body}
}

var errNotHere = errors.New("the rest of the body is not in memory")

// rejoined reads what was read before and then the rest.
type rejoined struct {
	io.Reader
	io.Closer
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// asksForUsage reports whether usage must be asked for: streams of OpenAI end without it. The answer must be readable, or
// the chunk could not be taken out again.
func (c *exchange) asksForUsage(r *http.Request) bool {
	if c.transport.options.NoIncludeUsage || !c.request.Stream || c.request.IncludeUsage || c.API != wire.OpenAIChat && c.API != wire.OpenAICompletions {
		return false
	}
	if coding := r.Header.Get("Accept-Encoding"); coding != "" && coding != "identity" {
		return false
	}
	if isSigned(r.Header) {
		return false
	}
	return !c.transport.isPlain(r.URL.Host)
}

// isSigned reports whether the header vouches for the bytes of the body, which must not change then.
func isSigned(h http.Header) bool {
	return first(h, "X-Amz-Content-Sha256", "Content-Digest", "Digest", "Content-Md5") != "" ||
		strings.HasPrefix(first(h, "Authorization"), "AWS4-")
}

// withBody lets see look at the body of the request, or at its beginning, of about limit bytes at most. What see is given
// is not kept.
func (c *exchange) withBody(limit int, see func(body []byte, whole bool)) {
	if c.again == nil {
		return
	}
	body, err := c.again()
	if err != nil {
		return
	}
	defer func() { _ = body.Close() }()
	buf := copies.Get().(*bytes.Buffer)
	buf.Reset()
	defer func() {
		if buf.Cap() <= 2*maxRead {
			copies.Put(buf)
		}
	}()
	if w, ok := body.(io.WriterTo); ok {
		v := view{size: c.size, limit: limit, see: see, copied: buf}
		_, err = w.WriteTo(&v)
		v.end(err == nil)
		return
	}
	n, err := buf.ReadFrom(io.LimitReader(body, maxRead))
	see(buf.Bytes(), err == nil && n < maxRead)
}

// copies holds memory for bodies, no state.
var copies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

var errSeen = errors.New("enough seen")

// view looks at what a body writes. One in memory writes itself in one piece, which is not copied.
type view struct {
	size   int64 // of the body, if known
	limit  int   // of what is shown without a copy
	see    func(body []byte, whole bool)
	copied *bytes.Buffer
	seen   bool
}

func (v *view) Write(p []byte) (int, error) {
	switch {
	case v.seen:
		return 0, errSeen
	case v.copied.Len() == 0 && int64(len(p)) == v.size:
		v.seen = true
		v.see(p[:min(len(p), v.limit)], len(p) <= v.limit)
	case v.copied.Len()+len(p) > maxRead:
		v.seen = true
		v.copied.Write(p[:maxRead-v.copied.Len()])
		v.see(v.copied.Bytes(), false)
		return 0, errSeen
	default:
		v.copied.Write(p)
	}
	return len(p), nil
}

func (v *view) end(whole bool) {
	if !v.seen {
		v.see(v.copied.Bytes(), whole)
	}
}
