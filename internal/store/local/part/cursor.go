package part

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// Decoder is the memory one goroutine needs to read pages, whatever the number of its cursors.
type Decoder struct {
	zip *zstd.Decoder
	raw []byte
}

// maxPageBytes bounds a page, compressed or not.
const maxPageBytes = 1 << 30

// NewDecoder makes a decoder. Close frees it.
func NewDecoder() (*Decoder, error) {
	zip, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(maxPageBytes), zstd.IgnoreChecksum(true)) // pages have one, see parsePage
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return &Decoder{zip: zip}, nil
}

// Close frees the decoder.
func (d *Decoder) Close() { d.zip.Close() }

// Cursor reads one column of one group, a page at a time. What it exposes is valid until the next Seek or Open.
type Cursor struct {
	// Start and N are the rows of the page: Start to Start+N-1. Pages of columns differ in size.
	Start, N int

	// Text and flags. With Coded row i has the text Dict.At(Codes[i-Start]), or Dict.At(0) where Codes is nil: all are the
	// same. Otherwise it has Texts.At(i-Start).
	Coded bool
	Dict  Texts
	Codes []int32
	Texts Texts

	// Numbers and times. Known is 1 where a number is known, and nil where all are; with AllNull none is, and Numbers is not
	// set.
	Numbers []int64
	Known   []uint8
	AllNull bool

	d       *Decoder
	g       *Group
	id      ID
	key     string // of an attribute that has no column
	attr    bool
	isDict  bool
	hasDict bool // the dictionary was read
	numDict []int64
	rest    *MapCursor
	body    []byte
	dictBuf Texts
	off     []uint32
	codes   []int32
	lengths []int64
	numbers []int64
	values  []int64
	known   []uint8
	levels  []int32 // of maps
	built   Texts
}

// Open points the cursor at a column. No page is read yet.
func (c *Cursor) Open(d *Decoder, g *Group, id ID) {
	c.d, c.g, c.id, c.attr, c.key = d, g, id, false, ""
	c.reset()
}

// OpenAttr points the cursor at the values of an attribute, wherever they are.
func (c *Cursor) OpenAttr(d *Decoder, g *Group, key string) {
	if id, ok := g.Promoted(key); ok {
		c.Open(d, g, id)
		return
	}
	c.d, c.g, c.attr, c.key = d, g, true, key
	c.reset()
	c.Coded = false
}

func (c *Cursor) reset() {
	c.Start, c.N = 0, 0
	c.Coded, c.Codes, c.Texts, c.Dict = false, nil, Texts{}, Texts{}
	c.Numbers, c.Known, c.AllNull = nil, nil, false
	c.hasDict, c.isDict = false, false
	if c.attr {
		return
	}
	typ := c.typ()
	if c.g.mem != nil {
		switch {
		case c.id == ColKind:
			c.Coded, c.Dict = true, kindTexts
		case c.id == ColResource:
			c.Coded, c.Dict = true, c.g.mem.resources
		case typ == Flag:
			c.Coded, c.Dict = true, flagTexts
		}
		return
	}
	c.isDict = c.g.chunks[c.id].dict > 0
	c.Coded = typ == Flag || typ == Text && c.isDict
	if typ == Flag {
		c.Dict = flagTexts
	}
}

func (c *Cursor) typ() Type {
	if int(c.id) < len(columns) {
		return columns[c.id].Type
	}
	return Text
}

// Is reports whether the cursor is open at a column of a group.
func (c *Cursor) Is(g *Group, id ID) bool { return c.g == g && !c.attr && c.id == id }

// IsAttr reports whether the cursor was opened at an attribute of a group by OpenAttr, and the attribute is still the same.
func (c *Cursor) IsAttr(g *Group, key string) bool {
	if id, ok := g.Promoted(key); ok {
		return c.Is(g, id)
	}
	return c.g == g && c.attr && c.key == key
}

// Close lets go of the group. The cursor may be opened again.
func (c *Cursor) Close() {
	c.g, c.N, c.Codes, c.Texts, c.Dict, c.Numbers, c.Known = nil, 0, nil, Texts{}, Texts{}, nil, nil
	if c.rest != nil {
		c.rest.g, c.rest.keys.g, c.rest.values.g, c.rest.N = nil, nil, nil, 0
	}
}

