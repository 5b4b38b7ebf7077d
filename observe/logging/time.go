package logging

import "time"

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
	b = append(b, "000000000Z"...)
	n := t.Nanosecond()
	for i := len(b) - 2; n > 0; i-- {
		b[i] += byte(n % 10)
		n /= 10
	}
	return b
}

// append2 writes a number of two digits, and what follows it.
func append2(b []byte, n int, then byte) []byte {
	return append(b, '0'+byte(n/10), '0'+byte(n%10), then)
}
