// Package llmmock is a model provider that costs nothing: it speaks the wire formats of OpenAI, Anthropic and Gemini well
// enough for their official SDKs, answers the same to the same, counts tokens by a rule a test can compute, and fails on
// demand.
//
//	srv := httptest.NewServer(llmmock.New(llmmock.Options{}))
//	client := openai.NewClient(option.WithBaseURL(srv.URL+"/v1"), option.WithAPIKey("any"))
//
// # APIs
//
//	POST /v1/chat/completions  /v1/completions  /v1/responses  /v1/embeddings     GET /v1/models
//	POST /v1/messages  /v1/messages/count_tokens                                  GET /v1/models (with anthropic-version)
//	POST /v1beta/models/{model}:generateContent  :streamGenerateContent  :countTokens  :embedContent  :batchEmbedContents
//	                                                                              GET /v1beta/models
//
// Gemini is served below /v1 as well, and everything below /openai, /anthropic and /gemini too. Answers are JSON or, where
// the request asks for it, server-sent events; Gemini's without alt=sse are a JSON array.
//
// # Answers
//
// The text is "You said: " and the last text of the user, or Options.Text. Where tools are given and the last message is
// not a tool's result, the tool that tool_choice names, else the first, is called with arguments that its schema allows.
// Where a JSON schema is asked for, the text is an instance of it. A limit of output tokens cuts the text.
//
// An instance of a schema is small: the required properties, or all where none is required; one item in a list that may have
// one. Its values are plausible and can be foretold:
//
//   - of an enum, the value the user named, in the latest text with any; else one that depends on the latest text
//   - a string, number or boolean that the latest JSON object in the prompt has under the same name
//   - examples or the default of the schema; for strings what format or pattern ask for, else "mock"
//   - between two bounds, a number that depends on the latest text; with one, the bound; else 1
//
// A prompt of {"id":"s7","value":31} so gets the id s7 in an answer whose schema has an id, and a status that another value
// may change. The mock knows nothing of what is true.
//
// # Embeddings
//
// A text is a bag of words, each by its first five letters; numbers and words of less than four letters count only where there
// are no longer ones. Vectors have the length one and as many dimensions as the request says, else as many as the model has. The
// dot product of two is 1 for the same words, 0 for none in common, and higher the more they share, so that retrieval finds
// what it should:
//
//	"When are refunds paid?"  ·  "Refunds are paid within 14 days."    more than 0.5
//	"When are refunds paid?"  ·  "Express delivery costs 9 euros."     0
//
// # Usage
//
// A text has one token for every four bytes, rounded up; input is the sum over the texts of the request: system, messages,
// results of tools. Output is the same for the text or the arguments of the call. Then
//
//   - OpenAI: of an input of 1024 and more, as many multiples of 128 as are less than it come from the cache; with a
//     prompt_cache_key the rest is written to it. Models o1, o3, o4 and gpt-5 reason for ReasoningTokens more of output.
//   - Anthropic: texts up to a cache_control in system come from the cache, those up to one in messages are written to it,
//     for 5 minutes or with "ttl":"1h" for an hour; input_tokens leaves both out. With thinking, ReasoningTokens more of output.
//   - Gemini: with cachedContent, 1024 tokens more of input come from the cache. With a thinkingConfig, ReasoningTokens of
//     thoughts beside the candidates.
//
// OpenAI streams end with usage only where stream_options.include_usage asks for it.
//
// # Faults
//
// Named by the model, "mock-NAME", or by the header X-Mock-Fault: NAME.
//
//	delay-500ms      waits before it answers; any duration
//	429, 500, …      that status, in the shape of the API; 429 and 503 with Retry-After: 1
//	429-once, …      that status at first, then the answer, for each key and request
//	broken-json      200 and JSON that breaks off; in a stream, an event that does
//	stream-error     an error in the middle of the stream; 500 where it is none
//	stream-cut       the connection breaks in the middle of the answer
//	slow-stream      250 ms between the chunks of a stream; slow-stream-2s for another time
//	10mb             a text of that size; 1mb to 64mb
//	empty            200 without a body
//	html             502 with a page of HTML, as proxies send
//	hang             no answer until the client goes
//	no-usage         an answer without usage
//	content-filter   stopped by the provider's filter
//
// # Pace
//
// Options.FirstToken and Options.Between, or the headers X-Mock-First-Token: 200ms, X-Mock-Between: 20ms; X-Mock-Chunks: 50
// makes the text that many words long. Without a pace a stream is sent as fast as it goes.
package llmmock
