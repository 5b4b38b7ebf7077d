package llm

import (
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
