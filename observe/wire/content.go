package wire

import (
	"bytes"
	"encoding/json"
)

// HasContent reports whether a piece of a stream holds something the model generated: the first that does is the first
// token. An event that is cut in two is seen with the next. An empty text is no content.
func HasContent(api API, p []byte) bool {
	switch api {
	case OpenAIResponses:
		return bytes.Contains(p, []byte(`.delta"`))
	case AnthropicMessages:
		return bytes.Contains(p, []byte(`"content_block_delta"`))
	}
	for from := 0; ; {
		i := bytes.IndexByte(p[from:], ':')
		if i < 0 {
			return false
		}
		i += from
		from = i + 1
		if i > 1 && p[i-1] == '"' && endsGenerated(p[:i-1], api.Kind()) && !emptyValue(p[from:]) {
			return true
		}
	}
}

// endsGenerated reports whether p ends with the key, and the quote before it, of what a model generates.
func endsGenerated(p []byte, k Kind) bool {
	const longest = len("reasoning_content")
	at := len(p) - 1
	for stop := max(0, len(p)-longest-1); at >= stop && p[at] != '"'; at-- {
	}
	if at < 0 || p[at] != '"' {
		return false
	}
	key := p[at+1:]
	if k == Gemini {
		switch string(key) {
		case "text", "functionCall", "inlineData", "executableCode":
			return true
		}
		return false
	}
	switch string(key) {
	case "content", "reasoning_content", "reasoning", "refusal", "text", "arguments", "name":
		return true
	}
	return false
}

// emptyValue reports whether a JSON value begins as "" or null, or is cut off before it begins.
func emptyValue(p []byte) bool {
	p = bytes.TrimLeft(p, " \t\r\n")
	return len(p) < 2 || p[0] == '"' && p[1] == '"' || p[0] == 'n' && p[1] == 'u'
}

// TextBytes is the length of all texts in messages of the conventions, such as those of InputMessages, without their frame.
func TextBytes(messages string) int {
	if messages == "" {
		return 0
	}
	var v any
	if json.Unmarshal([]byte(messages), &v) != nil {
		return len(messages)
	}
	return textIn("", v)
}

func textIn(key string, v any) int {
	n := 0
	switch v := v.(type) {
	case string:
		switch key {
		case "role", "type", "finish_reason", "id", "mime_type":
		default:
			n = len(v)
		}
	case []any:
		for _, e := range v {
			n += textIn(key, e)
		}
	case map[string]any:
		for k, e := range v {
			n += textIn(k, e)
		}
	}
	return n
}
