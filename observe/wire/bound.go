package wire

import (
	"encoding/json"
	"fmt"
	"sort"
	"unicode/utf8"
)

// cutMark stands where text was left out, leftOut where whole messages were.
func cutMark(n int) string { return fmt.Sprintf("…[cut %d bytes]", n) }

func leftOut(messages, bytes int) string {
	return fmt.Sprintf("…[left out %d messages, %d bytes]", messages, bytes)
}

// Bound makes messages fit into limit bytes. Where they are a JSON list they stay one: the longest texts are cut first, and
// where that would leave little of each, messages are left out whole, but for the first and the newest; a message with the
// text "…[left out 12 messages, 34567 bytes]" stands in their place. Any other text is cut at its end, and may be as much
// longer as the mark is, "…[cut 123 bytes]". missing counts bytes that were left out before: the mark tells the sum.
//
// Texts are cut between words where there are any, so that what is left of a key is no half of it.
func Bound(messages string, limit, missing int) string {
	if messages == "" || len(messages) <= limit && missing == 0 {
		return messages
	}
	b := []byte(messages)
	if i := skipSpace(b, 0); i == len(b) || b[i] != '[' || !json.Valid(b) {
		return cutEnd(messages, limit, missing)
	}
	last := ""
	if missing > 0 {
		last = marker(cutMark(missing))
	}
	room := limit - len(last) - 1
	// Texts of a message that is one of many are worth little once they are shorter than this.
	least := max(limit/16, 64)
	level := levelFor(textLengths(b), len(b), room)
	if level >= least || len(b) <= room {
		return withLast(string(cutTexts(b, level)), last)
	}
	return withLast(newest(b, least, room), last)
}

// BoundBody makes a body fit into limit bytes, and may be as much longer as a mark is. Of base64 in strings of JSON, pictures
// and the like, only the beginning is kept in any case; then, where it is one JSON value, the longest strings are cut, else its
// end. missing is that of Bound.
func BoundBody(body []byte, limit, missing int) string {
	b := cutBase64(body)
	if len(b) <= limit && missing == 0 {
		return string(b)
	}
	const least = 256
	if missing == 0 && json.Valid(b) {
		if level := levelFor(textLengths(b), len(b), limit); level >= least {
			return string(cutTexts(b, level))
		}
	}
	return cutEnd(string(b), limit, missing)
}

func cutEnd(s string, limit, missing int) string {
	if len(s) <= limit {
		return s + cutMark(missing)
	}
	head := s[:cutPoint([]byte(s), max(limit, 0))]
	return head + cutMark(len(s)-len(head)+missing)
}

// withLast appends a message to a list.
func withLast(list, message string) string {
	if message == "" {
		return list
	}
	i := len(list) - 1
	for list[i] != ']' {
		i--
	}
	if skipSpace([]byte(list), 1) == i && list[0] == '[' {
		return "[" + message + "]"
	}
	return list[:i] + "," + message + "]"
}

// maxMark is more than the length of any cutMark of texts in memory.
const maxMark = len("…[cut 1234567890123 bytes]")

// textLengths are the lengths of the strings that are worth cutting.
func textLengths(b []byte) (lengths []int) {
	for t := (texts{b: b}); t.next(); {
		if n := t.end - t.start; n > 2*maxMark {
			lengths = append(lengths, n)
		}
	}
	return lengths
}

// levelFor is how long texts may stay for all of size bytes to fit into room; -1 if none is short enough.
func levelFor(lengths []int, size, room int) int {
	fits := func(level int) bool {
		left := size
		for _, n := range lengths {
			if n > level+maxMark {
				left -= n - level - maxMark
			}
		}
		return left <= room
	}
	longest := 0
	for _, n := range lengths {
		longest = max(longest, n)
	}
	return sort.Search(longest+1, func(level int) bool { return !fits(level) }) - 1
}

// cutTexts returns JSON with its texts cut to level bytes and a mark; b itself where none is longer.
func cutTexts(b []byte, level int) []byte {
	var dst []byte
	from := 0
	for t := (texts{b: b}); t.next(); {
		if t.end-t.start <= level+maxMark {
			continue
		}
		kept, before := withoutMark(b[t.start:t.end])
		n := cutPoint(kept, min(level, len(kept)))
		dst = append(append(dst, b[from:t.start+n]...), cutMark(len(kept)-n+before)...)
		from = t.end
	}
	if from == 0 {
		return b
	}
	return append(dst, b[from:]...)
}

