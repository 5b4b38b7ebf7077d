package api

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

func TestPattern(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"timeout after 30s", "timeout after <n>s"},
		{"timeout after 1500 ms", "timeout after <n> ms"},
		{`user "ann" not found`, `user "…" not found`},
		{"can't open it", "can't open it"},
		{"dial tcp 10.2.30.4:5432: connection refused", "dial tcp <n>.<n>.<n>.<n>:<n>: connection refused"},
		{"order 7f3a9c2e-1b4d-4f6a-8e2b-0c1d2e3f4a5b is gone", "order <id> is gone"},
		{"request req_011CSHoEeqs5C35K2UUqR7Fy was refused", "request <id> was refused"},
		{"trace 4bf92f3577b34da6a3ce929d0e0e4736", "trace <id>"},
		{"Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000", "Rate limit reached for gpt-4o on tokens per min (TPM): Limit <n>"},
		{"invalid utf8 in v1 of sha256", "invalid utf8 in v1 of sha<n>"},
		{"GET /v1/users/12345/orders", "GET /v1/users/<n>/orders"},
		{"two\n  lines\tand more ", "two lines and more"},
		{"dead beef", "dead beef"},
		{"", ""},
	} {
		if got := pattern(test.in); got != test.want {
			t.Errorf("%q: got %q, want %q", test.in, got, test.want)
		}
	}
}

// FuzzPattern: a pattern is bounded, stays UTF-8, and has no long number in it.
func FuzzPattern(f *testing.F) {
	for _, s := range []string{"timeout after 30s", `"a" 'b`, "10.0.0.1:80", "a-1-b-22-333", "\xff\x00'", "<n> <id>", "é1234é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := pattern(s)
		if len(p) > telemetry.PreviewBytes || utf8.ValidString(s) && !utf8.ValidString(p) || strings.ContainsAny(p, "\n\r\t") {
			t.Errorf("%q became %q", s, p)
		}
		digits := 0
		for i := range len(p) {
			if digits++; !isDigit(p[i]) {
				digits = 0
			}
			if digits > 2 {
				t.Fatalf("%q became %q", s, p)
			}
		}
	})
}

func TestFirstWords(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"whole", `[{"role":"user","parts":[{"type":"text","content":"Where is my refund?"}]}]`, "Where is my refund?"},
		{"behind the system's", `[{"role":"system","parts":[{"type":"text","content":"Be kind"}]}, {"role" : "user", "parts":[{"content":"Hi"}]}]`, "Hi"},
		{"cut in the text", `[{"role":"user","parts":[{"type":"text","content":"Where is m`, "Where is m"},
		{"cut in an escape", `[{"role":"user","parts":[{"type":"text","content":"a\u00`, "a"},
		{"cut behind a backslash", `[{"role":"user","parts":[{"type":"text","content":"a\`, "a"},
		{"only the system's", `[{"role":"system","parts":[{"type":"text","content":"Be ki`, "Be ki"},
		{"no messages", "[redacted]", ""},
		{"hashed", "sha256:0123", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := firstWords(&telemetry.GenAI{InputMessages: test.in}); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// FuzzFirstWords: whatever was cut wherever, the words are bounded UTF-8.
func FuzzFirstWords(f *testing.F) {
	f.Add(`[{"role":"user","parts":[{"type":"text","content":"a\u00e9\"b`)
	f.Add(`{"content":"x","role":"user"}`)
	f.Fuzz(func(t *testing.T, s string) {
		if got := firstWords(&telemetry.GenAI{InputMessages: s}); len(got) > telemetry.PreviewBytes || !utf8.ValidString(got) {
			t.Errorf("%q became %q", s, got)
		}
	})
}
