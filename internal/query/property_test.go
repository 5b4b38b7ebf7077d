package query_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/internal/query"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// TestRoundTrip writes random trees and reads them again.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(5000) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		want := g.expr(4)
		text := query.String(want)
		got, err := query.Parse(text)
		if err != nil {
			t.Fatalf("seed %d: %s\nis written as %q: %v", seed, tree(want), text, err)
		}
		if tree(got) != tree(want) {
			t.Fatalf("seed %d: %s\nis written as %q, which is\n%s", seed, tree(want), text, tree(got))
		}
	}
}

// generator makes trees as Parse makes them: no And in an And, no Or in an Or, none with fewer than two entries.
type generator struct{ *rand.Rand }

func (g generator) expr(depth int) telemetry.Expr {
	if depth == 0 {
		return g.cond()
	}
	switch g.IntN(4) {
	case 0:
		return telemetry.And(g.several(depth, func(x telemetry.Expr) bool { _, nested := x.(telemetry.And); return !nested }))
	case 1:
		return telemetry.Or(g.several(depth, func(x telemetry.Expr) bool { _, nested := x.(telemetry.Or); return !nested }))
	case 2:
		return telemetry.Not{Expr: g.expr(depth - 1)}
	}
	return g.cond()
}

func (g generator) several(depth int, fits func(telemetry.Expr) bool) []telemetry.Expr {
	n := 2 + g.IntN(2)
	var xs []telemetry.Expr
	for len(xs) < n {
		if x := g.expr(depth - 1); fits(x) {
			xs = append(xs, x)
		}
	}
	return xs
}

func (g generator) cond() telemetry.Cond {
	fields := telemetry.Fields()
	f := telemetry.FieldRef{Field: fields[g.IntN(len(fields))]}
	if f.Field.Keyed {
		f.Key = g.text()
	}
	c := telemetry.Cond{Field: f, Op: telemetry.Exists}
	if g.IntN(8) == 0 {
		return c
	}
	switch f.Field.Type {
	case telemetry.Flag:
		c.Op, c.Values = telemetry.Equals, []string{"true"}
	case telemetry.FullText:
		c.Op, c.Values = []telemetry.Op{telemetry.Word, telemetry.Phrase, telemetry.Contains}[g.IntN(3)], []string{g.text()}
	case telemetry.Text:
		g.textCond(&c)
	default:
		g.bounds(&c, func() float64 { return float64(g.Int64N(1 << (1 + g.IntN(50)))) })
	}
	return c
}

func (g generator) textCond(c *telemetry.Cond) {
	switch n := g.IntN(4); {
	case n == 0:
		c.Op, c.Values = telemetry.Contains, []string{g.text()}
	case n == 1 && c.Field.Field.Keyed:
		g.bounds(c, g.NormFloat64)
	case few[c.Field.String()] != nil:
		c.Op, c.Values = telemetry.Equals, few[c.Field.String()][:1+g.IntN(2)]
	case n == 2:
		c.Op, c.Values = telemetry.Prefix, []string{g.text()}
	default:
		c.Op = telemetry.Equals
		for range 1 + g.IntN(3) {
			c.Values = append(c.Values, g.text())
		}
	}
	if n := c.Field.Field.Name; (n == "method" || few[n] != nil) && c.Op == telemetry.Prefix {
		c.Values[0] = "1"
	}
	if c.Field.Field.Name == "method" && c.Op == telemetry.Equals {
		c.Values = []string{"GET"}
	}
}

func (g generator) bounds(c *telemetry.Cond, value func() float64) {
	c.Op = telemetry.Between
	a, b := value(), value()
	switch g.IntN(4) {
	case 0:
		c.Low, c.High = math.Inf(-1), a
	case 1:
		c.Low, c.High = a, math.Inf(1)
	case 2:
		if c.Field.Field.Keyed { // one value of an attribute is a text
			b = a + 1
		}
		c.Low, c.High = a, max(a, b)
	default:
		c.Low, c.High = min(a, b), max(a, b)
	}
}

