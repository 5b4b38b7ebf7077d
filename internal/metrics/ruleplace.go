package metrics

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"github.com/telltale-dev/telltale/internal/query/nearest"
)

// Problem is a mistake in a file of rules, or something in it that hardly can be meant.
type Problem struct {
	File         string
	Line, Column int    // from 1; 0 where no place is known
	Group, Rule  string // their names, where it is about one
	Message      string
	Hint         string // what would be right
	Warning      bool   // the rules work nevertheless
}

// String is file:line:column: group, rule: message.
func (p *Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
	}
	if p.Group != "" {
		fmt.Fprintf(&b, ": group %q", p.Group)
	}
	if p.Rule != "" {
		fmt.Fprintf(&b, ", rule %q", p.Rule)
	}
	b.WriteString(": " + p.Message)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// rulePlaces knows where in the text of a file its rules stand.
type rulePlaces struct {
	lines  []string
	groups []groupPlace
}

type groupPlace struct {
	name  string
	node  *yaml.Node
	rules []*yaml.Node
}

func newRulePlaces(text []byte) *rulePlaces {
	p := &rulePlaces{lines: strings.Split(string(text), "\n")}
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil || len(root.Content) == 0 {
		return p
	}
	groups := valueOf(root.Content[0], "groups")
	if groups == nil || groups.Kind != yaml.SequenceNode {
		return p
	}
	for _, g := range groups.Content {
		place := groupPlace{node: g}
		if name := valueOf(g, "name"); name != nil {
			place.name = name.Value
		}
		if rules := valueOf(g, "rules"); rules != nil && rules.Kind == yaml.SequenceNode {
			place.rules = rules.Content
		}
		p.groups = append(p.groups, place)
	}
	return p
}

// valueOf is the value of a key of a mapping; nil where there is none.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// rule is the node of a rule, and of its value at key, which may be nil.
func (p *rulePlaces) rule(group string, index int, key string) (rule, value *yaml.Node) {
	for i := range p.groups {
		if g := &p.groups[i]; g.name == group && index < len(g.rules) {
			return g.rules[index], valueOf(g.rules[index], key)
		}
	}
	return nil, nil
}

var (
	yamlLine     = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	leadingPlace = regexp.MustCompile(`^(\d+):(\d+): (.*)$`)
	unknownField = regexp.MustCompile(`^field (\S+) not found in type \w+\.(\w+)$`)
	templateText = regexp.MustCompile(`^(annotation|label) "([^"]*)": template: \S+?:\d+(?::\d+)?: (.*)$`)
	noFunction   = regexp.MustCompile(`function "(\w+)" not defined`)
)

// ruleKeys are the keys of each type of rulefmt, and of a file of unit tests.
var ruleKeys = map[string][]string{
	"RuleGroups": {"groups"},
	"RuleGroup":  {"name", "interval", "query_offset", "limit", "rules", "labels"},
	"Rule":       {"record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"},
	"unitFile":   {"rule_files", "evaluation_interval", "group_eval_order", "tests", "fuzzy_compare"},
	"unitTest":   {"name", "interval", "input_series", "alert_rule_test", "promql_expr_test", "external_labels", "external_url", "start_timestamp"},
	"unitSeries": {"series", "values"},
	"unitAlert":  {"eval_time", "alertname", "exp_alerts"},
	"unitExpr":   {"expr", "eval_time", "exp_samples"},
	"unitSample": {"labels", "value", "histogram"},
}

// hint is what would be right instead of common mistakes.
func hint(message string) string {
	switch m := noFunction.FindStringSubmatch(message); {
	case strings.Contains(message, "expected type range vector"):
		return "put a range behind the metric, such as [5m]"
	case strings.Contains(message, "expected type instant vector"):
		return "put a function around the range, such as rate(…)"
	case strings.Contains(message, "duration"):
		return "such as 30s, 5m or 1h30m"
	case strings.Contains(message, "undefined variable"):
		return "there are $labels, $value, $externalLabels and $externalURL"
	case strings.Contains(message, "'record' or 'alert' must be set"):
		return "alert names an alert, record the metric of a recording rule"
	case strings.Contains(message, "mapping values are not allowed"), strings.Contains(message, "did not find expected"):
		return "look at the indentation and quotes around this line"
	case m != nil:
		if near := nearest.Of(m[1], templateFunctions); near != "" {
			return "did you mean " + near + "?"
		}
	}
	return ""
}

var templateFunctions = []string{
	"query", "first", "label", "value", "strvalue", "args", "reReplaceAll", "safeHtml", "match", "title", "toUpper", "toLower", "graphLink",
	"tableLink", "sortByLabel", "stripPort", "stripDomain", "humanize", "humanize1024", "humanizeDuration", "humanizePercentage",
	"humanizeTimestamp", "toTime", "toDuration", "now", "pathPrefix", "externalURL", "parseDuration", "printf", "urlquery", "tmpl",
}

