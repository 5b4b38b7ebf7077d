package observe

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/logging"
)

// StatusClientGone is the status of a request whose client had gone before an answer began, and which was not answered, or
// with a failure that may follow from that. It is that of nginx, and stands in logs, metrics and spans alone. A panic is
// status 500 all the same.
const StatusClientGone = 499

// Handler makes next observable. Each request gets
//
//   - an id: that of its X-Request-ID header if it is well-formed ([A-Za-z0-9._-]{1,128}), else a new one; it is returned
//     in the same header;
//   - a server span below the W3C context of the client, named by method and route;
//   - the http_* metrics, by route;
//   - an access line with the message "request";
//   - an answer if next panics: status 500 with the request id, unless an answer has begun; then the connection is cut, as
//     without this handler. The panic is logged with its stack, recorded on the span and sent to Config.Errors.
//     Line and span of the request are errors and tell the status that was sent; http_requests_total counts a panic as
//     status 500 whatever was sent, so that its share of 5xx is that of the requests in which the service failed.
//
// The route is the pattern of the http.ServeMux that next is, or that stands below handlers which pass the request on as it
// is. For a mux below middleware that copies requests see Routes, for other routers Config.Route and SetRoute. Requests
// without a route are those of the route "other".
//
// Requests for Config.Quiet get an id and the answer to a panic, nothing else. Flushing, hijacking, HTTP/2 and
// http.ResponseController work as without this handler. A connection that is hijacked before a header is written counts
// with status 101, and its bytes are not seen.
func (t *Telemetry) Handler(next http.Handler) http.Handler {
	h := &handler{t: t, next: next, routeOf: t.config.Route}
	if mux, ok := next.(*http.ServeMux); ok && h.routeOf == nil {
		h.routeOf = func(r *http.Request) string {
			_, pattern := mux.Handler(r)
			return routeTemplate(pattern)
		}
	}
	return h
}

type handler struct {
	t       *Telemetry
	next    http.Handler
	routeOf func(*http.Request) string // nil if the route is known afterwards only
}

// exchange is one request and its answer, and the context of both. It is one allocation for all that is kept of them.
type exchange struct {
	scope.Scope
	handler *handler
	writer  writer
	request http.Request  // as it is passed on
	start   time.Duration // since launch
	id      [1]string
	rare    atomic.Pointer[rare]
}

// rare is what few exchanges have. It does not change.
type rare struct {
	body   *body       // nil if the request says its size
	header http.Header // as it came, for Config.Route: handlers may change that of the request
	mux    *routes     // that the request went through
}

var none rare

// rarely returns what few exchanges have.
func (q *exchange) rarely() *rare {
	if r := q.rare.Load(); r != nil {
		return r
	}
	return &none
}

// span returns that of the request, nil if it has none.
func (q *exchange) span() trace.Span {
	if !q.writer.traced {
		return nil
	}
	return trace.SpanFromContext(q.Context)
}

// launch is what the beginnings of requests count from: the monotonic clock alone takes half the time and a third of the
// room.
var launch = time.Now()

// body counts the bytes of a request that does not say how many it has.
type body struct {
	io.ReadCloser
	n atomic.Int64
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n.Add(int64(n))
	return n, err
}

type exchangeKey struct{}

// Value implements context.Context.
func (q *exchange) Value(key any) any {
	if _, ok := key.(exchangeKey); ok {
		return q
	}
	return q.Scope.Value(key)
}

func exchangeOf(ctx context.Context) *exchange {
	q, _ := ctx.Value(exchangeKey{}).(*exchange)
	return q
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if q := exchangeOf(r.Context()); q != nil && q.handler.t == h.t {
		h.next.ServeHTTP(w, r) // a Handler in a Handler: the outer one sees all
		return
	}
	q := &exchange{handler: h, writer: writer{ResponseWriter: w, in: r}, start: time.Since(launch)}
	defer q.end()
	q.begin()
	h.next.ServeHTTP(q.writer.wrap(), &q.request)
}

