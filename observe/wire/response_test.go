package wire

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScanResponse(t *testing.T) {
	for _, tc := range []struct {
		name   string
		api    API
		status int
		body   string
		want   Response
	}{
		{"chat, two choices", OpenAIChat, 200, `{"id":"c","model":"m","choices":[{"message":{"id":"no","content":"\"usage\":{"},"finish_reason":"stop"},{"finish_reason":"length","index":1}],
			"usage":{"prompt_tokens":1200,"completion_tokens":34,"total_tokens":1234,"prompt_tokens_details":{"cached_tokens":1024}}}`, Response{
			ID: "c", Model: "m", FinishReasons: []string{"stop", "length"},
			Usage: Usage{Input: known(1200), Output: known(34), CacheRead: known(1024)},
		}},
		{
			"reasoning outside of completion", OpenAIChat, 200, `{"usage":{"prompt_tokens":10,"completion_tokens":9,"total_tokens":326,"completion_tokens_details":{"reasoning_tokens":307}}}`,
			Response{Usage: Usage{Input: known(10), Output: known(316), Reasoning: known(307)}},
		},
		{
			"deepseek", OpenAIChat, 200, `{"usage":{"prompt_tokens":10,"completion_tokens":9,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":6}}`,
			Response{Usage: Usage{Input: known(10), Output: known(9), CacheRead: known(4)}},
		},
		{
			"parts larger than the whole", OpenAIChat, 200, `{"usage":{"prompt_tokens":10,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":8,"audio_tokens":99},"completion_tokens_details":{"reasoning_tokens":1e30}}}`,
			Response{Usage: Usage{Input: known(10), Output: known(9), CacheRead: known(8), AudioIn: known(2)}},
		},
		{"negative", OpenAIChat, 200, `{"usage":{"prompt_tokens":-10,"completion_tokens":9}}`, Response{Usage: Usage{Output: known(9)}}},
		{
			"embeddings", OpenAIEmbeddings, 200, `{"object":"list","data":[{"embedding":[0.1,-2e3]}],"model":"e","usage":{"prompt_tokens":8,"total_tokens":8}}`,
			Response{Model: "e", Usage: Usage{Input: known(8)}},
		},
		{
			"responses with a call", OpenAIResponses, 200, `{"id":"r","status":"completed","model":"m","output":[{"type":"reasoning"},{"type":"function_call"}],"usage":{"input_tokens":1,"output_tokens":2}}`,
			Response{ID: "r", Model: "m", FinishReasons: []string{"tool_call"}, Usage: Usage{Input: known(1), Output: known(2)}},
		},
		{
			"responses incomplete", OpenAIResponses, 200, `{"id":"r","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}`,
			Response{ID: "r", FinishReasons: []string{"length"}},
		},
		{"anthropic", AnthropicMessages, 200, `{"type":"message","id":"msg","model":"claude","stop_reason":"max_tokens","content":[{"type":"text","text":"x"}],
			"usage":{"input_tokens":176,"cache_read_input_tokens":1024,"cache_creation_input_tokens":100,"output_tokens":34,"speed":"fast","service_tier":"standard"}}`, Response{
			ID: "msg", Model: "claude", FinishReasons: []string{"length"}, ServiceTier: "fast",
			Usage: Usage{Input: known(1300), Output: known(34), CacheRead: known(1024), CacheWrite5m: known(100), CacheAdded: true},
		}},
		{"count_tokens is no usage", AnthropicCountTokens, 200, `{"input_tokens":12}`, Response{}},
		{"gemini", GeminiGenerate, 200, geminiChunk3, geminiFacts},
		{
			"gemini blocked", GeminiGenerate, 200, `{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5}}`,
			Response{FinishReasons: []string{"content_filter"}, Usage: Usage{Input: known(5), Output: known(0)}},
		},
		{
			"openai error", OpenAIChat, 400, `{"error":{"message":"too long","type":"invalid_request_error","param":null,"code":"context_length_exceeded"}}`,
			Response{Error: &Error{Type: "invalid_request_error", Code: "context_length_exceeded", Message: "too long"}},
		},
		{"error as text", OpenAIChat, 404, `{"error":"model not found"}`, Response{Error: &Error{Type: "invalid_request_error", Message: "model not found"}}},
		{"error of FastAPI", OpenAIChat, 404, `{"detail":"Not Found"}`, Response{Error: &Error{Type: "invalid_request_error", Message: "Not Found"}}},
		{
			"error at the root", OpenAIChat, 400, `{"object":"error","message":"bad","type":"BadRequestError","code":400}`,
			Response{Error: &Error{Type: "BadRequestError", Code: "400", Message: "bad"}},
		},
		{"error with status 200", OpenAIChat, 200, `{"error":{"message":"upstream","code":502}}`, Response{Error: &Error{Code: "502", Message: "upstream"}}},
		{
			"anthropic error", AnthropicMessages, 529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}`,
			Response{Error: &Error{Type: "overloaded_error", Message: "Overloaded"}},
		},
		{
			"google error", GeminiGenerate, 429, `{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[{"@type":"x"}]}}`,
			Response{Error: &Error{Type: "RESOURCE_EXHAUSTED", Code: "429", Message: "quota"}},
		},
		{
			"google error in a list", GeminiStream, 429, `[{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}]`,
			Response{Error: &Error{Type: "RESOURCE_EXHAUSTED", Code: "429", Message: "quota"}},
		},
		{"HTML of a proxy", AnthropicMessages, 502, `<html>Bad Gateway</html>`, Response{Error: &Error{Type: "api_error"}}},
		{"unknown path", Unknown, 500, ``, Response{Error: &Error{Type: "500"}}},
		{"broken", OpenAIChat, 200, `{"id":"c","model":"m","usage":{"prompt_tokens":5,"completion_tokens":3`, Response{ID: "c", Model: "m", Usage: Usage{Input: known(5)}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, ScanResponse(tc.api, tc.status, []byte(tc.body))); d != "" {
				t.Errorf("facts (-want +got):\n%s", d)
			}
		})
	}
}

func TestErrorBodyRoundTrip(t *testing.T) {
	apis := map[Kind]API{OpenAI: OpenAIChat, Anthropic: AnthropicMessages, Gemini: GeminiGenerate}
	for kind, want := range map[Kind]map[int]string{
		OpenAI: {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 429: "rate_limit_error", 500: "server_error", 504: "timeout_error"},
		Anthropic: {
			400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
			413: "request_too_large", 429: "rate_limit_error", 500: "api_error", 502: "api_error", 503: "overloaded_error", 504: "timeout_error", 529: "overloaded_error",
		},
		Gemini: {
			400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 413: "INVALID_ARGUMENT",
			429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 502: "UNAVAILABLE", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
		},
	} {
		for status, word := range want {
			const message = "no \"such\" model\n\x01\xff"
			contentType, body := ErrorBody(kind, status, "", message)
			if contentType != "application/json" || !json.Valid(body) {
				t.Fatalf("%s %d: %s %s", kind, status, contentType, body)
			}
			got := ScanResponse(apis[kind], status, body).Error
			if got.Type != word || got.Message != "no \"such\" model\n\x01\uFFFD" {
				t.Errorf("%s %d: %+v", kind, status, got)
			}
		}
	}
	_, body := ErrorBody(OpenAI, 402, "budget_exceeded", "spent")
	if got := ScanResponse(OpenAIChat, 402, body).Error; got.Type != "budget_exceeded" {
		t.Errorf("own type: %+v", got)
	}
}

func TestFinishReason(t *testing.T) {
	for in, want := range map[string]string{
		"end_turn": "stop", "STOP": "stop", "MAX_TOKENS": "length", "tool_use": "tool_call", "tool-calls": "tool_call", "SAFETY": "content_filter",
		"pause_turn": "pause", "refusal": "content_filter", "Length": "length", "NO_IMAGE": "no_image",
	} {
		if got := FinishReason(in); got != want {
			t.Errorf("FinishReason(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzScanResponse(f *testing.F) {
	f.Add([]byte(`{"id":"c","model":"m","usage":{"prompt_tokens":1200,"completion_tokens":34}}`))
	f.Add([]byte(`{"usage":{"completion_tokens":1.0,"prompt_tokens":"3"},"id":"\ud83d\u0041","model":null,"choices":[{"message":{"id":[]}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for api := range GeminiOther + 2 {
			ScanResponse(api, 200, body)
		}
		got := ScanResponse(OpenAIEmbeddings, 200, body)
		var m map[string]any
		if json.Unmarshal(body, &m) != nil || m == nil {
			return
		}
		want := Response{
			ID: decodedText(m, "id"), Model: decodedText(m, "model"), ServiceTier: decodedText(m, "service_tier"),
			Usage: Usage{Input: decodedCount(m, "usage", "prompt_tokens"), Output: decodedCount(m, "usage", "completion_tokens")},
		}
		got = Response{
			ID: got.ID, Model: got.Model, ServiceTier: got.ServiceTier,
			Usage: Usage{Input: got.Usage.Input, Output: got.Usage.Output},
		}
		if decodedCount(m, "usage", "total_tokens").Known {
			return // may tell that output is without reasoning
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("against encoding/json (-want +got):\n%s\nbody %q", d, body)
		}
	})
}
