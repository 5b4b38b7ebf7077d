package dashboard

import (
	"cmp"
	"strconv"
	"strings"
)

// oldPanel reads what panels had before fields and options: graph, singlestat, the old table, and the bare form of guides.
// What today's form says already stays.
func (r *reader) oldPanel(o *object, kind string, p *Panel) {
	f, x := &p.Field, &p.Options
	f.Unit = cmp.Or(f.Unit, r.unit(o, "unit"))
	if kind == "singlestat" || kind == "gauge" || kind == "stat" || o.get("targets") == nil {
		if format := o.str("format"); format != "time_series" && format != "table" && format != "heatmap" {
			f.Unit = cmp.Or(f.Unit, r.unit(o, "format"))
		}
	} else {
		o.ignore("format")
	}
	f.Decimals = cmp.Or(f.Decimals, o.integer("decimals", 20))
	f.Min, f.Max = cmp.Or(f.Min, o.number("min")), cmp.Or(f.Max, o.number("max"))
	if f.Thresholds == nil {
		f.Thresholds = r.oldThresholds(o)
	} else {
		o.ignore("thresholds")
	}
	f.Mappings = append(f.Mappings, r.oldMappings(o)...)
	axes := r.oldAxes(o, p)
	r.oldLines(o, f)
	r.oldLegend(o, x)
	r.oldStat(o, p)
	if p.Kind == KindText {
		if o.get("content") != nil {
			r.textOptions(o, x)
		}
	}
	if tip := o.child("tooltip"); tip != nil {
		if x.Tooltip = "multi"; tip.get("shared") != nil && !tip.flag("shared") {
			x.Tooltip = "single"
		}
		x.TooltipSort = map[string]string{"1": "asc", "2": "desc"}[tip.oneOf("sort", "0", "0", "1", "2")]
		tip.ignore("value_type", "msResolution", "show", "showHistogram")
		tip.close()
	}
	r.oldOverrides(o, p, axes)
	r.oldTable(o, p)
	if p.Kind == KindHeatmap {
		o.plain("dataFormat", `"tsbuckets"`)
	}
	o.ignore("colors", "sort", "showHeader", "fontSize", "scroll", "pageSize", "dataFormat", "cards", "color", "tooltipDecimals", "xBucketSize", "yBucketBound",
		"xBucketNumber", "yBucketNumber", "yBucketSize", "highlightCards", "hideZeroBuckets", "reverseYBuckets", "heatmap", "displayName")
}

// oldTable tells of columns with a style of their own, and of an order that is not by time.
func (r *reader) oldTable(o *object, p *Panel) {
	if o.get("showHeader") != nil && !o.flag("showHeader") {
		p.Options.Header = false
	}
	for _, name := range []string{"styles", "columns"} {
		o.plain(name, "[]")
	}
	o.plain("transform", `"table"`, `"timeseries_to_rows"`, `"timeseries_to_columns"`)
	if n := o.get("sort"); n != nil && n.object {
		by := o.child("sort")
		by.plain("col", "0")
		by.ignore("desc")
		by.close()
	}
}

// oldThresholds come as [80, 90], "80,90", a list of {value, color}, or {steps: […]}. What is below the first is green.
func (r *reader) oldThresholds(o *object) *Thresholds {
	n := o.get("thresholds")
	if n == nil {
		return nil
	}
	if n.object {
		inner := r.object(n, o.at("thresholds"))
		if inner.get("steps") != nil {
			steps := &Thresholds{Steps: []ThresholdStep{}, Percent: inner.oneOf("mode", "absolute", "absolute", "percentage") == "percentage"}
			for _, step := range inner.objects("steps", maxSteps) {
				steps.Steps = append(steps.Steps, r.step(step))
			}
			inner.close()
			return steps.based()
		}
		return r.namedThresholds(inner)
	}
	if s, ok := n.text(); ok {
		return r.textThresholds(o, n, s)
	}
	t := &Thresholds{Steps: []ThresholdStep{}}
	for i, item := range o.list("thresholds", maxSteps) {
		if v, ok := item.number(); ok {
			t.Steps = append(t.Steps, ThresholdStep{Value: &v})
		} else if step := r.object(item, o.at("thresholds")+"["+strconv.Itoa(i)+"]"); step != nil {
			t.Steps = append(t.Steps, r.step(step))
		}
	}
	if len(t.Steps) == 0 {
		return nil
	}
	return t.based()
}

// textThresholds are "80,90", with colors in a list of their own.
func (r *reader) textThresholds(o *object, n *node, text string) *Thresholds {
	t := &Thresholds{Steps: []ThresholdStep{}}
	for i, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || v-v != 0 {
			o.wrong("thresholds", n, "numbers with commas between them")
			return nil
		}
		t.Steps = append(t.Steps, ThresholdStep{Value: &v, Color: r.listedColor(o, i+1)})
	}
	if len(t.Steps) == 0 {
		return nil
	}
	if base := r.listedColor(o, 0); base != "" {
		t.Steps = append([]ThresholdStep{{Color: base}}, t.Steps...)
	}
	return t.based()
}

