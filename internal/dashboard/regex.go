package dashboard

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
)

// CompileRegex reads a regular expression as Grafana writes it, /…/i or bare.
func CompileRegex(text string) (*regexp.Regexp, error) {
	if inner, ok := strings.CutPrefix(text, "/"); ok {
		if end := strings.LastIndexByte(inner, '/'); end >= 0 {
			flags := ""
			if strings.Contains(inner[end+1:], "i") {
				flags = "(?i)"
			}
			text = flags + inner[:end]
		}
	}
	return regexp.Compile(text)
}

// regex returns an expression only where it can be compiled. What JavaScript has beyond RE2 is not supported; the rest is wrong.
func (o *object) regex(name string) (text string, ok bool) {
	text = o.str(name)
	_, err := CompileRegex(text)
	if err == nil {
		return text, true
	}
	if e := new(syntax.Error); errors.As(err, &e) {
		switch e.Code {
		case syntax.ErrInvalidPerlOp, syntax.ErrInvalidNamedCapture, syntax.ErrInvalidEscape, syntax.ErrInvalidRepeatSize, syntax.ErrLarge:
			o.unsupported(name, o.get(name), "the regular expression "+shorten(text)+" is not supported, and left out: "+e.Code.String()+" "+shorten(e.Expr), "RE2, which has no lookaround and no references")
			return "", false
		}
	}
	o.wrong(name, o.get(name), "a regular expression: "+err.Error())
	return "", false
}
