package dashboard

import (
	"fmt"
	"regexp"
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

var relative = regexp.MustCompile(`^now(?:([-+])(\d{1,6}[smhdwMy]))?(?:/([smhdwMy]))?$`)

// RelativeTime reads now, now-6h and now/d. What is rounded begins with its unit, and as an end it ends with it.
func RelativeTime(text string, now time.Time, end bool) (time.Time, bool) {
	m := relative.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return time.Time{}, false
	}
	t := now
	if m[2] != "" {
		n, unit := atoi(m[2][:len(m[2])-1]), m[2][len(m[2])-1]
		if m[1] == "-" {
			n = -n
		}
		t = shift(t, unit, n)
	}
	if m[3] != "" {
		t = floor(t, m[3][0])
		if end {
			t = shift(t, m[3][0], 1).Add(-time.Millisecond)
		}
	}
	if y := t.Year(); y < 1971 || y > 9000 {
		return time.Time{}, false
	}
	return t, true
}

// shift moves by units of the calendar.
func shift(t time.Time, unit byte, n int) time.Time {
	switch unit {
	case 'y':
		return t.AddDate(n, 0, 0)
	case 'M':
		return t.AddDate(0, n, 0)
	case 'w':
		return t.AddDate(0, 0, 7*n)
	case 'd':
		return t.AddDate(0, 0, n)
	case 'h':
		return t.Add(time.Duration(n) * time.Hour)
	case 'm':
		return t.Add(time.Duration(n) * time.Minute)
	}
	return t.Add(time.Duration(n) * time.Second)
}

// floor is the beginning of a unit; weeks begin on Monday.
func floor(t time.Time, unit byte) time.Time {
	year, month, day := t.Date()
	switch unit {
	case 'y':
		return time.Date(year, 1, 1, 0, 0, 0, 0, t.Location())
	case 'M':
		return time.Date(year, month, 1, 0, 0, 0, 0, t.Location())
	case 'w':
		return time.Date(year, month, day-(int(t.Weekday())+6)%7, 0, 0, 0, 0, t.Location())
	case 'd':
		return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
	case 'h':
		return t.Truncate(time.Hour)
	case 'm':
		return t.Truncate(time.Minute)
	}
	return t.Truncate(time.Second)
}
