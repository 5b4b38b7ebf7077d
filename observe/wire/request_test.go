package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScanRequest(t *testing.T) {
	for _, tc := range []struct {
		name string
		api  API
		body string
		want Request
	}{
		{"chat", OpenAIChat, `{"messages":[{"role":"user","content":"a \"model\": \"x\" \\"}],"model":"gpt-4o","stream":true,
			"stream_options":{"include_usage":true},"user":"u-1","service_tier":"flex","temperature":0.2,"max_completion_tokens":50,
			"tools":[{"type":"function"},{"type":"function"}],"response_format":{"type":"json_schema","json_schema":{"type":"x"}},
			"metadata":{"user_id":"m","session_id":"s-1"}}`, Request{
			Model: "gpt-4o", Stream: true, IncludeUsage: true, User: "u-1", Session: "s-1", ServiceTier: "flex",
			Temperature: Float{0.2, true}, MaxTokens: known(50), Tools: 2, ResponseFormat: "json_schema",
		}},
		{"safety identifier", OpenAIChat, `{"model":"m","safety_identifier":"hash","prompt_cache_key":"no"}`, Request{Model: "m", User: "hash"}},
		{
			"key order, escapes, last of twice", OpenAIChat, `{"\u006dodel":"a","model":"b\u00fc\ud83d\ude00","stream":false,"stream":true}`,
			Request{Model: "bü😀", Stream: true},
		},
		{"last is null", OpenAIChat, `{"model":"a","model":null}`, Request{}},
		{"broken", OpenAIChat, `{"model":"a","stream":true,"messages":[{"role":`, Request{Model: "a", Stream: true}},
		{"cut in a value", OpenAIChat, `{"model":"a","max_tokens":12`, Request{Model: "a"}},
		{"nested only", OpenAIChat, `{"messages":[{"model":"x","stream":true}],"x":{"model":"y"}}`, Request{}},
		{"responses", OpenAIResponses, `{"model":"gpt-5","input":"x","conversation":{"id":"conv_1"},"max_output_tokens":9,
			"text":{"format":{"type":"json_object"}},"previous_response_id":"resp_0"}`, Request{
			Model: "gpt-5", Session: "conv_1", MaxTokens: known(9), ResponseFormat: "json_object",
		}},
		{"conversation by name", OpenAIResponses, `{"conversation":"conv_2"}`, Request{Session: "conv_2"}},
		{
			"anthropic", AnthropicMessages, `{"model":"claude","max_tokens":64,"metadata":{"user_id":"u-2"},"stream":true,"tools":[{"name":"t"}]}`,
			Request{Model: "claude", MaxTokens: known(64), User: "u-2", Stream: true, Tools: 1},
		},
		{
			"claude code", AnthropicMessages, `{"metadata":{"user_id":"{\"device_id\":\"d\",\"account_uuid\":\"acc\",\"session_id\":\"sess\"}"}}`,
			Request{User: "acc", Session: "sess"},
		},
		{
			"claude code without account", AnthropicMessages, `{"metadata":{"user_id":"{\"device_id\":\"d\",\"account_uuid\":\"\",\"session_id\":\"sess\"}"}}`,
			Request{User: "d", Session: "sess"},
		},
		{
			"older claude code", AnthropicMessages, `{"metadata":{"user_id":"user_ab12_account_cd-34_session_ef-56"}}`,
			Request{User: "cd-34", Session: "ef-56"},
		},
		{
			"older claude code without account", AnthropicMessages, `{"metadata":{"user_id":"user_ab12_account__session_ef-56"}}`,
			Request{User: "ab12", Session: "ef-56"},
		},
		{"JSON of another kind", AnthropicMessages, `{"metadata":{"user_id":"{\"x\":1}"}}`, Request{User: `{"x":1}`}},
		{"gemini", GeminiGenerate, `{"generationConfig":{"temperature":1,"maxOutputTokens":7,"responseMimeType":"application/json",
			"responseSchema":{"type":"OBJECT"}},"tools":[{"functionDeclarations":[{"name":"a"},{"name":"b"}]}]}`, Request{
			Temperature: Float{1, true}, MaxTokens: known(7), Tools: 2, ResponseFormat: "json_schema",
		}},
		{"gemini stream", GeminiStream, `{}`, Request{Stream: true}},
		{"no object", OpenAIChat, `[1,2]`, Request{}},
		{"negative", OpenAIChat, `{"max_tokens":-5,"temperature":"hot"}`, Request{}},
		{"unknown API", API(200), `{"model":"a"}`, Request{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, ScanRequest(tc.api, []byte(tc.body))); d != "" {
				t.Errorf("facts (-want +got):\n%s", d)
			}
		})
	}
}

