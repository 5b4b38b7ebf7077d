package dialect

import (
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// liteLLM is LiteLLM's SDK and proxy. Its span of the raw request repeats the call it is in.
var liteLLM = family{
	name: "litellm",
	is: func(r *record) bool {
		return r.Scope.Name == "litellm" || r.Name == "litellm_request" || r.hasPrefix("gen_ai.cost.") || r.hasPrefix("litellm.") || r.has("hidden_params")
	},
	begin: func(r *record) {
		if r.Name == "raw_gen_ai_request" {
			r.g.Operation = telemetry.OpOther
		}
		// gen_ai.operation.name is chat, or else the name of a function of LiteLLM's.
		if word := nonEmpty(r.get("gen_ai.operation.name"), r.get("llm.request.type")); word == "completion" {
			r.g.Operation = telemetry.OpChat
		}
	},
	finish: func(r *record) {
		if !r.g.CostReported.Known {
			r.g.CostReported = money(parseObject(r.Attributes.Value("hidden_params")).get("response_cost").text())
		}
		fill(&r.UserID, r.get("metadata.user_api_key_end_user_id"))
		fill(&r.UserID, r.get("metadata.user_api_key_user_id"))
		fill(&r.TenantID, r.get("metadata.user_api_key_team_id"))
		for i := range r.Attributes {
			if k := r.Attributes[i].Key; strings.HasPrefix(k, "llm.") && (strings.HasSuffix(k, ".messages") || strings.HasSuffix(k, ".choices")) {
				r.moved[i] = true // the raw request and answer once more
			}
		}
	},
}
