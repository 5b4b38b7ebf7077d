package gateway

import (
	"strings"
	"unicode/utf8"
)

// maxID bounds ids and names that clients send, in bytes.
const maxID = 256

// cleanID makes an id fit to be kept: too long ones and those with control characters are worth nothing.
func cleanID(s string) string {
	if len(s) > maxID || !clean(s) {
		return ""
	}
	return s
}

// cleanText makes a text fit to be kept: cut, and without control characters.
func cleanText(s string, limit int) string {
	s = cutText(s, limit)
	if clean(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || 0x80 <= r && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}

func clean(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == 0x7f || c >= 0x80 {
			return cleanRunes(s)
		}
	}
	return true
}

func cleanRunes(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < ' ' || 0x7f <= r && r < 0xa0 {
			return false
		}
	}
	return true
}

// cutText cuts at a rune's border.
func cutText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// agents are services by how their User-Agent begins. The list is fixed: a service's name is a label of metrics, and what a
// client calls itself is not bounded.
var agents = []struct{ prefix, service string }{
	{"openai/python", "openai-python"},
	{"asyncopenai/python", "openai-python"},
	{"openai/js", "openai-js"},
	{"openai/go", "openai-go"},
	{"openai/java", "openai-java"},
	{"openai/", "openai-sdk"},
	{"anthropic/python", "anthropic-python"},
	{"asyncanthropic/python", "anthropic-python"},
	{"anthropic/js", "anthropic-js"},
	{"anthropic/go", "anthropic-go"},
	{"anthropic/java", "anthropic-java"},
	{"anthropic/", "anthropic-sdk"},
	{"claude-cli", "claude-code"},
	{"claude-code", "claude-code"},
	{"codex", "codex"},
	{"geminicli", "gemini-cli"},
	{"google-genai-sdk", "google-genai"},
	{"ai-sdk", "ai-sdk"},
	{"ai/", "ai-sdk"},
	{"litellm", "litellm"},
	{"langchain", "langchain"},
	{"python-requests", "python-requests"},
	{"python-httpx", "python-httpx"},
	{"node", "node"},
	{"go-http-client", "go-http-client"},
	{"curl/", "curl"},
}

const fallbackService = "gateway"

// serviceGuessed reports whether nobody named the call's service, so that the name of the client's software stands in. The
// span in which the call was made says better, when it arrives.
func (c *call) serviceGuessed() bool { return c.service == serviceName("", c.userAgent) }

// serviceName is what the client says, if it is a name, else the family of its User-Agent.
func serviceName(said, userAgent string) string {
	if said != "" && len(said) <= 64 && strings.Trim(said, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") == "" {
		return said
	}
	for _, a := range agents {
		if len(userAgent) >= len(a.prefix) && strings.EqualFold(userAgent[:len(a.prefix)], a.prefix) {
			return a.service
		}
	}
	return fallbackService
}
