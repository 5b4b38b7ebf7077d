package dashboard

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	maxSteps    = 50
	maxMappings = 200
	maxLinks    = 50
)

// fieldConfig reads what is set for all series, and what for some.
func (r *reader) fieldConfig(o *object, p *Panel) {
	if o == nil {
		return
	}
	p.Field = r.field(o.child("defaults"))
	for _, each := range o.objects("overrides", maxPanels) {
		if one, ok := r.override(each); ok {
			p.Overrides = append(p.Overrides, one)
		}
	}
	o.close()
}

// matchers by what Grafana calls them.
var matchers = map[string]string{"byName": "name", "byRegexp": "regexp", "byFrameRefID": "target", "byType": "type"}

func (r *reader) override(o *object) (Override, bool) {
	matcher := o.child("matcher")
	if matcher == nil {
		return Override{}, false
	}
	id := matcher.str("id")
	out := Override{By: matchers[id], Match: ""}
	if out.By == "" {
		o.unsupported("matcher", matcher.n, "the matcher "+shorten(id)+" is not supported", "byName, byRegexp, byFrameRefID or byType")
		return out, false
	}
	if out.Match = matcher.str("options"); out.By == "regexp" {
		if _, ok := matcher.regex("options"); !ok {
			return out, false
		}
	}
	matcher.close()
	// The properties are put together to what the defaults look like.
	field, custom := &node{object: true, at: o.n.at, end: o.n.end}, &node{object: true, at: o.n.at, end: o.n.end}
	for _, property := range o.objects("properties", maxSteps) {
		name, value := property.str("id"), property.get("value")
		if value == nil {
			continue
		}
		if inner, ok := strings.CutPrefix(name, "custom."); ok {
			custom.members = append(custom.members, member{inner, value.at, value})
		} else {
			field.members = append(field.members, member{name, value.at, value})
		}
	}
	if len(custom.members) > 0 {
		field.members = append(field.members, member{"custom", custom.members[0].at, custom})
	}
	out.Field = r.field(r.object(field, o.at("properties")))
	o.plain("__systemRef")
	o.close()
	return out, true
}

func (r *reader) field(o *object) Field {
	var f Field
	if o == nil {
		return f
	}
	f.Unit = r.unit(o, "unit")
	f.Decimals = o.integer("decimals", 20)
	f.Min, f.Max = o.number("min"), o.number("max")
	f.Name, f.NoValue = o.str("displayName"), o.str("noValue")
	f.Color = r.color(o.child("color"))
	f.Thresholds = r.thresholds(o.child("thresholds"))
	f.Mappings = r.mappings(o)
	f.Links = r.links(o, "links")
	r.custom(o.child("custom"), &f)
	o.ignore("filterable", "writeable", "path", "description", "displayNameFromDS", "fieldMinMax", "unitScale")
	o.close()
	return f
}

var colorModes = map[string]string{
	"palette-classic": "palette", "palette-classic-by-name": "palette", "fixed": "fixed", "shades": "shades", "thresholds": "thresholds",
}

func (r *reader) color(o *object) *Color {
	if o == nil {
		return nil
	}
	mode := o.str("mode")
	c := &Color{Mode: colorModes[mode], Fixed: r.colorName(o, "fixedColor")}
	switch {
	case strings.HasPrefix(mode, "continuous-"):
		c.Mode = mode
	case c.Mode == "":
		o.unsupported("mode", cmp.Or(o.get("mode"), o.n), "the color mode "+shorten(mode)+" is not known", "palette-classic, fixed, shades, thresholds or continuous-…")
		return nil
	}
	o.ignore("seriesBy")
	o.close()
	return c
}

// colorText is what a color may look like: it ends up in a style sheet.
var colorText = regexp.MustCompile(`^(#[0-9A-Fa-f]{3,8}|[a-z]+(-[a-z]+)*|rgba?\([0-9., %]{1,40}\))$`)

func (r *reader) colorName(o *object, name string) string {
	s := o.str(name)
	if s != "" && !colorText.MatchString(s) {
		o.wrong(name, o.get(name), "a name such as light-blue, #rrggbb or rgb(…)")
		return ""
	}
	return s
}

// thresholds reads them as they are written today: the first step holds from below, whatever it says.
func (r *reader) thresholds(o *object) *Thresholds {
	if o == nil {
		return nil
	}
	t := &Thresholds{Percent: o.oneOf("mode", "absolute", "absolute", "percentage") == "percentage", Steps: []ThresholdStep{}}
	for _, step := range o.objects("steps", maxSteps) {
		t.Steps = append(t.Steps, r.step(step))
	}
	o.close()
	t.sort()
	if len(t.Steps) > 0 {
		t.Steps[0].Value = nil
	}
	return t.paint()
}

