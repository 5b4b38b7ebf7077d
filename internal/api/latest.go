package api

import (
	"context"
	"math"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// maxFind is how many spans one page of a search may read.
const maxFind = 20_000

// latest finds the values of a text field among the spans that match, each at its latest span, newest first. It reads
// some spans, then leaves out those of the values that it knows, so that one trace with 30,000 spans costs no more than
// others.
type latest struct {
	reader telemetry.Reader
	field  telemetry.FieldRef
	filter telemetry.Expr
	times  telemetry.Range // of the whole search
	before int64           // where this page begins: only spans before this time; 0 is the beginning of the search

	found   []seenAt
	scanned int
	next    int64 // where the next page begins, 0 where there is none
	cut     bool  // the search ended at maxFind
}

// seenAt is a value and the time of its latest span.
type seenAt struct {
	value string
	time  int64
}

// oneOf matches any of the values.
func (l *latest) oneOf(values []string) telemetry.Cond {
	return telemetry.Cond{Field: l.field, Values: values}
}

// find fills a page of n values. It has more of them where the next one has a span of the very same time, so that pages
// meet between two times and no value is on both.
func (l *latest) find(ctx context.Context, n int) error {
	known := []string{}
	q := &telemetry.Query{Range: l.times, Light: true, Fields: []telemetry.FieldRef{l.field}, Limit: n + 1}
	if l.before != 0 {
		q.Range.To = l.before
	}
	for {
		q.Filter = both(telemetry.Cond{Field: l.field, Op: telemetry.Exists}, l.filter)
		if len(known) > 0 {
			q.Filter = both(telemetry.Not{Expr: l.oneOf(known)}, q.Filter)
		}
		fresh, last, more, err := l.read(ctx, q)
		if err != nil {
			return err
		}
		for _, s := range fresh {
			known = append(known, s.value)
		}
		if fresh, err = l.unseen(ctx, fresh); err != nil {
			return err
		}
		for _, s := range fresh {
			if len(l.found) >= n && s.time != l.found[len(l.found)-1].time {
				l.next = l.found[len(l.found)-1].time
				return nil
			}
			l.found = append(l.found, s)
		}
		if !more {
			return nil
		}
		if l.scanned >= maxFind {
			l.next, l.cut = last.Time, true
			return nil
		}
		q.After, q.Limit = &last, min(2*q.Limit, 1000)
	}
}

// read reads some spans and returns the values among them, at their first span, and where it ended.
func (l *latest) read(ctx context.Context, q *telemetry.Query) (fresh []seenAt, last telemetry.Cursor, more bool, err error) {
	var at place
	if q.After != nil {
		at.last = *q.After
	}
	known := map[string]bool{}
	n := 0
	for s, err := range l.reader.Spans(ctx, q) {
		if err != nil {
			return nil, last, false, err
		}
		n++
		at.pass(&s.Event)
		if v := l.field.SpanText(s); !known[v] {
			known[v] = true
			fresh = append(fresh, seenAt{v, s.Time})
		}
	}
	l.scanned += n
	return fresh, at.last, n == q.Limit, nil
}

// unseen leaves out what pages before this one held: what has a matching span that is not older than their end.
func (l *latest) unseen(ctx context.Context, fresh []seenAt) ([]seenAt, error) {
	if l.before == 0 || len(fresh) == 0 {
		return fresh, nil
	}
	values := make([]string, len(fresh))
	for i, s := range fresh {
		values[i] = s.value
	}
	table, err := l.reader.Aggregate(ctx, &telemetry.AggregateQuery{
		Range: telemetry.Range{From: l.before, To: l.times.To}, Filter: both(l.oneOf(values), l.filter),
		GroupBy: []telemetry.FieldRef{l.field}, Columns: []telemetry.Aggregation{{}},
	})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, row := range table.Rows {
		seen[row.Keys[0]] = true
	}
	var unseen []seenAt
	for _, s := range fresh {
		if !seen[s.value] {
			unseen = append(unseen, s)
		}
	}
	return unseen, nil
}

func (l *latest) values() []string {
	values := make([]string, len(l.found))
	for i, s := range l.found {
		values[i] = s.value
	}
	return values
}

// largest finds the values of a field by a number of their matching spans, largest first, and whether there are more.
func (l *latest) largest(ctx context.Context, by telemetry.Aggregation, skip, n int) (more bool, err error) {
	has := telemetry.And{
		telemetry.Cond{Field: by.Field, Op: telemetry.Between, Low: math.Inf(-1), High: math.Inf(1)},
		telemetry.Cond{Field: l.field, Op: telemetry.Exists},
	}
	table, err := l.reader.Aggregate(ctx, &telemetry.AggregateQuery{
		Range: l.times, Filter: both(has, l.filter), GroupBy: []telemetry.FieldRef{l.field}, Columns: []telemetry.Aggregation{by},
		Limit: skip + n + 1,
	})
	if err != nil {
		return false, err
	}
	rows := table.Rows[min(skip, len(table.Rows)):]
	for _, row := range rows[:min(n, len(rows))] {
		l.found = append(l.found, seenAt{value: row.Keys[0]})
	}
	return len(rows) > n, nil
}
