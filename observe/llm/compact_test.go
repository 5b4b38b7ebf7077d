package llm

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
	"github.com/telltale-dev/telltale/observe/wire"
)

// compact returns the events of a stream, as a compacter leaves them.
func compact(stream []byte) []byte {
	var c compacter
	c.write(stream)
	c.end()
	return c.out
}

func TestCompact(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{
			"data: {\"a\":1,\"content\":\"x\"}\n\ndata: {\"a\":1,\"content\":\"y\\\"\"}\n\ndata: {\"a\":1,\"content\":\"\\\\\"}\n\ndata: [DONE]\n\n",
			"data: {\"a\":1,\"content\":\"xy\\\"\\\\\"}\n\ndata: [DONE]\n\n",
		},
		{ // another index
			"data: {\"a\":1,\"content\":\"x\"}\n\ndata: {\"a\":2,\"content\":\"y\"}\n\n",
			"data: {\"a\":1,\"content\":\"x\"}\n\ndata: {\"a\":2,\"content\":\"y\"}\n\n",
		},
		{ // two texts
			"data: {\"content\":\"x\",\"reasoning\":\"z\"}\n\ndata: {\"content\":\"y\",\"reasoning\":\"z\"}\n\n",
			"data: {\"content\":\"x\",\"reasoning\":\"z\"}\n\ndata: {\"content\":\"y\",\"reasoning\":\"z\"}\n\n",
		},
		{
			"data: {\"content\":\"x\",\"obfuscation\":\"ab\"}\n\ndata: {\"content\":\"y\",\"obfuscation\":\"\"}\n\n",
			"data: {\"content\":\"xy\",\"obfuscation\":\"ab\"}\n\n",
		},
		{"data: {\"content\":\"x\"}\n\ndata: {\"content\":\"y", "data: {\"content\":\"x\"}\n\ndata: {\"content\":\"y"},
		{"data: {\"content\":\"x\"}\r\n\r\n", "data: {\"content\":\"x\"}\r\n\r\n"},
		{"", ""},
	} {
		if diff := cmp.Diff(tt.want, string(compact([]byte(tt.in)))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.in, diff)
		}
	}
}

// What is read of a compact stream is what is read of the whole one, for all APIs.
func TestCompactSaysTheSame(t *testing.T) {
	srv := httptest.NewServer(llmmock.New(llmmock.Options{Text: strings.Repeat(`say "hi" \ ünd `, 40), NoAuth: true}))
	defer srv.Close()
	const tools = `,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]`
	for _, tt := range []struct {
		api        wire.API
		key        string
		path, body string
	}{
		{wire.OpenAIChat, "Authorization", "/v1/chat/completions", `{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"x"}]}`},
		{wire.OpenAIChat, "Authorization", "/v1/chat/completions", `{"model":"o3","stream":true,"n":2,"messages":[{"role":"user","content":"x"}]` + tools + `}`},
		{wire.OpenAICompletions, "Authorization", "/v1/completions", `{"model":"gpt-4o","stream":true,"prompt":"x"}`},
		{wire.OpenAIResponses, "Authorization", "/v1/responses", `{"model":"o3","stream":true,"input":"x"}`},
		{wire.AnthropicMessages, "X-Api-Key", "/v1/messages", `{"model":"claude-sonnet-4-5","max_tokens":999,"stream":true,"thinking":{"type":"enabled","budget_tokens":9},"messages":[{"role":"user","content":"x"}]}`},
		{wire.GeminiStream, "X-Goog-Api-Key", "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", `{"contents":[{"parts":[{"text":"x"}]}]}`},
		{wire.GeminiStream, "X-Goog-Api-Key", "/v1beta/models/gemini-2.5-flash:streamGenerateContent", `{"contents":[{"parts":[{"text":"x"}]}]}`},
	} {
		t.Run(fmt.Sprint(tt.api), func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set(tt.key, "Bearer any")
			resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("%v, %d: %s", err, resp.StatusCode, whole)
			}
			short := compact(whole)
			read := func(b []byte) (wire.Response, string) {
				s := wire.NewStream(tt.api)
				_, _ = s.Write(b)
				return s.Response(), wire.OutputMessages(tt.api, b, true)
			}
			wantFacts, wantMessages := read(whole)
			facts, messages := read(short)
			if diff := cmp.Diff(wantFacts, facts); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(wantMessages, messages); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
			t.Logf("%d bytes are %d", len(whole), len(short))
		})
	}
}

func FuzzCompact(f *testing.F) {
	f.Add("data: {\"content\":\"x\"}\n\ndata: {\"content\":\"y\\\"\"}\n\n", 7)
	f.Add("data: {\"delta\":\"\\\\\",\"obfuscation\":\"q\"}\n\ndata: {\"delta\":\"\",\"obfuscation\":\"\"}\n\n\n\n", 0)
	f.Fuzz(func(t *testing.T, s string, _ int) {
		got := compact([]byte(s))
		if len(got) > len(s) {
			t.Errorf("%d bytes became %d", len(s), len(got))
		}
		if again := compact(got); string(compact(again)) != string(again) && len(again) >= len(got) && string(again) != string(got) {
			t.Errorf("%q becomes %q", got, again)
		}
	})
}
