package gateway

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

func withRaw(c *Config) { c.Raw = true }

func eventOf(s *telemetry.Span, name string) telemetry.Attrs {
	for _, e := range s.Events {
		if e.Name == name {
			return e.Attributes
		}
	}
	return nil
}

func rawOf(s *telemetry.Span) (request, response string) {
	return eventOf(s, telemetry.EventRequest).Value(telemetry.AttrRequestBody), eventOf(s, telemetry.EventResponse).Value(telemetry.AttrResponseBody)
}

func TestRawBodiesAreKeptOnlyIfAskedFor(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Config)
		want   int
	}{
		"not asked":       {func(*Config) {}, 0},
		"asked":           {withRaw, 2},
		"without content": {func(c *Config) { c.Raw, c.NoContent = true, true }, 0},
	} {
		r := newRig(t, answer("application/json", chatAnswer), tt.change)
		r.post(t, "/openai/v1/chat/completions", chatBody)
		s := r.sink.waitOne(t)
		if len(s.Events) != tt.want {
			t.Errorf("%s: %d events", name, len(s.Events))
		}
		if request, response := rawOf(&s); tt.want > 0 && (request != chatBody || response != chatAnswer) {
			t.Errorf("%s: kept %q → %q", name, request, response)
		}
	}
}

func TestHeadersThatAreKept(t *testing.T) {
	r := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		for k, v := range map[string]string{
			"Content-Type": "application/json", "X-Request-Id": "req_9", "X-Ratelimit-Remaining-Tokens": "149984",
			"Anthropic-Ratelimit-Requests-Reset": "2026-11-21T20:38:22Z", "Retry-After": "3", "Set-Cookie": "__cf_bm=secret-cookie",
			"Openai-Organization": "acme-secret-org", "X-Ratelimit-Token": strings.Repeat("x", 2000),
		} {
			w.Header().Set(k, v)
		}
		_, _ = io.WriteString(w, chatAnswer)
	}, withRaw)
	r.post(t, "/openai/v1/chat/completions?key=sk-in-the-url", chatBody, "Authorization: Bearer sk-client-secret", "X-Api-Key: sk-client-secret",
		"X-Goog-Api-Key: sk-client-secret", "Api-Key: sk-client-secret", "Cookie: sk-client-secret", "X-Telltale-Key: sk-client-secret",
		"X-Stainless-Lang: python", "Anthropic-Version: 2023-06-01", "X-Private: sk-client-secret")
	s := r.sink.waitOne(t)
	sent, returned := eventOf(&s, telemetry.EventRequest), eventOf(&s, telemetry.EventResponse)
	for k, want := range map[string]string{
		"http.response.header.x-request-id": "req_9", "http.response.header.x-ratelimit-remaining-tokens": "149984", "http.response.header.retry-after": "3",
		"http.response.header.anthropic-ratelimit-requests-reset": "2026-11-21T20:38:22Z", "http.response.status_code": "200",
	} {
		if got := returned.Value(k); got != want {
			t.Errorf("%s is %q", k, got)
		}
	}
	if sent.Value("http.request.header.x-stainless-lang") != "python" || sent.Value("http.request.header.anthropic-version") != "2023-06-01" {
		t.Errorf("of the request: %v", sent)
	}
	if all := fmt.Sprint(s.Events); strings.Contains(all, "secret") || strings.Contains(all, "sk-in-the-url") || len(all) > 4000 {
		t.Errorf("%d bytes: %s", len(all), all)
	}
}

func TestHostileRawBodies(t *testing.T) {
	const limit = 8 * kib
	png := "iVBORw0KGgo" + strings.Repeat("AAAA", 10*mib/4)
	for name, tt := range map[string]struct {
		body     string
		coding   string
		contains []string
		least    int
	}{
		"ten megabytes of picture": {
			body:     `{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,` + png + `"}},{"type":"text","text":"what is it?"}]}]}`,
			contains: []string{`"what is it?"`, `data:image/png;base64,iVBORw0KGgo`, "…[cut 10485"},
		},
		"ten megabytes of words": {
			body:     `{"model":"m","messages":[{"role":"user","content":"` + strings.Repeat("word ", 2*mib) + `"}],"seed":42}`,
			contains: []string{"word word…[cut 104", `"seed":42}`}, least: limit / 2,
		},
		"ten megabytes of messages": {
			body:     `{"model":"m","messages":[` + strings.Repeat(`{"role":"user","content":"hi"},`, 330_000) + `{"role":"user","content":"bye"}]}`,
			contains: []string{`{"model":"m","messages":[{"role":"user","content":"hi"},`, "…[cut "}, least: limit / 2,
		},
		"gzip":              {body: string(gzipped([]byte(chatBody))), coding: "gzip", contains: []string{chatBody}},
		"invalid UTF-8":     {body: "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\xff\xfeb\"}]}", contains: []string{"a\uFFFDb"}},
		"binary":            {body: "\x00\x01\x02\xff\xfe and more", contains: []string{"…[binary, 14 bytes]"}},
		"of unknown coding": {body: "\x00\x01\xff", coding: "br"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, answer("application/json", chatAnswer), func(c *Config) { c.Raw, c.ContentMax = true, limit })
			headers := []string{}
			if tt.coding != "" {
				headers = append(headers, "Content-Encoding: "+tt.coding)
			}
			r.post(t, "/openai/v1/chat/completions", tt.body, headers...)
			s := r.sink.waitOne(t)
			request, _ := rawOf(&s)
			if len(request) > limit+64 || len(request) < tt.least || !utf8.ValidString(request) {
				t.Errorf("%d bytes: %.300q", len(request), request)
			}
			for _, part := range tt.contains {
				if !strings.Contains(request, part) {
					t.Errorf("%q is missing in %.300q", part, request)
				}
			}
		})
	}
}

