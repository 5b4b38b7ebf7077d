package llmmock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
	"github.com/telltale-dev/telltale/observe/wire"
)

// reply is an answer that was read whole.
type reply struct {
	status int
	header http.Header
}

// send posts a body, or gets where there is none.
func send(t *testing.T, srv *httptest.Server, path, body string, header ...string) (reply, []byte, error) {
	t.Helper()
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sk-test")
	req.Header.Set("X-Goog-Api-Key", "AIza")
	if !strings.Contains(path, "/v1beta") && !strings.Contains(path, ":") {
		req.Header.Del("X-Goog-Api-Key")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, nil, err
	}
	out, err := io.ReadAll(resp.Body)
	if closing := resp.Body.Close(); closing != nil {
		t.Error(closing)
	}
	return reply{resp.StatusCode, resp.Header}, out, err
}

func serve(t *testing.T, o llmmock.Options) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(llmmock.New(o))
	t.Cleanup(srv.Close)
	return srv
}

func known(n int) wire.Count { return wire.Count{Value: int64(n), Known: true} }

const (
	toolsChat      = `"tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]`
	toolsResponses = `"tools":[{"type":"function","name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}]`
	toolsAnthropic = `"tools":[{"name":"get_weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}]`
	toolsGemini    = `"tools":[{"functionDeclarations":[{"name":"get_weather","parameters":{"type":"OBJECT","properties":{"city":{"type":"STRING"}},"required":["city"]}}]}]`
	schemaJSON     = `{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer","minimum":18}},"required":["name","age"],"additionalProperties":false}`

	saysHi  = `[{"role":"assistant","parts":[{"type":"text","content":"You said: hi"}],"finish_reason":"stop"}]`
	calls   = `[{"role":"assistant","parts":[{"type":"tool_call","name":"get_weather","arguments":{"city":"mock"}}],"finish_reason":"tool_call"}]`
	isAdult = `[{"role":"assistant","parts":[{"type":"text","content":"{\"age\":18,\"name\":\"mock\"}"}],"finish_reason":"stop"}]`
)

