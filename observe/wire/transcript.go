package wire

import (
	"bytes"
	"strconv"
	"sync"
)

// transcript iterates over the data of the events of a stream that is whole in memory, or over the elements of a JSON
// array:
//
//	for t := (transcript{rest: b}); t.next(); { … t.data … }
type transcript struct {
	rest  []byte
	data  []byte
	begun bool
	noCR  bool // so that a line ends with LF
	array *entries
}

func (t *transcript) next() bool {
	if !t.begun {
		t.begun = true
		if i := skipSpace(t.rest, 0); i < len(t.rest) && t.rest[i] == '[' {
			e := entriesOf(t.rest)
			t.array = &e
		}
		t.noCR = bytes.IndexByte(t.rest, '\r') < 0
	}
	if t.array != nil {
		ok := t.array.next()
		t.data = t.array.value
		return ok
	}
	t.data = nil
	for len(t.rest) > 0 {
		line := t.line()
		if len(line) == 0 {
			if t.data != nil {
				return true
			}
			continue
		}
		t.take(line)
	}
	return t.data != nil
}

// lastMember remembers where in the data of an event the value of a member began. The events of a stream mostly begin
// alike: one that does so as the event before is read from there.
type lastMember struct{ before []byte }

// find returns what get returns for the key, which is the same in all calls.
func (m *lastMember) find(data []byte, key string) (value []byte) {
	e := entriesOf(data)
	if n := len(m.before); n > 0 && len(data) > n && string(data[:n]) == string(m.before) {
		end, complete := skipValue(data, n)
		if end > n && (complete || data[n] == '{' || data[n] == '[') {
			value, e.i = data[n:end], end
		}
	}
	for e.next() {
		if !e.array && string(e.key) == key {
			value, m.before = e.value, data[:e.start]
		}
	}
	return value
}

// line cuts off the next line.
func (t *transcript) line() []byte {
	n := bytes.IndexByte(t.rest, '\n')
	if n < 0 || !t.noCR {
		n = lineEnd(t.rest)
	}
	line := t.rest[:n]
	switch {
	case n == len(t.rest):
		t.rest = nil
	case t.rest[n] == '\r' && n+1 < len(t.rest) && t.rest[n+1] == '\n':
		t.rest = t.rest[n+2:]
	default:
		t.rest = t.rest[n+1:]
	}
	return line
}

func (t *transcript) take(line []byte) {
	const name = len(dataPrefix)
	if len(line) < name || string(line[:name]) != dataPrefix {
		return
	}
	v := line[name:]
	if len(v) > 0 && v[0] == ' ' {
		v = v[1:]
	}
	if t.data == nil {
		t.data = v[:len(v):len(v)]
		return
	}
	t.data = append(append(t.data, '\n'), v...)
}

// answers of one stream, while they are put together.
type answers struct{ list []*answer }

// answerLists holds memory, no state.
var answerLists = sync.Pool{New: func() any { return new(answers) }}

// maxAnswers bounds how many answers of one stream are kept to be used again.
const maxAnswers = 8

func newAnswers() *answers { return answerLists.Get().(*answers) }

// free gives the memory back. Nothing that it refers to is kept.
func (a *answers) free() {
	if cap(a.list) > maxAnswers {
		return
	}
	for _, have := range a.list {
		parts := have.parts[:0]
		if clear(have.parts); cap(parts) > maxParts {
			parts = nil
		}
		*have = answer{parts: parts}
	}
	a.list = a.list[:0]
	answerLists.Put(a)
}

type answer struct {
	index  int
	role   string
	parts  []part
	finish string
}

// at returns the answer of that index, made if new; nil if there are too many.
func (a *answers) at(index int) *answer {
	for _, have := range a.list {
		if have.index == index {
			return have
		}
	}
	n := len(a.list)
	if n == maxChoices {
		return nil
	}
	if n < cap(a.list) && a.list[:n+1][n] != nil { // used before
		a.list = a.list[:n+1]
		a.list[n].index = index
		return a.list[n]
	}
	a.list = append(a.list, &answer{index: index})
	return a.list[n]
}

func (a *answers) String() string { return a.messages(nil) }

func (a *answers) messages(attach Attach) string {
	c := newConversation()
	defer c.free()
	c.attach = attach
	for _, have := range a.list {
		c.add("assistant", have.parts, have.finish)
	}
	return c.String()
}

// maxStreamParts bounds the parts of one answer that are told apart.
const maxStreamParts = 1024

// part returns the part of that kind and key, made if new; nil if there are too many. Streams go on with the part they
// are at, so it is looked for from the end.
func (a *answer) part(kind partKind, key int) *part {
	for i := len(a.parts) - 1; i >= 0; i-- {
		if p := &a.parts[i]; p.kind == kind && p.key == key {
			return p
		}
	}
	if len(a.parts) == maxStreamParts {
		return nil
	}
	a.parts = append(a.parts, part{kind: kind, key: key})
	return &a.parts[len(a.parts)-1]
}

// extend adds text to a part.
func (a *answer) extend(kind partKind, key int, text []byte) {
	if len(text) == 0 {
		return
	}
	if p := a.part(kind, key); p != nil {
		p.addText(text)
	}
}

// addText puts text at the end of that of p. The first is not copied, as it is from inside.
func (p *part) addText(text []byte) {
	if len(p.text) == 0 {
		p.text = text
		return
	}
	p.text = append(p.text, text...)
}

// indexOf reads an index; 0 if it is none.
func indexOf(v []byte) int {
	if len(v) == 1 && '0' <= v[0] && v[0] <= '9' {
		return int(v[0] - '0')
	}
	n, err := strconv.Atoi(string(v))
	if err != nil {
		return 0
	}
	return n
}
