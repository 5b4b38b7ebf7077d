package logging

import (
	"sync/atomic"
	"time"
)

// clock remembers how the second of the last line is written.
type clock struct{ last atomic.Pointer[second] }

// year10000 is when years begin to have five digits, in seconds since 1970.
const year10000 = 253402300800

type second struct {
	unix int64
	text [len("2006-01-02T15:04:05.")]byte
}

// append does what appendTime does, with times of the same second one after the other.
func (c *clock) append(b []byte, t time.Time) []byte {
	unix, last := t.Unix(), c.last.Load()
	if last == nil || last.unix != unix {
		start := len(b)
		b = appendTime(b, t)
		if 0 <= unix && unix < year10000 {
			next := &second{unix: unix}
			copy(next.text[:], b[start:])
			c.last.Store(next)
		}
		return b
	}
	return appendNanos(append(b, last.text[:]...), t.Nanosecond())
}

// appendTime writes t as RFC 3339 in UTC with nine decimals, so that texts sort as times do.
func appendTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(b, time.RFC3339Nano)
	}
	hour, minute, second := t.Clock()
	b = append(b, '0'+byte(year/1000), '0'+byte(year/100%10))
	b = append2(b, year%100, '-')
	b = append2(b, int(month), '-')
	b = append2(b, day, 'T')
	b = append2(b, hour, ':')
	b = append2(b, minute, ':')
	b = append2(b, second, '.')
	return appendNanos(b, t.Nanosecond())
}

// appendNanos writes nine decimals, and Z.
func appendNanos(b []byte, n int) []byte {
	b = append(b, "000000000Z"...)
	for i, end := len(b)-2, uint32(n); end > 0; i-- {
		b[i] += byte(end % 10)
		end /= 10
	}
	return b
}

// append2 writes a number of two digits, and what follows it.
func append2(b []byte, n int, then byte) []byte {
	return append(b, '0'+byte(n/10), '0'+byte(n%10), then)
}
