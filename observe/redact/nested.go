package redact

import "strings"

// maxNested is how deep names are told apart below one that says what its value is. What is deeper has the last of them.
const maxNested = 32

// nest walks over the object or list that stands under a name: what the name says holds for all that is in it, however
// deep, as in {"secret":{"stripe":["…"]}}.
type nest struct {
	scan  *scan
	name  fieldName
	slash int // backslashes before its quotes; -1 until the first
	quote byte
	key   string // what the next value stands under, if that is an object
	class [maxNested]class
	depth int
}

// nested removes what a name says from the object or list at v.from, and returns where to go on: at v.from if nothing had
// to go, so that what is inside is looked at by itself.
func (c *scan) nested(v value) int {
	if v.from < c.nestedTo {
		return v.from // the walk over what is around it has been here
	}
	n := nest{scan: c, name: v.name, slash: -1, quote: '"'}
	if v.name.quote != 0 {
		n.slash = v.name.slash
	}
	n.class[0] = v.class
	before := c.n
	end := n.walk(v.from)
	c.nestedTo = end
	if c.n == before {
		return v.from
	}
	return end
}

// opensNested reports whether an object or a list of JSON begins at i, also one in a string of JSON or of Python. Without
// quotes around the name it must have a string in it at once: braces are many things in text.
func opensNested(s string, i int, named bool) bool {
	if s[i] != '{' && s[i] != '[' {
		return false
	}
	if named {
		return true
	}
	for i < len(s) && (s[i] == '{' || s[i] == '[' || isBlank(s[i])) {
		i++
	}
	q, _, _ := openQuote(s, i)
	return q == '"' || q == '\''
}

// walk goes on from a bracket to the one that closes it, or to what cannot be JSON.
func (n *nest) walk(i int) int {
	s := n.scan.s
	for i < len(s) {
		switch c := s[i]; {
		case c == '{' || c == '[':
			n.open()
			i++
		case c == '}' || c == ']':
			i++
			n.key = ""
			if n.depth--; n.depth == 0 {
				return i
			}
		case isBlank(c) || c == ',' || c == ':':
			i++
		case c == '-' || isDigit(c):
			i = n.number(i)
		case isLetter(c):
			if i = spanOf(s, i, isWord); i < len(s) && strings.IndexByte(",]} \t\r\n", s[i]) < 0 {
				return i
			}
			n.key = ""
		default:
			next := n.text(i)
			if next < 0 {
				return i
			}
			i = next
		}
	}
	return i
}

// open goes one deeper, with what the name before says.
func (n *nest) open() {
	n.depth++
	if d := min(n.depth, maxNested-1); n.depth <= maxNested-1 {
		n.class[d] = n.class[d-1]
		if own := n.own(); own != classNone {
			n.class[d] = own
		}
	}
	n.key = ""
}

// own is what the name right before a value says, unless what is around it says more.
func (n *nest) own() class {
	own := n.scan.r.class(n.key)
	if own == classToken && n.around() != classNone {
		return classNone
	}
	return own
}

func (n *nest) around() class { return n.class[min(n.depth, maxNested-1)] }

// text reads a string at i, which may be a name, and returns where to go on; -1 if there is none.
func (n *nest) text(i int) int {
	c, s := n.scan, n.scan.s
	if w := escapedBlank(s, i); w > 0 {
		return i + w
	}
	q, slash, body := openQuote(s, i)
	if q == 0 || q == '`' || n.slash >= 0 && slash != n.slash {
		return -1
	}
	if q == '"' && n.name.quote != '"' && !c.opens(n.name, q, slash, body-1) {
		return -1 // it ends the string that all of this is in
	}
	n.slash, n.quote = slash, q
	end := c.closeQuote(q, slash, body)
	next := min(end+slash+1, len(s))
	after := next
	for after < len(s) && isBlank(s[after]) {
		after++
	}
	text := s[body:end]
	if after < len(s) && s[after] == ':' {
		n.key = text
		return after
	}
	if k := n.kind(text); k != "" {
		c.emit(body, end, k)
	}
	n.key = ""
	return next
}

// kind says what a text is, for its name or for those around it.
func (n *nest) kind(text string) Kind {
	if isMarker(text) || isSentence(text) && (n.key == "description" || n.key == "title") { // of a field in a schema
		return ""
	}
	for _, k := range [...]class{n.own(), n.around()} {
		if k.fitsBelow(text) {
			return k.kind()
		}
	}
	return ""
}

// number does the same with a number; the marker takes quotes.
func (n *nest) number(i int) int {
	s := n.scan.s
	end := i
	for end < len(s) && (isDigit(s[end]) || strings.IndexByte("-+.eE", s[end]) >= 0) {
		end++
	}
	k := n.own()
	if k == classNone {
		k = n.around()
	}
	if end-i >= 4 && endsWord(s, end) && n.quote == '"' && k.fitsBelow(s[i:end]) {
		n.scan.replace(i, end, strings.Repeat(`\`, max(n.slash, 0))+`"`, k.kind())
	}
	n.key = ""
	return end
}

// fitsBelow reports whether a value may be what a name around it says.
func (c class) fitsBelow(v string) bool {
	switch c {
	case classNone:
		return false
	case classToken: // models have objects of that name too: {"token":{"id":1234,"text":" the"}}
		return c.fits(v) && looksSecret(v) && strings.Trim(v, "-.0123456789eE") != ""
	}
	return c.fits(v) && !isMarker(v)
}

// escapedBlank returns the width of a line break or tab that is escaped because the JSON is in a string.
func escapedBlank(s string, i int) int {
	j := i
	for j < len(s) && s[j] == '\\' {
		j++
	}
	if j > i && j < len(s) && (s[j] == 'n' || s[j] == 'r' || s[j] == 't') {
		return j + 1 - i
	}
	return 0
}

// FieldUnder is Field for a field in groups, whose names, with dots between, are before it: what such a name says of its
// own value holds for all that is in the group.
//
//	r.FieldUnder("billing.credentials", "stripe", "hunter2") // "[redacted:secret]", 1
func (r *Redactor) FieldUnder(groups, key, value string) (string, int) {
	path := key
	if groups != "" {
		path = groups + "." + key
	}
	if value == "" || groups == "" || r.class(path) != classNone && r.class(path).fits(value) {
		return r.Field(path, value)
	}
	for rest := groups; ; {
		if c := r.class(rest); c.fitsBelow(value) && !strings.HasSuffix(rest, markerClose) {
			return whole(value, c.kind())
		}
		dot := strings.LastIndexByte(rest, '.')
		if dot < 0 {
			return r.Field(path, value)
		}
		rest = rest[:dot]
	}
}
