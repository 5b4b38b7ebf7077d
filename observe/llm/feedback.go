package llm

import (
	"context"
	"log/slog"
	"math"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
)

// CacheHit counts a lookup in the service's own cache of answers, and says on the span of ctx how it went.
func CacheHit(ctx context.Context, hit bool) {
	result := "miss"
	if hit {
		result = "hit"
	}
	trace.SpanFromContext(ctx).SetAttributes(attribute.String(attrCacheResult, result))
	instrumentsOf(core.From(ctx)).cache.Add(ctx, 1, result)
}

// ValidationFailed says that an answer of the model failed its schema, or another check of the service: on the span of ctx,
// in the log and in llm_validation_failures_total.
func ValidationFailed(ctx context.Context, model string, err error) {
	c := core.From(ctx)
	model = cutText(model, maxLabel)
	message := ""
	if err != nil {
		message, _ = c.Redact.String(cutText(err.Error(), maxErrorText))
	}
	trace.SpanFromContext(ctx).AddEvent(eventValidation, trace.WithAttributes(
		attribute.String(attrRequestModel, model), attribute.String("message", message)))
	instrumentsOf(c).validation.Add(ctx, 1, model)
	c.Logger.LogAttrs(ctx, slog.LevelWarn, "answer failed validation", slog.String("model", model), slog.String("error", message))
}

// SafetyFlag says that a prompt or an answer was flagged: on the span of ctx, in the log and in llm_safety_flags_total. The
// category is a label: of a bounded set, such as violence or prompt_injection.
func SafetyFlag(ctx context.Context, model, category string) {
	c := core.From(ctx)
	model, category = cutText(model, maxLabel), cutText(category, maxLabel)
	trace.SpanFromContext(ctx).AddEvent(eventSafety, trace.WithAttributes(
		attribute.String(attrRequestModel, model), attribute.String(attrCategory, category)))
	instrumentsOf(c).safety.Add(ctx, 1, model, category)
	c.Logger.LogAttrs(ctx, slog.LevelWarn, "safety flag", slog.String("model", model), slog.String("category", category))
}

// Evaluation is a judgement of an answer, by an evaluator or a user.
type Evaluation struct {
	Name        string  // what was judged, a label: relevance, hallucination, user_feedback
	Value       float64 // 0 to 1; for hallucination, 1 is hallucinated
	Label       string  // the value in a word: pass, thumbs_up
	Explanation string  // kept by the content policy
	Model       string  // that answered
	ResponseID  string  // of the answer, where the judgement comes in another trace
}

// Score records a judgement: on the span of ctx, in the log and in llm_evaluation_score. A value that is no number is left
// out of the metric.
func Score(ctx context.Context, e Evaluation) {
	c := core.From(ctx)
	e.Name, e.Model, e.Label = cutText(e.Name, maxLabel), cutText(e.Model, maxLabel), cutText(e.Label, maxLabel)
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		span.AddEvent(eventEvaluation, trace.WithAttributes(e.attributes(policyOf(c))...))
	}
	if !math.IsNaN(e.Value) {
		instrumentsOf(c).evaluation.Observe(ctx, e.Value, e.Name, e.Model)
	}
	c.Logger.LogAttrs(ctx, slog.LevelInfo, "evaluation", slog.String("name", e.Name), slog.Float64("score", e.Value),
		slog.String("label", e.Label), slog.String("model", e.Model), slog.String("response_id", cutText(e.ResponseID, maxLabel)))
}

func (e *Evaluation) attributes(p policy) []attribute.KeyValue {
	a := []attribute.KeyValue{attribute.String(attrEvaluation, e.Name), attribute.Float64(attrScore, e.Value)}
	for _, f := range [...]struct{ key, value string }{
		{attrLabel, e.Label},
		{attrExplanation, p.keep(e.Explanation, 0)},
		{attrRequestModel, e.Model},
		{attrResponseID, cutText(e.ResponseID, maxLabel)},
	} {
		if f.value != "" {
			a = append(a, attribute.String(f.key, f.value))
		}
	}
	return a
}
