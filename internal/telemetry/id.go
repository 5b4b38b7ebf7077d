package telemetry

import (
	"encoding/hex"
	"fmt"
)

// TraceID names a trace. The zero value is no trace.
type TraceID [16]byte

// SpanID names a span inside its trace. The zero value is no span.
type SpanID [8]byte

// IsZero reports whether there is no trace.
func (id TraceID) IsZero() bool { return id == TraceID{} }

// String is 32 lower-case hex digits, or nothing for the zero value.
func (id TraceID) String() string {
	if id.IsZero() {
		return ""
	}
	return hex.EncodeToString(id[:])
}

// IsZero reports whether there is no span.
func (id SpanID) IsZero() bool { return id == SpanID{} }

// String is 16 lower-case hex digits, or nothing for the zero value.
func (id SpanID) String() string {
	if id.IsZero() {
		return ""
	}
	return hex.EncodeToString(id[:])
}

// ParseTraceID reads 32 hex digits of either case. All zeros are refused: W3C Trace Context gives them no meaning.
func ParseTraceID(s string) (TraceID, error) {
	var id TraceID
	if len(s) != 2*len(id) {
		return id, fmt.Errorf("trace id %q: want 32 hex digits, got %d characters", s, len(s))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return TraceID{}, fmt.Errorf("trace id %q: want 32 hex digits", s)
	}
	if id.IsZero() {
		return id, fmt.Errorf("trace id %q: all zeros name no trace", s)
	}
	return id, nil
}

// ParseSpanID reads 16 hex digits of either case. All zeros are refused.
func ParseSpanID(s string) (SpanID, error) {
	var id SpanID
	if len(s) != 2*len(id) {
		return id, fmt.Errorf("span id %q: want 16 hex digits, got %d characters", s, len(s))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return SpanID{}, fmt.Errorf("span id %q: want 16 hex digits", s)
	}
	if id.IsZero() {
		return id, fmt.Errorf("span id %q: all zeros name no span", s)
	}
	return id, nil
}

// MaxRequestID is the longest request id in bytes.
const MaxRequestID = 128

// ValidRequestID reports whether s matches [A-Za-z0-9._-]{1,128}. Anything else is replaced by an id of our own, since
// request ids stand in headers, logs, URLs and terminals.
func ValidRequestID(s string) bool {
	if s == "" || len(s) > MaxRequestID {
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
