package wire

import "bytes"

// UsageFilter takes the chunk with usage and without choices out of an OpenAI chat or completions stream, for a client
// that did not ask for it. All other bytes pass exactly as they are, and at once unless they may be part of such a chunk:
// held back is a line of data until its choices are seen not to be empty. The zero value is ready. The stream must not be
// compressed. A UsageFilter is for one goroutine.
type UsageFilter struct {
	held    []byte // withheld by earlier calls
	state   filterState
	begun   bool // the event has lines already, so that a chunk could not be taken out alone
	comment bool // so far they are comments, which do not matter
	match   int  // bytes of dataPrefix seen at the start of this line
	cr      bool // the last byte was CR: an LF that follows belongs to it
	walker  walker
	chunk   usageChunk
	passed  []byte // how the data of the last chunk began, up to its first choice
	begin   bool   // of data no byte was looked at yet
	removed int
}

type filterState uint8

const (
	atLineStart filterState = iota
	inLine                  // that passes
	inChunk                 // data that may be the chunk
	behindChunk             // its line has ended: it is the chunk if a blank line follows
	droppedCR               // the blank line was a CR: an LF that follows goes with it
)

const (
	dataPrefix = "data:"
	// maxUsageChunk bounds what is held back; real chunks have less than 1 KB.
	maxUsageChunk = 64 << 10
)

// Filter appends to dst what of p, and of what was held back before, may pass.
func (f *UsageFilter) Filter(dst, p []byte) []byte {
	c := cut{p: p, dst: dst, hold: -1}
	if len(f.held) > 0 {
		c.hold = 0
	}
	for i := 0; i < len(p); {
		switch f.state {
		case atLineStart:
			i = f.lineStart(&c, i)
		case inLine:
			i += lineEnd(p[i:])
			if i < len(p) {
				f.endLine(p[i])
				i++
			}
		case inChunk:
			i = f.data(&c, i)
		case behindChunk:
			i = f.behind(&c, i)
		case droppedCR:
			if f.state = atLineStart; p[i] == '\n' {
				i++
				c.from = i
			}
		}
	}
	if c.hold < 0 {
		return append(c.dst, p[c.from:]...)
	}
	f.held = append(f.held, p[c.hold:]...)
	return append(c.dst, p[c.from:c.hold]...)
}

// Flush appends what is held back; call it at the end of the stream. A chunk whose blank line never came stays out.
func (f *UsageFilter) Flush(dst []byte) []byte {
	if f.state == behindChunk {
		f.removed++
	} else {
		dst = append(dst, f.held...)
	}
	f.held, f.state = f.held[:0], inLine
	return dst
}

// Idle reports whether nothing is held back and the next byte begins an event: events that come next and are known to have
// choices need not be given to the filter.
func (f *UsageFilter) Idle() bool {
	return f.state == atLineStart && f.match == 0 && !f.begun && !f.cr && len(f.held) == 0
}

// Reset makes f ready for another stream and keeps its buffers.
func (f *UsageFilter) Reset() {
	*f = UsageFilter{held: f.held[:0], passed: f.passed[:0], walker: walker{buf: f.walker.buf[:0]}}
}

// Removed is the number of chunks taken out.
func (f *UsageFilter) Removed() int { return f.removed }

// cut is the work on one piece: p[from:hold] passes, p[hold:] is held; hold is -1 while nothing is.
type cut struct {
	p, dst     []byte
	from, hold int
}

func (f *UsageFilter) release(c *cut) {
	c.dst = append(c.dst, f.held...)
	f.held, c.hold = f.held[:0], -1
}

func (f *UsageFilter) drop(c *cut, to int) {
	c.dst = append(c.dst, c.p[c.from:c.hold]...)
	f.held, c.from, c.hold = f.held[:0], to, -1
	f.removed++
}

