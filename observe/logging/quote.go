package logging

import (
	"unicode"
	"unicode/utf8"
)

// plain has the bytes that stand for themselves in a JSON string.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\' && c != 0x7f
	}
	return t
}()

// allPlain reports whether all bytes stand for themselves: none is below space, above ~, a quote or a backslash.
func allPlain(s string) bool {
	n := len(s)
	switch {
	case n >= 8:
		last := s[n-8:]
		for ; len(s) > 8; s = s[8:] {
			if escapes(s) != 0 {
				return false
			}
		}
		return escapes(last) == 0 // some of them again
	case n >= 4:
		first := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
		last := uint64(s[n-4]) | uint64(s[n-3])<<8 | uint64(s[n-2])<<16 | uint64(s[n-1])<<24
		return escapesIn(first|last<<32) == 0
	}
	for i := range n {
		if !plain[s[i]] {
			return false
		}
	}
	return true
}

// escapes is not zero if one of the first 8 bytes does not stand for itself.
func escapes(s string) uint64 {
	return escapesIn(first8(s))
}

func first8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func escapesIn(x uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, backslash := x^ones*'"', x^ones*'\\'
	// A byte minus n borrows into its top bit if it is below n: each is looked for where the byte has no top bit itself.
	// One plus n carries into it from 0x80-n on.
	return (x | (x - ones*' ') | (x + ones) | (quote-ones)&^quote | (backslash-ones)&^backslash) & tops
}

// appendQuoted writes a JSON string. Control characters are escaped, those above ASCII and those of the direction of text
// too, so that a log can be looked at with cat; bytes that are not UTF-8 become U+FFFD.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	if allPlain(s) {
		return append(append(b, s...), '"')
	}
	start, slow := 0, 0 // from where on a byte is not written yet, and up to where 8 at once are not all plain
	for i := 0; i < len(s); {
		if i >= slow && len(s)-i >= 8 {
			if escapes(s[i:]) == 0 {
				i += 8
				continue
			}
			slow = i + 8
		}
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = append(b, s[start:i]...)
			b = appendEscape(b, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(append(b, s[start:i]...), "\ufffd"...)
			start = i + size
		case steers(r):
			b = appendRune(append(b, s[start:i]...), r)
			start = i + size
		}
		i += size
	}
	return append(append(b, s[start:]...), '"')
}

// appendJSON writes valid JSON, with what is in its strings as appendQuoted has it.
func appendJSON(b []byte, text string) []byte {
	start := 0
	for i := 0; i < len(text); {
		if c := text[i]; c < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(append(b, text[start:i]...), "\ufffd"...)
			start = i + size
		case steers(r):
			b = appendRune(append(b, text[start:i]...), r)
			start = i + size
		}
		i += size
	}
	return append(b, text[start:]...)
}

// steers reports whether r is a control character from DEL on, breaks the line, or changes the direction of text.
func steers(r rune) bool {
	return r >= 0x7f && r < 0xa0 || r == 0x61c || r == 0x200e || r == 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// appendRune writes the escape of a rune of at most 16 bits.
func appendRune(b []byte, r rune) []byte {
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// shown reports whether a terminal draws r and does nothing else. Marks that change the direction of text do something
// else; the joiner in the middle of emoji does not.
func shown(r rune) bool { return unicode.IsPrint(r) || r == '\u200d' }

// appendShown writes text for a terminal. What would move the cursor, or draw nothing, is escaped.
func appendShown(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != 0x7f {
				b = append(b, c)
			} else {
				b = appendEscape(b, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		case shown(r):
			b = append(b, s[i:i+size]...)
		case r > 0xffff:
			b = append(b, '\\', 'U', '0', '0', hexDigits[r>>20&15], hexDigits[r>>16&15], hexDigits[r>>12&15],
				hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		default:
			b = appendRune(b, r)
		}
		i += size
	}
	return b
}
