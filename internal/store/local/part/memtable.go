package part

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Memtable holds rows in columns almost without pointers, so that the collector has little to follow.
//
// One goroutine at a time adds rows or takes a Snapshot; snapshots may be read by any number while rows are added.
type Memtable struct {
	rows     int
	logs     int
	repeats  int
	times    []int64
	kinds    []uint8
	flags    []uint16 // bits by flagBit
	min, max int64
	pageTime [][2]int64 // least and greatest of PageRows rows each; copied by Snapshot since the last one changes

	// By ID. Columns grow on demand: rows beyond their end have no value.
	texts   []Texts
	numbers []numbers

	// Attributes of row i are entries attrEnd[i-1] to attrEnd[i]; those of the first begin at attrFrom.
	attrFrom uint32 // of the first row; not 0 in a slice
	attrEnd  []uint32
	attrKey  []uint32 // index in keys
	attrText Texts
	keys     []string
	keyIDs   map[string]uint32 // of the writer only

	// Resources repeat from row to row.
	resource    []uint32 // index in resources
	resources   Texts    // JSON; the first is that of rows without
	resourceIDs map[string]uint32

	scratch []byte
	seen    *distinct
}

// numbers is a column of optional numbers.
type numbers struct {
	values []int64
	known  []uint8
}

func (n *numbers) set(i int, v int64) {
	for len(n.values) < i {
		n.values, n.known = append(n.values, 0), append(n.known, 0)
	}
	n.values, n.known = append(n.values, v), append(n.known, 1)
}

func (n *numbers) at(i int) telemetry.Opt {
	if i >= len(n.values) {
		return telemetry.Opt{}
	}
	return telemetry.Opt{Value: n.values[i], Known: n.known[i] != 0}
}

func (n *numbers) slice(from, to int) numbers {
	if from >= len(n.values) {
		return numbers{}
	}
	to = min(to, len(n.values))
	return numbers{n.values[from:to], n.known[from:to]}
}

// NewMemtable makes an empty memtable.
func NewMemtable() *Memtable {
	m := &Memtable{
		texts: make([]Texts, len(columns)), numbers: make([]numbers, len(columns)),
		keyIDs: map[string]uint32{}, resourceIDs: map[string]uint32{},
		seen: &distinct{sets: map[distinctOf]*distinctSet{}},
	}
	m.Reset()
	return m
}

// Reset empties the memtable and keeps its memory for the next rows: of each column no more than about twice what its rows
// took, so that memory follows when what is sent changes. Nobody may read a Snapshot of it any more.
func (m *Memtable) Reset() {
	m.rows, m.logs, m.repeats = 0, 0, 0
	m.min, m.max = math.MaxInt64, math.MinInt64
	m.times, m.kinds, m.flags = again(m.times), again(m.kinds), again(m.flags)
	m.pageTime = m.pageTime[:0]
	for i := range columns {
		m.texts[i].reuse()
		m.numbers[i] = numbers{again(m.numbers[i].values), again(m.numbers[i].known)}
	}
	m.attrEnd, m.attrKey, m.resource = again(m.attrEnd), again(m.attrKey), again(m.resource)
	m.attrText.reuse()
	m.resources.reuse()
	m.resources.extend(1)
	m.keys = nil
	m.seen.reset()
	clear(m.keyIDs)
	clear(m.resourceIDs)
	m.resourceIDs[""] = 0
}

// again returns an empty slice in the memory of one that was filled, unless most of it was never needed.
func again[T any](s []T) []T {
	const small = 1024
	if cap(s) > small && len(s) < cap(s)/2 {
		return nil
	}
	return s[:0]
}

// AddSpan appends a span. Nothing of it is kept but copies. Text that is not UTF-8 is mended, since Parquet has no other.
func (m *Memtable) AddSpan(s *telemetry.Span) {
	m.add(&row{e: &s.Event, s: s, g: s.GenAI})
	if s.Repeat {
		m.repeats++
	}
}

// AddLog appends a log, see AddSpan.
func (m *Memtable) AddLog(l *telemetry.Log) {
	m.add(&row{e: &l.Event, l: l})
	m.logs++
}

func (m *Memtable) add(r *row) {
	i := m.rows
	kind := uint8(kindOfLog)
	if r.s != nil {
		kind = uint8(telemetry.ParseKind(r.s.Kind.String()))
	}
	m.addTime(r.e.Time)
	m.kinds = append(m.kinds, kind)
	var flags uint16
	for id := range columns {
		c := &columns[id]
		if c.of == ofLogs && r.l == nil || c.of == ofSpans && r.s == nil || c.of == ofGenAI && r.g == nil {
			continue
		}
		switch {
		case ID(id) == ColTime || ID(id) == ColKind || ID(id) == ColResource:
		case c.Type == Flag:
			if c.flag(r) {
				flags |= flagBit(ID(id))
			}
		case c.Type == Number:
			if v := c.number(r); v.Known {
				m.numbers[id].set(i, v.Value)
			}
		default:
			m.addText(id, c, r)
		}
	}
	m.flags = append(m.flags, flags)
	m.addResource(r.e.Resource)
	for _, a := range r.e.Attributes {
		m.addAttr(a.Key, a.Value)
	}
	m.attrEnd = append(m.attrEnd, uint32(len(m.attrKey)))
	m.rows++
}

func (m *Memtable) addTime(t int64) {
	m.times = append(m.times, t)
	m.min, m.max = min(m.min, t), max(m.max, t)
	if m.rows%PageRows == 0 {
		m.pageTime = append(m.pageTime, [2]int64{t, t})
		return
	}
	last := &m.pageTime[len(m.pageTime)-1]
	last[0], last[1] = min(last[0], t), max(last[1], t)
}

