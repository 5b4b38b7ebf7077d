package wire

import (
	"bytes"
	"unicode/utf8"
)

// A sink gets the values at the paths of a schema, in the order of the document.
type sink interface {
	// value is called for a scalar when it ends and for an object or array when it begins. text is the unescaped string,
	// at most MaxText bytes and a rune's rest long, or the number; it is valid during the call.
	value(f field, k kind, text []byte)
	// end is called for an object or array when it ends.
	end(f field)
}

// kind of a JSON value: the byte it begins with; all numbers are number.
type kind byte

const (
	object  kind = '{'
	array   kind = '['
	text    kind = '"'
	number  kind = '0'
	isTrue  kind = 't'
	isFalse kind = 'f'
	isNull  kind = 'n'
)

// A walker reads JSON that comes in pieces cut anywhere, in memory that does not depend on its length. It follows a
// schema and skips what is off it by counting brackets. Documents may follow each other.
type walker struct {
	schema *schema
	sink   sink

	state   state
	node    uint8 // of the value that comes or is being read
	depth   int
	stack   [maxDepth]frame
	skipped int  // depth inside a container that is skipped
	quoted  bool // inside a string of a container that is skipped
	isKey   bool // the string being read is a key
	keep    bool // the scalar being read goes into buf
	escape  uint8
	hex     rune
	high    rune // a high surrogate that waits for its low
	buf     []byte

	documents int // read to their end
}

type frame struct {
	node  uint8
	array bool
}

// maxDepth is more than any schema is deep; what is nested deeper is skipped.
const maxDepth = 12

type state uint8

const (
	wantValue state = iota
	wantElem        // a value or the end of an array
	wantKey         // a key or the end of an object
	wantColon
	wantComma // or the end of the container
	inString
	inScalar
	inSkipped
	broken // until reset
)

// Values of walker.escape: none, after a backslash, then the number of hex digits that are still to come plus one.
const (
	noEscape    = 0
	afterEscape = 1
)

// reset makes the walker ready for another document.
func (w *walker) reset() {
	w.state, w.node, w.depth, w.skipped, w.quoted = wantValue, root, 0, 0, false
	w.escape, w.high = noEscape, 0
}

func (w *walker) feed(p []byte) {
	for i := 0; i < len(p); {
		switch w.state {
		case inSkipped:
			i = w.skip(p, i)
		case inString:
			i = w.str(p, i)
		case inScalar:
			i = w.scalar(p, i)
		case broken:
			return
		default:
			c := p[i]
			i++
			if c == ' ' || c == '\n' || c == '\r' || c == '\t' {
				continue
			}
			if c == '"' && w.state == wantKey {
				i = w.key(p, i)
				continue
			}
			w.punct(c)
		}
	}
}

// key reads a key, with its colon where all of it is here, as it mostly is.
func (w *walker) key(p []byte, i int) int {
	j := i
	for j < len(p) && p[j] != '"' && p[j] != '\\' { // keys are short: a call to look for the quote costs more
		j++
	}
	if j == len(p) || p[j] == '\\' {
		w.state, w.isKey, w.keep = inString, true, true
		w.buf = w.buf[:0]
		return i
	}
	w.node = w.schema.child(w.stack[w.depth-1].node, p[i:j])
	w.state = wantColon
	if i = j + 1; i < len(p) && p[i] == ':' {
		w.state = wantValue
		i++
	}
	return i
}

// punct handles a byte between values.
func (w *walker) punct(c byte) {
	switch w.state {
	case wantElem:
		if c == ']' {
			w.pop(true)
			return
		}
		w.begin(c)
	case wantValue:
		w.begin(c)
	case wantKey: // a key is begun by feed
		w.state = broken
		if c == '}' {
			w.pop(false)
		}
	case wantColon:
		w.state = broken
		if c == ':' {
			w.state = wantValue
		}
	case wantComma:
		switch {
		case c == ',' && w.stack[w.depth-1].array:
			w.state, w.node = wantValue, w.schema.nodes[w.stack[w.depth-1].node].elem
		case c == ',':
			w.state = wantKey
		case c == '}' || c == ']':
			w.pop(c == ']')
		default:
			w.state = broken
		}
	}
}

// begin starts the value that begins with c.
func (w *walker) begin(c byte) {
	n := &w.schema.nodes[w.node]
	switch c {
	case '{', '[':
		if n.field != 0 {
			w.sink.value(n.field, kind(c), nil)
			if w.state == broken {
				return // the sink has seen enough
			}
		}
		if w.depth == maxDepth || c == '{' && len(n.edges) == 0 || c == '[' && n.elem == nowhere {
			w.state, w.skipped, w.quoted = inSkipped, 1, false
			return
		}
		w.stack[w.depth] = frame{w.node, c == '['}
		w.depth++
		if c == '{' {
			w.state = wantKey
		} else {
			w.state, w.node = wantElem, n.elem
		}
	case '"':
		w.state, w.isKey, w.keep = inString, false, n.field != 0
		w.buf = w.buf[:0]
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 't', 'f', 'n':
		w.state, w.keep = inScalar, n.field != 0
		w.buf = append(w.buf[:0], c)
	default:
		w.state = broken
	}
}

