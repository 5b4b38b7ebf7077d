package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/wire"
)

const (
	maxErrorText = 1024
	maxLabel     = 256
	maxSpanName  = 100 // of what follows the operation

	other = "other" // endpoint of what has none
)

// record is one model call under way, made by hand or seen on the wire.
type record struct {
	core     *core.Core
	frame    frame
	ctx      context.Context // of the span
	span     trace.Span
	start    time.Time
	provider string
	model    string // asked for
	op       string
	endpoint string
}

// outcome is how a call ended.
type outcome struct {
	wire.Response
	err        error
	errType    string // of the call; empty is a success
	message    string
	took       time.Duration // 0 is until now
	firstToken time.Duration // 0 is unknown
	streamed   bool
	left       bool // the caller did not wait for the end of the answer
	estimated  bool // some of the usage was counted here
	retry      int
	content    messages
	status     int          // of HTTP, 0 is none
	requestID  string       // the provider's
	uncounted  bool         // another record counts this call
	cost       price.Amount // where priced
	priced     bool
	version    string
}

// endpointOf is the route of the caller where known, else that of the provider.
func endpointOf(s *scope.Scope, template string) string {
	if route := s.Route(); route != "" {
		return route
	}
	if template != "" {
		return template
	}
	return other
}

// attributeLists hold memory, no state: spans copy what they are given.
var attributeLists = sync.Pool{New: func() any {
	list := make([]attribute.KeyValue, 0, 32)
	return &list
}}

func newAttributes() *[]attribute.KeyValue { return attributeLists.Get().(*[]attribute.KeyValue) }

func freeAttributes(list *[]attribute.KeyValue) {
	clear(*list)
	*list = (*list)[:0]
	attributeLists.Put(list)
}

var isClient = trace.WithSpanKind(trace.SpanKindClient)

// begin starts the span of a call, and frees the list of its attributes.
func (r *record) begin(ctx context.Context, s *scope.Scope, list *[]attribute.KeyValue) {
	attrs := append(*list, attribute.String(attrOperation, r.op), attribute.String(attrProvider, r.provider))
	if r.model != "" {
		attrs = append(attrs, attribute.String(attrRequestModel, r.model))
	}
	if r.frame.agent != "" {
		attrs = append(attrs, attribute.String(attrAgent, r.frame.agent))
	}
	if s != nil {
		id := s.Identity()
		if id.Session != "" {
			attrs = append(attrs, attribute.String(attrConversation, r.core.Clean("session_id", id.Session)))
		}
		if route := s.Route(); route != "" {
			attrs = append(attrs, attribute.String(attrRoute, route))
		}
	}
	r.ctx, r.span = r.core.Tracer.Start(ctx, spanName(r.op, r.model), isClient, trace.WithAttributes(attrs...))
	*list = attrs
	freeAttributes(list)
	if r.core.Logger.Enabled(r.ctx, slog.LevelDebug) {
		r.core.Logger.LogAttrs(r.ctx, slog.LevelDebug, "model call begins",
			slog.String("provider", r.provider), slog.String("model", r.model), slog.String("operation", r.op))
	}
}

func spanName(op, name string) string {
	if name == "" {
		return op
	}
	return op + " " + cutText(name, maxSpanName)
}

// finish ends the span, counts the call and logs it.
func (r *record) finish(o *outcome) {
	took := o.took
	if took <= 0 {
		took = time.Since(r.start)
	}
	r.price(o)
	if o.message != "" {
		o.message, _ = r.core.Redact.String(cutText(o.message, maxErrorText))
	}
	if r.span.IsRecording() {
		r.describe(o)
	}
	if !o.uncounted {
		r.count(o, took)
	}
	r.log(o, took)
	r.frame.run.tell(o.err)
	endSpan(r.span, r.start, o.took)
}

// endSpan ends a span after it took so long; 0 is until now.
func endSpan(s trace.Span, start time.Time, took time.Duration) {
	if took <= 0 {
		s.End()
		return
	}
	s.End(trace.WithTimestamp(start.Add(took)))
}

// price finds what the call cost, and charges it to the session.
func (r *record) price(o *outcome) {
	if !o.Usage.Known() || !o.priced && r.core.Prices == nil {
		return
	}
	if !o.priced {
		r.lookUp(o)
	}
	if o.priced && !o.uncounted {
		r.frame.session.charge(o.cost)
	}
}

