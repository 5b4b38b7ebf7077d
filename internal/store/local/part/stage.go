package part

import "bytes"

// fill copies the rows of refs into an empty memtable, column by column.
func (m *merger) fill(to *Memtable) error {
	to.rows = len(m.refs)
	if m.merged != nil {
		g := m.merged.Group()
		for i := range m.refs {
			if m.refs[i].group == nil {
				m.refs[i].group = g
			}
		}
	}
	to.kinds, to.flags = sized(to.kinds, to.rows), sized(to.flags, to.rows)
	clear(to.kinds)
	clear(to.flags)
	for id := range columns {
		if err := m.ctx.Err(); err != nil {
			return err
		}
		if err := m.fillColumn(to, ID(id)); err != nil {
			return err
		}
	}
	return m.fillAttrs(to)
}

// each calls visit with the cursor of every row at a column.
func (m *merger) each(id ID, visit func(i int, c *Cursor, row int)) error {
	for i, r := range m.refs {
		c := &m.cursors[r.source]
		if !c.Is(r.group, id) {
			c.Open(m.d, r.group, id)
		}
		if err := c.Seek(int(r.row)); err != nil {
			return err
		}
		visit(i, c, int(r.row))
	}
	return nil
}

func (m *merger) fillColumn(to *Memtable, id ID) error {
	switch columns[id].Type {
	case Timestamp:
		return m.each(id, func(_ int, c *Cursor, row int) {
			v, _ := c.NumberAt(row)
			to.times = append(to.times, v)
		})
	case Number:
		return m.each(id, func(i int, c *Cursor, row int) {
			if v, ok := c.NumberAt(row); ok {
				to.numbers[id].set(i, v)
			}
		})
	case Flag:
		return m.each(id, func(i int, c *Cursor, row int) {
			if len(c.At(row)) > 0 {
				to.flags[i] |= flagBit(id)
			}
		})
	}
	switch id {
	case ColKind:
		return m.each(id, func(i int, c *Cursor, row int) { to.kinds[i] = kindNumber(c.At(row)) })
	case ColResource:
		return m.each(id, func(_ int, c *Cursor, row int) {
			v := c.At(row)
			code, ok := to.resourceIDs[string(v)]
			if !ok {
				code = uint32(to.resources.Len())
				to.resources.add(v)
				to.resourceIDs[string(v)] = code
			}
			to.resource = append(to.resource, code)
		})
	}
	col := &to.texts[id]
	return m.each(id, func(i int, c *Cursor, row int) {
		if v := c.At(row); len(v) > 0 {
			col.extend(i)
			col.Data = append(col.Data, v...)
			col.end()
		}
	})
}

func kindNumber(v []byte) uint8 {
	for k := range kindTexts.Len() {
		if bytes.Equal(kindTexts.At(k), v) {
			return uint8(k)
		}
	}
	return 0
}

// fillAttrs gathers the attributes of the rows from columns and maps, and brings them into the order of rows.
func (m *merger) fillAttrs(to *Memtable) error {
	found := &m.attrs
	found.rows, found.keys = found.rows[:0], found.keys[:0]
	found.values.reset()
	for source := range m.cursors {
		if err := m.gatherAttrs(to, int32(source), found); err != nil {
			return err
		}
	}
	starts := make([]uint32, to.rows+1)
	for _, i := range found.rows {
		starts[i+1]++
	}
	for i := range to.rows {
		starts[i+1] += starts[i]
	}
	order := make([]uint32, len(found.rows))
	next := append([]uint32(nil), starts...)
	for a, i := range found.rows {
		order[next[i]] = uint32(a)
		next[i]++
	}
	to.attrEnd = append(to.attrEnd, starts[1:]...)
	for _, a := range order {
		to.attrKey = append(to.attrKey, found.keys[a])
		to.attrText.add(found.values.At(int(a)))
	}
	return nil
}

// rowAttrs is a list of attributes of rows.
type rowAttrs struct {
	rows   []int32
	keys   []uint32
	values Texts
}

func (l *rowAttrs) add(row int, key uint32, value []byte) {
	l.rows, l.keys = append(l.rows, int32(row)), append(l.keys, key)
	l.values.add(value)
}

// gatherAttrs adds the attributes of all rows of a source: column by column, then those of the map.
func (m *merger) gatherAttrs(to *Memtable, source int32, found *rowAttrs) error {
	c := &m.cursors[source]
	var rest MapCursor
	var group *Group
	if int(source) < len(m.parts) {
		for p, key := range m.parts[source].names {
			id, code := ID(len(columns)+p), to.keyID(key)
			for i, r := range m.refs {
				if r.source != source || r.group.chunks[id].same {
					continue
				}
				if !c.Is(r.group, id) {
					c.Open(m.d, r.group, id)
				}
				if err := c.Seek(int(r.row)); err != nil {
					return err
				}
				if v := c.At(int(r.row)); len(v) > 0 {
					found.add(i, code, v)
				}
			}
		}
	}
	for i, r := range m.refs {
		if r.source != source {
			continue
		}
		if r.group != group {
			group = r.group
			rest.Open(m.d, group)
		}
		if err := rest.Seek(int(r.row)); err != nil {
			return err
		}
		at := int(r.row) - rest.Start
		for a := rest.From(at); a < rest.To(at); a++ {
			found.add(i, to.keyID(rest.Key(rest.Keys[a])), rest.Values.At(a))
		}
	}
	return nil
}
