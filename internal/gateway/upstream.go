package gateway

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	idleConns = 1024 // kept open to each provider
	connBytes = 16 * kib
)

// newTransport speaks HTTP/1.1: a connection for each running call, many kept open, so that no call waits for another on
// the same connection and one that breaks takes no others with it.
func newTransport(l Limits) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: l.ConnectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    l.ConnectTimeout,
		MaxIdleConnsPerHost:    idleConns,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 256 * kib,
		DisableCompression:     true,
		WriteBufferSize:        connBytes,
		ReadBufferSize:         connBytes,
		Protocols:              protocols,
	}
}

// newRequest makes the provider's request. The body is a type net/http knows to be in memory, so that it goes out in the
// same write as the header; the transport may read it after RoundTrip returned, so it is never pooled.
func (c *call) newRequest(u *url.URL, h http.Header, body []byte) *http.Request {
	req := &http.Request{
		Method: c.method, URL: u, Host: u.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if len(body) > 0 {
		req.ContentLength = int64(len(body))
		req.Body = io.NopCloser(bytes.NewReader(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	} else if c.method != http.MethodGet && c.method != http.MethodHead {
		req.Body = http.NoBody
	}
	return req.WithContext(c.up)
}

// refusalBytes is how much of a refusal is read to see whether it is about stream_options.
const refusalBytes = 32 * kib

// learnPlain is how long a provider that refused stream_options is not asked for it again.
const learnPlain = 10 * time.Minute

// refusesUsage reports whether the provider refused the call because of the option that was spliced in: some servers
// which speak like OpenAI do not know it. The answer stays readable.
func refusesUsage(resp *http.Response) bool {
	if resp.StatusCode != http.StatusBadRequest && resp.StatusCode != http.StatusUnprocessableEntity {
		return false
	}
	head, err := io.ReadAll(io.LimitReader(resp.Body, refusalBytes))
	rest := io.Reader(resp.Body)
	if err != nil {
		rest = failing{err}
	}
	resp.Body = rejoined{io.MultiReader(bytes.NewReader(head), rest), resp.Body}
	return bytes.Contains(head, []byte("stream_options")) || bytes.Contains(head, []byte("include_usage"))
}

// rejoined reads what was read before and then the rest.
type rejoined struct {
	io.Reader
	io.Closer
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
