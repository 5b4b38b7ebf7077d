package llm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/observe/internal/core"
)

const (
	// maxContent bounds each text of content on a span, in bytes.
	maxContent = 64 << 10
	// scanContent bounds what content is read from.
	scanContent = 256 << 10
)

// messages are what was said in a call, in the JSON of the conventions.
type messages struct {
	input, system, output string
	inputCut, outputCut   int // bytes that were left out before
}

// Message is one message of a prompt or an answer.
type Message struct {
	Role    string // user, assistant, system, tool; empty means user in a prompt, assistant in an answer
	Content string
}

// encodeMessages writes messages as the conventions have them, and apart those of the system.
func encodeMessages(list []Message, role string) (encoded, system string) {
	type part struct {
		Type    string `json:"type"`
		Content string `json:"content"`
	}
	type message struct {
		Role  string `json:"role"`
		Parts []part `json:"parts"`
	}
	var said []message
	var instructions []part
	for _, m := range list {
		p := part{Type: "text", Content: m.Content}
		switch m.Role {
		case "system", "developer":
			instructions = append(instructions, p)
			continue
		case "":
			m.Role = role
		}
		said = append(said, message{Role: m.Role, Parts: []part{p}})
	}
	if said != nil {
		encoded = encode(said)
	}
	if instructions != nil {
		system = encode(instructions)
	}
	return encoded, system
}

// policy says what is kept of content.
type policy struct{ core *core.Core }

func policyOf(c *core.Core) policy { return policy{core: c} }

func (p policy) keeps() bool { return p.core.Content > core.ContentOff }

// keep returns what the policy leaves of a text; cut is how many bytes it lost before. Redaction goes before the cut: half
// a key has no shape.
func (p policy) keep(text string, cut int) string {
	if text == "" {
		return ""
	}
	switch p.core.Content {
	case core.ContentHash:
		sum := sha256.Sum256([]byte(text))
		return "sha256:" + hex.EncodeToString(sum[:])
	case core.ContentRedacted:
		text, _ = p.core.Redact.String(text)
	case core.ContentFull:
		text, _ = p.core.Secrets.String(text)
	default:
		return ""
	}
	return bound(text, maxContent, cut)
}

// text is any value as content: a string as it is, all else as JSON.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	case json.RawMessage:
		return string(v)
	case error:
		return v.Error()
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%T", v)
	}
	return string(b)
}

// closed completes JSON that was cut off: its open string, lists and objects are closed. It is a copy. Where the cut is
// elsewhere, in a number or behind a colon, what comes before it can still be read.
func closed(cut []byte) []byte {
	var open []byte
	inString, escaped := false, false
	for _, c := range cut {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = c == '\\', c != '"'
		case c == '"':
			inString = true
		case c == '{', c == '[':
			open = append(open, c+2) // the closing one, in ASCII
		case (c == '}' || c == ']') && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	out := make([]byte, len(cut), len(cut)+len(open)+8)
	copy(out, cut)
	if inString {
		if i := bytes.LastIndexByte(out[max(0, len(out)-6):], '\\'); i >= 0 { // perhaps half an escape
			out = out[:max(0, len(out)-6)+i]
		}
		for i := len(out) - 1; i >= max(0, len(out)-utf8.UTFMax); i-- {
			if utf8.RuneStart(out[i]) {
				if !utf8.FullRune(out[i:]) {
					out = out[:i]
				}
				break
			}
		}
		out = append(out, '"')
	}
	slices.Reverse(open)
	return append(out, open...)
}

func cutMark(n int) string { return fmt.Sprintf("…[cut %d bytes]", n) }

// bound makes a text fit into limit bytes. What is JSON stays JSON: its longest strings are cut, and if that is not enough
// its first elements go. missing counts bytes that were left out before.
func bound(s string, limit, missing int) string {
	if len(s) <= limit && missing == 0 {
		return s
	}
	var list []any
	if json.Unmarshal([]byte(s), &list) != nil {
		head := cutText(s, limit)
		return head + cutMark(len(s)-len(head)+missing)
	}
	if missing > 0 {
		list = append(list, marker(missing))
	}
	for share := limit / 2; share >= 32; share /= 2 {
		if fit := encode(list); len(fit) <= limit {
			return fit
		}
		list, _ = cutStrings(list, cutLength(list, share)).([]any)
	}
	return newest(list, limit)
}

// cutLength is how long the longest string may be for all of them together to take about total bytes.
func cutLength(v any, total int) int {
	var lengths []int
	walkStrings(v, func(s string) { lengths = append(lengths, len(s)) })
	slices.Sort(lengths)
	left := total
	for i, n := range lengths {
		if share := left / (len(lengths) - i); n > share {
			return max(share, 16)
		}
		left -= n
	}
	return total
}

func walkStrings(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case []any:
		for _, e := range v {
			walkStrings(e, f)
		}
	case map[string]any:
		for _, e := range v {
			walkStrings(e, f)
		}
	}
}

func cutStrings(v any, limit int) any {
	switch v := v.(type) {
	case string:
		mark := cutMark(len(v))
		if len(v) <= limit+len(mark) {
			return v
		}
		head := cutText(v, limit)
		return head + cutMark(len(v)-len(head))
	case []any:
		for i, e := range v {
			v[i] = cutStrings(e, limit)
		}
	case map[string]any:
		for k, e := range v {
			v[k] = cutStrings(e, limit)
		}
	}
	return v
}

// newest keeps the last elements, as many as fit.
func newest(list []any, limit int) string {
	size, from := 0, len(list)
	for from > 0 {
		n := len(encode(list[from-1])) + 1
		if size+n > limit-128 {
			break
		}
		size += n
		from--
	}
	gone := len(encode(list[:from]))
	return encode(append([]any{marker(gone)}, list[from:]...))
}

func marker(n int) any {
	return map[string]any{"role": "system", "parts": []any{map[string]any{"type": "text", "content": cutMark(n)}}}
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
