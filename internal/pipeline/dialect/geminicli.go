package dialect

import (
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// geminiCLI is Google's Gemini CLI. A request is told by up to three logs and a span; the log gemini_cli.api_response alone
// has the usage, so it alone counts. Output excludes thoughts there.
var geminiCLI = family{
	name: "gemini-cli",
	is: func(r *record) bool {
		return r.Scope.Name == "gemini-cli" || strings.HasPrefix(r.Name, "gemini_cli.") || r.Service == "gemini-cli"
	},
	begin: func(r *record) {
		u := &r.usage
		u.semantics, u.thoughts = inclusive, true
		u.Input, u.Output = tokens(r.get("input_token_count")), tokens(r.get("output_token_count"))
		u.CacheRead = tokens(r.get("cached_content_token_count"))
		u.Reasoning = tokens(r.get("thoughts_token_count"))
		r.g.RequestModel = nonEmpty(r.get("gen_ai.request.model"), r.get("model"))
		r.g.ResponseModel = nonEmpty(r.get("gen_ai.response.model"), r.get("model"))
		r.g.TimeToFirstToken = elapsed(r.get("ttft_ms"), time.Millisecond)
	},
	finish: func(r *record) {
		g := r.g
		if strings.Contains(r.get("auth_type"), "vertex") {
			g.Provider = "gcp.vertex_ai"
		}
		if g.Provider == "" && g.RequestModel != "" {
			g.Provider = "gcp.gemini"
		}
		if g.FinishReasons == "" {
			g.FinishReasons = finishReasons(r.get("finish_reasons"))
		}
		r.usage.elsewhere = g.Operation == telemetry.OpGenerateContent && !r.usage.said() && r.get("gen_ai.operation.name") == "llm_call"
		if r.get("error") != "" || r.get("error_type") != "" {
			r.failBare()
		}
	},
}
