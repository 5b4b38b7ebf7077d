package panel

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/dashboard"
)

var placeholder = regexp.MustCompile(`\{\{\s*([^{}]+?)\s*\}\}`)

// name fills in the legend. Without one it is the labels; __auto is the value of the only label that differs.
func (q *asking) name(t *dashboard.Target, expr string, labels map[string]string, varying string) string {
	switch legend := t.Legend; {
	case legend == "__auto" && varying != "":
		return labels[varying]
	case legend != "" && legend != "__auto":
		return placeholder.ReplaceAllStringFunc(q.scope.Text(legend), func(found string) string {
			return labels[placeholder.FindStringSubmatch(found)[1]]
		})
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if k != "__name__" {
			parts = append(parts, k+"="+strconv.Quote(labels[k]))
		}
	}
	switch {
	case len(parts) > 0:
		return labels["__name__"] + "{" + strings.Join(parts, ", ") + "}"
	case labels["__name__"] != "":
		return labels["__name__"]
	}
	return expr
}

// varyingLabel is the one label by which series differ, if there is just one.
func varyingLabel(series []Sampled) string {
	values := map[string]map[string]bool{}
	for i := range series {
		for k, v := range series[i].Labels {
			if values[k] == nil {
				values[k] = map[string]bool{}
			}
			values[k][v] = true
		}
	}
	found := ""
	for k, all := range values {
		if len(all) > 1 || len(series) == 1 && len(values) == 1 {
			if found != "" {
				return ""
			}
			found = k
		}
	}
	return found
}

var seriesText = regexp.MustCompile(`\$\{__(?:field|series|data)[^}]*\}|\$__(?:cell|field)\w*`)

// displayName fills in ${__series.name} and ${__field.labels.NAME}.
func displayName(text, name string, labels map[string]string) string {
	return seriesText.ReplaceAllStringFunc(text, func(found string) string {
		inner := strings.TrimSuffix(strings.TrimPrefix(found, "${"), "}")
		if label, ok := strings.CutPrefix(inner, "__field.labels."); ok {
			return labels[strings.Trim(label, `"'`)]
		}
		return name
	})
}

// effective is the field of a panel with the overrides that hold for a series or column.
func (q *asking) effective(name, target, kind string) dashboard.Field {
	p := q.panel
	f := p.Field
	for i := range p.Overrides {
		o := &p.Overrides[i]
		if !q.holds(o, name, target, kind) {
			continue
		}
		from, to := reflect.ValueOf(&o.Field).Elem(), reflect.ValueOf(&f).Elem()
		for j := range from.NumField() {
			if !from.Field(j).IsZero() {
				to.Field(j).Set(from.Field(j))
			}
		}
	}
	return f
}

func (q *asking) holds(o *dashboard.Override, name, target, kind string) bool {
	switch o.By {
	case "name":
		return o.Match == name
	case "target":
		return o.Match == target
	case "type":
		return o.Match == kind || o.Match == "string" && kind == "text"
	case "regexp":
		re, known := q.regexes[o.Match]
		if !known {
			re, _ = dashboard.CompileRegex(o.Match) // nil matches nothing; the parser told why
			q.regexes[o.Match] = re
		}
		return re != nil && re.MatchString(name)
	}
	return false
}

// reduce makes one number of a series; nil where it has none.
func reduce(values []*float64, calc string) *float64 {
	var found []float64
	for _, v := range values {
		if v != nil {
			found = append(found, *v)
		}
	}
	if len(values) == 0 || len(found) == 0 {
		if calc == "count" {
			return new(float64)
		}
		return nil
	}
	sum := 0.0
	for _, v := range found {
		sum += v
	}
	var out float64
	switch calc {
	case "last":
		return values[len(values)-1]
	case "first":
		return values[0]
	case "firstNotNull":
		out = found[0]
	case "min":
		out = slices.Min(found)
	case "max":
		out = slices.Max(found)
	case "sum":
		out = sum
	case "mean":
		out = sum / float64(len(found))
	case "count":
		out = float64(len(values))
	case "range":
		out = slices.Max(found) - slices.Min(found)
	case "delta":
		for i := 1; i < len(found); i++ { // a counter that fell began again
			if d := found[i] - found[i-1]; d >= 0 {
				out += d
			} else {
				out += found[i]
			}
		}
	default: // lastNotNull
		out = found[len(found)-1]
	}
	return finite(out)
}
