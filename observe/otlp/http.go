package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// DefaultEndpoint is where a collector, or Telltale, listens on the same machine.
const DefaultEndpoint = "http://127.0.0.1:4318"

// DefaultUserAgent names the library to the backend.
const DefaultUserAgent = "telltale-observe"

// Compression of requests.
type Compression string

// Kinds of Compression; the zero value is Gzip.
const (
	Gzip         Compression = "gzip"
	Uncompressed Compression = "none"
)

// HTTPOptions of a Sender over HTTP. The zero value sends to DefaultEndpoint.
type HTTPOptions struct {
	// Endpoint is the base URL, to which /v1/traces, /v1/logs and /v1/metrics are added. Empty means DefaultEndpoint.
	Endpoint string

	// TracesURL, LogsURL and MetricsURL are for a backend with other paths: the whole URL, used as it is.
	TracesURL, LogsURL, MetricsURL string

	// Headers go with each request, such as an API key.
	Headers map[string]string

	// Compression of requests. The zero value is Gzip.
	Compression Compression

	// TLS is the configuration of connections by https, CAFile, CertFile and KeyFile are added to it: see LoadTLS.
	TLS                       *tls.Config
	CAFile, CertFile, KeyFile string

	// UserAgent is put before DefaultUserAgent.
	UserAgent string
}

// Bounds of what a Sender reads and keeps open.
const (
	maxResponse     = 64 << 10
	maxIdlePerHost  = int(numSignals)
	idleConnTimeout = 90 * time.Second
	dialTimeout     = 10 * time.Second
)

type httpSender struct {
	urls      [numSignals]string
	header    http.Header
	gzip      bool
	client    http.Client
	transport *http.Transport
	writers   sync.Pool // *gzip.Writer
}

// NewHTTPSender returns a Sender of OTLP over HTTP. It has a transport of its own, so that its requests are never traced,
// goes by the proxy of the environment, and follows no redirect, which would carry its headers elsewhere. The error says
// which URL, header or file is not usable.
func NewHTTPSender(o HTTPOptions) (Sender, error) {
	s := &httpSender{gzip: o.Compression != Uncompressed}
	if o.Compression != "" && o.Compression != Gzip && o.Compression != Uncompressed {
		return nil, fmt.Errorf("compression %q is neither gzip nor none", o.Compression)
	}
	if err := s.setURLs(&o); err != nil {
		return nil, err
	}
	if err := s.setHeader(&o); err != nil {
		return nil, err
	}
	config, err := LoadTLS(o.TLS, o.CAFile, o.CertFile, o.KeyFile)
	if err != nil {
		return nil, err
	}
	s.transport = &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: config, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: maxIdlePerHost, IdleConnTimeout: idleConnTimeout,
		TLSHandshakeTimeout: dialTimeout, DisableCompression: true, MaxResponseHeaderBytes: maxResponse,
	}
	s.client = http.Client{
		Transport:     s.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s.writers.New = func() any {
		w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // the level is valid
		return w
	}
	return s, nil
}

func (s *httpSender) setURLs(o *HTTPOptions) error {
	base := o.Endpoint
	if base == "" {
		base = DefaultEndpoint
	}
	for signal, full := range [numSignals]string{Traces: o.TracesURL, Logs: o.LogsURL, Metrics: o.MetricsURL} {
		raw := full
		if full == "" {
			raw = base
		}
		u, err := url.Parse(raw)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("endpoint of %s is not a URL with http or https", Signal(signal))
		}
		if full == "" {
			u = u.JoinPath("v1", Signal(signal).String())
		}
		s.urls[signal] = u.String()
	}
	return nil
}

func (s *httpSender) setHeader(o *HTTPOptions) error {
	s.header = http.Header{
		"Content-Type": {"application/x-protobuf"},
		"User-Agent":   {strings.TrimSpace(o.UserAgent + " " + DefaultUserAgent)},
	}
	if s.gzip {
		s.header["Content-Encoding"] = []string{"gzip"}
	}
	for name, value := range o.Headers {
		if name == "" || strings.ContainsFunc(name, notToken) || strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("header %q is not well-formed", name)
		}
		switch name = http.CanonicalHeaderKey(name); name {
		case "Content-Type", "Content-Encoding", "Content-Length", "Transfer-Encoding", "Connection":
			return fmt.Errorf("header %s is set by the sender", name)
		}
		s.header[name] = []string{value}
	}
	return nil
}

// notToken reports whether a character does not belong in the name of a header.
func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
}

// Send implements Sender.
func (s *httpSender) Send(ctx context.Context, signal Signal, request []byte) error {
	if signal >= numSignals {
		return fmt.Errorf("%s has no URL", signal)
	}
	body, err := s.compress(request)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.urls[signal], bytes.NewReader(body))
	if err != nil {
		return errors.New("endpoint is not usable")
	}
	r.Header = s.header.Clone()
	response, err := s.client.Do(r)
	if err != nil {
		return &Retry{Err: withoutURL(err)}
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxResponse))
	if err != nil && response.StatusCode == http.StatusOK {
		return nil // it arrived; what was said about it did not
	}
	return outcome(response, answer)
}

// Close implements Sender.
func (s *httpSender) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}

func (s *httpSender) compress(request []byte) ([]byte, error) {
	if !s.gzip {
		return bytes.Clone(request), nil // the transport may read on after it has returned
	}
	var b bytes.Buffer
	b.Grow(len(request)/4 + 512)
	w := s.writers.Get().(*gzip.Writer)
	defer s.writers.Put(w)
	w.Reset(&b)
	_, err := w.Write(request)
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return b.Bytes(), nil
}

// withoutURL takes the URL off an error: it may hold a token.
func withoutURL(err error) error {
	var whole *url.Error
	if errors.As(err, &whole) {
		return whole.Err
	}
	return err
}

// outcome is the error that a response stands for, as the protocol says.
func outcome(r *http.Response, answer []byte) error {
	switch {
	case r.StatusCode >= 200 && r.StatusCode < 300:
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-protobuf") {
			return partialSuccess(answer)
		}
		return nil
	case r.StatusCode == http.StatusTooManyRequests, r.StatusCode == http.StatusBadGateway,
		r.StatusCode == http.StatusServiceUnavailable, r.StatusCode == http.StatusGatewayTimeout:
		return &Retry{After: retryAfter(r.Header.Get("Retry-After"), time.Now()), Err: refusal(r, answer)}
	}
	return refusal(r, answer)
}

// retryAfter reads seconds or a date; 0 if it is neither.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return max(0, min(time.Duration(seconds), 24*3600)) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
