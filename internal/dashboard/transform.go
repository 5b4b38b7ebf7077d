package dashboard

import (
	"cmp"
	"strconv"
	"strings"
)

// TransformIDs are the transformations of Grafana that are understood.
var transformIDs = []string{
	"merge", "joinByField", "seriesToColumns", "organize", "sortBy", "limit", "reduce", "filterFieldsByName", "renameByRegex",
}

// transformations reads what is done to answers. One that is not understood is left out, and told.
func (r *reader) transformations(o *object, p *Panel) {
	for _, t := range o.objects("transformations", maxSteps) {
		id := t.str("id")
		if t.flag("disabled") {
			continue
		}
		t.plain("filter")
		t.ignore("topic")
		options := t.child("options")
		if options == nil {
			options = r.object(&node{object: true, at: t.n.at, end: t.n.end}, t.at("options"))
		}
		one, ok := r.transform(options, id)
		if !ok {
			t.unsupported("id", cmp.Or(t.get("id"), t.n), "the transformation "+shorten(id)+" is not supported", "one of "+strings.Join(transformIDs, ", "))
			continue
		}
		p.Transformations = append(p.Transformations, one)
		options.close()
		t.close()
	}
	for i := range p.Targets { // a table made of series wants them over time
		if p.Kind == KindTable && p.timed() && p.Targets[i].Format == "time_series" {
			p.Targets[i].Instant = false
		}
	}
}

func (r *reader) transform(o *object, id string) (Transform, bool) {
	switch id {
	case "merge":
		return Transform{Kind: "merge"}, true
	case "joinByField", "seriesToColumns":
		return Transform{Kind: "join", Field: cmp.Or(o.str("byField"), "Time"), Outer: id == "seriesToColumns" || o.oneOf("mode", "outer", "outer", "inner") == "outer"}, true
	case "organize":
		return r.organize(o), true
	case "sortBy":
		t := Transform{Kind: "sort"}
		if by := o.first("sort"); by != nil {
			t.Field, t.Desc = by.str("field"), by.flag("desc")
			by.close()
		}
		o.ignore("fields")
		return t, t.Field != ""
	case "limit":
		return r.limit(o), true
	case "reduce":
		o.plain("mode", `"seriesToRows"`)
		o.plain("includeTimeField", "false")
		o.plain("labelsToFields", "false")
		return Transform{Kind: "reduce", Calcs: o.calcs("reducers")}, true
	case "filterFieldsByName":
		return r.filter(o), true
	case "renameByRegex":
		t := Transform{Kind: "rename", Replace: o.str("renamePattern")}
		t.Regex, _ = o.regex("regex")
		return t, true
	}
	return Transform{}, false
}

func (r *reader) limit(o *object) Transform {
	t := Transform{Kind: "limit", Limit: 10}
	if s, _ := o.get("limitField").text(); strings.Contains(s, "$") {
		o.unsupported("limitField", o.get("limitField"), "a limit by a variable is not supported, it is 10", "a number")
	} else if n := o.integer("limitField", 100_000); n != nil {
		t.Limit = *n
	}
	return t
}

func (r *reader) filter(o *object) Transform {
	t := Transform{Kind: "filter"}
	if include := o.child("include"); include != nil {
		t.Include = include.texts("names", maxSteps)
		t.Regex, _ = include.regex("pattern")
		include.close()
	}
	if exclude := o.child("exclude"); exclude != nil {
		t.Exclude = exclude.texts("names", maxSteps)
		exclude.close()
	}
	o.plain("byVariable", "false")
	return t
}

func (r *reader) organize(o *object) Transform {
	t := Transform{Kind: "organize", Order: map[string]int{}, Rename: map[string]string{}}
	if exclude := o.child("excludeByName"); exclude != nil {
		for i := range exclude.n.members {
			if name := exclude.n.members[i].name; exclude.flag(name) {
				t.Exclude = append(t.Exclude, name)
			}
		}
	}
	if include := o.child("includeByName"); include != nil {
		for i := range include.n.members {
			if name := include.n.members[i].name; include.flag(name) {
				t.Include = append(t.Include, name)
			}
		}
	}
	if order := o.child("indexByName"); order != nil {
		for i := range order.n.members {
			if at := order.integer(order.n.members[i].name, 100_000); at != nil {
				t.Order[order.n.members[i].name] = *at
			}
		}
	}
	if rename := o.child("renameByName"); rename != nil {
		for i := range rename.n.members {
			if name := rename.n.members[i].name; rename.str(name) != "" {
				t.Rename[name] = rename.str(name)
			}
		}
	}
	o.plain("orderByMode", `"manual"`)
	o.plain("orderBy", "[]")
	return t
}

// duration checks one such as 15s, 1m or 1d. What holds a variable is left to when it is filled in.
func (r *reader) duration(o *object, name string, lowerBound bool) string {
	s := o.str(name)
	if lowerBound {
		s = strings.TrimPrefix(strings.TrimSpace(s), ">")
	}
	if s == "" || strings.Contains(s, "$") {
		return s
	}
	if _, err := ParseDuration(s); err != nil {
		o.wrong(name, o.get(name), "a duration such as 15s, 1m, 1h or 1d")
		return ""
	}
	return s
}

func variableName(s string) string {
	return strings.Trim(strings.TrimPrefix(s, "$"), "{}")
}

func atoi(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return 0
	}
	return n
}