// pop ends the innermost container.
func (w *walker) pop(isArray bool) {
	f := w.stack[w.depth-1]
	if f.array != isArray {
		w.state = broken
		return
	}
	w.depth--
	if fd := w.schema.nodes[f.node].field; fd != 0 {
		w.sink.end(fd)
	}
	w.ended()
}

// ended goes on after a value.
func (w *walker) ended() {
	w.state = wantComma
	if w.depth == 0 {
		w.state, w.node = wantValue, root
		w.documents++
	}
}

// skip passes over a container that does not matter.
func (w *walker) skip(p []byte, i int) int {
	for {
		if w.quoted {
			if i = w.skipString(p, i); w.quoted {
				return i
			}
		}
		for i < len(p) && !structural[p[i]] {
			i++
		}
		if i == len(p) {
			return i
		}
		c := p[i]
		i++
		switch c {
		case '"':
			w.quoted = true
		case '{', '[':
			w.skipped++
		default:
			w.skipped--
			if w.skipped == 0 {
				if fd := w.schema.nodes[w.node].field; fd != 0 {
					w.sink.end(fd)
				}
				w.ended()
				return i
			}
		}
	}
}

var structural = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}

// shortString is how many bytes of a string are looked at one by one: about as many as a call to bytes.IndexByte costs.
const shortString = 12

// skipString passes over the rest of a string; quoted tells whether it goes on behind p.
func (w *walker) skipString(p []byte, i int) int {
	if w.escape != noEscape && i < len(p) {
		i++
		w.escape = noEscape
	}
	for near := min(i+shortString, len(p)); i < near && p[i] != '\\'; i++ {
		if p[i] == '"' {
			w.quoted = false
			return i + 1
		}
	}
	for i < len(p) {
		q := bytes.IndexByte(p[i:], '"')
		end := i + q
		if q < 0 {
			end = len(p)
		}
		slashes := 0
		for j := end - 1; j >= i && p[j] == '\\'; j-- {
			slashes++
		}
		if q < 0 {
			w.escape = uint8(slashes & 1)
			return end
		}
		i = end + 1
		if slashes&1 == 0 {
			w.quoted = false
			return i
		}
	}
	return i
}

// str reads on in a string.
func (w *walker) str(p []byte, i int) int {
	if !w.keep {
		w.quoted = true
		if i = w.skipString(p, i); !w.quoted {
			w.ended()
		}
		return i
	}
	for i < len(p) {
		// The common case: the rest of the string is here and has no escapes.
		if w.escape == noEscape && w.high == 0 {
			j := i
			for j < len(p) && p[j] != '"' && p[j] != '\\' {
				j++
			}
			if j < len(p) && p[j] == '"' && len(w.buf) == 0 {
				w.endString(p[i:j])
				return j + 1
			}
			w.put(p[i:j])
			if i = j; i == len(p) {
				return i
			}
		}
		c := p[i]
		i++
		if w.escape == noEscape && c == '"' {
			w.flushHigh()
			w.endString(w.buf)
			return i
		}
		w.unescape(c)
	}
	return i
}

func (w *walker) put(b []byte) {
	if room := MaxText + utf8.UTFMax - len(w.buf); room > 0 {
		w.buf = append(w.buf, b[:min(len(b), room)]...)
	}
}

func (w *walker) flushHigh() {
	if w.high != 0 {
		w.put([]byte("\uFFFD"))
		w.high = 0
	}
}

func (w *walker) endString(s []byte) {
	if w.isKey {
		w.node = w.schema.child(w.stack[w.depth-1].node, s)
		w.state = wantColon
		return
	}
	w.sink.value(w.schema.nodes[w.node].field, text, s)
	w.ended()
}

// scalar reads on in a number or a literal. Only what stands behind one ends it: a number at the end of what came so far
// may go on.
func (w *walker) scalar(p []byte, i int) int {
	j := i
	for j < len(p) && inWord[p[j]] {
		j++
	}
	if w.keep {
		w.put(p[i:j])
	}
	if j < len(p) {
		if w.keep {
			w.endScalar()
		}
		w.ended()
	}
	return j
}

var inWord = func() (t [256]bool) {
	for _, c := range []byte("+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") {
		t[c] = true
	}
	return t
}()

func (w *walker) endScalar() {
	f := w.schema.nodes[w.node].field
	switch c := w.buf[0]; c {
	case 't', 'f', 'n':
		if s := string(w.buf); s == "true" || s == "false" || s == "null" {
			w.sink.value(f, kind(c), nil)
		}
	default:
		w.sink.value(f, number, w.buf)
	}
}
