package dialect

import (
	"slices"
	"strings"

	"github.com/telltale-dev/telltale/internal/jsontext"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// openInference is Arize's instrumentation, in Python and JavaScript. Its llm.model_name is the model that answered, save
// for streams, where it is the one asked for.
var openInference = family{
	name: "openinference",
	is:   func(r *record) bool { return r.get("openinference.span.kind") != "" },
	begin: func(r *record) {
		parameters := parseObject(r.Attributes.Value("llm.invocation_parameters"))
		r.g.Streaming = parameters.get("stream").raw == "true"
		r.dropMembers("llm.invocation_parameters", parameters, "instructions", "system", "messages", "prompt", "input", "contents")
		r.g.RequestModel = nonEmpty(r.first(src.requestModel[:5]), parameters.get("model").text())
		r.readAnswer(r.Attributes.Value("output.value"))
		if r.get("gen_ai.response.model") == "" && r.g.ResponseModel == "" && r.streamedWithoutAnswer() {
			fill(&r.g.RequestModel, r.get("llm.model_name"))
			r.at[src.index["llm.model_name"]] = 0
		}
	},
	finish: func(r *record) {
		g := r.g
		if r.span.Status == telemetry.StatusError && !r.usage.said() { // nobody answered: the model's name is that of the request
			g.ResponseModel = r.get("llm.response.model_name")
		}
		switch g.Operation {
		case telemetry.OpExecuteTool:
			fill(&g.Tool, r.Name)
		case telemetry.OpInvokeAgent:
			fill(&g.Agent, r.Name)
		}
		if cost := r.get("llm.cost.total"); cost == "" && !g.CostReported.Known {
			prompt, completion := money(r.get("llm.cost.prompt")), money(r.get("llm.cost.completion"))
			if prompt.Known || completion.Known {
				g.CostReported = plus(prompt, completion)
			}
		}
		r.readDocuments()
	},
}

// readDocuments makes the texts that a retriever or reranker found its answer.
func (r *record) readDocuments() {
	var c conversation
	c.start("assistant")
	for i := range r.Attributes {
		k := r.Attributes[i].Key
		if !strings.HasSuffix(k, ".document.content") {
			continue
		}
		r.moved[i] = true
		if !strings.HasPrefix(k, "reranker.input_documents.") {
			c.text(r.Attributes[i].Value)
		}
	}
	if len(c.message.parts) > 0 {
		c.begun = true
		c.end()
		r.output = c
	}
	if query := r.Attributes.Value("reranker.query"); query != "" && r.input.empty() {
		r.input.say("user", query)
		r.moveNamed("reranker.query")
	}
}

// dropMembers takes content out of an attribute that holds an object: it is in its column.
func (r *record) dropMembers(name string, v value, members ...string) {
	var b []byte
	dropped := false
	for i, m := range v.members {
		if slices.Contains(members, m) {
			if m == "instructions" || m == "system" {
				r.instructions = v.list[i]
			}
			dropped = true
			continue
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = append(append(jsontext.AppendString(b, m), ':'), v.list[i].raw...)
	}
	if dropped {
		r.Attributes.Set(name, "{"+string(b)+"}")
	}
}

// streamedWithoutAnswer tells the streams of which only the text was kept.
func (r *record) streamedWithoutAnswer() bool {
	return r.g.Streaming && !strings.HasPrefix(r.Attributes.Value("output.value"), "{")
}

// readAnswer takes from a provider's whole answer what has no attribute of its own.
func (r *record) readAnswer(s string) {
	v := parseObject(s)
	if v.kind != jsonObject || v.get("id").kind != jsonString || v.get("model").kind != jsonString {
		return
	}
	r.g.ResponseID = v.get("id").text()
	fill(&r.g.ServiceTier, v.get("service_tier").text())
	fill(&r.g.ResponseModel, v.get("model").text())
	if v.get("object").text() == "response" && r.g.FinishReasons == "" {
		r.g.FinishReasons = finishReason(v.get("status").text())
	}
}
