package llmmock

import (
	"math"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// string is what the user said of a field of that name, if it is allowed, else an example of the format or pattern.
func (b *builder) string(s map[string]any, name string) string {
	pattern, _ := s["pattern"].(string)
	least, _ := s["minLength"].(float64)
	most, bounded := s["maxLength"].(float64)
	if !bounded || most < 0 {
		most = math.MaxInt32
	}
	if said, ok := b.said.fields[name].(string); ok && matches(pattern, said) {
		if n := float64(utf8.RuneCountInString(said)); least <= n && n <= most {
			return said
		}
	}
	format, _ := s["format"].(string)
	out := sample(s, formats(format))
	switch {
	case out != "":
		return out
	case pattern != "":
		if out = matching(pattern); out != "" {
			return out
		}
	}
	out = "mock"
	if int(least) > len(out) {
		out = strings.Repeat("m", int(min(least, 4096)))
	}
	return out[:min(len(out), int(most))]
}

func formats(format string) string {
	switch format {
	case "date":
		return "2026-01-01"
	case "date-time":
		return "2026-01-01T00:00:00Z"
	case "time":
		return "00:00:00Z"
	case "duration":
		return "PT1H"
	case "email":
		return "mock@example.com"
	case "hostname":
		return "example.com"
	case "uuid":
		return "00000000-0000-4000-8000-000000000000"
	case "uri", "url":
		return "https://example.com/"
	case "ipv4":
		return "192.0.2.1"
	case "ipv6":
		return "2001:db8::1"
	}
	return ""
}

func matches(pattern, text string) bool {
	ok, err := regexp.MatchString(pattern, text)
	return ok && err == nil
}

// matching returns a short text that a pattern allows; empty where the pattern is not of Go's kind.
func matching(pattern string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	writeMatch(&b, re)
	if out := b.String(); matches(pattern, out) {
		return out
	}
	return ""
}

const maxMatch = 4096

func writeMatch(b *strings.Builder, re *syntax.Regexp) {
	if b.Len() > maxMatch {
		return
	}
	times := 1
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(ofClass(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('m')
	case syntax.OpAlternate:
		writeMatch(b, re.Sub[0])
		return
	case syntax.OpStar, syntax.OpQuest:
		return
	case syntax.OpRepeat:
		times = re.Min
	}
	for range times {
		for _, sub := range re.Sub {
			writeMatch(b, sub)
		}
	}
}

// ofClass is a character of a class, which is a list of first and last ones.
func ofClass(class []rune) rune {
	first := rune('m')
	for i := len(class) - 2; i >= 0; i -= 2 {
		if class[i] <= 'm' && 'm' <= class[i+1] {
			return 'm'
		}
		if unicode.IsPrint(class[i]) {
			first = class[i]
		}
	}
	return first
}

// number is what the user said of a field of that name, if it is allowed; between two bounds it depends on the prompt, with
// one it is the bound.
func (b *builder) number(s map[string]any, name string) float64 {
	r := rangeOf(s)
	if said, ok := b.said.fields[name].(float64); ok && r.allows(said) {
		return said
	}
	if v := sample(s, math.NaN()); r.allows(v) {
		return v
	}
	steps := math.Floor((r.high - r.low) / r.step)
	switch {
	case steps >= 2 && steps < 1<<53:
		k := 1 + b.said.hash(name)%uint64(steps-1)
		return short(r.low + float64(k)*r.step)
	case !math.IsInf(r.low, 0):
		if r.open && r.low+r.step < r.high {
			return short(r.low + r.step)
		}
		return r.low
	}
	return min(r.high, math.Floor(max(r.step, 1)/r.step)*r.step)
}

// short takes off what binary fractions add: 0.30000000000000004.
func short(v float64) float64 {
	out, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
	return out
}

// numbers are those that a schema allows: from low to high, in steps from low on.
type numbers struct {
	low, high, step float64
	open            bool // low itself is not one
	whole           bool
	multiple        float64 // 0 where any will do
}

func rangeOf(s map[string]any) numbers {
	r := numbers{low: math.Inf(-1), high: math.Inf(1), step: 1, whole: typeOf(s) == "integer"}
	if v, ok := s["minimum"].(float64); ok {
		r.low = v
	}
	if v, ok := s["exclusiveMinimum"].(float64); ok && v >= r.low {
		r.low, r.open = v, true
	}
	if v, ok := s["maximum"].(float64); ok {
		r.high = v
	}
	if v, ok := s["exclusiveMaximum"].(float64); ok && v <= r.high {
		r.high = math.Nextafter(v, math.Inf(-1))
	}
	if v, ok := s["multipleOf"].(float64); ok && v > 0 {
		r.step, r.multiple = v, v
	} else if r.whole {
		r.multiple = 1
	} else if width := r.high - r.low; width > 0 && !math.IsInf(width, 0) {
		r.step = width / 100
	}
	if m := r.multiple; m > 0 && !math.IsInf(r.low, 0) {
		up := math.Ceil(r.low/m) * m
		r.open = r.open && up == r.low
		r.low = up
	}
	if m := r.multiple; m > 0 && !math.IsInf(r.high, 0) {
		r.high = math.Floor(r.high/m) * m
	}
	return r
}

func (r numbers) allows(v float64) bool {
	return v >= r.low && v <= r.high && (!r.open || v > r.low) && (r.multiple == 0 || math.Mod(v, r.multiple) == 0)
}