// Seek reads the page that holds a row, unless it is there already.
func (c *Cursor) Seek(row int) error {
	if c.N > 0 && row >= c.Start && row < c.Start+c.N {
		return nil
	}
	c.N = 0
	if c.attr {
		return c.seekAttr(row)
	}
	if c.g.mem != nil {
		c.seekMemory(row)
		return nil
	}
	if err := c.LoadDict(); err != nil {
		return err
	}
	ch := &c.g.chunks[c.id]
	page := row / int(ch.pageRows)
	h, body, err := c.readPage(ch, page)
	if err == nil {
		start := page * int(ch.pageRows)
		n := min(int(ch.pageRows), c.g.rows-start)
		if err = c.decode(h, body, n); err == nil {
			c.Start, c.N = start, n
			return nil
		}
	}
	return c.damaged(err)
}

func (c *Cursor) damaged(err error) error {
	if _, io := errors.AsType[*readError](err); io {
		return fmt.Errorf("part %s: %w", c.g.part.name, err)
	}
	return c.g.part.corrupt(fmt.Errorf("row group %d, column %s: %w", c.g.index, c.g.part.columnName(c.id), err))
}

// readError is a failure to read, which says nothing about what was written.
type readError struct{ error }

func (e *readError) Unwrap() error { return e.error }

func (p *Part) columnName(id ID) string {
	switch {
	case int(id) < len(columns):
		return columns[id].Name
	case id < p.mapKey:
		return attrPrefix + p.names[int(id)-len(columns)]
	}
	return mapName
}

func (c *Cursor) readPage(ch *chunk, page int) (pageHeader, []byte, error) {
	from := uint32(0)
	if page > 0 {
		from = ch.ends[page-1]
	}
	h, body, err := c.read(ch, ch.pages+int64(from), int(ch.ends[page]-from))
	if err == nil && h.kind != pageDataV2 {
		err = errHeader
	}
	return h, body, err
}

// read reads a page and returns its body, uncompressed, with the levels before it. It is kept in c.body.
func (c *Cursor) read(ch *chunk, at int64, n int) (pageHeader, []byte, error) {
	if n > maxPageBytes {
		return pageHeader{}, nil, errHeader
	}
	if cap(c.d.raw) < n {
		c.d.raw = make([]byte, n+n/4)
	}
	raw := c.d.raw[:n]
	if _, err := c.g.part.file.ReadAt(raw, at); err != nil {
		return pageHeader{}, nil, &readError{err}
	}
	h, body, err := parsePage(raw)
	if err != nil {
		return h, nil, err
	}
	levels := h.def + h.rep
	c.body = append(c.body[:0], body[:levels]...)
	if h.plain {
		c.body = append(c.body, body[levels:]...)
	} else {
		if h.size > maxPageBytes {
			return h, nil, errHeader
		}
		if cap(c.body) < h.size {
			c.body = append(make([]byte, 0, h.size+h.size/4), c.body...)
		}
		if ch.snappy {
			c.body, err = appendSnappy(c.body, body[levels:], h.size-levels)
		} else {
			c.body, err = c.d.zip.DecodeAll(body[levels:], c.body)
		}
		if err != nil {
			return h, nil, err
		}
	}
	if len(c.body) != h.size {
		return h, nil, errHeader
	}
	return h, c.body, nil
}

// appendSnappy appends what src decodes to, which must have size bytes and for which dst has room.
func appendSnappy(dst, src []byte, size int) ([]byte, error) {
	n, err := s2.DecodedLen(src)
	if err != nil || n != size || n > cap(dst)-len(dst) {
		return dst, errHeader
	}
	out, err := s2.Decode(dst[len(dst):len(dst)+n:len(dst)+n], src)
	return dst[:len(dst)+len(out)], err
}

