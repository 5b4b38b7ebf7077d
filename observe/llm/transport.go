package llm

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/wire"
)

// TransportOptions change what a Transport does. The zero value is what most want.
type TransportOptions struct {
	// Endpoints are further hosts that speak like a provider. They go before those that are known.
	Endpoints []Endpoint

	// NoIncludeUsage leaves streamed OpenAI calls as they are. Their answers say nothing of usage then, unless the caller
	// asks for it. Without it usage is asked for, and the chunk that tells it is taken out of the answer again.
	NoIncludeUsage bool

	// Core is for package observe: the telemetry of calls whose context knows none.
	Core *core.Core
}

// Transport returns a RoundTripper that records the calls of models that pass through base, and passes everything else
// through untouched. A nil base is http.DefaultTransport. Any provider's SDK takes it as, or in, its HTTP client.
//
// Each try of a call is a client span, so retries are seen; it ends with the answer: when its last byte was read, the
// event that ends its stream was, it was closed, or it broke off. Nothing but that event waits for telemetry, and no call fails because of it. The one error of its
// own is *LimitError, where the call belongs to a Session with Limits.
func Transport(base http.RoundTripper) http.RoundTripper {
	return NewTransport(base, TransportOptions{})
}

// NewTransport is Transport with options.
func NewTransport(base http.RoundTripper, o TransportOptions) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	if o.Core != nil {
		instrumentsOf(o.Core) // their series are there before the first call
	}
	return &transport{base: base, options: o}
}

type transport struct {
	base    http.RoundTripper
	options TransportOptions
	plain   sync.Map // host → time until which it is not asked for usage
}

// CloseIdleConnections passes on what http.Client.CloseIdleConnections wants.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	to, ok := targetOf(r, t.options.Endpoints)
	if !ok {
		return t.base.RoundTrip(r)
	}
	ctx := r.Context()
	s := scope.From(ctx)
	c := &exchange{record: record{
		core: coreFor(ctx, s, t.options.Core), frame: frameOf(ctx), start: time.Now(), provider: to.provider, op: to.API.Operation(),
		endpoint: endpointOf(s, to.Template),
	}, transport: t, target: to}
	if e := c.admit(); e != nil {
		closeBody(r)
		refuse(ctx, c.core, c.frame.session, e)
		return c.refusal(r, e)
	}
	c.prepare(r)
	c.open(r, s)
	c.keepPrompt()
	return c.send(r)
}

// admit asks the session. The first try below a call by hand was admitted with that.
func (c *exchange) admit() *LimitError {
	if by := c.frame.call; by != nil && by.tries.Add(1) == 1 {
		return nil
	}
	return c.frame.session.admitCall()
}

// open starts the span, with what is known before the call.
func (c *exchange) open(r *http.Request, s *scope.Scope) {
	c.model = cutText(c.request.Model, maxLabel)
	if c.Model != "" { // the path names it
		c.model = cutText(c.Model, maxLabel)
	}
	list := newAttributes()
	a := append(*list, attribute.String(attrServerAddress, r.URL.Hostname()), attribute.String(attrURLPath, c.Template))
	if text := r.URL.Port(); text != "" {
		if port, err := strconv.Atoi(text); err == nil {
			a = append(a, attribute.Int(attrServerPort, port))
		}
	}
	if c.request.Stream || c.API == wire.GeminiStream {
		a = append(a, attribute.Bool(attrStream, true))
	}
	if t := c.request.Temperature; t.Known {
		a = append(a, attribute.Float64(attrTemperature, t.Value))
	}
	if n := c.request.MaxTokens; n.Known {
		a = append(a, attribute.Int64(attrMaxTokens, n.Value))
	}
	switch c.request.ResponseFormat {
	case "json_object", "json_schema":
		a = append(a, attribute.String(attrOutputType, "json"))
	}
	c.retry = retryCount(r.Header.Get("X-Stainless-Retry-Count"))
	*list = a
	c.begin(r.Context(), s, list)
}

// retryCount is what an SDK says; 0 if it says nothing of sense.
func retryCount(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 999 {
		return 0
	}
	return n
}

// inject makes the span the parent of what the provider, or a gateway in front of it, records.
func (c *exchange) inject(h http.Header) {
	span := c.span.SpanContext()
	if !span.IsValid() {
		return
	}
	c.parent[0] = traceparent(span)
	h["Traceparent"] = c.parent[:]
	delete(h, "Tracestate")
	if state := span.TraceState().String(); state != "" {
		h["Tracestate"] = []string{state}
	}
}

func traceparent(span trace.SpanContext) string {
	const hexDigits = "0123456789abcdef"
	traceID, spanID, flags := span.TraceID(), span.SpanID(), byte(span.TraceFlags())
	b := make([]byte, 0, 55)
	b = append(b, "00-"...)
	for _, x := range traceID {
		b = append(b, hexDigits[x>>4], hexDigits[x&15])
	}
	b = append(b, '-')
	for _, x := range spanID {
		b = append(b, hexDigits[x>>4], hexDigits[x&15])
	}
	return string(append(b, '-', hexDigits[flags>>4], hexDigits[flags&15]))
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}
