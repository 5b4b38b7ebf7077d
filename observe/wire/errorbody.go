package wire

// ErrorBody makes an error answer in the shape of the kind, so that its SDKs understand it. An empty errType is replaced
// by the word which that API uses for the status: authentication_error, RESOURCE_EXHAUSTED, …
func ErrorBody(k Kind, status int, errType, message string) (contentType string, body []byte) {
	return "application/json", nil
}
