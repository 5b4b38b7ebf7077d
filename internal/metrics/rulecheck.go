package metrics

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/grafana/regexp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/telltale-dev/telltale/internal/query/nearest"
)

// RuleCheck is what a file of rules holds, and what is wrong with it.
type RuleCheck struct {
	Groups, Alerts, Recordings int
	Problems                   []Problem
}

// Wrong reports whether the file cannot be loaded.
func (c *RuleCheck) Wrong() bool {
	return slices.ContainsFunc(c.Problems, func(p Problem) bool { return !p.Warning })
}

// CheckRules checks a file of rules as Prometheus reads them, and warns of what hardly can be meant. Metrics are names that exist
// besides those of Telltale; they serve as hints alone.
func CheckRules(name string, text []byte, metrics ...string) RuleCheck {
	p := parser.NewParser(parser.Options{})
	groups, problems := parseRules(name, text, p, model.UTF8Validation)
	c := RuleCheck{Problems: problems}
	if groups == nil {
		return c
	}
	c.Groups = len(groups.Groups)
	l := &ruleLint{file: name, parser: p, places: newRulePlaces(text), known: slices.Concat(knownFamilies, metrics), seen: map[string]bool{}}
	for _, g := range groups.Groups {
		for i := range g.Rules {
			if r := &g.Rules[i]; r.Alert != "" {
				c.Alerts++
			} else {
				c.Recordings++
				l.known = append(l.known, r.Record)
			}
		}
	}
	for _, g := range groups.Groups {
		for i := range g.Rules {
			l.rule(&g, i)
		}
	}
	if c.Alerts+c.Recordings == 0 {
		l.problems = append(l.problems, Problem{File: name, Message: "there are no rules in it", Hint: "rules stand below groups, each in the list rules of its group", Warning: true})
	}
	c.Problems = l.problems
	return c
}

// knownFamilies are the metrics Telltale knows of, without the suffixes of histograms.
var knownFamilies = []string{
	"http_requests_total", "http_request_duration_seconds", "http_request_size_bytes", "http_response_size_bytes", "http_requests_active",
	"llm_calls_total", "llm_call_duration_seconds", "llm_time_to_first_token_seconds", "llm_tokens_total", "llm_cached_tokens_total",
	"llm_reasoning_tokens_total", "llm_cost_usd_total", "llm_unpriced_calls_total", "llm_validation_failures_total", "llm_safety_flags_total",
	"llm_cache_requests_total", "llm_evaluation_score", "agent_runs_total", "agent_run_duration_seconds", "agent_sessions_active",
	"conversations_active", "agent_steps_total", "agent_tool_calls_total", "agent_tokens_total", "rag_retrieval_score", "rag_retrieval_score_avg",
	"external_calls_total", "external_call_duration_seconds", "auth_login_attempts_total", "jobs_queue_depth", "db_pool_connections",
	"db_pool_connections_max", "db_pool_wait_seconds_total",
	"llm_api_calls_total", "llm_response_duration_seconds", "ai_api_calls_total", "ai_api_call_duration_seconds", "ai_tokens_processed_total",
	"ai_estimated_cost_usd_total", "ai_validation_failures_total", "ai_content_safety_flags_total", "ai_active_conversations",
	"active_agent_sessions", "agent_requests_total", "agent_request_duration_seconds", "agent_tokens_used_total", "agent_active_requests",
	"agent_cache_hits_total",
}

// ruleLint warns of what hardly can be meant.
type ruleLint struct {
	file     string
	parser   parser.Parser
	places   *rulePlaces
	known    []string
	seen     map[string]bool
	problems []Problem
}

func (l *ruleLint) rule(g *rulefmt.RuleGroup, i int) {
	r := &g.Rules[i]
	node, expr := l.places.rule(g.Name, i, "expr")
	warn := func(line, column int, message, hint string) {
		l.problems = append(l.problems, Problem{
			File: l.file, Line: line, Column: column, Group: g.Name, Rule: or(r.Alert, r.Record), Message: message, Hint: hint, Warning: true,
		})
	}
	parsed, err := l.parser.ParseExpr(r.Expr)
	if err != nil || node == nil || expr == nil {
		return // not reached: the file was checked
	}
	same := fmt.Sprint(r.Alert, "\xff", r.Record, "\xff", model.LabelSet(labelSet(r.Labels)))
	if r.Alert == "" && l.seen[same] || r.Alert != "" && l.seen[same+r.Expr] {
		warn(node.Line, node.Column, "another rule has the same name and labels", "their samples would be mixed up; give one a label")
	}
	l.seen[same], l.seen[same+r.Expr] = true, true
	parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok && v.Name != "" {
			if near := l.meant(v.Name); near != "" {
				line, column := l.places.inText(expr, int(v.PosRange.Start))
				warn(line, column, fmt.Sprintf("no metric %s is known", v.Name), "did you mean "+near+"?")
			}
		}
		return nil
	})
	if r.Alert == "" {
		return
	}
	if r.Labels["severity"] == "" && g.Labels["severity"] == "" {
		warn(node.Line, node.Column, "the alert has no label severity", "critical pages, warning does not")
	}
	if r.Annotations["summary"] == "" {
		warn(node.Line, node.Column, "the alert has no annotation summary", "it is what people read first")
	}
	has, sure := outLabels(parsed)
	if !sure {
		return
	}
	for _, text := range slices.Concat(sortedValues(r.Labels), sortedValues(r.Annotations)) {
		for _, m := range usedLabel.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(has, m[1]) {
				warn(node.Line, node.Column, fmt.Sprintf("$labels.%s is always empty: the expression does not keep that label", m[1]), "it keeps "+or(strings.Join(has, ", "), "none"))
			}
		}
	}
}

