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
		"many short":        {messages: many, keeps: []string{`"message 0"`, "message 499", "…[left out 4"}},
		"many and missing":  {messages: many, missing: 99, keeps: []string{`"message 0"`, "message 499", "…[left out 4", "…[cut 99 bytes]"}},
		"long and many":     {messages: append([]map[string]any{message("user", long)}, many...), keeps: []string{"message 499", "…[left out 4"}},
		"empty and missing": {messages: []any{}, missing: 7, keeps: []string{"…[cut 7 bytes]"}},
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
	once := cutTexts([]byte(`["`+text+`"]`), 5000)
	twice := string(cutTexts(once, 100))
	if want := `["` + strings.Repeat("x", 100) + `…[cut 9900 bytes]"]`; twice != want {
		t.Errorf("got %q", twice)
	}
}

// TestWholeMessagesStay: of messages that are left out, none is left in part.
func TestWholeMessagesStay(t *testing.T) {
	var all []map[string]any
	for i := range 400 {
		all = append(all, message("user", fmt.Sprintf("begin %d %s end %d", i, strings.Repeat("word ", 40), i)))
	}
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	var got []struct{ Parts []struct{ Content string } }
	if err := json.Unmarshal([]byte(Bound(string(b), 16<<10, 0)), &got); err != nil {
		t.Fatal(err)
	}
	gone := 0
	for i, m := range got {
		text := m.Parts[0].Content
		var bytes, from, to int
		if _, err := fmt.Sscanf(text, "…[left out %d messages, %d bytes]", &gone, &bytes); err == nil {
			continue
		}
		if _, err := fmt.Sscanf(strings.ReplaceAll(text, "word ", ""), "begin %d  end %d", &from, &to); err != nil || from != to {
			t.Errorf("message %d is %q", i, text)
		}
	}
	if gone+len(got)-1 != 400 || len(got) < 20 {
		t.Errorf("%d messages and %d left out", len(got), gone)
	}
}

func TestCutsAreBetweenWordsAndOutsideEscapes(t *testing.T) {
	for _, tt := range []struct {
		text string
		at   int
		want string
	}{
		{"the key is sk-abcdefgh", 20, "the key is"},
		{`abc\\ndef`, 5, `abc\\`},
		{`abc\\ndef`, 4, `abc`},
		{`abc\ndef`, 4, `abc`},
		{`abc\u00e9def`, 8, `abc`},
		{`abc\u00e9def`, 9, `abc\u00e9`},
		{`abc\ud83d\ude00def`, 9, `abc`},
		{`abc\ud83d\ude00def`, 11, `abc`},
		{`abc\ud83d\ude00def`, 15, `abc\ud83d\ude00`},
		{"abcé", 4, "abc"},
	} {
		if got := tt.text[:cutPoint([]byte(tt.text), tt.at)]; got != tt.want {
			t.Errorf("%s at %d: %s, want %s", tt.text, tt.at, got, tt.want)
		}
	}
}

func TestBoundBody(t *testing.T) {
	picture := strings.Repeat("iVBORw0KGgo", 200)
	words := strings.Repeat("lorem ipsum ", 300)
	for name, tt := range map[string]struct {
		body    string
		limit   int
		missing int
		want    string
	}{
		"as it is":      {body: `{ "b": 1, "a": "x" }`, limit: 100, want: `{ "b": 1, "a": "x" }`},
		"picture":       {body: `{"url":"data:image/png;base64,` + picture + `","a":1}`, limit: 10_000, want: `{"url":"data:image/png;base64,` + picture[:42] + `…[cut 2158 bytes]","a":1}`},
		"long string":   {body: `{"z":"` + words + `","a":1}`, limit: 600, want: `{"z":"` + words[:557] + `…[cut 3043 bytes]","a":1}`},
		"no JSON":       {body: "hello world and all", limit: 12, want: "hello world…[cut 8 bytes]"},
		"end missing":   {body: `{"a":"x`, limit: 100, missing: 5, want: `{"a":"x…[cut 5 bytes]`},
		"event stream":  {body: "data: {\"b64\":\"" + picture + "\"}\n\n", limit: 1000, want: "data: {\"b64\":\"" + picture[:64] + "…[cut 2136 bytes]\"}\n\n"},
		"quote is open": {body: `{"a":"` + picture, limit: 100, want: `{"a":"` + picture[:94] + `…[cut 2106 bytes]`},
	} {
		if got := BoundBody([]byte(tt.body), tt.limit, tt.missing); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, tt.want)
		}
	}
}

func FuzzBoundBody(f *testing.F) {
	f.Add(`{"a":"`+strings.Repeat("x y", 300)+`"}`, 300, 0)
	f.Add("data: {\"x\":\"\\", 300, 3)
	f.Fuzz(func(t *testing.T, s string, limit, missing int) {
		limit = 200 + limit&0x3ff
		missing &= 0xffff
		got := BoundBody([]byte(s), limit, missing)
		if len(got) > limit+200 && len(got) > len(s)+64 {
			t.Errorf("%d bytes of at most %d", len(got), limit)
		}
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("%q is no UTF-8 any more: %q", s, got)
		}
	})
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
