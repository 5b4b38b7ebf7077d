package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/telltale-dev/telltale/bench/store/gen"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// query is a question in both languages. Digests of the answers are compared: counts and sums of what was found.
type query struct {
	name   string
	target float64  // most of DuckDB's time that it may take; 0 is none
	sql    []string // what is timed; of several the fastest counts
	check  string   // the digest
	run    func(ctx context.Context, e telemetry.Reader) (digest, error)
}

// chosen reports whether -only names the query.
func (q *query) chosen() bool { return strings.Contains(q.name, *only) }

// digest sums up an answer.
type digest []float64

const listDigest = "SELECT count(*), coalesce(sum(duration_ns), 0)::DOUBLE, coalesce(sum(epoch_ns(time) %% 1000000), 0)::DOUBLE, coalesce(sum(strlen(body) + strlen(input_messages)), 0)::DOUBLE FROM (%s)"

func cond(field string, op telemetry.Op, values ...string) telemetry.Cond {
	return telemetry.Cond{Field: telemetry.MustField(field), Op: op, Values: values}
}

func addEvent(d digest, e *telemetry.Event) {
	d[0]++
	d[2] += float64(e.Time % 1000000)
	d[3] += float64(len(e.Body))
}

func addSpan(d digest, s *telemetry.Span) {
	addEvent(d, &s.Event)
	d[1] += float64(s.Duration)
	if s.GenAI != nil {
		d[3] += float64(len(s.GenAI.InputMessages))
	}
}

func list(name string, target float64, where string, q telemetry.Query, logs bool) query {
	kind := "kind <> 'log'"
	if logs {
		kind = "kind = 'log'"
	}
	sql := "SELECT * FROM ev WHERE " + kind + " AND " + where
	if q.Range.From != 0 {
		sql += fmt.Sprintf(" AND time >= make_timestamp_ns(%d)::TIMESTAMPTZ_NS", q.Range.From)
	}
	sql += " ORDER BY time DESC"
	if q.Limit > 0 {
		sql += fmt.Sprintf(" LIMIT %d", q.Limit)
	}
	return query{name, target, []string{sql}, fmt.Sprintf(listDigest, sql), func(ctx context.Context, e telemetry.Reader) (digest, error) {
		d := make(digest, 4)
		if logs {
			for l, err := range e.Logs(ctx, &q) {
				if err != nil {
					return nil, err
				}
				addEvent(d, &l.Event)
			}
			return d, nil
		}
		for s, err := range e.Spans(ctx, &q) {
			if err != nil {
				return nil, err
			}
			addSpan(d, s)
		}
		return d, nil
	}}
}

// word is list where SQL is timed with a substring, which is less than asked for, and checked with an expression.
func word(name string, target float64, where string, q telemetry.Query, logs bool) query {
	l := list(name, target, where, q, logs)
	whole := "regexp_matches(body, '(^|[^a-zA-Z0-9])" + gen.Needle + "([^a-zA-Z0-9]|$)')"
	l.check = strings.ReplaceAll(l.check, where, whole)
	return l
}

func records(name, where string, get func(ctx context.Context, e telemetry.Reader) (telemetry.Records, error)) query {
	sql := "SELECT * FROM ev WHERE " + where + " ORDER BY time"
	return query{name, 0.5, []string{sql}, fmt.Sprintf(listDigest, sql), func(ctx context.Context, e telemetry.Reader) (digest, error) {
		r, err := get(ctx, e)
		d := make(digest, 4)
		for i := range r.Spans {
			addSpan(d, &r.Spans[i])
		}
		for i := range r.Logs {
			addEvent(d, &r.Logs[i].Event)
		}
		return d, err
	}}
}

