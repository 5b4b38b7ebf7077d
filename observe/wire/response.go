package wire

// ScanResponse reads the facts of a whole, not streamed, answer. A status of 400 and above makes Response.Error non-nil
// even where the body says nothing.
func ScanResponse(api API, status int, body []byte) Response {
	return Response{}
}
