package wire

import "bytes"

// Stream reads the facts of a streamed answer: server-sent events, the JSON array that Gemini sends without alt=sse, or
// the plain JSON of an error. Its memory does not depend on the length of the stream or of an event. Events that cannot
// hold a fact are passed over after a look at how they begin. A Stream is for one goroutine.
type Stream struct {
	reader responseReader
	chunks chunkMemory
	streamState
}

// streamState is where a Stream is in the framing of events.
type streamState struct {
	format format
	bom    int // bytes of a byte order mark seen
	line   lineState
	name   [len("data")]byte // of the field of this line, as far as it is of interest
	length int               // of the whole name
	cr     bool              // the last byte was CR: an LF that follows belongs to it
	colon  bool              // the last byte was the colon: a space that follows belongs to it
	data   bool              // the event has data
	dull   bool              // and it does not matter
	again  bool              // so it was with the event before, of which lead still holds the beginning
	lead   [leadBytes]byte   // how the data begins
	leads  int
	done   bool
	noCR   bool // in what is being written, so that a line ends with LF
}

type format uint8

const (
	undecided format = iota
	events
	plain // JSON
)

type lineState uint8

const (
	inName lineState = iota
	inData
	inOther // field or comment that does not matter
)

// leadBytes of an event are always read; they tell whether the rest is.
const leadBytes = 40

const (
	doneMark = "[DONE]"
	byteMark = "\xEF\xBB\xBF"
)

// NewStream returns a Stream for an answer of the API.
func NewStream(api API) *Stream {
	s := new(Stream)
	s.Reset(api)
	return s
}

// Reset makes s ready for another answer and keeps its buffers.
func (s *Stream) Reset(api API) {
	s.reader.start(api, true)
	s.streamState = streamState{}
	s.chunks.forget()
	s.chunks.choices = nowhere
	if api == OpenAIChat || api == OpenAICompletions {
		s.chunks.choices = s.reader.walker.schema.child(root, []byte("choices"))
	}
}

// Write takes the next bytes of the answer, cut anywhere. It keeps no reference to p and never fails.
func (s *Stream) Write(p []byte) (int, error) {
	n := len(p)
	if s.format == undecided {
		p = s.decide(p)
	}
	if s.format == plain {
		s.reader.walker.feed(p)
		return n, nil
	}
	s.noCR = bytes.IndexByte(p, '\r') < 0
	for i := 0; i < len(p); {
		if s.line == inName {
			if s.length == 0 && !s.data && len(p)-i > len(dataPrefix) && string(p[i:i+len(dataPrefix)]) == dataPrefix {
				s.line, s.colon, s.cr, s.data = inData, true, false, true
				i += len(dataPrefix)
				continue
			}
			i = s.fieldName(p, i)
			continue
		}
		i = s.fieldValue(p, i)
	}
	return n, nil
}

// decide tells by the first byte what the answer is, and returns p from there.
func (s *Stream) decide(p []byte) []byte {
	for i, c := range p {
		if s.bom < len(byteMark) && c == byteMark[s.bom] {
			s.bom++
			continue
		}
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case '{', '[':
			s.format = plain
			s.reader.stream = s.reader.api == GeminiStream
			s.reader.walker.schema = responseSchemas[s.reader.api]
		default:
			s.format = events
		}
		return p[i:]
	}
	return nil
}

// fieldName reads the name of a field up to its colon.
func (s *Stream) fieldName(p []byte, i int) int {
	for i < len(p) {
		c := p[i]
		i++
		switch {
		case c == '\n' && s.cr && s.length == 0:
			s.cr = false
		case c == '\n' || c == '\r':
			s.cr = c == '\r'
			if s.length == 0 {
				s.endEvent()
			}
			s.length = 0
		case c == ':':
			s.line, s.colon, s.cr = inOther, true, false
			if s.length == len(s.name) && string(s.name[:]) == "data" {
				s.line = inData
				if s.data {
					s.reader.walker.feed([]byte{'\n'})
				}
				s.data = true
			}
			return i
		default:
			if s.length < len(s.name) {
				s.name[s.length] = c
			}
			s.length++
			s.cr = false
		}
	}
	return i
}

// fieldValue reads a value up to the end of its line.
func (s *Stream) fieldValue(p []byte, i int) int {
	if s.colon {
		s.colon = false
		if p[i] == ' ' {
			i++
		}
	}
	end := bytes.IndexByte(p[i:], '\n')
	if end < 0 || !s.noCR {
		end = lineEnd(p[i:])
	}
	if s.line == inData {
		s.feed(p[i : i+end])
	}
	i += end
	if i < len(p) {
		s.line, s.length, s.cr = inName, 0, p[i] == '\r'
		i++
	}
	return i
}

// lineEnd is the index of the first CR or LF, or the length.
func lineEnd(b []byte) int {
	n := bytes.IndexByte(b, '\n')
	if n < 0 {
		n = len(b)
	}
	if r := bytes.IndexByte(b[:n], '\r'); r >= 0 {
		return r
	}
	return n
}

// feed takes a piece of the data of an event. What is read of it does not depend on where the pieces are cut.
func (s *Stream) feed(b []byte) {
	if s.dull {
		return
	}
	if s.leads == 0 && s.chunks.choices != nowhere && len(b) > leadBytes {
		s.leads = leadBytes
		s.chunks.read(&s.reader, b)
		return
	}
	s.chunks.forget()
	if s.leads == 0 && s.again && len(b) >= leadBytes && string(b[:leadBytes]) == string(s.lead[:]) {
		s.leads, s.dull = leadBytes, true // what its beginning says was said by the event before
		return
	}
	if s.leads < leadBytes {
		n := copy(s.lead[s.leads:], b)
		s.leads += n
		s.reader.walker.feed(b[:n])
		if b = b[n:]; s.leads == leadBytes {
			s.dull = dull(s.reader.api, s.lead[:])
		}
		if s.dull {
			return
		}
	}
	s.reader.walker.feed(b)
}

// endEvent closes an event at its blank line.
func (s *Stream) endEvent() {
	if !s.data {
		return
	}
	s.done = s.Finished()
	if s.reader.touched { // what the next prefix says again may have been said otherwise behind this one
		s.chunks.forget()
	}
	s.reader.endEvent()
	s.data, s.dull, s.again, s.leads = false, false, s.dull, 0
}

// dull reports whether the data of an event begins as those do that hold no fact; they are most of the bytes.
func dull(api API, lead []byte) bool {
	switch api {
	case AnthropicMessages:
		return bytes.HasPrefix(lead, []byte(`{"type":"content_block_`))
	case OpenAIResponses:
		// "response.completed" matters, "response.output_text.delta" does not.
		kind, ok := bytes.CutPrefix(lead, []byte(`{"type":"response.`))
		at := bytes.IndexAny(kind, `."`)
		return ok && at > 0 && kind[at] == '.'
	}
	return false
}

// Response returns the facts so far, also of a stream that was cut short. It may be called at any time.
func (s *Stream) Response() Response { return s.reader.response() }

// Finished reports whether the event that ends a complete stream was seen: [DONE], message_stop, response.completed,
// -.incomplete or -.failed, a Gemini finishReason.
func (s *Stream) Finished() bool {
	if s.format == plain {
		return s.reader.final || s.reader.walker.documents > 0
	}
	return s.done || s.reader.final || string(s.lead[:s.leads]) == doneMark
}

// Err is the error that the provider sent inside the stream, nil if none.
func (s *Stream) Err() *Error {
	if e, failed := s.reader.failure(); failed {
		return &e
	}
	return nil
}
