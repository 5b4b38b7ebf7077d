package wire

import (
	"encoding/base64"
	"strings"
	"testing"
)

const pngHead = "\x89PNG\r\n\x1a\n"

func TestPicture(t *testing.T) {
	png := pngHead + "\xfb\xef\xbe\xff and so on"
	std, url := base64.StdEncoding.EncodeToString([]byte(png)), base64.RawURLEncoding.EncodeToString([]byte(png))
	for name, tt := range map[string]struct{ text, mime string }{
		"standard":            {std, "image/png"},
		"of URLs, no padding": {url, "image/png"},
		"slashes escaped":     {strings.ReplaceAll(std, "/", `\/`), "image/png"},
		"plus escaped":        {strings.ReplaceAll(std, "+", `\u002B`), "image/png"},
		"in lines":            {std[:10] + `\r\n` + std[10:], "image/png"},
		"JPEG":                {base64.StdEncoding.EncodeToString([]byte("\xff\xd8\xff\xe0JFIF")), "image/jpeg"},
		"WebP":                {base64.StdEncoding.EncodeToString([]byte("RIFF\x00\x00\x00\x00WEBPVP8 ")), "image/webp"},
		"GIF":                 {base64.StdEncoding.EncodeToString([]byte("GIF89a...")), "image/gif"},
		"SVG":                 {base64.StdEncoding.EncodeToString([]byte(`<svg onload="alert(1)"/>`)), ""},
		"HTML":                {base64.StdEncoding.EncodeToString([]byte(`<html>`)), ""},
		"a key":               {"sk-proj-abcdefghijklmnopqrstuvwxyz", ""},
		"text after it":       {std + " and my key", ""},
		"nothing":             {"", ""},
	} {
		mime, bytes := Picture([]byte(tt.text))
		if mime != tt.mime || mime == "image/png" && string(bytes) != png {
			t.Errorf("%s: %q, %q", name, mime, bytes)
		}
	}
}

func FuzzPicture(f *testing.F) {
	f.Add([]byte(base64.StdEncoding.EncodeToString([]byte(pngHead))))
	f.Add([]byte(`iVBOR\u00`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if mime, bytes := Picture(text); (mime == "") != (bytes == nil) || len(bytes) > len(text) {
			t.Errorf("%q, %d bytes of %d", mime, len(bytes), len(text))
		}
	})
}

// TestAttach: every place in which the APIs put pictures is shown, and what becomes of it stands in its part.
func TestAttach(t *testing.T) {
	for name, tt := range map[string]struct {
		api  API
		body string
	}{
		"chat":             {OpenAIChat, `{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}]}]}`},
		"chat, tool":       {OpenAIChat, `{"messages":[{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"seen"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}]}]}`},
		"responses":        {OpenAIResponses, `{"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,QUJD"}]}]}`},
		"messages":         {AnthropicMessages, `{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}}]}]}`},
		"messages, tool":   {AnthropicMessages, `{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}}]}]}]}`},
		"generate content": {GeminiGenerate, `{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"QUJD"}}]}]}`},
	} {
		got, _ := InputMessagesWith(tt.api, []byte(tt.body), func(mime, base64 []byte) string {
			if string(mime) != "image/png" || string(base64) != "QUJD" {
				t.Errorf("%s: shown %s %s", name, mime, base64)
			}
			return "a1"
		})
		if !strings.Contains(got, `{"type":"blob","modality":"image","mime_type":"image/png","size":3,"attachment":"a1"}`) {
			t.Errorf("%s: %s", name, got)
		}
	}
	chunk := `data: {"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"QUJD"}}]}}]}` + "\n\n"
	if got := OutputMessagesWith(GeminiStream, []byte(chunk), true, func(_, _ []byte) string { return "a2" }); !strings.Contains(got, `"attachment":"a2"`) {
		t.Errorf("stream: %s", got)
	}
}
