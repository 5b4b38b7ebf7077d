package dashboard

import (
	"cmp"
	"strings"
)

// oldAxes reads the left axis, and returns both: the right one holds for the series at it alone.
func (r *reader) oldAxes(o *object, p *Panel) []*object {
	f := &p.Field
	axes := o.objects("yaxes", 2)
	if len(axes) > 0 {
		r.oldAxis(axes[0], f)
	}
	f.Unit = cmp.Or(f.Unit, r.oldFormat(o, 0))
	for _, name := range []string{"yaxis", "yAxis"} {
		axis := o.child(name)
		switch {
		case axis == nil:
			continue
		case p.Kind == KindHeatmap:
			p.Options.YUnit, p.Options.YDecimals = cmp.Or(p.Options.YUnit, r.unit(axis, "format")), cmp.Or(p.Options.YDecimals, axis.integer("decimals", 20))
			axis.plain("min")
			axis.plain("max")
		default:
			f.Unit = cmp.Or(f.Unit, r.unit(axis, "format"))
			f.Min, f.Max = cmp.Or(f.Min, axis.number("min")), cmp.Or(f.Max, axis.number("max"))
		}
		axis.ignore("align", "alignLevel", "show", "decimals", "logBase", "splitFactor")
		axis.close()
	}
	if axis := o.child("xaxis"); axis != nil {
		axis.plain("mode", `"time"`)
		axis.ignore("show", "buckets", "name", "values")
		axis.close()
	}
	o.ignore("xAxis", "y-axis", "x-axis", "y_formats")
	return axes
}

// oldAxis fills in what f does not say.
func (r *reader) oldAxis(axis *object, f *Field) {
	f.Unit = cmp.Or(f.Unit, r.unit(axis, "format"))
	f.Min, f.Max = cmp.Or(f.Min, axis.number("min")), cmp.Or(f.Max, axis.number("max"))
	f.Decimals = cmp.Or(f.Decimals, axis.integer("decimals", 20))
	f.AxisLabel = cmp.Or(f.AxisLabel, axis.str("label"))
	if base := axis.number("logBase"); base != nil && *base > 1 {
		f.Log = *base
	}
	axis.ignore("show", "$$hashKey")
	axis.close()
}

// oldFormat is the unit of an axis as the first schemas have it: y_formats of left and right.
func (r *reader) oldFormat(o *object, side int) string {
	list := o.list("y_formats", 2)
	if side >= len(list) {
		return ""
	}
	unit, _ := list[side].text()
	return r.unitText(o, "y_formats", list[side], unit)
}

// oldOverrides reads what is set for some series. Those at the right axis are written as it says.
func (r *reader) oldOverrides(o *object, p *Panel, axes []*object) {
	r.aliasColors(o, p)
	for _, each := range o.objects("seriesOverrides", maxPanels) {
		if over, ok := r.oldOverride(o, each, axes); ok {
			p.Overrides = append(p.Overrides, over)
		}
	}
}

func (r *reader) oldOverride(o, each *object, axes []*object) (Override, bool) {
	over := Override{By: "name", Match: each.str("alias")}
	if strings.HasPrefix(over.Match, "/") {
		over.By = "regexp"
		if _, ok := each.regex("alias"); !ok {
			return over, false
		}
	}
	f := &over.Field
	if axis := each.number("yaxis"); axis != nil && *axis == 2 {
		f.Axis = "right"
		if len(axes) > 1 {
			r.oldAxis(axes[1], f)
		}
		f.Unit = cmp.Or(f.Unit, r.oldFormat(o, 1))
	}
	if color := r.colorName(each, "color"); color != "" {
		f.Color = &Color{Mode: "fixed", Fixed: color}
	}
	r.oldLines(each, f)
	if n := each.get("stack"); n != nil && n.value == false {
		f.Stack = "none"
	}
	if n := each.get("lines"); n != nil && n.value == false && f.Draw == "" {
		f.LineWidth = new(float64)
	}
	f.Negative = each.oneOf("transform", "", "negative-Y") != ""
	f.Dash, f.HideTooltip = each.flag("dashes"), each.flag("hideTooltip")
	if n := each.get("legend"); n != nil && n.value == false {
		f.HideLegend = true
	}
	each.ignore("zindex", "$$hashKey", "dashLength", "spaceLength")
	each.close()
	return over, true
}

func (r *reader) aliasColors(o *object, p *Panel) {
	if colors := o.child("aliasColors"); colors != nil {
		for i := range colors.n.members {
			name := colors.n.members[i].name
			if color := r.colorName(colors, name); color != "" {
				p.Overrides = append(p.Overrides, Override{By: "name", Match: name, Field: Field{Color: &Color{Mode: "fixed", Fixed: color}}})
			}
		}
	}
}
