package wire

import "strconv"

// transcript iterates over the data of the events of a stream that is whole in memory, or over the elements of a JSON
// array:
//
//	for t := (transcript{rest: b}); t.next(); { … t.data … }
type transcript struct {
	rest  []byte
	data  []byte
	begun bool
	array *entries
}

func (t *transcript) next() bool {
	if !t.begun {
		t.begun = true
		if i := skipSpace(t.rest, 0); i < len(t.rest) && t.rest[i] == '[' {
			e := entriesOf(t.rest)
			t.array = &e
		}
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

// line cuts off the next line.
func (t *transcript) line() []byte {
	n := lineEnd(t.rest)
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
	if len(a.list) == maxChoices {
		return nil
	}
	a.list = append(a.list, &answer{index: index})
	return a.list[len(a.list)-1]
}

func (a *answers) String() string {
	c := newConversation()
	defer c.free()
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