func TestScanRequestBoundsText(t *testing.T) {
	r := ScanRequest(OpenAIChat, []byte(`{"model":"`+strings.Repeat("ü", 5000)+`"}`))
	if len(r.Model) > MaxText || !strings.HasSuffix(r.Model, "ü") {
		t.Errorf("model has %d bytes and ends in %q", len(r.Model), r.Model[len(r.Model)-2:])
	}
}

func TestSpliceIncludeUsage(t *testing.T) {
	for _, tc := range []struct{ name, in, out string }{
		{"absent", `{"model":"m","stream":true}`, `{"stream_options":{"include_usage":true},"model":"m","stream":true}`},
		{"empty", ` { } `, ` {"stream_options":{"include_usage":true} } `},
		{"null", `{"stream_options": null ,"x":1}`, `{"stream_options": {"include_usage":true} ,"x":1}`},
		{"other keys", `{"stream_options":{"include_obfuscation":false}}`, `{"stream_options":{"include_usage":true,"include_obfuscation":false}}`},
		{"empty options", `{"stream_options":{ }}`, `{"stream_options":{"include_usage":true }}`},
		{"false", `{"stream_options":{"include_usage":false}}`, `{"stream_options":{"include_usage":true}}`},
		{"escaped", `{"stream\u005foptions":{"include_usage":false}}`, `{"stream\u005foptions":{"include_usage":true}}`},
		{"last of two", `{"stream_options":{"include_usage":true},"stream_options":null}`, `{"stream_options":{"include_usage":true},"stream_options":{"include_usage":true}}`},
		{"there", `{"stream_options":{"include_usage":true}}`, ""},
		{"inside a message only", `{"messages":[{"stream_options":{"include_usage":true}}]}`, `{"stream_options":{"include_usage":true},"messages":[{"stream_options":{"include_usage":true}}]}`},
		{"not an object", `[1]`, ""},
		{"broken", `{"model":"m"`, ""},
		{"trailing", `{"model":"m"} x`, ""},
		{"odd options", `{"stream_options":3}`, ""},
		{"nothing", ``, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := []byte(tc.in)
			out, changed := SpliceIncludeUsage(in)
			if changed != (tc.out != "") || changed && string(out) != tc.out || !changed && string(out) != tc.in {
				t.Errorf("changed %v: %s", changed, out)
			}
			if string(in) != tc.in {
				t.Errorf("wrote to the body: %s", in)
			}
		})
	}
}

// decoded is the fact that encoding/json finds, the oracle of the fuzz test.
func decoded(m map[string]any, path ...string) any {
	var v any = m
	for _, key := range path {
		o, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = o[key]
	}
	return v
}

func decodedText(m map[string]any, path ...string) string {
	s, _ := decoded(m, path...).(string)
	return factText([]byte(s))
}

func decodedCount(m map[string]any, path ...string) Count {
	n, ok := decoded(m, path...).(float64)
	if !ok || n < 0 || n > maxCount {
		return Count{}
	}
	return Count{int64(math.Trunc(n)), true}
}

