package sqltext

import (
	"strings"
	"unicode/utf8"
)

// Limits, in bytes.
const (
	MaxText    = 2048
	maxSummary = 255
)

// Query is what may be shown of a query.
type Query struct {
	Text       string // with ? in place of values, without comments, on one line; cut past MaxText
	Summary    string // operations and names of tables in order: "INSERT orders SELECT carts"
	Operation  string // "SELECT"; empty if there are several
	Collection string // table, if there is one and it is one operation

	constant bool // no value was in it: the program wrote it as it is
}

// Parse reads a query.
func Parse(d Dialect, query string) Query {
	t := text{lexer: lexer{s: query, d: d}}
	t.out.Grow(min(len(query), MaxText) + 4)
	t.run()
	q := t.summary.query()
	q.Text = strings.ToValidUTF8(t.out.String(), "\ufffd")
	q.constant = !t.replaced
	return q
}

// text writes a query without its values.
type text struct {
	lexer
	summary  summary
	out      strings.Builder
	replaced bool

	list  int  // state of IN (?, ?, ?), which is written IN (?)
	comma bool // one of the list is held back

	first    bool // the next word begins a statement
	config   bool // SET, PRAGMA: words after = are values
	assigned bool // that = has come
	by       bool // IDENTIFIED BY has come: one word is a value
}

const (
	noList = iota
	afterIn
	beforeFirst
	afterFirst
)

func (t *text) run() {
	t.first = true
	before := token{kind: punct, text: ";"}
	for {
		now := t.next()
		if now.kind == end {
			return
		}
		if now.kind == unclear || t.out.Len()+len(now.text) > MaxText && now.kind != value {
			t.replaced = true
			t.cut()
			return
		}
		hidden := t.hides(before, now)
		t.summary.add(before, now)
		t.write(now, hidden)
		before = now
	}
}

// hides reports whether now is a value, though a word by its looks.
func (t *text) hides(before, now token) bool {
	hidden := (t.assigned || t.by) && (now.kind == word || now.kind == name)
	t.by = before.is("IDENTIFIED") && now.is("BY")
	switch {
	case now.isPunct(';'):
		t.first, t.config, t.assigned = true, false, false
	case t.first && now.kind == word:
		t.first, t.config = false, now.isOne("SET", "PRAGMA")
	case t.config && (now.isPunct('=') || now.isPunct('(') || now.is("TO")):
		t.assigned = true
	}
	return hidden || now.kind == value
}

func (t *text) write(now token, hidden bool) {
	shown := now.text
	if hidden {
		shown, t.replaced = "?", true
	}
	if t.inList(now, hidden) {
		return
	}
	if now.spaced && t.out.Len() > 0 {
		t.out.WriteByte(' ')
	}
	t.out.WriteString(shown)
	if t.out.Len() > MaxText {
		t.cut()
	}
}

// inList reports whether now is one of the further values of a list.
func (t *text) inList(now token, hidden bool) bool {
	switch {
	case now.is("IN"):
		t.list = afterIn
	case t.list == afterIn && now.isPunct('('):
		t.list = beforeFirst
	case t.list == beforeFirst && (hidden || now.kind == param):
		t.list = afterFirst
	case t.list == afterFirst && now.isPunct(','):
		t.comma = true
		return true
	case t.list == afterFirst && t.comma && (hidden || now.kind == param):
		t.comma = false
		return true
	default:
		if t.comma {
			t.out.WriteByte(',')
		}
		t.list, t.comma = noList, false
	}
	return false
}

// cut shortens what is written to MaxText and marks it.
func (t *text) cut() {
	s := t.out.String()
	s = Cut(s, MaxText-len(mark))
	t.out.Reset()
	t.out.WriteString(s)
	t.out.WriteString(mark)
	t.pos = len(t.s)
}

const mark = "…"

// Cut returns s or as much of its beginning as fits, without half a character.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
