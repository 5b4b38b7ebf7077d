package wire

// Answers as the providers send them, shortened.

const chatStream = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"a"}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp","choices":[{"index":0,"delta":{"content":"Hel\"lo"},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp","choices":[{"index":0,"delta":{"content":" wörld"},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}

` + chatUsageChunk + `data: [DONE]

`

const chatUsageChunk = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp","choices":[],"usage":{"prompt_tokens":1200,"completion_tokens":34,"total_tokens":1234,"prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":7,"cache_write_tokens":5},"completion_tokens_details":{"reasoning_tokens":10,"audio_tokens":3,"accepted_prediction_tokens":0}}}

`

const chatToolStream = `data: {"id":"c2","model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":""}}]},"finish_reason":null}]}

data: {"id":"c2","model":"gpt-4o","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\""}}]},"finish_reason":null}]}

data: {"id":"c2","model":"gpt-4o","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":\"Paris\"}"}}]},"finish_reason":null}]}

data: {"id":"c2","model":"gpt-4o","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

data: [DONE]

`

const messagesStream = `event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":176,"cache_creation_input_tokens":100,"cache_read_input_tokens":1024,"cache_creation":{"ephemeral_5m_input_tokens":60,"ephemeral_1h_input_tokens":40},"output_tokens":1,"service_tier":"standard","inference_geo":"us"}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hmm"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hello "}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"\u00fcber"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\"Paris\"}"}}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":null,"output_tokens":34,"output_tokens_details":{"thinking_tokens":10}}}

event: message_stop
data: {"type":"message_stop"}

`

const responsesStream = `event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","error":null,"incomplete_details":null,"model":"gpt-5-mini","output":[],"service_tier":"auto","usage":null}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hel"}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"lo"}

event: response.completed
data: {"type":"response.completed","sequence_number":4,"response":{"id":"resp_1","object":"response","status":"completed","error":null,"incomplete_details":null,"model":"gpt-5-mini-2026-01-01","output":[{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"think"}]},{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"text":"Hello"}]}],"service_tier":"default","usage":{"input_tokens":1200,"input_tokens_details":{"cached_tokens":1024,"cache_write_tokens":6},"output_tokens":34,"output_tokens_details":{"reasoning_tokens":10},"total_tokens":1234},"user":null,"metadata":{}}}

`

const geminiChunk1 = `{"candidates":[{"content":{"parts":[{"text":"Let me","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":1200,"totalTokenCount":1200},"modelVersion":"gemini-2.5-flash","responseId":"resp-g"}`

const geminiChunk2 = `{"candidates":[{"content":{"parts":[{"text":"Hello"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":1200,"candidatesTokenCount":20,"totalTokenCount":1220},"modelVersion":"gemini-2.5-flash","responseId":"resp-g"}`

const geminiChunk3 = `{"candidates":[{"content":{"parts":[{"text":" world"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1190,"toolUsePromptTokenCount":10,"candidatesTokenCount":24,"thoughtsTokenCount":10,"totalTokenCount":1234,"cachedContentTokenCount":1024,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1150},{"modality":"AUDIO","tokenCount":40}],"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":15}],"candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":4}]},"modelVersion":"gemini-2.5-flash","responseId":"resp-g"}`

const geminiStream = "data: " + geminiChunk1 + "\r\n\r\ndata: " + geminiChunk2 + "\r\n\r\ndata: " + geminiChunk3 + "\r\n\r\n"

const geminiArray = "[" + geminiChunk1 + "\n,\r\n" + geminiChunk2 + ",\n" + geminiChunk3 + "]\n"

func known(v int64) Count { return Count{v, true} }

