package panel

import (
	"cmp"
	"maps"
	"slices"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

// frame is the answer of a query as a table. A cell is a float64 (also of time), a string, or nil.
type frame struct {
	target string
	names  []string
	kinds  []string
	rows   [][]any
}

func (f *frame) index(name string) int { return slices.Index(f.names, name) }

// frame has a column for the time, each label and the value; where the query goes over time and asks for no table, a column
// for each series.
func (q *asking) frame(t *dashboard.Target, expr string, series []Sampled) *frame {
	if !t.Instant && t.Format == "time_series" {
		return q.wide(t, expr, series)
	}
	labels := map[string]bool{}
	for i := range series {
		for k := range series[i].Labels {
			labels[k] = true
		}
	}
	value := "Value"
	if len(q.panel.Targets) > 1 {
		value = "Value #" + t.Ref
	}
	f := &frame{target: t.Ref, names: []string{"Time"}, kinds: []string{"time"}}
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		f.names, f.kinds = append(f.names, k), append(f.kinds, "text")
	}
	f.names, f.kinds = append(f.names, value), append(f.kinds, "number")
	for i := range series {
		for _, p := range series[i].Points {
			if len(f.rows) == maxRows {
				q.answer.LeftOut++
				continue
			}
			row := make([]any, len(f.names))
			row[0] = float64(p.T)
			for j := 1; j < len(f.names)-1; j++ {
				row[j] = series[i].Labels[f.names[j]]
			}
			if v := finite(p.V); v != nil {
				row[len(row)-1] = *v
			}
			f.rows = append(f.rows, row)
		}
	}
	return f
}

func (q *asking) wide(t *dashboard.Target, expr string, series []Sampled) *frame {
	f := &frame{target: t.Ref, names: []string{"Time"}, kinds: []string{"time"}}
	for _, at := range q.answer.Times {
		f.rows = append(f.rows, []any{float64(at)})
	}
	varying := varyingLabel(series)
	for i := range series {
		if i == maxSeries {
			q.answer.LeftOut += len(series) - i
			break
		}
		f.names, f.kinds = append(f.names, q.name(t, expr, series[i].Labels, varying)), append(f.kinds, "number")
		for j, v := range q.values(series[i].Points) {
			var cell any
			if v != nil {
				cell = *v
			}
			f.rows[j] = append(f.rows[j], cell)
		}
	}
	return f
}

// table transforms the frames; those that are still apart at the end are merged.
func (q *asking) table() *Table {
	frames := q.frames
	for i := range q.panel.Transformations {
		frames = transform(frames, &q.panel.Transformations[i])
	}
	if len(frames) != 1 {
		frames = merge(frames)
	}
	out := &Table{Columns: []Column{}}
	if len(frames) == 0 {
		return out
	}
	f := frames[0]
	if o := &q.panel.Options; o.SortBy != "" {
		f.sort(o.SortBy, o.SortDesc)
	}
	if len(f.rows) > maxRows {
		q.answer.LeftOut += len(f.rows) - maxRows
		f.rows = f.rows[:maxRows]
	}
	out.Rows = len(f.rows)
	for i, name := range f.names {
		c := Column{Name: name, Kind: f.kinds[i], Field: q.effective(name, f.target, f.kinds[i])}
		if c.Field.Name != "" {
			c.Name = displayName(c.Field.Name, name, nil)
		}
		for _, row := range f.rows {
			switch v := row[i].(type) {
			case string:
				c.Texts = append(c.Texts, v)
			case float64:
				c.Numbers = append(c.Numbers, &v)
			default:
				if c.Kind == "text" {
					c.Texts = append(c.Texts, "")
				} else {
					c.Numbers = append(c.Numbers, nil)
				}
			}
		}
		out.Columns = append(out.Columns, c)
	}
	return out
}

// sort puts empty cells last, whichever way the rest goes.
func (f *frame) sort(name string, desc bool) {
	at := f.index(name)
	if at < 0 {
		return
	}
	slices.SortStableFunc(f.rows, func(x, y []any) int {
		a, b := x[at], y[at]
		switch {
		case a == nil && b == nil:
			return 0
		case a == nil:
			return 1
		case b == nil:
			return -1
		}
		n := 0
		if u, ok := a.(float64); ok {
			v, _ := b.(float64)
			n = cmp.Compare(u, v)
		} else {
			u, _ := a.(string)
			v, _ := b.(string)
			n = cmp.Compare(u, v)
		}
		if desc {
			return -n
		}
		return n
	})
}