// namedThresholds are {warning: 0.5, critical: 0.9}, or {green: 0, red: 5}.
func (r *reader) namedThresholds(o *object) *Thresholds {
	t := &Thresholds{Steps: []ThresholdStep{}}
	for i := range o.n.members {
		m := &o.n.members[i]
		color := map[string]string{"warning": "orange", "critical": "red", "error": "red", "ok": "green"}[m.name]
		if color == "" && colorText.MatchString(m.name) {
			color = m.name
		}
		if v := o.number(m.name); v != nil && color != "" {
			t.Steps = append(t.Steps, ThresholdStep{v, color})
		}
	}
	return t.based()
}

// listedColor is of the colors of a singlestat.
func (r *reader) listedColor(o *object, i int) string {
	list := o.list("colors", maxSteps)
	if i >= len(list) {
		return ""
	}
	if s, ok := list[i].text(); ok && colorText.MatchString(s) {
		return s
	}
	return ""
}

// based puts green below where steps begin above zero.
func (t *Thresholds) based() *Thresholds {
	t.sort()
	switch {
	case len(t.Steps) == 0:
	case t.Steps[0].Value != nil && *t.Steps[0].Value > 0:
		t.Steps = append([]ThresholdStep{{Color: "green"}}, t.Steps...)
	default:
		t.Steps[0].Value = nil
	}
	return t.paint()
}

func (r *reader) oldMappings(o *object) []Mapping {
	var out []Mapping
	for _, name := range []string{"valueMaps", "rangeMaps"} {
		for _, m := range o.objects(name, maxMappings) {
			for _, one := range r.oldMapping(m) {
				if one.Match == "null" {
					one.Kind, one.Match = "null", ""
				}
				if one.Kind != "range" || one.From != nil || one.To != nil {
					out = append(out, one)
				}
			}
		}
	}
	o.ignore("mappingType", "mappingTypes")
	return out
}

func (r *reader) oldLines(o *object, f *Field) {
	if n := o.get("lines"); n != nil && !o.flag("lines") {
		if o.flag("bars") {
			f.Draw = "bars"
		} else if o.flag("points") {
			f.Draw = "points"
		}
	} else if o.flag("bars") {
		f.Draw = "bars"
	}
	if fill := o.number("fill"); fill != nil {
		percent := *fill * 10
		f.Fill = cmp.Or(f.Fill, &percent)
	}
	f.LineWidth = cmp.Or(f.LineWidth, o.number("linewidth"))
	switch group, _ := o.get("stack").text(); group {
	case "", "false":
	default: // true, or in an override the name of a group
		if f.Stack = "normal"; o.flag("percentage") {
			f.Stack = "percent"
		}
		if group != "true" {
			f.StackGroup = group
		}
	}
	if o.flag("steppedLine") {
		f.Step = "stepAfter"
	}
	if o.oneOf("nullPointMode", "null", "null", "connected") == "connected" {
		gaps := true
		f.SpanGaps = &gaps
	}
	o.ignore("points", "bars", "percentage", "pointradius", "fillGradient", "timeRegions")
	o.plain("timeRegions", "[]")
}

func (r *reader) oldLegend(o *object, x *Options) {
	legend := o.child("legend")
	if legend == nil {
		return
	}
	x.Legend = "list"
	if legend.flag("alignAsTable") {
		x.Legend = "table"
	}
	if legend.get("show") != nil && !legend.flag("show") {
		x.Legend = "hidden"
	}
	x.LegendRight = legend.flag("rightSide")
	numbers := legend.get("values") == nil || legend.flag("values")
	for _, one := range []string{"min", "max", "avg", "current", "total"} {
		if legend.flag(one) && numbers {
			x.LegendCalcs = append(x.LegendCalcs, calc(one))
		}
	}
	legend.ignore("sort", "sortDesc", "hideEmpty", "hideZero", "sideWidth")
	legend.close()
}

func (r *reader) oldStat(o *object, p *Panel) {
	if name := o.oneOf("valueName", "", "min", "max", "avg", "current", "total", "first", "delta", "range", "name"); name == "name" {
		p.Options.Text = "name"
	} else if name != "" {
		p.Options.Calc = calc(name)
	}
	if o.flag("colorBackground") {
		p.Options.Color = "background"
	} else if o.get("colorValue") != nil && !o.flag("colorValue") {
		p.Options.Color = "none"
	}
	if gauge := o.child("gauge"); gauge != nil {
		if gauge.flag("show") {
			p.Kind, p.Options.Markers = KindGauge, gauge.flag("thresholdMarkers")
			p.Field.Min, p.Field.Max = cmp.Or(p.Field.Min, gauge.number("minValue")), cmp.Or(p.Field.Max, gauge.number("maxValue"))
		}
		gauge.ignore("thresholdMarkers", "thresholdLabels", "minValue", "maxValue")
		gauge.close()
	}
	if spark := o.child("sparkline"); spark != nil {
		p.Options.Sparkline = spark.flag("show")
		spark.ignore("full", "fillColor", "lineColor", "ymin", "ymax")
		spark.close()
	}
	for _, name := range []string{"prefix", "postfix"} {
		o.plain(name, `""`)
	}
	o.ignore("prefixFontSize", "postfixFontSize", "valueFontSize", "nullText")
}
