package wire

import "testing"

func TestHasContent(t *testing.T) {
	for _, tt := range []struct {
		api   API
		piece string
		want  bool
	}{
		{OpenAIChat, `data: {"choices":[{"delta":{"role":"assistant","content":""}}]}`, false},
		{OpenAIChat, `data: {"choices":[{"delta":{"content":null}}]}`, false},
		{OpenAIChat, `data: {"choices":[{"delta":{"content": "Hi"}}]}`, true},
		{OpenAIChat, `data: {"choices":[{"delta":{"content":"","refusal":"No"}}]}`, true},
		{OpenAIChat, `data: {"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":""}}]}}]}`, true},
		{OpenAIChat, `data: {"choices":[{"delta":{"content":`, false},
		{OpenAIChat, `": `, false},
		{OpenAICompletions, `data: {"choices":[{"text":"x"}]}`, true},
		{OpenAIResponses, `event: response.created`, false},
		{OpenAIResponses, `data: {"type":"response.output_text.delta","delta":"x"}`, true},
		{AnthropicMessages, `data: {"type":"message_start","message":{"content":[]}}`, false},
		{AnthropicMessages, `data: {"type":"content_block_delta"`, true},
		{GeminiStream, `data: {"candidates":[{"content":{"parts":[{"text":""}]}}]}`, false},
		{GeminiStream, `data: {"candidates":[{"content":{"parts":[{"text":"x"}]}}]}`, true},
		{GeminiStream, `data: {"candidates":[{"content":{"parts":[{"functionCall":{}}]}}]}`, true},
		{GeminiStream, `data: {"content":{"role":"model"}}`, false},
	} {
		if got := HasContent(tt.api, []byte(tt.piece)); got != tt.want {
			t.Errorf("%v %s: %t", tt.api, tt.piece, got)
		}
	}
}

func TestTextBytes(t *testing.T) {
	for messages, want := range map[string]int{
		``: 0,
		`[{"role":"user","parts":[{"type":"text","content":"four"},{"type":"text","content":"\u00fc"}]}]`:                          6,
		`[{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"f","arguments":{"a":"xy"}}],"finish_reason":"stop"}]`: 3,
		`not JSON`: 8,
	} {
		if got := TextBytes(messages); got != want {
			t.Errorf("%s: %d, want %d", messages, got, want)
		}
	}
}

func TestUsageFilterIdle(t *testing.T) {
	var f UsageFilter
	for _, tt := range []struct {
		piece string
		want  bool
	}{
		{"", true},
		{"data: {\"choices\":[{}]}", false},
		{"\n", false},
		{"\n", true},
		{"data: {\"choices\":[],\"usage\":{}}\n", false},
		{"\n", true},
		{": comment\n", true},
		{"event: x\n", false},
		{"\r", false},
		{"\n", true},
	} {
		f.Filter(nil, []byte(tt.piece))
		if f.Idle() != tt.want {
			t.Errorf("after %q: %t", tt.piece, f.Idle())
		}
	}
	if f.Reset(); !f.Idle() || f.Removed() != 0 {
		t.Error("it remembers the stream before")
	}
}
