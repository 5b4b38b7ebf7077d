package dialect

import "github.com/telltale-dev/telltale/internal/telemetry"

// langSmith is LangSmith's exporter of LangChain runs. Numbers may stand in one JSON attribute.
var langSmith = family{
	name: "langsmith",
	is:   func(r *record) bool { return r.hasPrefix("langsmith.") },
	begin: func(r *record) {
		v := parseObject(r.Attributes.Value("langsmith.usage_metadata"))
		u := &r.usage
		u.Input, u.Output = tokens(v.get("input_tokens").text()), tokens(v.get("output_tokens").text())
		in, out := v.get("input_token_details"), v.get("output_token_details")
		if in.kind == jsonNone {
			in = parseObject(r.Attributes.Value("gen_ai.usage.input_token_details"))
		}
		if out.kind == jsonNone {
			out = parseObject(r.Attributes.Value("gen_ai.usage.output_token_details"))
		}
		u.CacheRead, u.cacheWrite = tokens(in.get("cache_read").text()), tokens(in.get("cache_creation").text())
		u.CacheWrite5m, u.CacheWrite1h = tokens(in.get("ephemeral_5m_input_tokens").text()), tokens(in.get("ephemeral_1h_input_tokens").text())
		u.AudioIn, u.AudioOut = tokens(in.get("audio").text()), tokens(out.get("audio").text())
		u.Reasoning = tokens(out.get("reasoning").text())
		r.g.CostReported = money(v.get("total_cost").text())
	},
	finish: func(r *record) {
		g := r.g
		if g.Operation == telemetry.OpExecuteTool {
			fill(&g.Tool, r.Name)
			fill(&g.ToolArguments, r.Attributes.Value("gen_ai.prompt"))
			fill(&g.ToolResult, r.Attributes.Value("gen_ai.completion"))
			r.moveNamed("gen_ai.prompt", "gen_ai.completion")
		}
	},
}
