package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestInputMessages(t *testing.T) {
	for _, tc := range []struct {
		name                   string
		api                    API
		body, messages, system string
	}{
		{
			"chat", OpenAIChat, `{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"h\u00ef \"there\""},
			{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}]},
			{"role":"tool","tool_call_id":"call_1","content":"{\"t\":20}"},
			{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"image_url","image_url":{"url":"https://x/y.png"}},{"type":"input_audio","input_audio":{"data":"AAA=","format":"wav"}}]}]}`,
			`[{"role":"user","parts":[{"type":"text","content":"h\u00ef \"there\""}]},` +
				`{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"get_weather","arguments":{"city":"Paris"}}]},` +
				`{"role":"tool","parts":[{"type":"tool_call_response","id":"call_1","response":{"t":20}}]},` +
				`{"role":"user","parts":[{"type":"text","content":"see"},{"type":"blob","modality":"image","mime_type":"image/png","size":3},` +
				`{"type":"uri","modality":"image","uri":"https://x/y.png"},{"type":"blob","modality":"audio","mime_type":"audio/wav","size":2}]}]`,
			`[{"type":"text","content":"be brief"}]`,
		},
		{
			"completions", OpenAICompletions, `{"prompt":["a","b"]}`,
			`[{"role":"user","parts":[{"type":"text","content":"a"}]},{"role":"user","parts":[{"type":"text","content":"b"}]}]`, "",
		},
		{"embeddings of tokens", OpenAIEmbeddings, `{"input":[[1,2],[3]]}`, "", ""},
		{
			"responses", OpenAIResponses, `{"instructions":"be brief","input":[{"role":"developer","content":"rules"},{"role":"user","content":[{"type":"input_text","text":"hi"}]},
			{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"zzz"},
			{"type":"function_call","call_id":"call_1","name":"f","arguments":"not json"},{"type":"function_call_output","call_id":"call_1","output":"20 degrees"}]}`,
			`[{"role":"user","parts":[{"type":"text","content":"hi"}]},{"role":"assistant","parts":[{"type":"reasoning","content":"hm"}]},` +
				`{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"f","arguments":"not json"}]},` +
				`{"role":"tool","parts":[{"type":"tool_call_response","id":"call_1","response":"20 degrees"}]}]`,
			`[{"type":"text","content":"be brief"},{"type":"text","content":"rules"}]`,
		},
		{"responses of a string", OpenAIResponses, `{"input":"hi"}`, `[{"role":"user","parts":[{"type":"text","content":"hi"}]}]`, ""},
		{
			"anthropic", AnthropicMessages, `{"system":[{"type":"text","text":"be brief","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"hi"},
			{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"ok"}]},
			{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAAAA=="}}]}]}`,
			`[{"role":"user","parts":[{"type":"text","content":"hi"}]},` +
				`{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},{"type":"tool_call","id":"toolu_1","name":"f","arguments":{"a":1}}]},` +
				`{"role":"user","parts":[{"type":"tool_call_response","id":"toolu_1","response":"ok"},{"type":"blob","modality":"image","mime_type":"image/jpeg","size":4}]}]`,
			`[{"type":"text","content":"be brief"}]`,
		},
		{
			"image as a tool's result", AnthropicMessages, `{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"see"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}]}]}`,
			`[{"role":"user","parts":[{"type":"tool_call_response","id":"t","response":[{"type":"text","content":"see"},{"type":"blob","modality":"image","mime_type":"image/png","size":3}]}]}]`, "",
		},
		{
			"gemini", GeminiGenerate, `{"systemInstruction":{"parts":[{"text":"be brief"}]},"contents":[{"role":"user","parts":[{"text":"hi"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]},
			{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"r":2}}}]}]}`,
			`[{"role":"user","parts":[{"type":"text","content":"hi"},{"type":"blob","modality":"image","mime_type":"image/png","size":3}]},` +
				`{"role":"assistant","parts":[{"type":"tool_call","name":"f","arguments":{"a":1}}]},` +
				`{"role":"tool","parts":[{"type":"tool_call_response","name":"f","response":{"r":2}}]}]`,
			`[{"type":"text","content":"be brief"}]`,
		},
		{"gemini embed", GeminiEmbed, `{"requests":[{"model":"models/e","content":{"parts":[{"text":"x"}]}}]}`, `[{"role":"user","parts":[{"type":"text","content":"x"}]}]`, ""},
		{"cut off", OpenAIChat, `{"messages":[{"role":"user","content":"whole"},{"role":"user","content":"ha`, `[{"role":"user","parts":[{"type":"text","content":"whole"}]}]`, ""},
		{"mended", OpenAIChat, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\x01\\q\xff\\ud800\"}]}", `[{"role":"user","parts":[{"type":"text","content":"a\u0001q��"}]}]`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			messages, system := InputMessages(tc.api, []byte(tc.body))
			if d := cmp.Diff(tc.messages, messages); d != "" {
				t.Errorf("messages (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tc.system, system); d != "" {
				t.Errorf("system (-want +got):\n%s", d)
			}
		})
	}
}

