package gateway

import (
	"strings"
	"testing"
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