func (m *Memtable) addText(id int, c *Column, r *row) {
	col := &m.texts[id]
	if c.text != nil {
		if v := valid(c.text(r)); v != "" {
			col.extend(m.rows)
			col.Data = append(col.Data, v...)
			col.end()
		}
		return
	}
	before := len(col.Data)
	col.extend(m.rows)
	if col.Data = c.build(col.Data, r); len(col.Data) > before {
		col.end()
	}
}

// keyID numbers the keys of attributes.
func (m *Memtable) keyID(key string) uint32 {
	id, ok := m.keyIDs[key]
	if !ok {
		id = uint32(len(m.keys))
		kept := strings.Clone(key)
		m.keys = append(m.keys, valid(kept))
		m.keyIDs[kept] = id
	}
	return id
}

func (m *Memtable) addAttr(key, value string) {
	value = valid(value)
	m.attrKey = append(m.attrKey, m.keyID(key))
	m.attrText.extend(0)
	m.attrText.Data = append(m.attrText.Data, value...)
	m.attrText.end()
}

func (m *Memtable) addResource(attrs telemetry.Attrs) {
	var id uint32
	if len(attrs) > 0 {
		m.scratch = appendAttrs(m.scratch[:0], attrs)
		var ok bool
		if id, ok = m.resourceIDs[string(m.scratch)]; !ok {
			id = uint32(m.resources.Len())
			m.resources.add(m.scratch)
			m.resourceIDs[string(m.scratch)] = id
		}
	}
	m.resource = append(m.resource, id)
}

func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// kindOfLog is the number of a log's kind, after those of spans.
const kindOfLog = telemetry.KindConsumer + 1

// kindTexts are the kinds by number.
var kindTexts = func() (t Texts) {
	for k := range kindOfLog {
		t.add([]byte(k.String()))
	}
	t.add([]byte(KindLog))
	return t
}()

// flagTexts are the texts of a flag that is not set and one that is.
var flagTexts = func() (t Texts) {
	t.add(nil)
	t.add([]byte("true"))
	return t
}()

// flagBits holds the bit of each flag column, by ID.
var flagBits = func() []uint16 {
	bits := make([]uint16, len(columns))
	next := uint16(1)
	for i := range columns {
		if columns[i].Type == Flag {
			bits[i] = next
			next <<= 1
		}
	}
	return bits
}()

func flagBit(id ID) uint16 { return flagBits[id] }

// Rows is the number of rows, repeats included.
func (m *Memtable) Rows() int { return m.rows }

// Bytes is about how much memory the rows take.
func (m *Memtable) Bytes() int {
	n := 19*m.rows + len(m.resources.Data) + 4*len(m.attrKey) + len(m.attrText.Data) + 4*len(m.attrText.Off)
	for i := range m.texts {
		n += len(m.texts[i].Data) + 4*len(m.texts[i].Off) + 9*len(m.numbers[i].values)
	}
	return n
}

// Range returns the least and greatest time of the rows; of none, the greatest and least possible.
func (m *Memtable) Range() (minTime, maxTime int64) { return m.min, m.max }

// Counts returns how many spans and logs there are, by Signal, without repeats.
func (m *Memtable) Counts() [2]int64 {
	return [2]int64{int64(m.rows - m.logs - m.repeats), int64(m.logs)}
}

// Repeats returns how many rows are repeats of a span.
func (m *Memtable) Repeats() int64 { return int64(m.repeats) }

// Snapshot returns a view of the rows added so far, which stays as it is.
func (m *Memtable) Snapshot() *Memtable {
	s := *m
	s.texts = append([]Texts(nil), m.texts...)
	s.numbers = append([]numbers(nil), m.numbers...)
	s.pageTime = append([][2]int64(nil), m.pageTime...)
	s.keyIDs, s.resourceIDs, s.scratch = nil, nil, nil
	return &s
}

// text returns the value of row i in a text column.
func (m *Memtable) text(id ID, i int) []byte {
	switch id {
	case ColKind:
		return kindTexts.At(int(m.kinds[i]))
	case ColResource:
		return m.resources.At(int(m.resource[i]))
	}
	return m.texts[id].At(i)
}

func (m *Memtable) flag(id ID, i int) bool { return m.flags[i]&flagBit(id) != 0 }

// attrs returns the range of the entries of row i.
func (m *Memtable) attrs(i int) (from, to uint32) {
	if i == 0 {
		return m.attrFrom, m.attrEnd[0]
	}
	return m.attrEnd[i-1], m.attrEnd[i]
}

// slice returns a view of some rows of a snapshot; from is the first of a page.
func (m *Memtable) slice(from, to int) *Memtable {
	s := &Memtable{
		rows: to - from, times: m.times[from:to], kinds: m.kinds[from:to], flags: m.flags[from:to],
		pageTime: m.pageTime[from/PageRows : (to+PageRows-1)/PageRows],
		texts:    make([]Texts, len(m.texts)), numbers: make([]numbers, len(m.numbers)),
		attrEnd: m.attrEnd[from:to], attrKey: m.attrKey, attrText: m.attrText, keys: m.keys,
		resource: m.resource[from:to], resources: m.resources,
	}
	s.attrFrom, _ = m.attrs(from)
	s.min, s.max = math.MaxInt64, math.MinInt64
	for _, t := range s.pageTime {
		s.min, s.max = min(s.min, t[0]), max(s.max, t[1])
	}
	for id := range columns {
		s.texts[id], s.numbers[id] = m.texts[id].slice(from, to), m.numbers[id].slice(from, to)
	}
	if m.repeats > 0 {
		bit := flagBit(ColRepeat)
		for _, f := range s.flags {
			if f&bit != 0 {
				s.repeats++
			}
		}
	}
	return s
}
