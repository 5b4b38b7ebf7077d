package dashboard

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/query/nearest"
)

const (
	maxTags        = 100
	maxAnnotations = 50
)

// UID is what the address of a dashboard may look like. It is a file name as well.
var uidText = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// ValidUID reports whether a dashboard can have this address.
func ValidUID(uid string) bool { return uid != "check" && uidText.MatchString(uid) } // check is a path of the API

// Parse reads a dashboard. The name is that of its file, and its address where it says none. It returns nil where the JSON
// is no dashboard at all; a problem says why.
func Parse(name string, text []byte) (*Dashboard, []Problem) { return ParseWith(name, text, nil) }

// ParseWith is Parse that has each query looked at, with examples in the place of variables.
func ParseWith(name string, text []byte, query func(expr string) error) (*Dashboard, []Problem) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // what some editors put before it
	r := &reader{text: text, query: query}
	root, err := parseTree(text)
	if err != nil {
		at := 0
		if m := new(mistake); errors.As(err, &m) {
			at = m.at
		}
		r.add(at, Error, "", err.Error(), "")
		return nil, r.result()
	}
	o := r.unwrap(root)
	if o == nil {
		return nil, r.result()
	}
	return r.dashboard(name, o), r.result()
}

// unwrap finds the dashboard in what Grafana's API and kubectl put around it.
func (r *reader) unwrap(root *node) *object {
	o := r.object(root, "")
	if o == nil {
		if root.null() {
			r.add(root.at, Error, "", "it is null", "a dashboard")
		}
		return nil
	}
	if root.find("panels") == nil && root.find("rows") == nil {
		for _, name := range []string{"dashboard", "spec"} {
			if inner := root.find(name); inner != nil && inner.object {
				o = r.object(inner, name)
				break
			}
		}
	}
	if elements := o.n.find("elements"); elements != nil && elements.object {
		r.add(elements.at, Error, o.at("elements"), "this is schema 2 of dashboards, which is not supported", "export it as classic JSON (V1)")
		return nil
	}
	if o.n.find("title").null() && o.n.find("panels").null() && o.n.find("rows").null() {
		r.add(o.n.at, Error, o.path, "this is no dashboard: it has neither title nor panels", `{"title": …, "panels": […]}`)
		return nil
	}
	return o
}

func (r *reader) dashboard(name string, o *object) *Dashboard {
	d := &Dashboard{
		Title: strings.TrimSpace(o.str("title")), Description: o.str("description"), Tags: o.texts("tags", maxTags), Timezone: o.str("timezone"),
		Links: r.links(o, "links"), Variables: []Variable{}, Annotations: []Annotation{},
	}
	d.UID = r.uid(o, name)
	if d.Title == "" {
		r.add(o.n.at, Error, o.at("title"), "the dashboard has no title", "")
		d.Title = d.UID
	}
	r.timeRange(o, d)
	d.Crosshair = o.oneOf("graphTooltip", "0", "0", "1", "2") != "0" || o.flag("sharedCrosshair")
	if list := o.child("templating"); list != nil {
		d.Variables = r.variables(list)
	}
	if list := o.child("annotations"); list != nil {
		d.Annotations = r.annotations(list)
	}
	r.libraryPanels(o.child("__elements"))
	d.Sections = r.sections(o)
	r.clock(o)
	o.ignore("id", "version", "schemaVersion", "editable", "style", "liveNow", "gnetId", "iteration", "hideControls", "originalTitle",
		"revision", "preload", "scopeMeta", "snapshot", "__inputs", "__requires", "overwrite", "nav", "inputs")
	o.close()
	if d.Timezone == "browser" {
		d.Timezone = ""
	}
	r.checkUses(d)
	if d.Tags == nil {
		d.Tags = []string{}
	}
	if d.Links == nil {
		d.Links = []Link{}
	}
	return d
}

// clock reads what changes the meaning of now and of weeks. What the picker offers is each interface's own affair.
func (r *reader) clock(o *object) {
	o.plain("weekStart", `""`, `"browser"`, `"monday"`)
	o.plain("fiscalYearStartMonth", "0")
	if picker := o.child("timepicker"); picker != nil {
		picker.ignore("refresh_intervals", "time_options", "quick_ranges", "hidden", "collapse", "enable", "notice", "now", "status", "type")
		picker.close()
	}
}

func (r *reader) uid(o *object, name string) string {
	uid := o.str("uid")
	if uid != "" && !ValidUID(uid) {
		o.wrong("uid", o.get("uid"), "up to 64 letters, digits, - and _")
		uid = ""
	}
	base := strings.TrimSuffix(path.Base(name), ".json")
	if uid == "" && ValidUID(base) {
		return base
	}
	return cmp.Or(uid, slug(base), slug(o.str("title")), "dashboard")
}