// LoadDict reads the dictionary of a Coded column, so that Dict holds every text that a row of the group may have.
func (c *Cursor) LoadDict() error {
	if c.attr || c.hasDict || !c.isDict {
		return nil
	}
	ch := &c.g.chunks[c.id]
	h, body, err := c.read(ch, ch.dict, int(ch.dictLen))
	switch {
	case err != nil:
	case h.kind != pageDictionary || h.encoding != encodingPlain:
		err = errHeader
	case c.typ() == Text:
		err = decodePlainTexts(&c.dictBuf, body, h.values)
		c.Dict = c.dictBuf
	default:
		c.numDict, err = decodePlainNumbers(c.numDict, body, h.values)
	}
	if err != nil {
		return c.damaged(err)
	}
	c.hasDict = true
	return nil
}

// decode makes the values of a page of n rows visible.
func (c *Cursor) decode(h pageHeader, body []byte, n int) (err error) {
	if h.rows != n || h.rep != 0 || h.values != n {
		return errHeader
	}
	switch c.typ() {
	case Timestamp:
		if h.encoding != encodingDelta || h.def != 0 {
			return errHeader
		}
		c.numbers, _, err = decodeDelta(c.numbers, body, n)
		c.Numbers, c.Known = c.numbers, nil
		return err
	case Number:
		return c.decodeNumbers(h, body, n)
	case Flag:
		if h.encoding != encodingPlain || len(body) < (n+7)/8 {
			return errHeader
		}
		c.codes = sized(c.codes, n)
		for i := range c.codes {
			c.codes[i] = int32(body[i>>3] >> (i & 7) & 1)
		}
		c.Codes = c.codes
		return nil
	}
	if h.def != 0 {
		return errHeader
	}
	if c.isDict {
		return c.decodeCodes(h, body, n)
	}
	if h.encoding != encodingDeltaLength {
		return errHeader
	}
	c.Texts, c.lengths, err = decodeTexts(c.off, c.lengths, body, n)
	c.off = c.Texts.Off
	return err
}

func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// decodeCodes reads codes of c.Dict; Codes is nil where all are the first.
func (c *Cursor) decodeCodes(h pageHeader, body []byte, n int) (err error) {
	if h.encoding != encodingDictionary || len(body) == 0 {
		return errHeader
	}
	if body[0] == 0 && c.Dict.Len() > 0 {
		c.Codes = nil
		return nil
	}
	c.codes, err = decodeRLE(c.codes, body[1:], n, int(body[0]), int32(c.Dict.Len()))
	c.Codes = c.codes
	return err
}

func (c *Cursor) decodeNumbers(h pageHeader, body []byte, n int) (err error) {
	some := n - h.nulls
	c.AllNull, c.Known = some == 0, nil
	if c.AllNull {
		return nil
	}
	levels := body[:h.def]
	body = body[h.def:]
	if c.isDict {
		if h.encoding != encodingDictionary || len(body) == 0 {
			return errHeader
		}
		c.codes, err = decodeRLE(c.codes, body[1:], some, int(body[0]), int32(len(c.numDict)))
		if err != nil {
			return err
		}
		c.values = sized(c.values, some)
		for i, code := range c.codes {
			c.values[i] = c.numDict[code]
		}
	} else {
		if h.encoding != encodingDelta {
			return errHeader
		}
		if c.values, _, err = decodeDelta(c.values, body, some); err != nil {
			return err
		}
	}
	if h.nulls == 0 {
		c.Numbers = c.values
		return nil
	}
	return c.spread(levels, n, some)
}

// spread puts the known values at their rows.
func (c *Cursor) spread(levels []byte, n, some int) (err error) {
	if c.known, err = decodeLevels(c.known, levels, n); err != nil {
		return err
	}
	c.numbers = sized(c.numbers, n)
	next := 0
	values := append(c.values[:some], 0) // one more, so that a row without a value may read it
	c.values = values
	for i, known := range c.known {
		if next > some {
			break
		}
		step := int64(known)
		c.numbers[i] = values[next] & -step
		next += int(step)
	}
	if next != some {
		return errHeader
	}
	c.Numbers, c.Known = c.numbers, c.known
	return nil
}

// At returns the text of a row of the page.
func (c *Cursor) At(row int) []byte {
	switch {
	case !c.Coded:
		return c.Texts.At(row - c.Start)
	case c.Codes == nil:
		return c.Dict.At(0)
	}
	return c.Dict.At(int(c.Codes[row-c.Start]))
}

