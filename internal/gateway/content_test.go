package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestContentIsCollectedUnlessOff(t *testing.T) {
	for _, off := range []bool{false, true} {
		r := newRig(t, answer("application/json", chatAnswer), func(c *Config) { c.NoContent = off })
		r.post(t, "/openai/v1/chat/completions", chatBody)
		g := r.sink.wait(t, 1)[0].GenAI
		if got := strings.Contains(g.InputMessages, "hi there") && g.OutputMessages != ""; got == off {
			t.Errorf("off %v: kept %q → %q", off, g.InputMessages, g.OutputMessages)
		}
	}
}

func message(role, text string) map[string]any {
	return map[string]any{"role": role, "parts": []map[string]any{{"type": "text", "content": text}}}
}

func TestBound(t *testing.T) {
	long := strings.Repeat("é€", 10_000)
	many := make([]map[string]any, 500)
	for i := range many {
		many[i] = message("user", fmt.Sprintf("message %d", i))
	}
	for name, tc := range map[string]struct {
		messages any
		missing  int
		keeps    []string // in what is left
	}{
		"one long":          {messages: []any{message("user", long)}, keeps: []string{"é€é€", "…[cut "}},
		"long after short":  {messages: []any{message("system", "be brief"), message("user", long), message("user", "the question")}, keeps: []string{"be brief", "the question", "…[cut "}},
		"many short":        {messages: many, keeps: []string{"message 499", "…[cut "}},
		"missing from body": {messages: []any{message("user", "short")}, missing: 12345, keeps: []string{"short", "…[cut 12345 bytes]"}},
	} {
		t.Run(name, func(t *testing.T) {
			const limit = 4096
			b, err := json.Marshal(tc.messages)
			if err != nil {
				t.Fatal(err)
			}
			got := bound(string(b), limit, tc.missing)
			if len(got) > limit || !json.Valid([]byte(got)) || !utf8.ValidString(got) {
				t.Fatalf("%d bytes, valid %v: %.200s", len(got), json.Valid([]byte(got)), got)
			}
			for _, k := range tc.keeps {
				if !strings.Contains(got, k) {
					t.Errorf("%q is gone: %.300s", k, got)
				}
			}
		})
	}
}

func TestCutTellsTheSum(t *testing.T) {
	text := strings.Repeat("x", 10_000)
	once, _ := cutStrings(text, 5000).(string)
	twice, _ := cutStrings(once, 100).(string)
	if want := strings.Repeat("x", 100) + "…[cut 9900 bytes]"; twice != want {
		t.Errorf("got %q", twice)
	}
}

func FuzzCheckPath(f *testing.F) {
	for _, s := range []string{"/v1/models", "/%2e%2e/x", "/a%2fb", "/..;/x", "/%252e%252e", "//", "/%", "/\\..\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		decoded, problem := checkPath(raw)
		if problem != "" {
			return
		}
		for _, sep := range []string{"/", "\\"} {
			for seg := range strings.SplitSeq(decoded, sep) {
				if seg == ".." || seg == "." {
					t.Errorf("%q passes and decodes to %q", raw, decoded)
				}
			}
		}
		if strings.ContainsAny(decoded, "\x00\r\n\x1b\x7f") {
			t.Errorf("%q passes with control characters", raw)
		}
	})
}

func FuzzTraceparent(f *testing.F) {
	f.Add("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.Add("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what")
	f.Add("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.Fuzz(func(t *testing.T, s string) {
		var c traceContext
		if c.parse(s) && (c.traceID.IsZero() || c.parentID.IsZero() || !strings.Contains(s, c.traceID.String())) {
			t.Errorf("%q was read as %s %s", s, c.traceID, c.parentID)
		}
	})
}
