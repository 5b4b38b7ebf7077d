package gateway

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// call is one request on its way through. It belongs to the goroutine that serves it; when it is over it goes to the
// recorder.
type call struct {
	watched
	g        *Gateway
	start    time.Time
	duration time.Duration
	traceContext

	provider *provider // nil if unknown
	kind     wire.Kind
	route    wire.Route
	method   string
	target
	decoded string // path, decoded once

	requestID         string
	clientRequestID   bool // the client chose requestID
	providerRequestID string
	user              string
	tenant            string
	session           string
	service           string
	userAgent         string
	retries           string // how often the SDK tried before

	request       wire.Request
	requestCoding string
	body          []byte // as sent
	bodyMemory    int64  // share of Gateway.bodies
	spliced       []byte // body with include_usage
	splicedOK     bool
	requestBytes  int64

	response      wire.Response
	status        int // to the client; 0 if it got none
	answerCoding  string
	answer        []byte          // head of the answer, for its content
	answerCut     bool            // answer is not all of it
	answerEnd     []byte          // tail of a stream whose head is not all of it; with raw bodies alone
	sent          telemetry.Attrs // headers that are kept with raw bodies
	returned      telemetry.Attrs
	streamed      bool
	firstContent  time.Duration // 0: none seen
	responseBytes int64
	usage         string // usageEstimated, usagePartial or empty

	failed         bool
	errType        string
	errMessage     string
	contentDropped bool
	reserved       bool // has a place in the queue
	abort          bool // the client's connection must break
}

// calls is shared by all gateways of the process: it holds memory, no state.
var calls = sync.Pool{New: func() any { return new(call) }}

func (c *call) free() {
	*c = call{}
	calls.Put(c)
}

// ServeHTTP passes a call on to its provider.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, _ := calls.Get().(*call)
	c.g, c.start, c.method = g, g.now(), r.Method
	running := g.active.Add(1)
	defer g.leave()
	finished := false
	defer func() {
		if !finished { // something panicked: whoever recovers must find the books in order
			c.giveBack()
		}
	}()
	closeAmbiguous(w, r)
	f := c.admit(r, running)
	if f == nil {
		f = c.forward(w, r)
	}
	if f != nil {
		c.refuse(w, f)
	}
	abort := c.abort
	finished = true
	c.finish()
	if abort {
		// The one way net/http has to break a connection off, so that what the client got cannot be taken for the whole.
		panic(http.ErrAbortHandler)
	}
}

// giveBack returns what a call holds.
func (c *call) giveBack() {
	c.g.bodies.give(c.bodyMemory)
	if c.reserved {
		c.g.records.release(1)
	}
}

// admit finds out who calls what, and whether they may.
func (c *call) admit(r *http.Request, running int64) *fault {
	t, ok := parseTarget(r)
	size := c.identify(r.Header)
	c.provider, c.target = c.g.providers[t.name], t
	if c.provider == nil {
		c.kind = guessKind(r, t.path)
	} else {
		c.kind = c.provider.kind
	}
	f := c.check(r, ok, size)
	if f == nil {
		f = c.reserve(running)
	} else if !f.unrecorded && !c.g.records.reserveRefusal() {
		c.g.refused.unrecorded.Add(1)
	} else {
		c.reserved = !f.unrecorded
	}
	return f
}

// check refuses what must not go on. It fills the route.
func (c *call) check(r *http.Request, ok bool, headerSize int) *fault {
	switch {
	case !ok:
		return &fault{status: http.StatusBadRequest, errType: errBadRequest, message: "the request names no path"}
	case headerSize > c.g.limits.MaxHeader:
		return &fault{
			status: http.StatusRequestHeaderFieldsTooLarge, errType: errHeaderTooLarge,
			message: "the request headers exceed " + strconv.Itoa(c.g.limits.MaxHeader) + " bytes",
		}
	case c.provider == nil:
		return &fault{status: http.StatusNotFound, errType: errUnknownProvider, message: c.g.unknownProvider(c.name)}
	}
	decoded, problem := checkPath(c.path)
	if problem != "" {
		return &fault{status: http.StatusBadRequest, errType: errBadRequest, message: problem}
	}
	c.decoded = decoded
	c.route = wire.ParseRoute(c.kind, r.Method, collapse(decoded))
	if f := c.g.authorize(c.provider, r.Header, c.queryKey()); f != nil {
		return f
	}
	if wantsUpgrade(r.Header) {
		return &fault{status: http.StatusNotImplemented, errType: errUpgrade, message: "WebSocket is not supported by the gateway; call " + c.provider.name + " directly"}
	}
	return nil
}

func (t *target) queryKey() string {
	_, key := cutKey(t.query)
	return key
}

func (g *Gateway) unknownProvider(name string) string {
	known := "; known are: " + g.names
	if g.names == "" {
		known = "; none is configured"
	}
	return "no provider " + strconv.QuoteToASCII(cutText(name, 64)) + known
}

// reserve takes the place for the record. A call that has none may not begin: its numbers would be lost.
func (c *call) reserve(running int64) *fault {
	g := c.g
	switch {
	case g.draining.Load():
		g.refused.stopping.Add(1)
		return stoppingFault()
	case running > int64(g.limits.MaxConcurrent):
		g.refused.busy.Add(1)
		return &fault{status: http.StatusServiceUnavailable, errType: errBusy, message: "too many calls at once; try again", retryAfter: 1}
	case !g.records.reserve():
		g.refused.busy.Add(1)
		return &fault{status: http.StatusServiceUnavailable, errType: errBusy, message: "records cannot be kept as fast as calls come; try again", retryAfter: 1}
	}
	c.reserved = true
	return nil
}

