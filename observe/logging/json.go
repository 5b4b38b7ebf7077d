package logging

import (
	"encoding/hex"
	"log/slog"
	"math"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// jsonHead writes what stands before the attributes of the record.
func (l *line) jsonHead(h *Handler) {
	r := &l.rec
	b := l.out.appendStart(l.buf[:0], r.Time, r.Level, r.Message, r.Logger)
	b, l.asItIs = l.out.appendIdentity(b, l.id, l.access)
	b = appendSpan(b, r.TraceID, r.SpanID)
	b = appendKept(b, r.Kept)
	if l.pc != 0 {
		b = appendSource(b, l.pc)
	}
	l.buf = append(b, h.pre...)
}

// appendStart writes what a line begins with.
func (o *output) appendStart(b []byte, at time.Time, level slog.Level, message, logger string) []byte {
	b = append(b, '{')
	if !at.IsZero() {
		b = append(b, `"time":"`...)
		b = o.clock.append(b, at)
		b = append(b, `",`...)
	}
	b = append(b, `"level":"`...)
	b = appendLevel(b, level)
	b = append(b, `","msg":`...)
	b = appendQuoted(b, message)
	if logger != "" {
		b = append(b, `,"logger":`...)
		b = appendQuoted(b, logger)
	}
	return b
}

func appendSpan(b []byte, traceID trace.TraceID, spanID trace.SpanID) []byte {
	if traceID.IsValid() {
		b = append(b, `,"`+keyTraceID+`":"`...)
		b = append(hex.AppendEncode(b, traceID[:]), '"')
	}
	if spanID.IsValid() {
		b = append(b, `,"`+keySpanID+`":"`...)
		b = append(hex.AppendEncode(b, spanID[:]), '"')
	}
	return b
}

// appendKept writes how many lines this one stands for, if it is not itself alone.
func appendKept(b []byte, n uint64) []byte {
	if n <= 1 {
		return b
	}
	return strconv.AppendUint(append(b, `,"sampled":`...), n, 10)
}

// jsonTail writes what stands after them.
func (l *line) jsonTail(h *Handler) {
	b := l.buf
	for range h.open {
		b = append(b, '}')
	}
	if l.rec.Stack != "" {
		b = append(b, `,"stack":`...)
		b = appendQuoted(b, l.rec.Stack)
	}
	l.buf = append(b, '}', '\n')
}

// appendKey writes a key, after a comma unless it is the first of its group.
func appendKey(b []byte, n *name) []byte {
	if len(b) > 0 && b[len(b)-1] == '{' {
		return append(b, n.quoted[1:]...)
	}
	return append(b, n.quoted...)
}

// appendValue writes a value of a kind that Record.Attrs allows.
func appendValue(b []byte, kind slog.Kind, v slog.Value) []byte {
	switch kind {
	case slog.KindString:
		return appendQuoted(b, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(b, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(b, v.Uint64(), 10)
	case slog.KindFloat64:
		return appendFloat(b, v.Float64())
	case slog.KindBool:
		return strconv.AppendBool(b, v.Bool())
	case slog.KindDuration:
		return strconv.AppendInt(b, int64(v.Duration()), 10)
	case slog.KindTime:
		b = append(b, '"')
		b = appendTime(b, v.Time())
		return append(b, '"')
	}
	return append(b, "null"...)
}

// appendFloat writes a number as encoding/json does, and what JSON has no number for as text.
func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"+Inf"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Inf"`...)
	}
	if done, ok := appendThousandths(b, f); ok {
		return done
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	b = strconv.AppendFloat(b, f, format, -1, 64)
	if n := len(b); format == 'e' && n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
		b[n-2] = b[n-1] // e-09 becomes e-9
		b = b[:n-1]
	}
	return b
}

// appendThousandths writes numbers with at most three decimals, which most are, without looking for their shortest form:
// the decimals of the quotient of two integers below 2^53 are read back as that quotient.
func appendThousandths(b []byte, f float64) ([]byte, bool) {
	const limit = 1e12
	if !(f > -limit && f < limit) || f == 0 && math.Signbit(f) {
		return b, false
	}
	m := math.Round(f * 1000)
	if m/1000 != f {
		return b, false
	}
	n := int64(m)
	if n < 0 {
		b = append(b, '-')
		n = -n
	}
	return appendMilli(b, n), true
}

// appendMilli writes a number of thousandths, not less than zero.
func appendMilli(b []byte, n int64) []byte {
	b = strconv.AppendInt(b, n/1000, 10)
	if d := n % 1000; d != 0 {
		b = append(b, '.', '0'+byte(d/100), '0'+byte(d/10%10), '0'+byte(d%10))
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	return b
}

const hexDigits = "0123456789abcdef"

func appendLevel(b []byte, level slog.Level) []byte {
	switch level {
	case slog.LevelDebug:
		return append(b, "DEBUG"...)
	case slog.LevelInfo:
		return append(b, "INFO"...)
	case slog.LevelWarn:
		return append(b, "WARN"...)
	case slog.LevelError:
		return append(b, "ERROR"...)
	}
	return append(b, level.String()...)
}
