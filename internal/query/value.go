package query

import (
	"math"
	"slices"
	"strings"

	"github.com/telltale-dev/telltale/internal/query/nearest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// values reads what follows `field:`: one item or several with commas between.
func (p *parser) values(f telemetry.FieldRef) (telemetry.Expr, *Error) {
	var any telemetry.Or
	equals := telemetry.Cond{Field: f, Op: telemetry.Equals}
	start := p.pos
	for n := 0; ; n++ {
		at := p.pos
		x, err := p.item(f)
		if err != nil {
			return nil, err
		}
		cond, isCond := x.(telemetry.Cond)
		comma := p.next() == ','
		switch {
		case (n > 0 || comma) && (!isCond || cond.Op == telemetry.Exists || f.Field.Type == telemetry.Flag):
			return nil, p.fault(at, "this value stands alone, not in a list", "", "")
		case isCond && cond.Op == telemetry.Equals:
			equals.Values = append(equals.Values, cond.Values...)
		default:
			any = append(any, x)
		}
		if !p.accept(",") {
			break
		}
	}
	if len(equals.Values) > 0 {
		x, err := p.count(start, equals)
		if err != nil {
			return nil, err
		}
		any = slices.Insert(any, 0, x)
	}
	if len(any) == 1 {
		return any[0], nil
	}
	return any, nil
}

// item reads one value with its operator.
func (p *parser) item(f telemetry.FieldRef) (telemetry.Expr, *Error) {
	start := p.pos
	if p.done() || p.next() == ',' || p.next() == ')' || strings.TrimSpace(string(p.next())) == "" {
		return nil, p.fault(start, "a value is missing", wants(f), "")
	}
	if p.next() == '(' {
		return nil, p.fault(start, "a bracket where a value must stand", "several values as "+f.String()+":a,b", "")
	}
	for _, op := range []string{">=", "<=", ">", "<", "!=", "="} {
		if p.accept(op) {
			return p.comparison(f, op, start)
		}
	}
	contains := p.accept("~")
	c, err := p.chunk(",")
	if err != nil {
		return nil, err
	}
	if c.quoted && !contains {
		c.star = p.accept("*")
		c.end = p.pos
	}
	if !p.done() && p.next() != ',' {
		if err := p.border(p.pos); err != nil {
			return nil, err
		}
	}
	switch {
	case contains:
		return p.contains(f, c)
	case !c.quoted && c.text == "*" && c.stars == 1:
		return p.count(start, telemetry.Cond{Field: f, Op: telemetry.Exists})
	case f.Field.Type.Numeric():
		return p.number(f, c)
	case f.Field.Type == telemetry.FullText:
		return p.fullText(f, c)
	case c.star || c.stars > 0:
		return p.prefix(f, c)
	case f.Field.Keyed && c.dots >= 0:
		if x, err := p.span(f, c); x != nil || err != nil {
			return x, err
		}
	}
	return p.plain(f, c)
}

// wants says what a field takes.
func wants(f telemetry.FieldRef) string {
	switch f.Field.Type {
	case telemetry.Integer:
		return "a number, as in " + f.String() + ":>1000"
	case telemetry.Duration:
		return "a duration, as in " + f.String() + ":>3s"
	case telemetry.Money:
		return "an amount in USD, as in " + f.String() + ":>0.01"
	case telemetry.Flag:
		return "true or false"
	case telemetry.FullText:
		return "a word, a \"phrase\" or ~part"
	}
	return "a value right after the colon, in quotes if it holds spaces"
}

// contains reads ~part.
func (p *parser) contains(f telemetry.FieldRef, c chunk) (telemetry.Expr, *Error) {
	if f.Field.Type.Numeric() || f.Field.Type == telemetry.Flag {
		return nil, p.fault(c.start, "~ searches in text, "+f.String()+" is no text", wants(f), "")
	}
	return p.cond(f, telemetry.Contains, c)
}

// fullText reads a word or a phrase of a long text.
func (p *parser) fullText(f telemetry.FieldRef, c chunk) (telemetry.Expr, *Error) {
	switch {
	case c.star || c.stars > 0:
		return nil, p.fault(c.start, f.String()+" is searched by whole words, without *", wants(f),
			f.String()+":~"+quoteIfNeeded(strings.Trim(c.text, "*")))
	case c.quoted:
		return p.cond(f, telemetry.Phrase, c)
	}
	return p.cond(f, telemetry.Word, c)
}

// prefix reads pre*.
func (p *parser) prefix(f telemetry.FieldRef, c chunk) (telemetry.Expr, *Error) {
	if f.Field.Type == telemetry.Flag {
		return nil, p.fault(c.start, f.String()+" has no prefixes", wants(f), "")
	}
	if !c.star || c.stars > 1 {
		return nil, p.fault(c.start, "* stands at the end only", "begin*, ~part, or quotes around a value that holds an asterisk",
			f.String()+":~"+quoteIfNeeded(longestPart(c.text)))
	}
	if !c.quoted {
		c.text = strings.TrimSuffix(c.text, "*")
	}
	c.text = fold(f, c.text)
	return p.cond(f, telemetry.Prefix, c)
}

func longestPart(s string) string {
	best := ""
	for part := range strings.SplitSeq(s, "*") {
		if len(part) > len(best) {
			best = part
		}
	}
	return best
}

// plain reads a value that a field has to equal.
func (p *parser) plain(f telemetry.FieldRef, c chunk) (telemetry.Expr, *Error) {
	value := fold(f, c.text)
	cond := telemetry.Cond{Field: f, Op: telemetry.Equals, Values: []string{value}}
	switch f.String() {
	case "call", "stream":
		switch value {
		case "true", "yes", "1":
			cond.Values = []string{"true"}
			return cond, nil
		case "false", "no", "0":
			cond.Values = []string{"true"}
			return telemetry.Not{Expr: cond}, nil
		}
		return nil, p.fault(c.start, quote(c.text)+" is neither true nor false", wants(f), "")
	case "trace":
		if _, err := telemetry.ParseTraceID(value); err != nil && value != "" {
			return nil, p.fault(c.start, "not a trace id", "32 hex digits, or the first of them and *", "")
		}
	case "span", "parent":
		if _, err := telemetry.ParseSpanID(value); err != nil && value != "" {
			return nil, p.fault(c.start, "not a span id", "16 hex digits, or the first of them and *", "")
		}
	}
	if allowed := allowedValues[f.String()]; allowed != nil && value != "" && !slices.Contains(allowed, value) {
		return nil, p.notAllowed(f, c, value, allowed)
	}
	return cond, nil
}

func (p *parser) notAllowed(f telemetry.FieldRef, c chunk, value string, allowed []string) *Error {
	suggestion := nearest.Of(value, allowed)
	if other := synonyms[value]; suggestion == "" && slices.Contains(allowed, other) {
		suggestion = other
	}
	if suggestion != "" {
		suggestion = f.String() + ":" + suggestion
	}
	if _, err := parseWhole(value); f.String() == "status" && err == nil {
		suggestion = "http.status:" + value
	}
	return p.fault(c.start, quote(c.text)+" is no "+f.String(), strings.Join(allowed, ", "), suggestion)
}

// allowedValues are those of fields that have few, in lower case.
var allowedValues = map[string][]string{
	"status": {"ok", "error"},
	"level":  levels,
	"kind":   {"internal", "server", "client", "producer", "consumer", "log"},
}

// levels from the least to the most severe.
var levels = []string{"trace", "debug", "info", "warn", "error", "fatal"}

// synonyms are what some call these values.
var synonyms = map[string]string{
	"warning": "warn", "critical": "fatal", "panic": "fatal", "err": "error", "information": "info", "notice": "info",
	"failed": "error", "failure": "error", "fail": "error", "success": "ok", "succeeded": "ok", "unset": "ok",
}

// fold brings values of fields whose case has no meaning into the one that is stored. All else is compared exactly.
func fold(f telemetry.FieldRef, v string) string {
	if f.Field.Keyed {
		return v
	}
	switch f.Field.Name {
	case "status", "level", "kind", "trace", "span", "parent", "call", "stream":
		return strings.ToLower(v)
	case "method":
		return strings.ToUpper(v)
	}
	return v
}

// comparison reads the number after >, >=, < or <=. Levels have an order too.
func (p *parser) comparison(f telemetry.FieldRef, op string, start int) (telemetry.Expr, *Error) {
	c, err := p.chunk(",")
	if err != nil {
		return nil, err
	}
	switch {
	case op == "!=":
		return nil, p.fault(start, "there is no !=", "a minus before the field", "-"+f.String()+":"+quoteIfNeeded(c.text))
	case op == "=":
		return nil, p.fault(start, "there is no = after the colon", "the value", f.String()+":"+quoteIfNeeded(c.text))
	case f.String() == "level":
		return p.levelRange(op, c)
	case !f.Field.Type.Numeric() && !f.Field.Keyed:
		return nil, p.fault(start, f.String()+" has no order", wants(f), "")
	}
	v, fault := p.amount(f, c, c.start, c.text)
	if fault != nil {
		return nil, fault
	}
	cond := telemetry.Cond{Field: f, Op: telemetry.Between, Low: math.Inf(-1), High: math.Inf(1)}
	switch op {
	case ">":
		cond.Low = after(f, v)
	case ">=":
		cond.Low = v
	case "<":
		cond.High = before(f, v)
	case "<=":
		cond.High = v
	}
	return p.count(start, cond)
}

// levelRange turns level:>=warn into the list of these levels.
func (p *parser) levelRange(op string, c chunk) (telemetry.Expr, *Error) {
	i := slices.Index(levels, strings.ToLower(c.text))
	if i < 0 {
		return nil, p.notAllowed(telemetry.MustField("level"), c, strings.ToLower(c.text), levels)
	}
	from, to := 0, len(levels)
	switch op {
	case ">":
		from = i + 1
	case ">=":
		from = i
	case "<":
		to = i
	case "<=":
		to = i + 1
	}
	if from == to {
		return nil, p.fault(c.start, "no level is beyond "+levels[i], strings.Join(levels, ", "), "")
	}
	return telemetry.Cond{Field: telemetry.MustField("level"), Op: telemetry.Equals, Values: slices.Clone(levels[from:to])}, nil
}