func FuzzScanRequest(f *testing.F) {
	f.Add([]byte(`{"model":"a\u00fc","stream":true,"stream_options":{"include_usage":true},"user":"u","temperature":1e-1,"max_tokens":5,"tools":[{}]}`))
	f.Add([]byte(` {"mod\u0065l" : "x\\\"" , "messages":[{"content":"}]\\"}],"max_tokens":1.5e3,"service_tier":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got := ScanRequest(OpenAIChat, body)
		var m map[string]any
		if json.Unmarshal(body, &m) != nil || m == nil {
			return
		}
		include, _ := decoded(m, "stream_options", "include_usage").(bool)
		stream, _ := m["stream"].(bool)
		want := Request{
			Model: decodedText(m, "model"), Stream: stream, IncludeUsage: include,
			User:        first(decodedText(m, "user"), decodedText(m, "safety_identifier"), decodedText(m, "metadata", "user_id")),
			Session:     decodedText(m, "metadata", "session_id"),
			ServiceTier: decodedText(m, "service_tier"), ResponseFormat: decodedText(m, "response_format", "type"),
			MaxTokens: decodedCount(m, "max_tokens"),
		}
		if n := decodedCount(m, "max_completion_tokens"); n.Known {
			want.MaxTokens = n
		}
		if v, ok := m["temperature"].(float64); ok {
			want.Temperature = Float{v, true}
		}
		if list, ok := m["tools"].([]any); ok {
			for _, v := range list {
				if _, ok := v.(map[string]any); ok {
					want.Tools++
				}
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("against encoding/json (-want +got):\n%s\nbody %q", d, body)
		}
		out, changed := SpliceIncludeUsage(body)
		var after map[string]any
		if err := json.Unmarshal(out, &after); err != nil {
			t.Fatalf("splice broke %q: %q: %v", body, out, err)
		}
		if changed && !ScanRequest(OpenAIChat, out).IncludeUsage {
			t.Fatalf("splice did not ask for usage: %q", out)
		}
		delete(m, "stream_options")
		delete(after, "stream_options")
		if d := cmp.Diff(m, after); d != "" {
			t.Fatalf("splice changed more than it should: %s", d)
		}
	})
}

func benchmarkScan(b *testing.B, size int) {
	body := []byte(`{"model":"gpt-4o-mini","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"` +
		strings.Repeat(`lorem ipsum dolor sit amet \"quoted\"\n`, size/40) + `"}],"temperature":0.2,"stream":true,"user":"u"}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if !ScanRequest(OpenAIChat, body).Stream {
			b.Fatal("no facts")
		}
	}
}

func BenchmarkScanRequest1k(b *testing.B)   { benchmarkScan(b, 1<<10) }
func BenchmarkScanRequest100k(b *testing.B) { benchmarkScan(b, 100<<10) }

// The obvious way, to compare with in the same run.
func BenchmarkUnmarshalRequest1k(b *testing.B) {
	body := []byte(`{"model":"gpt-4o-mini","messages":[{"role":"user","content":"` + strings.Repeat(`lorem ipsum dolor sit amet \"quoted\"\n`, 25) + `"}],"stream":true}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var r struct {
			Model  string
			Stream bool
		}
		if err := json.Unmarshal(body, &r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnmarshalChat50(b *testing.B) {
	data := bytes.TrimPrefix([]byte(strings.SplitAfter(chatStream, "\n\n")[1]), []byte("data: "))
	b.SetBytes(int64(50 * len(data)))
	b.ReportAllocs()
	for b.Loop() {
		for range 50 {
			var chunk struct {
				ID, Model string
				Choices   []struct {
					FinishReason *string `json:"finish_reason"`
				}
				Usage *struct {
					Prompt int `json:"prompt_tokens"`
				}
			}
			if err := json.Unmarshal(data, &chunk); err != nil {
				b.Fatal(err)
			}
		}
	}
}
