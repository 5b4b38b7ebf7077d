package dashboard

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Limits of a dashboard.
const (
	maxPanels  = 500
	maxTargets = 50
	maxExpr    = 16 << 10
	columns    = 24
)

// kinds of panels by their types in Grafana.
var kinds = map[string]string{
	"timeseries": KindTimeSeries, "graph": KindTimeSeries,
	"stat": KindStat, "singlestat": KindStat,
	"gauge":    KindGauge,
	"bargauge": KindBar, "barchart": KindBar, "bar": KindBar,
	"table": KindTable, "table-old": KindTable,
	"heatmap": KindHeatmap,
	"text":    KindText,
}

// panel reads one. Its place may be absent; layout gives it one then.
func (r *reader) panel(o *object) Panel {
	o = r.libraryPanel(o)
	p := Panel{
		Title: o.str("title"), Description: o.str("description"), Repeat: variableName(o.str("repeat")),
		RepeatDown: o.oneOf("repeatDirection", "h", "h", "v") == "v", MinStep: r.duration(o, "interval", true), Transparent: o.flag("transparent"),
		Links: r.links(o, "links"), Overrides: []Override{}, Targets: []Target{}, Transformations: []Transform{},
	}
	if id := o.integer("id", 1<<31); id != nil {
		p.ID = *id
	}
	if n := o.integer("maxPerRow", columns); n != nil {
		p.MaxPerRow = *n
	}
	if n := o.integer("maxDataPoints", 100_000); n != nil {
		p.MaxPoints = *n
	}
	kind := o.str("type")
	if p.Kind = kinds[kind]; p.Kind == "" {
		r.unknownKind(o, kind, &p)
	}
	r.use(o, "title")
	r.grid(o.child("gridPos"), &p)
	foreign := r.datasource(o)
	if p.Kind == KindUnsupported {
		p.Links = []Link{}
		return p // what is in it is not looked at
	}
	r.fieldConfig(o.child("fieldConfig"), &p)
	r.options(o.child("options"), &p)
	r.oldPanel(o, kind, &p)
	r.targets(o, &p, foreign)
	r.transformations(o, &p)
	r.panelDefaults(&p)
	o.plain("hideTimeOverride", "false", "true")
	for _, name := range []string{"timeFrom", "timeShift", "timeCompare", "libraryPanel", "alert"} {
		o.plain(name, `""`)
	}
	o.ignore("pluginVersion", "cacheTimeout", "queryCachingTTL", "repeatPanelId", "repeatIteration", "repeatedByRow", "scopedVars", "renderer", "editable",
		"error", "isNew", "hasRefresh", "height", "minSpan", "collapsed", "tableColumn", "timeZone", "hiddenSeries", "dashes", "dashLength", "spaceLength",
		"maxDataPoints", "paceLength")
	o.close()
	return p
}

func (r *reader) unknownKind(o *object, kind string, p *Panel) {
	at := cmp.Or(o.get("type"), o.n)
	switch {
	case kind == "" && o.get("libraryPanel") != nil:
		p.Kind = KindUnsupported
		o.unsupported("libraryPanel", o.get("libraryPanel"), "the library panel is not in the file; its place stays empty", "export for sharing externally, or unlink the panel")
	case kind == "":
		if o.get("expr") == nil && o.get("targets") == nil {
			o.r.add(at.at, Error, o.at("type"), "the panel has no type", "timeseries, stat, gauge, bargauge, table, heatmap, text or row")
			p.Kind = KindUnsupported
			return
		}
		p.Kind = KindTimeSeries
	case kind == "piechart", kind == "grafana-piechart-panel":
		p.Kind = KindBar
		o.unsupported("type", at, "a pie is shown as bars", "bargauge")
	default:
		p.Kind = KindUnsupported
		o.unsupported("type", at, "panels of type "+shorten(kind)+" are not supported; its place stays empty", "timeseries, stat, gauge, bargauge, table, heatmap, text or row")
	}
}

func (r *reader) grid(o *object, p *Panel) {
	if o == nil {
		return
	}
	at := func(name string, most int) int {
		if n := o.integer(name, most); n != nil {
			return *n
		}
		return 0
	}
	p.Grid = Grid{at("x", columns-1), at("y", 100_000), at("w", columns), at("h", 1000)}
	if p.Grid.X+p.Grid.W > columns {
		r.add(o.n.at, Error, o.path, "the panel reaches over the right edge", "x + w of at most 24")
		p.Grid.W = columns - p.Grid.X
	}
	o.ignore("static")
	o.close()
}

