package panel

import (
	"math"
	"time"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

// Answer is what a panel shows.
type Answer struct {
	Panel     int            `json:"panel"`
	Kind      string         `json:"kind"`
	From      time.Time      `json:"from" doc:"of the first point"`
	To        time.Time      `json:"to" doc:"of the last point"`
	StepMS    int64          `json:"step_ms" doc:"distance of points"`
	Times     []int64        `json:"times" doc:"of all series, ms since 1970; only the last where all queries are of a moment"`
	Series    []Series       `json:"series" doc:"of all queries, in order; empty for tables"`
	LeftOut   int            `json:"left_out,omitempty" doc:"further series or rows beyond the limit"`
	Table     *Table         `json:"table,omitempty" doc:"of a table"`
	Targets   []TargetAnswer `json:"targets" doc:"how each query went"`
	Exemplars []Example      `json:"exemplars,omitempty" doc:"traces behind the points, the highest of each stretch of time"`
}

// Series is a line, a number or a row of a heatmap.
type Series struct {
	Target string            `json:"target" doc:"ref of the query"`
	Name   string            `json:"name" doc:"the legend, filled in"`
	Labels map[string]string `json:"labels"`
	Values []*float64        `json:"values" doc:"one for each of times; null is a gap, also NaN and infinity"`
	Value  *float64          `json:"value,omitempty" doc:"the one value by options.calc"`
	Calcs  []*float64        `json:"calcs,omitempty" doc:"those of options.legend_calcs, in order"`
	Lower  *float64          `json:"lower,omitempty" doc:"of a bucket of a heatmap; absent is minus infinity"`
	Upper  *float64          `json:"upper,omitempty" doc:"of a bucket of a heatmap; absent is infinity"`
	Field  dashboard.Field   `json:"field" doc:"of the panel, with the overrides that hold for this series"`
}

// Table is a table by columns.
type Table struct {
	Columns []Column `json:"columns" doc:"all of the same length"`
	Rows    int      `json:"rows"`
}

// Column holds texts or numbers.
type Column struct {
	Name    string          `json:"name"`
	Kind    string          `json:"kind" doc:"time, number or text"`
	Texts   []string        `json:"texts,omitempty" doc:"of text"`
	Numbers []*float64      `json:"numbers,omitempty" doc:"of number, and of time in ms since 1970"`
	Field   dashboard.Field `json:"field" doc:"of the panel, with the overrides that hold for this column"`
}

// TargetAnswer is how a query went.
type TargetAnswer struct {
	Ref      string   `json:"ref"`
	Expr     string   `json:"expr" doc:"what was asked, variables filled in"`
	Error    string   `json:"error,omitempty"`
	Line     int      `json:"line,omitempty" doc:"of the error in expr, from 1"`
	Column   int      `json:"column,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// Example is a trace that made a point.
type Example struct {
	Target  string            `json:"target"`
	Time    int64             `json:"time" doc:"ms since 1970"`
	Value   float64           `json:"value"`
	TraceID string            `json:"trace_id"`
	SpanID  string            `json:"span_id,omitempty"`
	Labels  map[string]string `json:"labels" doc:"of the series"`
}

// Exemplar is one as Metrics answers it.
type Exemplar struct {
	Series, Labels map[string]string
	T              int64
	Value          float64
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
