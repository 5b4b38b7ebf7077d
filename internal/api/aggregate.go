package api

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/telltale-dev/telltale/internal/query"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Aggregate is a table of groups.
type Aggregate struct {
	Group   []string      `json:"group" doc:"the fields grouped by"`
	Columns []ColumnTitle `json:"columns"`
	Rows    []Row         `json:"rows" doc:"by bucket, then in the order asked for"`
}

// ColumnTitle tells what a column holds.
type ColumnTitle struct {
	Name string `json:"name" doc:"as it was asked for"`
	Unit string `json:"unit" doc:"ns, usd or 1"`
}

// Row is one group in one bucket.
type Row struct {
	Bucket *time.Time `json:"bucket,omitempty" doc:"when the bucket begins"`
	Keys   []string   `json:"keys" doc:"values of the group's fields; empty where a record has none"`
	Values []*float64 `json:"values" doc:"of the columns; null where nothing was known"`
}

func (a *API) aggregate(ctx context.Context, p *params) (any, error) {
	q, err := p.aggregate()
	if err != nil {
		return nil, err
	}
	table, err := a.config.Reader.Aggregate(ctx, q)
	if err != nil {
		return nil, err
	}
	out := Aggregate{Group: []string{}, Columns: []ColumnTitle{}, Rows: make([]Row, 0, len(table.Rows))}
	for _, f := range q.GroupBy {
		out.Group = append(out.Group, f.String())
	}
	units := make([]float64, len(q.Columns))
	for i, c := range q.Columns {
		title := ColumnTitle{query.ColumnName(c), "1"}
		units[i] = 1
		if c.Func != telemetry.CountRecords {
			switch c.Field.Field.Type {
			case telemetry.Duration:
				title.Unit = "ns"
			case telemetry.Money:
				title.Unit, units[i] = "usd", 1e12
			}
		}
		out.Columns = append(out.Columns, title)
	}
	for _, row := range table.Rows {
		r := Row{Keys: row.Keys, Values: make([]*float64, len(row.Values))}
		if r.Keys == nil {
			r.Keys = []string{}
		}
		if q.Bucket > 0 {
			at := moment(row.Bucket)
			r.Bucket = &at
		}
		for i, v := range row.Values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				v /= units[i]
				r.Values[i] = &v
			}
		}
		out.Rows = append(out.Rows, r)
	}
	return out, nil
}

// aggregate reads the parameters of an aggregation.
func (p *params) aggregate() (*telemetry.AggregateQuery, error) {
	filter, err := p.filter()
	if err != nil {
		return nil, err
	}
	q := &telemetry.AggregateQuery{Filter: filter}
	switch p.text("signal", "calls") {
	case "logs":
		q.Signal = telemetry.SignalLogs
	case "calls":
		q.Filter = both(isCall(), filter)
	}
	if q.Range, err = p.timeRange(); err != nil {
		return nil, err
	}
	if q.Columns, err = query.ParseColumns(p.text("columns", "count")); err != nil {
		return nil, badQuery("columns", err)
	}
	if q.GroupBy, err = query.ParseGroupBy(p.string("group")); err != nil {
		return nil, badQuery("group", err)
	}
	if q.Limit, err = p.limit(maxLimit); err != nil {
		return nil, err
	}
	if err := p.bucket(q); err != nil {
		return nil, err
	}
	return q, p.orderGroups(q)
}

// bucket reads the width of buckets and bounds how many there are.
func (p *params) bucket(q *telemetry.AggregateQuery) error {
	text := p.string("bucket")
	if text == "" {
		return nil
	}
	width, err := query.ParseDuration(text)
	if err != nil {
		return badParam("bucket", "is wrong: "+err.Error(), "")
	}
	if q.Range.From == 0 {
		return badParam("bucket", "wants a beginning", "from, for instance from=-1h")
	}
	to := q.Range.To
	if to == 0 {
		to = p.now.UnixNano()
	}
	if n := (to - q.Range.From) / int64(width); n > maxBuckets {
		return badParam("bucket", fmt.Sprintf("makes %d buckets", n), fmt.Sprintf("at most %d: a wider bucket or a shorter range", maxBuckets))
	}
	q.Bucket = width
	return nil
}

// orderGroups reads by which column groups are sorted.
func (p *params) orderGroups(q *telemetry.AggregateQuery) error {
	order := p.string("order")
	switch order {
	case "":
		return nil
	case "keys":
		q.OrderBy = -1
		return nil
	}
	q.OrderBy = slices.IndexFunc(q.Columns, func(c telemetry.Aggregation) bool { return query.ColumnName(c) == order })
	if q.OrderBy < 0 {
		return badParam("order", "names no column", "one of columns, or keys")
	}
	return nil
}
