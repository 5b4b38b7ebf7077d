package api

import (
	"strings"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// What stands in a pattern for what differs.
const (
	anyNumber = "<n>"
	anyID     = "<id>"
	anyQuoted = `"…"`
)

// pattern is what a message says without what differs from one time to the next: numbers, ids, hex and quoted texts. It is
// one line of at most telemetry.PreviewBytes.
func pattern(message string) string {
	var b strings.Builder
	for s := preview(message); s != ""; {
		c := s[0]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if n := b.Len(); n > 0 && b.String()[n-1] != ' ' {
				b.WriteByte(' ')
			}
			s = s[1:]
		case c == '"' || c == '\'' || c == '`':
			s = quoted(&b, s)
		case strings.HasPrefix(s, anyNumber):
			b.WriteString(anyNumber)
			s = s[len(anyNumber):]
		case strings.HasPrefix(s, anyID):
			b.WriteString(anyID)
			s = s[len(anyID):]
		case isTokenByte(c):
			n := 1
			for n < len(s) && (isTokenByte(s[n]) || isJoint(s[n]) && n+1 < len(s) && isTokenByte(s[n+1])) {
				n++
			}
			b.WriteString(token(s[:n]))
			s = s[n:]
		default:
			_, n := utf8.DecodeRuneInString(s)
			b.WriteString(s[:n])
			s = s[n:]
		}
	}
	return preview(strings.TrimRight(b.String(), " "))
}

// quoted writes the quoted text with which s begins and returns what follows; an apostrophe within a word begins none.
func quoted(b *strings.Builder, s string) string {
	end := strings.IndexByte(s[1:], s[0])
	inWord := b.Len() > 0 && isTokenByte(b.String()[b.Len()-1])
	if end < 0 || inWord {
		b.WriteByte(s[0])
		return s[1:]
	}
	b.WriteString(anyQuoted)
	return s[end+2:]
}

func isTokenByte(c byte) bool { return telemetry.IsWordByte(c) || c == '_' }

// isJoint reports whether a byte may stand within an id, a number, an address or a time.
func isJoint(c byte) bool {
	return c == '-' || c == '.' || c == ':' || c == ',' || c == '/' || c == '@'
}

// token replaces what in a word differs: all of it where it is an id, else its numbers.
func token(word string) string {
	var b strings.Builder
	for word != "" {
		n := strings.IndexAny(word, ".:,/@")
		if n == 0 {
			b.WriteByte(word[0])
			word = word[1:]
			continue
		}
		if n < 0 {
			n = len(word)
		}
		b.WriteString(part(word[:n]))
		word = word[n:]
	}
	return b.String()
}

// part replaces a part of a word between dots, slashes and the like.
func part(word string) string {
	digits, hex := 0, true
	for i := range len(word) {
		c := word[i]
		if isDigit(c) {
			digits++
		} else if c != '-' && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			hex = false
		}
	}
	switch {
	case digits == 0:
		return word
	case hex && len(word) >= 8 && digits < len(strings.ReplaceAll(word, "-", "")), len(word) >= 16 && digits >= 4:
		return anyID
	}
	var b strings.Builder
	for i := 0; i < len(word); {
		end := i
		for end < len(word) && isDigit(word[end]) {
			end++
		}
		switch {
		case end == i:
			b.WriteByte(word[i])
			end++
		case end-i <= 2 && isName(word, i, end):
			b.WriteString(word[i:end])
		default:
			b.WriteString(anyNumber)
		}
		i = end
	}
	return b.String()
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return telemetry.IsWordByte(c) && !isDigit(c) }

// isName reports whether digits belong to a name, as in v1, utf8 or gpt-4o, and do not count something, as in 30s.
func isName(word string, begin, end int) bool {
	if begin > 0 && isLetter(word[begin-1]) {
		return true
	}
	last := end
	for last < len(word) && isLetter(word[last]) {
		last++
	}
	switch strings.ToLower(word[end:last]) {
	case "", "ns", "us", "µs", "ms", "s", "sec", "secs", "m", "min", "mins", "h", "d", "b", "k", "kb", "kib", "mb", "mib", "gb", "gib", "x":
		return false
	}
	return true
}