// The same calls by every API; each is made whole and as a stream, and both must say the same.
var conversations = []struct {
	name  string
	api   wire.API
	path  string
	body  string // without the closing brace
	usage wire.Usage
	says  string
}{
	{
		"chat", wire.OpenAIChat, "/v1/chat/completions", `{"model":"gpt-4o","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"}]`,
		wire.Usage{Input: known(3), Output: known(3), CacheRead: known(0), CacheWrite5m: known(0), Reasoning: known(0), AudioIn: known(0), AudioOut: known(0)},
		saysHi,
	},
	{
		"chat with tools", wire.OpenAIChat, "/v1/chat/completions", `{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],` + toolsChat,
		wire.Usage{Input: known(1), Output: known(4), CacheRead: known(0), CacheWrite5m: known(0), Reasoning: known(0), AudioIn: known(0), AudioOut: known(0)},
		calls,
	},
	{
		"chat after the tool", wire.OpenAIChat, "/v1/chat/completions", `{"model":"gpt-4o","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null},{"role":"tool","tool_call_id":"c","content":"20"}],` + toolsChat,
		wire.Usage{Input: known(2), Output: known(3), CacheRead: known(0), CacheWrite5m: known(0), Reasoning: known(0), AudioIn: known(0), AudioOut: known(0)},
		saysHi,
	},
	{
		"chat by schema", wire.OpenAIChat, "/v1/chat/completions", `{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":` + schemaJSON + `}}`,
		wire.Usage{Input: known(1), Output: known(6), CacheRead: known(0), CacheWrite5m: known(0), Reasoning: known(0), AudioIn: known(0), AudioOut: known(0)},
		isAdult,
	},
	{
		"chat that caches and reasons", wire.OpenAIChat, "/v1/chat/completions", `{"model":"gpt-5-mini","prompt_cache_key":"k","messages":[{"role":"system","content":"` + strings.Repeat("abcd", 1199) + `"},{"role":"user","content":"hi"}]`,
		wire.Usage{Input: known(1200), Output: known(67), CacheRead: known(1152), CacheWrite5m: known(48), Reasoning: known(64), AudioIn: known(0), AudioOut: known(0)},
		saysHi,
	},
	{
		"completions", wire.OpenAICompletions, "/v1/completions", `{"model":"gpt-3.5-turbo-instruct","prompt":"hi"`,
		wire.Usage{Input: known(1), Output: known(3), CacheRead: known(0), CacheWrite5m: known(0), Reasoning: known(0), AudioIn: known(0), AudioOut: known(0)},
		saysHi,
	},
	{
		"responses", wire.OpenAIResponses, "/v1/responses", `{"model":"gpt-4o","instructions":"be brief","input":"hi"`,
		wire.Usage{Input: known(3), Output: known(3), CacheRead: known(0), CacheWrite5m: known(0), Reasoning: known(0)},
		saysHi,
	},
	{
		"responses with tools", wire.OpenAIResponses, "/v1/responses", `{"model":"o3","input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]}],` + toolsResponses,
		wire.Usage{Input: known(1), Output: known(68), CacheRead: known(0), CacheWrite5m: known(0), Reasoning: known(64)},
		calls,
	},
	{
		"responses by schema", wire.OpenAIResponses, "/openai/v1/responses", `{"model":"gpt-4o","input":"hi","text":{"format":{"type":"json_schema","name":"x","schema":` + schemaJSON + `}}`,
		wire.Usage{Input: known(1), Output: known(6), CacheRead: known(0), CacheWrite5m: known(0), Reasoning: known(0)},
		isAdult,
	},
	{
		"messages", wire.AnthropicMessages, "/v1/messages", `{"model":"claude-opus-5-5","max_tokens":99,"messages":[{"role":"user","content":"hi"}]`,
		wire.Usage{Input: known(1), Output: known(3), CacheRead: known(0), CacheWrite5m: known(0), CacheWrite1h: known(0), Reasoning: known(0), CacheAdded: true},
		saysHi,
	},
	{
		"messages that cache", wire.AnthropicMessages, "/anthropic/v1/messages?beta=true", `{"model":"claude-opus-5-5","max_tokens":99,"system":[{"type":"text","text":"` + strings.Repeat("abcd", 1024) + `","cache_control":{"type":"ephemeral"}}],
		"messages":[{"role":"user","content":[{"type":"text","text":"` + strings.Repeat("abcd", 60) + `","cache_control":{"type":"ephemeral"}},{"type":"text","text":"` + strings.Repeat("abcd", 40) + `","cache_control":{"type":"ephemeral","ttl":"1h"}}]},{"role":"user","content":"hi"}]`,
		wire.Usage{Input: known(1125), Output: known(3), CacheRead: known(1024), CacheWrite5m: known(60), CacheWrite1h: known(40), Reasoning: known(0), CacheAdded: true},
		saysHi,
	},
	{
		"messages with tools", wire.AnthropicMessages, "/v1/messages", `{"model":"claude-opus-5-5","max_tokens":99,"messages":[{"role":"user","content":"hi"}],` + toolsAnthropic,
		wire.Usage{Input: known(1), Output: known(4), CacheRead: known(0), CacheWrite5m: known(0), CacheWrite1h: known(0), Reasoning: known(0), CacheAdded: true},
		calls,
	},
	{
		"messages cut", wire.AnthropicMessages, "/v1/messages", `{"model":"claude-opus-5-5","max_tokens":2,"messages":[{"role":"user","content":"hi"}]`,
		wire.Usage{Input: known(1), Output: known(2), CacheRead: known(0), CacheWrite5m: known(0), CacheWrite1h: known(0), Reasoning: known(0), CacheAdded: true},
		`[{"role":"assistant","parts":[{"type":"text","content":"You said"}],"finish_reason":"length"}]`,
	},
	{
		"gemini", wire.GeminiGenerate, "/v1beta/models/gemini-2.5-flash:generateContent", `{"cachedContent":"cachedContents/x","contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":9}}`,
		wire.Usage{Input: known(1025), Output: known(67), CacheRead: known(1024), Reasoning: known(64)},
		`[{"role":"assistant","parts":[{"type":"reasoning","content":"The user said something; I will answer."},{"type":"text","content":"You said: hi"}],"finish_reason":"stop"}]`,
	},
	{
		"gemini with tools", wire.GeminiGenerate, "/gemini/v1/models/gemini-2.5-flash:generateContent", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}],` + toolsGemini,
		wire.Usage{Input: known(1), Output: known(4)},
		strings.Replace(calls, `"tool_call"}`, `"stop"}`, 1),
	},
	{
		"gemini by schema", wire.GeminiGenerate, "/v1beta/models/gemini-2.5-flash:generateContent", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"responseMimeType":"application/json","responseSchema":` + schemaJSON + `}`,
		wire.Usage{Input: known(1), Output: known(6)},
		isAdult,
	},
}

