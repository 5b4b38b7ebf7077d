package dialect

import (
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// aiSDKLegacy is Vercel's AI SDK up to version 6, and 7 with its legacy telemetry: attributes ai.*, with a span for each
// step of the provider inside one for the whole.
var aiSDKLegacy = family{
	name: "ai-sdk-legacy",
	is:   func(r *record) bool { return r.Scope.Name == "ai" || r.has("ai.operationId") },
	begin: func(r *record) {
		r.usage.semantics = inclusive
		r.readProviderMetadata(parseObject(r.get("ai.response.providerMetadata")))
	},
	finish: func(r *record) {
		r.readAIResponse()
		if r.g.Operation == telemetry.OpExecuteTool {
			r.g.TimeToFirstToken = telemetry.Opt{}
		}
	},
}

// readProviderMetadata reads what the provider said beyond the SDK's own fields.
func (r *record) readProviderMetadata(v value) {
	anthropic := v.get("anthropic", "usage")
	created := anthropic.get("cache_creation")
	r.usage.CacheWrite5m = tokens(created.get("ephemeral_5m_input_tokens").text())
	r.usage.CacheWrite1h = tokens(created.get("ephemeral_1h_input_tokens").text())
	fill(&r.g.ServiceTier, nonEmpty(anthropic.get("service_tier").text(), v.get("openai", "serviceTier").text()))
}

// readAIResponse puts the answer together, which is spread over attributes.
func (r *record) readAIResponse() {
	c := &r.output
	c.begun = true
	c.start("assistant")
	c.message.finish = r.get("ai.response.finishReason")
	if v := r.get("ai.response.reasoning"); v != "" {
		c.reasoning(quoted(v))
	}
	c.text(r.Attributes.Value("ai.response.text"))
	if v, ok := parse(r.Attributes.Value("ai.response.toolCalls")); ok {
		for _, e := range v.elements() {
			c.toolCall(e)
		}
	}
	if object := r.Attributes.Value("ai.response.object"); object != "" && len(c.message.parts) == 0 {
		c.text(object)
	}
	if len(c.message.parts) > 0 {
		c.end()
	}
	r.moveNamed("ai.response.text", "ai.response.toolCalls", "ai.response.object", "ai.response.reasoning")
}

// aiSDK is version 7 of the same, which writes the conventions. What the conventions give to metrics it has on the span.
var aiSDK = family{
	name: "ai-sdk-7",
	is: func(r *record) bool {
		return r.Scope.Name == "gen_ai" && (r.has("gen_ai.client.operation.duration") || r.get("gen_ai.operation.name") != "")
	},
	begin: func(r *record) { r.usage.semantics = inclusive },
	finish: func(r *record) {
		if d := elapsed(r.get("gen_ai.client.operation.duration"), time.Second); d.Known && r.span.Duration == 0 {
			r.span.Duration = d.Value
		}
	},
}
