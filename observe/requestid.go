package observe

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net/http"

	"github.com/telltale-dev/telltale/observe/internal/core"
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

// requestIDShown returns what of a request id may be shown: it loses secrets of known shapes, and stays whatever its digits
// may be besides.
func requestIDShown(c *core.Core, id *scope.Identity) string {
	if id.Made || id.RequestID == "" {
		return id.RequestID
	}
	shown, _ := c.Secrets.String(id.RequestID)
	return shown
}

// newRequestID returns 128 random bits. They come from a ChaCha8 generator that the runtime seeds: nobody guesses one
// from others, though an id is no secret.
func newRequestID() string {
	var text [32]byte
	for i := 0; i < len(text); i += 16 {
		random := rand.Uint64()
		binary.LittleEndian.PutUint64(text[i:], hexOf(uint32(random)))
		binary.LittleEndian.PutUint64(text[i+8:], hexOf(uint32(random>>32)))
	}
	return string(text[:])
}

// hexOf returns the eight hexadecimal digits of n, one in each byte: all at once, the lowest first.
func hexOf(n uint32) uint64 {
	const ones = 0x0101010101010101
	v := uint64(n)
	v = (v | v<<16) & 0x0000ffff0000ffff
	v = (v | v<<8) & 0x00ff00ff00ff00ff
	v = (v | v<<4) & (ones * 0xf)
	letters := (v + ones*6) >> 4 & ones // 1 where the digit is above 9
	return v + ones*'0' + letters*('a'-'9'-1)
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