func TestConversations(t *testing.T) {
	srv := serve(t, llmmock.Options{})
	ids := map[string]bool{}
	for _, tc := range conversations {
		t.Run(tc.name, func(t *testing.T) {
			resp, body, err := send(t, srv, tc.path, tc.body+"}")
			if err != nil || resp.status != 200 || !json.Valid(body) {
				t.Fatalf("%d %v: %s", resp.status, err, body)
			}
			check(t, ids, wire.ScanResponse(tc.api, 200, body), tc.usage, wire.OutputMessages(tc.api, body, false), tc.says)

			api, path, asked := tc.api, tc.path, tc.body+`,"stream":true,"stream_options":{"include_usage":true}}`
			paths := []string{path}
			if api == wire.GeminiGenerate {
				api, asked = wire.GeminiStream, tc.body+"}"
				path = strings.Replace(path, ":generateContent", ":streamGenerateContent", 1)
				paths = []string{path, path + "?alt=sse"}
			}
			for _, path := range paths {
				resp, body, err := send(t, srv, path, asked)
				if err != nil || resp.status != 200 {
					t.Fatalf("%d %v: %s", resp.status, err, body)
				}
				s := wire.NewStream(api)
				_, _ = s.Write(body)
				if !s.Finished() || s.Err() != nil {
					t.Errorf("stream finished %v, error %v:\n%s", s.Finished(), s.Err(), body)
				}
				check(t, ids, s.Response(), tc.usage, wire.OutputMessages(api, body, true), tc.says)
			}
		})
	}
}

func check(t *testing.T, ids map[string]bool, got wire.Response, usage wire.Usage, says, want string) {
	t.Helper()
	if got.ID == "" || ids[got.ID] || strings.Contains(got.ID, "@") {
		t.Errorf("id %q is not new", got.ID)
	}
	ids[got.ID] = true
	if d := cmp.Diff(usage, got.Usage); d != "" {
		t.Errorf("usage (-want +got):\n%s", d)
	}
	if d := cmp.Diff(want, withoutIDs(t, says)); d != "" {
		t.Errorf("says (-want +got):\n%s", d)
	}
}

// withoutIDs takes the ids of calls out, which are new each time, and what Anthropic or OpenAI think.
func withoutIDs(t *testing.T, messages string) string {
	t.Helper()
	for {
		i := strings.Index(messages, `"id":"`)
		if i < 0 {
			return messages
		}
		end := strings.Index(messages[i:], ",")
		messages = messages[:i] + messages[i+end+1:]
	}
}

func TestUsageOnlyWhenAsked(t *testing.T) {
	srv := serve(t, llmmock.Options{})
	_, body, err := send(t, srv, "/v1/chat/completions", `{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"hi"}]}`)
	if err != nil || bytes.Contains(body, []byte(`"usage"`)) || !bytes.HasSuffix(body, []byte("data: [DONE]\n\n")) {
		t.Errorf("%v: %s", err, body)
	}
}

