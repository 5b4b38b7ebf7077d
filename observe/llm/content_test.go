package llm

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestClosed(t *testing.T) {
	for cut, want := range map[string]string{
		`{"a":["b`:            `{"a":["b"]}`,
		`{"a":[{"b":"c\`:      `{"a":[{"b":"c"}]}`,
		`{"a":"c\u00e`:        `{"a":"c"}`,
		`{"a":"x{[\"`:         `{"a":"x{["}`,
		`{"a":"b"`:            `{"a":"b"}`,
		`[1,2`:                `[1,2]`,
		"{\"a\":\"caf\xc3":    `{"a":"caf"}`,
		`{"a":"naïve`:         `{"a":"naïve"}`,
		`{"a":"long enough é`: `{"a":"long enough é"}`,
	} {
		if got := string(closed([]byte(cut))); got != want {
			t.Errorf("%q becomes %q, want %q", cut, got, want)
		}
	}
}

func FuzzBound(f *testing.F) {
	f.Add(`[{"role":"user","parts":[{"type":"text","content":"`+strings.Repeat("x", 300)+`"}]}]`, 200, 7)
	f.Add(strings.Repeat("é", 200), 101, 0)
	f.Fuzz(func(t *testing.T, s string, limit, missing int) {
		limit = 200 + limit&0x3ff
		missing &= 0xffff
		got := bound(s, limit, missing)
		if len(got) > max(limit, len(s))+64 && len(s) <= limit || len(got) > limit+200 {
			t.Errorf("%d bytes of at most %d", len(got), limit)
		}
		var list []any
		if json.Unmarshal([]byte(s), &list) == nil && !json.Valid([]byte(got)) {
			t.Errorf("no JSON any more: %q", got)
		}
	})
}
