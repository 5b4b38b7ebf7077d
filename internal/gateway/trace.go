package gateway

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// context of a trace, as W3C Trace Context has it.
type traceContext struct {
	traceID  telemetry.TraceID
	spanID   telemetry.SpanID // of the gateway's span
	parentID telemetry.SpanID // zero for a new trace
	flags    byte
}

// continueTrace makes the gateway's span in the trace of the request, or in a new one where the header is absent,
// malformed or there more than once.
func continueTrace(h http.Header) traceContext {
	var t traceContext
	if v := h["Traceparent"]; len(v) != 1 || !t.parse(v[0]) {
		t = traceContext{flags: 1}
		binary.LittleEndian.PutUint64(t.traceID[:8], rand.Uint64())
		binary.LittleEndian.PutUint64(t.traceID[8:], rand.Uint64()|1)
	}
	binary.LittleEndian.PutUint64(t.spanID[:], rand.Uint64()|1)
	return t
}

const traceparentLen = 55

func (t *traceContext) parse(s string) bool {
	if len(s) < traceparentLen || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return false
	}
	version := s[:2]
	if version == "ff" || version == "00" && len(s) != traceparentLen || len(s) > traceparentLen && s[traceparentLen] != '-' {
		return false
	}
	for i := range traceparentLen {
		if c := s[i]; c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	var b [2]byte
	if _, err := hex.Decode(b[:1], []byte(version)); err != nil {
		return false
	}
	if _, err := hex.Decode(b[1:], []byte(s[53:55])); err != nil {
		return false
	}
	var errTrace, errSpan error
	t.traceID, errTrace = telemetry.ParseTraceID(s[3:35])
	t.parentID, errSpan = telemetry.ParseSpanID(s[36:52])
	t.flags = b[1]
	return errTrace == nil && errSpan == nil
}

// setUpstream sends the trace on with the gateway's span as the parent. The state belongs to the trace that was
// continued.
func (t *traceContext) setUpstream(out, in http.Header) {
	var b [traceparentLen]byte
	v := append(b[:0], "00-"...)
	v = hex.AppendEncode(v, t.traceID[:])
	v = append(v, '-')
	v = hex.AppendEncode(v, t.spanID[:])
	v = append(v, '-')
	v = hex.AppendEncode(v, []byte{t.flags})
	out["Traceparent"] = []string{string(v)}
	if s := in["Tracestate"]; s != nil && !t.parentID.IsZero() {
		out["Tracestate"] = s
	}
}

// newRequestID makes an id for a call whose client did not name it.
func newRequestID() string {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(b[8:], rand.Uint64())
	var out [36]byte
	v := append(out[:0], "req-"...)
	return string(hex.AppendEncode(v, b[:]))
}
