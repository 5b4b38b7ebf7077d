package gateway

import (
	"strconv"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// Attribute keys of records, beyond those that are columns.
const (
	attrAddress         = "server.address"
	attrPort            = "server.port"
	attrUserAgent       = "user_agent.original"
	attrTemperature     = "gen_ai.request.temperature"
	attrMaxTokens       = "gen_ai.request.max_tokens" //nolint:gosec // tokens of a model
	attrResendCount     = "http.request.resend_count"
	attrRequestBytes    = "http.request.body.size"
	attrResponseBytes   = "http.response.body.size"
	attrRequestModel    = "gen_ai.request.model"
	attrInputTokens     = "gen_ai.usage.input_tokens"  //nolint:gosec // tokens of a model
	attrOutputTokens    = "gen_ai.usage.output_tokens" //nolint:gosec // tokens of a model
	attrProvider        = "gen_ai.provider.name"
	attrErrorType       = "error.type"
	attrStatus          = "http.response.status_code"
	attrProviderRequest = "telltale.provider.request_id"
	attrProviderName    = "telltale.provider.name" // as the config has it
	attrDuration        = "telltale.duration_ms"
	attrUsage           = "telltale.usage"   // estimated or partial
	attrContent         = "telltale.content" // dropped
	attrLeft            = "telltale.client_disconnected"
)

const (
	scopeName = "telltale/gateway"
	logName   = "telltale.gateway.call"

	maxErrorText = 1024
	maxPath      = 256
)

// recordBuilder makes a span and a log of each call.
type recordBuilder struct {
	noContent  bool
	raw        bool // bodies as they were, too
	contentMax int
	version    string
}

// fill puts the records of calls into a batch, whose memory it uses again.
func (b *recordBuilder) fill(batch *telemetry.Batch, calls []*call) {
	batch.Counts = batch.Counts[:0]
	batch.Spans = resize(batch.Spans, len(calls))
	batch.Logs = resize(batch.Logs, len(calls))
	for i, c := range calls {
		s, l := &batch.Spans[i], &batch.Logs[i]
		g, attrs, logAttrs := s.GenAI, s.Attributes[:0], l.Attributes[:0]
		if g == nil {
			g = new(telemetry.GenAI)
		}
		*s = telemetry.Span{
			ParentID: c.parentID, Kind: telemetry.KindClient, Duration: max(0, int64(c.duration)), GenAI: g,
			Event: b.event(c, c.start.UnixNano()),
		}
		b.genAI(s, c)
		s.Name = spanName(g, c)
		s.Attributes = spanAttrs(attrs, g, c)
		if c.failed {
			s.Status = telemetry.StatusError
		}
		s.StatusMessage = c.errMessageText()
		*l = telemetry.Log{Severity: severity(c), Event: b.event(c, c.start.UnixNano()+int64(c.duration))}
		l.Name = logName
		l.Body = logBody(s, c)
		l.Attributes = logAttributes(logAttrs, s, c)
	}
}

// resize makes a list n long and keeps the elements it had, for their memory.
func resize[T any](list []T, n int) []T {
	if cap(list) < n {
		list = append(list[:cap(list)], make([]T, n-cap(list))...)
	}
	return list[:n]
}

func (b *recordBuilder) event(c *call, t int64) telemetry.Event {
	e := telemetry.Event{
		Time: t, Service: c.service, TraceID: c.traceID, SpanID: c.spanID, RequestID: c.requestID,
		UserID: c.user, TenantID: c.tenant, SessionID: c.session,
		Scope:      telemetry.Scope{Name: scopeName, Version: b.version},
		HTTPMethod: c.method, HTTPPath: c.route.Template, ErrorType: cleanText(c.errType, maxID),
	}
	if e.UserID == "" {
		e.UserID = cleanID(c.request.User)
	}
	if e.SessionID == "" {
		e.SessionID = cleanID(c.request.Session)
	}
	if e.HTTPPath == "" {
		e.HTTPPath = cleanText(c.path, maxPath)
	}
	if c.status > 0 {
		e.HTTPStatus = telemetry.Known(int64(c.status))
	}
	return e
}

func (b *recordBuilder) genAI(s *telemetry.Span, c *call) {
	g := s.GenAI
	op := telemetry.Operation(c.route.API.Operation())
	if op == "" {
		op = telemetry.OpOther
	}
	*g = telemetry.GenAI{
		Operation: op, Counts: op.IsCall(),
		RequestModel: cleanText(c.request.Model, maxID), ResponseModel: cleanText(c.response.Model, maxID), ResponseID: cleanID(c.response.ID),
		ServiceTier: cleanText(c.response.ServiceTier, maxID), Streaming: c.streamed || c.request.Stream,
		FinishReasons: cleanText(strings.Join(c.response.FinishReasons, ","), maxID),
	}
	if c.provider != nil {
		g.Provider = c.provider.system
	}
	if g.ServiceTier == "" && c.request.ServiceTier != "auto" {
		g.ServiceTier = cleanText(c.request.ServiceTier, maxID)
	}
	if c.firstContent > 0 {
		g.TimeToFirstToken = telemetry.Known(int64(c.firstContent))
	}
	if g.Counts {
		g.Usage = usageOf(&c.response.Usage)
		if c.response.Usage.Known() {
			g.UsageSemantics = "inclusive"
		}
		if c.response.Usage.CacheAdded {
			g.UsageSemantics = "exclusive"
		}
		b.fillContent(s, c)
	}
}

func usageOf(u *wire.Usage) telemetry.Usage {
	opt := func(n wire.Count) telemetry.Opt { return telemetry.Opt{Value: n.Value, Known: n.Known} }
	return telemetry.Usage{
		Input: opt(u.Input), Output: opt(u.Output), CacheRead: opt(u.CacheRead), CacheWrite5m: opt(u.CacheWrite5m),
		CacheWrite1h: opt(u.CacheWrite1h), Reasoning: opt(u.Reasoning), AudioIn: opt(u.AudioIn), AudioOut: opt(u.AudioOut),
	}
}

// spanName is the operation and the model; for what is no call of a model, the method and the route.
func spanName(g *telemetry.GenAI, c *call) string {
	if g.Counts {
		if g.RequestModel == "" {
			return string(g.Operation)
		}
		return string(g.Operation) + " " + g.RequestModel
	}
	if c.route.Template == "" {
		return c.method
	}
	return c.method + " " + c.route.Template
}

func spanAttrs(a telemetry.Attrs, g *telemetry.GenAI, c *call) telemetry.Attrs {
	add := func(k, v string) {
		if v != "" {
			a = append(a, telemetry.Attr{Key: k, Value: v})
		}
	}
	if p := c.provider; p != nil {
		add(attrAddress, p.address)
		add(attrPort, p.port)
		if p.name != g.Provider {
			add(attrProviderName, p.name)
		}
	}
	add(attrUserAgent, c.userAgent)
	if t := c.request.Temperature; t.Known {
		add(attrTemperature, strconv.FormatFloat(t.Value, 'g', -1, 64))
	}
	if m := c.request.MaxTokens; m.Known {
		add(attrMaxTokens, strconv.FormatInt(m.Value, 10))
	}
	add(attrProviderRequest, c.providerRequestID)
	add(attrResendCount, c.retries)
	add(attrRequestBytes, strconv.FormatInt(c.requestBytes, 10))
	add(attrResponseBytes, strconv.FormatInt(c.responseBytes, 10))
	add(attrUsage, c.usage)
	if c.contentDropped {
		add(attrContent, "dropped")
	}
	if c.left.Load() {
		add(attrLeft, "true")
	}
	if c.serviceGuessed() {
		add(telemetry.AttrService, telemetry.ServiceGuessed)
	}
	return a
}

func logAttributes(a telemetry.Attrs, s *telemetry.Span, c *call) telemetry.Attrs {
	add := func(k, v string) {
		if v != "" {
			a = append(a, telemetry.Attr{Key: k, Value: v})
		}
	}
	g := s.GenAI
	add(attrProvider, g.Provider)
	add(attrRequestModel, g.RequestModel)
	if u := g.Usage.Input; u.Known {
		add(attrInputTokens, strconv.FormatInt(u.Value, 10))
	}
	if u := g.Usage.Output; u.Known {
		add(attrOutputTokens, strconv.FormatInt(u.Value, 10))
	}
	add(attrDuration, strconv.FormatInt(c.duration.Milliseconds(), 10))
	if c.status > 0 {
		add(attrStatus, strconv.Itoa(c.status))
	}
	add(attrErrorType, s.ErrorType)
	return a
}

func severity(c *call) telemetry.Severity {
	switch {
	case c.failed:
		return telemetry.SeverityError
	case c.errType != "":
		return telemetry.SeverityWarn
	}
	return telemetry.SeverityInfo
}

// logBody is a sentence for people; programs read the attributes.
func logBody(s *telemetry.Span, c *call) string {
	b := make([]byte, 0, 128)
	b = append(b, s.Name...)
	switch {
	case c.failed:
		b = append(b, " failed"...)
	case c.errType != "":
		b = append(b, " ended early"...)
	default:
		b = append(b, " succeeded"...)
	}
	b = append(b, " after "...)
	b = append(b, c.duration.Round(time.Millisecond).String()...)
	if u := s.GenAI.Usage; u.Input.Known || u.Output.Known {
		b = append(b, ", "...)
		b = strconv.AppendInt(b, u.Input.Value, 10)
		b = append(b, " tokens in, "...)
		b = strconv.AppendInt(b, u.Output.Value, 10)
		b = append(b, " out"...)
	}
	if s.StatusMessage != "" {
		b = append(b, ": "...)
		b = append(b, s.StatusMessage...)
	}
	return string(b)
}

func (c *call) errMessageText() string {
	if c.errMessage == "" {
		return ""
	}
	return cleanText(c.errMessage, maxErrorText)
}
