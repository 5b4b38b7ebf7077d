package wire

// ScanRequest reads the facts of a request body in one pass. Of a key that stands twice the last counts, as most
// decoders have it. Broken JSON gives the facts before the break.
func ScanRequest(api API, body []byte) Request {
	return Request{Stream: api == GeminiStream}
}

// SpliceIncludeUsage sets stream_options.include_usage to true in the body of an OpenAI chat or completions request and
// reports whether it had to: a body that has it already, or is not a JSON object, is returned as it is. Nothing else
// changes by a byte, and body itself is not written to. An explicit false is replaced as well: take the chunk out of the
// answer again with a UsageFilter, and the client sees what it asked for.
func SpliceIncludeUsage(body []byte) ([]byte, bool) {
	return body, false
}
