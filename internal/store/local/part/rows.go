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
	shared   []string // texts of a dictionary that were made already
}

// NewRowReader makes a reader of rows.
func NewRowReader(d *Decoder) *RowReader { return &RowReader{d: d} }

// Read makes records of what is chosen of rows of a group, which are in ascending order.
func (r *RowReader) Read(g *Group, rows []int32, choice Choice) ([]Record, error) {
	records := make([]Record, len(rows))
	views := make([]row, len(rows))
	if err := r.begin(g, rows, records, views); err != nil {
		return nil, err
	}
	for id := range columns {
		if g.Empty(ID(id)) || ID(id) == ColKind || ID(id) == colGenAI || !choice.takes(ID(id)) {
			continue
		}
		if err := r.readColumn(g, rows, views, ID(id), choice.Light && columns[id].Long); err != nil {
			return nil, err
		}
	}
	if choice.attrs != nil {
		return records, r.readSomeAttrs(g, rows, views, choice.attrs)
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
		if kind := c.At(int(n)); string(kind) == KindLog {
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
	first := true
	for i, n := range rows {
		if !col.has(&views[i]) {
			continue
		}
		if err := c.Seek(int(n)); err != nil {
			return err
		}
		if first {
			r.share(len(rows))
			first = false
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
		if err := r.readText(col, id, &views[i], int(n), cut); err != nil {
			return g.part.corrupt(err)
		}
	}
	return nil
}

func (r *RowReader) readText(col *Column, id ID, view *row, n int, cut bool) error {
	v := r.cursor.At(n)
	switch {
	case len(v) == 0:
		return nil
	case cut:
		v = preview(v)
	case col.setBytes != nil:
		return col.setBytes(view, v)
	case id == ColResource:
		return r.setResource(view, v)
	}
	return col.setText(view, r.text(n, v))
}

// share begins to make texts of the dictionary of the cursor once each, where rows are likely to repeat them.
func (r *RowReader) share(rows int) {
	r.shared = r.shared[:0]
	if c := &r.cursor; c.Coded && c.Dict.Len() <= rows {
		r.shared = sized(r.shared, c.Dict.Len())
		clear(r.shared)
	}
}

// text makes a text of the value of a row.
func (r *RowReader) text(n int, v []byte) string {
	if len(r.shared) == 0 {
		return string(v)
	}
	code := 0
	if c := &r.cursor; c.Codes != nil {
		code = int(c.Codes[n-c.Start])
	}
	if r.shared[code] == "" {
		r.shared[code] = string(v)
	}
	return r.shared[code]
}

func (r *RowReader) setResource(view *row, v []byte) error {
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
		for _, key := range g.part.names {
			if err := r.readPromoted(g, rows, views, g.part.promoted[key], key); err != nil {
				return err
			}
		}
	}
	return r.readRest(g, rows, views, func(int32) bool { return true })
}

// readSomeAttrs reads the values of some keys.
func (r *RowReader) readSomeAttrs(g *Group, rows []int32, views []row, keys []string) error {
	var rest []int32
	m := &r.rest
	m.Open(r.d, g)
	for i, key := range keys {
		if slices.Contains(keys[:i], key) {
			continue
		}
		if id, ok := g.Promoted(key); ok {
			if err := r.readPromoted(g, rows, views, id, key); err != nil {
				return err
			}
		}
		if err := m.LoadKeys(); err != nil {
			return err
		}
		if code := m.Code(key); code >= 0 { // of a key that has a column, where a value is empty
			rest = append(rest, code)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return r.readRest(g, rows, views, func(code int32) bool { return slices.Contains(rest, code) })
}

// readRest reads the attributes that have no column, of the keys that are wanted.
func (r *RowReader) readRest(g *Group, rows []int32, views []row, wanted func(code int32) bool) error {
	m := &r.rest
	m.Open(r.d, g)
	for i, n := range rows {
		if err := m.Seek(int(n)); err != nil {
			return err
		}
		e := views[i].e
		for a := m.From(int(n) - m.Start); a < m.To(int(n)-m.Start); a++ {
			if wanted(m.Keys[a]) {
				addAttr(e, m.Key(m.Keys[a]), string(m.Values.At(a)))
			}
		}
	}
	return nil
}

// readPromoted reads the values of a key that has a column.
func (r *RowReader) readPromoted(g *Group, rows []int32, views []row, id ID, key string) error {
	if g.chunks[id].same {
		return nil
	}
	c := &r.cursor
	c.Open(r.d, g, id)
	for i, n := range rows {
		if err := c.Seek(int(n)); err != nil {
			return err
		}
		if i == 0 {
			r.share(len(rows))
		}
		if v := c.At(int(n)); len(v) > 0 {
			addAttr(views[i].e, key, r.text(int(n), v))
		}
	}
	return nil
}

func addAttr(e *telemetry.Event, key, value string) {
	const atFirst = 16 // for so many there is room before more is made
	if e.Attributes == nil {
		e.Attributes = make(telemetry.Attrs, 0, atFirst)
	}
	e.Attributes = append(e.Attributes, telemetry.Attr{Key: key, Value: value})
}
