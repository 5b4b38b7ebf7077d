package price

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// problem is what is wrong with a word of a price file, and what would be right.
type problem struct{ what, hint string }

func wrong(hint, format string, args ...any) *problem {
	return &problem{what: fmt.Sprintf(format, args...), hint: hint}
}

const priceHint = "write USD for one million tokens, as 0.15 or 4"

// parsePrice reads USD per million tokens, which is a whole number of pico-USD a token.
func parsePrice(word string) (uint64, *problem) {
	whole, fraction, dotted := strings.Cut(word, ".")
	switch {
	case strings.HasPrefix(word, "-"):
		return 0, wrong(priceHint, "price %q is negative", word)
	case strings.ContainsRune(word, '$'):
		return 0, wrong("leave the sign out: "+strings.ReplaceAll(word, "$", ""), "price %q has a currency sign", word)
	case strings.ContainsRune(word, ','):
		return 0, wrong(strings.ReplaceAll(word, ",", "."), "price %q has a comma", word)
	case len(whole) > 9:
		return 0, wrong(priceHint, "price %q is a billion USD or more", word)
	case len(fraction) > 6:
		return 0, wrong("six decimals are one pico-USD a token, the smallest price", "price %q has more than six decimals", word)
	}
	n, ok := digits(whole)
	f, okFraction := digits(fraction + "000000"[len(fraction):])
	if !ok || !okFraction || dotted && fraction == "" {
		return 0, wrong(priceHint, "price %q is not a number", word)
	}
	return uint64(n)*1_000_000 + uint64(f), nil
}

const factorHint = "write a whole number, a fraction or up to three decimals: 2, 1/2, 1.1; none takes it away"

// parseFactor reads 2, 11/10, 1.1 or none, with the kinds it is for: 1/2:in,out.
func parseFactor(word string) (factor, *problem) {
	number, list, limited := strings.Cut(word, ":")
	f := factor{kinds: allKinds}
	if limited {
		f.kinds = 0
		for kind := range strings.SplitSeq(list, ",") {
			k, p := parseKind(kind)
			if p != nil {
				return factor{}, p
			}
			f.kinds |= 1 << k
		}
	}
	if number == "none" && !limited {
		return factor{}, nil
	}
	top, bottom, fraction := strings.Cut(number, "/")
	var num, den int
	ok, okDen := true, true
	if fraction {
		num, ok = digits(top)
		den, okDen = digits(bottom)
	} else {
		whole, decimals, _ := strings.Cut(number, ".")
		if len(decimals) > 3 {
			return factor{}, wrong(factorHint, "factor %q has more than three decimals", word)
		}
		num, ok = digits(whole + decimals)
		den = [...]int{1, 10, 100, 1000}[len(decimals)]
		okDen = !strings.HasSuffix(number, ".") && !strings.HasPrefix(number, ".")
	}
	switch {
	case !ok || !okDen || len(number) > 11:
		return factor{}, wrong(factorHint, "factor %q is not a number", word)
	case num == 0 || den == 0:
		return factor{}, wrong(factorHint, "factor %q has a zero", word)
	case num > maxTerm || den > maxTerm:
		return factor{}, wrong("at most 10000 above and below the line", "factor %q has too large a number", word)
	}
	f.num, f.den = uint64(num), uint64(den)
	return f, nil
}

func parseKind(word string) (Kind, *problem) {
	for k, name := range kindWords {
		if name == word {
			return Kind(k), nil
		}
	}
	return 0, wrong(didYouMean(word, kindWords[:]), "unknown kind of token %q", word)
}

const dateHint = "write 2026-09-22, or 2026-08-16T16:00Z where the hour matters"

// parseTime reads a day or a minute in UTC.
func parseTime(word string) (int64, *problem) {
	for _, layout := range [...]string{time.DateOnly, "2006-01-02T15:04Z"} {
		if t, err := time.Parse(layout, word); err == nil {
			return t.Unix(), nil
		}
	}
	return 0, wrong(dateHint, "%q is not a date", word)
}

var weekdays = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

const hoursHint = "write hours 2 Mon-Fri 01:00-04:00,06:00-10:00, in UTC"

// parseDays reads Mon-Fri, Sun or daily into a bit for each day.
func parseDays(word string) (uint8, *problem) {
	if word == "daily" {
		return 1<<7 - 1, nil
	}
	first, last, isRange := strings.Cut(word, "-")
	if !isRange {
		last = first
	}
	from, to := index(weekdays, first), index(weekdays, last)
	if from < 0 || to < 0 {
		return 0, wrong("write daily, Sun or Mon-Fri", "%q names no days", word)
	}
	var days uint8
	for d := from; ; d = (d + 1) % 7 {
		days |= 1 << d
		if d == to {
			return days, nil
		}
	}
}

// parseSpans reads 01:00-04:00,06:00-10:00 into minutes of the day.
func parseSpans(word string) ([]span, *problem) {
	var spans []span
	for part := range strings.SplitSeq(word, ",") {
		start, end, _ := strings.Cut(part, "-")
		from, ok := parseClock(start)
		to, okEnd := parseClock(end)
		if !ok || !okEnd || from >= to {
			return nil, wrong(hoursHint, "%q is no span of hours within a day", part)
		}
		spans = append(spans, span{from, to})
	}
	return spans, nil
}

// parseClock reads 00:00 to 24:00 into minutes.
func parseClock(s string) (int64, bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	h, ok := digits(s[:2])
	m, okMinute := digits(s[3:])
	return int64(60*h + m), ok && okMinute && m < 60 && 60*h+m <= 24*60
}

// parseDates reads 2026-10-01..2026-10-07,2026-12-25 into days since 1970, last days included.
func parseDates(word string) ([]span, *problem) {
	var spans []span
	for part := range strings.SplitSeq(word, ",") {
		first, last, isRange := strings.Cut(part, "..")
		if !isRange {
			last = first
		}
		from, err := time.Parse(time.DateOnly, first)
		to, errLast := time.Parse(time.DateOnly, last)
		if err != nil || errLast != nil || to.Before(from) {
			return nil, wrong("write 2026-12-25 or 2026-10-01..2026-10-07", "%q is no range of days", part)
		}
		const day = 24 * 60 * 60
		spans = append(spans, span{from.Unix() / day, to.Unix()/day + 1})
	}
	return spans, nil
}

func index(list []string, word string) int {
	for i, w := range list {
		if w == word {
			return i
		}
	}
	return -1
}

// didYouMean is a hint with the nearest of the words, or with all of them where none is near.
func didYouMean(word string, words []string) string {
	best, distance := "", len(word)/2+1
	for _, w := range words {
		if d := editDistance(word, w); d < distance {
			best, distance = w, d
		}
	}
	if best == "" {
		return "one of " + strings.Join(words, ", ")
	}
	return "did you mean " + strconv.Quote(best) + "?"
}

// editDistance counts the bytes to insert, delete or replace to make b of a. Words of files are short; longer ones are
// not compared.
func editDistance(a, b string) int {
	if len(a) > 32 {
		return len(a)
	}
	line := make([]int, len(b)+1)
	for j := range line {
		line[j] = j
	}
	for i := range len(a) {
		diagonal := line[0]
		line[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = min(diagonal, line[j], line[j+1]) + 1
			}
			diagonal, line[j+1] = line[j+1], cost
		}
	}
	return line[len(b)]
}
