package query

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// number reads a numeric value: an amount, which has to be met exactly, or a range.
func (p *parser) number(f telemetry.FieldRef, c chunk) (telemetry.Expr, *Error) {
	if c.stars > 0 || c.star {
		return nil, p.fault(c.start, f.String()+" has no prefixes", wants(f)+" or a range 1..5", "")
	}
	if c.dots >= 0 {
		return p.span(f, c)
	}
	v, err := p.amount(f, c, c.start, c.text)
	if err != nil {
		return nil, err
	}
	return p.count(c.start, telemetry.Cond{Field: f, Op: telemetry.Between, Low: v, High: v})
}

// span reads a range, low..high with both ends in it; one of them may be left out. Of an attribute it returns nil where
// the text is no range of numbers.
func (p *parser) span(f telemetry.FieldRef, c chunk) (telemetry.Expr, *Error) {
	low, high := c.text[:c.dots], c.text[c.dots+2:]
	cond := telemetry.Cond{Field: f, Op: telemetry.Between, Low: math.Inf(-1), High: math.Inf(1)}
	var fault *Error
	if low != "" {
		cond.Low, fault = p.amount(f, c, c.start, low)
	}
	if high != "" && fault == nil {
		cond.High, fault = p.amount(f, c, min(c.start+c.dots+2, c.end), high)
	}
	switch {
	case f.Field.Keyed && (fault != nil || low == "" && high == ""):
		return nil, nil // a path or a version, not a range
	case fault != nil:
		return nil, fault
	case low == "" && high == "":
		return nil, p.fault(c.start, "a range without ends", wants(f)+" or a range 1..5", "")
	case cond.Low > cond.High:
		return nil, p.fault(c.start, "the range is empty", "the smaller end first", f.String()+":"+high+".."+low)
	}
	return p.count(c.start, cond)
}

// amount reads a number in the unit of the field: nanoseconds, pico-USD, plain. at is where it stands.
func (p *parser) amount(f telemetry.FieldRef, c chunk, at int, text string) (float64, *Error) {
	var v float64
	var err error
	switch f.Field.Type {
	case telemetry.Duration:
		v, err = parseNanoseconds(text)
	case telemetry.Money:
		v, err = parsePicoUSD(text)
	case telemetry.Integer:
		v, err = parseWhole(text)
	default:
		v, err = parsePlain(text)
	}
	if err == nil {
		return v, nil
	}
	if text == "" {
		return 0, p.fault(c.end, "a number is missing", wants(f), "")
	}
	suggestion := ""
	if _, plain := parsePlain(text); plain == nil && f.Field.Type == telemetry.Duration {
		suggestion = text + "s"
	}
	if f.String() == "http.status" && len(text) == 3 && strings.EqualFold(text[1:], "xx") && text[0] >= '1' && text[0] <= '5' {
		suggestion = "http.status:" + text[:1] + "00.." + text[:1] + "99"
	}
	expected := wants(f)
	if f.Field.Keyed {
		expected = "a number without unit, or a size as in 10kb"
	}
	return 0, p.fault(at, quote(text)+" "+err.Error(), expected, suggestion)
}

// Reasons why a text is no amount. They follow the text in a message.
var (
	errNoNumber = errors.New("is no number")
	errNoWhole  = errors.New("is no whole number")
	errTooLarge = errors.New("is too large")
	errNoUnit   = errors.New("has no unit")
	errUnit     = errors.New("has no unit of time that is known")
)

// largest is below 2^63 and exact.
const largest = 1 << 62

// parseDecimal reads digits with at most one point and perhaps a sign: no exponent, no infinity, no hex.
func parseDecimal(s string) (float64, error) {
	if len(s) > 40 {
		return 0, errTooLarge
	}
	digits := strings.TrimPrefix(s, "-")
	if strings.Trim(digits, "0123456789.") != "" || strings.Count(digits, ".") > 1 || strings.Trim(digits, ".") == "" {
		return 0, errNoNumber
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(v) > largest {
		return 0, errTooLarge
	}
	return v + 0, nil
}

// sizes are the suffixes of plain numbers, longest first.
var sizes = []struct {
	suffix string
	factor float64
}{
	{"kib", 1 << 10},
	{"mib", 1 << 20},
	{"gib", 1 << 30},
	{"tib", 1 << 40},
	{"kb", 1e3},
	{"mb", 1e6},
	{"gb", 1e9},
	{"tb", 1e12},
	{"k", 1e3},
	{"m", 1e6},
	{"b", 1},
}

// parsePlain reads a number, perhaps with a size: 10kb, 4MiB, 128k.
func parsePlain(s string) (float64, error) {
	if v, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) && !strings.ContainsAny(s, "xXpP_") {
		return v + 0, nil
	}
	factor := 1.0
	lower := strings.ToLower(s)
	for _, size := range sizes {
		if rest, ok := strings.CutSuffix(lower, size.suffix); ok {
			lower, factor = rest, size.factor
			break
		}
	}
	v, err := parseDecimal(lower)
	if err != nil {
		return 0, err
	}
	return v * factor, nil
}

// parseWhole is parsePlain for fields that hold whole numbers.
func parseWhole(s string) (float64, error) {
	v, err := parsePlain(s)
	switch {
	case err != nil:
		return 0, err
	case v != math.Trunc(v):
		return 0, errNoWhole
	case math.Abs(v) > largest:
		return 0, errTooLarge
	}
	return v, nil
}

// parsePicoUSD reads an amount in USD: 0.01, $0.01, 0.01usd.
func parsePicoUSD(s string) (float64, error) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.ToLower(strings.TrimPrefix(s, "$")), "usd"))
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || strings.ContainsAny(s, "xp_") {
		return 0, errNoNumber
	}
	if v = math.Round(v * 1e12); math.Abs(v) > largest {
		return 0, errTooLarge
	}
	return v + 0, nil
}

// after and before are the nearest values of a field above and below v: whole ones, except of attributes.
func after(f telemetry.FieldRef, v float64) float64 {
	if !f.Field.Keyed && v+1 > v {
		return v + 1
	}
	return math.Nextafter(v, math.Inf(1))
}

func before(f telemetry.FieldRef, v float64) float64 {
	if !f.Field.Keyed && v-1 < v {
		return v - 1
	}
	return math.Nextafter(v, math.Inf(-1))
}