// problems turns an error of rulefmt into problems with places.
func (p *rulePlaces) problems(err error) []Problem {
	if wrong, ok := errors.AsType[*rulefmt.Error](err); ok {
		return []Problem{p.ofRule(wrong)}
	}
	if many, ok := errors.AsType[*yaml.TypeError](err); ok {
		var out []Problem
		for _, text := range many.Errors {
			out = append(out, ofYAML(text))
		}
		return out
	}
	problem := ofYAML(err.Error())
	if problem.Line == 0 && strings.Contains(problem.Message, "control characters") {
		problem.Line = 1 + slices.IndexFunc(p.lines, func(line string) bool {
			return strings.ContainsFunc(line, func(r rune) bool { return r == 0x7f || r < ' ' && r != '\t' && r != '\r' })
		})
	}
	if wrong := p.duration(problem.Message); problem.Line == 0 && wrong != nil {
		problem.Line, problem.Column = wrong.Line, wrong.Column
	}
	for i := range p.groups { // rulefmt says 0:0 of groups
		g := &p.groups[i]
		named := g.name != "" && strings.Contains(problem.Message, strconv.Quote(g.name))
		if problem.Line == 0 && named && slices.ContainsFunc(p.groups[:i], func(o groupPlace) bool { return o.name == g.name }) ||
			problem.Line == 0 && g.name == "" && strings.HasPrefix(problem.Message, "Groupname") {
			problem.Line, problem.Column = g.node.Line, g.node.Column
		}
	}
	return []Problem{problem}
}

// duration is the value that an error about a duration repeats.
func (p *rulePlaces) duration(message string) *yaml.Node {
	for i := range p.groups {
		for _, n := range append([]*yaml.Node{p.groups[i].node}, p.groups[i].rules...) {
			for _, key := range []string{"interval", "query_offset", "for", "keep_firing_for"} {
				if v := valueOf(n, key); v != nil && v.Value != "" && strings.Contains(message, "duration") && strings.Contains(message, strconv.Quote(v.Value)) {
					return v
				}
			}
		}
	}
	return nil
}

// ofYAML reads what the decoder says, and hides the names of Go types in it.
func ofYAML(text string) Problem {
	problem := Problem{Message: strings.TrimPrefix(text, "yaml: ")}
	if m := leadingPlace.FindStringSubmatch(text); m != nil {
		problem.Line, _ = strconv.Atoi(m[1])
		problem.Column, _ = strconv.Atoi(m[2])
		problem.Message = m[3]
	} else if m := yamlLine.FindStringSubmatch(text); m != nil {
		problem.Line, _ = strconv.Atoi(m[1])
		problem.Message = m[2]
	}
	if m := unknownField.FindStringSubmatch(problem.Message); m != nil {
		problem.Message = fmt.Sprintf("there is no key %q here", m[1])
		if near := nearest.Of(m[1], ruleKeys[m[2]]); near != "" {
			problem.Hint = "did you mean " + near + "?"
		} else if keys := ruleKeys[m[2]]; keys != nil {
			problem.Hint = "keys are " + strings.Join(keys, ", ")
		}
	}
	problem.Hint = or(problem.Hint, hint(problem.Message))
	return problem
}

func (p *rulePlaces) ofRule(err *rulefmt.Error) Problem {
	cause := err.Err.Unwrap()
	problem := Problem{Group: err.Group, Rule: or(err.RuleName, fmt.Sprintf("#%d", err.Rule)), Message: cause.Error()}
	rule, expr := p.rule(err.Group, err.Rule-1, "expr")
	if rule != nil {
		problem.Line, problem.Column = rule.Line, rule.Column
	}
	if m := templateText.FindStringSubmatch(problem.Message); m != nil {
		problem.Message = m[1] + " " + m[2] + ": " + m[3]
		if text := valueOf(valueOf(rule, m[1]+"s"), m[2]); text != nil {
			problem.Line, problem.Column = text.Line, text.Column
		}
	}
	problem.Hint = hint(problem.Message)
	var wrong *SyntaxError
	if !errors.As(syntax(cause), &wrong) {
		return problem
	}
	problem.Message, problem.Hint = wrong.Message, hint(wrong.Message)
	if list, ok := errors.AsType[parser.ParseErrors](cause); ok && expr != nil {
		problem.Line, problem.Column = p.inText(expr, int(list[0].PositionRange.Start))
	}
	return problem
}

// inText is where the byte at offset of a scalar stands in the file; the beginning of the scalar where that is not clear.
func (p *rulePlaces) inText(n *yaml.Node, offset int) (line, column int) {
	if offset < 0 || offset > len(n.Value) {
		return n.Line, n.Column
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		if strings.Contains(n.Value, "\n") || n.Line < 1 || n.Line > len(p.lines) {
			return n.Line, n.Column
		}
		rest := p.lines[n.Line-1][min(max(n.Column-1, 0), len(p.lines[n.Line-1])):]
		quote := len(rest) - len(strings.TrimLeft(rest, `'"`))
		if !strings.HasPrefix(rest[min(quote, 1):], n.Value) { // escaped, or over several lines
			return n.Line, n.Column
		}
		return n.Line, n.Column + min(quote, 1) + offset
	}
	indent := 0
	for at := n.Line; at < len(p.lines); at++ { // lines after the one of the indicator
		text := strings.TrimRight(p.lines[at], "\r")
		if indent == 0 {
			indent = len(text) - len(strings.TrimLeft(text, " "))
		}
		length := max(0, len(text)-indent)
		if offset <= length {
			return at + 1, indent + offset + 1
		}
		offset -= length + 1
	}
	return n.Line, n.Column
}
