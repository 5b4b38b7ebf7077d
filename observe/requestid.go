package observe

import (
	"context"
	"math/rand/v2"
	"net/http"

	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// RequestIDHeader is the header in which a request id is taken and returned.
const RequestIDHeader = "X-Request-Id"

// maxRequestID is the greatest length of a request id.
const maxRequestID = 128

// RequestID returns the id of the request or job that ctx belongs to, empty if it has none.
func RequestID(ctx context.Context) string {
	if s := scope.From(ctx); s != nil {
		return s.Identity().RequestID
	}
	return ""
}

// requestID returns the id that the client gave, if it is well-formed, else one that is made.
func requestID(h http.Header) (id string, made bool) {
	if v := h[RequestIDHeader]; len(v) > 0 && wellFormedID(v[0]) {
		return v[0], false
	}
	return newRequestID(), true
}

// newRequestID returns 128 random bits. They come from a ChaCha8 generator that the runtime seeds: nobody guesses one
// from others, though an id is no secret.
func newRequestID() string {
	const digits = "0123456789abcdef"
	var text [32]byte
	a, b := rand.Uint64(), rand.Uint64()
	for i := range 16 {
		text[i], text[16+i] = digits[a>>(4*i)&15], digits[b>>(4*i)&15]
	}
	return string(text[:])
}

// wellFormedID reports whether s is [A-Za-z0-9._-]{1,128}.
func wellFormedID(s string) bool {
	if s == "" || len(s) > maxRequestID {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}
