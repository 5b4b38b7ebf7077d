package query

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// String writes an expression as a query. Of every tree that Parse returns, Parse(String(x)) is x again, limits aside.
// Nil and an empty And are the empty query. An Or without alternatives, which matches nothing, has no text; it is
// written as (), which Parse refuses.
func String(x telemetry.Expr) string {
	var b strings.Builder
	write(&b, x, loose)
	return b.String()
}

// How closely an expression is bound by what is around it.
const (
	loose = iota // nothing around it
	inOr
	inAnd
	inNot
)

func write(b *strings.Builder, x telemetry.Expr, around int) {
	switch x := x.(type) {
	case telemetry.And:
		if len(x) == 1 {
			write(b, x[0], around)
			return
		}
		bracketed(b, around >= inAnd, func() {
			for i, e := range x {
				if i > 0 {
					b.WriteByte(' ')
				}
				write(b, e, inAnd)
			}
		})
	case telemetry.Or:
		if isList(x) {
			writeList(b, x)
			return
		}
		if len(x) == 1 {
			write(b, x[0], around)
			return
		}
		bracketed(b, around >= inOr || len(x) == 0, func() {
			for i, e := range x {
				if i > 0 {
					b.WriteString(" OR ")
				}
				write(b, e, inOr)
			}
		})
	case telemetry.Not:
		b.WriteByte('-')
		write(b, x.Expr, inNot)
	case telemetry.Cond:
		writeCond(b, x)
	}
}

func bracketed(b *strings.Builder, bracket bool, inner func()) {
	if bracket {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	inner()
}

// isList reports whether alternatives are what field:a,b is read as: values of one field, those of Equals first.
func isList(x telemetry.Or) bool {
	if len(x) < 2 {
		return false
	}
	for i, e := range x {
		c, ok := e.(telemetry.Cond)
		if !ok || c.Field.Field.Name == "text" || c.Field.Field.Type == telemetry.Flag || c.Op == telemetry.Exists {
			return false
		}
		if i > 0 && (c.Op == telemetry.Equals || c.Field != x[0].(telemetry.Cond).Field) {
			return false
		}
	}
	return true
}

func writeList(b *strings.Builder, x telemetry.Or) {
	writeField(b, x[0].(telemetry.Cond).Field)
	for i, e := range x {
		if i > 0 {
			b.WriteByte(',')
		}
		writeValue(b, e.(telemetry.Cond))
	}
}

func writeCond(b *strings.Builder, c telemetry.Cond) {
	if c.Field.Field.Name == "text" {
		switch c.Op {
		case telemetry.Word:
			b.WriteString(escapeWord(c.Values[0]))
			return
		case telemetry.Phrase:
			b.WriteString(quote(c.Values[0]))
			return
		case telemetry.Contains:
			b.WriteString("~" + quoteIfNeeded(c.Values[0]))
			return
		}
	}
	writeField(b, c.Field)
	writeValue(b, c)
}

func writeField(b *strings.Builder, f telemetry.FieldRef) {
	b.WriteString(f.Field.Name)
	if f.Field.Keyed {
		b.WriteByte('.')
		b.WriteString(quoteIfNeeded(f.Key))
	}
	b.WriteByte(':')
}

func writeValue(b *strings.Builder, c telemetry.Cond) {
	switch c.Op {
	case telemetry.Exists:
		b.WriteByte('*')
	case telemetry.Between:
		writeBounds(b, c)
	case telemetry.Prefix:
		b.WriteString(quoteIfNeeded(c.Values[0]) + "*")
	case telemetry.Contains:
		b.WriteString("~" + quoteIfNeeded(c.Values[0]))
	case telemetry.Phrase:
		b.WriteString(quote(c.Values[0]))
	case telemetry.Word:
		b.WriteString(escapeWord(c.Values[0]))
	case telemetry.Equals:
		for i, v := range c.Values {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoteIfNeeded(v))
		}
	}
}

// writeBounds writes a range in the shortest way: one value, one bound, or both.
func writeBounds(b *strings.Builder, c telemetry.Cond) {
	low, high := formatAmount(c.Field, c.Low), formatAmount(c.Field, c.High)
	switch {
	case c.Low == c.High && !c.Field.Field.Keyed: // of attributes one value is a text
		b.WriteString(low)
	case math.IsInf(c.High, 1) && math.IsInf(c.Low, -1):
		b.WriteByte('*')
	case math.IsInf(c.High, 1):
		b.WriteString(bound(c.Field, ">", c.Low, before(c.Field, c.Low), after))
	case math.IsInf(c.Low, -1):
		b.WriteString(bound(c.Field, "<", c.High, after(c.Field, c.High), before))
	default:
		b.WriteString(low + ".." + high)
	}
}

// bound writes >=v, or >w where w is the value next to v and shorter: >3s rather than >=3000000001ns.
func bound(f telemetry.FieldRef, op string, v, w float64, step func(telemetry.FieldRef, float64) float64) string {
	loose, strict := formatAmount(f, v), formatAmount(f, w)
	if digits(strict) < digits(loose) && step(f, w) == v {
		return op + strict
	}
	return op + "=" + loose
}

// digits is the length of a number without the zeros at its end: of 10000 and 10001 people write the first.
func digits(s string) int { return len(strings.TrimRight(s, "0")) }

// formatAmount writes a number in the largest unit in which it is whole.
func formatAmount(f telemetry.FieldRef, v float64) string {
	switch f.Field.Type {
	case telemetry.Duration:
		if v == 0 {
			return "0s"
		}
		for _, u := range units {
			if n := v / u.ns; n == math.Trunc(n) && n*u.ns == v {
				return strconv.FormatFloat(n, 'f', -1, 64) + u.name
			}
		}
	case telemetry.Money:
		return FormatPicoUSD(int64(v))
	case telemetry.Integer:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// FormatPicoUSD writes an amount in USD as an exact decimal: 2208800000 is 0.0022088.
func FormatPicoUSD(pico int64) string {
	const perUSD = 1_000_000_000_000
	sign, u := "", uint64(pico)
	if pico < 0 {
		sign, u = "-", -u
	}
	whole := strconv.FormatUint(u/perUSD, 10)
	fraction := strconv.FormatUint(perUSD+u%perUSD, 10)[1:]
	if fraction = strings.TrimRight(fraction, "0"); fraction == "" {
		return sign + whole
	}
	return sign + whole + "." + fraction
}

// quote writes text in double quotes, so that it is read as it is.
func quote(s string) string {
	return `"` + quoteEscapes.Replace(s) + `"`
}

var quoteEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`)

// quoteIfNeeded quotes a value that would otherwise be read as something else.
func quoteIfNeeded(s string) string {
	if s == "" || strings.ContainsAny(s[:1], "-~><=!") || strings.Contains(s, "..") || !isPlain(s) {
		return quote(s)
	}
	return s
}

// isPlain reports whether all characters mean themselves in bare text, wherever they stand.
func isPlain(s string) bool {
	for _, r := range s {
		if !isPlainRune(r) {
			return false
		}
	}
	return true
}

func isPlainRune(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !strings.ContainsRune(`"():,*\`, r)
}

// escapeWord writes a word bare, since quotes would make it a phrase.
func escapeWord(s string) string {
	if slices.Contains([]string{"AND", "OR", "NOT"}, s) {
		return `\` + s
	}
	var b strings.Builder
	for i, r := range s {
		if !isPlainRune(r) || i == 0 && strings.ContainsRune("-~><=!", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
