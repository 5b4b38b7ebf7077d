package wire

// Kind is a family of APIs: how a provider speaks, not who it is.
type Kind string

// Kinds.
const (
	OpenAI    Kind = "openai"
	Anthropic Kind = "anthropic"
	Gemini    Kind = "gemini"
)

// API is one call of a kind.
type API uint8

// APIs. The Other of a kind are paths that are known but use no tokens of their own: files, batches, a stored response.
const (
	Unknown API = iota
	OpenAIChat
	OpenAICompletions
	OpenAIResponses
	OpenAIEmbeddings
	OpenAIModels
	OpenAIOther
	AnthropicMessages
	AnthropicCountTokens
	AnthropicModels
	AnthropicOther
	GeminiGenerate
	GeminiStream
	GeminiEmbed
	GeminiCountTokens
	GeminiModels
	GeminiOther
)

// Kind is the family; empty for Unknown.
func (a API) Kind() Kind {
	switch {
	case a == Unknown:
		return ""
	case a <= OpenAIOther:
		return OpenAI
	case a <= AnthropicOther:
		return Anthropic
	}
	return Gemini
}

// Operation is the value of gen_ai.operation.name: chat, text_completion, generate_content or embeddings; empty where no
// tokens are used.
func (a API) Operation() string {
	switch a {
	case OpenAIChat, OpenAIResponses, AnthropicMessages:
		return "chat"
	case OpenAICompletions:
		return "text_completion"
	case GeminiGenerate, GeminiStream:
		return "generate_content"
	case OpenAIEmbeddings, GeminiEmbed:
		return "embeddings"
	}
	return ""
}

// Route is what a method and a path say.
type Route struct {
	API      API
	Template string // of a bounded set, for labels: "/v1/chat/completions", "/v1beta/models/{model}:generateContent"; empty if unknown
	Model    string // from the path, where the API puts it there
}

// ParseRoute reads the path that follows a provider's prefix, as in "/v1/chat/completions" or
// "/v1beta/models/gemini-2.5-flash:generateContent". A query is ignored. Paths it does not know give the zero Route.
func ParseRoute(k Kind, method, path string) Route {
	return Route{}
}
