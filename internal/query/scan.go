package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner reads a text character by character. Its errors point into the text.
type scanner struct {
	text string
	pos  int // in bytes
}

// fault is a mistake at a byte of the text.
func (s *scanner) fault(at int, message, expected, suggestion string) *Error {
	at = min(at, len(s.text))
	return &Error{
		Text: s.text, Offset: at, Position: utf8.RuneCountInString(s.text[:at]),
		Message: message, Expected: expected, Suggestion: suggestion,
	}
}

func (s *scanner) done() bool { return s.pos >= len(s.text) }

// next is the character to come, or 0 at the end. A NUL in the text was refused before.
func (s *scanner) next() rune {
	r, _ := utf8.DecodeRuneInString(s.text[s.pos:])
	if s.done() {
		return 0
	}
	return r
}

func (s *scanner) skipSpace() {
	for !s.done() && unicode.IsSpace(s.next()) {
		s.pos += utf8.RuneLen(s.next())
	}
}

// accept reads prefix if it comes next.
func (s *scanner) accept(prefix string) bool {
	if strings.HasPrefix(s.text[s.pos:], prefix) {
		s.pos += len(prefix)
		return true
	}
	return false
}

// chunk is a piece of text as a person wrote it, a word or a value.
type chunk struct {
	text   string // quotes and escapes resolved
	start  int    // where it begins, in bytes
	end    int    // where it ends
	quoted bool   // it was in quotes
	stars  int    // unescaped asterisks in bare text
	star   bool   // and the last of these is the end of it
	dots   int    // where in text the first unescaped ".." is, -1 where there is none
}

// bare reads text up to a space, a bracket or one of the stops.
func (s *scanner) bare(stops string) (chunk, *Error) {
	c := chunk{start: s.pos, dots: -1}
	var b strings.Builder
	var last rune
	for !s.done() {
		r := s.next()
		if unicode.IsSpace(r) || r == ')' || strings.ContainsRune(stops, r) {
			break
		}
		c.star = false
		switch r {
		case '(':
			return c, s.fault(s.pos, "a bracket in the middle of a word", "a space before it, or quotes around the text", "")
		case '"':
			return c, s.fault(s.pos, "a quote in the middle of a word", `a space before it, or \" for a quote that is part of the text`, "")
		case '\\':
			s.pos++
			if s.done() {
				return c, s.fault(s.pos, "the query ends after a backslash", "the character it stands before", "")
			}
			r = s.next()
			b.WriteRune(r)
			s.pos += utf8.RuneLen(r)
			last = 0
			continue
		case '*':
			c.stars++
			c.star = true
		case '.':
			if last == '.' && c.dots < 0 {
				c.dots = b.Len() - 1
			}
		}
		b.WriteRune(r)
		s.pos += utf8.RuneLen(r)
		last = r
	}
	c.text, c.end = b.String(), s.pos
	return c, nil
}

// quoted reads text in double quotes. \n and \t are line break and tab, a backslash before anything else is that.
func (s *scanner) quoted() (chunk, *Error) {
	c := chunk{start: s.pos, quoted: true, dots: -1}
	s.pos++
	var b strings.Builder
	for !s.done() {
		r := s.next()
		s.pos += utf8.RuneLen(r)
		switch r {
		case '"':
			c.text, c.end = b.String(), s.pos
			return c, nil
		case '\\':
			r = s.next()
			s.pos += max(0, utf8.RuneLen(r))
			if s.pos > len(s.text) {
				s.pos = len(s.text)
			}
			switch r {
			case 'n':
				r = '\n'
			case 't':
				r = '\t'
			}
		}
		b.WriteRune(r)
	}
	return c, s.fault(c.start, "this quote is not closed", `a closing "`, "")
}

// checkText refuses what no query holds, so that nothing further has to think of it.
func (s *scanner) checkText() *Error {
	if len(s.text) > MaxLength {
		e := s.fault(0, "the query is too long", "at most 8192 bytes", "")
		e.Text, e.Position, e.Offset = "", 0, 0
		return e
	}
	for i, r := range s.text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s.text[i:]); size == 1 {
				return s.fault(i, "the query is not valid UTF-8", "", "")
			}
		}
		if r == 0 {
			return s.fault(i, "the query holds a NUL character", "", "")
		}
	}
	return nil
}
