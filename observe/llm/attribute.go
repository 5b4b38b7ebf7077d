package llm

// Names of attributes, as the conventions for generative AI have them, and of what these do not name.
const (
	attrOperation     = "gen_ai.operation.name"
	attrProvider      = "gen_ai.provider.name"
	attrRequestModel  = "gen_ai.request.model"
	attrStream        = "gen_ai.request.stream"
	attrTemperature   = "gen_ai.request.temperature"
	attrMaxTokens     = "gen_ai.request.max_tokens" //nolint:gosec // tokens of a model
	attrOutputType    = "gen_ai.output.type"
	attrResponseModel = "gen_ai.response.model"
	attrResponseID    = "gen_ai.response.id"
	attrFinishReasons = "gen_ai.response.finish_reasons"
	attrFirstChunk    = "gen_ai.response.time_to_first_chunk" // seconds
	attrConversation  = "gen_ai.conversation.id"

	attrInputTokens  = "gen_ai.usage.input_tokens"            //nolint:gosec // tokens of a model
	attrOutputTokens = "gen_ai.usage.output_tokens"           //nolint:gosec // tokens of a model
	attrCacheRead    = "gen_ai.usage.cache_read.input_tokens" //nolint:gosec // tokens of a model
	attrCacheWrite   = "gen_ai.usage.cache_creation.input_tokens"
	attrCacheWrite1h = "anthropic.usage.cache_creation.ephemeral_1h_input_tokens"
	attrReasoning    = "gen_ai.usage.reasoning.output_tokens"
	attrAudioIn      = "gen_ai.usage.input_audio_tokens"
	attrAudioOut     = "gen_ai.usage.output_audio_tokens"
	attrCost         = "gen_ai.usage.cost" // USD
	attrPriceVersion = "telltale.price.version"
	attrUsage        = "telltale.usage" // estimated, where the provider did not say

	attrInputMessages  = "gen_ai.input.messages"
	attrOutputMessages = "gen_ai.output.messages"
	attrSystem         = "gen_ai.system_instructions"

	attrAgent         = "gen_ai.agent.name"
	attrTool          = "gen_ai.tool.name"
	attrToolCallID    = "gen_ai.tool.call.id"
	attrToolArguments = "gen_ai.tool.call.arguments"
	attrToolResult    = "gen_ai.tool.call.result"
	attrStep          = "telltale.step.name"
	attrDataSource    = "gen_ai.data_source.id"
	attrQuery         = "gen_ai.retrieval.query.text"
	attrDocuments     = "gen_ai.retrieval.documents"

	attrEvaluation  = "gen_ai.evaluation.name"
	attrScore       = "gen_ai.evaluation.score.value"
	attrLabel       = "gen_ai.evaluation.score.label"
	attrExplanation = "gen_ai.evaluation.explanation"

	attrErrorType       = "error.type"
	attrServerAddress   = "server.address"
	attrServerPort      = "server.port"
	attrRoute           = "http.route" // of the caller
	attrURLPath         = "url.path"
	attrStatusCode      = "http.response.status_code"
	attrResendCount     = "http.request.resend_count"
	attrProviderRequest = "telltale.provider.request_id"
	attrLeft            = "telltale.client_disconnected"
	attrCacheResult     = "telltale.cache.result"
	attrCategory        = "telltale.safety.category"
	attrLimit           = "telltale.limit"
)

// Values of gen_ai.operation.name for what is no model call.
const (
	opAgent     = "invoke_agent"
	opTool      = "execute_tool"
	opRetrieval = "retrieval"
	opStep      = "step"
)

// Names of span events.
const (
	eventEvaluation = "gen_ai.evaluation.result"
	eventValidation = "telltale.validation_failed"
	eventSafety     = "telltale.safety_flag"
	eventLimit      = "telltale.limit_exceeded"
)

// Values of error.type that are ours; all others are the provider's, an HTTP status, or a Go type.
const (
	errCanceled   = "canceled"
	errTimeout    = "timeout"
	errConnection = "connection_error"
	errCut        = "stream_cut"
	errPanic      = "panic"
	errAbandoned  = "abandoned"
	errLimit      = "limit_exceeded"
)
