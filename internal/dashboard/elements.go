package dashboard

// libraryPanels takes note of the panels that an export for others has beside the dashboard.
func (r *reader) libraryPanels(o *object) {
	r.elements = map[string]*node{}
	if o == nil {
		return
	}
	for i := range o.n.members {
		if m := &o.n.members[i]; m.value.object {
			r.elements[m.name] = m.value.find("model")
		}
	}
}

// libraryPanel puts the panel of the library in the place of what only names it. One that is written out stays.
func (r *reader) libraryPanel(o *object) *object {
	named := o.get("libraryPanel")
	if named == nil || !named.object || o.get("type") != nil {
		return o
	}
	uid, _ := named.find("uid").text()
	model := r.elements[uid]
	if model == nil || !model.object {
		return o
	}
	both := &node{object: true, at: o.n.at, end: o.n.end}
	for _, m := range o.n.members {
		switch m.name {
		case "id", "gridPos", "repeat", "repeatDirection", "maxPerRow":
			both.members = append(both.members, m)
		}
	}
	for _, m := range model.members {
		if m.name != "libraryPanel" && both.find(m.name) == nil {
			both.members = append(both.members, m)
		}
	}
	return r.object(both, o.path)
}