// lineStart reads on while the line may turn out to be data.
func (f *UsageFilter) lineStart(c *cut, i int) int {
	b := c.p[i]
	if f.match == 0 && f.cr && b == '\n' {
		f.cr = false
		return i + 1
	}
	f.cr = false
	if f.match == 0 && (b == '\n' || b == '\r') {
		f.begun, f.cr = false, b == '\r'
		return i + 1
	}
	if b != dataPrefix[f.match] || f.begun {
		f.comment = f.match == 0 && b == ':'
		f.release(c)
		f.match, f.state = 0, inLine
		return i
	}
	if f.match == 0 {
		c.hold = i
	}
	if f.match++; f.match == len(dataPrefix) {
		f.match, f.state, f.comment, f.begin = 0, inChunk, false, true
		f.chunk = usageChunk{walker: &f.walker}
		f.walker = walker{schema: chunkSchema, sink: &f.chunk, buf: f.walker.buf[:0]}
		f.walker.reset()
	}
	return i + 1
}

// endLine notes that a line which passed has ended at b.
func (f *UsageFilter) endLine(b byte) {
	f.state, f.match, f.cr = atLineStart, 0, b == '\r'
	f.begun = f.begun || !f.comment
}

// data reads on in a line of data.
func (f *UsageFilter) data(c *cut, i int) int {
	end := i + lineEnd(c.p[i:])
	known := false
	if f.begin && end > i {
		known, f.begin = f.look(c.p[i:end]), false
	} else {
		f.walker.feed(c.p[i:end])
	}
	switch {
	case known:
		f.release(c)
		f.state = inLine
	case f.walker.state == broken || f.walker.depth == 0 && f.walker.state != wantValue || len(f.held)+end-c.hold > maxUsageChunk:
		f.release(c)
		f.state = inLine
	case end == len(c.p):
	case f.chunk.is():
		f.state, f.cr = behindChunk, c.p[end] == '\r'
		return end + 1
	default:
		f.release(c)
		f.state = inLine
	}
	return end
}

// look reads data, and reports whether it begins as a chunk did that had a choice.
func (f *UsageFilter) look(b []byte) bool {
	const choice = `"choices":[{`
	if len(f.passed) > 0 && bytes.HasPrefix(b, f.passed) {
		return true
	}
	at := bytes.Index(b[:min(len(b), maxMemory)], []byte(choice))
	if at < 0 {
		f.walker.feed(b)
		return false
	}
	at += len(choice)
	f.walker.feed(b[:at])
	if f.walker.state == broken && f.chunk.choice {
		f.passed = append(f.passed[:0], b[:at]...)
		return true
	}
	f.walker.feed(b[at:])
	return false
}

// behind looks at what follows the line of the chunk.
func (f *UsageFilter) behind(c *cut, i int) int {
	b := c.p[i]
	switch {
	case b == '\n' && f.cr:
		f.cr = false
		return i + 1
	case b == '\n':
		f.drop(c, i+1)
		f.state, f.begun = atLineStart, false
		return i + 1
	case b == '\r':
		f.drop(c, i+1)
		f.state, f.begun = droppedCR, false
		return i + 1
	}
	f.release(c) // the event has more lines: not the chunk as we know it
	f.state, f.match, f.cr, f.begun = atLineStart, 0, false, true
	return i
}

// usageChunk watches a chunk for its choices and its usage.
type usageChunk struct {
	walker       *walker
	empty, usage bool
	choice       bool
}

const (
	chunkChoices field = iota + 1
	chunkChoice
	chunkUsage
)

var chunkSchema = compile([]rule{{"choices", chunkChoices}, {"choices.[]", chunkChoice}, {"usage", chunkUsage}})

func (u *usageChunk) is() bool {
	return u.empty && u.usage && u.walker.documents == 1 && u.walker.depth == 0
}

func (u *usageChunk) value(f field, k kind, _ []byte) {
	switch f {
	case chunkChoices:
		u.empty = k == array
	case chunkUsage:
		u.usage = k == object
	case chunkChoice:
		u.empty, u.choice = false, true
		u.walker.state = broken // it has choices: let it pass at once
	}
}

func (u *usageChunk) end(field) {}