func TestEmbeddings(t *testing.T) {
	srv := serve(t, llmmock.Options{})
	for _, tc := range []struct {
		path, body string
		length     func([]byte) int
	}{
		{"/v1/embeddings", `{"model":"text-embedding-3-small","input":["hi","hello"],"dimensions":8}`, func(b []byte) int {
			var out struct {
				Data []struct{ Embedding []float32 }
			}
			_ = json.Unmarshal(b, &out)
			return len(out.Data)*100 + len(out.Data[1].Embedding)
		}},
		{"/v1/embeddings", `{"model":"text-embedding-3-small","input":["hi","hello"],"dimensions":8,"encoding_format":"base64"}`, func(b []byte) int {
			var out struct{ Data []struct{ Embedding []byte } }
			_ = json.Unmarshal(b, &out)
			return len(out.Data)*100 + len(out.Data[1].Embedding)/4
		}},
		{"/v1beta/models/gemini-embedding-001:batchEmbedContents", `{"requests":[{"content":{"parts":[{"text":"hi"}]}},{"outputDimensionality":8,"content":{"parts":[{"text":"hello"}]}}]}`, func(b []byte) int {
			var out struct{ Embeddings []struct{ Values []float32 } }
			_ = json.Unmarshal(b, &out)
			return len(out.Embeddings)*100 + len(out.Embeddings[1].Values)
		}},
	} {
		resp, body, err := send(t, srv, tc.path, tc.body)
		if err != nil || resp.status != 200 {
			t.Fatalf("%s: %v: %s", tc.path, err, body)
		}
		if got := tc.length(body); got != 208 {
			t.Errorf("%s: %d: %s", tc.path, got, body)
		}
		if got := wire.ScanResponse(wire.ParseRoute(kindOf(tc.path), "POST", tc.path).API, 200, body).Usage.Input; got != known(3) {
			t.Errorf("%s: input %v", tc.path, got)
		}
	}
}

func kindOf(path string) wire.Kind {
	if strings.Contains(path, "v1beta") {
		return wire.Gemini
	}
	return wire.OpenAI
}

func TestSmallCalls(t *testing.T) {
	srv := serve(t, llmmock.Options{})
	for _, tc := range []struct {
		path, body, want string
		header           []string
	}{
		{"/v1/models", "", `"id":"gpt-4o-mini"`, nil},
		{"/v1/models/any", "", `{"id":"any","object":"model"`, nil},
		{"/v1/models", "", `"display_name":"claude-sonnet-4-5"`, []string{"Anthropic-Version", "2023-06-01"}},
		{"/v1beta/models", "", `"name":"models/gemini-2.5-flash"`, nil},
		{"/v1/messages/count_tokens", `{"model":"claude","messages":[{"role":"user","content":"hello"}]}`, `{"input_tokens":2}`, nil},
		{"/v1beta/models/g:countTokens", `{"contents":[{"parts":[{"text":"hello"}]}]}`, `{"totalTokens":2`, nil},
	} {
		resp, body, err := send(t, srv, tc.path, tc.body, tc.header...)
		if err != nil || resp.status != 200 || !strings.Contains(string(body), tc.want) {
			t.Errorf("%s: %v: %s", tc.path, err, body)
		}
	}
}

