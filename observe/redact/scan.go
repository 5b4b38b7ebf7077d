package redact

import "strings"

// scan is one pass over one text. Most bytes cannot begin or mark a find and are passed over in pairs, see skip; the few
// that can are handed to a detector, which looks around them and returns where to go on.
type scan struct {
	r *Redactor
	s string

	out  []byte
	last int // s up to here is in out, or was replaced
	n    int

	noUserTo int // URLs that begin before this have no user
	nestedTo int // objects and lists that begin before this were walked over with the one around them

	doc      docState
	quotesAt int  // unescaped quotes are counted up to here
	quoted   bool // whether quotesAt is inside a JSON string
}

func (c *scan) run() {
	s, k := c.s, c.r.skip
	for i := 0; i < len(s); {
		class := k.trigger[s[i]]
		if class == trigNone {
			if i = k.next(s, i); i == len(s)-1 && k.trigger[s[i]] == trigNone {
				return
			}
			continue
		}
		i = max(c.look(class, i), i+1)
	}
}

// look hands the byte at i to the detector of its class.
func (c *scan) look(class uint8, i int) int {
	switch class {
	case trigAt:
		return c.email(i, i+1)
	case trigDigit:
		return c.digits(i)
	case trigSep:
		return c.separator(i)
	case trigMark:
		return c.prefixed(i)
	case trigUpper:
		return c.upper(i)
	case trigB:
		return c.scheme(i)
	case trigEsc:
		if w := escapedAt(c.s, i); w > 0 {
			return c.email(i, i+w)
		}
	}
	return i + 1
}

// escapedAt returns the width of an @ written as \u0040 or %40.
func escapedAt(s string, i int) int {
	if s[i] == '%' {
		if strings.HasPrefix(s[i:], "%40") {
			return 3
		}
		return 0
	}
	if strings.HasPrefix(s[i:], `\u0040`) {
		return 6
	}
	return 0
}

// emit replaces s[start:end] and returns end. It keeps JSON escapes whole: where the find begins right after a backslash,
// its first character belongs to the escape. Detectors do not end between a backslash and what it escapes.
func (c *scan) emit(start, end int, k Kind) int {
	return c.replace(start, end, "", k)
}

// replace is emit with a quote before and after the marker.
func (c *scan) replace(start, end int, quote string, k Kind) int {
	start = afterEscape(c.s, max(start, c.last))
	if start >= end || c.r != nil && !c.r.wants(k) {
		return end
	}
	if c.out == nil {
		c.out = make([]byte, 0, len(c.s)+len(c.s)/8+64)
	}
	c.out = append(c.out, c.s[c.last:start]...)
	c.out = append(c.out, quote...)
	c.out = append(c.out, markerOpen...)
	c.out = append(c.out, k...)
	c.out = append(c.out, markerClose...)
	c.out = append(c.out, quote...)
	c.last = end
	c.n++
	return end
}

func (c *scan) result() (string, int) {
	if c.n == 0 {
		return c.s, 0
	}
	return string(append(c.out, c.s[c.last:]...)), c.n
}

// afterEscape moves i behind the escape it stands in the middle of.
func afterEscape(s string, i int) int {
	if i == 0 || i >= len(s) || s[i-1] != '\\' {
		return i
	}
	switch s[i] {
	case 'n', 'r', 't', 'b', 'f', '"', '/', '\'':
		return i + 1
	case 'u':
		j := i + 1
		for j < len(s) && j < i+5 && isHex(s[j]) {
			j++
		}
		return j
	}
	return i
}

// beforeEscape moves i before the backslashes that end there, since the last may escape what follows.
func beforeEscape(s string, i int) int {
	for i > 0 && s[i-1] == '\\' {
		i--
	}
	return i
}

// startsWord reports whether no letter or digit stands before i. The letter of an escape such as \n is none.
func startsWord(s string, i int) bool {
	if i == 0 || !isAlnum(s[i-1]) {
		return true
	}
	if i >= 2 && s[i-2] == '\\' && strings.IndexByte("nrtbf", s[i-1]) >= 0 {
		return true
	}
	return i >= 6 && s[i-6] == '\\' && s[i-5] == 'u' && isHex(s[i-4]) && isHex(s[i-3]) && isHex(s[i-2]) && isHex(s[i-1])
}

// endsWord reports whether no letter or digit stands at i.
func endsWord(s string, i int) bool { return i >= len(s) || !isAlnum(s[i]) }

// docState says whether the text is a JSON document: then numbers that become markers need quotes.
type docState uint8

const (
	docUnknown docState = iota
	docJSON
	docText
)

func (c *scan) isJSON() bool {
	if c.doc == docUnknown {
		c.doc = docText
		if t := strings.TrimLeft(c.s, " \t\r\n"); t != "" && (t[0] == '{' || t[0] == '[' || t[0] == '"') {
			c.doc = docJSON
		}
	}
	return c.doc == docJSON
}

// inString reports whether i is inside a string of the JSON document that the text is. Calls must not go back.
func (c *scan) inString(i int) bool {
	for j := c.quotesAt; j < i; j++ {
		switch c.s[j] {
		case '"':
			c.quoted = !c.quoted
		case '\\':
			if c.quoted {
				j++
			}
		}
		c.quotesAt = j + 1
	}
	return c.quoted
}

// Character classes.
const (
	isWord  uint8 = 1 << iota // letters and digits
	isTok                     // of tokens: letters, digits, - and _
	isB64                     // letters, digits and + / =
	isLocal                   // of the part of an e-mail address before the @
	isKey                     // of a name before : or =
)

var charClass = makeCharClass()

func makeCharClass() *[256]uint8 {
	var t [256]uint8
	set := func(chars string, bits uint8) {
		for i := range len(chars) {
			t[chars[i]] |= bits
		}
	}
	const alnum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	set(alnum, isWord|isTok|isB64|isLocal|isKey)
	set("-_", isTok)
	set("+/=", isB64)
	set("._%+-'", isLocal)
	set("._-", isKey)
	return &t
}

func isAlnum(c byte) bool { return charClass[c]&isWord != 0 }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isLetter(c byte) bool {
	return isLower(c | 0x20)
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// spanOf returns the end of the run of characters of a class that begins at i.
func spanOf(s string, i int, class uint8) int {
	for i < len(s) && charClass[s[i]]&class != 0 {
		i++
	}
	return i
}

func lower(c byte) byte {
	if isUpper(c) {
		return c | 0x20
	}
	return c
}

// hasPrefixFold is strings.HasPrefix, ASCII case aside; prefix is lower case.
func hasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lower(s[i]) != prefix[i] {
			return false
		}
	}
	return true
}