func (q *exchange) begin() {
	r, t := q.writer.in, q.handler.t
	q.writer.quiet = slices.Contains(t.quiet, r.URL.Path)
	ctx := r.Context()
	id := q.Begin(ctx, t.core)
	id.Method, id.Path = r.Method, examined(r.URL.Path)
	id.RequestID, id.Made = requestID(r.Header)
	q.id[0] = id.RequestID
	q.writer.Header()[RequestIDHeader] = q.id[:]

	q.Router = q
	if !q.writer.quiet {
		t.http.active.Inc()
		if t.propagates(r.Header) {
			ctx = t.core.Propagator.Extract(ctx, propagation.HeaderCarrier(r.Header))
		}
		if t.tracing {
			ctx, _ = t.core.Tracer.Start(ctx, knownMethod(r.Method).spanName, t.spanStart(r)...)
			q.writer.traced = true
		}
	}
	q.Context = ctx
	q.request = *r.WithContext(q) // the compiler makes no other of it on the heap
	counts := r.ContentLength < 0 && r.Body != nil && r.Body != http.NoBody
	if counts || t.config.Route != nil {
		few := &rare{}
		if t.config.Route != nil {
			few.header = r.Header.Clone()
		}
		if counts {
			few.body = &body{ReadCloser: r.Body}
			q.request.Body = few.body
		}
		q.rare.Store(few)
	}
	if t.routeFirst {
		q.Route()
	}
}

// RouteTemplate implements scope.Router: it finds the route while the request is being served, by a request of its own,
// since that of the handlers may be changing.
func (q *exchange) RouteTemplate() string {
	of := q.handler.routeOf
	few := q.rarely()
	if few.mux != nil {
		of = few.mux.routeOf
	}
	if of == nil {
		return ""
	}
	u := *q.writer.in.URL
	r := &http.Request{
		Method: q.writer.in.Method, URL: &u, Host: q.writer.in.Host, Header: few.header, Proto: q.writer.in.Proto,
		ProtoMajor: q.writer.in.ProtoMajor, ProtoMinor: q.writer.in.ProtoMinor, RequestURI: q.writer.in.RequestURI,
	}
	return q.ask(of, r.WithContext(q.Context))
}

// ask returns the route that a function of the service finds, none if it panics.
func (q *exchange) ask(of func(*http.Request) string, r *http.Request) (route string) {
	defer func() {
		if v := recover(); v != nil {
			q.handler.t.warnOfRoute.Do(func() {
				q.handler.t.core.Logger.WarnContext(r.Context(), "Config.Route panicked", slog.String("panic", panicText(v)))
			})
		}
	}()
	return of(r)
}

// end must be deferred: it recovers.
func (q *exchange) end() {
	var failure *PanicError
	value := recover()
	if value != nil {
		failure = q.recovered(value)
	}
	if !q.writer.quiet {
		q.record(failure)
	}
	if failure != nil && failure.abort {
		panic(http.ErrAbortHandler)
	}
}

// record says of the request what is known at its end.
func (q *exchange) record(failure *PanicError) {
	t, r := q.handler.t, q.writer.in
	t.http.active.Dec()
	now := time.Now()
	took := now.Sub(launch) - q.start
	status, why := q.outcome(failure)
	sent := q.writer.bytes
	if r.Method == http.MethodHead {
		sent = 0
	}
	received := max(r.ContentLength, 0)
	if b := q.rarely().body; b != nil {
		received = b.n.Load()
	}
	route := q.route()
	method := knownMethod(r.Method)
	counted := status
	if failure.panicked() {
		counted = http.StatusInternalServerError
	}
	s := t.http.series(method, route, counted)
	s.requests.Inc()
	s.duration.ObserveContext(q, took.Seconds())
	s.received.Observe(float64(received))
	s.sent.Observe(float64(sent))

	line := logging.AccessLine{
		Start: now.Add(-took), Duration: took, Status: status, BytesIn: received, BytesOut: sent, Route: route,
		RemoteAddr: r.RemoteAddr, UserAgent: userAgent(r), Err: why,
		Failed: failure.panicked(),
	}
	t.log.Access(q, &line)
	if q.writer.traced {
		q.endSpan(s, route, status, received, sent, failure)
	}
}

// outcome returns the status, and why it failed.
func (q *exchange) outcome(failure *PanicError) (status int, why string) {
	status = int(q.writer.status)
	if failure != nil {
		why = failure.Error()
	}
	unanswered := status == 0 && !q.writer.hijacked
	// An answer of success that could be written to its end has reached someone: contexts also end when a service stops.
	missed := q.writer.gone && (status >= http.StatusBadRequest || q.writer.failed)
	switch {
	case failure.panicked() && (unanswered || q.writer.gone):
		status = http.StatusInternalServerError
	case missed, unanswered && q.writer.clientGone():
		status = StatusClientGone
		if why == "" {
			why = "the client has gone"
		}
	case unanswered && failure != nil:
		status = http.StatusInternalServerError
	case unanswered:
		status = http.StatusOK
	}
	return status, why
}

// route returns the template of the route.
func (q *exchange) route() string {
	if route := q.Identity().Route; route != "" {
		return route
	}
	if route := routeTemplate(q.request.Pattern); route != "" {
		return route
	}
	if of := q.handler.t.config.Route; of != nil {
		return q.Route()
	}
	return ""
}

