package dialect

import (
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// operations maps the words of all families to operations.
var operations = map[string]telemetry.Operation{
	"chat": telemetry.OpChat, "text_completion": telemetry.OpTextCompletion, "completion": telemetry.OpTextCompletion,
	"generate_content": telemetry.OpGenerateContent, "llm_call": telemetry.OpGenerateContent,
	"llm": telemetry.OpChat, "generation": telemetry.OpChat, "llm_request": telemetry.OpChat, "responses": telemetry.OpChat,
	"ai.generatetext.dogenerate": telemetry.OpChat, "ai.streamtext.dostream": telemetry.OpChat,
	"ai.generateobject.dogenerate": telemetry.OpChat, "ai.streamobject.dostream": telemetry.OpChat,

	"embeddings": telemetry.OpEmbeddings, "embedding": telemetry.OpEmbeddings,
	"ai.embed.doembed": telemetry.OpEmbeddings, "ai.embedmany.doembed": telemetry.OpEmbeddings,

	"execute_tool": telemetry.OpExecuteTool, "tool": telemetry.OpExecuteTool, "ai.toolcall": telemetry.OpExecuteTool,
	"tools/call": telemetry.OpExecuteTool, "tool_call": telemetry.OpExecuteTool,

	"invoke_agent": telemetry.OpInvokeAgent, "agent": telemetry.OpInvokeAgent, "agent_call": telemetry.OpInvokeAgent,
	"ai.generatetext": telemetry.OpInvokeAgent, "ai.streamtext": telemetry.OpInvokeAgent, "interaction": telemetry.OpInvokeAgent,
	"ai.generateobject": telemetry.OpInvokeAgent, "ai.streamobject": telemetry.OpInvokeAgent,

	"invoke_workflow": telemetry.OpInvokeWorkflow, "chain": telemetry.OpInvokeWorkflow, "workflow": telemetry.OpInvokeWorkflow,
	"ai.embed": telemetry.OpInvokeWorkflow, "ai.embedmany": telemetry.OpInvokeWorkflow,

	"agent_step": telemetry.OpPlan, "task": telemetry.OpPlan, "span": telemetry.OpPlan, "plan": telemetry.OpPlan,
	"step": telemetry.OpPlan, "prompt": telemetry.OpPlan, "parser": telemetry.OpPlan, "schedule_tool_calls": telemetry.OpPlan,

	"retrieval": telemetry.OpRetrieval, "retriever": telemetry.OpRetrieval,
	"rerank": telemetry.OpRerank, "reranker": telemetry.OpRerank,
	"guardrail": telemetry.OpGuardrail, "create_agent": telemetry.OpCreateAgent,
	"evaluation": telemetry.OpEvaluation, "evaluator": telemetry.OpEvaluation,

	"memory": telemetry.OpMemory, "create_memory": telemetry.OpMemory, "search_memory": telemetry.OpMemory,
	"update_memory": telemetry.OpMemory, "upsert_memory": telemetry.OpMemory, "delete_memory": telemetry.OpMemory,
	"create_memory_store": telemetry.OpMemory, "delete_memory_store": telemetry.OpMemory,

	"fetch_response": telemetry.OpOther, "count_tokens": telemetry.OpOther, "list_models": telemetry.OpOther,

	// LiteLLM's call types.
	"acompletion": telemetry.OpChat, "aembedding": telemetry.OpEmbeddings, "atext_completion": telemetry.OpTextCompletion,
	"aresponses": telemetry.OpChat, "anthropic_messages": telemetry.OpChat, "arerank": telemetry.OpRerank,
	"agenerate_content": telemetry.OpGenerateContent, "generate_content_stream": telemetry.OpGenerateContent,
}

func operationOf(word string) telemetry.Operation {
	if op, ok := operations[word]; ok {
		return op
	}
	return operations[strings.ToLower(word)]
}

// readOperation takes the first source whose word is known.
func (r *record) readOperation() {
	if r.g.Operation != "" {
		return
	}
	for i, k := range src.operation {
		at := r.at[k]
		if at == 0 {
			continue
		}
		op := operationOf(clean(r.Attributes[at-1].Value))
		if op == "" {
			continue
		}
		r.g.Operation = op
		// All but the conventions know one word for all kinds of models.
		if i > 0 && op == telemetry.OpChat && isEmbedder(r.first(src.requestModel)) {
			r.g.Operation = telemetry.OpEmbeddings
		}
		return
	}
}

func isEmbedder(model string) bool {
	return strings.Contains(model, "embed")
}

// inferOperation finds the operation of spans that do not say it: from their name as the conventions write it, else from
// what only a call has.
func (r *record) inferOperation() {
	g := r.g
	if g.Operation != "" {
		return
	}
	if word, rest, ok := strings.Cut(r.Name, " "); ok && rest != "" && strings.Contains(word, "_") || word == "chat" || word == "embeddings" {
		g.Operation = operationOf(word)
	}
	if g.Operation != "" || g.RequestModel == "" && g.ResponseModel == "" {
		return
	}
	switch {
	case r.usage.said() && isEmbedder(nonEmpty(g.RequestModel, g.ResponseModel)):
		g.Operation = telemetry.OpEmbeddings
	case r.usage.said(), r.raw(src.inputMessages) != "" && r.raw(src.outputMessages) != "", r.indexed:
		g.Operation = telemetry.OpChat
	default:
		g.Operation = telemetry.OpOther
	}
}

// finishReason is the canonical word for why a model stopped.
func finishReason(word string) string {
	switch strings.ToLower(word) {
	case "stop", "end_turn", "stop_sequence", "completed", "eos":
		return "stop"
	case "length", "max_tokens", "max_output_tokens", "model_context_window_exceeded":
		return "length"
	case "tool_calls", "tool-calls", "tool_call", "tool_use", "function_call":
		return "tool_call"
	case "content_filter", "content-filter", "refusal", "safety", "recitation", "guardrail_intervened", "blocklist",
		"prohibited_content", "spii":
		return "content_filter"
	case "error", "other", "failed":
		return "error"
	case "pause_turn", "pause":
		return "pause"
	}
	return strings.ToLower(word)
}

// finishReasons reads a word, words with commas between, or a list in JSON or as Python prints it.
func finishReasons(s string) string {
	if s == "" {
		return ""
	}
	if word, ok := oneWord(s); ok {
		return finishReason(word)
	}
	var words []string
	if v, ok := parse(s); ok && v.kind == jsonArray {
		for _, e := range v.list {
			words = append(words, e.text())
		}
	} else {
		words = strings.Split(strings.Trim(s, "[]"), ",")
	}
	out := make([]string, 0, len(words))
	for _, w := range words {
		if w = strings.Trim(w, `"' `); w != "" && w != "None" && w != "null" && len(out) < 16 {
			out = append(out, finishReason(w))
		}
	}
	return strings.Join(out, ",")
}

// oneWord reads a JSON list of one plain word, as nearly all are.
func oneWord(s string) (string, bool) {
	if len(s) < 5 || s[:2] != `["` || s[len(s)-2:] != `"]` {
		return "", false
	}
	word := s[2 : len(s)-2]
	for i := range len(word) {
		if c := word[i]; c != '_' && (c < 'a' || c > 'z') {
			return "", false
		}
	}
	return word, word != "null"
}

func (r *record) readFinishReasons() {
	if r.g.FinishReasons != "" {
		return
	}
	for _, k := range src.finishReasons {
		if i := r.at[k]; i != 0 {
			if r.g.FinishReasons = finishReasons(r.Attributes[i-1].Value); r.g.FinishReasons != "" {
				return
			}
		}
	}
}