// slug makes an address of a name.
func slug(name string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == 40 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

var relativeTime = regexp.MustCompile(`^now([-+]\d+[smhdwMQy])?(/[smhdwMQy])?$|^\d{4}-\d\d-\d\d|^\d{9,13}$`)

func (r *reader) timeRange(o *object, d *Dashboard) {
	d.From, d.To = "now-1h", "now"
	if span := o.child("time"); span != nil {
		for _, end := range []struct {
			name string
			to   *string
		}{{"from", &d.From}, {"to", &d.To}} {
			switch s := span.str(end.name); {
			case relativeTime.MatchString(s):
				*end.to = s
			case s != "":
				span.wrong(end.name, span.get(end.name), "such as now-1h, now or 2026-01-31")
			}
		}
		span.close()
	}
	if n := o.get("refresh"); n != nil && n.value != false {
		d.Refresh = o.str("refresh")
		if _, err := ParseDuration(d.Refresh); d.Refresh != "" && err != nil {
			if d.Refresh != "auto" {
				o.wrong("refresh", n, "a duration such as 30s")
			}
			d.Refresh = ""
		}
	}
}

func (r *reader) annotations(o *object) []Annotation {
	out := []Annotation{}
	for _, each := range o.objects("list", maxAnnotations) {
		if each.get("builtIn") != nil { // those made by hand in Grafana, which are not part of the file
			continue
		}
		if r.datasource(each) {
			continue
		}
		a := Annotation{
			Name: each.str("name"), Expr: each.str("expr"), Step: r.duration(each, "step", false), Title: each.str("titleFormat"), Text: each.str("textFormat"),
			Color: r.colorName(each, "iconColor"), Enabled: each.flag("enable"), Hidden: each.oneOf("hide", "false", "false", "true", "0", "1", "2") != "false",
		}
		if target := each.child("target"); target != nil {
			a.Expr = cmp.Or(a.Expr, target.str("expr"))
			a.Step = cmp.Or(a.Step, r.duration(target, "interval", false))
			target.ignore("refId", "limit", "matchAny", "tags", "type", "range", "instant", "editorMode", "legendFormat", "format", "datasource")
			target.close()
		}
		r.use(each, "expr")
		each.ignore("type", "tagKeys", "useValueForTime", "mappings", "builtIn", "showIn", "limit", "tags", "rawQuery", "dashboardId")
		each.plain("filter")
		each.close()
		if a.Expr == "" {
			each.unsupported("target", each.n, "an annotation without PromQL is not supported", "expr")
			continue
		}
		out = append(out, a)
	}
	o.close()
	return out
}

// use is a text with variables, looked at when all of them are known.
type use struct {
	at         int
	path, text string
	expr       bool
}

func (r *reader) use(o *object, name string) {
	if n := o.get(name); n != nil {
		if s, ok := n.text(); ok {
			r.uses = append(r.uses, use{n.at, o.at(name), s, name == "expr"})
		}
	}
}

// checkUses tells of variables that do not exist: they would stay in the query as they are.
func (r *reader) checkUses(d *Dashboard) {
	var names []string
	for i := range d.Variables {
		v := &d.Variables[i]
		names = append(names, v.Name)
	}
	for _, u := range r.uses {
		for _, ref := range references(u.text) {
			switch {
			case len(r.problems) == maxProblems:
				return
			case ref.format != "" && !slices.Contains(formats, strings.SplitN(ref.format, ":", 2)[0]):
				r.add(u.at, Error, u.path, "the format of ${"+ref.name+":"+ref.format+"} is not known", "one of "+strings.Join(formats, ", "))
			case slices.Contains(names, ref.name), slices.Contains(builtins, ref.name), isNumber(ref.name):
			case strings.HasPrefix(ref.name, "__"), slices.Contains(r.lost, ref.name):
				r.add(u.at, Unsupported, u.path, "the variable $"+ref.name+" is not supported", "one of "+strings.Join(builtins, ", "))
			default:
				hint := "templating.list has none of this name"
				if near := nearest.Of(ref.name, names); near != "" {
					hint = "did you mean $" + near + "?"
				}
				r.add(u.at, Error, u.path, "there is no variable "+ref.name, hint)
			}
		}
	}
	r.checkQueries(d)
	for p := range d.Panels {
		if p.Repeat != "" && !slices.Contains(names, p.Repeat) {
			r.add(0, Error, fmt.Sprintf("panel %d", p.ID), "it repeats for a variable that does not exist: "+shorten(p.Repeat), "")
		}
	}
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

// checkQueries parses them with a value for each variable.
func (r *reader) checkQueries(d *Dashboard) {
	if r.query == nil {
		return
	}
	scope := &Scope{
		Variables: map[string]Choice{}, From: time.Unix(0, 0), To: time.Unix(3600, 0), Interval: time.Minute, RateInterval: 5 * time.Minute, Dashboard: d.Title,
	}
	for i := range d.Variables {
		v := &d.Variables[i]
		value := "1"
		switch {
		case v.Kind == VariableInterval:
			value = "5m"
		case v.Kind == VariableQuery:
			value = "x"
		case len(v.Options) > 0:
			value = v.Options[0].Value
		case len(v.Default) > 0:
			value = v.Default[0]
		}
		scope.Variables[v.Name] = Choice{Values: []string{value}, Texts: []string{value}, List: v.Multi || v.IncludeAll}
	}
	for _, u := range append(r.uses, r.lookups...) {
		if !u.expr || strings.TrimSpace(u.text) == "" {
			continue
		}
		if err := r.query(scope.Expr(u.text)); err != nil {
			r.add(u.at, Error, u.path, "the query is no PromQL: "+err.Error(), "")
		}
	}
}
