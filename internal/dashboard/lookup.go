package dashboard

import (
	"errors"
	"regexp"
	"strings"
)

// Lookup is what a variable of kind query asks.
type Lookup struct {
	Kind  string // label_values, label_names, metrics or query_result
	Match string // selector of series, may be empty
	Label string // of label_values
	Regex string // of metrics
	Expr  string // of query_result
}

var (
	labelValues = regexp.MustCompile(`(?s)^label_values\(\s*(?:(.+),\s*)?([a-zA-Z_$\[{][\w$\]}{:]*)\s*\)$`)
	labelNames  = regexp.MustCompile(`(?s)^label_names\(\s*(.*?)\s*\)$`)
	metricNames = regexp.MustCompile(`(?s)^metrics\(\s*(.*?)\s*\)$`)
	queryResult = regexp.MustCompile(`(?s)^query_result\(\s*(.+?)\s*\)$`)
)

// ParseLookup reads label_values(label), label_values(selector, label), label_names(), label_names(selector),
// metrics(regex) and query_result(expr).
func ParseLookup(text string) (Lookup, error) {
	text = strings.TrimSpace(text)
	if m := labelValues.FindStringSubmatch(text); m != nil {
		return Lookup{Kind: "label_values", Match: strings.TrimSpace(m[1]), Label: m[2]}, nil
	}
	if m := labelNames.FindStringSubmatch(text); m != nil {
		return Lookup{Kind: "label_names", Match: m[1]}, nil
	}
	if m := metricNames.FindStringSubmatch(text); m != nil {
		return Lookup{Kind: "metrics", Regex: m[1]}, nil
	}
	if m := queryResult.FindStringSubmatch(text); m != nil {
		return Lookup{Kind: "query_result", Expr: m[1]}, nil
	}
	return Lookup{}, errors.New("label_values(metric, label), label_values(label), label_names(), metrics(regex) or query_result(expr)")
}
