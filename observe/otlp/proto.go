package otlp

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Wire types of protobuf.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// Every field of OTLP has a number below 2048, so that a tag takes at most two bytes.
func appendTag(b []byte, field, wire uint32) []byte {
	if field < 16 {
		return append(b, byte(field<<3|wire))
	}
	return appendVarint(b, uint64(field<<3|wire))
}

func appendVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// varintLen is how many bytes appendVarint writes.
func varintLen(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

// appendUint writes nothing for zero, which is what a reader takes a missing field for.
func appendUint(b []byte, field uint32, v uint64) []byte {
	if v == 0 {
		return b
	}
	return appendVarint(appendTag(b, field, wireVarint), v)
}

func appendFixed64(b []byte, field uint32, v uint64) []byte {
	return binary.LittleEndian.AppendUint64(appendTag(b, field, wireFixed64), v)
}

func appendFixed32(b []byte, field, v uint32) []byte {
	return binary.LittleEndian.AppendUint32(appendTag(b, field, wireFixed32), v)
}

func appendDouble(b []byte, field uint32, v float64) []byte {
	return appendFixed64(b, field, math.Float64bits(v))
}

// appendTime writes Unix nanoseconds, and nothing for the zero time or one before 1970.
func appendTime(b []byte, field uint32, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	ns := t.UnixNano()
	if ns <= 0 {
		return b
	}
	return appendFixed64(b, field, uint64(ns))
}

// text returns s as protobuf takes it: valid UTF-8.
func text(s string) string {
	if isASCII(s) || utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// isASCII looks at eight bytes at a time, the last eight again. Short texts are nearly all there are.
func isASCII(s string) bool {
	if len(s) < 8 {
		var all byte
		for i := range len(s) {
			all |= s[i]
		}
		return all < utf8.RuneSelf
	}
	all := eight(s[len(s)-8:])
	for i := 0; i+8 < len(s); i += 8 {
		all |= eight(s[i : i+8])
	}
	return all&0x8080808080808080 == 0
}

func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// appendString writes nothing for the empty string.
func appendString(b []byte, field uint32, s string) []byte {
	if s == "" {
		return b
	}
	return appendRaw(b, field, text(s))
}

// appendRaw writes bytes that need no check, also when there are none.
func appendRaw[T string | []byte](b []byte, field uint32, s T) []byte {
	b = appendVarint(appendTag(b, field, wireBytes), uint64(len(s)))
	return append(b, s...)
}

// mark is where a message begins whose size is not known yet.
type mark struct{ start, reserved int }

// begin writes the tag of a message and leaves as many bytes for its size as the caller expects to need. A wrong guess
// costs a move of the message.
func begin(b []byte, field uint32, reserve int) ([]byte, mark) {
	b = appendTag(b, field, wireBytes)
	for range reserve {
		b = append(b, 0)
	}
	return b, mark{start: len(b), reserved: reserve}
}

// end puts the size of the message before it.
func end(b []byte, m mark) []byte {
	size := len(b) - m.start
	need := varintLen(uint64(size))
	if need != m.reserved {
		for range need - m.reserved {
			b = append(b, 0)
		}
		at := m.start - m.reserved + need
		copy(b[at:], b[m.start:m.start+size])
		b = b[:at+size]
	}
	appendVarint(b[:m.start-m.reserved], uint64(size))
	return b
}
