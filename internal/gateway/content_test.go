package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestContentPolicies(t *testing.T) {
	for _, tc := range []struct {
		policy Content
		in     string // found in the input messages
		absent string
	}{
		{ContentOff, "", "hi there"},
		{ContentHash, `"type":"sha256"`, "hi there"},
		{ContentRedacted, "hi there", "sha256"},
		{ContentFull, "hi there", "sha256"},
	} {
		t.Run(string(tc.policy), func(t *testing.T) {
			r := newRig(t, answer("application/json", chatAnswer), func(c *Config) { c.Content = tc.policy })
			r.post(t, "/openai/v1/chat/completions", chatBody)
			r.post(t, "/openai/v1/chat/completions", chatBody)
			spans := r.sink.wait(t, 2)
			g := spans[0].GenAI
			if !strings.Contains(g.InputMessages, tc.in) || tc.policy == ContentOff && g.InputMessages != "" {
				t.Errorf("input %q", g.InputMessages)
			}
			if all := g.InputMessages + g.OutputMessages + g.SystemInstructions; strings.Contains(all, tc.absent) {
				t.Errorf("%q stands in %s", tc.absent, all)
			}
			if g.InputMessages != spans[1].GenAI.InputMessages || g.OutputMessages != spans[1].GenAI.OutputMessages {
				t.Errorf("the same call is recorded in two ways")
			}
		})
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
