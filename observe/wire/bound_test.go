package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

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
			got := Bound(string(b), limit, tc.missing)
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

func FuzzBound(f *testing.F) {
	f.Add(`[{"role":"user","parts":[{"type":"text","content":"`+strings.Repeat("x", 300)+`"}]}]`, 200, 7)
	f.Add(strings.Repeat("é", 200), 101, 0)
	f.Fuzz(func(t *testing.T, s string, limit, missing int) {
		limit = 200 + limit&0x3ff
		missing &= 0xffff
		got := Bound(s, limit, missing)
		if len(got) > max(limit, len(s))+64 && len(s) <= limit || len(got) > limit+200 {
			t.Errorf("%d bytes of at most %d", len(got), limit)
		}
		var list []any
		if json.Unmarshal([]byte(s), &list) == nil && !json.Valid([]byte(got)) {
			t.Errorf("no JSON any more: %q", got)
		}
	})
}