func (r *record) lookUp(o *outcome) {
	book := r.core.Prices()
	if book == nil {
		return
	}
	u := &o.Usage
	call := price.Call{
		Provider: r.provider, Model: o.Model, Time: r.start, ServiceTier: o.ServiceTier, Region: o.Region,
		Usage: price.Usage{
			Input: u.Input.Value, CacheRead: u.CacheRead.Value, CacheWrite5m: u.CacheWrite5m.Value, CacheWrite1h: u.CacheWrite1h.Value,
			AudioIn: u.AudioIn.Value, Output: u.Output.Value, Reasoning: u.Reasoning.Value, AudioOut: u.AudioOut.Value,
		},
	}
	if call.Model == "" {
		call.Model = r.model
	}
	q := book.Quote(call)
	if q.Reason == price.UnknownModel && r.model != "" && r.model != call.Model {
		call.Model = r.model // what answered has a name of its own, such as that of a deployment
		q = book.Quote(call)
	}
	o.cost, o.version, o.priced = q.Cost, q.Version, q.Reason == price.Priced
}

// labelModel is the model that was asked for, else the one that answered.
func (r *record) labelModel(o *outcome) string {
	if r.model != "" {
		return r.model
	}
	return o.Model
}

func (r *record) count(o *outcome, took time.Duration) {
	in, ctx, model := instrumentsOf(r.core), r.ctx, cutText(r.labelModel(o), maxLabel)
	s := in.callSeries.of(callKey{r.provider, model, r.endpoint})
	if o.errType == "" {
		counterOf(&s.ok, in.calls, r.provider, model, r.endpoint, success).AddContext(ctx, 1)
	} else {
		in.calls.Add(ctx, 1, r.provider, model, r.endpoint, failure)
	}
	histogramOf(&s.duration, in.duration, r.provider, model, r.endpoint).ObserveContext(ctx, took.Seconds())
	if o.firstToken > 0 {
		histogramOf(&s.firstToken, in.firstToken, r.provider, model, r.endpoint).ObserveContext(ctx, o.firstToken.Seconds())
	}
	u := &o.Usage
	if u.Input.Known {
		counterOf(&s.input, in.tokens, r.provider, model, r.endpoint, "input").AddContext(ctx, tokensOf(u.Input))
	}
	if u.Output.Known {
		counterOf(&s.output, in.tokens, r.provider, model, r.endpoint, "output").AddContext(ctx, tokensOf(u.Output))
	}
	if u.CacheRead.Value > 0 {
		counterOf(&s.cached, in.cached, r.provider, model, "read").AddContext(ctx, tokensOf(u.CacheRead))
	}
	if n := tokensOf(u.CacheWrite5m) + tokensOf(u.CacheWrite1h); n > 0 {
		in.cached.Add(ctx, n, r.provider, model, "write")
	}
	if u.Reasoning.Value > 0 {
		in.reasoning.Add(ctx, tokensOf(u.Reasoning), r.provider, model)
	}
	switch {
	case o.priced:
		counterOf(&s.cost, in.cost, r.provider, model, r.endpoint).AddContext(ctx, max(0, o.cost.USD()))
	case u.Known():
		in.unpriced.Add(ctx, 1, r.provider, model)
	}
	if agent := r.frame.agent; agent != "" && u.Known() {
		in.agentTokens.Add(ctx, tokensOf(u.Input), agent, model, "input")
		in.agentTokens.Add(ctx, tokensOf(u.Output), agent, model, "output")
	}
}

// tokensOf is a count as a counter wants it: never negative, whatever a provider said.
func tokensOf(c wire.Count) float64 { return float64(max(c.Value, 0)) }

// describe puts what is known of the end on the span.
func (r *record) describe(o *outcome) {
	list := newAttributes()
	a := *list
	text := func(key, v string) {
		if v != "" {
			a = append(a, attribute.String(key, v))
		}
	}
	if o.status != 0 {
		a = append(a, attribute.Int(attrStatusCode, o.status))
	}
	text(attrProviderRequest, o.requestID)
	text(attrResponseModel, o.Model)
	text(attrResponseID, o.ID)
	if len(o.FinishReasons) > 0 {
		a = append(a, finishReasons(o.FinishReasons))
	}
	if o.ServiceTier != "" && (r.provider == "openai" || r.provider == "anthropic") {
		text(r.provider+".response.service_tier", o.ServiceTier)
	}
	if o.streamed {
		a = append(a, attribute.Bool(attrStream, true))
	}
	if o.firstToken > 0 {
		a = append(a, attribute.Float64(attrFirstChunk, o.firstToken.Seconds()))
	}
	a = appendUsage(a, &o.Usage)
	if o.estimated {
		text(attrUsage, "estimated")
	}
	if o.priced {
		a = append(a, attribute.Float64(attrCost, o.cost.USD()))
		text(attrPriceVersion, o.version)
	}
	if o.retry > 0 {
		a = append(a, attribute.Int(attrResendCount, o.retry))
	}
	if o.left {
		a = append(a, attribute.Bool(attrLeft, true))
	}
	if p := policyOf(r.core); p.keeps() {
		text(attrInputMessages, p.keep(o.content.input, o.content.inputCut))
		text(attrSystem, p.keep(o.content.system, 0))
		text(attrOutputMessages, p.keep(o.content.output, o.content.outputCut))
	}
	if o.errType != "" {
		text(attrErrorType, o.errType)
		r.span.SetStatus(codes.Error, o.message)
	}
	r.span.SetAttributes(a...)
	*list = a
	freeAttributes(list)
}

