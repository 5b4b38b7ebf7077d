package main

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// unknown stands where a value is not known.
const unknown = "—"

// showDuration writes nanoseconds with three digits: 310ms, 1.34s, 12.5s, 2m05s, 3h07m, 4d.
func showDuration(ns int64) string {
	d := time.Duration(ns)
	switch {
	case d < 0:
		return "-" + showDuration(-ns)
	case d == 0:
		return "0s"
	case d < time.Microsecond:
		return strconv.FormatInt(ns, 10) + "ns"
	case d < time.Millisecond:
		return threeDigits(float64(ns)/1e3) + "µs"
	case d < time.Second:
		return threeDigits(float64(ns)/1e6) + "ms"
	case d < time.Minute:
		return threeDigits(float64(ns)/1e9) + "s"
	case d < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 48*time.Hour:
		d = d.Round(time.Minute)
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return strconv.FormatInt(int64(d/(24*time.Hour)), 10) + "d"
}

// showAbout writes a quantile, which is known within 1 %: two digits.
func showAbout(ns float64) string {
	if ns <= 0 {
		return showDuration(int64(ns))
	}
	unit := math.Pow(10, math.Floor(math.Log10(ns))-1)
	return showDuration(int64(math.Round(ns/unit) * unit))
}

func threeDigits(v float64) string {
	decimals := 2
	if v >= 100 {
		decimals = 0
	} else if v >= 10 {
		decimals = 1
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// showCount writes a whole number with commas: 1,200.
func showCount(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// showOptional is showCount, or nothing where the number is not known.
func showOptional(n *int64) string {
	if n == nil {
		return ""
	}
	return showCount(*n)
}

// showUSD writes an exact amount shortly: two decimals from a dollar on, six below.
func showUSD(exact string) string {
	r, ok := new(big.Rat).SetString(exact)
	if !ok || len(exact) > 40 {
		return exact
	}
	if r.Cmp(big.NewRat(1, 1)) >= 0 {
		whole, cents, _ := strings.Cut(r.FloatString(2), ".")
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			return "$" + r.FloatString(2)
		}
		return "$" + showCount(n) + "." + cents
	}
	if r.Sign() > 0 && r.Cmp(big.NewRat(1, 1_000_000)) < 0 {
		return "<$0.000001"
	}
	return "$" + strings.TrimSuffix(strings.TrimRight(r.FloatString(6), "0"), ".")
}

// showBytes writes a size with its unit: 734 kB.
func showBytes(n int64) string {
	v, names := float64(n), []string{"B", "kB", "MB", "GB", "TB", "PB"}
	i := 0
	for v >= 999.5 && i < len(names)-1 {
		v /= 1000
		i++
	}
	return threeDigits(v) + " " + names[i]
}

// showTime writes a moment in the local zone of now, without the zone: tables say it in their head.
func showTime(t, now time.Time) string {
	return t.In(now.Location()).Format("2006-01-02 15:04:05.000")
}

// zone is the name of the local zone.
func zone(now time.Time) string {
	name, _ := now.Zone()
	return name
}

// plural writes a number with its noun.
func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return showCount(n) + " " + noun + "s"
}
