package dialect

import (
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// codex is OpenAI's Codex. Its logs are one for each event of a stream; the last has the usage, in counts some of which are
// strings. tool_token_count there is the total.
var codex = family{
	name: "codex",
	is: func(r *record) bool {
		return strings.HasPrefix(r.Scope.Name, "codex_") || strings.HasPrefix(r.Service, "codex_") || strings.HasPrefix(r.Name, "codex.") ||
			r.hasPrefix("codex.usage.")
	},
	begin: func(r *record) {
		u := &r.usage
		u.semantics = inclusive
		u.Input, u.Output = tokens(r.get("input_token_count")), tokens(r.get("output_token_count"))
		u.CacheRead, u.cacheWrite = tokens(r.get("cached_token_count")), tokens(r.get("cache_write_token_count"))
		u.Reasoning = tokens(r.get("reasoning_token_count"))
		r.g.RequestModel = nonEmpty(r.get("gen_ai.request.model"), r.get("model"))
		if r.hasPrefix("codex.usage.") && r.get("gen_ai.operation.name") == "" {
			r.g.Operation = telemetry.OpChat
		}
	},
	finish: func(r *record) {
		if r.g.Operation.IsCall() && r.g.Provider == "" && r.g.RequestModel == "" {
			r.g.Provider = "openai"
		}
		if r.get("success") == "false" {
			r.failBare()
		}
	},
}
