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

// compacter makes one event of many that differ in one piece of text only, as most of a stream do. Reading what it leaves
// gives the same facts and the same messages, in a fraction of the time.
type compacter struct {
	out            []byte
	prefix, suffix []byte // of the event that is open: out ends with its text, the suffix is still to come
}

// compact appends to dst the events of a stream. Of what is not made of events ended by blank lines it appends a copy.
func compact(dst, stream []byte) []byte {
	if bytes.IndexByte(stream, '\r') >= 0 {
		return append(dst, stream...)
	}
	c := compacter{out: dst}
	for len(stream) > 0 {
		n := bytes.Index(stream, blankLine)
		if n < 0 {
			break
		}
		n += len(blankLine)
		c.event(stream[:n])
		stream = stream[n:]
	}
	c.close()
	return append(c.out, stream...)
}

var blankLine = []byte("\n\n")

func (c *compacter) close() {
	c.out = append(c.out, c.suffix...)
	c.prefix, c.suffix = nil, nil
}

func (c *compacter) event(e []byte) {
	if c.prefix != nil && bytes.HasPrefix(e, c.prefix) {
		rest := e[len(c.prefix):]
		if end := stringEnd(rest); end >= 0 && sameSuffix(rest[end:], c.suffix) {
			c.out = append(c.out, rest[:end]...)
			return
		}
	}
	c.close()
	at := textAt(e)
	if at < 0 {
		c.out = append(c.out, e...)
		return
	}
	end := stringEnd(e[at:])
	if end < 0 || textAt(e[at+end:]) >= 0 { // two texts, of which one would be lost where it is the same twice
		c.out = append(c.out, e...)
		return
	}
	c.prefix, c.suffix = e[:at], e[at+end:]
	c.out = append(c.out, e[:at+end]...)
}

var stringValue = []byte(`":"`)

// textAt is where the first text in an event begins, less than zero if it has none.
func textAt(e []byte) int {
	for from := 0; ; {
		i := bytes.Index(e[from:], stringValue)
		if i < 0 {
			return -1
		}
		i += from
		from = i + len(stringValue)
		if k := bytes.LastIndexByte(e[:i], '"'); k >= 0 && isText(e[k+1:i]) {
			return from
		}
	}
}

// stringEnd is the index of the quote that ends a JSON string, less than zero if it does not end.
func stringEnd(s []byte) int {
	for i := 0; ; {
		q := bytes.IndexByte(s[i:], '"')
		if q < 0 {
			return -1
		}
		i += q
		slashes := 0
		for slashes < i && s[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
		i++
	}
}

// sameSuffix compares what follows a text, but for obfuscation.
func sameSuffix(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	i, j := bytes.Index(a, obfuscation), bytes.Index(b, obfuscation)
	if i < 0 || i != j || !bytes.Equal(a[:i], b[:j]) {
		return false
	}
	a, b = a[i+len(obfuscation):], b[j+len(obfuscation):]
	i, j = stringEnd(a), stringEnd(b)
	return i >= 0 && j >= 0 && bytes.Equal(a[i:], b[j:])
}
