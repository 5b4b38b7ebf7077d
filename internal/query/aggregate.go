package query

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/query/nearest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Limits of an aggregation.
const (
	MaxColumns = 20
	MaxGroupBy = 4
)

// functions of one field, besides the quantiles p0 to p100.
var functions = map[string]telemetry.Func{
	"sum": telemetry.Sum, "avg": telemetry.Avg, "min": telemetry.Min, "max": telemetry.Max,
}

// functionNames in the order in which they are suggested.
var functionNames = []string{"count", "sum", "avg", "min", "max", "p50", "p90", "p95", "p99"}

// ParseColumns reads what groups are reduced to: count,sum(cost),avg(tokens),p95(duration),p99.9(ttft). The error is an
// *Error.
func ParseColumns(text string) ([]telemetry.Aggregation, error) {
	parts, s, err := splitList(text, "a column such as count or p95(duration)", MaxColumns)
	if err != nil {
		return nil, err
	}
	columns := make([]telemetry.Aggregation, 0, len(parts))
	for _, part := range parts {
		column, err := parseColumn(s, part)
		if err != nil {
			return nil, err
		}
		columns = append(columns, column)
	}
	return columns, nil
}

func parseColumn(s *scanner, part chunk) (telemetry.Aggregation, *Error) {
	name, rest, called := strings.Cut(part.text, "(")
	name = strings.TrimSpace(name)
	var a telemetry.Aggregation
	if f, ok := functions[name]; ok {
		a.Func = f
	} else if q, ok := parseQuantile(name); ok {
		a.Func, a.Quantile = telemetry.Quantile, q
	} else if name != "count" {
		return a, s.fault(part.start, "there is no function "+quote(name),
			"count, or sum, avg, min, max, p50, p95 or p99 of a field", nearest.Of(name, functionNames))
	}
	if a.Func == telemetry.CountRecords {
		if called && strings.TrimSpace(rest) != ")" {
			return a, s.fault(part.start, "count counts records, not a field", "count", "")
		}
		return a, nil
	}
	inner, ok := strings.CutSuffix(rest, ")")
	if !called || !ok {
		return a, s.fault(part.start, name+" needs a field", name+"(duration)", "")
	}
	at := part.start + strings.Index(part.text, "(") + 1
	f, err := findField(s, at, strings.TrimSpace(inner))
	if err != nil {
		return a, err
	}
	if !f.Field.Type.Numeric() {
		return a, s.fault(at, f.String()+" is no number", "duration, cost, tokens, ttft or another number", "")
	}
	a.Field = f
	return a, nil
}

// parseQuantile reads p50, p99, p99.9: the part of a hundred.
func parseQuantile(name string) (float64, bool) {
	digits, ok := strings.CutPrefix(name, "p")
	if !ok || digits == "" || len(digits) > 8 || strings.Trim(digits, "0123456789.") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(digits, 64)
	return v / 100, err == nil && v <= 100
}

// ColumnName writes an aggregation as ParseColumns reads it.
func ColumnName(a telemetry.Aggregation) string {
	switch a.Func {
	case telemetry.CountRecords:
		return "count"
	case telemetry.Quantile:
		return "p" + strconv.FormatFloat(a.Quantile*100, 'g', 6, 64) + "(" + a.Field.String() + ")"
	}
	for name, f := range functions {
		if f == a.Func {
			return name + "(" + a.Field.String() + ")"
		}
	}
	return ""
}

// ParseGroupBy reads by which fields to group: model,user,attr.customer.tier. Nothing is one group. The error is an
// *Error.
func ParseGroupBy(text string) ([]telemetry.FieldRef, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	parts, s, err := splitList(text, "a field", MaxGroupBy)
	if err != nil {
		return nil, err
	}
	fields := make([]telemetry.FieldRef, 0, len(parts))
	for _, part := range parts {
		f, err := findField(s, part.start, part.text)
		if err != nil {
			return nil, err
		}
		switch f.Field.Type {
		case telemetry.FullText, telemetry.Duration, telemetry.Money:
			return nil, s.fault(part.start, f.String()+" has too many values to group by", "a field such as model, user or service", "")
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// ParseField reads the name of one field. Of attr and resource without a key it returns the field with no key. The error
// is an *Error.
func ParseField(text string) (telemetry.FieldRef, error) {
	s := &scanner{text: text}
	if err := s.checkText(); err != nil {
		return telemetry.FieldRef{}, err
	}
	switch text {
	case "attr":
		return telemetry.AttrField(""), nil
	case "resource":
		return telemetry.ResourceField(""), nil
	}
	f, err := findField(s, 0, text)
	if err != nil {
		return telemetry.FieldRef{}, err
	}
	return f, nil
}

func findField(s *scanner, at int, name string) (telemetry.FieldRef, *Error) {
	if f, ok := telemetry.LookupField(name); ok {
		return f, nil
	}
	if name == "" {
		return telemetry.FieldRef{}, s.fault(at, "a field is missing", "the name of a field", "")
	}
	return telemetry.FieldRef{}, s.fault(at, "there is no field "+quote(name), "the name of a field", suggestField(name))
}

// splitList cuts at commas. Keys of attributes that hold a comma cannot be named here.
func splitList(text, what string, most int) ([]chunk, *scanner, error) {
	s := &scanner{text: text}
	if err := s.checkText(); err != nil {
		return nil, nil, err
	}
	var parts []chunk
	at := 0
	for part := range strings.SplitSeq(text, ",") {
		trimmed := strings.TrimSpace(part)
		start := at + strings.Index(part, trimmed)
		at += len(part) + 1
		if trimmed == "" {
			return nil, nil, s.fault(start, "an entry is missing", what, "")
		}
		if len(parts) == most {
			return nil, nil, s.fault(start, "too many entries", fmt.Sprintf("at most %d", most), "")
		}
		parts = append(parts, chunk{text: trimmed, start: start})
	}
	return parts, s, nil
}
