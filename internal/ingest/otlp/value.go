package otlp

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// attrs converts a map. Keys become unique, the last value wins, as an SDK would have it; room is left for more.
func (c *converter) attrs(m pcommon.Map, room int) telemetry.Attrs {
	n := m.Len()
	if n == 0 {
		return nil
	}
	out := make(telemetry.Attrs, 0, min(n, maxAttributes)+room)
	var seen [4]uint64 // a bit for each key's hash: most keys are known to be new without a look at the others
	for k, v := range m.All() {
		key := c.text(k, maxKey, "a key")
		value := c.text(c.value(v), c.maxValue, key)
		h := keyHash(key)
		if seen[h>>6]&(1<<(h&63)) != 0 {
			before := len(out)
			if out = out.Set(key, value); len(out) == before {
				continue
			}
			out = out[:before]
		}
		if len(out) == maxAttributes {
			c.cut = append(c.cut, strconv.Itoa(n-maxAttributes)+" attributes")
			break
		}
		seen[h>>6] |= 1 << (h & 63)
		out = append(out, telemetry.Attr{Key: key, Value: value})
	}
	return out
}

// keyHash is cheap and good enough for keys, which differ in length and at their ends.
func keyHash(k string) uint8 {
	n := len(k)
	if n < 4 {
		return uint8(n)
	}
	return uint8(n)*7 + k[n-1]*31 + k[n-2]*17 + k[n/2]*5 + k[n-4]
}

// text keeps s valid UTF-8 and no longer than limit; what names it where it was cut.
func (c *converter) text(s string, limit int, what string) string {
	if len(s) > limit {
		c.cut = append(c.cut, what+" of "+strconv.Itoa(len(s))+" bytes")
		s = s[:limit]
		for i := 0; i < utf8.UTFMax && len(s) > 0; i++ { // not in the middle of a character
			if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n > 1 {
				break
			}
			s = s[:len(s)-1]
		}
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}

// value is the text of a value: strings as they are, numbers and booleans as JSON has them, bytes in base64, lists and
// maps as JSON. A value without content is empty.
func (c *converter) value(v pcommon.Value) string {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return v.Str()
	case pcommon.ValueTypeInt:
		return strconv.FormatInt(v.Int(), 10)
	case pcommon.ValueTypeBool:
		return strconv.FormatBool(v.Bool())
	case pcommon.ValueTypeEmpty:
		return ""
	case pcommon.ValueTypeBytes:
		return base64.StdEncoding.EncodeToString(v.Bytes().AsRaw())
	case pcommon.ValueTypeDouble:
		c.buf = appendNumber(c.buf[:0], v.Double())
	default:
		c.buf = appendValue(c.buf[:0], v)
	}
	return string(c.buf)
}

// appendValue writes a value as JSON.
func appendValue(b []byte, v pcommon.Value) []byte {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return appendString(b, v.Str())
	case pcommon.ValueTypeInt:
		return strconv.AppendInt(b, v.Int(), 10)
	case pcommon.ValueTypeBool:
		return strconv.AppendBool(b, v.Bool())
	case pcommon.ValueTypeDouble:
		if f := v.Double(); math.IsNaN(f) || math.IsInf(f, 0) { // JSON has no number for them
			b = append(b, '"')
			return append(appendNumber(b, f), '"')
		}
		return appendNumber(b, v.Double())
	case pcommon.ValueTypeBytes:
		return appendString(b, base64.StdEncoding.EncodeToString(v.Bytes().AsRaw()))
	case pcommon.ValueTypeSlice:
		b = append(b, '[')
		for i, e := range v.Slice().All() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, e)
		}
		return append(b, ']')
	case pcommon.ValueTypeMap:
		b = append(b, '{')
		first := true
		for k, e := range v.Map().All() {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(appendString(b, k), ':')
			b = appendValue(b, e)
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}

// appendNumber writes a number as encoding/json does: without an exponent where people would not use one.
func appendNumber(b []byte, f float64) []byte {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(b, f, format, -1, 64)
}

const hexDigits = "0123456789abcdef"

// appendString quotes s for JSON. Bytes that are not UTF-8 are replaced.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			if r, n := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
		}
		b = append(b, s[start:i]...)
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, "\uFFFD"...)
		}
		i++
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
