package dashboard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Limits of a dashboard.
const (
	MaxBytes = 4 << 20
	maxDepth = 64
)

// node is a JSON value that knows where it stands.
type node struct {
	at      int // offset of its first byte
	end     int // offset behind it
	value   any // string, json.Number, bool or nil of a leaf
	object  bool
	list    bool
	members []member
	index   map[string]*node // of many members, the first of each name
	items   []*node
}

// indexed is the number of members from which they are looked up by an index.
const indexed = 16

type member struct {
	name  string
	at    int
	value *node
}

// mistake is an error at an offset.
type mistake struct {
	at      int
	message string
}

func (m *mistake) Error() string { return m.message }

// parseTree reads JSON. Errors are a *mistake.
func parseTree(text []byte) (*node, error) {
	if len(text) > MaxBytes {
		return nil, &mistake{0, fmt.Sprintf("it is larger than %d MB", MaxBytes>>20)}
	}
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		at := 0
		if e := new(json.SyntaxError); errors.As(err, &e) {
			at = max(int(e.Offset)-1, 0)
		}
		return nil, &mistake{at, "it is no JSON: " + strings.TrimPrefix(err.Error(), "json: ")}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return (&treeReader{text, d}).read(0)
}

type treeReader struct {
	text    []byte
	decoder *json.Decoder
}

// next is where the next token begins.
func (t *treeReader) next() int {
	at := int(t.decoder.InputOffset())
	for at < len(t.text) && bytes.IndexByte([]byte(" \t\r\n,:"), t.text[at]) >= 0 {
		at++
	}
	return at
}

func (t *treeReader) read(depth int) (*node, error) {
	n := &node{at: t.next()}
	if depth > maxDepth {
		return nil, &mistake{n.at, fmt.Sprintf("it is nested deeper than %d", maxDepth)}
	}
	token, err := t.decoder.Token()
	if err != nil {
		return nil, &mistake{n.at, "it is no JSON: " + err.Error()}
	}
	switch token {
	case json.Delim('{'):
		n.object = true
		for t.decoder.More() {
			m := member{at: t.next()}
			name, err := t.decoder.Token()
			if err != nil {
				return nil, &mistake{m.at, "it is no JSON: " + err.Error()}
			}
			m.name, _ = name.(string)
			if m.value, err = t.read(depth + 1); err != nil {
				return nil, err
			}
			n.members = append(n.members, m)
		}
		_, err = t.decoder.Token()
		n.makeIndex()
	case json.Delim('['):
		n.list = true
		for t.decoder.More() {
			item, err := t.read(depth + 1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		_, err = t.decoder.Token()
	default:
		n.value = token
	}
	if err != nil {
		return nil, &mistake{n.at, "it is no JSON: " + err.Error()}
	}
	n.end = int(t.decoder.InputOffset())
	return n, nil
}

func (n *node) null() bool { return n == nil || n.value == nil && !n.object && !n.list }

// text is what a leaf says, numbers and booleans as they are written.
func (n *node) text() (string, bool) {
	if n == nil {
		return "", false
	}
	switch v := n.value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// number takes numbers in quotes too, which Grafana writes here and there.
func (n *node) number() (float64, bool) {
	s, ok := n.text()
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && f-f == 0
}

func (n *node) what() string {
	switch {
	case n.object:
		return "an object"
	case n.list:
		return "a list"
	case n.value == nil:
		return "null"
	}
	s, _ := n.text()
	return shorten(s)
}

func (n *node) makeIndex() {
	if len(n.members) < indexed {
		return
	}
	n.index = make(map[string]*node, len(n.members))
	for i := range n.members {
		if m := &n.members[i]; n.index[m.name] == nil {
			n.index[m.name] = m.value
		}
	}
}

func (n *node) find(name string) *node {
	if n.index != nil {
		return n.index[name]
	}
	for i := range n.members {
		if n.members[i].name == name {
			return n.members[i].value
		}
	}
	return nil
}

func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}
