package wire

import "bytes"

// chunkMemory makes reading the chunks of a chat cheap. They differ from one to the next in their delta, which holds no
// fact: a chunk that is the last one but for the delta says nothing new and is passed over. One that only begins like the
// last one, with id and model and what else comes before choices, is read from there.
//
// It is right only as long as the event before is the one remembered, and what stood behind its prefix did not contradict
// the prefix; otherwise it has to forget.
type chunkMemory struct {
	choices uint8  // node of choices; nowhere where the API has no such chunks
	prefix  []byte // up to the value of choices
	before  []byte // up to the value of delta
	after   []byte // behind it
}

// maxMemory bounds each part; real chunks have about 200 bytes before choices.
const maxMemory = 1024

func (m *chunkMemory) forget() {
	m.prefix, m.before, m.after = m.prefix[:0], m.before[:0], m.after[:0]
}

// read takes the first piece of an event, which mostly is all of it.
func (m *chunkMemory) read(r *responseReader, b []byte) {
	if n := len(m.before); n > 0 && len(b) > n && string(b[:n]) == string(m.before) {
		if end, ok := skipValue(b, n); ok && string(b[end:]) == string(m.after) {
			r.touched = false
			return
		}
	}
	w := &r.walker
	n := len(m.prefix)
	if n > 0 && len(b) > n && string(b[:n]) == string(m.prefix) {
		w.state, w.node, w.depth = wantValue, m.choices, 1
		w.stack[0] = frame{node: root}
	} else {
		m.forget()
		n = m.readPrefix(w, b)
	}
	r.touched = false
	w.feed(b[n:])
	m.before, m.after = m.before[:0], m.after[:0]
	if len(m.prefix) > 0 && w.state == wantValue && w.depth == 0 {
		m.learn(b, n)
	}
}

// readPrefix reads up to the value of choices and remembers it; if it is not found soon, nothing.
func (m *chunkMemory) readPrefix(w *walker, b []byte) int {
	const key = `"choices":`
	at := bytes.Index(b[:min(len(b), maxMemory)], []byte(key))
	if at < 0 {
		return 0
	}
	n := at + len(key)
	w.feed(b[:n])
	if w.state == wantValue && w.depth == 1 && w.node == m.choices {
		m.prefix = append(m.prefix, b[:n]...)
	}
	return n
}

// learn remembers a whole chunk around its delta. No path of the schema leads into a delta, so whichever key of that name
// is found, what it holds is no fact.
func (m *chunkMemory) learn(b []byte, from int) {
	const key = `"delta":`
	at := bytes.Index(b[from:min(len(b), from+maxMemory)], []byte(key))
	if at < 1 || b[from+at-1] != '{' && b[from+at-1] != ',' {
		return
	}
	value := from + at + len(key)
	end, ok := skipValue(b, value)
	if !ok || len(b)-end > maxMemory {
		return
	}
	m.before, m.after = append(m.before, b[:value]...), append(m.after, b[end:]...)
}
