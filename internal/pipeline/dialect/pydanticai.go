package dialect

import (
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// pydanticAI is Pydantic AI and Logfire. Before version 3 of its format, spans of agents and tools are told by their name only.
var pydanticAI = family{
	name: "pydantic-ai",
	is: func(r *record) bool {
		return r.Scope.Name == "pydantic-ai" || r.hasPrefix("logfire.") || r.hasPrefix("pydantic_ai.") || r.has("operation.cost")
	},
	begin: func(r *record) {
		if r.get("gen_ai.operation.name") != "" {
			return
		}
		switch {
		case r.has("final_result") || r.has("pydantic_ai.all_messages") || r.has("all_messages_events") || strings.HasSuffix(r.Name, "agent run"):
			r.g.Operation = telemetry.OpInvokeAgent
		case r.has("tool_arguments") || strings.HasPrefix(r.Name, "running tool: "), r.Name == "running tool":
			r.g.Operation = telemetry.OpExecuteTool
		case strings.HasPrefix(r.Name, "running ") && strings.Contains(r.Name, " tool"):
			r.g.Operation = telemetry.OpPlan
		}
	},
	finish: func(r *record) {
		if r.g.Operation.IsCall() {
			r.readEventList(r.Attributes.Value("events"))
		}
		r.moveNamed("events")
		fill(&r.g.RequestModel, r.get("model_name"))
	},
}

// readEventList reads the messages of a call that are written as one list of events, the answer last.
func (r *record) readEventList(s string) {
	v, ok := parse(s)
	if !ok || len(r.raw(src.inputMessages[:1])) > 0 {
		return
	}
	for _, e := range v.elements() {
		switch name := e.get("event.name").text(); {
		case name == eventChoice:
			r.output.begun = true
			r.output.event(name, e)
		case isMessageEvent(name):
			r.input.event(name, e)
		}
	}
}
