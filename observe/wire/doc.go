// Package wire reads how OpenAI, Anthropic and Gemini say model, usage, finish reason and error: in request bodies, in
// whole answers, and in streams of server-sent events cut at any byte.
//
// It looks for the few facts a record of a call needs and skips the rest: bodies are scanned, not unmarshalled, and of a
// stream only the events that can hold a fact are looked into. All input is taken as hostile: broken or truncated JSON
// yields the facts found so far, nothing panics, and memory is bounded whatever is sent.
//
// A proxy uses it like this:
//
//	route := wire.ParseRoute(wire.OpenAI, "POST", "/v1/chat/completions")
//	req := wire.ScanRequest(route.API, body)
//	s := wire.NewStream(route.API)
//	for each piece of the answer { s.Write(piece) }
//	resp := s.Response()
package wire
