package wire

// InputMessages returns the messages of a request and its system instructions in the JSON of the OpenTelemetry GenAI
// conventions: [{"role":"user","parts":[{"type":"text","content":"…"}]}], and for system [{"type":"text","content":"…"}].
// Either is empty where there is none. Binary parts are replaced by their media type and size. The result is of the order
// of body in size, so bound body. Of broken JSON it returns what comes before the break.
func InputMessages(api API, body []byte) (messages, system string) { return "", "" }

// OutputMessages returns the messages of an answer in the same form, with their finish_reason: from a whole body, or,
// where streamed, from a transcript of the stream, which may be cut short.
func OutputMessages(api API, body []byte, streamed bool) string { return "" }
