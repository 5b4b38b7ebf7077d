package dashboard

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// placed is a panel or row that is not in a section yet.
type placed struct {
	o     *object
	row   bool
	x, y  float64
	known bool // it has a place
}

// sections reads panels of today's form, and the rows of schemas up to 14.
func (r *reader) sections(o *object) []Section {
	var out []Section
	list := r.listed(o)
	current := Section{}
	add := func() {
		if len(current.Panels) > 0 || current.Title != "" {
			out = append(out, current)
		}
	}
	total := 0
	for _, one := range list {
		if !one.row {
			if total++; total <= maxPanels {
				current.Panels = append(current.Panels, r.panel(one.o))
			}
			continue
		}
		add()
		current = r.row(one.o)
		for _, inner := range one.o.objects("panels", maxPanels) {
			if total++; total <= maxPanels {
				current.Panels = append(current.Panels, r.panel(inner))
			}
		}
		one.o.close()
	}
	add()
	for _, row := range o.objects("rows", maxPanels) {
		if section := r.oldRow(row, &total); section.Title != "" || len(section.Panels) > 0 {
			out = append(out, section)
		}
	}
	if total > maxPanels {
		r.add(o.n.at, Error, o.at("panels"), "there are more than "+strconv.Itoa(maxPanels)+" panels", "two dashboards")
	}
	arrange(out)
	return out
}

// oldRow reads a row with its panels; total counts those of all rows.
func (r *reader) oldRow(o *object, total *int) Section {
	s := Section{Title: o.str("title"), Collapsed: o.flag("collapse"), Repeat: variableName(o.str("repeat"))}
	height := gridHeight(o.str("height"))
	for _, inner := range o.objects("panels", maxPanels) {
		if *total++; *total <= maxPanels {
			s.Panels = append(s.Panels, r.oldSpan(inner, height))
		}
	}
	if o.get("showTitle") != nil && !o.flag("showTitle") && !s.Collapsed {
		s.Title = ""
	}
	r.use(o, "title")
	o.ignore("editable", "titleSize", "repeatIteration", "repeatRowId", "scopedVars", "isNew", "hide")
	o.close()
	return s
}

// listed returns panels and rows in order of their places, where all have one.
func (r *reader) listed(o *object) []placed {
	var list []placed
	all := true
	for _, each := range o.objects("panels", 2*maxPanels) {
		kind, _ := each.get("type").text()
		one := placed{o: each, row: kind == "row"}
		if grid := each.get("gridPos"); grid != nil && grid.object {
			x, _ := grid.find("x").number()
			y, known := grid.find("y").number()
			one.x, one.y, one.known = x, y, known
		}
		all = all && one.known
		list = append(list, one)
	}
	if all {
		slices.SortStableFunc(list, func(a, b placed) int { return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x)) })
	}
	return list
}

func (r *reader) row(o *object) Section {
	s := Section{Title: o.str("title"), Collapsed: o.flag("collapsed"), Repeat: variableName(o.str("repeat"))}
	if id := o.integer("id", 1<<31); id != nil {
		s.ID = *id
	}
	r.use(o, "title")
	o.ignore("type", "gridPos", "datasource", "targets", "repeatDirection", "pluginVersion", "fieldConfig", "options", "scopedVars", "repeatIteration", "repeatPanelId")
	return s
}

// oldSpan reads a panel of a row of 12 columns.
func (r *reader) oldSpan(o *object, height int) Panel {
	span, own := o.number("span"), gridHeight(o.str("height"))
	p := r.panel(o)
	if span != nil && *span >= 1 && *span <= 12 {
		p.Grid.W = int(*span * 2)
	}
	if p.Grid.W > 0 {
		p.Grid.H = cmp.Or(own, height, 8)
	}
	p.Grid.X = unplaced
	return p
}

// unplaced is the x of a panel of an old row: it has a size, and no place yet.
const unplaced = -1

// gridHeight makes rows of the grid of "250px".
func gridHeight(px string) int {
	return min(atoi(strings.TrimSuffix(px, "px"))/30, 100)
}

// arrange gives every panel a place within its section and an id of its own.
func arrange(sections []Section) {
	used := map[int]bool{}
	next := 1
	unique := func(id *int) {
		for *id == 0 || used[*id] {
			*id = next
			next++
		}
		used[*id] = true
	}
	for i := range sections {
		s := &sections[i]
		for j := range s.Panels {
			unique(&s.Panels[j].ID)
		}
		if s.Panels == nil {
			s.Panels = []Panel{}
		}
		flow(s.Panels)
		slices.SortStableFunc(s.Panels, func(a, b Panel) int { return cmp.Or(cmp.Compare(a.Grid.Y, b.Grid.Y), cmp.Compare(a.Grid.X, b.Grid.X)) })
	}
	for i := range sections {
		unique(&sections[i].ID)
	}
}

// flow places panels that have no place one beside the other below those that have one, and moves all to the top.
func flow(panels []Panel) {
	top, bottom := -1, 0
	for i := range panels {
		if g := panels[i].Grid; g.W > 0 && g.H > 0 && panels[i].Grid.X != unplaced {
			if top < 0 || g.Y < top {
				top = g.Y
			}
			bottom = max(bottom, g.Y+g.H)
		}
	}
	bottom -= max(top, 0)
	x, y, height := 0, bottom, 0
	for i := range panels {
		g := &panels[i].Grid
		if g.W > 0 && g.H > 0 && panels[i].Grid.X != unplaced {
			g.Y -= max(top, 0)
			continue
		}
		if g.W == 0 || g.H == 0 {
			g.W, g.H = defaultSize(panels[i].Kind)
		}
		if x+g.W > columns {
			x, y, height = 0, y+height, 0
		}
		g.X, g.Y = x, y
		x += g.W
		height = max(height, g.H)
	}
}

func defaultSize(kind string) (w, h int) {
	switch kind {
	case KindStat, KindGauge:
		return 6, 4
	case KindText:
		return columns, 4
	case KindTable, KindHeatmap:
		return columns, 8
	}
	return columns / 2, 8
}
