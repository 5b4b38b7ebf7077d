package llm

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/wire"
)

// Usage counts tokens. Input includes cache reads, cache writes and audio; Output includes reasoning and audio. The zero
// value means that nothing is known.
type Usage = price.Usage

// Call is a model call that is about to begin.
type Call struct {
	Provider  string // as gen_ai.provider.name: openai, anthropic, gcp.gemini, aws.bedrock, …
	Model     string // asked for
	Operation string // chat, text_completion, generate_content or embeddings; empty means chat
	Stream    bool
	Messages  []Message // the prompt, kept by the content policy; those of role system apart
}

// Result is how a model call ended.
type Result struct {
	ID           string // of the response
	Model        string // that answered; empty means the one that was asked for
	Usage        Usage
	FinishReason string // the provider's word will do
	ServiceTier  string
	Messages     []Message     // the answer, kept by the content policy
	Cost         *price.Amount // as the provider reported it; nil means by the price book
	Err          error         // why the call failed
}

// CallRun is a model call under way.
type CallRun struct {
	record
	call       Call
	limit      *LimitError
	firstToken atomic.Int64 // nanoseconds after start
	tries      atomic.Int64 // of a Transport below
	ended      atomic.Bool
	left       leaver
}

// Start begins a model call that no Transport sees, or gives one that a Transport sees a span around it: such a call is
// counted once. The context is for what happens within the call.
//
//	ctx, call := llm.Start(ctx, llm.Call{Provider: "aws.bedrock", Model: model, Messages: prompt})
//	defer call.Close()
//	if err := call.Err(); err != nil {
//		return err // over a limit of the session
//	}
//	answer, err := invoke(ctx, prompt)
//	call.End(llm.Result{Usage: answer.Usage, FinishReason: answer.Stop, Err: err})
func Start(ctx context.Context, c Call) (context.Context, *CallRun) {
	s := scope.From(ctx)
	r := &CallRun{call: c, record: record{
		core: coreFor(ctx, s, nil), frame: frameOf(ctx), start: time.Now(),
		provider: cutText(c.Provider, maxLabel), model: cutText(c.Model, maxLabel), op: c.Operation, endpoint: endpointOf(s, ""),
	}}
	if r.op == "" {
		r.op = "chat"
	}
	if r.limit = r.frame.session.admitCall(); r.limit != nil {
		r.ended.Store(true)
		return refuse(ctx, r.core, r.frame.session, r.limit), r
	}
	list := newAttributes()
	if c.Stream {
		*list = append(*list, attribute.Bool(attrStream, true))
	}
	r.begin(ctx, s, list)
	inner := r.frame
	inner.call = r
	r.left.watch(ctx, nil, func(at time.Time) { r.finishOnce(Result{}, errCanceled, at.Sub(r.start)) })
	return inner.in(r.ctx), r
}

// Err is a *LimitError where the call must not be made, else nil. The context that Start returned is canceled then.
func (r *CallRun) Err() error {
	if r.limit != nil {
		return r.limit
	}
	return nil
}

// FirstToken notes that the first token of the answer is here. Later calls say nothing new.
func (r *CallRun) FirstToken() {
	r.firstToken.CompareAndSwap(0, max(1, int64(time.Since(r.start))))
}

// End ends the call. Only the first End counts.
func (r *CallRun) End(result Result) { r.finishOnce(result, "", 0) }

// Close ends the call as failed unless End was called. It is for a defer right behind Start.
func (r *CallRun) Close() {
	if r.ended.Load() {
		return
	}
	why := errAbandoned
	if panicking() {
		why = errPanic
	}
	r.finishOnce(Result{}, why, 0)
}

// finishOnce ends the call after it took so long; 0 is until now.
func (r *CallRun) finishOnce(result Result, why string, took time.Duration) {
	if !r.ended.CompareAndSwap(false, true) {
		return
	}
	r.left.stop()
	o := outcome{
		took:       took,
		firstToken: time.Duration(r.firstToken.Load()), streamed: r.call.Stream, uncounted: r.tries.Load() > 0,
		Response: wire.Response{
			ID: cutText(result.ID, wire.MaxText), Model: cutText(result.Model, maxLabel), ServiceTier: cutText(result.ServiceTier, maxLabel),
			Usage: usageOf(result.Usage),
		},
	}
	if result.FinishReason != "" {
		o.FinishReasons = []string{cutText(wire.FinishReason(result.FinishReason), maxLabel)}
	}
	if result.Cost != nil {
		o.cost, o.priced = *result.Cost, true
	}
	if result.Err != nil || why != "" {
		o.fail(result.Err)
	}
	if why != "" {
		o.errType = why
	}
	if r.span.IsRecording() && policyOf(r.core).keeps() {
		o.content.input, o.content.system = encodeMessages(r.call.Messages, "user")
		o.content.output, _ = encodeMessages(result.Messages, "assistant")
	}
	r.finish(&o)
}

// usageOf marks as known what is not zero, and input and output together.
func usageOf(u Usage) wire.Usage {
	if u == (Usage{}) {
		return wire.Usage{}
	}
	count := func(n int64) wire.Count { return wire.Count{Value: n, Known: n != 0} }
	return wire.Usage{
		Input: wire.Count{Value: u.Input, Known: true}, Output: wire.Count{Value: u.Output, Known: true},
		CacheRead: count(u.CacheRead), CacheWrite5m: count(u.CacheWrite5m), CacheWrite1h: count(u.CacheWrite1h),
		Reasoning: count(u.Reasoning), AudioIn: count(u.AudioIn), AudioOut: count(u.AudioOut),
	}
}
