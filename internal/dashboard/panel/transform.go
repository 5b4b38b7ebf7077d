package panel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

// transform does one transformation of tables.
func transform(frames []*frame, t *dashboard.Transform) []*frame {
	switch t.Kind {
	case "merge":
		return merge(frames)
	case "join":
		return join(frames, t)
	case "reduce":
		return []*frame{reduceRows(frames, t.Calcs)}
	}
	for _, f := range frames {
		switch t.Kind {
		case "sort":
			f.sort(t.Field, t.Desc)
		case "limit":
			f.rows = f.rows[:min(len(f.rows), t.Limit)]
		case "filter", "organize":
			f.choose(t)
		case "rename":
			for i, name := range f.names {
				f.names[i] = renamed(t, name)
			}
		}
	}
	return frames
}

// key of a row in some of its columns.
func key(row []any, at []int) string {
	var b strings.Builder
	for _, i := range at {
		fmt.Fprintf(&b, "%v\x00", row[i])
	}
	return b.String()
}

// merge puts rows into one that say the same in the columns which all frames have.
func merge(frames []*frame) []*frame {
	if len(frames) < 2 {
		return frames
	}
	out := &frame{}
	for _, f := range frames {
		for i, name := range f.names {
			if out.index(name) < 0 {
				out.names, out.kinds = append(out.names, name), append(out.kinds, f.kinds[i])
			}
		}
	}
	var shared []string
	for _, name := range out.names {
		if !slices.ContainsFunc(frames, func(f *frame) bool { return len(f.rows) > 0 && f.index(name) < 0 }) {
			shared = append(shared, name)
		}
	}
	rows := map[string]int{}
	for _, f := range frames {
		at := make([]int, len(shared))
		for i, name := range shared {
			at[i] = f.index(name)
		}
		for _, row := range f.rows {
			k := key(row, at)
			n, known := rows[k]
			if known && clash(out, out.rows[n], f, row) {
				known = false
			}
			if !known {
				n = len(out.rows)
				rows[k] = n
				out.rows = append(out.rows, make([]any, len(out.names)))
			}
			for i, name := range f.names {
				out.rows[n][out.index(name)] = row[i]
			}
		}
	}
	return []*frame{out}
}

// clash reports whether a row would overwrite what another one said.
func clash(out *frame, have []any, f *frame, row []any) bool {
	for i, name := range f.names {
		if v := have[out.index(name)]; v != nil && v != row[i] {
			return true
		}
	}
	return false
}

// join puts rows beside each other that have the same value in a column.
func join(frames []*frame, t *dashboard.Transform) []*frame {
	out := &frame{names: []string{t.Field}, kinds: []string{"text"}}
	rows := map[any]int{}
	seen := map[any]int{}
	joined := 0
	for _, f := range frames {
		at := f.index(t.Field)
		if at < 0 {
			continue
		}
		out.kinds[0] = f.kinds[at]
		base := len(out.names)
		for i, name := range f.names {
			if i != at {
				out.names, out.kinds = append(out.names, name), append(out.kinds, f.kinds[i])
			}
		}
		for i := range out.rows {
			out.rows[i] = append(out.rows[i], make([]any, len(out.names)-base)...)
		}
		joined++
		for _, row := range f.rows {
			n, known := rows[row[at]]
			if !known {
				n = len(out.rows)
				rows[row[at]] = n
				out.rows = append(out.rows, make([]any, len(out.names)))
				out.rows[n][0] = row[at]
			}
			seen[row[at]]++
			rest := slices.Delete(slices.Clone(row), at, at+1)
			copy(out.rows[n][base:], rest)
		}
	}
	if !t.Outer {
		out.rows = slices.DeleteFunc(out.rows, func(row []any) bool { return seen[row[0]] < joined })
	}
	return []*frame{out}
}

// reduceRows makes a row of each column of numbers.
func reduceRows(frames []*frame, calcs []string) *frame {
	out := &frame{names: []string{"Field"}, kinds: []string{"text"}}
	for _, c := range calcs {
		out.names, out.kinds = append(out.names, calcTitle(c)), append(out.kinds, "number")
	}
	for _, f := range frames {
		for i, name := range f.names {
			if f.kinds[i] != "number" {
				continue
			}
			var values []*float64
			for _, row := range f.rows {
				if v, ok := row[i].(float64); ok {
					values = append(values, &v)
				} else {
					values = append(values, nil)
				}
			}
			row := []any{name}
			for _, c := range calcs {
				var cell any
				if v := reduce(values, c); v != nil {
					cell = *v
				}
				row = append(row, cell)
			}
			out.rows = append(out.rows, row)
		}
	}
	return out
}

// calcTitle is what Grafana calls the column.
func calcTitle(calc string) string {
	switch calc {
	case "lastNotNull":
		return "Last *"
	case "firstNotNull":
		return "First *"
	case "sum":
		return "Total"
	case "":
		return ""
	}
	return strings.ToUpper(calc[:1]) + calc[1:]
}

// stays reports whether a filter or organize keeps a name.
func stays(t *dashboard.Transform, name string) bool {
	if slices.Contains(t.Exclude, name) {
		return false
	}
	if len(t.Include) == 0 && (t.Kind != "filter" || t.Regex == "") {
		return true
	}
	if slices.Contains(t.Include, name) {
		return true
	}
	if t.Kind != "filter" || t.Regex == "" {
		return false
	}
	re, err := dashboard.CompileRegex(t.Regex)
	return err == nil && re.MatchString(name)
}

func renamed(t *dashboard.Transform, name string) string {
	switch {
	case t.Kind == "rename" && t.Regex != "":
		if re, err := dashboard.CompileRegex(t.Regex); err == nil && len(t.Replace) < 1000 {
			return re.ReplaceAllString(name, t.Replace)
		}
	case t.Rename[name] != "":
		return t.Rename[name]
	}
	return name
}

// choose leaves columns out, orders and renames them.
func (f *frame) choose(t *dashboard.Transform) {
	var keep []int
	for i, name := range f.names {
		if stays(t, name) {
			keep = append(keep, i)
		}
	}
	place := func(i int) int {
		if at, ok := t.Order[f.names[i]]; ok {
			return at
		}
		return 1 << 30
	}
	slices.SortStableFunc(keep, func(a, b int) int { return place(a) - place(b) })
	out := &frame{target: f.target}
	for _, i := range keep {
		out.names, out.kinds = append(out.names, renamed(t, f.names[i])), append(out.kinds, f.kinds[i])
	}
	for _, row := range f.rows {
		one := make([]any, 0, len(keep))
		for _, i := range keep {
			one = append(one, row[i])
		}
		out.rows = append(out.rows, one)
	}
	*f = *out
}

// transformSeries does what has a meaning for series that are no table.
func transformSeries(series []Series, list []dashboard.Transform) []Series {
	for i := range list {
		t := &list[i]
		switch t.Kind {
		case "filter", "organize":
			series = slices.DeleteFunc(series, func(s Series) bool { return !stays(t, s.Name) })
		case "limit":
			series = series[:min(len(series), t.Limit)]
		}
		if t.Kind == "rename" || t.Kind == "organize" {
			for j := range series {
				series[j].Name = renamed(t, series[j].Name)
			}
		}
	}
	return series
}
