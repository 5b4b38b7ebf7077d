package query

import (
	"strings"
	"unicode"

	"github.com/telltale-dev/telltale/internal/query/nearest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Parse reads a query. An empty one is nil, which matches everything. The error is an *Error.
func Parse(text string) (telemetry.Expr, error) {
	p := &parser{scanner: scanner{text: text}}
	if err := p.checkText(); err != nil {
		return nil, err
	}
	p.skipSpace()
	if p.done() {
		return nil, nil
	}
	x, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if !p.done() { // alternatives stop at a closing bracket only
		return nil, p.fault(p.pos, "this bracket closes nothing", "", "")
	}
	return x, nil
}

// parser is a recursive descent over the text:
//
//	alternatives = conjunction { "OR" conjunction }
//	conjunction  = unary { ["AND"] unary }
//	unary        = ( "NOT" | "-" ) unary | primary
//	primary      = "(" alternatives ")" | field ":" values | quoted | word
type parser struct {
	scanner
	depth      int
	conditions int
}

const condition = "a word, a \"phrase\", field:value or a bracket"

func (p *parser) alternatives() (telemetry.Expr, *Error) {
	if p.depth++; p.depth > MaxDepth {
		return nil, p.fault(p.pos, "too many brackets and negations inside each other", "at most 32", "")
	}
	defer func() { p.depth-- }()
	var any telemetry.Or
	for {
		x, err := p.conjunction()
		if err != nil {
			return nil, err
		}
		any = appendOr(any, x)
		if !p.keyword("OR") {
			break
		}
	}
	if len(any) == 1 {
		return any[0], nil
	}
	return any, nil
}

func (p *parser) conjunction() (telemetry.Expr, *Error) {
	var all telemetry.And
	for {
		x, err := p.unary()
		if err != nil {
			return nil, err
		}
		if inner, ok := x.(telemetry.And); ok {
			all = append(all, inner...)
		} else {
			all = append(all, x)
		}
		p.skipSpace()
		if p.keyword("AND") {
			continue
		}
		if p.done() || p.next() == ')' || p.atKeyword("OR") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

func appendOr(any telemetry.Or, x telemetry.Expr) telemetry.Or {
	if inner, ok := x.(telemetry.Or); ok {
		return append(any, inner...)
	}
	return append(any, x)
}

func (p *parser) unary() (telemetry.Expr, *Error) {
	p.skipSpace()
	start := p.pos
	switch {
	case p.keyword("NOT"):
	case p.accept("-"):
		if p.done() || unicode.IsSpace(p.next()) {
			return nil, p.fault(start, "a minus with nothing to negate", condition+` right after it, or "-" in quotes`, "")
		}
	default:
		return p.primary()
	}
	if p.depth++; p.depth > MaxDepth {
		return nil, p.fault(start, "too many brackets and negations inside each other", "at most 32", "")
	}
	defer func() { p.depth-- }()
	x, err := p.unary()
	if err != nil {
		return nil, err
	}
	return telemetry.Not{Expr: x}, nil
}

func (p *parser) primary() (telemetry.Expr, *Error) {
	start := p.pos
	switch {
	case p.done():
		return nil, p.fault(start, "the query ends where something must follow", condition, "")
	case p.next() == ')':
		return nil, p.fault(start, "a closing bracket where something must stand", condition, "")
	case p.atKeyword("AND"), p.atKeyword("OR"):
		return nil, p.fault(start, "AND and OR stand between two conditions", condition+"; in quotes they are words", "")
	case p.accept("("):
		return p.bracket(start)
	case p.next() == '"':
		c, err := p.quoted()
		if err != nil {
			return nil, err
		}
		if err := p.border(c.end); err != nil {
			return nil, err
		}
		return p.cond(textField(), telemetry.Phrase, c)
	case p.accept("~"):
		c, err := p.chunk("")
		if err != nil {
			return nil, err
		}
		return p.cond(textField(), telemetry.Contains, c)
	}
	return p.wordOrField()
}

// bracket reads up to the bracket that closes the one at start.
func (p *parser) bracket(start int) (telemetry.Expr, *Error) {
	x, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if !p.accept(")") {
		return nil, p.fault(start, "this bracket is not closed", "a closing )", "")
	}
	return x, nil
}

func textField() telemetry.FieldRef { return telemetry.MustField("text") }

// wordOrField reads a word, or a field with its values.
func (p *parser) wordOrField() (telemetry.Expr, *Error) {
	start := p.pos
	c, err := p.bare(`:"`)
	if err != nil {
		return nil, err
	}
	if p.next() == '"' && (strings.EqualFold(c.text, "attr.") || strings.EqualFold(c.text, "resource.")) {
		key, err := p.quoted()
		if err != nil {
			return nil, err
		}
		c.text, c.end, c.stars = c.text+key.text, key.end, 0
		if p.next() != ':' {
			return nil, p.fault(p.pos, "a field without a value", "a colon and a value", "")
		}
	}
	switch p.next() {
	case '"':
		return nil, p.fault(p.pos, "a quote in the middle of a word", `a space before it, or \" for a quote that is part of the text`, "")
	case ':':
		f, err := p.field(c)
		if err != nil {
			return nil, err
		}
		p.pos++
		return p.values(f)
	}
	if c.stars > 0 {
		return nil, p.fault(start, "words are found whole, without *",
			`a whole word, or ~ and a part of one; \* is an asterisk`, "~"+quoteIfNeeded(strings.Trim(c.text, "*")))
	}
	return p.cond(textField(), telemetry.Word, c)
}

// field finds what a name stands for. The name may be in any case, the key of an attribute is exact.
func (p *parser) field(c chunk) (telemetry.FieldRef, *Error) {
	if c.text == "" {
		return telemetry.FieldRef{}, p.fault(c.start, "a colon without a field before it", "a field", "")
	}
	base, key, keyed := strings.Cut(c.text, ".")
	if f, ok := telemetry.LookupField(strings.ToLower(base) + "." + key); ok && keyed && f.Field.Keyed {
		return f, nil
	}
	if f, ok := telemetry.LookupField(strings.ToLower(c.text)); ok {
		return f, nil
	}
	lower := strings.ToLower(c.text)
	if lower == "attr" || lower == "resource" || lower == "attr." || lower == "resource." {
		return telemetry.FieldRef{}, p.fault(c.end, strings.TrimSuffix(lower, ".")+" needs a key", "a dot and a key, as in attr.http.route", "")
	}
	return telemetry.FieldRef{}, p.unknownField(c)
}

func (p *parser) unknownField(c chunk) *Error {
	if strings.HasPrefix(p.text[c.end:], "://") {
		return p.fault(c.start, "an address without quotes", `quotes around text that holds a colon, as in "`+c.text+`://…"`, "")
	}
	return p.fault(c.start, "there is no field "+quote(c.text), "a field, or quotes around text that holds a colon", suggestField(c.text))
}

// suggestField is the nearest field to a name nobody knows, or the attribute of that name where it looks like one.
func suggestField(name string) string {
	var names []string
	for _, f := range telemetry.Fields() {
		if !f.Keyed {
			names = append(names, f.Name)
		}
	}
	if near := nearest.Of(name, names); near != "" {
		return near
	}
	if other, ok := otherNames[strings.ToLower(name)]; ok {
		return other
	}
	if strings.ContainsAny(name, "._") {
		return "attr." + name
	}
	return ""
}

// otherNames are what fields are called elsewhere.
var otherNames = map[string]string{
	"severity": "level", "environment": "env", "latency": "duration", "took": "duration", "code": "http.status",
	"route": "path", "url": "path", "message": "body", "msg": "body", "conversation": "session", "customer": "user",
	"logger": "name", "price": "cost", "usd": "cost", "completion": "output", "trace_id": "trace", "traceid": "trace",
	"span_id": "span", "spanid": "span", "request_id": "request", "user_id": "user", "id": "request", "operation": "op",
	"parent_id": "parent", "session_id": "session", "tenant_id": "tenant", "error_type": "error", "exception": "error",
	"service.name": "service", "gen_ai.request.model": "model", "gen_ai.provider.name": "provider",
}

// chunk reads a quoted or a bare value.
func (p *parser) chunk(stops string) (chunk, *Error) {
	if p.next() == '"' {
		return p.quoted()
	}
	return p.bare(stops)
}

// border refuses text glued to the end of something quoted.
func (p *parser) border(at int) *Error {
	if p.done() || unicode.IsSpace(p.next()) || p.next() == ')' {
		return nil
	}
	return p.fault(at, "text right after a closing quote", "a space", "")
}

// cond makes a condition with one value.
func (p *parser) cond(f telemetry.FieldRef, op telemetry.Op, c chunk) (telemetry.Expr, *Error) {
	if c.text == "" {
		return nil, p.fault(c.start, "nothing to search for", "text", "")
	}
	return p.count(c.start, telemetry.Cond{Field: f, Op: op, Values: []string{c.text}})
}

// count bounds the number of conditions.
func (p *parser) count(at int, x telemetry.Cond) (telemetry.Expr, *Error) {
	if p.conditions++; p.conditions > MaxConditions {
		return nil, p.fault(at, "too many conditions", "at most 256", "")
	}
	return x, nil
}

// atKeyword reports whether a keyword comes next, as a word of its own.
func (p *parser) atKeyword(word string) bool {
	rest, ok := strings.CutPrefix(p.text[p.pos:], word)
	if !ok {
		return false
	}
	for _, r := range rest {
		return unicode.IsSpace(r) || r == '(' || r == ')'
	}
	return true
}

// keyword reads a keyword, with space before it, if it comes next.
func (p *parser) keyword(word string) bool {
	p.skipSpace()
	if !p.atKeyword(word) {
		return false
	}
	p.pos += len(word)
	return true
}
