// Package jsontext writes JSON by hand, where encoding/json would cost too much: prompts are long, traces have many spans.
package jsontext

import (
	"math/bits"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendString writes a JSON string as encoding/json does without its escapes for HTML: what is no UTF-8 becomes U+FFFD, and
// the two characters that scripts take for the end of a line are escaped.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	begin := 0
	for i := plainEnd(s, 0); i < len(s); i = plainEnd(s, i) {
		if s[i] >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				b = append(append(b, s[begin:i]...), `\ufffd`...)
				begin = i + n
			case r == '\u2028' || r == '\u2029':
				b = append(append(b, s[begin:i]...), `\u202`...)
				b = append(b, hexDigits[r&0xf])
				begin = i + n
			}
			i += n
			continue
		}
		b = appendEscape(append(b, s[begin:i]...), s[i])
		i++
		begin = i
	}
	return append(append(b, s[begin:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}

// plainEnd returns the end of what begins at i and is written as it is: ASCII but quotes, backslashes and control
// characters. It takes eight bytes at a time.
func plainEnd(s string, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote, slash := w^('"'*ones), w^('\\'*ones)
		// What is subtracted from a byte borrows only from higher ones, so the lowest that is found is right.
		found := (w | (w - ' '*ones) | (quote-ones)&^quote | (slash-ones)&^slash) & tops
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' && s[i] < utf8.RuneSelf {
		i++
	}
	return i
}
