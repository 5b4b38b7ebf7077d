package llm

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/observe/wire"
)

// exchange is one try of a call on the wire.
type exchange struct {
	record
	target
	transport *transport
	request   wire.Request
	retry     int
	size      int64                         // of the request's body, if known
	again     func() (io.ReadCloser, error) // the request's body once more; nil if there is none to read
	ahead     io.ReadCloser                 // the request's body, where it was read from; else nil
	mayAsk    bool                          // the answer may be asked for usage, if it is a stream
	spliced   []byte                        // the body that is sent instead, which asks for usage; nil where none is
	prompt    []byte                        // what is kept of the body as it was sent; nil where nothing of it is shown
	whole     bool                          // prompt is all of it
	body      *view                         // memory of the prompt, where it is to be freed; else nil
	parent    [1]string                     // the header by which the provider knows the span
	status    int
	requestID string // the provider's
	answer    answer // once there is one
}

// end ends the call.
func (c *exchange) end(o *outcome) {
	c.finish(o)
	c.forgetPrompt()
}

// learnPlain is how long a host that refused include_usage is not asked again.
const learnPlain = time.Hour

func (t *transport) isPlain(host string) bool {
	until, ok := t.plain.Load(host)
	return ok && time.Now().Before(until.(time.Time))
}

// send makes the call. What fails before there is an answer ends the record here.
func (c *exchange) send(r *http.Request) (*http.Response, error) {
	resp, err := c.transport.base.RoundTrip(c.outgoing(r))
	if err == nil && c.spliced != nil && c.mayRefuseUsage(resp) {
		resp, err = c.sendPlain(r, resp)
	}
	if err != nil || resp == nil {
		c.broken(err)
		return resp, err
	}
	c.status = resp.StatusCode
	c.requestID = cutText(first(resp.Header, "X-Request-Id", "Request-Id", "X-Goog-Request-Id", "Apim-Request-Id"), maxLabel)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		c.end(&outcome{status: c.status, requestID: c.requestID, retry: c.retry})
		return resp, nil
	}
	c.watchAnswer(resp)
	return resp, nil
}

// sendPlain makes the call again as the caller wrote it, in place of one that was refused. Where that helps, it was the
// option that the host refused; what it says of it proves nothing, since that may be a user's own words.
func (c *exchange) sendPlain(r *http.Request, refused *http.Response) (*http.Response, error) {
	body, err := c.again()
	if err != nil {
		return refused, nil //nolint:nilerr // the answer there is stands
	}
	_ = refused.Body.Close()
	c.spliced, c.ahead = nil, body
	resp, err := c.transport.base.RoundTrip(c.outgoing(r))
	if err == nil && resp != nil && resp.StatusCode < 400 && !c.official {
		c.transport.plain.Store(r.URL.Host, time.Now().Add(learnPlain))
	}
	return resp, err
}

// broken ends a call that got no answer.
func (c *exchange) broken(err error) {
	o := outcome{retry: c.retry, streamed: c.request.Stream}
	if err == nil {
		err = errors.New("no answer and no error")
	}
	if cause := context.Cause(c.ctx); cause != nil && errors.Is(err, context.Canceled) {
		err = cause
	}
	o.fail(err)
	c.contents(&o, nil, 0)
	c.end(&o)
}

func first(h http.Header, names ...string) string {
	for _, n := range names {
		if v := h[n]; len(v) > 0 && v[0] != "" {
			return v[0]
		}
	}
	return ""
}

// refusalBytes is how much of an error is looked at for the reason.
const refusalBytes = 16 << 10

// mayRefuseUsage reports whether the provider may have refused the call because of the option that was spliced in: some
// servers which speak like OpenAI do not know it, and not all of them name what they do not know. The known providers do.
// The answer stays readable.
func (c *exchange) mayRefuseUsage(resp *http.Response) bool {
	if resp == nil || resp.StatusCode != http.StatusBadRequest && resp.StatusCode != http.StatusUnprocessableEntity {
		return false
	}
	if !c.official {
		return true
	}
	head, err := io.ReadAll(io.LimitReader(resp.Body, refusalBytes))
	rest := io.Reader(resp.Body)
	if err != nil {
		rest = failing{err}
	}
	resp.Body = rejoined{io.MultiReader(bytes.NewReader(head), rest), resp.Body}
	return bytes.Contains(head, []byte("stream_options")) || bytes.Contains(head, []byte("include_usage"))
}

// refusal is what the caller gets of a call that must not be made. SDKs made with Stainless try again on an error, unless an
// answer forbids it: they get one, whose body fails with the error.
func (c *exchange) refusal(r *http.Request, e *LimitError) (*http.Response, error) {
	if r.Header.Get("X-Stainless-Lang") == "" {
		return nil, e
	}
	return &http.Response{
		Status: strconv.Itoa(http.StatusForbidden) + " " + http.StatusText(http.StatusForbidden), StatusCode: http.StatusForbidden,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"X-Should-Retry": {"false"}},
		Body: io.NopCloser(failing{e}), ContentLength: -1, Request: r,
	}, nil
}

// contents reads what was said, if it is to be kept. answer is the beginning of the answer, missing what is not in it.
func (c *exchange) contents(o *outcome, answer []byte, missing int) {
	if !c.keeps() || !c.span.IsRecording() {
		return
	}
	if body := c.prompt; body != nil {
		if !c.whole {
			o.content.inputCut = max(0, int(c.size)-len(body))
			body = closed(body)
		}
		o.content.input, o.content.system = wire.InputMessages(c.API, body)
	}
	if len(answer) > 0 && c.status < 400 {
		if missing > 0 && !o.streamed {
			answer = closed(answer)
		}
		o.content.output, o.content.outputCut = wire.OutputMessages(c.API, answer, o.streamed), missing
	}
}

func isEvents(resp *http.Response) bool {
	return strings.HasPrefix(first(resp.Header, "Content-Type"), "text/event-stream")
}
