package dashboard

import (
	"cmp"
	"regexp"
	"strings"
)

const (
	maxVariables = 100
	maxOptions   = 5000
)

var variableText = regexp.MustCompile(`^\w{1,100}$`)

func (r *reader) variables(o *object) []Variable {
	out := []Variable{}
	names := map[string]bool{}
	for _, each := range o.objects("list", maxVariables) {
		v, ok := r.variable(each)
		switch {
		case !ok:
		case !variableText.MatchString(v.Name):
			each.wrong("name", cmp.Or(each.get("name"), each.n), "a name of letters, digits and _")
		case names[v.Name]:
			each.wrong("name", each.get("name"), "a name that no other variable has")
		default:
			names[v.Name] = true
			out = append(out, v)
		}
	}
	o.ignore("enable")
	o.close()
	return out
}

func (r *reader) variable(o *object) (Variable, bool) {
	v := Variable{
		Name: o.str("name"), Label: o.str("label"), Description: o.str("description"), Multi: o.flag("multi"), IncludeAll: o.flag("includeAll"), AllValue: o.str("allValue"),
	}
	v.Kind = o.oneOf("type", "", VariableQuery, VariableCustom, VariableInterval, VariableConstant, VariableTextbox, VariableDatasource)
	current := r.current(o.child("current"))
	if v.Kind == "" {
		if o.get("type") == nil {
			o.wrong("type", o.n, "query, custom, interval, constant, textbox or datasource")
		}
		return v, r.keep(&v, current)
	}
	v.Hide = hidden(o)
	switch v.Kind {
	case VariableQuery:
		if r.datasource(o) {
			return v, r.keep(&v, current)
		}
		r.variableQuery(o, &v)
	case VariableCustom:
		v.Options = customOptions(o.str("query"))
		if len(v.Options) == 0 {
			v.Options = r.listedOptions(o)
		}
		o.ignore("valuesFormat")
	case VariableInterval:
		r.interval(o, &v)
	case VariableConstant, VariableTextbox:
		if query := o.str("query"); len(current) == 0 || v.Kind == VariableConstant && query != "" {
			current = []string{query}
		}
	case VariableDatasource:
		v.Query = o.str("query")
		v.Regex = o.str("regex")
		v.Options = []Option{{"Telltale", "telltale"}}
		current = []string{"telltale"}
	}
	v.Default = current
	if v.Kind == VariableQuery && len(current) > 0 && current[0] == "All" {
		v.Default = []string{All}
	}
	o.ignore("options", "skipUrlSync", "useTags", "tagsQuery", "tagValuesQuery", "tags", "allFormat", "multiFormat", "refresh_on_load", "id", "global", "index", "state",
		"error", "rootStateKey", "usePlaceholder", "allowCustomValue", "queryValue", "auto", "auto_count", "auto_min", "current", "staticOptions", "staticOptionsOrder", "regexApplyTo", "query", "refresh", "sort", "regex", "definition", "datasource")
	o.close()
	return v, true
}

// hidden is what of a variable is not shown: its label, or all of it.
func hidden(o *object) string {
	switch o.oneOf("hide", "0", "0", "1", "2", "3", "false", "true", "dontHide", "hideLabel", "hideVariable", "inControlsMenu") {
	case "1", "hideLabel":
		return "label"
	case "2", "true", "hideVariable":
		return "all"
	}
	return ""
}

// keep makes a constant of a variable whose kind is not supported: it stays what it was saved as, or is not there.
func (r *reader) keep(v *Variable, current []string) bool {
	if len(current) == 0 || current[0] == All {
		r.lost = append(r.lost, v.Name)
		return false
	}
	v.Kind, v.Hide, v.Default = VariableConstant, "all", current
	return true
}

func (r *reader) variableQuery(o *object, v *Variable) {
	r.use(o, "query")
	if n := o.get("query"); n != nil && n.object {
		query := o.child("query")
		v.Query = query.str("query")
		r.use(query, "query")
		query.ignore("refId", "qryType", "metric", "label", "labelFilters", "metricRegex", "seriesQuery", "varQuery", "classicQuery")
		query.close()
	} else {
		v.Query = o.str("query")
	}
	v.Query = strings.TrimSpace(cmp.Or(v.Query, o.str("definition")))
	o.ignore("definition")
	if v.Query == "" {
		o.wrong("query", cmp.Or(o.get("query"), o.n), "label_values(metric, label)")
	} else if lookup, err := ParseLookup(v.Query); err != nil {
		o.wrong("query", cmp.Or(o.get("query"), o.get("definition"), o.n), err.Error())
	} else {
		r.lookups = append(r.lookups, use{cmp.Or(o.get("query"), o.get("definition")).at, o.at("query"), cmp.Or(lookup.Match, lookup.Expr), true})
	}
	v.Regex, _ = o.regex("regex")
	if n := o.integer("sort", 8); n != nil {
		v.Sort = *n
	}
	v.OnRange = o.oneOf("refresh", "1", "0", "1", "2", "true", "false") == "2"
}

func (r *reader) interval(o *object, v *Variable) {
	for _, one := range customOptions(o.str("query")) {
		if one.Value == "auto" {
			continue
		}
		if _, err := ParseDuration(one.Value); err != nil {
			o.wrong("query", o.get("query"), "durations with commas between them")
			continue
		}
		v.Options = append(v.Options, one)
	}
	if o.flag("auto") {
		v.AutoCount = 30
		if n := o.integer("auto_count", 10_000); n != nil && *n > 0 {
			v.AutoCount = *n
		}
		v.AutoMin = r.duration(o, "auto_min", false)
		v.Options = append([]Option{{"auto", "auto"}}, v.Options...)
	}
}

// current returns the values chosen when the dashboard was saved.
func (r *reader) current(o *object) []string {
	n := o.get("value")
	if n == nil {
		return nil
	}
	var out []string
	if n.list {
		out = o.texts("value", maxOptions)
	} else if s := o.str("value"); s != "" {
		out = []string{s}
	}
	for i, s := range out {
		if strings.HasPrefix(s, "$__auto") {
			out[i] = "auto"
		}
	}
	return out
}

func (r *reader) listedOptions(o *object) []Option {
	var out []Option
	for _, one := range o.objects("options", maxOptions) {
		value := one.str("value")
		if value == "" || value == All {
			continue
		}
		out = append(out, Option{cmp.Or(one.str("text"), value), value})
	}
	return out
}

// customOptions reads a,b : c,d\,e.
func customOptions(query string) []Option {
	var out []Option
	var one strings.Builder
	add := func() {
		text := strings.TrimSpace(one.String())
		one.Reset()
		if text == "" || len(out) == maxOptions {
			return
		}
		if name, value, ok := strings.Cut(text, " : "); ok {
			out = append(out, Option{strings.TrimSpace(name), strings.TrimSpace(value)})
			return
		}
		out = append(out, Option{text, text})
	}
	for i := 0; i < len(query); i++ {
		switch {
		case query[i] == '\\' && i+1 < len(query) && query[i+1] == ',':
			i++
			one.WriteByte(',')
		case query[i] == ',':
			add()
		default:
			one.WriteByte(query[i])
		}
	}
	add()
	return out
}