// quantiles groups spans; the digest is the groups, the calls, the cost, and the quantiles weighted by the size of a group.
func quantiles(name, by, field string, q telemetry.AggregateQuery) query {
	number := telemetry.MustField("duration")
	q.OrderBy = -1
	q.GroupBy = []telemetry.FieldRef{telemetry.MustField(field)}
	q.Columns = []telemetry.Aggregation{
		{Func: telemetry.CountRecords},
		{Func: telemetry.Sum, Field: telemetry.MustField("cost")},
		{Func: telemetry.Quantile, Field: number, Quantile: 0.5},
		{Func: telemetry.Quantile, Field: number, Quantile: 0.95},
		{Func: telemetry.Quantile, Field: number, Quantile: 0.99},
	}
	sql := "SELECT " + by + ", count(*) n, sum(cost_pico_usd)::DOUBLE cost, %s q FROM ev WHERE kind <> 'log' GROUP BY ALL"
	exact := fmt.Sprintf(sql, "quantile_disc(duration_ns, [0.5, 0.95, 0.99])")
	rough := fmt.Sprintf(sql, "approx_quantile(duration_ns, [0.5, 0.95, 0.99])")
	check := "SELECT count(*), sum(n)::DOUBLE, sum(cost), sum(q[1] * n)::DOUBLE, sum(q[2] * n)::DOUBLE, sum(q[3] * n)::DOUBLE FROM (" + exact + ")"
	return query{name, 0.6, []string{exact, rough}, check, func(ctx context.Context, e telemetry.Reader) (digest, error) {
		t, err := e.Aggregate(ctx, &q)
		if err != nil {
			return nil, err
		}
		d := make(digest, 6)
		for _, r := range t.Rows {
			n := r.Values[0]
			d[0]++
			d[1] += n
			if c := r.Values[1]; c == c {
				d[2] += c
			}
			for i := range 3 {
				d[3+i] += r.Values[2+i] * n
			}
		}
		return d, nil
	}}
}

func queries() []query {
	middle := *total / 40
	trace, request := gen.TraceID(middle), gen.RequestID(middle+7)
	hour, day := gen.End.UnixNano()-3600e9, gen.End.UnixNano()-24*3600e9
	needle := strings.Join([]string{"contains(body, '%s')", "contains(input_messages, '%s')", "contains(output_messages, '%s')", "contains(system_instructions, '%s')"}, " OR ")
	needle = "(" + strings.ReplaceAll(needle, "%s", gen.Needle) + ")"
	feature := telemetry.AttrField("app.feature")
	values := `SELECT DISTINCT "a.app.feature" FROM ev WHERE "a.app.feature" <> '' AND time >= make_timestamp_ns(` + fmt.Sprint(day) + `)::TIMESTAMPTZ_NS`
	return []query{
		records("trace", "trace_id = '"+trace.String()+"'", func(ctx context.Context, e telemetry.Reader) (telemetry.Records, error) {
			return e.Trace(ctx, trace, telemetry.Range{}, false)
		}),
		records("request", "request_id = '"+request+"'", func(ctx context.Context, e telemetry.Reader) (telemetry.Records, error) {
			return e.Request(ctx, request, telemetry.Range{}, false)
		}),
		list("model and error, 1 h, newest 100", 0.5, "model = 'gpt-4o' AND status = 'error'", telemetry.Query{
			Range: telemetry.Range{From: hour}, Limit: 100,
			Filter: telemetry.And{cond("model", telemetry.Equals, "gpt-4o"), cond("status", telemetry.Equals, "error")},
		}, false),
		list("attribute, 24 h, newest 100", 0.5, `"a.app.feature" = 'feature-7'`, telemetry.Query{
			Range: telemetry.Range{From: day}, Limit: 100, Filter: telemetry.Cond{Field: feature, Values: []string{"feature-7"}},
		}, false),
		list("user, everything", 0, "user_id = 'user-1234'", telemetry.Query{Filter: cond("user", telemetry.Equals, "user-1234")}, false),
		quantiles("p50/95/99 by model and hour", "model, epoch_ns(time) // 3600000000000", "model", telemetry.AggregateQuery{Bucket: 3600e9}),
		quantiles("p50/95/99 by user", "user_id", "user", telemetry.AggregateQuery{}),
		list("substring in logs, everything", 0.9, "contains(body, '"+gen.Needle+"')", telemetry.Query{Filter: cond("body", telemetry.Contains, gen.Needle)}, true),
		list("substring in spans, everything", 0.9, needle, telemetry.Query{Filter: cond("text", telemetry.Contains, gen.Needle)}, false),
		word("word in logs, everything", 0.5, "contains(body, '"+gen.Needle+"')", telemetry.Query{Filter: cond("text", telemetry.Word, gen.Needle)}, true),
		{"values of an attribute, 24 h", 0.5, []string{values}, "SELECT count(*) FROM (" + values + ")", func(ctx context.Context, e telemetry.Reader) (digest, error) {
			v, err := e.Values(ctx, feature, "", telemetry.Range{From: day}, 1000)
			return digest{float64(len(v))}, err
		}},
	}
}
