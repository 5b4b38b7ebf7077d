package jsonlines

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// parseTime reads a time as logs write it, as Unix nanoseconds: a text, an epoch as number or text, or an object with
// seconds and nanoseconds. Times before 1973 are refused: such numbers are durations or counters.
func parseTime(value string) (int64, bool) {
	switch {
	case isObject(value):
		return parseTimeObject(value)
	case isString(value):
		s := strings.TrimSpace(text(value))
		if ns, ok := parseEpoch(s); ok {
			return ns, true
		}
		return parseTimeText(s)
	case isNumber(value):
		return parseEpoch(value)
	}
	return 0, false
}

// parseTimeObject reads {"seconds","nanos"} of Google, {"epochSecond","nanoOfSecond"} of Log4j2, {"timestamp"} of loguru
// and {"$date"} of MongoDB.
func parseTimeObject(obj string) (int64, bool) {
	if sec := member(obj, "seconds", "epochSecond"); sec != "" {
		ns, ok := parseEpoch(text(sec))
		frac, err := strconv.ParseInt(text(member(obj, "nanos", "nanoOfSecond")), 10, 64)
		if err != nil || frac < 0 || frac >= 1e9 {
			frac = 0
		}
		return ns + frac, ok
	}
	if v := member(obj, "timestamp", "$date"); v != "" && !isObject(v) {
		return parseTime(v)
	}
	return 0, false
}

// minEpoch is the smallest epoch in seconds that is taken for one, in 1973.
const minEpoch = 100_000_000

// parseEpoch reads seconds, milliseconds, microseconds or nanoseconds since 1970, told by their size, to the last digit.
func parseEpoch(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789.eE+") != "" {
		return 0, false // errors of strconv cost more than this
	}
	whole, frac, _ := strings.Cut(s, ".")
	if strings.ContainsAny(s, "eE") {
		f, err := strconv.ParseFloat(s, 64) // 1.7952488e+09
		if err != nil || f < minEpoch || f >= math.MaxInt64 {
			return 0, false
		}
		whole, frac, _ = strings.Cut(strconv.FormatFloat(f, 'f', -1, 64), ".")
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, false
	}
	if n < minEpoch || strings.Trim(frac, "0123456789") != "" {
		return 0, false
	}
	digits := 0 // of nanoseconds below the unit
	switch {
	case n < 1e11:
		digits = 9
	case n < 1e14:
		digits = 6
	case n < 1e17:
		digits = 3
	}
	frac = (frac + "000000000")[:digits]
	var below int64
	if digits > 0 {
		if below, err = strconv.ParseInt(frac, 10, 64); err != nil {
			return 0, false
		}
	}
	if n > math.MaxInt64/pow10(digits)-1 {
		return 0, false
	}
	return n*pow10(digits) + below, true
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// layouts of times, after the ISO forms were made one: see parseTimeText. Without a zone they are UTC.
var layouts = []string{
	"2006-01-02T15:04:05.999999999Z07:00",
	"2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02T15:04:05.999999999Z07",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02T15:04:05.999999999 MST",
	"2006-01-02T15:04:05.999999999 -0700 MST",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	"2006-01-02",
	"20060102T150405Z0700",
	time.RFC1123, time.RFC1123Z, time.RFC850, time.ANSIC, time.UnixDate, time.RubyDate, time.RFC822, time.RFC822Z,
	"02/Jan/2006:15:04:05 -0700", // NCSA, as web servers write it
	"02 Jan 2006 15:04:05.999999999",
}

// parseTimeText reads a time in words and digits. ISO 8601 is taken with a blank or a T in the middle, slashes or dashes,
// comma or dot before the fraction, and a zone in every form.
func parseTimeText(s string) (int64, bool) {
	if len(s) < 8 || len(s) > 64 {
		return 0, false
	}
	iso := s
	if len(s) > 10 && s[0] >= '0' && s[0] <= '9' && (s[4] == '-' || s[4] == '/') {
		rest := s[11:]
		if at := strings.IndexByte(rest, ','); at > 0 {
			rest = rest[:at] + "." + rest[at+1:]
		}
		if at := strings.LastIndexByte(rest, ' '); at > 0 && at+1 < len(rest) && strings.IndexByte("+-Zz", rest[at+1]) >= 0 {
			rest = rest[:at] + rest[at+1:]
		}
		iso = strings.ReplaceAll(s[:10], "/", "-") + "T" + strings.ToUpper(rest)
		if s[10] != ' ' && s[10] != 'T' && s[10] != 't' && s[10] != '_' {
			return 0, false
		}
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, iso)
		if err != nil {
			continue
		}
		if t.Year() < 1973 || t.Year() > 2261 {
			return 0, false
		}
		return t.UnixNano(), true
	}
	return 0, false
}
