package part

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"
	"github.com/parquet-go/parquet-go/format"
)

// Group is a set of rows that is read together: a row group of a part, in order of time, or rows of a memtable, in order
// of arrival. Its rows are numbered from 0.
type Group struct {
	part     *Part
	mem      *Memtable
	index    int // in the part
	rows     int
	min, max int64
	pageTime [][2]int64
	chunks   []chunk
	long     int64 // bytes of its long texts, for estimates
}

// chunk is where a column of a row group lies. It is small: a store has ten thousands.
type chunk struct {
	dict      int64 // offset of the dictionary, 0 where there is none
	pages     int64 // offset of the first page
	ends      []uint32
	dictLen   uint32
	pageRows  int32
	bloomLen  int32
	bloom     int64
	min, max  int64 // of numbers that are known
	distinct  int32 // entries of the dictionary where that is known
	same      bool  // all rows have no value: empty, null or not set
	hasBounds bool
	snappy    bool // compressed with Snappy in place of zstd
}

// Group returns the rows of a memtable; the memtable must not change while it is in use, see Snapshot.
func (m *Memtable) Group() *Group {
	return &Group{mem: m, rows: m.rows, min: m.min, max: m.max, pageTime: m.pageTime}
}

// memoryRows is how many rows of a memtable are read as one group.
const memoryRows = 2 * PageRows

// Groups returns the rows of a memtable in pieces, so that several workers can read them, see Group.
func (m *Memtable) Groups() []*Group {
	var groups []*Group
	for from := 0; from < m.rows; from += memoryRows {
		groups = append(groups, m.slice(from, min(from+memoryRows, m.rows)).Group())
	}
	return groups
}

// Part returns the part the group is of, or nil.
func (g *Group) Part() *Part { return g.part }

// Memtable returns the memtable the group is of, or nil.
func (g *Group) Memtable() *Memtable { return g.mem }

// Index is the place of the group in its part.
func (g *Group) Index() int { return g.index }

// Rows is the number of rows.
func (g *Group) Rows() int { return g.rows }

// Sorted reports whether the rows are in order of time, trace and span id.
func (g *Group) Sorted() bool { return g.mem == nil }

// Range returns the least and greatest time of the rows.
func (g *Group) Range() (minTime, maxTime int64) { return g.min, g.max }

// Pages is the number of pages of PageRows rows.
func (g *Group) Pages() int { return (g.rows + PageRows - 1) / PageRows }

// PageRange returns the least and greatest time of the rows of a page.
func (g *Group) PageRange(page int) (minTime, maxTime int64) {
	return g.pageTime[page][0], g.pageTime[page][1]
}

// Empty reports that no row has a value in a column.
func (g *Group) Empty(id ID) bool {
	if g.mem == nil {
		return g.chunks[id].same
	}
	switch columns[id].Type {
	case Number:
		return len(g.mem.numbers[id].values) == 0
	case Text:
		return id != ColKind && id != ColResource && len(g.mem.texts[id].Data) == 0
	}
	return false
}

// Bounds returns the least and greatest known number of a column, where they are known.
func (g *Group) Bounds(id ID) (least, greatest int64, ok bool) {
	if g.mem != nil {
		return math.MinInt64, math.MaxInt64, false
	}
	c := &g.chunks[id]
	return c.min, c.max, c.hasBounds
}

// MayHave reports whether a row may have a value in a column that has a Bloom filter.
func (g *Group) MayHave(id ID, value string) bool {
	if g.mem != nil || g.chunks[id].bloom == 0 {
		return true
	}
	c := &g.chunks[id]
	var block [blockBytes]byte
	h := xxhash.Sum64String(value)
	at := c.bloom + int64(blockOf(h, int(c.bloomLen)/blockBytes))*blockBytes
	if _, err := g.part.file.ReadAt(block[:], at); err != nil {
		return true
	}
	return blockHas(block[:], h)
}

// MayHaveWords reports whether the long texts of a page of PageRows rows may have all words, see Words.
func (g *Group) MayHaveWords(page int, words []uint64) bool {
	if g.mem != nil || g.part.words == nil {
		return true
	}
	var block [blockBytes]byte
	return g.part.words.mayHave(g.index, page, words, block[:])
}

// Promoted returns the column of an attribute key, where it has one.
func (g *Group) Promoted(key string) (ID, bool) {
	if g.part == nil {
		return 0, false
	}
	id, ok := g.part.promoted[key]
	return id, ok
}

// Promoted returns the attribute keys that have a column, sorted.
func (p *Part) Promoted() []string { return p.names }

var errFooter = errors.New("footer: row groups and pages make no sense")

func (p *Part) readGroup(index int, meta *format.RowGroup, leaves int, end int64) (*Group, error) {
	if len(meta.Columns) != leaves || meta.NumRows <= 0 || meta.NumRows > GroupRows {
		return nil, p.corrupt(errFooter)
	}
	g := &Group{part: p, index: index, rows: int(meta.NumRows), chunks: make([]chunk, leaves)}
	for i := range meta.Columns {
		if err := g.readChunk(ID(i), &meta.Columns[i], end); err != nil {
			return nil, err
		}
	}
	var bounds format.ColumnIndex
	if err := g.readIndex(&bounds, meta.Columns[ColTime].ColumnIndexOffset, meta.Columns[ColTime].ColumnIndexLength, end); err != nil {
		return nil, err
	}
	if len(bounds.MinValues) != g.Pages() || len(bounds.MaxValues) != g.Pages() {
		return nil, p.corrupt(errFooter)
	}
	g.min, g.max = math.MaxInt64, math.MinInt64
	for i := range bounds.MinValues {
		if len(bounds.MinValues[i]) != 8 || len(bounds.MaxValues[i]) != 8 {
			return nil, p.corrupt(errFooter)
		}
		lo, hi := number(bounds.MinValues[i]), number(bounds.MaxValues[i])
		g.pageTime = append(g.pageTime, [2]int64{lo, hi})
		g.min, g.max = min(g.min, lo), max(g.max, hi)
	}
	return g, nil
}