// NumberAt returns the number of a row of the page, and whether it is known.
func (c *Cursor) NumberAt(row int) (v int64, known bool) {
	if c.AllNull || c.Known != nil && c.Known[row-c.Start] == 0 {
		return 0, false
	}
	return c.Numbers[row-c.Start], true
}

// seekMemory shows PageRows rows of a memtable.
func (c *Cursor) seekMemory(row int) {
	m := c.g.mem
	start := row / PageRows * PageRows
	n := min(PageRows, c.g.rows-start)
	c.Start, c.N = start, n
	switch c.typ() {
	case Timestamp:
		c.Numbers, c.Known = m.times[start:start+n], nil
	case Number:
		c.memoryNumbers(&m.numbers[c.id], start, n)
	case Flag:
		c.codes = sized(c.codes, n)
		bit := flagBit(c.id)
		for i, f := range m.flags[start : start+n] {
			c.codes[i] = 0
			if f&bit != 0 {
				c.codes[i] = 1
			}
		}
		c.Codes = c.codes
	case Text:
		c.memoryTexts(m, start, n)
	}
}

func (c *Cursor) memoryNumbers(col *numbers, start, n int) {
	c.AllNull = start >= len(col.values)
	switch {
	case c.AllNull:
	case start+n <= len(col.values):
		c.Numbers, c.Known = col.values[start:start+n], col.known[start:start+n]
	default:
		c.numbers, c.known = sized(c.numbers, n), sized(c.known, n)
		k := copy(c.numbers, col.values[start:])
		copy(c.known, col.known[start:])
		clear(c.numbers[k:])
		clear(c.known[k:])
		c.Numbers, c.Known = c.numbers, c.known
	}
}

func (c *Cursor) memoryTexts(m *Memtable, start, n int) {
	switch c.id {
	case ColKind:
		c.codes = sized(c.codes, n)
		for i, k := range m.kinds[start : start+n] {
			c.codes[i] = int32(k)
		}
		c.Codes = c.codes
		return
	case ColResource:
		c.codes = sized(c.codes, n)
		for i, k := range m.resource[start : start+n] {
			c.codes[i] = int32(k)
		}
		c.Codes = c.codes
		return
	}
	col := &m.texts[c.id]
	c.Texts = Texts{Data: col.Data}
	if have := len(col.Off); have > start+n {
		c.Texts.Off = col.Off[start : start+n+1]
	} else { // rows beyond the end have no value
		c.off = sized(c.off, n+1)
		k := 0
		if have > start {
			k = copy(c.off, col.Off[start:])
		}
		for ; k <= n; k++ {
			c.off[k] = uint32(len(col.Data))
		}
		c.Texts.Off = c.off
	}
}

// seekAttr gathers the values of an attribute that has no column.
func (c *Cursor) seekAttr(row int) error {
	if c.rest == nil {
		c.rest = &MapCursor{}
	}
	if !c.rest.is(c.g) {
		c.rest.Open(c.d, c.g)
	}
	if err := c.rest.Seek(row); err != nil {
		return err
	}
	m := c.rest
	c.built.reset()
	c.built.extend(0)
	code := m.Code(c.key)
	for i := range m.N {
		if code >= 0 {
			for a := m.From(i); a < m.To(i); a++ {
				if m.Keys[a] == code {
					c.built.Data = append(c.built.Data, m.Values.At(a)...)
					break
				}
			}
		}
		c.built.end()
	}
	c.Texts, c.Start, c.N = c.built, m.Start, m.N
	return nil
}

// AttrAbsent reports that no row of the group has the attribute the cursor was opened at.
func (c *Cursor) AttrAbsent() (bool, error) {
	if !c.attr {
		return c.g.part != nil && c.g.chunks[c.id].same, nil
	}
	if c.rest == nil {
		c.rest = &MapCursor{}
	}
	if !c.rest.is(c.g) {
		c.rest.Open(c.d, c.g)
	}
	if err := c.rest.LoadKeys(); err != nil {
		return false, err
	}
	return c.rest.Code(c.key) < 0, nil
}
