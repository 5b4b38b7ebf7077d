package dashboard

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Choice is what is chosen of a variable.
type Choice struct {
	Values, Texts []string // of the same length
	List          bool     // there may be more than one: it is written as a regular expression into PromQL
	Verbatim      bool     // All with an all_value of its own: never escaped
	Each          []Option // of such an All: what is repeated for, where that is known
}

// Scope is what variables stand for.
type Scope struct {
	Variables    map[string]Choice
	From, To     time.Time
	Interval     time.Duration // distance of points
	RateInterval time.Duration // window of rate() that misses no sample
	Dashboard    string        // title
}

var reference = regexp.MustCompile(`\$(\w+)|\[\[(\w+)(?::([\w:]+))?\]\]|\$\{(\w+)(?:\.[^:}]+)?(?::([^}]+))?\}`)

// builtins are the variables that always exist.
var builtins = []string{
	"__interval", "__interval_ms", "__rate_interval", "__rate_interval_ms", "__range", "__range_s", "__range_ms", "__from", "__to", "__dashboard", "__all",
}

// formats of ${variable:format}.
var formats = []string{
	"raw", "regex", "pipe", "csv", "json", "glob", "distributed", "percentencode", "queryparam", "singlequote", "doublequote", "sqlstring", "text", "date",
}

type ref struct{ name, format string }

func refOf(groups []string) ref {
	switch {
	case groups[1] != "":
		return ref{name: groups[1]}
	case groups[2] != "":
		return ref{groups[2], groups[3]}
	}
	return ref{groups[4], groups[5]}
}

// references lists the variables in a text.
func references(text string) []ref {
	var out []ref
	for _, groups := range reference.FindAllStringSubmatch(text, -1) {
		out = append(out, refOf(groups))
	}
	return out
}

// References lists the names of the variables in a text.
func References(text string) []string {
	var out []string
	for _, r := range references(text) {
		if !slices.Contains(out, r.name) {
			out = append(out, r.name)
		}
	}
	return out
}

// Expr fills in variables for PromQL. Values of a variable of which there can be several are escaped for a regular expression
// within a string; the others are escaped for the string they stand in. Unknown variables stay.
func (s *Scope) Expr(text string) string {
	var b strings.Builder
	last := 0
	var quote byte
	for _, at := range reference.FindAllStringSubmatchIndex(text, -1) {
		quote = quoteAfter(quote, text[last:at[0]])
		b.WriteString(text[last:at[0]])
		last = at[1]
		r := refOf(submatches(text, at))
		if v, ok := s.builtin(r); ok {
			b.WriteString(v)
			continue
		}
		c, ok := s.Variables[r.name]
		if !ok {
			b.WriteString(text[at[0]:at[1]])
			continue
		}
		b.WriteString(c.promQL(r.format, quote))
	}
	b.WriteString(text[last:])
	return b.String()
}

// Text fills in variables for people.
func (s *Scope) Text(text string) string {
	return reference.ReplaceAllStringFunc(text, func(found string) string {
		r := refOf(reference.FindStringSubmatch(found))
		if v, ok := s.builtin(r); ok {
			return v
		}
		c, ok := s.Variables[r.name]
		switch {
		case !ok:
			return found
		case r.format == "" || r.format == "text":
			return strings.Join(c.Texts, " + ")
		}
		return c.format(r.format)
	})
}

func submatches(text string, at []int) []string {
	out := make([]string, len(at)/2)
	for i := range out {
		if at[2*i] >= 0 {
			out[i] = text[at[2*i]:at[2*i+1]]
		}
	}
	return out
}

// quoteAfter follows the strings of PromQL: which one is open behind text.
func quoteAfter(open byte, text string) byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case open != 0 && open != '`' && c == '\\':
			i++
		case open == c:
			open = 0
		case open == 0 && (c == '"' || c == '\'' || c == '`'):
			open = c
		}
	}
	return open
}

func (s *Scope) builtin(r ref) (string, bool) {
	span := s.To.Sub(s.From)
	switch r.name {
	case "__interval":
		return FormatDuration(s.Interval), true
	case "__interval_ms":
		return strconv.FormatInt(s.Interval.Milliseconds(), 10), true
	case "__rate_interval":
		return FormatDuration(s.RateInterval), true
	case "__rate_interval_ms":
		return strconv.FormatInt(s.RateInterval.Milliseconds(), 10), true
	case "__range":
		return strconv.FormatInt(int64(span.Round(time.Second)/time.Second), 10) + "s", true
	case "__range_s":
		return strconv.FormatInt(int64(span.Round(time.Second)/time.Second), 10), true
	case "__range_ms":
		return strconv.FormatInt(span.Milliseconds(), 10), true
	case "__from":
		return moment(s.From, r.format), true
	case "__to":
		return moment(s.To, r.format), true
	case "__dashboard":
		return s.Dashboard, true
	}
	return "", false
}

func moment(t time.Time, format string) string {
	switch format {
	case "date", "date:iso":
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	case "date:seconds":
		return strconv.FormatInt(t.Unix(), 10)
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

func (c Choice) promQL(format string, quote byte) string {
	inString := func(text string) string {
		switch quote {
		case '"', '\'':
			return strings.NewReplacer(`\`, `\\`, string(quote), `\`+string(quote)).Replace(text)
		}
		return text
	}
	switch {
	case c.Verbatim && (format == "" || format == "regex" || format == "pipe"):
		return strings.Join(c.Values, "|")
	case format == "" && c.List, format == "regex":
		return inString(c.regex())
	case format == "":
		return inString(strings.Join(c.Values, ","))
	}
	return c.format(format)
}

func (c Choice) regex() string {
	quoted := make([]string, len(c.Values))
	for i, v := range c.Values {
		quoted[i] = regexp.QuoteMeta(v)
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return "(" + strings.Join(quoted, "|") + ")"
}

func (c Choice) format(format string) string {
	quoted := func(with string) string {
		out := make([]string, len(c.Values))
		for i, v := range c.Values {
			escape := `\` + with
			if format == "sqlstring" {
				escape = with + with
			}
			out[i] = with + strings.ReplaceAll(v, with, escape) + with
		}
		return strings.Join(out, ",")
	}
	switch format {
	case "pipe":
		return strings.Join(c.Values, "|")
	case "regex":
		return c.regex()
	case "json":
		text, err := json.Marshal(c.Values)
		if err != nil {
			return ""
		}
		return string(text)
	case "glob":
		if len(c.Values) > 1 {
			return "{" + strings.Join(c.Values, ",") + "}"
		}
	case "percentencode":
		return url.PathEscape(strings.Join(c.Values, ","))
	case "queryparam":
		return url.QueryEscape(strings.Join(c.Values, ","))
	case "singlequote", "sqlstring":
		return quoted("'")
	case "doublequote":
		return quoted(`"`)
	case "text":
		return strings.Join(c.Texts, " + ")
	}
	return strings.Join(c.Values, ",")
}