// withoutMark undoes an earlier cut, so that a second tells the sum.
func withoutMark(s []byte) (text []byte, cut int) {
	const tail = len("…[cut 1234567890123456789 bytes]")
	for i := max(0, len(s)-tail); i < len(s); i++ {
		if n, err := fmt.Sscanf(string(s[i:]), "…[cut %d bytes]", &cut); err == nil && n == 1 && cut >= 0 {
			return s[:i], cut
		}
	}
	return s, 0
}

// newest keeps the first message, unless it is large, and the last ones, as many as fit.
func newest(b []byte, level, room int) string {
	var list [][]byte
	for e := entriesOf(b); e.next(); {
		list = append(list, e.value)
	}
	const forMarker = 128
	room -= forMarker
	var first []byte
	if len(list) > 0 {
		if first = cutTexts(list[0], level); len(first) > room/4 {
			first = nil
		}
	}
	size, from := len(first), len(list)
	var kept [][]byte // the last one first
	for from > 0 && (from > 1 || first == nil) {
		m := cutTexts(list[from-1], level)
		if size+len(m)+1 > room {
			break
		}
		size += len(m) + 1
		kept = append(kept, m)
		from--
	}
	out := append(make([]byte, 0, room), '[')
	begin := 0
	if first != nil {
		out, begin = append(out, first...), 1
	}
	if from > begin {
		gone := 0
		for _, m := range list[begin:from] {
			gone += len(m)
		}
		out = appendElement(out, []byte(marker(leftOut(from-begin, gone))))
	}
	for i := len(kept) - 1; i >= 0; i-- {
		out = appendElement(out, kept[i])
	}
	return string(append(out, ']'))
}

func appendElement(list, e []byte) []byte {
	if len(list) > 1 {
		list = append(list, ',')
	}
	return append(list, e...)
}

func marker(text string) string {
	return `{"role":"system","parts":[{"type":"text","content":"` + text + `"}]}`
}

// texts iterates over the strings of JSON that are values, without their quotes.
type texts struct {
	b          []byte
	start, end int
}

func (t *texts) next() bool {
	i := t.end
	if t.start > 0 {
		i++ // behind the quote
	}
	for ; i < len(t.b); i++ {
		if t.b[i] != '"' {
			continue
		}
		end := quoteEnd(t.b, i+1)
		if end < 0 {
			return false
		}
		if at := skipSpace(t.b, end+1); at < len(t.b) && t.b[at] == ':' {
			i = at
			continue
		}
		t.start, t.end = i+1, end
		return true
	}
	return false
}

// quoteEnd is where the string that begins at i ends, -1 if nowhere.
func quoteEnd(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return -1
}

// cutPoint moves n back to where a JSON text may be cut: at a border of runes, outside of escapes, and between words where
// one ends not far before.
func cutPoint(s []byte, n int) int {
	if n >= len(s) {
		return len(s)
	}
	const longestWord = 4 << 10
	for i := n; i >= max(n/2, n-longestWord); i-- {
		if s[i] == ' ' {
			return i
		}
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return beforeEscape(s, n)
}

// beforeEscape moves n before the escape, or the pair of escapes, in the middle of which it is.
func beforeEscape(s []byte, n int) int {
	const width = len(`\u0000`)
	for i := n - 1; i >= 0 && i > n-width; i-- {
		if s[i] != '\\' {
			continue
		}
		run := i
		for run > 0 && s[run-1] == '\\' {
			run--
		}
		if (i-run)%2 == 0 && (i+1 >= n || s[i+1] == 'u') {
			n = i
		}
		break
	}
	if n >= width {
		if u, ok := codeUnit(s[n-width : n]); ok && 0xd800 <= u && u < 0xdc00 && s[n-width] == '\\' {
			return n - width
		}
	}
	return n
}

// keptBase64 is how much of base64 in a body stays, and longBase64 from where on it is no longer text that one reads.
const (
	keptBase64 = 64
	longBase64 = 1 << 10
)

// cutBase64 shortens strings of base64, also those of data: URLs.
func cutBase64(b []byte) []byte {
	var dst []byte
	from := 0
	for t := (texts{b: b}); t.next(); {
		if t.end-t.start < longBase64 || !isBase64(b[t.start:t.end]) {
			continue
		}
		n := beforeEscape(b[t.start:t.end], keptBase64)
		dst = append(append(dst, b[from:t.start+n]...), cutMark(t.end-t.start-n)...)
		from = t.end
	}
	if from == 0 {
		return b
	}
	return append(dst, b[from:]...)
}

func isBase64(s []byte) bool {
	if head := s[:min(len(s), 128)]; string(s[:5]) == "data:" {
		for i, c := range head {
			if c == ',' {
				s = s[i+1:]
				break
			}
		}
	}
	for _, c := range s {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '+', c == '/', c == '=', c == '-', c == '_', c == '\\':
		default:
			return false
		}
	}
	return true
}