// TestLongStreams: of a stream that is too long the first and the last events are kept, whole.
func TestLongStreams(t *testing.T) {
	for name, n := range map[string]int{"above the limit": 200, "above what is held": 20_000} {
		var stream strings.Builder
		for i := range n {
			fmt.Fprintf(&stream, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word %d \"}}]}\n\n", i)
		}
		stream.WriteString("data: [DONE]\n\n")
		r := newRig(t, answer("text/event-stream", stream.String()), func(c *Config) { c.Raw, c.ContentMax = true, 8*kib })
		r.post(t, "/openai/v1/chat/completions", strings.Replace(chatBody, "{", `{"stream":true,`, 1))
		s := r.sink.waitOne(t)
		_, got := rawOf(&s)
		head, tail, ok := strings.Cut(got, ": …[cut ")
		var gone int
		if _, err := fmt.Sscanf(tail, "%d bytes]", &gone); err != nil || !ok || len(got) > 8*kib+64 || len(got) < 7*kib {
			t.Fatalf("%s: %d bytes, %.100q", name, len(got), got)
		}
		_, tail, _ = strings.Cut(tail, "\n\n")
		if whole := stream.String(); !strings.HasPrefix(whole, head) || !strings.HasSuffix(whole, tail) || !strings.HasSuffix(head, "\n\n") ||
			!strings.HasPrefix(tail, "data: ") || len(head)+gone+len(tail) != len(whole) {
			t.Errorf("%s: %d bytes at the beginning, %d left out, %d at the end, of %d", name, len(head), gone, len(tail), len(whole))
		}
	}
}

// TestPictures: small pictures are kept beside the messages that name them, the newest first where there is not room for all.
func TestPictures(t *testing.T) {
	picture := func(n, size int) string {
		return base64.StdEncoding.EncodeToString(append([]byte("\x89PNG\r\n\x1a\n"), []byte(strings.Repeat(string(rune('a'+n)), size))...))
	}
	part := func(data string) string {
		return `{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` + data + `"}}`
	}
	for name, tt := range map[string]struct {
		parts []string
		kept  []string
	}{
		"small":         {[]string{part(picture(0, 1000))}, []string{picture(0, 1000)}},
		"twice":         {[]string{part(picture(0, 1000)), part(picture(0, 1000))}, []string{picture(0, 1000)}},
		"newest":        {[]string{part(picture(0, 20_000)), part(picture(1, 20_000)), part(picture(2, 20_000))}, []string{picture(1, 20_000), picture(2, 20_000)}},
		"too large":     {[]string{part(picture(0, 300_000)), part(picture(1, 10))}, []string{picture(1, 10)}},
		"no picture":    {[]string{part(base64.StdEncoding.EncodeToString([]byte("<svg onload=alert(1)>")))}, nil},
		"not of a type": {[]string{strings.Replace(part(picture(0, 10)), "image/png", "image/svg+xml", 1)}, nil},
		"elsewhere":     {[]string{`{"type":"image","source":{"type":"url","url":"https://example.com/x.png"}}`}, nil},
	} {
		r := newRig(t, answer("application/json", `{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m"}`), func(c *Config) { c.ContentMax = 48 * kib })
		r.post(t, "/anthropic/v1/messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[`+strings.Join(tt.parts, ",")+`]}]}`)
		s := r.sink.waitOne(t)
		var kept []string
		for _, e := range s.Events {
			kept = append(kept, e.Attributes.Value(telemetry.AttrAttachmentContent))
			if id := e.Attributes.Value(telemetry.AttrAttachmentID); e.Name != telemetry.EventAttachment || !strings.Contains(s.GenAI.InputMessages, `"attachment":"`+id+`"`) {
				t.Errorf("%s: %s %s is not named in %.300s", name, e.Name, id, s.GenAI.InputMessages)
			}
		}
		if strings.Join(kept, " ") != strings.Join(tt.kept, " ") {
			t.Errorf("%s: kept %d pictures: %.100q", name, len(kept), kept)
		}
	}
}
