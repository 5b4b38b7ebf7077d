package dialect

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// maxTokens is more than any call uses; what is above is a mistake, and would overflow sums.
const maxTokens = 1 << 40

// tokens reads a count: digits, also quoted or with a fraction of zero, as some clients send them.
func tokens(s string) telemetry.Opt {
	s = clean(s)
	if s == "" {
		return telemetry.Opt{}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || f != math.Trunc(f) || math.Abs(f) > maxTokens {
			return telemetry.Opt{}
		}
		n = int64(f)
	}
	if n < 0 || n > maxTokens {
		return telemetry.Opt{}
	}
	return telemetry.Known(n)
}

// plus adds what is known.
func plus(a, b telemetry.Opt) telemetry.Opt {
	if !a.Known {
		return b
	}
	return telemetry.Known(a.Value + b.Value)
}

// money reads an amount in USD as pico-USD, exactly: 0.00012360 is 123600000. Digits beyond the twelfth are rounded half
// up. Amounts that are negative, no number, or too large are unknown.
func money(s string) telemetry.Opt {
	s = strings.TrimPrefix(clean(s), "$")
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n < -64 || n > 64 {
			return telemetry.Opt{}
		}
		mantissa, exponent = s[:i], n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || len(digits) > 64 || strings.Trim(digits, "0123456789") != "" {
		return telemetry.Opt{}
	}
	shift := 12 + exponent - len(fraction) // digits times ten to the shift
	round := false
	for ; shift < 0 && digits != ""; shift++ {
		round = digits[len(digits)-1] >= '5'
		digits = digits[:len(digits)-1]
	}
	if shift < 0 {
		round = false
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		if round {
			return telemetry.Known(1)
		}
		return telemetry.Known(0)
	}
	if len(digits)+max(shift, 0) > 18 {
		return telemetry.Opt{}
	}
	n, err := strconv.ParseInt(digits+strings.Repeat("0", max(shift, 0)), 10, 64)
	if err != nil {
		return telemetry.Opt{}
	}
	if round {
		n++
	}
	return telemetry.Known(n)
}

// elapsed reads a length of time in a unit, as nanoseconds. What is negative or longer than a day is unknown.
func elapsed(s string, unit time.Duration) telemetry.Opt {
	if s == "" {
		return telemetry.Opt{}
	}
	f, err := strconv.ParseFloat(clean(s), 64)
	if err != nil || f < 0 || f*float64(unit) > float64(24*time.Hour) || math.IsNaN(f) {
		return telemetry.Opt{}
	}
	return telemetry.Known(int64(math.Round(f * float64(unit))))
}

// flag reads a boolean as the languages of clients write it.
func flag(s string) bool {
	switch clean(s) {
	case "true", "True", "TRUE", "1":
		return true
	}
	return false
}

// moment reads a time in RFC 3339, as Unix nanoseconds.
func moment(s string) (int64, bool) {
	t, err := time.Parse(time.RFC3339Nano, clean(s))
	if err != nil || t.Year() < 2000 || t.Year() > 2200 {
		return 0, false
	}
	return t.UnixNano(), true
}
