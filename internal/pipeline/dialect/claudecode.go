package dialect

import (
	"strconv"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// claudeCode is Anthropic's Claude Code: a log for each request, and, where tracing is on, a span for it too. Names are
// bare (model, input_tokens), and input excludes the cache, as Anthropic counts.
var claudeCode = family{
	name: "claude-code",
	is: func(r *record) bool {
		return strings.HasPrefix(r.Scope.Name, "com.anthropic.claude_code") || r.Service == "claude-code" || strings.HasPrefix(r.Name, "claude_code.")
	},
	begin: func(r *record) {
		if kind := r.get("span.type"); kind != "" && operationOf(kind) == "" {
			r.g.Operation = telemetry.OpPlan // the steps of a tool: execution, waiting for the user
		}
		u := &r.usage
		if u.Input = tokens(r.get("input_tokens")); u.Input.Known {
			u.semantics = exclusive
		}
		u.Output = tokens(r.get("output_tokens"))
		u.CacheRead, u.cacheWrite = tokens(r.get("cache_read_tokens")), tokens(r.get("cache_creation_tokens"))
		u.CacheWrite5m, u.CacheWrite1h = tokens(r.get("cache_creation_5m_tokens")), tokens(r.get("cache_creation_1h_tokens"))
		r.g.CostReported = money(r.get("cost_usd"))
		r.g.TimeToFirstToken = elapsed(r.get("ttft_ms"), time.Millisecond)
		r.g.RequestModel = nonEmpty(r.get("gen_ai.request.model"), r.get("model"))
		r.g.ResponseModel = nonEmpty(r.get("gen_ai.response.model"), r.get("model"))
		r.g.ResponseID = nonEmpty(r.get("gen_ai.response.id"), r.get("request_id"))
		if r.g.ServiceTier = r.get("speed"); r.g.ServiceTier == "normal" {
			r.g.ServiceTier = "standard"
		}
	},
	finish: func(r *record) {
		g := r.g
		if g.RequestModel != "" {
			fill(&g.Provider, "anthropic")
		}
		if g.Operation == telemetry.OpExecuteTool {
			fill(&g.ToolArguments, nonEmpty(r.Attributes.Value("tool_input"), r.Attributes.Value("tool_parameters")))
			fill(&g.ToolResult, r.Attributes.Value("tool_output"))
			r.moveNamed("tool_input", "tool_parameters", "tool_output")
		}
		if r.get("success") == "false" || r.get("error") != "" {
			r.failBare()
		}
	},
}

// failBare marks a failure that is said by error and status_code, as the coding agents do.
func (r *record) failBare() {
	message := nonEmpty(r.get("error"), r.get("error.message"))
	status := tokens(nonEmpty(r.get("status_code"), r.get("http.response.status_code")))
	kind := nonEmpty(r.get("error_type"), errorKind(message))
	if status.Known && status.Value >= 400 && status.Value < 1000 {
		r.HTTPStatus = status
		if kind == errorOther {
			kind = strconv.FormatInt(status.Value, 10)
		}
	}
	r.fail(kind, message)
	if !r.usage.said() {
		r.g.ResponseModel = r.get("gen_ai.response.model") // nobody answered
	}
}