func (r *reader) step(o *object) ThresholdStep {
	s := ThresholdStep{Value: o.number("value"), Color: r.colorName(o, "color")}
	o.ignore("state", "index", "op", "fill", "line", "colorMode", "yaxis", "fillColor", "lineColor", "visible")
	if s.Color == "" {
		switch o.str("colorMode") {
		case "critical":
			s.Color = "red"
		case "warning":
			s.Color = "orange"
		case "ok":
			s.Color = "green"
		}
	}
	o.close()
	return s
}

// sort brings the steps into rising order; one without a value comes first.
func (t *Thresholds) sort() {
	slices.SortStableFunc(t.Steps, func(a, b ThresholdStep) int {
		switch {
		case a.Value == nil && b.Value == nil:
			return 0
		case a.Value == nil:
			return -1
		case b.Value == nil:
			return 1
		}
		return cmp.Compare(*a.Value, *b.Value)
	})
}

// paint gives colors to steps that have none.
func (t *Thresholds) paint() *Thresholds {
	for i := range t.Steps {
		if t.Steps[i].Color == "" {
			t.Steps[i].Color = stepColor(i, len(t.Steps))
		}
	}
	return t
}

// stepColor is of steps that have none: green, then orange where there are more than two, red at last.
func stepColor(i, n int) string {
	switch i {
	case 0:
		return "green"
	case n - 1:
		return "red"
	}
	return "orange"
}

// mappings reads those of today: a list of value, range, regex and special ones.
func (r *reader) mappings(o *object) []Mapping {
	var out []Mapping
	for _, m := range o.objects("mappings", maxMappings) {
		options := m.child("options")
		switch kind := m.oneOf("type", "", "value", "range", "regex", "special", "1", "2"); {
		case options == nil:
			out = append(out, r.oldMapping(m)...)
		case kind == "value":
			for i := range options.n.members {
				name := options.n.members[i].name
				one := Mapping{Kind: "value", Match: name}
				r.mapped(options.child(name), &one)
				out = append(out, one)
			}
		case kind == "range":
			one := Mapping{Kind: "range", From: options.number("from"), To: options.number("to")}
			r.mapped(options.child("result"), &one)
			out = append(out, one)
		case kind == "regex":
			pattern, ok := options.regex("pattern")
			if !ok {
				continue
			}
			one := Mapping{Kind: "regex", Match: pattern}
			r.mapped(options.child("result"), &one)
			out = append(out, one)
		case kind == "special":
			match := options.oneOf("match", "", "null", "nan", "null+nan", "true", "false", "empty")
			for _, k := range strings.Split(match, "+") {
				one := Mapping{Kind: k}
				r.mapped(options.child("result"), &one)
				out = append(out, one)
			}
		}
		options.close()
		m.ignore("id")
		m.close()
	}
	return out
}

// oldMapping is of the kind {type: 1, value, text} or {type: 2, from, to, text}; from "null" to "null" is no value.
func (r *reader) oldMapping(m *object) []Mapping {
	one := Mapping{Kind: "value", Match: m.str("value"), Text: m.str("text")}
	m.ignore("operator", "op", "to")
	if from, _ := m.get("from").text(); from == "null" {
		one.Kind = "null"
		return []Mapping{one}
	}
	if one.From, one.To = m.number("from"), m.number("to"); one.From != nil || one.To != nil {
		one.Kind, one.Match = "range", ""
	}
	return []Mapping{one}
}

func (r *reader) mapped(o *object, m *Mapping) {
	m.Text, m.Color = o.str("text"), r.colorName(o, "color")
	o.ignore("index")
	o.close()
}

// custom is what depends on the kind of panel.
func (r *reader) custom(o *object, f *Field) {
	if o == nil {
		return
	}
	r.line(o, f)
	f.Axis = o.oneOf("axisPlacement", "", "auto", "left", "right", "hidden")
	f.AxisLabel = o.str("axisLabel")
	f.SoftMin, f.SoftMax = o.number("axisSoftMin"), o.number("axisSoftMax")
	r.scale(o.child("scaleDistribution"), f)
	if style := o.child("thresholdsStyle"); style != nil {
		switch style.oneOf("mode", "off", "off", "line", "dashed", "area", "line+area", "dashed+area", "series") {
		case "line", "dashed":
			f.Limits = "line"
		case "area", "line+area", "dashed+area":
			f.Limits = "area"
		}
		style.close()
	}
	if hide := o.child("hideFrom"); hide != nil {
		f.HideChart, f.HideLegend, f.HideTooltip = hide.flag("viz"), hide.flag("legend"), hide.flag("tooltip")
		hide.close()
	}
	if o.flag("hidden") {
		f.HideChart = true
	}
	r.cell(o, f)
	// How exactly things are drawn is the own affair of each interface.
	o.ignore("pointSize", "pointSymbol", "gradientMode", "barAlignment", "barWidthFactor", "barMaxWidth", "axisBorderShow", "axisCenteredZero", "axisColorMode",
		"axisGridShow", "axisWidth", "lineColor", "fillColor", "pointColor", "inspect", "filterable", "minWidth", "sortable", "wrapText",
		"wrapHeaderText", "showValues", "orientation", "neutral")
	o.plain("fillBelowTo", `""`)
	o.close()
}

