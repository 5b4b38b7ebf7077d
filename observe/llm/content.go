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
	"github.com/telltale-dev/telltale/observe/wire"
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
	text = wire.Bound(text, maxContent, cut)
	p.core.Captured.Add(text)
	return text
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

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