func (q *exchange) endSpan(s *series, route string, status int, received, sent int64, failure *PanicError) {
	span := q.span()
	if span.IsRecording() {
		span.SetName(s.spanName)
		a := attributePool.Get().(*attributes)
		q.attributes(a, s.method)
		a.text(semconv.HTTPRouteKey, route)
		a.number(semconv.HTTPResponseStatusCodeKey, int64(status))
		if received > 0 {
			a.number(semconv.HTTPRequestBodySizeKey, received)
		}
		a.number(semconv.HTTPResponseBodySizeKey, sent)
		a.identity(q.handler.t.core, q.Identity())
		switch {
		case failure.panicked():
			a.text(semconv.ErrorTypeKey, errorType(failure)) // its text is the span's status already
		case status >= http.StatusInternalServerError:
			a.text(semconv.ErrorTypeKey, s.status)
			if known, ok := span.(sdktrace.ReadOnlySpan); !ok || known.Status().Code != codes.Error {
				span.SetStatus(codes.Error, "")
			}
		}
		span.SetAttributes(a.list...)
		a.release()
	}
	span.End()
}

// attributes are those that a request has from its beginning.
func (q *exchange) attributes(a *attributes, m *method) {
	r, t := q.writer.in, q.handler.t
	a.text(semconv.HTTPRequestMethodKey, m.attribute)
	if m == &otherMethod {
		original, _ := t.core.Redact.String(r.Method[:min(len(r.Method), maxIdentity)])
		a.text(semconv.HTTPRequestMethodOriginalKey, original)
	}
	a.text(semconv.URLPathKey, shown(t.core.Clean("path", examined(r.URL.Path))))
	if r.TLS != nil {
		a.text(semconv.URLSchemeKey, "https")
	} else {
		a.text(semconv.URLSchemeKey, "http")
	}
	host, port := splitHost(examined(r.Host))
	if _, err := netip.ParseAddr(host); err != nil {
		host = shown(t.core.Known.String(host))
	}
	a.text(semconv.ServerAddressKey, host)
	if port > 0 {
		a.number(semconv.ServerPortKey, port)
	}
	peer, _ := splitHost(r.RemoteAddr)
	a.text(semconv.ClientAddressKey, peer)
	a.text(semconv.UserAgentOriginalKey, shown(t.core.Known.String(userAgent(r))))
	a.text(semconv.NetworkProtocolVersionKey, protocolVersion(r))
}

func userAgent(r *http.Request) string {
	if v := r.Header["User-Agent"]; len(v) > 0 {
		return examined(v[0])
	}
	return ""
}

// What a client says of itself is shown up to maxShown bytes, and examined for secrets somewhat further, so that one which
// the end cuts in two is found.
const (
	maxShown    = 1 << 10
	maxExamined = maxShown + 512
)

func examined(s string) string { return cut(s, maxExamined) }

func shown(s string) string { return cut(s, maxShown) }

// cut returns at most n bytes of s, whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func protocolVersion(r *http.Request) string {
	switch {
	case r.ProtoMajor == 2:
		return "2"
	case r.ProtoMajor == 3:
		return "3"
	case r.ProtoMinor == 0:
		return "1.0"
	}
	return "1.1"
}

// splitHost cuts the port from an address; 0 where it has none.
func splitHost(address string) (host string, port int64) {
	i := strings.LastIndexByte(address, ':')
	if i < 0 {
		return address, 0
	}
	host = address[:i]
	switch {
	case len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']':
		host = host[1 : len(host)-1]
	case strings.IndexByte(host, ':') >= 0:
		return strings.Trim(address, "[]"), 0 // an address of version 6 that has no port
	}
	port, err := strconv.ParseInt(address[i+1:], 10, 32)
	if err != nil || port < 0 {
		return host, 0
	}
	return host, port
}

// spanStart returns the options of a server span. Its attributes are set once, at the end, unless a sampler of the
// service's own may want to see them.
func (t *Telemetry) spanStart(r *http.Request) []trace.SpanStartOption {
	if t.config.Sampler == nil {
		return t.serverSpan
	}
	q := exchange{handler: &handler{t: t}, writer: writer{in: r}}
	a := attributes{}
	q.attributes(&a, knownMethod(r.Method))
	return append(slices.Clip(t.serverSpan), trace.WithAttributes(a.list...))
}

// propagates reports whether a client sent a context.
func (t *Telemetry) propagates(h http.Header) bool {
	for _, field := range t.fields {
		if len(h[field]) > 0 {
			return true
		}
	}
	return false
}
