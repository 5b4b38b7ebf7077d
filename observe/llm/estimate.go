package llm

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/telltale-dev/telltale/observe/wire"
)

func itoa(n int) string { return strconv.Itoa(n) }

// bytesPerToken is what English prose takes on average with the tokenizers in use.
const bytesPerToken = 4

func estimateTokens(text int) wire.Count {
	return wire.Count{Value: int64((text + bytesPerToken - 1) / bytesPerToken), Known: true}
}

// estimate counts what the provider would have said, had the stream come to its end: who goes away pays all the same.
func (a *answer) estimate(o *outcome, e *eyes, head []byte) {
	c, u := a.exchange, &o.Usage
	if !a.streamed || u.Output.Known && (e.stream.Finished() || o.Error != nil || len(o.FinishReasons) > 0) {
		return
	}
	if c.API.Kind() == wire.Gemini && u.Output.Known {
		o.estimated = true // the provider's, but not the last word
		return
	}
	text := textBytes(wire.OutputMessages(c.API, head, true))
	if n := int64(len(e.head)); n > 0 && a.total > n {
		text = int(int64(text) * a.total / n)
	}
	if text == 0 && !u.Input.Known {
		return // nothing was generated, as far as can be seen
	}
	o.estimated = true
	if n := estimateTokens(text); !u.Output.Known || u.Output.Value < n.Value {
		u.Output = n
	}
	if !u.Input.Known {
		c.withBody(maxScan, func(body []byte, _ bool) {
			in, system := wire.InputMessages(c.API, body)
			u.Input = estimateTokens(textBytes(in) + textBytes(system))
		})
	}
}

// textBytes is the length of all texts in messages of the conventions, without their frame.
func textBytes(messages string) int {
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

// hasContent reports whether a piece of a stream holds something the model generated. It is asked only until the first
// does; an event that is cut in two is seen with the next.
func hasContent(api wire.API, p []byte) bool {
	switch api {
	case wire.OpenAIResponses:
		return bytes.Contains(p, []byte(`.delta"`))
	case wire.AnthropicMessages:
		return bytes.Contains(p, []byte(`"content_block_delta"`))
	}
	for from := 0; ; {
		i := bytes.Index(p[from:], []byte(`":`))
		if i < 0 {
			return false
		}
		i += from
		from = i + 2
		if k := bytes.LastIndexByte(p[:i], '"'); k >= 0 && isGenerated(p[k+1:i]) && !emptyValue(p[from:]) {
			return true
		}
	}
}

// isGenerated knows the keys of what a model generates. An empty text is no content: "content":"".
func isGenerated(key []byte) bool {
	switch string(key) {
	case "content", "reasoning_content", "reasoning", "refusal", "text", "arguments", "name", "functionCall", "inlineData", "executableCode":
		return true
	}
	return false
}

// emptyValue reports whether a JSON value begins as "" or null, or is cut off before it begins.
func emptyValue(p []byte) bool {
	p = bytes.TrimLeft(p, " \t\r\n")
	return len(p) < 2 || bytes.HasPrefix(p, []byte(`""`)) || bytes.HasPrefix(p, []byte("nu"))
}