// line is how the points of a series are joined.
func (r *reader) line(o *object, f *Field) {
	f.Draw = o.oneOf("drawStyle", "", "line", "bars", "points")
	f.LineWidth, f.Fill = o.number("lineWidth"), o.number("fillOpacity")
	f.Step = o.oneOf("lineInterpolation", "", "linear", "smooth", "stepBefore", "stepAfter")
	f.Points = o.oneOf("showPoints", "", "auto", "always", "never")
	if n := o.get("spanNulls"); n != nil {
		gaps := n.value != false
		f.SpanGaps = &gaps
		o.plain("spanNulls", "true", "false")
	}
	o.plain("insertNulls", "false")
	if stack := o.child("stacking"); stack != nil {
		f.Stack, f.StackGroup = stack.oneOf("mode", "none", "none", "normal", "percent"), stack.str("group")
		stack.close()
	}
	if style := o.child("lineStyle"); style != nil {
		f.Dash = style.oneOf("fill", "solid", "solid", "dash", "dot", "square") != "solid"
		style.ignore("dash")
		style.close()
	}
	f.Negative = o.oneOf("transform", "", "negative-Y") != ""
}

func (r *reader) scale(o *object, f *Field) {
	if o == nil {
		return
	}
	if o.oneOf("type", "linear", "linear", "log") == "log" {
		f.Log = 10
		if base := o.number("log"); base != nil && *base > 1 && *base <= 100 {
			f.Log = *base
		}
	}
	o.ignore("log", "linearThreshold")
	o.close()
}

// cell is how a column of a table looks.
func (r *reader) cell(o *object, f *Field) {
	f.Width, f.Align = o.number("width"), o.oneOf("align", "", "auto", "left", "center", "right")
	kind := o.str("displayMode")
	at := o.get("displayMode")
	if options := o.child("cellOptions"); options != nil {
		kind, at = options.str("type"), options.get("type")
		options.ignore("mode", "valueDisplayMode", "applyToRow", "wrapText")
		options.close()
	}
	switch kind {
	case "":
	case "auto", "json-view":
		f.Cell = "auto"
	case "color-text":
		f.Cell = "text"
	case "color-background", "color-background-solid":
		f.Cell = "background"
	case "gauge", "basic", "gradient-gauge", "lcd-gauge":
		f.Cell = "gauge"
	default:
		o.unsupported("cellOptions", at, "the cell type "+shorten(kind)+" is not supported", "auto, color-text, color-background or gauge")
	}
}

// links reads those of a panel, a field or a dashboard.
func (r *reader) links(o *object, name string) []Link {
	var out []Link
	for _, l := range o.objects(name, maxLinks) {
		one := Link{
			Title: l.str("title"), URL: cmp.Or(l.str("url"), l.str("linkUrl")), Tags: l.texts("tags", maxLinks), KeepTime: l.flag("keepTime"), KeepVars: l.flag("includeVars"),
			NewTab: l.flag("targetBlank"), Tooltip: l.str("tooltip"), AsDropdown: l.flag("asDropdown"),
		}
		kind := l.oneOf("type", "link", "link", "dashboards", "absolute", "dashboard")
		if kind == "link" || kind == "absolute" {
			one.Tags = nil
		}
		if kind == "dashboards" {
			one.URL = ""
		}
		l.ignore("icon", "oneClick", "sort", "placement", "internal", "origin", "dashboard", "dashUri")
		l.close()
		if one.URL != "" && !safeURL(one.URL) {
			l.wrong("url", cmp.Or(l.get("url"), l.get("linkUrl")), "http://, https://, a path, or ${variable}")
			continue
		}
		if one.Title == "" {
			one.Title = strconv.Itoa(len(out) + 1)
		}
		out = append(out, one)
	}
	return out
}

// safeURL refuses what would run in the page of who follows the link.
func safeURL(url string) bool {
	scheme, _, ok := strings.Cut(strings.TrimSpace(url), ":")
	if !ok || strings.ContainsAny(scheme, "/?#") || strings.HasPrefix(scheme, "${") || strings.HasPrefix(scheme, "$") {
		return !strings.HasPrefix(strings.TrimSpace(url), "//")
	}
	scheme = strings.ToLower(scheme)
	return scheme == "http" || scheme == "https" || scheme == "mailto"
}