// forward sends the call to the provider and the answer to the client. A fault it returns is still to be answered.
func (c *call) forward(w http.ResponseWriter, r *http.Request) *fault {
	c.requestCoding = first(r.Header, "Content-Encoding")
	if c.requestCoding == "identity" {
		c.requestCoding = ""
	}
	if c.g.raw {
		c.sent = keptHeaders("http.request.header.", r.Header, keptOfRequest)
	}
	c.client, c.conn, c.up = r.Context(), http.NewResponseController(w), new(callContext)
	c.g.watch.add(c)
	defer c.g.watch.remove(c)
	if f := c.readBody(r); f != nil {
		return f
	}
	if f := c.scanBody(); f != nil {
		return f
	}
	c.g.watch.enter(c, phaseHeader)
	resp, err := c.roundTrip(r)
	if err != nil {
		return c.upstreamFault(err)
	}
	defer func() { _ = resp.Body.Close() }()
	c.g.watch.enter(c, phaseReading)
	return c.relay(w, resp)
}

func (c *call) roundTrip(r *http.Request) (*http.Response, error) {
	p := c.provider
	query, asked := c.query, c.asked
	if p.keyed {
		query, _ = cutKey(query)
		asked = asked && query != ""
	}
	h := upstreamHeader(r.Header, p.keyed)
	p.setKey(h, r.Header)
	c.setUpstream(h, r.Header)
	if h[hdrRequestID] != nil {
		h[hdrRequestID] = []string{c.requestID}
	}
	u := p.upstreamURL(c.path, c.decoded, query, asked)
	body := c.body
	if c.splicedOK {
		body = c.spliced
	}
	resp, err := c.g.transport.RoundTrip(c.newRequest(u, h, body))
	if err == nil && c.splicedOK && refusesUsage(resp) {
		_ = resp.Body.Close()
		p.plainUntil.Store(c.g.now().Add(learnPlain).UnixNano())
		c.splicedOK = false
		resp, err = c.g.transport.RoundTrip(c.newRequest(u, h, c.body))
	}
	c.spliced = nil
	return resp, err
}

// identify reads who calls from the headers, and returns their size.
func (c *call) identify(h http.Header) (size int) {
	rare := false // a header that few clients send: looking for each in turn costs more than this loop
	for k, vs := range h {
		for _, v := range vs {
			size += len(k) + len(v) + len(": \r\n")
		}
		switch k {
		case "X-Telltale-User", "X-User-Id", "X-Telltale-Tenant", "X-Tenant-Id", "X-Telltale-Session", "X-Session-Id",
			"X-Claude-Code-Session-Id", "X-Conversation-Id", "Session_id", "Conversation_id", "X-Telltale-Service":
			rare = true
		}
	}
	c.traceContext = continueTrace(h)
	if v := h[hdrRequestID]; len(v) == 1 && telemetry.ValidRequestID(v[0]) {
		c.requestID, c.clientRequestID = v[0], true
	} else {
		c.requestID = newRequestID()
	}
	said := ""
	if rare {
		c.user = cleanID(first(h, "X-Telltale-User", "X-User-Id"))
		c.tenant = cleanID(first(h, "X-Telltale-Tenant", "X-Tenant-Id"))
		c.session = cleanID(first(h, "X-Telltale-Session", "X-Session-Id", "X-Claude-Code-Session-Id", "X-Conversation-Id", "Session_id", "Conversation_id"))
		said = first(h, "X-Telltale-Service")
	}
	c.userAgent = cleanText(first(h, "User-Agent"), maxID)
	c.service = serviceName(said, c.userAgent)
	c.retries = retryCount(first(h, "X-Stainless-Retry-Count"))
	return size
}

// retryCount is what an SDK says, if it is a number above 0.
func retryCount(s string) string {
	if s == "" || s == "0" || len(s) > 3 || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return s
}

// closeAmbiguous ends the connection of a request with a chunked body after the answer. It may have had a Content-Length
// as well, which net/http drops in silence; a server in front of this one that believed it would take what follows for
// another request.
func closeAmbiguous(w http.ResponseWriter, r *http.Request) {
	if len(r.TransferEncoding) > 0 {
		w.Header().Set("Connection", "close")
	}
}

// setRequestIDs returns the ids, see the documentation of the package.
func (c *call) setRequestIDs(h http.Header) {
	own := []string{c.requestID}
	h[hdrOwnRequestID] = own
	switch theirs := h[hdrRequestID]; {
	case theirs == nil:
		h[hdrRequestID] = own
	case c.clientRequestID:
		h[hdrProviderRequestID] = theirs
		h[hdrRequestID] = own
	}
}

// finish hands the call to the recorder, which frees it.
func (c *call) finish() {
	if c.duration == 0 {
		c.duration = c.g.now().Sub(c.start)
	}
	c.g.bodies.give(c.bodyMemory)
	if !c.reserved {
		c.free()
		return
	}
	c.g.records.put(c)
}
