package wire

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// cutMark stands where text was left out.
func cutMark(n int) string { return fmt.Sprintf("…[cut %d bytes]", n) }

// Bound makes messages fit into limit bytes. Where they are a JSON list they stay one: the longest texts are cut first, then
// the oldest messages go. Any other text is cut at its end, and may be as much longer as the mark is, "…[cut 123 bytes]". missing counts
// bytes that were left out before: the mark tells the sum.
func Bound(messages string, limit, missing int) string {
	if messages == "" || len(messages) <= limit && missing == 0 {
		return messages
	}
	var list []any
	if err := json.Unmarshal([]byte(messages), &list); err != nil {
		head := cutText(messages, limit)
		return head + cutMark(len(messages)-len(head)+missing)
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
