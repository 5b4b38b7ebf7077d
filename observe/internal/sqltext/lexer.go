package sqltext

import "strings"

type kind uint8

const (
	end kind = iota
	word
	name  // in quotes
	value // literal: number, string, bytes
	param // ?, $1, :name, @name
	punct // one byte
	unclear
)

type token struct {
	kind   kind
	text   string
	spaced bool // stands after a space or a comment
}

// is reports whether t is that word, which is given in capitals.
func (t token) is(upper string) bool { return t.kind == word && strings.EqualFold(t.text, upper) }

func (t token) isOne(upper ...string) bool {
	for _, u := range upper {
		if t.is(u) {
			return true
		}
	}
	return false
}

func (t token) isPunct(c byte) bool { return t.kind == punct && t.text[0] == c }

type lexer struct {
	s    string
	pos  int
	d    Dialect
	last token
}

func (l *lexer) peek(ahead int) byte {
	if i := l.pos + ahead; i < len(l.s) {
		return l.s[i]
	}
	return 0
}

// next returns the next token. After one of kind unclear nothing can be told of what follows.
func (l *lexer) next() token {
	spaced, ok := l.space()
	start := l.pos
	k := unclear
	if ok {
		k = l.token()
	}
	l.last = token{kind: k, text: l.s[start:l.pos], spaced: spaced}
	return l.last
}

// space skips spaces and comments. It fails where dialects differ on where a comment ends.
func (l *lexer) space() (spaced, ok bool) {
	for ; ; spaced = true {
		c := l.peek(0)
		switch {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			l.pos++
		case c == '-' && l.peek(1) == '-':
			if next := l.peek(2); next > ' ' {
				if l.d.unknown {
					return spaced, false
				}
				if l.d.dashSpace {
					return spaced, true
				}
			}
			l.line()
		case c == '#' && l.d.unknown:
			return spaced, false
		case c == '#' && l.d.hash:
			l.line()
		case c == '/' && l.peek(1) == '*':
			if !l.comment() {
				return spaced, false
			}
		default:
			return spaced, true
		}
	}
}

func (l *lexer) line() {
	if i := strings.IndexByte(l.s[l.pos:], '\n'); i >= 0 {
		l.pos += i + 1
		return
	}
	l.pos = len(l.s)
}

func (l *lexer) comment() bool {
	for depth := 0; l.pos < len(l.s); {
		switch {
		case l.peek(0) == '/' && l.peek(1) == '*':
			if depth > 0 && l.d.unknown {
				return false
			}
			if depth == 0 || l.d.nested {
				depth++
			}
			l.pos += 2
		case l.peek(0) == '*' && l.peek(1) == '/':
			l.pos += 2
			if depth--; depth == 0 {
				return true
			}
		default:
			l.pos++
		}
	}
	return true
}

// token moves past the token that begins here.
func (l *lexer) token() kind {
	if l.pos >= len(l.s) {
		return end
	}
	c := l.peek(0)
	switch {
	case isDigit(c), c == '.' && isDigit(l.peek(1)) && l.last.kind != name && !l.last.isPunct(']'):
		l.number()
		return value
	case c == '\'':
		return l.quoted('\'', l.d.backslash || l.escaped(), value)
	case c == '"':
		return l.double()
	case c == '`':
		return l.quoted('`', false, name)
	case c == '[' && l.d.brackets:
		return l.quoted(']', false, name)
	case c == '$' && l.d.dollar && l.dollar():
		return value
	case c == '?', (c == '$' || c == '@') && isWord(l.peek(1)), c == ':' && isWord(l.peek(1)) && !l.last.isPunct(':'):
		l.pos++
		l.words()
		return param
	case isWord(c):
		l.words()
		return l.afterWord()
	}
	l.pos++
	return punct
}

// afterWord tells Oracle's q'[…]', whose end other dialects see elsewhere, from other words.
func (l *lexer) afterWord() kind {
	if l.d.unknown && l.peek(0) == '\'' {
		if last := l.s[l.pos-1]; last == 'q' || last == 'Q' {
			return unclear
		}
	}
	return word
}

// escaped reports whether the word before is the E of E'…'.
func (l *lexer) escaped() bool {
	return l.d.escape && l.last.is("E") && l.s[l.pos-1]|0x20 == 'e'
}

func (l *lexer) words() {
	for l.pos < len(l.s) && (isWord(l.s[l.pos]) || l.s[l.pos] == '$') {
		l.pos++
	}
}

func (l *lexer) number() {
	for l.pos < len(l.s) {
		c := l.s[l.pos]
		sign := (c == '+' || c == '-') && l.s[l.pos-1]|0x20 == 'e' && isDigit(l.peek(1))
		if !isWord(c) && c != '.' && !sign {
			return
		}
		l.pos++
	}
}

// quoted moves past what ends with a quote; two in a row are one inside.
func (l *lexer) quoted(quote byte, backslash bool, k kind) kind {
	for l.pos++; l.pos < len(l.s); l.pos++ {
		switch c := l.s[l.pos]; {
		case c == '\\' && backslash:
			l.pos++
		case c == '\\' && l.d.unknown && l.peek(1) == quote:
			return unclear
		case c == quote && l.peek(1) == quote:
			l.pos++
		case c == quote:
			l.pos++
			return k
		}
	}
	l.pos = len(l.s)
	return value // it has no end, so it may be anything
}

// double reads "x": a name, or what may be a literal.
func (l *lexer) double() kind {
	before := l.last
	k := l.quoted('"', l.d.backslash, name)
	if k != name || !l.d.doubtful {
		return k
	}
	if before.isPunct('.') || l.peek(0) == '.' || before.isOne("FROM", "JOIN", "INTO", "UPDATE", "TABLE", "AS") {
		return name
	}
	return value
}

// dollar moves past $tag$…$tag$, if that is what begins here.
func (l *lexer) dollar() bool {
	rest := l.s[l.pos:]
	i := 1
	for i < len(rest) && isWord(rest[i]) {
		i++
	}
	if i == len(rest) || rest[i] != '$' || isDigit(rest[1]) {
		return false
	}
	tag := rest[:i+1]
	if j := strings.Index(rest[len(tag):], tag); j >= 0 {
		l.pos += j + 2*len(tag)
	} else {
		l.pos = len(l.s)
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c) || c == '_' || c >= 0x80
}