// few are values of fields that do not take every text.
var few = map[string][]string{
	"status": {"ok", "error"}, "level": {"warn", "fatal"}, "kind": {"client", "log"},
	"trace": {"4bf92f3577b34da6a3ce929d0e0e4736", "00000000000000000000000000000001"},
	"span":  {"00f067aa0ba902b7", "0000000000000001"}, "parent": {"00f067aa0ba902b7", "0000000000000001"},
}

func (g generator) text() string {
	pieces := []string{"a", "gpt-4o", " ", "-", "~", ">", "<", "*", ",", ":", `"`, `\`, "(", ")", "..", "OR", "AND", "NOT", "\n", "\t", "日本", "\u202e", "\x1b", "'", "=", "!", ".", "3", "\u00a0"}
	var b strings.Builder
	for range 1 + g.IntN(4) {
		b.WriteString(pieces[g.IntN(len(pieces))])
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`model:gpt-4o status:error duration:>3s "refund"`, `-(a OR b) NOT c`, `attr."odd key":1..5,"x"*,~y`, `level:>=warn`, `cost:>0.01 tokens:<=10k`,
		`"open`, `a\`, `((((`, `----a`, "\x00", "\xff", `model:a,b*,~c`, `http.status:500..`, `resource.x:..`, `text:a,b`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := query.Parse(text)
		var e *query.Error
		if err != nil {
			if !errors.As(err, &e) || x != nil {
				t.Fatalf("%T %v %v", err, err, x)
			}
			if e.Offset < 0 || e.Offset > len(e.Text) || e.Position != utf8.RuneCountInString(e.Text[:e.Offset]) {
				t.Fatalf("offset %d and position %d of %q", e.Offset, e.Position, e.Text)
			}
			if strings.Count(e.Caret(), "\n") != 1 {
				t.Fatalf("caret %q", e.Caret())
			}
			return
		}
		s := query.String(x)
		again, err := query.Parse(s)
		if err != nil {
			if strings.Contains(err.Error(), "too ") { // writing can need a few characters or brackets more
				return
			}
			t.Fatalf("%q is written as %q: %v", text, s, err)
		}
		if tree(x) != tree(again) {
			t.Fatalf("%q is written as %q:\n%s\n%s", text, s, tree(x), tree(again))
		}
		telemetry.MatchLog(x, &telemetry.Log{})
		telemetry.MatchSpan(x, &telemetry.Span{})
	})
}

func FuzzComplete(f *testing.F) {
	f.Add("model:gpt sta", 13)
	f.Add(`attr.ÀİK x:"`, 9)
	f.Fuzz(func(t *testing.T, text string, cursor int) {
		c := query.Complete(text, cursor)
		if c.Start < 0 || c.Start > c.End || c.End > len(text) {
			t.Fatalf("Complete(%q, %d) = %+v", text, cursor, c)
		}
	})
}

func FuzzSmallLanguages(f *testing.F) {
	f.Add("count,sum(cost),p95(duration)")
	f.Add("model,attr.x")
	f.Add("now-1h30m")
	f.Fuzz(func(t *testing.T, text string) {
		if columns, err := query.ParseColumns(text); err == nil {
			for _, c := range columns {
				again, err := query.ParseColumns(query.ColumnName(c))
				if err != nil || len(again) != 1 || again[0].Func != c.Func || again[0].Field != c.Field {
					t.Fatalf("%+v is written as %q: %v", c, query.ColumnName(c), err)
				}
			}
		}
		_, _ = query.ParseGroupBy(text)
		if d, err := query.ParseDuration(text); err == nil && d <= 0 {
			t.Fatalf("ParseDuration(%q) = %d", text, d)
		}
		if at, err := query.ParseTime(text, testNow); err == nil && at.UnixNano() < 0 {
			t.Fatalf("ParseTime(%q) = %v", text, at)
		}
	})
}