// streams are transcripts with the facts that are in them.
var streams = []struct {
	name     string
	api      API
	body     string
	want     Response
	unfinish bool
}{
	{"chat", OpenAIChat, chatStream, Response{
		ID: "chatcmpl-1", Model: "gpt-4o-mini-2024-07-18", ServiceTier: "default", FinishReasons: []string{"stop"},
		Usage: Usage{
			Input: known(1200), Output: known(34), CacheRead: known(1024), CacheWrite5m: known(5), AudioIn: known(7),
			Reasoning: known(10), AudioOut: known(3),
		},
	}, false},
	{"chat tools", OpenAIChat, chatToolStream, Response{ID: "c2", Model: "gpt-4o", FinishReasons: []string{"tool_call"}}, false},
	{"chat error", OpenAIChat, `data: {"id":"c3","model":"m","choices":[{"index":0,"delta":{"content":"a"}}]}

data: {"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}

`, Response{ID: "c3", Model: "m", Error: &Error{Type: "server_error", Message: "The server had an error"}}, true},
	{"chat answered whole", OpenAIChat, `{"id":"c4","model":"m","choices":[{"index":0,"message":{"content":"x"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}`, Response{
		ID: "c4", Model: "m", FinishReasons: []string{"length"}, Usage: Usage{Input: known(3), Output: known(4)},
	}, false},
	{"messages", AnthropicMessages, messagesStream, Response{
		ID: "msg_1", Model: "claude-sonnet-4-5-20250929", ServiceTier: "standard", Region: "us", FinishReasons: []string{"tool_call"},
		Usage: Usage{
			Input: known(1300), Output: known(34), CacheRead: known(1024), CacheWrite5m: known(60), CacheWrite1h: known(40),
			Reasoning: known(10), CacheAdded: true,
		},
	}, false},
	{"messages error", AnthropicMessages, `event: message_start
data: {"type":"message_start","message":{"id":"msg_2","model":"claude","usage":{"input_tokens":5,"output_tokens":1}}}

event: error
data: {"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}

`, Response{
		ID: "msg_2", Model: "claude", Usage: Usage{Input: known(5), Output: known(1)},
		Error: &Error{Type: "overloaded_error", Message: "Overloaded"},
	}, true},
	{"responses", OpenAIResponses, responsesStream, Response{
		ID: "resp_1", Model: "gpt-5-mini-2026-01-01", ServiceTier: "default", FinishReasons: []string{"stop"},
		Usage: Usage{Input: known(1200), Output: known(34), CacheRead: known(1024), CacheWrite5m: known(6), Reasoning: known(10)},
	}, false},
	{"responses failed", OpenAIResponses, `data: {"type":"response.failed","response":{"id":"resp_2","status":"failed","error":{"code":"server_error","message":"boom"},"usage":null}}

`, Response{ID: "resp_2", FinishReasons: []string{"error"}, Error: &Error{Code: "server_error", Message: "boom"}}, false},
	{"responses error", OpenAIResponses, `event: error
data: {"type":"error","code":"rate_limit_exceeded","message":"slow down","param":null,"sequence_number":3}

`, Response{Error: &Error{Type: "rate_limit_exceeded", Code: "rate_limit_exceeded", Message: "slow down"}}, true},
	{"gemini", GeminiStream, geminiStream, geminiFacts, false},
	{"gemini array", GeminiStream, geminiArray, geminiFacts, false},
	{
		"gemini error", GeminiStream, "data: {\"error\":{\"code\":503,\"message\":\"overloaded\",\"status\":\"UNAVAILABLE\"}}\r\n\r\n",
		Response{Error: &Error{Type: "UNAVAILABLE", Code: "503", Message: "overloaded"}},
		true,
	},
	{"odd framing", OpenAIChat, "\xEF\xBB\xBF: hello\r\rdata:{\"id\":\"c5\",\rdata: \"model\":\"m\"}\r\r" +
		"id: 4\r\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\r\ndata: \"completion_tokens\":2}}", Response{
		ID: "c5", Model: "m", Usage: Usage{Input: known(1), Output: known(2)},
	}, true},
}

var geminiFacts = Response{
	ID: "resp-g", Model: "gemini-2.5-flash", FinishReasons: []string{"stop"},
	Usage: Usage{
		Input: known(1200), Output: known(34), CacheRead: known(1024), Reasoning: known(10), AudioIn: known(25), AudioOut: known(4),
	},
}
