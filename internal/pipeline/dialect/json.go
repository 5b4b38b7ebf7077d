package dialect

import (
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Clients send much as JSON text. It is read without reflection and keeps the text of every value, so that what is only
// passed on is passed on as it was.

// maxDepth bounds the nesting that is read; deeper text is treated as no JSON.
const maxDepth = 64

// jsonKind is the kind of a value.
type jsonKind uint8

const (
	jsonNone jsonKind = iota // no value
	jsonNull
	jsonBool
	jsonNumber
	jsonString
	jsonArray
	jsonObject
)

// value is a JSON value. Its raw text is part of the text it was read from.
type value struct {
	kind    jsonKind
	raw     string
	list    []value  // of arrays, and of objects with keys beside them
	members []string // keys of objects, unescaped
}

// parse reads text that is one JSON value.
func parse(s string) (value, bool) {
	p := parser{s: s}
	p.space()
	v, ok := p.value(0)
	p.space()
	return v, ok && p.i == len(s)
}

// parseObject reads text that is a JSON object; anything else is an object without members.
func parseObject(s string) value {
	if !strings.HasPrefix(s, "{") {
		return value{}
	}
	v, _ := parse(s)
	return v
}

// get returns a member of an object, or of what lies deeper along the keys.
func (v value) get(keys ...string) value {
	for _, k := range keys {
		found := false
		for i, m := range v.members {
			if m == k {
				v, found = v.list[i], true
				break
			}
		}
		if !found {
			return value{}
		}
	}
	return v
}

// text is the content of a string; numbers and booleans are their text, other values are nothing.
func (v value) text() string {
	switch v.kind {
	case jsonString:
		return unquote(v.raw)
	case jsonNumber, jsonBool:
		return v.raw
	}
	return ""
}

// plain is the text of a string, and the JSON of anything else that has content.
func (v value) plain() string {
	switch v.kind {
	case jsonString:
		return unquote(v.raw)
	case jsonNone, jsonNull:
		return ""
	}
	return v.raw
}

// elements are those of an array.
func (v value) elements() []value {
	if v.kind != jsonArray {
		return nil
	}
	return v.list
}

type parser struct {
	s string
	i int
}

func (p *parser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

func (p *parser) value(depth int) (value, bool) {
	if p.i >= len(p.s) || depth > maxDepth {
		return value{}, false
	}
	begin := p.i
	v := value{}
	ok := false
	switch c := p.s[p.i]; {
	case c == '{':
		v.kind = jsonObject
		ok = p.object(&v, depth)
	case c == '[':
		v.kind = jsonArray
		ok = p.array(&v, depth)
	case c == '"':
		v.kind = jsonString
		ok = p.str()
	case c == '-' || c >= '0' && c <= '9':
		v.kind = jsonNumber
		ok = p.number()
	case p.word("true"), p.word("false"):
		v.kind, ok = jsonBool, true
	case p.word("null"):
		v.kind, ok = jsonNull, true
	}
	v.raw = p.s[begin:p.i]
	return v, ok
}

func (p *parser) word(w string) bool {
	if strings.HasPrefix(p.s[p.i:], w) {
		p.i += len(w)
		return true
	}
	return false
}

// number passes over a number of JSON's own grammar, which is stricter than that of most languages.
func (p *parser) number() bool {
	p.one("-")
	if !p.one("0") && !p.digits() {
		return false
	}
	if p.one(".") && !p.digits() {
		return false
	}
	if p.one("eE") {
		p.one("+-")
		return p.digits()
	}
	return true
}

// one passes over a character if it is one of set.
func (p *parser) one(set string) bool {
	if p.i < len(p.s) && strings.IndexByte(set, p.s[p.i]) >= 0 {
		p.i++
		return true
	}
	return false
}

func (p *parser) digits() bool {
	begin := p.i
	for p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		p.i++
	}
	return p.i > begin
}

// str passes over a string.
func (p *parser) str() bool {
	for p.i++; p.i < len(p.s); p.i++ {
		if p.i = plainEnd(p.s, p.i); p.i == len(p.s) {
			return false
		}
		switch c := p.s[p.i]; {
		case c == '"':
			p.i++
			return true
		case c < ' ':
			return false
		case c == '\\':
			if p.i++; !p.escape() {
				return false
			}
		}
	}
	return false
}

// plainEnd returns the end of what begins at i and needs no look: no quote, no backslash, no control character. Prompts are
// long, so it takes eight bytes at a time.
func plainEnd(s string, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote, slash := w^('"'*ones), w^('\\'*ones)
		found := ((w-' '*ones)&^w | (quote-ones)&^quote | (slash-ones)&^slash) & tops
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' {
		i++
	}
	return i
}

// escape checks what stands after a backslash, and leaves its last character to pass.
func (p *parser) escape() bool {
	if p.i >= len(p.s) {
		return false
	}
	if p.s[p.i] == 'u' {
		if _, ok := hex4(p.s[p.i+1:]); !ok {
			return false
		}
		p.i += 4
		return true
	}
	return strings.IndexByte(`"\/bfnrt`, p.s[p.i]) >= 0
}

func (p *parser) array(v *value, depth int) bool {
	p.i++
	for {
		p.space()
		if p.i < len(p.s) && p.s[p.i] == ']' && len(v.list) == 0 {
			p.i++
			return true
		}
		e, ok := p.value(depth + 1)
		if !ok {
			return false
		}
		v.list = append(v.list, e)
		if more, ok := p.next(']'); !more {
			return ok
		}
	}
}

func (p *parser) object(v *value, depth int) bool {
	p.i++
	for {
		p.space()
		if p.i < len(p.s) && p.s[p.i] == '}' && len(v.list) == 0 {
			p.i++
			return true
		}
		if p.i >= len(p.s) || p.s[p.i] != '"' {
			return false
		}
		begin := p.i
		if !p.str() {
			return false
		}
		key := unquote(p.s[begin:p.i])
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != ':' {
			return false
		}
		p.i++
		p.space()
		e, ok := p.value(depth + 1)
		if !ok {
			return false
		}
		v.list, v.members = append(v.list, e), append(v.members, key)
		if more, ok := p.next('}'); !more {
			return ok
		}
	}
}

// next passes over what follows an element: a comma, or the bracket at the end.
func (p *parser) next(end byte) (more, ok bool) {
	p.space()
	if p.i >= len(p.s) {
		return false, false
	}
	c := p.s[p.i]
	p.i++
	return c == ',', c == end
}

// unquote returns the content of a JSON string, which is given with its quotes.
func unquote(s string) string {
	s = s[1 : len(s)-1]
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i >= 0 && i+1 < len(s) {
		b = append(b, s[:i]...)
		c := s[i+1]
		s = s[i+2:]
		switch c {
		case 'n':
			b = append(b, '\n')
		case 't':
			b = append(b, '\t')
		case 'r':
			b = append(b, '\r')
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'u':
			var r rune
			r, s = escapedRune(s)
			b = utf8.AppendRune(b, r)
		default:
			b = append(b, c)
		}
		i = strings.IndexByte(s, '\\')
	}
	return string(append(b, s...))
}

// escapedRune reads what follows \u, and the second half of a pair. It returns the rest of the text.
func escapedRune(s string) (rune, string) {
	r, ok := hex4(s)
	if !ok {
		return utf8.RuneError, s
	}
	s = s[4:]
	if !utf16.IsSurrogate(r) {
		return r, s
	}
	if strings.HasPrefix(s, `\u`) {
		if low, ok := hex4(s[2:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, s[6:]
			}
		}
	}
	return utf8.RuneError, s
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for i := range 4 {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
