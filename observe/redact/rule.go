package redact

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// Rule is a pattern of one's own.
type Rule struct {
	// Name stands in the marker: [redacted:NAME]. Lower-case letters, digits and underscores, 32 at most.
	Name string
	// Pattern is a regular expression in the syntax of package regexp (RE2). The whole match is removed. A pattern with a
	// fixed part ("CUST-[0-9]{8}") costs next to nothing on text without it.
	Pattern string
	// Personal marks personal data, which SecretsOnly leaves.
	Personal bool
}

// rule is a Rule, ready to run.
type rule struct {
	kind     Kind
	re       *regexp.Regexp
	literal  string // part of every match; empty where none is known
	personal bool
}

const maxRuleName = 32

func (r Rule) compile() (rule, error) {
	if r.Name == "" || len(r.Name) > maxRuleName || strings.Trim(r.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return rule{}, fmt.Errorf("name %q: want 1 to %d of a-z, 0-9 and _", r.Name, maxRuleName)
	}
	if r.Pattern == "" {
		return rule{}, fmt.Errorf("%s: the pattern is empty", r.Name)
	}
	re, err := regexp.Compile(r.Pattern)
	if err != nil {
		var bad *syntax.Error
		if errors.As(err, &bad) {
			return rule{}, fmt.Errorf("%s: pattern %q: %s: %q", r.Name, r.Pattern, bad.Code, bad.Expr)
		}
		return rule{}, fmt.Errorf("%s: pattern %q: %w", r.Name, r.Pattern, err)
	}
	if re.MatchString("") {
		return rule{}, fmt.Errorf("%s: pattern %q matches the empty text, so it would match everywhere", r.Name, r.Pattern)
	}
	parsed, err := syntax.Parse(r.Pattern, syntax.Perl)
	if err != nil {
		return rule{}, fmt.Errorf("%s: pattern %q: %w", r.Name, r.Pattern, err)
	}
	return rule{kind: Kind(r.Name), re: re, literal: required(parsed.Simplify()), personal: r.Personal}, nil
}

// required finds the longest text that is part of every match, in its case.
func required(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		longest := ""
		for _, sub := range re.Sub {
			if l := required(sub); len(l) > len(longest) {
				longest = l
			}
		}
		return longest
	}
	return ""
}

// apply replaces matches. One that touches a marker stays, else rules would eat what others have left; so does one that
// would cut a JSON escape in two.
func (r *rule) apply(s string) (string, int) {
	if r.literal != "" && !strings.Contains(s, r.literal) {
		return s, 0
	}
	matches := r.re.FindAllStringIndex(s, -1)
	if matches == nil {
		return s, 0
	}
	markers := markerSpans(s)
	c := scan{s: s}
	for _, m := range matches {
		for len(markers) > 0 && markers[0][1] <= m[0] {
			markers = markers[1:]
		}
		if m[0] == m[1] || len(markers) > 0 && markers[0][0] < m[1] {
			continue
		}
		c.emit(m[0], beforeEscape(s, m[1]), r.kind)
	}
	return c.result()
}

// markerSpans lists where markers stand.
func markerSpans(s string) [][2]int {
	var spans [][2]int
	for at := 0; ; {
		i := strings.Index(s[at:], markerOpen)
		if i < 0 {
			return spans
		}
		end := strings.IndexByte(s[at+i:], ']')
		if end < 0 {
			return spans
		}
		spans = append(spans, [2]int{at + i, at + i + end + 1})
		at += i + end + 1
	}
}
