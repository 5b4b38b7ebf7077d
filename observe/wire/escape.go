package wire

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unescape handles one byte of a string at or behind a backslash, or between two surrogates.
func (w *walker) unescape(c byte) {
	switch {
	case w.escape == noEscape && c == '\\':
		w.escape = afterEscape
	case w.escape == noEscape:
		w.flushHigh()
		w.put([]byte{c})
	case w.escape == afterEscape && c == 'u':
		w.escape, w.hex = afterEscape+4, 0
	case w.escape == afterEscape:
		w.escape = noEscape
		w.flushHigh()
		w.put([]byte{unescaped(c)})
	default:
		w.hex = w.hex<<4 | hexDigit(c)
		if w.escape--; w.escape == afterEscape {
			w.escape = noEscape
			w.putRune(w.hex)
		}
	}
}

// putRune adds a code unit of UTF-16.
func (w *walker) putRune(r rune) {
	if w.high != 0 {
		if full := utf16.DecodeRune(w.high, r); full != utf8.RuneError {
			w.high = 0
			w.put(utf8.AppendRune(nil, full))
			return
		}
		w.flushHigh()
	}
	if r >= 0xD800 && r < 0xDC00 {
		w.high = r
		return
	}
	w.put(utf8.AppendRune(nil, r))
}

func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

func hexDigit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return 0
}