func TestErrors(t *testing.T) {
	srv := serve(t, llmmock.Options{Keys: []string{"sk-test"}})
	const chat, messages, gemini = "/v1/chat/completions", "/v1/messages", "/v1beta/models/g:generateContent"
	for _, tc := range []struct {
		name, path, body string
		header           []string
		status           int
		want             wire.Error
	}{
		{"no key", chat, `{}`, []string{"Authorization", ""}, 401, wire.Error{Type: "authentication_error", Code: "invalid_api_key"}},
		{"wrong key", messages, `{}`, []string{"X-Api-Key", "no"}, 401, wire.Error{Type: "authentication_error"}},
		{"wrong key of Gemini", gemini, `{}`, []string{"X-Goog-Api-Key", "no"}, 401, wire.Error{Type: "UNAUTHENTICATED", Code: "401"}},
		{"unknown path", "/v1/nothing", `{}`, nil, 404, wire.Error{Type: "invalid_request_error"}},
		{"not JSON", chat, `{"model":`, nil, 400, wire.Error{Type: "invalid_request_error"}},
		{"no model", chat, `{"messages":[]}`, nil, 400, wire.Error{Type: "invalid_request_error"}},
		{"no messages", messages, `{"model":"m"}`, nil, 400, wire.Error{Type: "invalid_request_error"}},
		{"unknown fault", chat, `{"model":"mock-earthquake","messages":[{}]}`, nil, 400, wire.Error{Type: "invalid_request_error"}},
		{"429", chat, `{"model":"mock-429","messages":[{}]}`, nil, 429, wire.Error{Type: "rate_limit_error", Code: "rate_limit_exceeded"}},
		{"529", messages, `{"model":"mock-529","messages":[{}]}`, nil, 529, wire.Error{Type: "overloaded_error"}},
		{"500 by header", gemini, `{"contents":[{}]}`, []string{"X-Mock-Fault", "500", "X-Goog-Api-Key", "sk-test"}, 500, wire.Error{Type: "INTERNAL", Code: "500"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			resp, body, err := send(t, srv, tc.path, tc.body, tc.header...)
			if err != nil || resp.status != tc.status {
				t.Fatalf("%d %v: %s", resp.status, err, body)
			}
			got := wire.ScanResponse(wire.ParseRoute(kindOf(tc.path), "POST", tc.path).API, resp.status, body).Error
			if got.Message == "" {
				t.Error("no message")
			}
			got.Message = ""
			if d := cmp.Diff(&tc.want, got); d != "" && tc.status != 404 {
				t.Errorf("error (-want +got):\n%s", d)
			}
			if tc.status == 429 && resp.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		})
	}
}