func number(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) }

func (g *Group) readIndex(v any, at int64, length int32, end int64) error {
	if at <= 0 || length <= 0 || at > end-int64(length) {
		return g.part.corrupt(errFooter)
	}
	b := make([]byte, length)
	if _, err := g.part.file.ReadAt(b, at); err != nil {
		return fmt.Errorf("open part %s: %w", g.part.name, err)
	}
	if err := unmarshal(b, v); err != nil {
		return g.part.corrupt(fmt.Errorf("index: %w", err))
	}
	return nil
}

func (g *Group) readChunk(id ID, meta *format.ColumnChunk, end int64) error {
	var index format.OffsetIndex
	if err := g.readIndex(&index, meta.OffsetIndexOffset, meta.OffsetIndexLength, end); err != nil {
		return err
	}
	pages := index.PageLocations
	m := &meta.MetaData
	if len(pages) == 0 || m.Codec != format.Zstd && m.Codec != format.Snappy || m.BloomFilterLength < 0 || m.BloomFilterOffset < 0 ||
		m.BloomFilterOffset > end-int64(m.BloomFilterLength) {
		return g.part.corrupt(errFooter)
	}
	c := &g.chunks[id]
	c.pages, c.pageRows, c.snappy = pages[0].Offset, int32(g.rows), m.Codec == format.Snappy
	if len(pages) > 1 {
		c.pageRows = int32(pages[1].FirstRowIndex)
	}
	if !g.pageSize(id, int(c.pageRows)) || c.pages < int64(len(magic)) || c.pageRows <= 0 || len(pages) != (g.rows+int(c.pageRows)-1)/int(c.pageRows) {
		return g.part.corrupt(errFooter)
	}
	next := c.pages
	for i, l := range pages {
		if l.Offset != next || l.CompressedPageSize <= 0 || l.FirstRowIndex != int64(i)*int64(c.pageRows) {
			return g.part.corrupt(errFooter)
		}
		next += int64(l.CompressedPageSize)
		c.ends = append(c.ends, uint32(next-c.pages))
	}
	if d := m.DictionaryPageOffset; d != 0 {
		if int(c.pageRows) < min(PageRows, g.rows) || d < int64(len(magic)) || d >= c.pages || c.pages-d > math.MaxUint32 {
			return g.part.corrupt(errFooter)
		}
		c.dict, c.dictLen = d, uint32(c.pages-d)
	}
	if next > end || next-c.pages > math.MaxUint32 {
		return g.part.corrupt(errFooter)
	}
	if int(id) < len(columns) && columns[id].Long && m.TotalUncompressedSize > 0 {
		g.long += min(m.TotalUncompressedSize, maxPageBytes)
	}
	g.readFacts(id, c, m)
	return g.readBloom(c, m)
}

// pageSize reports whether pages of a column may have so many rows. Readers of codes rely on it.
func (g *Group) pageSize(id ID, rows int) bool {
	isLong := int(id) < len(columns) && columns[id].Long
	return rows == PageRows || rows == g.rows || isLong && rows >= minLongPageRows && rows <= LongPageRows && PageRows%rows == 0
}

// readFacts takes what the statistics of a chunk tell.
func (g *Group) readFacts(id ID, c *chunk, m *format.ColumnMetaData) {
	s := &m.Statistics
	typ := Text
	if int(id) < len(columns) {
		typ = columns[id].Type
	}
	switch {
	case typ == Number || typ == Timestamp:
		c.same = typ == Number && s.NullCount == m.NumValues
		if len(s.MinValue) == 8 && len(s.MaxValue) == 8 {
			c.min, c.max, c.hasBounds = number(s.MinValue), number(s.MaxValue), true
		}
	case typ == Flag:
		c.same = len(s.MaxValue) == 1 && s.MaxValue[0] == 0
	case id < g.part.mapKey:
		c.distinct = int32(s.DistinctCount)
		c.same = s.DistinctCount == 1 && len(s.MaxValue) == 0
	}
}

func (g *Group) readBloom(c *chunk, m *format.ColumnMetaData) error {
	if m.BloomFilterLength == 0 {
		return nil
	}
	head := make([]byte, min(64, m.BloomFilterLength))
	if _, err := g.part.file.ReadAt(head, m.BloomFilterOffset); err != nil {
		return fmt.Errorf("open part %s: %w", g.part.name, err)
	}
	r := compactReader{b: head}
	r.fields(func(id int, typ byte) bool {
		if id == 1 && typ == 5 {
			c.bloomLen = int32(r.varint())
			return true
		}
		return false
	}, 0)
	if r.bad || c.bloomLen <= 0 || c.bloomLen%blockBytes != 0 || int(c.bloomLen)+r.at != int(m.BloomFilterLength) {
		return g.part.corrupt(errors.New("footer: a Bloom filter makes no sense"))
	}
	c.bloom = m.BloomFilterOffset + int64(r.at)
	return nil
}