var usedLabel = regexp.MustCompile(`\$labels\.([a-zA-Z_][a-zA-Z0-9_]*)`)

func labelSet(m map[string]string) map[model.LabelName]model.LabelValue {
	out := map[model.LabelName]model.LabelValue{}
	for k, v := range m {
		out[model.LabelName(k)] = model.LabelValue(v)
	}
	return out
}

func sortedValues(m map[string]string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}

// meant is a known metric that a name which is none comes close to.
func (l *ruleLint) meant(name string) string {
	base := name
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		base = strings.TrimSuffix(base, suffix)
	}
	if slices.Contains(l.known, name) || slices.Contains(l.known, base) {
		return ""
	}
	near := nearest.Of(base, l.known)
	if near == "" || len(near) < 8 || !strings.Contains(near, "_") { // short names are close to each other
		return ""
	}
	return near + strings.TrimPrefix(name, base)
}

// outLabels are the labels that what an expression gives can have, where that is certain.
func outLabels(e parser.Expr) (names []string, sure bool) {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return outLabels(e.Expr)
	case *parser.StepInvariantExpr:
		return outLabels(e.Expr)
	case *parser.UnaryExpr:
		return outLabels(e.Expr)
	case *parser.AggregateExpr:
		switch {
		case e.Without || e.Op == parser.TOPK || e.Op == parser.BOTTOMK || e.Op == parser.LIMITK || e.Op == parser.LIMIT_RATIO:
			return nil, false
		case e.Op == parser.COUNT_VALUES:
			name, ok := e.Param.(*parser.StringLiteral)
			return append(slices.Clone(e.Grouping), literal(name)), ok
		}
		return e.Grouping, true
	case *parser.BinaryExpr:
		return outOfBinary(e)
	case *parser.Call:
		return outOfCall(e)
	}
	return nil, false
}

func literal(s *parser.StringLiteral) string {
	if s == nil {
		return ""
	}
	return s.Val
}

func outOfBinary(e *parser.BinaryExpr) ([]string, bool) {
	left, right := e.LHS.Type() == parser.ValueTypeVector, e.RHS.Type() == parser.ValueTypeVector
	switch {
	case left && !right:
		return outLabels(e.LHS)
	case right && !left:
		return outLabels(e.RHS)
	case !left || e.VectorMatching == nil:
		return nil, false
	}
	m := e.VectorMatching
	switch {
	case e.Op == parser.LOR:
		a, sureA := outLabels(e.LHS)
		b, sureB := outLabels(e.RHS)
		return slices.Concat(a, b), sureA && sureB
	case e.Op == parser.LAND || e.Op == parser.LUNLESS || e.Op.IsComparisonOperator() && !e.ReturnBool && m.Card == parser.CardOneToOne:
		return outLabels(e.LHS)
	case m.Card == parser.CardOneToOne && m.On:
		return m.MatchingLabels, true
	case m.Card == parser.CardOneToOne:
		return outLabels(e.LHS)
	case m.Card == parser.CardManyToOne:
		many, sure := outLabels(e.LHS)
		return slices.Concat(many, m.Include), sure
	}
	many, sure := outLabels(e.RHS)
	return slices.Concat(many, m.Include), sure
}

func outOfCall(e *parser.Call) ([]string, bool) {
	switch e.Func.Name {
	case "label_replace", "label_join", "absent", "absent_over_time", "info", "vector":
		return nil, false
	}
	for _, arg := range e.Args {
		if t := arg.Type(); t == parser.ValueTypeVector || t == parser.ValueTypeMatrix {
			names, sure := outLabels(arg)
			return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == labels.BucketLabel && e.Func.Name == "histogram_quantile" }), sure
		}
	}
	return nil, false
}
