package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// scanContent bounds how much of a request body is looked through for messages.
const scanContent = 4 * mib

// fillContent puts prompt and answer into the record of the call. It runs in the recorder, off the call's way.
func (b *recordBuilder) fillContent(g *telemetry.GenAI, c *call) {
	if b.noContent || len(c.body) == 0 && len(c.answer) == 0 {
		return
	}
	api := c.route.API
	body, missing := c.body, 0
	if c.requestCoding != "" {
		body = nil
		_ = c.g.decoding.aside(c.requestCoding, c.body, c.g.limits.MaxBody, func(plain []byte) { // it was unpacked before
			body = bytes.Clone(plain[:min(len(plain), scanContent)])
		})
	}
	if len(body) > scanContent {
		missing = len(body) - scanContent
		body = body[:scanContent]
	}
	in, system := wire.InputMessages(api, body)
	out := wire.OutputMessages(api, c.answer, c.streamed)
	g.InputMessages = bound(in, b.contentMax, missing)
	g.SystemInstructions = bound(system, b.contentMax, 0)
	outMissing := 0
	if c.answerCut {
		outMissing = int(c.responseBytes) - len(c.answer)
	}
	g.OutputMessages = bound(out, b.contentMax, outMissing)
}

// cutMark stands where text was left out.
func cutMark(n int) string { return fmt.Sprintf("…[cut %d bytes]", n) }

// bound makes messages fit into limit bytes, and stay JSON: the longest texts are cut first, then the oldest messages go.
// missing counts bytes that were left out before.
func bound(messages string, limit, missing int) string {
	if messages == "" || len(messages) <= limit && missing == 0 {
		return messages
	}
	var list []any
	if err := json.Unmarshal([]byte(messages), &list); err != nil {
		return cutText(messages, limit) + cutMark(len(messages)-limit+missing)
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

// cutLength is how long the longest text may be for all texts together to take about total bytes.
func cutLength(v any, total int) int {
	var lengths []int
	walkTexts(v, func(s string) { lengths = append(lengths, len(s)) })
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

func walkTexts(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case []any:
		for _, e := range v {
			walkTexts(e, f)
		}
	case map[string]any:
		for _, e := range v {
			walkTexts(e, f)
		}
	}
}

func cutStrings(v any, limit int) any {
	switch v := v.(type) {
	case string:
		if len(v) <= limit+len(cutMark(len(v))) {
			return v
		}
		kept, before := withoutMark(v)
		head := cutText(kept, limit)
		return head + cutMark(len(kept)-len(head)+before)
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

// withoutMark undoes an earlier cut, so that a second tells the sum.
func withoutMark(s string) (text string, cut int) {
	const tail = len("…[cut 1234567890123456789 bytes]")
	for i := max(0, len(s)-tail); i < len(s); i++ {
		if n, err := fmt.Sscanf(s[i:], "…[cut %d bytes]", &cut); err == nil && n == 1 {
			return s[:i], cut
		}
	}
	return s, 0
}

// newest keeps the last messages, as many as fit.
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
	if !utf8.Valid(b) {
		return ""
	}
	return string(b)
}
