package rawbody

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
	"github.com/telltale-dev/telltale/observe/redact"
)

func newRedactor(t testing.TB) *redact.Redactor {
	t.Helper()
	r, err := redact.New(redact.Options{Secrets: true, PII: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const key = "sk-proj-Zk83hQpLm20fXaTr91VbYc64NdWs75Eg"

func TestRedact(t *testing.T) {
	for name, tt := range map[string]struct {
		body, want string
		answer     bool
	}{
		"nothing to find": {body: `{ "model":"m",  "n":1 }`, want: `{ "model":"m",  "n":1 }`},
		"in a string":     {body: `{"content":"my key is ` + key + `, ok?"}`, want: `{"content":"my key is [redacted:api_key], ok?"}`},
		"by name":         {body: `{"metadata":{"password":"hunter2-and-more"}}`, want: `{"metadata":{"password":"[redacted:secret]"}}`},
		"escaped": {
			body: `{"content":"a\n` + strings.Replace(key, "-", `\u002d`, 2) + `"}`,
			want: `{"content":"a\n[redacted:api_key]"}`,
		},
		"JSON in a string": {
			body: `{"arguments":"{\"to\":\"jane.doe@example.com\"}"}`, want: `{"arguments":"{\"to\":\"[redacted:email]\"}"}`,
		},
		"cut off":   {body: `{"a":"x","content":"mail jane.doe@example.com and …[cut 12 bytes]`, want: `{"a":"x","content":"mail [redacted:email] and …[cut 12 bytes]`},
		"no JSON":   {body: "grant_type=x&client_secret=abcdefabcdef", want: "grant_type=x&client_secret=[redacted:secret]"},
		"an answer": {body: `{"text":"jane.doe@example.com"}`, want: `{"text":"[redacted:email]"}`, answer: true},
	} {
		got, n := Redact(newRedactor(t), tt.body, tt.answer)
		if got != tt.want || (n > 0) != (got != tt.body) {
			t.Errorf("%s: %d in\n got %s\nwant %s", name, n, got, tt.want)
		}
	}
}

// TestPiecesOfAStream: a key that comes in pieces is found in all of them, and other texts keep their pieces.
func TestPiecesOfAStream(t *testing.T) {
	chat := func(text string) string {
		return `data: {"id":"c1","choices":[{"index":0,"delta":{"content":` + quoted(text) + `}}]}` + "\n\n"
	}
	anthropic := func(index int, text string) string {
		return "event: content_block_delta\ndata: " + fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":{"type":"text_delta","text":%s}}`, index, quoted(text)) + "\n\n"
	}
	arguments := func(text string) string {
		return `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":` + quoted(text) + `}}]}}]}` + "\n\n"
	}
	gemini := func(text string) string {
		return `{"candidates":[{"content":{"parts":[{"text":` + quoted(text) + `}]}}]}`
	}
	for name, tt := range map[string]struct{ body, want string }{
		"chat": {
			chat("my mail: jane") + chat(".doe@exam") + chat("ple.com") + chat(" bye") + "data: [DONE]\n\n",
			chat("my mail: [redacted:email] bye") + chat("") + chat("") + chat("") + "data: [DONE]\n\n",
		},
		"in one piece": {
			chat("hi ") + chat("jane.doe@example.com") + chat(" bye"), chat("hi ") + chat("[redacted:email]") + chat(" bye"),
		},
		"arguments": {
			arguments(`{"pass`) + arguments(`word":"hunt`) + arguments(`er2-and-more"}`), arguments(`{"password":"[redacted:secret]"}`) + arguments("") + arguments(""),
		},
		"two blocks": {
			anthropic(0, "a sk-proj-Zk83hQpLm20") + anthropic(1, "hello ") + anthropic(0, "fXaTr91VbYc64NdWs75Eg") + anthropic(1, "world"),
			anthropic(0, "a [redacted:api_key]") + anthropic(1, "hello ") + anthropic(0, "") + anthropic(1, "world"),
		},
		"list": {
			"[" + gemini("jane.d") + ",\n" + gemini("oe@example.com") + "]", "[" + gemini("[redacted:email]") + ",\n" + gemini("") + "]",
		},
		"lines of Windows": {
			strings.ReplaceAll(chat("jane")+chat(".doe@example.com"), "\n", "\r\n"), strings.ReplaceAll(chat("[redacted:email]")+chat(""), "\n", "\r\n"),
		},
		"with a gap": {
			chat("jane") + ": …[cut 100 bytes]\n\n" + chat(".doe@example.com"), chat("[redacted:email]") + ": …[cut 100 bytes]\n\n" + chat(""),
		},
	} {
		if got, n := Redact(newRedactor(t), tt.body, true); got != tt.want || n == 0 {
			t.Errorf("%s: %d in\n got %s\nwant %s", name, n, got, tt.want)
		}
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// TestWhatProvidersSendStays: nothing of ordinary answers is taken for a secret, however their events are put together.
func TestWhatProvidersSendStays(t *testing.T) {
	mock := llmmock.New(llmmock.Options{})
	for path, body := range map[string]string{
		"/v1/chat/completions": `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello there"}],"stream":true}`,
		"/v1/responses":        `{"model":"gpt-4o-mini","input":"hello there","stream":true}`,
		"/v1/messages":         `{"model":"claude-sonnet-4-5","max_tokens":64,"messages":[{"role":"user","content":"hello there"}],"stream":true}`,
		"/v1beta/models/gemini-2.5-flash:streamGenerateContent":         `{"contents":[{"role":"user","parts":[{"text":"hello there"}]}]}`,
		"/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse": `{"contents":[{"role":"user","parts":[{"text":"hello there"}]}]}`,
	} {
		w := httptest.NewRecorder()
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		switch {
		case strings.HasPrefix(path, "/v1beta"):
			req.Header.Set("X-Goog-Api-Key", "any")
		case path == "/v1/messages":
			req.Header.Set("X-Api-Key", "any")
			req.Header.Set("Anthropic-Version", "2023-06-01")
		default:
			req.Header.Set("Authorization", "Bearer sk-any")
		}
		mock.ServeHTTP(w, req)
		sent := w.Body.String()
		if got, n := Redact(newRedactor(t), sent, true); n != 0 || got != sent || w.Code != http.StatusOK || len(sent) < 200 {
			t.Errorf("%s: status %d, %d finds in %s", path, w.Code, n, sent)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add(`{"a":"`+key+`\n"}`, false)
	f.Add("data: {\"a\":\"jane.doe\"}\n\ndata: {\"a\":\"@example.com\"}\n\n", true)
	f.Add(`[{"a":"jane.doe"},{"a":"@example.com"}]`, true)
	r := newRedactor(f)
	f.Fuzz(func(t *testing.T, s string, answer bool) {
		got, n := Redact(r, s, answer)
		if n == 0 && got != s {
			t.Errorf("%q became %q without a find", s, got)
		}
		if json.Valid([]byte(s)) && !json.Valid([]byte(got)) {
			t.Errorf("%q is no JSON any more: %q", s, got)
		}
	})
}

func BenchmarkRedactStream(b *testing.B) {
	var s strings.Builder
	for i := range 300 {
		fmt.Fprintf(&s, "data: {\"id\":\"chatcmpl-123\",\"object\":\"chat.completion.chunk\",\"created\":1694268190,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word%d\"},\"finish_reason\":null}]}\n\n", i)
	}
	r := newRedactor(b)
	b.SetBytes(int64(s.Len()))
	b.ReportAllocs()
	for b.Loop() {
		Redact(r, s.String(), true)
	}
}