// The reasons why most answers end.
var (
	endedByItself = attribute.StringSlice(attrFinishReasons, []string{"stop"})
	endedByCall   = attribute.StringSlice(attrFinishReasons, []string{"tool_call"})
)

func finishReasons(of []string) attribute.KeyValue {
	if len(of) == 1 {
		switch of[0] {
		case "stop":
			return endedByItself
		case "tool_call":
			return endedByCall
		}
	}
	return attribute.StringSlice(attrFinishReasons, of)
}

func appendUsage(a []attribute.KeyValue, u *wire.Usage) []attribute.KeyValue {
	write := u.CacheWrite5m
	if u.CacheWrite1h.Known {
		write = wire.Count{Value: write.Value + u.CacheWrite1h.Value, Known: true}
	}
	for _, f := range [...]struct {
		key string
		n   wire.Count
	}{
		{attrInputTokens, u.Input},
		{attrOutputTokens, u.Output},
		{attrCacheRead, u.CacheRead},
		{attrCacheWrite, write},
		{attrCacheWrite1h, u.CacheWrite1h},
		{attrReasoning, u.Reasoning},
		{attrAudioIn, u.AudioIn},
		{attrAudioOut, u.AudioOut},
	} {
		if f.n.Known {
			a = append(a, attribute.Int64(f.key, f.n.Value))
		}
	}
	return a
}

// log writes the one line of a call.
func (r *record) log(o *outcome, took time.Duration) {
	level := slog.LevelInfo
	switch o.errType {
	case "":
	case errLimit: // has a line of its own
		level = slog.LevelWarn
	default:
		level = slog.LevelError
	}
	if !r.core.Logger.Enabled(r.ctx, level) {
		return
	}
	a := make([]slog.Attr, 0, 16)
	a = append(a, slog.String("provider", r.provider), slog.String("model", r.labelModel(o)), slog.String("operation", r.op),
		slog.Float64("duration_ms", milliseconds(took)))
	count := func(key string, n wire.Count) {
		if n.Known {
			a = append(a, slog.Int64(key, n.Value))
		}
	}
	count("input_tokens", o.Usage.Input)
	count("output_tokens", o.Usage.Output)
	if o.Usage.CacheRead.Value != 0 {
		count("cached_tokens", o.Usage.CacheRead)
	}
	if o.Usage.Reasoning.Value != 0 {
		count("reasoning_tokens", o.Usage.Reasoning)
	}
	if o.priced {
		a = append(a, slog.Float64("cost_usd", o.cost.USD()))
	}
	if o.firstToken > 0 {
		a = append(a, slog.Float64("first_token_ms", milliseconds(o.firstToken)))
	}
	if len(o.FinishReasons) > 0 {
		a = append(a, slog.String("finish_reason", strings.Join(o.FinishReasons, ",")))
	}
	if r.frame.agent != "" {
		a = append(a, slog.String("agent", r.frame.agent))
	}
	if o.retry > 0 {
		a = append(a, slog.Int("retry", o.retry))
	}
	if o.left {
		a = append(a, slog.Bool("client_disconnected", true))
	}
	if o.errType != "" {
		a = append(a, slog.String("error_type", o.errType), slog.String("error", o.message), logging.NoStack())
	}
	line := slog.NewRecord(time.Now(), level, "model call", instrumentsOf(r.core).logSource())
	line.AddAttrs(a...)
	_ = r.core.Logger.Handler().Handle(r.ctx, line) // as slog does
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// fail notes why a call failed. What the provider said goes before what Go says.
func (o *outcome) fail(err error) {
	o.err = err
	if e := o.Error; e != nil {
		if o.errType = e.Type; o.errType == "" {
			o.errType = e.Code
		}
		o.message = e.Message
	}
	if err != nil && o.errType == "" {
		o.errType = errorType(err)
	}
	if err != nil && o.message == "" {
		o.message = err.Error()
	}
	o.errType = cutText(o.errType, maxLabel)
}

// errorType is a class of errors, of a bounded set.
func errorType(err error) string {
	var limit *LimitError
	var timeout net.Error
	var said *wire.Error
	switch {
	case errors.As(err, &limit):
		return errLimit
	case errors.As(err, &said) && said.Type != "":
		return said.Type
	case errors.Is(err, context.Canceled):
		return errCanceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return errTimeout
	case timeout != nil:
		return errConnection
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errCut
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		err = e
	}
	return fmt.Sprintf("%T", err)
}

// cutText is s, of at most n bytes, cut between runes.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
