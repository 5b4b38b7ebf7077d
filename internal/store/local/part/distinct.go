package part

import (
	"bytes"
	"slices"
	"sync"
)

// distinct keeps the values of columns and attributes of a memtable that were asked for, so that who asks again has only to
// look at what came since. Adding rows costs nothing for it. Snapshots share it.
type distinct struct {
	mu   sync.Mutex
	sets map[distinctOf]*distinctSet
}

// distinctOf names a column, or an attribute by its key.
type distinctOf struct {
	id  ID
	key string
}

// Bounds of what is kept; beyond them there is no list.
const (
	maxDistinctSets  = 32
	maxDistinct      = 4096 // values of a set
	maxDistinctBytes = 256 << 10
)

// distinctSet holds the values of the first rows: next is the row, or the entry of attributes, that was not yet looked at.
type distinctSet struct {
	dict  textDict
	first []uint32 // where each value was met
	next  uint32
	over  bool // there are too many
}

func (d *distinct) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.sets)
}

// set returns a set, nil if there are too many. The caller holds d.mu.
func (d *distinct) set(of distinctOf) *distinctSet {
	s := d.sets[of]
	if s == nil {
		if len(d.sets) == maxDistinctSets {
			return nil
		}
		s = &distinctSet{}
		s.dict.reset()
		d.sets[of] = s
	}
	return s
}

// Distinct returns every text of a snapshot's rows in a column other than kind, each once; ok is false where there are too
// many.
func (m *Memtable) Distinct(id ID) (values Texts, ok bool) {
	if id == ColResource {
		return m.resources, true
	}
	col := &m.texts[id]
	return m.distinct(distinctOf{id: id}, uint32(min(m.rows, col.Len())), func(uint32) bool { return true }, col)
}

// DistinctAttr is Distinct for the attributes of a key.
func (m *Memtable) DistinctAttr(key string) (values Texts, ok bool) {
	code := -1
	for i, k := range m.keys {
		if k == key {
			code = i
		}
	}
	if code < 0 {
		return Texts{}, true
	}
	keys := m.attrKey
	return m.distinct(distinctOf{key: key, id: -1}, uint32(len(keys)), func(i uint32) bool { return keys[i] == uint32(code) }, &m.attrText)
}

// Keys returns the keys of attributes of a snapshot's rows. It must not be changed.
func (m *Memtable) Keys() []string { return m.keys }

// distinct looks at those of the first n texts that were not yet looked at.
func (m *Memtable) distinct(of distinctOf, n uint32, chosen func(i uint32) bool, texts *Texts) (Texts, bool) {
	m.seen.mu.Lock()
	defer m.seen.mu.Unlock()
	s := m.seen.set(of)
	if s == nil {
		return Texts{}, false
	}
	var last []byte
	for ; s.next < n && !s.over; s.next++ {
		if !chosen(s.next) {
			continue
		}
		v := texts.At(int(s.next))
		if len(v) == 0 || bytes.Equal(v, last) {
			continue
		}
		last = v
		if s.dict.code(v); s.dict.values.Len() > len(s.first) {
			s.first = append(s.first, s.next)
			s.over = len(s.first) > maxDistinct || len(s.dict.values.Data) > maxDistinctBytes
		}
	}
	known, _ := slices.BinarySearch(s.first, n) // later ones are of rows that came after the snapshot
	if s.over {
		s.dict, s.first = textDict{}, nil
		return Texts{}, false
	}
	return Texts{Data: s.dict.values.Data, Off: s.dict.values.Off[:known+1]}, true
}