// panelDefaults fills in what holds where nothing is said.
func (r *reader) panelDefaults(p *Panel) {
	if p.Links == nil {
		p.Links = []Link{}
	}
	x := &p.Options
	switch p.Kind {
	case KindStat, KindGauge, KindBar:
		x.Calc = cmp.Or(x.Calc, "lastNotNull")
	case KindTimeSeries:
		x.Legend = cmp.Or(x.Legend, "list")
	}
	if p.Kind == KindStat {
		x.Color, x.Text = cmp.Or(x.Color, "value"), cmp.Or(x.Text, "auto")
	}
}

// datasource tells of what is no Prometheus, and reports whether it speaks another language for certain.
func (r *reader) datasource(o *object) (foreign bool) {
	n := o.get("datasource")
	if n == nil {
		return false
	}
	if name, ok := n.text(); ok {
		lower := strings.ToLower(name)
		if strings.HasPrefix(name, "$") || strings.HasPrefix(name, "[[") || strings.HasPrefix(name, "-- ") || lower == "default" || strings.Contains(lower, "prom") || strings.Contains(lower, "telltale") {
			return false
		}
		o.unsupported("datasource", n, "the data source "+shorten(name)+" is taken for this server", "leave it out, or ${datasource}")
		return false
	}
	source := o.child("datasource")
	if source == nil {
		return false
	}
	if kind := source.str("type"); kind != "prometheus" && kind != "" && kind != "datasource" && kind != "grafana" && !strings.HasPrefix(kind, "$") {
		o.unsupported("datasource", n, "data sources of type "+shorten(kind)+" are not supported", "prometheus")
		foreign = true
	}
	source.ignore("uid", "apiVersion", "name")
	source.close()
	return foreign
}

// targets reads queries. Those of a foreign data source, their own or that of the panel, are left out.
func (r *reader) targets(o *object, p *Panel, foreign bool) {
	for _, t := range o.objects("targets", maxTargets) {
		if own := r.datasource(t); own || foreign && t.get("datasource") == nil {
			continue
		}
		one := r.target(t, p)
		one.Ref, one.MinStep = t.str("refId"), r.duration(t, "interval", true)
		if step := t.integer("step", 1<<31); step != nil && one.MinStep == "" {
			one.MinStep = strconv.Itoa(*step) + "s"
		}
		before := len(r.problems) + r.more
		t.close()
		switch {
		case one.Expr != "":
			p.Targets = append(p.Targets, one)
		case len(r.problems)+r.more > before: // another language, or the answers of another panel
			r.add(t.n.at, Unsupported, t.at("expr"), "the query is not PromQL, and not asked", "PromQL")
		case !one.Hidden && p.Kind != KindText:
			r.add(t.n.at, Error, t.at("expr"), "the query is empty", "PromQL")
		}
	}
	if o.get("expr") != nil && !foreign { // the bare old form
		p.Targets = append(p.Targets, r.target(o, p))
	}
	used := map[string]bool{}
	for i := range p.Targets {
		t := &p.Targets[i]
		for n := 0; t.Ref == "" || used[t.Ref]; n++ {
			t.Ref = refName(n)
		}
		used[t.Ref] = true
	}
}

// refName counts A, B, … Z, AA, …
func refName(n int) string {
	name := ""
	for ; n >= 0; n = n/26 - 1 {
		name = string(rune('A'+n%26)) + name
	}
	return name
}

// target reads what a query says, be it in a target or in the panel itself.
func (r *reader) target(o *object, p *Panel) Target {
	t := Target{
		Expr: strings.TrimSpace(o.str("expr")), Legend: o.str("legendFormat"), Instant: o.flag("instant"), Hidden: o.flag("hide"), Exemplars: o.flag("exemplar"), Format: "time_series",
	}
	if format := o.str("format"); format == "table" || format == "heatmap" {
		t.Format = format
	} else if p.Kind == KindHeatmap && strings.Contains(t.Expr, "_bucket") {
		t.Format = "heatmap"
	}
	switch {
	case t.Instant && o.flag("range"):
		t.Instant = p.Kind == KindTable // charts take the range, tables the moment
	case o.get("instant") == nil && o.get("range") == nil && p.Kind == KindTable:
		t.Instant = true
	}
	if len(t.Expr) > maxExpr {
		o.wrong("expr", o.get("expr"), "at most 16 kB")
		t.Expr = ""
	}
	r.use(o, "expr")
	o.plain("intervalFactor", "1", "2")
	o.ignore("editorMode", "useBackend", "disableTextWrap", "fullMetaSearch", "includeNullMetadata", "metric", "key", "requestId", "utcOffsetSec", "range",
		"datasourceErrors", "errors", "target", "groupByKey", "fromExploreMetrics")
	return t
}

// timed reports whether a table is made of what changed over time.
func (p *Panel) timed() bool {
	return slices.ContainsFunc(p.Transformations, func(t Transform) bool { return t.Kind == "reduce" })
}
