package dialect

import (
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// langfuse is Langfuse's SDK from version 3 (Python) and 4 (JavaScript), which sends OTLP. It counts tokens in disjoint
// parts, writes times as quoted JSON, and says by an attribute that a call failed.
var langfuse = family{
	name: "langfuse",
	is:   func(r *record) bool { return r.Scope.Name == "langfuse-sdk" || r.hasPrefix("langfuse.") },
	begin: func(r *record) {
		parameters := parseObject(r.Attributes.Value("langfuse.observation.model.parameters"))
		r.g.Streaming = parameters.get("stream").raw == "true"
		r.readUsageDetails(parseObject(r.Attributes.Value("langfuse.observation.usage_details")))
		r.readCostDetails(parseObject(r.Attributes.Value("langfuse.observation.cost_details")))
		if r.g.Streaming && r.get("gen_ai.response.model") == "" {
			// The model that answered is known of whole answers only.
			r.g.RequestModel = nonEmpty(r.get("gen_ai.request.model"), r.get("langfuse.observation.model.name"))
			r.at[src.index["langfuse.observation.model.name"]] = 0
		}
	},
	finish: func(r *record) {
		g := r.g
		switch g.Operation {
		case telemetry.OpExecuteTool:
			fill(&g.Tool, r.Name)
		case telemetry.OpInvokeAgent:
			fill(&g.Agent, r.Name)
		}
		if t, ok := moment(r.get("langfuse.observation.completion_start_time")); ok {
			r.firstTokenAt(t)
		}
		if strings.EqualFold(r.get("langfuse.observation.level"), "ERROR") {
			message := r.get("langfuse.observation.status_message")
			r.fail(errorKind(message), message)
			if !r.usage.said() {
				g.ResponseModel = r.get("gen_ai.response.model") // nobody answered: the model's name is that of the request
			}
		}
	},
}

// readUsageDetails adds the parts up: input is what was not cached, output what was not reasoning.
func (r *record) readUsageDetails(v value) {
	if v.kind != jsonObject {
		return
	}
	u := &r.usage
	at := func(names ...string) telemetry.Opt {
		for _, n := range names {
			if t := tokens(v.get(n).text()); t.Known {
				return t
			}
		}
		return telemetry.Opt{}
	}
	u.CacheRead = at("input_cached_tokens", "input_cache_read", "cache_read_input_tokens", "input_cache_read_input_tokens")
	u.CacheWrite5m = at("input_cache_creation_5m")
	u.CacheWrite1h = at("input_cache_creation_1h")
	u.cacheWrite = at("input_cache_creation", "cache_creation_input_tokens", "input_cache_creation_input_tokens", "input_cache_write")
	u.Reasoning = at("output_reasoning_tokens", "output_reasoning")
	u.AudioIn, u.AudioOut = at("input_audio_tokens", "input_audio"), at("output_audio_tokens", "output_audio")
	u.Input = at("input", "prompt_tokens", "promptTokens", "input_tokens")
	u.Output = at("output", "completion_tokens", "completionTokens", "output_tokens")
	if v.get("input").kind == jsonNone && v.get("output").kind == jsonNone {
		return // a provider's own names and sums
	}
	u.semantics = exclusive
	if u.Input.Known {
		u.Input.Value += u.AudioIn.Value
	}
	if u.Output.Known {
		u.Output.Value += u.Reasoning.Value + u.AudioOut.Value
	}
}

// readCostDetails takes the total. Zero is what the SDK sends where it knows no price and on errors.
func (r *record) readCostDetails(v value) {
	total := money(v.get("total").text())
	if !total.Known {
		for i, name := range v.members {
			if name != "total" {
				total = plus(total, money(v.list[i].text()))
			}
		}
	}
	if total.Value > 0 {
		r.g.CostReported = total
	}
}
