package redact

import (
	"math/bits"
	"strings"
)

// maxWord is the longest word in the tables.
const maxWord = 16

// table has words in lower case, and what they do. Every name of every field is looked up, and nearly none is there, so it
// asks first whether any word of that length ends so.
type table struct {
	ends  [256]uint32 // by the last byte: a bit for each length of a word
	slots []tableSlot // open addressing; a power of two
}

type tableSlot struct {
	word packed
	role role // zero is empty
}

// packed is a word of maxWord bytes at most, in lower case.
type packed struct{ low, high uint64 }

func wordTable(lists map[role]string) *table {
	n := 0
	for _, list := range lists {
		n += len(strings.Fields(list))
	}
	t := &table{slots: make([]tableSlot, 1<<bits.Len(uint(2*n)))}
	for r, list := range lists {
		for w := range strings.FieldsSeq(list) {
			slot := t.slot(pack(w))
			slot.word = pack(w)
			slot.role |= r
			t.ends[w[len(w)-1]] |= 1 << len(w)
		}
	}
	return t
}

func pack(w string) (p packed) {
	for i := range min(len(w), 8) {
		p.low |= uint64(lower(w[i])) << (8 * i)
	}
	for i := 8; i < len(w); i++ {
		p.high |= uint64(lower(w[i])) << (8 * (i - 8))
	}
	return p
}

// slot is that of a word, or the empty one where it would be.
func (t *table) slot(p packed) *tableSlot {
	const odd = 0x9e3779b97f4a7c15
	h := (p.low ^ bits.RotateLeft64(p.high*odd, 32)) * odd >> 32
	for i := int(h) & (len(t.slots) - 1); ; i = (i + 1) & (len(t.slots) - 1) {
		if s := &t.slots[i]; s.role == 0 || s.word == p {
			return s
		}
	}
}

// lookup finds a word in a table, ASCII case aside.
func lookup(t *table, w string) role {
	if w == "" || len(w) > maxWord || t.ends[lower(w[len(w)-1])]&(1<<len(w)) == 0 {
		return 0
	}
	return t.slot(pack(w)).role
}
