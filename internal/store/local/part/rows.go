package part

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Record is a span or a log: one of the two is set.
type Record struct {
	Span *telemetry.Span
	Log  *telemetry.Log
}

// Event returns what both have.
func (r Record) Event() *telemetry.Event {
	if r.Span != nil {
		return &r.Span.Event
	}
	return &r.Log.Event
}

func (r Record) row() row {
	if r.Span != nil {
		return row{e: &r.Span.Event, s: r.Span, g: r.Span.GenAI}
	}
	return row{e: &r.Log.Event, l: r.Log}
}

// RowReader makes records of rows. It belongs to one goroutine.
type RowReader struct {
	d      *Decoder
	cursor Cursor
	rest   MapCursor

	resource []byte // the last one, and what it says
	attrs    telemetry.Attrs
}

// NewRowReader makes a reader of rows.
func NewRowReader(d *Decoder) *RowReader { return &RowReader{d: d} }

// Read makes records of rows of a group, which are in ascending order. With light, long texts are cut to
// telemetry.PreviewBytes, and events, links and resource are left out.
func (r *RowReader) Read(g *Group, rows []int32, light bool) ([]Record, error) {
	records := make([]Record, len(rows))
	views := make([]row, len(rows))
	if err := r.begin(g, rows, records, views); err != nil {
		return nil, err
	}
	for id := range columns {
		c := &columns[id]
		if g.Empty(ID(id)) || ID(id) == ColKind || light && (ID(id) == ColEvents || ID(id) == ColLinks || ID(id) == ColResource) {
			continue
		}
		if err := r.readColumn(g, rows, views, ID(id), light && c.Long); err != nil {
			return nil, err
		}
	}
	return records, r.readAttrs(g, rows, views)
}

// begin makes a span or a log of each row, with GenAI where there is one.
func (r *RowReader) begin(g *Group, rows []int32, records []Record, views []row) error {
	c := &r.cursor
	c.Open(r.d, g, ColKind)
	for i, n := range rows {
		if err := c.Seek(int(n)); err != nil {
			return err
		}
		kind := c.At(int(n))
		if string(kind) == KindLog {
			records[i].Log = new(telemetry.Log)
		} else {
			records[i].Span = &telemetry.Span{Kind: telemetry.ParseKind(string(kind))}
		}
	}
	c.Open(r.d, g, colGenAI)
	for i, n := range rows {
		if err := c.Seek(int(n)); err != nil {
			return err
		}
		if s := records[i].Span; s != nil && len(c.At(int(n))) > 0 {
			s.GenAI = new(telemetry.GenAI)
		}
		views[i] = records[i].row()
	}
	return nil
}

// has reports whether a row can have a value in a column.
func (c *Column) has(r *row) bool {
	switch c.of {
	case ofLogs:
		return r.l != nil
	case ofSpans:
		return r.s != nil
	case ofGenAI:
		return r.g != nil
	}
	return true
}

func (r *RowReader) readColumn(g *Group, rows []int32, views []row, id ID, cut bool) error {
	col, c := &columns[id], &r.cursor
	c.Open(r.d, g, id)
	for i, n := range rows {
		if !col.has(&views[i]) {
			continue
		}
		if err := c.Seek(int(n)); err != nil {
			return err
		}
		switch col.Type {
		case Number, Timestamp:
			if v, ok := c.NumberAt(int(n)); ok {
				col.setNumber(&views[i], telemetry.Known(v))
			}
			continue
		case Flag:
			if len(c.At(int(n))) > 0 {
				col.setFlag(&views[i])
			}
			continue
		}
		v := c.At(int(n))
		if len(v) == 0 {
			continue
		}
		if cut {
			v = preview(v)
		}
		if err := r.setText(col, id, &views[i], v); err != nil {
			return g.part.corrupt(err)
		}
	}
	return nil
}

func (r *RowReader) setText(col *Column, id ID, view *row, v []byte) error {
	if id != ColResource {
		return col.setText(view, string(v))
	}
	if !bytes.Equal(v, r.resource) || r.attrs == nil {
		attrs, err := parseAttrs(string(v))
		if err != nil {
			return err
		}
		r.resource, r.attrs = append(r.resource[:0], v...), attrs
	}
	view.e.Resource = slices.Clone(r.attrs)
	return nil
}

// preview cuts a text at a rune's border.
func preview(v []byte) []byte {
	if len(v) <= telemetry.PreviewBytes {
		return v
	}
	n := telemetry.PreviewBytes
	for n > 0 && !utf8.RuneStart(v[n]) {
		n--
	}
	return v[:n]
}

func (r *RowReader) readAttrs(g *Group, rows []int32, views []row) error {
	if g.part != nil {
		c := &r.cursor
		for p, key := range g.part.names {
			id := ID(len(columns) + p)
			if g.chunks[id].same {
				continue
			}
			c.Open(r.d, g, id)
			for i, n := range rows {
				if err := c.Seek(int(n)); err != nil {
					return err
				}
				if v := c.At(int(n)); len(v) > 0 {
					e := views[i].e
					e.Attributes = append(e.Attributes, telemetry.Attr{Key: key, Value: string(v)})
				}
			}
		}
	}
	m := &r.rest
	m.Open(r.d, g)
	for i, n := range rows {
		if err := m.Seek(int(n)); err != nil {
			return err
		}
		e := views[i].e
		for a := m.From(int(n) - m.Start); a < m.To(int(n)-m.Start); a++ {
			e.Attributes = append(e.Attributes, telemetry.Attr{Key: m.Key(m.Keys[a]), Value: string(m.Values.At(a))})
		}
	}
	return nil
}
