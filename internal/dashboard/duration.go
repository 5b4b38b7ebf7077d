package dashboard

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// spans are the units of durations, longest names first.
var spans = []struct {
	name string
	d    time.Duration
}{
	{"ms", time.Millisecond},
	{"s", time.Second},
	{"m", time.Minute},
	{"h", time.Hour},
	{"d", 24 * time.Hour},
	{"w", 7 * 24 * time.Hour},
	{"M", 30 * 24 * time.Hour},
	{"y", 365 * 24 * time.Hour},
}

// ParseDuration reads 15s, 500ms, 1h30m, 1d, 1w, 1M (30 days) and 1y.
func ParseDuration(s string) (time.Duration, error) {
	var total time.Duration
	rest := strings.TrimSpace(s)
	if rest == "" {
		return 0, fmt.Errorf("%s is no duration", shorten(s))
	}
	for rest != "" {
		digits := 0
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
			digits++
		}
		n, err := strconv.Atoi(rest[:digits])
		rest = rest[digits:]
		found := false
		for _, u := range spans {
			if after, ok := strings.CutPrefix(rest, u.name); ok && err == nil {
				if n > int(100*365*24*time.Hour/u.d) {
					return 0, fmt.Errorf("%s is too long", shorten(s))
				}
				total, rest, found = total+time.Duration(n)*u.d, after, true
				break
			}
		}
		if !found || total < 0 {
			return 0, fmt.Errorf("%s is no duration", shorten(s))
		}
	}
	if total < time.Millisecond {
		return 0, fmt.Errorf("%s is shorter than 1ms", shorten(s))
	}
	return total, nil
}

// FormatDuration writes what PromQL reads.
func FormatDuration(d time.Duration) string {
	if d%time.Second != 0 {
		return strconv.FormatInt(max(d.Milliseconds(), 1), 10) + "ms"
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + "s"
}
