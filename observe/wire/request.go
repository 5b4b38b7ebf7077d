package wire

import (
	"bytes"
	"sync"
)

// ScanRequest reads the facts of a request body in one pass. Of a key that stands twice the last counts, as most
// decoders have it. Broken JSON gives the facts before the break.
func ScanRequest(api API, body []byte) Request {
	if api > GeminiOther || requestSchemas[api] == nil {
		return Request{}
	}
	r := requestReaders.Get().(*requestReader)
	defer requestReaders.Put(r)
	*r = requestReader{known: first(r.facts.Model, r.known), walker: walker{schema: requestSchemas[api], sink: r, buf: r.walker.buf[:0]}}
	r.walker.reset()
	r.walker.feed(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")))
	return r.request(api)
}

var requestReaders = sync.Pool{New: func() any { return new(requestReader) }}

// Fields of requests.
const (
	_ field = iota
	reqModel
	reqStream
	reqStreamOptions
	reqIncludeUsage
	reqUser
	reqSafetyID
	reqMetadata
	reqMetaUser
	reqMetaSession
	reqConversation
	reqConversationID
	reqTier
	reqTemperature
	reqMaxTokens
	reqMaxCompletionTokens
	reqTools
	reqTool
	reqFormatParent
	reqFormat
	reqMIME
	reqSchema
)

var openAIRequest = []rule{
	{"model", reqModel},
	{"stream", reqStream},
	{"user", reqUser},
	{"safety_identifier", reqSafetyID},
	{"metadata", reqMetadata},
	{"metadata.user_id", reqMetaUser},
	{"metadata.session_id", reqMetaSession},
	{"service_tier", reqTier},
	{"temperature", reqTemperature},
	{"max_tokens", reqMaxTokens},
	{"tools", reqTools},
	{"tools.[]", reqTool},
}

var geminiRequest = []rule{
	{"generationConfig", reqFormatParent},
	{"generationConfig.temperature", reqTemperature},
	{"generationConfig.maxOutputTokens", reqMaxTokens},
	{"generationConfig.responseMimeType", reqMIME},
	{"generationConfig.responseSchema", reqSchema},
	{"generationConfig.responseJsonSchema", reqSchema},
	{"generation_config", reqFormatParent},
	{"generation_config.temperature", reqTemperature},
	{"generation_config.max_output_tokens", reqMaxTokens},
	{"generation_config.response_mime_type", reqMIME},
	{"generation_config.response_schema", reqSchema},
	{"generation_config.response_json_schema", reqSchema},
	{"tools", reqTools},
	{"tools.[].functionDeclarations.[]", reqTool},
	{"tools.[].function_declarations.[]", reqTool},
	{"serviceTier", reqTier},
	{"service_tier", reqTier},
	{"labels", reqMetadata},
	{"labels.user_id", reqMetaUser},
	{"labels.session_id", reqMetaSession},
}

var requestSchemas = func() (all [GeminiOther + 1]*schema) {
	all[OpenAIChat] = compile(openAIRequest, []rule{
		{"stream_options", reqStreamOptions},
		{"stream_options.include_usage", reqIncludeUsage},
		{"max_completion_tokens", reqMaxCompletionTokens},
		{"response_format", reqFormatParent},
		{"response_format.type", reqFormat},
	})
	all[OpenAICompletions] = all[OpenAIChat]
	all[OpenAIEmbeddings] = compile(openAIRequest)
	all[OpenAIOther] = all[OpenAIEmbeddings]
	all[OpenAIResponses] = compile(openAIRequest, []rule{
		{"max_output_tokens", reqMaxCompletionTokens},
		{"conversation", reqConversation},
		{"conversation.id", reqConversationID},
		{"text.format", reqFormatParent},
		{"text.format.type", reqFormat},
	})
	all[AnthropicMessages] = compile([]rule{
		{"model", reqModel},
		{"stream", reqStream},
		{"max_tokens", reqMaxTokens},
		{"temperature", reqTemperature},
		{"metadata", reqMetadata},
		{"metadata.user_id", reqMetaUser},
		{"service_tier", reqTier},
		{"tools", reqTools},
		{"tools.[]", reqTool},
		{"output_config.format", reqFormatParent},
		{"output_config.format.type", reqFormat},
		{"output_format", reqFormatParent},
		{"output_format.type", reqFormat},
	})
	all[AnthropicCountTokens] = all[AnthropicMessages]
	all[AnthropicOther] = all[AnthropicMessages]
	all[GeminiGenerate] = compile(geminiRequest)
	all[GeminiStream] = all[GeminiGenerate]
	all[GeminiEmbed] = all[GeminiGenerate]
	all[GeminiCountTokens] = all[GeminiGenerate]
	return all
}()

// requestReader collects the facts of a request.
type requestReader struct {
	walker walker
	facts  Request
	known  string // the model of the request before, which is mostly that of the next

	safetyID, metaUser, metaSession, conversationID string
	maxCompletionTokens                             Count
	mime                                            string
	schema                                          bool
}

func (r *requestReader) value(f field, k kind, b []byte) {
	s := ""
	switch {
	case k != text:
	case string(b) == r.known:
		s = r.known
	default:
		s = factText(b)
	}
	switch f {
	case reqModel:
		r.facts.Model = s
	case reqStream:
		r.facts.Stream = k == isTrue
	case reqStreamOptions:
		r.facts.IncludeUsage = false
	case reqIncludeUsage:
		r.facts.IncludeUsage = k == isTrue
	case reqUser:
		r.facts.User = s
	case reqSafetyID:
		r.safetyID = s
	case reqMetadata:
		r.metaUser, r.metaSession = "", ""
	case reqMetaUser:
		r.metaUser = s
	case reqMetaSession:
		r.metaSession = s
	case reqConversation, reqConversationID:
		r.conversationID = s
	case reqTier:
		r.facts.ServiceTier = s
	default:
		r.option(f, k, b, s)
	}
}

// option takes the facts about how the answer shall be.
func (r *requestReader) option(f field, k kind, b []byte, s string) {
	switch f {
	case reqTemperature:
		r.facts.Temperature = Float{}
		if k == number {
			r.facts.Temperature = factFloat(b)
		}
	case reqMaxTokens:
		r.facts.MaxTokens = countOf(k, b)
	case reqMaxCompletionTokens:
		r.maxCompletionTokens = countOf(k, b)
	case reqTools:
		r.facts.Tools = 0
	case reqTool:
		if k == object {
			r.facts.Tools++
		}
	case reqFormatParent:
		r.facts.ResponseFormat, r.mime, r.schema = "", "", false
	case reqFormat:
		r.facts.ResponseFormat = s
	case reqMIME:
		r.mime = s
	case reqSchema:
		r.schema = k == object
	}
}

func countOf(k kind, b []byte) Count {
	if k != number {
		return Count{}
	}
	return factCount(b)
}

func (r *requestReader) end(field) {}

// request chooses among the places where a fact may stand.
func (r *requestReader) request(api API) Request {
	q := r.facts
	if api == AnthropicMessages || api == AnthropicCountTokens {
		q.User, q.Session = anthropicUser(r.metaUser)
	} else {
		q.User = first(q.User, r.safetyID, r.metaUser)
		q.Session = first(r.conversationID, r.metaSession)
	}
	if r.maxCompletionTokens.Known {
		q.MaxTokens = r.maxCompletionTokens
	}
	switch {
	case api.Kind() != Gemini:
	case r.schema:
		q.ResponseFormat = "json_schema"
	case r.mime == "application/json":
		q.ResponseFormat = "json_object"
	case r.mime == "text/plain":
		q.ResponseFormat = "text"
	}
	if api == GeminiStream {
		q.Stream = true
	}
	return q
}

func first(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}
