package dialect

import (
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// anthropicSDK is the telemetry built into Anthropic's own SDKs. Input includes the cache there.
var anthropicSDK = family{
	name: "anthropic-sdk-native",
	is:   func(r *record) bool { return strings.HasPrefix(r.Scope.Name, "com.anthropic.sdk.") },
	begin: func(r *record) {
		r.usage.semantics = inclusive
		if r.get("gen_ai.operation.name") == "" { // count_tokens, models: it talks to the API, and uses no tokens
			r.g.Operation = telemetry.OpOther
		}
	},
	finish: func(r *record) { fill(&r.g.Provider, "anthropic") },
}