func TestOutputMessages(t *testing.T) {
	const hello = `[{"role":"assistant","parts":[{"type":"text","content":"Hello"}],"finish_reason":"stop"}]`
	const geminiWant = `[{"role":"assistant","parts":[{"type":"reasoning","content":"Let me"},{"type":"text","content":"Hello world"}],"finish_reason":"stop"}]`
	for _, tc := range []struct {
		name     string
		api      API
		body     string
		streamed bool
		want     string
	}{
		{"chat", OpenAIChat, `{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null},"finish_reason":"stop"}]}`, false, hello},
		{"chat stream", OpenAIChat, chatStream, true, `[{"role":"assistant","parts":[{"type":"text","content":"Hel\"lo wörld"}],"finish_reason":"stop"}]`},
		{"chat tools", OpenAIChat, chatToolStream, true, `[{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"get_weather","arguments":{"city":"Paris"}}],"finish_reason":"tool_call"}]`},
		{"stream that was answered whole", OpenAIChat, `{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}`, true, hello},
		{"completions", OpenAICompletions, `{"choices":[{"text":"Hello","finish_reason":"stop"}]}`, false, hello},
		{"completions stream", OpenAICompletions, "data: {\"choices\":[{\"index\":0,\"text\":\"Hel\"}]}\n\ndata: {\"choices\":[{\"index\":0,\"text\":\"lo\",\"finish_reason\":\"stop\"}]}\n\n", true, hello},
		{"responses", OpenAIResponses, `{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Hello"}]}]}`, false, hello},
		{
			"responses stream", OpenAIResponses, responsesStream, true,
			`[{"role":"assistant","parts":[{"type":"reasoning","content":"think"},{"type":"text","content":"Hello"}],"finish_reason":"stop"}]`,
		},
		{
			"responses stream cut", OpenAIResponses, responsesStream[:strings.Index(responsesStream, "event: response.completed")], true,
			`[{"role":"assistant","parts":[{"type":"text","content":"Hello"}]}]`,
		},
		{"anthropic", AnthropicMessages, `{"content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn"}`, false, hello},
		{
			"anthropic stream", AnthropicMessages, messagesStream, true,
			`[{"role":"assistant","parts":[{"type":"reasoning","content":"hmm"},{"type":"text","content":"Hello \u00fcber"},` +
				`{"type":"tool_call","id":"toolu_1","name":"get_weather","arguments":{"city":"Paris"}}],"finish_reason":"tool_call"}]`,
		},
		{"gemini", GeminiGenerate, `{"candidates":[{"content":{"parts":[{"text":"Hello"}]},"finishReason":"STOP"}]}`, false, hello},
		{"gemini stream", GeminiStream, geminiStream, true, geminiWant},
		{"gemini array", GeminiStream, geminiArray, true, geminiWant},
		{"an error", OpenAIChat, `{"error":{"message":"x"}}`, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, OutputMessages(tc.api, []byte(tc.body), tc.streamed)); d != "" {
				t.Errorf("messages (-want +got):\n%s", d)
			}
		})
	}
}

// Whatever comes in, what comes out is JSON, or nothing.
func FuzzMessages(f *testing.F) {
	for _, s := range streams {
		f.Add(uint8(s.api), []byte(s.body))
	}
	f.Add(uint8(OpenAIChat), []byte(`{"messages":[{"role":"user","content":[{"type":"text","text":"a\u00"}]}]}`))
	f.Add(uint8(AnthropicMessages), []byte(`{"messages":[{"role":"a","content":[{"type":"tool_use","input":{"a":}}]}]}`))
	f.Fuzz(func(t *testing.T, n uint8, body []byte) {
		api := API(n)
		messages, system := InputMessages(api, body)
		for _, out := range []string{messages, system, OutputMessages(api, body, false), OutputMessages(api, body, true)} {
			if out != "" && (!json.Valid([]byte(out)) || !utf8.ValidString(out)) {
				t.Fatalf("not JSON: %q\nof %q", out, body)
			}
		}
	})
}

func BenchmarkInputMessages(b *testing.B) {
	body := []byte(`{"model":"m","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"` + strings.Repeat(`lorem ipsum \"dolor\" `, 100) + `"}]}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		InputMessages(OpenAIChat, body)
	}
}
