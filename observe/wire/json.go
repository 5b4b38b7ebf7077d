package wire

import (
	"bytes"
	"unicode/utf8"
)

// The functions here read JSON that is whole in memory, in place. They are lenient: what is not JSON ends the reading.

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skipValue returns the end of the value that begins at i, and whether it is complete.
func skipValue(b []byte, i int) (end int, complete bool) {
	if i >= len(b) {
		return i, false
	}
	switch c := b[i]; {
	case c == '"':
		return skipQuoted(b, i)
	case c == '{' || c == '[':
		return skipContainer(b, i)
	case inWord[c]:
		for i < len(b) && inWord[b[i]] {
			i++
		}
		return i, i < len(b)
	}
	return i, false
}

// skipQuoted returns the index behind the string that begins at i.
func skipQuoted(b []byte, i int) (end int, complete bool) {
	i++
	for near := min(i+shortString, len(b)); i < near && b[i] != '\\'; i++ {
		if b[i] == '"' {
			return i + 1, true
		}
	}
	for {
		q := bytes.IndexByte(b[i:], '"')
		if q < 0 {
			return len(b), false
		}
		slashes := 0
		for j := i + q - 1; j >= i && b[j] == '\\'; j-- {
			slashes++
		}
		i += q + 1
		if slashes&1 == 0 {
			return i, true
		}
	}
}

func skipContainer(b []byte, i int) (end int, complete bool) {
	depth := 0
	for {
		for i < len(b) && !structural[b[i]] {
			i++
		}
		if i == len(b) {
			return i, false
		}
		switch b[i] {
		case '"':
			var ok bool
			if i, ok = skipQuoted(b, i); !ok {
				return len(b), false
			}
			continue
		case '{', '[':
			depth++
		default:
			depth--
			if depth == 0 {
				return i + 1, true
			}
		}
		i++
	}
}

// entries iterates over an object or array:
//
//	for e := entriesOf(v); e.next(); { … e.key … e.value … }
//
// A container that is cut off at the end is an entry as well; a scalar that is, is not.
type entries struct {
	b     []byte
	i     int // where the next entry or the end is looked for
	array bool
	done  bool // the end of the container was seen
	key   []byte
	value []byte
	start int // of value in b
}

// entriesOf iterates over v; over nothing if v is a scalar.
func entriesOf(v []byte) entries {
	i := skipSpace(v, 0)
	if i >= len(v) || v[i] != '{' && v[i] != '[' {
		return entries{b: v, i: len(v)}
	}
	return entries{b: v, i: i + 1, array: v[i] == '['}
}

func (e *entries) next() bool {
	i := skipSpace(e.b, e.i)
	if i < len(e.b) && e.b[i] == ',' {
		i = skipSpace(e.b, i+1)
	}
	e.i = len(e.b)
	if i >= len(e.b) {
		return false
	}
	if c := e.b[i]; c == '}' || c == ']' {
		e.done, e.i = (c == ']') == e.array, i+1
		e.b = e.b[:i+1]
		return false
	}
	if !e.array {
		if i = e.readKey(i); i < 0 {
			return false
		}
	}
	end, complete := skipValue(e.b, i)
	if end == i || !complete && e.b[i] != '{' && e.b[i] != '[' {
		return false
	}
	e.start, e.value, e.i = i, e.b[i:end], end
	return true
}

// readKey reads the key that begins at i, and returns where its value begins; less than zero if there is none.
func (e *entries) readKey(i int) int {
	b := e.b
	if b[i] != '"' {
		return -1
	}
	end := i + 1
	for end < len(b) && b[end] != '"' && b[end] != '\\' { // keys are short: a call to look for the quote costs more
		end++
	}
	if end < len(b) && b[end] == '"' {
		e.key = b[i+1 : end]
		end++
	} else {
		var ok bool
		if end, ok = skipQuoted(b, i); !ok {
			return -1
		}
		e.key = keyOf(b[i:end])
	}
	if i = skipSpace(b, end); i >= len(b) || b[i] != ':' {
		return -1
	}
	return skipSpace(b, i+1)
}

// keyOf unquotes a key; it allocates only where there are escapes.
func keyOf(quoted []byte) []byte {
	k := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(k, '\\') < 0 {
		return k
	}
	return unescape(k)
}

// get returns the value of the last member of that name, nil if there is none.
func get(v []byte, key string) (value []byte) {
	for e := entriesOf(v); e.next(); {
		if !e.array && string(e.key) == key {
			value = e.value
		}
	}
	return value
}

// inside returns what is between the quotes of a string, still escaped; nil if v is none. Appending to it copies.
func inside(v []byte) []byte {
	if len(v) < 2 || v[0] != '"' {
		return nil
	}
	return v[1 : len(v)-1 : len(v)-1]
}

// str returns a string value unescaped; empty if v is none.
func str(v []byte) string {
	s := inside(v)
	if bytes.IndexByte(s, '\\') < 0 && utf8.Valid(s) {
		return string(s)
	}
	return string(unescape(s))
}

// unescape returns s without its escapes; what is no valid UTF-8 is replaced by U+FFFD.
func unescape(s []byte) []byte {
	dst := make([]byte, 0, len(s))
	for len(s) > 0 {
		c := s[0]
		switch {
		case c == '\\' && len(s) > 1 && s[1] == 'u':
			var r rune
			r, s = unicodeEscape(s)
			dst = utf8.AppendRune(dst, r)
		case c == '\\' && len(s) > 1:
			dst, s = append(dst, unescaped(s[1])), s[2:]
		case c < utf8.RuneSelf:
			n := 1
			for n < len(s) && s[n] != '\\' && s[n] < utf8.RuneSelf {
				n++
			}
			dst, s = append(dst, s[:n]...), s[n:]
		default:
			r, n := utf8.DecodeRune(s)
			dst, s = utf8.AppendRune(dst, r), s[n:]
		}
	}
	return dst
}

// unicodeEscape reads \uXXXX, or two of them that make a surrogate pair, at the start of s.
func unicodeEscape(s []byte) (rune, []byte) {
	r, ok := codeUnit(s)
	if !ok {
		return utf8.RuneError, s[2:]
	}
	s = s[6:]
	if r >= 0xD800 && r < 0xDC00 {
		if low, ok := codeUnit(s); ok && low >= 0xDC00 && low < 0xE000 {
			return (r-0xD800)<<10 | (low - 0xDC00) + 0x10000, s[6:]
		}
	}
	if r >= 0xD800 && r < 0xE000 {
		r = utf8.RuneError
	}
	return r, s
}

func codeUnit(s []byte) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range s[2:6] {
		if !isHex(c) {
			return 0, false
		}
		r = r<<4 | hexDigit(c)
	}
	return r, true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// appendQuoted appends s as a JSON string.
func appendQuoted(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for len(s) > 0 {
		n := 0
		for n < len(s) && s[n] >= ' ' && s[n] != '"' && s[n] != '\\' && s[n] < utf8.RuneSelf {
			n++
		}
		dst, s = append(dst, s[:n]...), s[n:]
		if len(s) == 0 {
			break
		}
		switch c := s[0]; {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(s)
			dst, s = utf8.AppendRune(dst, r), s[size:]
			continue
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		s = s[1:]
	}
	return append(dst, '"')
}
