package dialect

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// TestPicturesAreKept: pictures in the messages of any client come to be events that the parts name.
func TestPicturesAreKept(t *testing.T) {
	png := base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n and so on"))
	for name, message := range map[string]string{
		"conventions": `{"role":"user","parts":[{"type":"blob","modality":"image","mime_type":"image/png","content":"` + png + `"}]}`,
		"OpenAI":      `{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,` + png + `"}}]}`,
		"Anthropic":   `{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` + png + `"}}]}`,
		"Gemini":      `{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"` + png + `"}}]}`,
		"AI SDK":      `{"role":"user","content":[{"type":"file","mediaType":"image/png","data":"` + png + `"}]}`,
	} {
		s := spanOf("gen_ai.operation.name", "chat", "gen_ai.input.messages", "["+message+","+message+"]")
		Span(s)
		if len(s.Events) != 1 || s.Events[0].Name != telemetry.EventAttachment || s.Events[0].Attributes.Value(telemetry.AttrAttachmentContent) != png {
			t.Errorf("%s: events %v", name, s.Events)
			continue
		}
		id := s.Events[0].Attributes.Value(telemetry.AttrAttachmentID)
		if strings.Count(s.GenAI.InputMessages, `"attachment":"`+id+`"`) != 2 || strings.Contains(s.GenAI.InputMessages, png) {
			t.Errorf("%s: messages %s", name, s.GenAI.InputMessages)
		}
	}
}

func FuzzCloseCut(f *testing.F) {
	for _, s := range []string{`[{"role":"user","content":"a\u00`, `{"a":[1,tr`, `["\\`, `[}`, `{"a"`, `[1,{"b":[`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, ok := parse(s); ok {
			for i := range len(s) { // what is cut off anywhere can be read
				if whole, ok := closeCut(s[:i]); ok && strings.HasPrefix(strings.TrimSpace(s), "[{") && i > 2+strings.Index(s, "[{") {
					if _, ok := parse(whole); !ok {
						t.Errorf("%q became %q", s[:i], whole)
					}
				}
			}
		}
		var c conversation
		c.read(s, "user")
		if m := c.messages(); m != "" {
			if _, ok := parse(m); !ok {
				t.Errorf("%q became %q", s, m)
			}
		}
	})
}