func TestFaults(t *testing.T) {
	srv := serve(t, llmmock.Options{})
	ask := func(model, more string) (reply, []byte, error) {
		return send(t, srv, "/v1/chat/completions", fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":"hi"}]%s}`, model, more))
	}
	const streamed = `,"stream":true,"stream_options":{"include_usage":true}`

	for range 2 {
		first, _, _ := ask("mock-429-once", "")
		again, _, _ := ask("mock-429-once", "")
		if first.status != 429 || again.status != 200 {
			t.Errorf("once: %d, then %d", first.status, again.status)
		}
	}
	if _, body, _ := ask("mock-broken-json", ""); json.Valid(body) || len(body) < 100 {
		t.Errorf("broken-json: %s", body)
	}
	if _, body, err := ask("mock-stream-error", streamed); err != nil {
		t.Error(err)
	} else {
		s := wire.NewStream(wire.OpenAIChat)
		_, _ = s.Write(body)
		if s.Err() == nil || s.Err().Type != "server_error" || s.Finished() {
			t.Errorf("stream-error: %v: %s", s.Err(), body)
		}
	}
	if resp, _, _ := ask("mock-stream-error", ""); resp.status != 500 {
		t.Errorf("stream-error without a stream: %d", resp.status)
	}
	for _, more := range []string{"", streamed} {
		if _, body, err := ask("mock-stream-cut", more); !errors.Is(err, io.ErrUnexpectedEOF) || len(body) == 0 {
			t.Errorf("stream-cut: %v after %d bytes", err, len(body))
		}
	}
	if _, body, err := ask("mock-10mb", ""); err != nil || len(body) < 10<<20 {
		t.Errorf("10mb: %v, %d bytes", err, len(body))
	}
	if _, body, err := ask("mock-10mb", streamed); err != nil || len(body) < 10<<20 {
		t.Errorf("10mb streamed: %v, %d bytes", err, len(body))
	}
	if resp, body, _ := ask("mock-html", ""); resp.status != 502 || !strings.HasPrefix(string(body), "<html>") {
		t.Errorf("html: %d %s", resp.status, body)
	}
	if _, body, err := ask("mock-empty", ""); err != nil || len(body) != 0 {
		t.Errorf("empty: %v %s", err, body)
	}
	if _, body, _ := ask("mock-no-usage", streamed); bytes.Contains(body, []byte("prompt_tokens")) {
		t.Errorf("no-usage: %s", body)
	}
	if _, body, _ := ask("mock-content-filter", ""); !bytes.Contains(body, []byte(`"finish_reason":"content_filter"`)) {
		t.Errorf("content-filter: %s", body)
	}
	start := time.Now()
	if resp, _, _ := ask("mock-delay-60ms", ""); resp.status != 200 || time.Since(start) < 60*time.Millisecond {
		t.Errorf("delay: %d after %v", resp.status, time.Since(start))
	}
	start = time.Now()
	if _, _, err := ask("mock-slow-stream-20ms", streamed); err != nil || time.Since(start) < 100*time.Millisecond {
		t.Errorf("slow-stream: %v after %v", err, time.Since(start))
	}
}

func TestHangEndsWithTheClient(t *testing.T) {
	srv := serve(t, llmmock.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/v1/messages", strings.NewReader(`{"model":"mock-hang","messages":[{}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", "k")
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestPaceAndHook(t *testing.T) {
	var seen llmmock.Request
	srv := serve(t, llmmock.Options{OnRequest: func(r llmmock.Request) { seen = r }, Text: "never said"})
	start := time.Now()
	const body = `{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"hi"}]}`
	resp, out, err := send(t, srv, "/v1/chat/completions?x=1", body, "X-Mock-Chunks", "5", "X-Mock-Between", "10ms", "X-Mock-First-Token", "30ms")
	if err != nil || resp.status != 200 {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 100*time.Millisecond {
		t.Errorf("took %v", took)
	}
	if n := bytes.Count(out, []byte(`mock`)); n < 5 || bytes.Contains(out, []byte("never")) {
		t.Errorf("chunks: %s", out)
	}
	if string(seen.Body) != body || seen.Path != "/v1/chat/completions" || seen.Query != "x=1" || seen.Header.Get("Authorization") != "Bearer sk-test" {
		t.Errorf("hook saw %+v", seen)
	}
	if resp.header.Get("X-Request-Id") == "" || resp.header.Get("X-Ratelimit-Remaining-Requests") == "" {
		t.Errorf("headers: %v", resp.header)
	}
}

func BenchmarkChat(b *testing.B) {
	m := llmmock.New(llmmock.Options{})
	for _, stream := range []string{"", `,"stream":true`} {
		body := `{"model":"gpt-4o","messages":[{"role":"user","content":"` + strings.Repeat("lorem ", 160) + `"}]` + stream + `}`
		b.Run("stream="+fmt.Sprint(stream != ""), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/v1/chat/completions", strings.NewReader(body))
				r.Header.Set("Authorization", "Bearer k")
				m.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}

func FuzzMock(f *testing.F) {
	for _, tc := range conversations {
		f.Add(tc.path, []byte(tc.body+"}"))
	}
	f.Add("/v1/chat/completions", []byte(`{"model":"m","messages":[{}],"tools":[{"type":"function","function":{"name":"f","parameters":{"$ref":"#/a/b"}}}]}`))
	m := llmmock.New(llmmock.Options{NoAuth: true})
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		if bytes.Contains(body, []byte("mock-")) || !strings.HasPrefix(path, "/") || len(path) > 200 {
			return // faults take their time, or break the connection
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(body))
		r.URL.Path = path
		w := httptest.NewRecorder()
		m.ServeHTTP(w, r)
		if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("not JSON: %s", w.Body)
		}
	})
}
