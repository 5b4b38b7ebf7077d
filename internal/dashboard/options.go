package dashboard

import (
	"cmp"
	"slices"
	"strings"
)

// Calcs are the ways to make one number of a series.
var calcs = []string{"last", "lastNotNull", "first", "firstNotNull", "min", "max", "mean", "sum", "total", "count", "range", "delta"}

// calc is what it is called in the model.
func calc(name string) string {
	switch name {
	case "total":
		return "sum"
	case "current":
		return "lastNotNull"
	case "avg":
		return "mean"
	}
	return name
}

// knownCalcs tells of those that are not known.
func (o *object) calcs(name string) []string {
	var out []string
	for i, s := range o.texts(name, maxSteps) {
		if !slices.Contains(calcs, s) {
			o.unsupported(name, o.get(name).items[i], "the calculation "+shorten(s)+" is not supported", "one of "+strings.Join(calcs, ", "))
			continue
		}
		out = append(out, calc(s))
	}
	return out
}

// options reads what only panels of this kind have.
func (r *reader) options(o *object, p *Panel) {
	x := &p.Options
	if o == nil {
		x.Header, x.Markers = p.Kind == KindTable, p.Kind == KindGauge
		return
	}
	if legend := o.child("legend"); legend != nil {
		r.legend(legend, p.Kind, x)
	}
	if tip := o.child("tooltip"); tip != nil {
		x.Tooltip, x.TooltipSort = tip.oneOf("mode", "", "single", "multi", "none"), tip.oneOf("sort", "", "none", "asc", "desc")
		tip.ignore("hideZeros", "maxHeight", "maxWidth", "yHistogram", "showColorScale", "show")
		tip.close()
	}
	if reduce := o.child("reduceOptions"); reduce != nil {
		r.reduce(reduce, x)
	}
	x.Vertical = o.oneOf("orientation", "auto", "auto", "horizontal", "vertical") == "vertical"
	r.kindOptions(o, p)
	o.close()
}

func (r *reader) kindOptions(o *object, p *Panel) {
	x := &p.Options
	switch p.Kind {
	case KindTimeSeries:
		o.ignore("annotations", "disableKeyboardEvents")
		o.plain("timezone", `["browser"]`, `[""]`, `[]`)
		o.plain("timeCompare")
	case KindStat:
		x.Color = strings.TrimSuffix(o.oneOf("colorMode", "value", "value", "background", "background_solid", "none"), "_solid")
		x.Sparkline = o.oneOf("graphMode", "area", "area", "line", "none") != "none"
		x.Text = o.oneOf("textMode", "auto", "auto", "value", "name", "value_and_name", "none")
		o.ignore("justifyMode", "wideLayout", "percentChangeColorMode", "text")
		o.plain("showPercentChange", "false")
	case KindGauge:
		x.Markers = o.get("showThresholdMarkers") == nil || o.flag("showThresholdMarkers")
		o.ignore("showThresholdLabels", "minVizHeight", "minVizWidth", "sizing", "text", "barShape", "barWidthFactor", "effects", "endpointMarker", "neutral",
			"segmentCount", "segmentSpacing", "shape", "sparkline", "textMode")
	case KindBar:
		o.ignore("displayMode", "minVizHeight", "minVizWidth", "maxVizHeight", "sizing", "text", "namePlacement", "showUnfilled", "valueMode", "barRadius", "barWidth",
			"groupWidth", "showValue", "xTickLabelRotation", "xTickLabelSpacing", "xTickLabelMaxLength", "fullHighlight", "pieType", "displayLabels")
		o.plain("stacking", `"none"`)
		o.plain("xField")
		o.plain("colorByField")
	case KindTable:
		r.tableOptions(o, x)
	case KindHeatmap:
		r.heatmap(o, x)
	case KindText:
		r.textOptions(o, x)
	}
}

func (r *reader) tableOptions(o *object, x *Options) {
	x.Header = o.get("showHeader") == nil || o.flag("showHeader")
	if by := o.first("sortBy"); by != nil {
		x.SortBy, x.SortDesc = by.str("displayName"), by.flag("desc")
		by.close()
	}
	if footer := o.child("footer"); footer != nil {
		footer.ignore("countRows", "fields", "reducer", "enablePagination")
		footer.plain("show", "false")
	}
	o.plain("frameIndex", "0")
	o.ignore("cellHeight", "enablePagination", "disableKeyboardEvents", "showTypeIcons", "maxRowHeight", "pageSize", "frozenColumns")
}

func (r *reader) legend(o *object, kind string, x *Options) {
	x.Legend = cmp.Or(o.oneOf("displayMode", "list", "list", "table", "hidden"), "list")
	shown := o.get("showLegend") == nil || o.flag("showLegend")
	if kind == KindHeatmap {
		shown = o.get("show") == nil || o.flag("show")
	}
	if !shown {
		x.Legend = "hidden"
	}
	x.LegendRight = o.oneOf("placement", "bottom", "bottom", "right") == "right"
	x.LegendCalcs = o.calcs("calcs")
	o.ignore("width", "sortBy", "sortDesc", "asTable", "isVisible", "limit", "overflow", "enableFacetedFilter", "facetedFilterPinned", "values")
	o.close()
}

func (r *reader) reduce(o *object, x *Options) {
	x.Calc = "lastNotNull"
	if found := o.calcs("calcs"); len(found) > 0 {
		x.Calc = found[0]
		if len(found) > 1 {
			o.unsupported("calcs", o.get("calcs"), "there is more than one", "one; the first counts")
		}
	}
	o.plain("values", "false")
	o.plain("fields", `""`)
	o.ignore("limit")
	o.close()
}

func (r *reader) heatmap(o *object, x *Options) {
	if color := o.child("color"); color != nil {
		x.Scheme = color.str("scheme")
		color.ignore("mode", "steps", "exponent", "fill", "reverse", "scale", "min", "max", "cardColor", "colorScale", "colorScheme")
		color.close()
	}
	if axis := o.child("yAxis"); axis != nil {
		x.YUnit, x.YDecimals = r.unit(axis, "unit"), axis.integer("decimals", 20)
		axis.ignore("axisPlacement", "axisLabel", "axisWidth", "axisColorMode", "axisCenteredZero", "axisGridShow", "axisBorderShow", "axisSoftMin", "axisSoftMax", "scaleDistribution")
		axis.plain("reverse", "false")
		axis.plain("min")
		axis.plain("max")
		axis.close()
	}
	o.plain("calculate", "false")
	o.ignore("calculation", "cellGap", "cellRadius", "cellValues", "exemplars", "filterValues", "rowsFrame", "selectionMode", "showValue", "annotations")
}

func (r *reader) textOptions(o *object, x *Options) {
	x.Mode, x.Content = cmp.Or(o.str("mode"), "markdown"), o.str("content")
	switch x.Mode {
	case "markdown", "code":
	case "html":
		o.unsupported("mode", o.get("mode"), "HTML is not rendered: it is shown as it is written", "markdown")
		x.Mode = "plain"
	default:
		x.Mode = "plain"
	}
	o.ignore("code", "renderMode")
}
