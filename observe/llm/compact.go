package llm

import "bytes"

// isText knows the keys of strings that a stream adds up, piece by piece.
func isText(key []byte) bool {
	switch string(key) {
	case "content", "text", "delta", "partial_json", "arguments", "thinking", "reasoning_content", "reasoning", "refusal":
		return true
	}
	return false
}

// obfuscation pads the chunks of OpenAI to hide their length; what it is does not matter.
var obfuscation = []byte(`"obfuscation":"`)

var (
	blankLine = []byte("\n\n")
	firstPart = []byte(`"choices":[{`)
)

// compacter makes one event of many that differ in one piece of text only, as most of a stream do. Reading what it leaves
// gives the same facts and the same messages, in a fraction of the time. The stream comes in pieces cut anywhere; lines that
// end in CR are kept as they are, with all that follows.
type compacter struct {
	out    []byte
	held   []byte // the beginning of an event that is still to end
	asIs   bool
	open   bool   // out ends with the text of an event whose suffix is still to come
	begin  int    // of that event in out
	text   int    // and of its text
	suffix []byte // behind the text
	pad    int    // of obfuscation in suffix; 0 if there is none
	padEnd int
	choice bool // the event begins as a chunk does that has a choice
}

// reset forgets the stream and keeps the memory.
func (c *compacter) reset() {
	*c = compacter{out: c.out[:0], held: c.held[:0], suffix: c.suffix[:0]}
}

// room is how many bytes may still come until limit are kept.
func (c *compacter) room(limit int) int {
	return max(0, limit-len(c.out)-len(c.held)-len(c.suffix))
}

// write takes the next piece. It reports whether that is made of whole events which either have a choice, by their
// beginning, or end the stream.
func (c *compacter) write(p []byte) (choices bool) {
	choices = len(c.held) == 0
	for len(p) > 0 && !c.asIs {
		if n := c.same(p); n > 0 {
			p, choices = p[n:], choices && c.choice
			continue
		}
		n := c.eventEnd(p)
		piece := p[:max(n, 0)]
		if n < 0 {
			piece = p
		}
		if bytes.IndexByte(piece, '\r') >= 0 {
			c.end()
			c.asIs = true
			break
		}
		p = p[len(piece):]
		switch {
		case n < 0:
			c.held, choices = append(c.held, piece...), false
		case len(c.held) > 0:
			c.held = append(c.held, piece...)
			c.event(c.held)
			c.held = c.held[:0]
		default:
			choices = c.event(piece) && choices
		}
	}
	c.out = append(c.out, p...)
	return choices && !c.asIs
}

// eventEnd is the index behind the blank line that ends the event which is held or begins here; less than zero if it is not
// in p.
func (c *compacter) eventEnd(p []byte) int {
	if n := len(c.held); n > 0 && c.held[n-1] == '\n' && p[0] == '\n' {
		return 1
	}
	n := bytes.Index(p, blankLine)
	if n < 0 {
		return -1
	}
	return n + len(blankLine)
}

// end writes what was kept back. More may be written after it.
func (c *compacter) end() {
	c.close()
	c.out = append(c.out, c.held...)
	c.held = c.held[:0]
}

func (c *compacter) close() {
	if c.open {
		c.out = append(c.out, c.suffix...)
	}
	c.open, c.choice = false, false
}

// sameAll takes p if all of it is one event that differs in its text alone from the one that is open.
func (c *compacter) sameAll(p []byte, limit int) bool {
	text, n := c.match(p)
	if n == 0 || n != len(p) || n > c.room(limit) {
		return false
	}
	c.out = append(c.out, text...)
	return true
}

// same takes an event from the beginning of p if it differs in its text alone from the one that is open, and returns its
// length.
func (c *compacter) same(p []byte) int {
	text, n := c.match(p)
	c.out = append(c.out, text...)
	return n
}

// match returns the text and the length of the event that p begins with if it differs in its text alone from the one that
// is open; else nothing. What may differ holds no control character, so it ends no line.
func (c *compacter) match(p []byte) (text []byte, n int) {
	from := c.text - c.begin
	if !c.open || len(c.held) > 0 || len(p) < from || string(p[:from]) != string(c.out[c.begin:c.text]) {
		return nil, 0
	}
	end := lineString(p, from)
	if end < 0 {
		return nil, 0
	}
	switch rest := p[end:]; {
	case bytes.HasPrefix(rest, c.suffix):
		n = end + len(c.suffix)
	case c.pad > 0 && bytes.HasPrefix(rest, c.suffix[:c.pad]):
		pad := lineString(rest, c.pad)
		if pad < 0 || !bytes.HasPrefix(rest[pad:], c.suffix[c.padEnd:]) {
			return nil, 0
		}
		n = end + pad + len(c.suffix) - c.padEnd
	default:
		return nil, 0
	}
	return p[from:end], n
}

// event takes one that is not the same, and reports whether it has a choice or ends the stream.
func (c *compacter) event(e []byte) bool {
	c.close()
	choice := beginsWithChoice(e)
	begin, at := len(c.out), textAt(e)
	if at < 0 {
		c.out = append(c.out, e...)
		return choice || string(e) == lastEvent
	}
	end := lineString(e, at)
	if end < 0 || textAt(e[end:]) >= 0 { // two texts, of which one would be lost where it is the same twice
		c.out = append(c.out, e...)
		return choice
	}
	c.out = append(c.out, e[:end]...)
	c.open, c.begin, c.text = true, begin, begin+at
	c.suffix = append(c.suffix[:0], e[end:]...)
	c.choice = choice && bytes.IndexByte(e[:at], '[') >= 0
	c.pad = 0
	if i := bytes.Index(c.suffix, obfuscation); i >= 0 {
		pad := i + len(obfuscation)
		if n := lineString(c.suffix, pad); n >= 0 {
			c.pad, c.padEnd = pad, n
		}
	}
	return choice
}

// lastEvent ends the streams of OpenAI.
const lastEvent = "data: [DONE]\n\n"

// beginsWithChoice reports whether an event begins with one line of data, whose first list is that of choices and is not
// empty.
func beginsWithChoice(e []byte) bool {
	if !bytes.HasPrefix(e, []byte(`data: {"`)) {
		return false
	}
	i := bytes.IndexByte(e, '[') - len(firstPart) + len("[{")
	return i > 0 && bytes.HasPrefix(e[i:], firstPart) && bytes.IndexByte(e[:i], '\n') < 0 &&
		bytes.IndexByte(e[len(`data: {`):i], '{') < 0
}

// textAt is where the first text in an event begins, less than zero if it has none.
func textAt(e []byte) int {
	for from := 1; from < len(e); {
		i := bytes.IndexByte(e[from:], ':')
		if i < 0 {
			return -1
		}
		i += from
		from = i + 1
		if e[i-1] != '"' || from == len(e) || e[from] != '"' {
			continue
		}
		k := i - 1
		for k > 0 && e[k-1] != '"' {
			k--
		}
		if k > 0 && isText(e[k:i-1]) {
			return from + 1
		}
	}
	return -1
}

// lineString is the index of the quote that ends the JSON string which is open at i; less than zero if it does not end
// before a control character.
func lineString(s []byte, i int) int {
	for ; i < len(s) && s[i] >= ' '; i++ {
		switch s[i] {
		case '"':
			return i
		case '\\':
			if i++; i == len(s) || s[i] < ' ' {
				return -1
			}
		}
	}
	return -1
}
