package query

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// units of durations, the largest first. The first name of each is the one that is written.
var units = []struct {
	name  string
	other string
	ns    float64
}{
	{"w", "", 7 * 24 * 3600e9},
	{"d", "", 24 * 3600e9},
	{"h", "", 3600e9},
	{"m", "min", 60e9},
	{"s", "sec", 1e9},
	{"ms", "", 1e6},
	{"us", "µs", 1e3},
	{"ns", "", 1},
}

// parseNanoseconds reads a duration: 150ms, 1.5s, 1m30s, 7d; 0 needs no unit.
func parseNanoseconds(s string) (float64, error) {
	if s == "" {
		return 0, errNoNumber
	}
	if strings.Trim(s, "0.") == "" && strings.Contains(s, "0") {
		return 0, nil
	}
	rest, negative := strings.CutPrefix(strings.ToLower(s), "-")
	total := 0.0
	for rest != "" {
		n := 0
		for n < len(rest) && (rest[n] >= '0' && rest[n] <= '9' || rest[n] == '.') {
			n++
		}
		v, err := parseDecimal(rest[:n])
		if err != nil {
			return 0, err
		}
		rest = rest[n:]
		for n = 0; n < len(rest) && (rest[n] < '0' || rest[n] > '9') && rest[n] != '.'; n++ {
		}
		factor, err := unit(rest[:n])
		if err != nil {
			return 0, err
		}
		total += v * factor
		rest = rest[n:]
	}
	if total = math.Round(total); total > largest {
		return 0, errTooLarge
	}
	if negative {
		total = -total
	}
	return total + 0, nil
}

func unit(name string) (float64, error) {
	if name == "" {
		return 0, errNoUnit
	}
	for _, u := range units {
		if name == u.name || name == u.other || name == "μs" && u.name == "us" {
			return u.ns, nil
		}
	}
	return 0, errUnit
}

// ParseDuration reads a positive duration as queries write them: 150ms, 5m, 1h30m, 7d.
func ParseDuration(text string) (time.Duration, error) {
	ns, err := parseNanoseconds(text)
	if err != nil {
		return 0, fmt.Errorf("duration %s %w; expected a number and a unit, as in 30s, 5m, 1h or 7d", quote(text), err)
	}
	if ns <= 0 {
		return 0, fmt.Errorf("duration %s is not above 0", quote(text))
	}
	return time.Duration(ns), nil
}

// layouts of times without zone, which are read in the zone of now.
var layouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"}

// ParseTime reads a point in time: now, -1h (an hour ago; 1h ago and now-1h say the same), RFC 3339, a date with or
// without time in the zone of now, or Unix time in seconds, milliseconds, microseconds or nanoseconds, told apart by size.
func ParseTime(text string, now time.Time) (time.Time, error) {
	s := strings.TrimSpace(text)
	if s == "now" {
		return now, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return checkYear(text, t)
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return checkYear(text, t)
		}
	}
	if t, ok := parseEpoch(s); ok {
		return checkYear(text, t)
	}
	ago := strings.TrimSpace(strings.TrimSuffix(s, "ago"))
	ago = strings.TrimPrefix(strings.TrimPrefix(ago, "now"), "-")
	sign := time.Duration(-1)
	if future, ok := strings.CutPrefix(ago, "+"); ok {
		ago, sign = future, 1
	}
	if ns, err := parseNanoseconds(ago); err == nil && !strings.HasPrefix(ago, "-") {
		return checkYear(text, now.Add(sign*time.Duration(ns)))
	}
	return time.Time{}, fmt.Errorf("time %s is not understood; expected -1h, now, 2026-11-20T12:00:00Z, a date or Unix time", quote(text))
}

// parseEpoch reads Unix time. Seconds may have a fraction.
func parseEpoch(s string) (time.Time, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 1e8 {
		switch {
		case n < 1e11:
			return time.Unix(n, 0), true
		case n < 1e14:
			return time.UnixMilli(n), true
		case n < 1e17:
			return time.UnixMicro(n), true
		}
		return time.Unix(0, n), true
	}
	if whole, fraction, ok := strings.Cut(s, "."); ok && len(fraction) <= 9 {
		seconds, err := strconv.ParseInt(whole, 10, 64)
		ns, err2 := strconv.ParseUint((fraction + "000000000")[:9], 10, 32)
		if err == nil && err2 == nil && seconds >= 1e8 && seconds < 1e11 {
			return time.Unix(seconds, int64(ns)), true
		}
	}
	return time.Time{}, false
}

// checkYear refuses what nanoseconds in an int64 cannot hold.
func checkYear(text string, t time.Time) (time.Time, error) {
	if y := t.Year(); y < 1970 || y > 2261 {
		return time.Time{}, fmt.Errorf("time %s is not between 1970 and 2261", quote(text))
	}
	return t, nil
}
