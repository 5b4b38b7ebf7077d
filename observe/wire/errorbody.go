package wire

import (
	"net/http"
	"strconv"
)

// ErrorBody makes an error answer in the shape of the kind, so that its SDKs understand it. An empty errType is replaced
// by the word which that API uses for the status: authentication_error, RESOURCE_EXHAUSTED, …
func ErrorBody(k Kind, status int, errType, message string) (contentType string, body []byte) {
	if errType == "" {
		errType = errorType(k, status)
	}
	quotedType, quotedMessage := appendQuoted(nil, []byte(errType)), appendQuoted(nil, []byte(message))
	b := make([]byte, 0, 96+len(quotedType)+len(quotedMessage))
	switch k {
	case Anthropic:
		b = append(b, `{"type":"error","error":{"type":`...)
		b = append(b, quotedType...)
		b = append(b, `,"message":`...)
		b = append(b, quotedMessage...)
		b = append(b, `},"request_id":null}`...)
	case Gemini:
		b = append(b, `{"error":{"code":`...)
		b = strconv.AppendInt(b, int64(status), 10)
		b = append(b, `,"message":`...)
		b = append(b, quotedMessage...)
		b = append(b, `,"status":`...)
		b = append(b, quotedType...)
		b = append(b, `}}`...)
	default:
		b = append(b, `{"error":{"message":`...)
		b = append(b, quotedMessage...)
		b = append(b, `,"type":`...)
		b = append(b, quotedType...)
		b = append(b, `,"param":null,"code":`...)
		if code := openAICode(status); code != "" {
			b = append(b, '"')
			b = append(b, code...)
			b = append(b, '"')
		} else {
			b = append(b, "null"...)
		}
		b = append(b, `}}`...)
	}
	return "application/json", b
}

// openAICode is the code that OpenAI sends with a status, where there is one of general use.
func openAICode(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "invalid_api_key"
	case http.StatusTooManyRequests:
		return "rate_limit_exceeded"
	}
	return ""
}

// errorType is the word a kind of API uses for a status; empty for an unknown kind.
func errorType(k Kind, status int) string {
	switch k {
	case OpenAI:
		return openAIErrorType(status)
	case Anthropic:
		return anthropicErrorType(status)
	case Gemini:
		return googleStatus(status)
	}
	return ""
}

func openAIErrorType(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "authentication_error"
	case status == http.StatusForbidden:
		return "permission_error"
	case status == http.StatusTooManyRequests:
		return "rate_limit_error"
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout:
		return "timeout_error"
	case status == http.StatusServiceUnavailable:
		return "service_unavailable_error"
	case status >= http.StatusInternalServerError:
		return "server_error"
	}
	return "invalid_request_error"
}

func anthropicErrorType(status int) string {
	const overloaded = 529
	switch {
	case status == http.StatusUnauthorized:
		return "authentication_error"
	case status == http.StatusPaymentRequired:
		return "billing_error"
	case status == http.StatusForbidden:
		return "permission_error"
	case status == http.StatusNotFound:
		return "not_found_error"
	case status == http.StatusRequestEntityTooLarge:
		return "request_too_large"
	case status == http.StatusTooManyRequests:
		return "rate_limit_error"
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout:
		return "timeout_error"
	case status == http.StatusServiceUnavailable || status == overloaded:
		return "overloaded_error"
	case status >= http.StatusInternalServerError:
		return "api_error"
	}
	return "invalid_request_error"
}

func googleStatus(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "UNAUTHENTICATED"
	case http.StatusForbidden:
		return "PERMISSION_DENIED"
	case http.StatusNotFound:
		return "NOT_FOUND"
	case http.StatusConflict:
		return "ABORTED"
	case http.StatusTooManyRequests:
		return "RESOURCE_EXHAUSTED"
	case 499:
		return "CANCELLED"
	case http.StatusNotImplemented:
		return "UNIMPLEMENTED"
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return "UNAVAILABLE"
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return "DEADLINE_EXCEEDED"
	}
	if status >= http.StatusInternalServerError {
		return "INTERNAL"
	}
	return "INVALID_ARGUMENT"
}
