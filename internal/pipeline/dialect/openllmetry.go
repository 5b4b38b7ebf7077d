package dialect

import (
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// openLLMetry is Traceloop's SDK and instrumentation, in JavaScript (@traceloop/…) and Python (opentelemetry.instrumentation.…).
var openLLMetry = family{
	name: "openllmetry",
	is: func(r *record) bool {
		return r.get("traceloop.span.kind") != "" || strings.HasPrefix(r.Scope.Name, "@traceloop/") || isPythonInstrumentation(r.Scope.Name) ||
			r.indexed || r.get("llm.request.type") != ""
	},
	finish: func(r *record) {
		g := r.g
		// The JavaScript instrumentation passes Anthropic's numbers on as they are, the one in Python adds the cache first.
		if strings.HasPrefix(r.Scope.Name, "@traceloop/") && g.Provider == "anthropic" {
			r.usage.semantics = exclusive
		}
		if g.Operation == telemetry.OpTextCompletion && (strings.HasSuffix(r.Name, ".chat") || g.Provider == "anthropic") {
			g.Operation = telemetry.OpChat // Anthropic's messages are completions there
		}
		entity := r.get("traceloop.entity.name")
		switch g.Operation {
		case telemetry.OpInvokeAgent:
			fill(&g.Agent, entity)
		case telemetry.OpExecuteTool:
			fill(&g.Tool, entity)
			r.readCallArguments(r.Attributes.Value("traceloop.entity.input"))
		}
	},
}

// pythonInstrumentation are scopes of OpenLLMetry in Python whose spans are of models. OpenTelemetry's own packages for the
// same libraries carry other names.
func isPythonInstrumentation(scope string) bool {
	library, ok := strings.CutPrefix(scope, "opentelemetry.instrumentation.")
	if !ok {
		return false
	}
	library, _, _ = strings.Cut(library, ".")
	switch library {
	case "openai", "anthropic", "cohere", "bedrock", "vertexai", "google_generativeai", "langchain", "llamaindex", "groq", "mistralai",
		"ollama", "together", "replicate", "watsonx", "alephalpha", "transformers", "sagemaker", "haystack", "crewai", "openai_agents":
		return true
	}
	return false
}

// readCallArguments unwraps the arguments of a decorated function, {"args":[],"kwargs":{…}}, where all have names.
func (r *record) readCallArguments(s string) {
	v := parseObject(s)
	if v.get("args").kind == jsonArray && len(v.get("args").list) == 0 && v.get("kwargs").kind == jsonObject && len(v.members) == 2 {
		fill(&r.g.ToolArguments, v.get("kwargs").raw)
	}
}
