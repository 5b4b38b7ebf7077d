package telemetry

import (
	"strconv"
	"strings"
)

// MatchSpan reports whether a span meets the condition. It defines what an expression means: stores, which evaluate
// columns instead, must agree with it, and the conformance suite checks that they do.
func MatchSpan(x Expr, s *Span) bool {
	return match(x, func(c Cond) bool { return c.match(&s.Event, s, nil) })
}

// MatchLog is MatchSpan for logs.
func MatchLog(x Expr, l *Log) bool {
	return match(x, func(c Cond) bool { return c.match(&l.Event, nil, l) })
}

func match(x Expr, cond func(Cond) bool) bool {
	switch x := x.(type) {
	case nil:
		return true
	case And:
		for _, e := range x {
			if !match(e, cond) {
				return false
			}
		}
		return true
	case Or:
		for _, e := range x {
			if match(e, cond) {
				return true
			}
		}
		return false
	case Not:
		return !match(x.Expr, cond)
	case Cond:
		return cond(x)
	}
	return false
}

func (c Cond) match(e *Event, s *Span, l *Log) bool {
	if c.Field.Field.Name == "text" {
		for _, f := range TextFields() {
			part := c
			part.Field = f
			if part.match(e, s, l) {
				return true
			}
		}
		return false
	}
	if c.Field.Field.Type.Numeric() {
		n := c.Field.numberOf(e, s, l)
		if c.Op == Exists {
			return n.Known
		}
		return c.Op == Between && n.Known && c.inBounds(float64(n.Value))
	}
	return c.MatchText(c.Field.textOf(e, s, l))
}

func (c Cond) inBounds(v float64) bool { return v >= c.Low && v <= c.High }

// MatchText applies the condition to one text value; an absent value is the empty text.
func (c Cond) MatchText(v string) bool {
	switch c.Op {
	case Equals:
		for _, w := range c.Values {
			if v == w {
				return true
			}
		}
		return false
	case Exists:
		return v != ""
	case Between: // attributes are text; those that are numbers compare as such
		n, err := strconv.ParseFloat(v, 64)
		return err == nil && c.inBounds(n)
	}
	if v == "" || len(c.Values) == 0 {
		return false
	}
	switch c.Op {
	case Prefix:
		return strings.HasPrefix(v, c.Values[0])
	case Contains:
		return strings.Contains(v, c.Values[0])
	case Word, Phrase:
		return containsWords(v, c.Values[0])
	}
	return false
}

// containsWords finds want in v, ASCII case aside, where it is not part of a longer word on either side.
func containsWords(v, want string) bool {
	if want == "" {
		return false
	}
	for i := 0; i+len(want) <= len(v); i++ {
		if !equalFoldASCII(v[i:i+len(want)], want) {
			continue
		}
		startsWord := i == 0 || !IsWordByte(v[i-1]) || !IsWordByte(want[0]) || i > 1 && IsEscape(v[i-2], v[i-1])
		end := i + len(want)
		endsWord := end == len(v) || !IsWordByte(v[end]) || !IsWordByte(want[len(want)-1])
		if startsWord && endsWord {
			return true
		}
	}
	return false
}

// IsWordByte reports whether a byte is part of a word: ASCII letters and digits, and every byte of other scripts.
func IsWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80
}

// IsEscape reports whether two bytes are white space as JSON writes it: \n, \t and the like. Messages are kept as JSON, and
// the letter of such an escape is no part of the word after it.
func IsEscape(backslash, letter byte) bool {
	return backslash == '\\' && (letter == 'n' || letter == 't' || letter == 'r' || letter == 'f' || letter == 'b')
}

func equalFoldASCII(a, b string) bool {
	for i := range len(a) {
		if lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
