package observe

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/llm"
	"github.com/telltale-dev/telltale/observe/metric"
)

// HTTPClient returns a client for outgoing calls, see Transport. It may be given to the SDK of any provider of models, and
// changed in a copy.
func (t *Telemetry) HTTPClient() *http.Client { return t.client }

// Transport returns a RoundTripper that records what passes through base, nil meaning http.DefaultTransport. Calls of models
// are those of llm.Transport. Each other call gets a client span with the W3C context in its headers, and counts in
// external_calls_total and external_call_duration_seconds by host. A call ends with its answer: when that was read to its
// end or closed, or broke off. URLs are recorded without user, query and fragment.
func (t *Telemetry) Transport(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	other := &external{t: t, base: base}
	return &transport{t: t, models: llm.NewTransport(other, llm.TransportOptions{Core: t.core}), base: base}
}

// transport tells the two kinds of calls apart: llm.Transport passes on untouched what is no call of a model.
type transport struct {
	t            *Telemetry
	models, base http.RoundTripper
}

type untouchedKey struct{}

// untouched is in the context of a request that it points to.
type untouched struct {
	request *http.Request
	by      *Telemetry
}

// RoundTrip implements http.RoundTripper.
func (p *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if mark, ok := r.Context().Value(untouchedKey{}).(*untouched); ok && mark.by == p.t {
		return p.base.RoundTrip(r) // a Transport in a Transport: the outer one sees all
	}
	mark := &untouched{by: p.t}
	mark.request = r.WithContext(context.WithValue(r.Context(), untouchedKey{}, mark))
	return p.models.RoundTrip(mark.request)
}

// CloseIdleConnections passes on what http.Client.CloseIdleConnections wants.
func (p *transport) CloseIdleConnections() {
	if c, ok := p.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// externalMetrics are the families of outgoing calls.
type externalMetrics struct {
	calls    *metric.Counter
	duration *metric.Histogram
}

func newExternalMetrics(r *metric.Registry) *externalMetrics {
	return &externalMetrics{
		calls: r.Counter("external_calls_total", "Outgoing calls by host and status; error if there was no answer.", "target", "status"),
		duration: r.Histogram("external_call_duration_seconds", "Duration of outgoing calls, their answers included.",
			[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120}, "target"),
	}
}

// external records calls of other services.
type external struct {
	t    *Telemetry
	base http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (e *external) RoundTrip(r *http.Request) (*http.Response, error) {
	if mark, ok := r.Context().Value(untouchedKey{}).(*untouched); ok && mark.request != r {
		return e.base.RoundTrip(r) // the call of a model, recorded as that
	}
	t := e.t
	c := &outgoing{t: t, start: time.Now(), target: r.URL.Host}
	c.ctx, c.span = t.core.Tracer.Start(r.Context(), knownMethod(r.Method).spanName, t.clientSpan...)
	if c.span.IsRecording() {
		c.span.SetAttributes(c.attributes(r)...)
	}
	out := r.WithContext(c.ctx)
	out.Header = r.Header.Clone()
	if out.Header == nil {
		out.Header = http.Header{}
	}
	t.core.Propagator.Inject(c.ctx, propagation.HeaderCarrier(out.Header))
	resp, err := e.base.RoundTrip(out)
	switch {
	case err != nil:
		c.end(err)
	case resp.StatusCode == http.StatusSwitchingProtocols || resp.Body == nil || resp.Body == http.NoBody:
		c.status = resp.StatusCode
		c.end(nil)
	default:
		c.status = resp.StatusCode
		resp.Body = &watchedBody{ReadCloser: resp.Body, call: c}
	}
	return resp, err
}

// outgoing is one call.
type outgoing struct {
	t      *Telemetry
	ctx    context.Context
	span   trace.Span
	start  time.Time
	target string
	status int // 0 without an answer
	once   sync.Once
}

func (c *outgoing) attributes(r *http.Request) []attribute.KeyValue {
	u := url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: r.URL.Path}
	full, _ := c.t.core.Redact.Field(string(semconv.URLFullKey), u.String())
	attrs := []attribute.KeyValue{
		semconv.HTTPRequestMethodKey.String(knownMethod(r.Method).attribute),
		semconv.ServerAddress(r.URL.Hostname()),
		semconv.URLFull(full),
	}
	port, err := strconv.Atoi(r.URL.Port())
	switch {
	case err == nil:
	case r.URL.Scheme == "https":
		port = 443
	default:
		port = 80
	}
	return append(attrs, semconv.ServerPort(port))
}

// end records what came of the call, once.
func (c *outgoing) end(err error) {
	c.once.Do(func() {
		took := time.Since(c.start)
		status := "error"
		if c.status != 0 {
			status = strconv.Itoa(c.status)
		}
		c.t.external.calls.Add(c.ctx, 1, c.target, status)
		c.t.external.duration.Observe(c.ctx, took.Seconds(), c.target)
		if c.span.IsRecording() {
			if c.status != 0 {
				c.span.SetAttributes(semconv.HTTPResponseStatusCode(c.status))
			}
			switch {
			case err != nil:
				c.span.SetAttributes(semconv.ErrorTypeKey.String(errorType(err)))
				c.span.SetStatus(codes.Error, errorText(c.t.core, err))
			case c.status >= http.StatusBadRequest:
				c.span.SetAttributes(semconv.ErrorTypeKey.String(status))
				c.span.SetStatus(codes.Error, "")
			}
		}
		c.span.End()
	})
}

// watchedBody ends the call with its answer.
type watchedBody struct {
	io.ReadCloser
	call *outgoing
}

// Read implements io.Reader.
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch err {
	case nil:
	case io.EOF:
		b.call.end(nil)
	default:
		b.call.end(err)
	}
	return n, err
}

// Close implements io.Closer.
func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	b.call.end(nil)
	return err
}
