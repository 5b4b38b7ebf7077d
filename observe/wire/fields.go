package wire

// Fields of responses.
const (
	_ field = iota
	respID
	respModel
	respTier
	respSpeed
	respRegion
	respType // of the event or the body
	respStatus
	respIncomplete
	respOutput
	respOutputType
	respBlocked
	respChoices
	respChoice
	respIndex
	respFinish
	respStop
	respError
	respErrType
	respErrCode
	respErrMessage
	respRootCode
	respRootMessage

	useAll    // a usage object that replaces what came before
	useMerged // one whose numbers replace those before one by one
	useInput
	useOutput
	useTotal
	useCacheRead
	useCacheHit // DeepSeek's name for it
	useCacheWrite
	useCacheWrite5m
	useCacheWrite1h
	useReasoning
	useAudioIn
	useAudioOut
	useToolPrompt
	usePromptDetails
	useOutputDetails
	useCacheDetails
	useEntry
	useModality
	useEntryCount
	pastTokens

	firstTokens = useAll
)

var errorRules = []rule{
	{"error", respError},
	{"error.type", respErrType},
	{"error.code", respErrCode},
	{"error.message", respErrMessage},
	{"code", respRootCode},
	{"message", respRootMessage},
	{"type", respType},
	{"detail", respRootMessage}, // FastAPI, so vLLM and others
}

var chatRules = []rule{
	{"id", respID},
	{"model", respModel},
	{"service_tier", respTier},
	{"choices", respChoices},
	{"choices.[]", respChoice},
	{"choices.[].index", respIndex},
	{"choices.[].finish_reason", respFinish},
	{"usage", useAll},
	{"usage.prompt_tokens", useInput},
	{"usage.completion_tokens", useOutput},
	{"usage.total_tokens", useTotal},
	{"usage.prompt_cache_hit_tokens", useCacheHit},
	{"usage.prompt_tokens_details.cached_tokens", useCacheRead},
	{"usage.prompt_tokens_details.cache_write_tokens", useCacheWrite},
	{"usage.prompt_tokens_details.audio_tokens", useAudioIn},
	{"usage.completion_tokens_details.reasoning_tokens", useReasoning},
	{"usage.completion_tokens_details.audio_tokens", useAudioOut},
}

var responsesRules = []rule{
	{"id", respID},
	{"model", respModel},
	{"service_tier", respTier},
	{"status", respStatus},
	{"incomplete_details.reason", respIncomplete},
	{"output", respOutput},
	{"output.[].type", respOutputType},
	{"error", respError},
	{"error.type", respErrType},
	{"error.code", respErrCode},
	{"error.message", respErrMessage},
	{"usage", useAll},
	{"usage.input_tokens", useInput},
	{"usage.output_tokens", useOutput},
	{"usage.total_tokens", useTotal},
	{"usage.input_tokens_details.cached_tokens", useCacheRead},
	{"usage.input_tokens_details.cache_write_tokens", useCacheWrite},
	{"usage.input_tokens_details.audio_tokens", useAudioIn},
	{"usage.output_tokens_details.reasoning_tokens", useReasoning},
	{"usage.output_tokens_details.audio_tokens", useAudioOut},
}

var messagesUsage = []rule{
	{"usage", useMerged},
	{"usage.input_tokens", useInput},
	{"usage.output_tokens", useOutput},
	{"usage.cache_read_input_tokens", useCacheRead},
	{"usage.cache_creation_input_tokens", useCacheWrite},
	{"usage.cache_creation.ephemeral_5m_input_tokens", useCacheWrite5m},
	{"usage.cache_creation.ephemeral_1h_input_tokens", useCacheWrite1h},
	{"usage.output_tokens_details.thinking_tokens", useReasoning},
	{"usage.service_tier", respTier},
	{"usage.speed", respSpeed},
	{"usage.inference_geo", respRegion},
}

var messagesRules = []rule{{"id", respID}, {"model", respModel}, {"stop_reason", respStop}}

var geminiRules = []rule{
	{"responseId", respID},
	{"modelVersion", respModel},
	{"candidates", respChoices},
	{"candidates.[]", respChoice},
	{"candidates.[].index", respIndex},
	{"candidates.[].finishReason", respFinish},
	{"promptFeedback.blockReason", respBlocked},
	{"usageMetadata", useAll},
	{"usageMetadata.promptTokenCount", useInput},
	{"usageMetadata.candidatesTokenCount", useOutput},
	{"usageMetadata.thoughtsTokenCount", useReasoning},
	{"usageMetadata.cachedContentTokenCount", useCacheRead},
	{"usageMetadata.toolUsePromptTokenCount", useToolPrompt},
	{"usageMetadata.totalTokenCount", useTotal},
	{"usageMetadata.promptTokensDetails", usePromptDetails},
	{"usageMetadata.promptTokensDetails.[]", useEntry},
	{"usageMetadata.promptTokensDetails.[].modality", useModality},
	{"usageMetadata.promptTokensDetails.[].tokenCount", useEntryCount},
	{"usageMetadata.candidatesTokensDetails", useOutputDetails},
	{"usageMetadata.candidatesTokensDetails.[]", useEntry},
	{"usageMetadata.candidatesTokensDetails.[].modality", useModality},
	{"usageMetadata.candidatesTokensDetails.[].tokenCount", useEntryCount},
	{"usageMetadata.cacheTokensDetails", useCacheDetails},
	{"usageMetadata.cacheTokensDetails.[]", useEntry},
	{"usageMetadata.cacheTokensDetails.[].modality", useModality},
	{"usageMetadata.cacheTokensDetails.[].tokenCount", useEntryCount},
	{"error", respError},
	{"error.status", respErrType},
	{"error.code", respErrCode},
	{"error.message", respErrMessage},
}

// responseSchemas are of whole bodies, streamSchemas of events where they differ.
var responseSchemas, streamSchemas = func() (whole, stream [GeminiOther + 1]*schema) {
	for api := range whole {
		whole[api] = compile(errorRules)
	}
	whole[OpenAIChat] = compile(errorRules, chatRules)
	whole[OpenAICompletions] = whole[OpenAIChat]
	whole[OpenAIEmbeddings] = whole[OpenAIChat]
	whole[OpenAIResponses] = compile(errorRules, responsesRules)
	stream[OpenAIResponses] = compile(errorRules, below("response", responsesRules))
	whole[AnthropicMessages] = compile(errorRules, messagesRules, messagesUsage)
	stream[AnthropicMessages] = compile(errorRules, messagesUsage, []rule{{"delta.stop_reason", respStop}},
		below("message", messagesRules), below("message", messagesUsage))
	for api := GeminiGenerate; api <= GeminiOther; api++ {
		whole[api] = compile(geminiRules)
		whole[api].nodes[root].elem = root // the answers of a stream without alt=sse are an array
	}
	return whole, stream
}()
