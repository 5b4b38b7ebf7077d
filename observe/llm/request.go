package llm

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"

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
	c.mayAsk = c.mayAskForUsage(r)
	if v := c.withBody(maxScan, (*facts)(c)); v != nil && !c.keeps() {
		v.free()
	} else {
		c.body = v
	}
}

// keeps reports whether what is said may come onto a span.
func (c *exchange) keeps() bool { return policyOf(c.core).keeps() }

// facts reads what a request says.
type facts exchange

func (c *facts) see(body []byte, whole bool) {
	c.request = wire.ScanRequest(c.API, body)
	if whole && len(body) <= maxSplice && c.mayAsk && c.request.Stream && !c.request.IncludeUsage {
		if b, ok := wire.SpliceIncludeUsage(body); ok {
			c.spliced = b
		}
	}
}

// keepPrompt keeps what is to be shown of the body before it is sent: behind that its memory is the caller's again.
func (c *exchange) keepPrompt() {
	switch {
	case !c.keeps() || !c.span.IsRecording():
		c.forgetPrompt()
	case c.spliced != nil: // is a copy
		c.forgetPrompt()
		c.prompt, c.whole = c.spliced[:min(len(c.spliced), scanContent)], len(c.spliced) <= scanContent
	case c.body != nil && c.body.isCopy:
		c.takePrompt()
	default:
		c.forgetPrompt()
		if c.body = c.withBody(scanContent, nil); c.body != nil {
			c.takePrompt()
		}
	}
}

// takePrompt takes the prompt from the body. It leaves it there, unless that holds far more memory.
func (c *exchange) takePrompt() {
	c.prompt, c.whole = c.body.prompt()
	if room := c.body.copied.Cap(); room > promptCopy && room > 2*len(c.prompt) {
		prompt := bytes.Clone(c.prompt)
		c.forgetPrompt()
		c.prompt = prompt
	}
}

// forgetPrompt gives the memory of the prompt back.
func (c *exchange) forgetPrompt() {
	if c.body != nil {
		c.body.free()
	}
	c.body, c.prompt = nil, nil
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

// mayAskForUsage reports whether a stream must be asked for usage: those of OpenAI end without it. The answer must be
// readable, or the chunk could not be taken out again.
func (c *exchange) mayAskForUsage(r *http.Request) bool {
	if c.transport.options.NoIncludeUsage || c.API != wire.OpenAIChat && c.API != wire.OpenAICompletions {
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
