package dialect

// key stands for an attribute that is a source of a canonical field.
type key uint16

// sources says, for every canonical field of a GenAI span, which attributes hold it, in order of precedence: the first
// that is not empty wins.
type sources struct {
	index map[string]key

	operation, provider, serverAddress                           []key
	requestModel, responseModel, responseID                      []key
	input, cacheRead, cacheWrite, cacheWrite5m, cacheWrite1h     []key
	output, reasoning, audioIn, audioOut                         []key
	cost                                                         []key
	agent, workflow, tool, toolCallID, toolArguments, toolResult []key
	promptName, promptVersion                                    []key
	inputMessages, system, outputMessages, anyInput, anyOutput   []key
	finishReasons, streaming, serviceTier                        []key
	ttftSeconds, ttftMilliseconds                                []key
}

// src is the one table, made once and never changed.
var src = newSources()

func (s *sources) of(names ...string) []key {
	keys := make([]key, len(names))
	for i, n := range names {
		k, ok := s.index[n]
		if !ok {
			k = key(len(s.index) + 1) // zero is no key
			s.index[n] = k
		}
		keys[i] = k
	}
	return keys
}

func newSources() *sources {
	s := &sources{index: map[string]key{}}
	s.operation = s.of("gen_ai.operation.name", "openinference.span.kind", "langfuse.observation.type", "traceloop.span.kind",
		"ai.operationId", "langsmith.span.kind", "llm.request.type", "span.type", "mcp.method.name")
	s.provider = s.of("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider",
		"langsmith.metadata.ls_provider", "anthropic.provider")
	s.serverAddress = s.of("server.address", "net.peer.name", "url.full", "http.url")
	s.requestModel = s.of("gen_ai.request.model", "llm.request.model_name", "ai.model.id", "embedding.model_name",
		"reranker.model_name", "llm.request.model", "langfuse.observation.model.name", "llm.model_name", "langsmith.metadata.ls_model_name")
	s.responseModel = s.of("gen_ai.response.model", "llm.response.model_name", "ai.response.model", "llm.response.model", "llm.model_name",
		"langfuse.observation.model.name")
	s.responseID = s.of("gen_ai.response.id", "ai.response.id", "langfuse.observation.metadata.id", "anthropic.request.id")
	s.addUsage()
	s.addWork()
	s.addContent()
	s.finishReasons = s.of("gen_ai.response.finish_reasons", "gen_ai.response.finish_reason", "llm.finish_reason",
		"llm.response.finish_reason", "llm.response.stop_reason", "ai.response.finishReason", "anthropic.message.stop_reason", "stop_reason")
	s.streaming = s.of("gen_ai.request.stream", "gen_ai.request.is_stream", "gen_ai.is_streaming", "llm.is_streaming")
	s.serviceTier = s.of("openai.response.service_tier", "anthropic.response.service_tier", "gen_ai.openai.response.service_tier")
	s.ttftSeconds = s.of("gen_ai.response.time_to_first_chunk", "gen_ai.client.operation.time_to_first_chunk",
		"gen_ai.server.time_to_first_token", "llm.response.time_to_first_token", "gen_ai.response.time_to_first_token")
	s.ttftMilliseconds = s.of("ai.response.msToFirstChunk")
	return s
}

func (s *sources) addUsage() {
	s.input = s.of("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "llm.token_count.prompt",
		"ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens")
	s.cacheRead = s.of("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens",
		"gen_ai.usage.details.cache_read_tokens", "llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input",
		"ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens", "gen_ai.usage.details.cached_tokens",
		"gen_ai.usage.cached_tokens", "gen_ai.usage.details.cache_read_input_tokens")
	s.cacheWrite = s.of("gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens",
		"gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens", "llm.token_count.prompt_details.cache_write",
		"ai.usage.inputTokenDetails.cacheWriteTokens", "gen_ai.usage.details.cache_write_tokens",
		"gen_ai.usage.details.cache_creation_input_tokens")
	s.cacheWrite5m = s.of("anthropic.usage.cache_creation.ephemeral_5m_input_tokens")
	s.cacheWrite1h = s.of("anthropic.usage.cache_creation.ephemeral_1h_input_tokens")
	s.output = s.of("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens",
		"llm.token_count.completion", "ai.usage.outputTokens", "ai.usage.completionTokens")
	s.reasoning = s.of("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "gen_ai.usage.details.reasoning_tokens",
		"llm.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning", "ai.usage.outputTokenDetails.reasoningTokens",
		"ai.usage.reasoningTokens", "codex.usage.reasoning_output_tokens", "gen_ai.usage.reasoning_output_tokens")
	s.audioIn = s.of("llm.token_count.prompt_details.audio", "gen_ai.usage.details.input_audio_tokens", "gen_ai.usage.input_audio_tokens")
	s.audioOut = s.of("llm.token_count.completion_details.audio", "gen_ai.usage.details.output_audio_tokens", "gen_ai.usage.output_audio_tokens")
	s.cost = s.of("gen_ai.cost.total_cost", "litellm.cost.total", "operation.cost", "gen_ai.usage.cost", "llm.cost.total",
		"gen_ai.usage.cost_usd")
}

func (s *sources) addWork() {
	s.agent = s.of("gen_ai.agent.name", "agent.name", "agent_name", "graph.node.name", "ai.telemetry.functionId")
	s.workflow = s.of("gen_ai.workflow.name", "traceloop.workflow.name", "langfuse.trace.name", "langsmith.trace.name")
	s.tool = s.of("gen_ai.tool.name", "tool.name", "ai.toolCall.name", "tool_name")
	s.toolCallID = s.of("gen_ai.tool.call.id", "gen_ai.tool.call_id", "tool.id", "ai.toolCall.id", "tool_call.id")
	s.toolArguments = s.of("gen_ai.tool.call.arguments", "tool.parameters", "ai.toolCall.args", "traceloop.entity.input",
		"langfuse.observation.input", "input.value", "tool_arguments", "gen_ai.input.messages")
	s.toolResult = s.of("gen_ai.tool.call.result", "ai.toolCall.result", "traceloop.entity.output", "langfuse.observation.output",
		"output.value", "tool_response", "gen_ai.output.messages")
	s.promptName = s.of("gen_ai.prompt.name", "langfuse.observation.prompt.name", "traceloop.prompt.key")
	s.promptVersion = s.of("gen_ai.prompt.version", "langfuse.observation.prompt.version", "traceloop.prompt.version",
		"llm.prompt_template.version")
}

// addContent lists what holds prompts and answers. anyInput and anyOutput are what is content too but not always messages;
// indexed attributes, which come between, are found by their prefix.
func (s *sources) addContent() {
	s.system = s.of("gen_ai.system_instructions", "ai.prompt.system")
	s.inputMessages = s.of("gen_ai.input.messages", "gen_ai.prompt", "ai.prompt.messages", "ai.prompt", "langfuse.observation.input",
		"pydantic_ai.all_messages", "all_messages_events", "traceloop.entity.input")
	s.anyInput = s.of("input.value", "user_prompt", "ai.values", "ai.value", "langfuse.trace.input")
	s.outputMessages = s.of("gen_ai.output.messages", "gen_ai.completion")
	s.anyOutput = s.of("langfuse.observation.output", "output.value", "final_result", "traceloop.entity.output", "response.model_output",
		"langfuse.trace.output")
}
