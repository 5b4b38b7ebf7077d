package derive

import (
	"encoding/binary"
	"hash/crc32"
	"maps"
	"math"
	"slices"
)

// The file: a magic with the version, the number of the last batch, what is folded, what services own, the series, the
// windows and the calls that wait, and a CRC-32C of all before it. Integers are varints. Texts stand once, in the order in which they come: a number
// below that of the texts before is one of them, the next is a new one.
const (
	fileMagic = "telltale derived 1\n"
	maxFile   = 256 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type encoder struct {
	buf   []byte
	texts map[string]uint64
}

func (e *encoder) uint(v uint64) { e.buf = binary.AppendUvarint(e.buf, v) }
func (e *encoder) float(v float64) {
	e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(v))
}

func (e *encoder) text(s string) {
	if i, ok := e.texts[s]; ok {
		e.uint(i)
		return
	}
	n := uint64(len(e.texts))
	e.texts[s] = n
	e.uint(n)
	e.uint(uint64(len(s)))
	e.buf = append(e.buf, s...)
}

// encode writes what must survive. The caller holds mu.
func (c *Counter) encode(buf []byte) []byte {
	e := encoder{buf: append(buf[:0], fileMagic...), texts: map[string]uint64{}}
	e.uint(c.seq)
	e.folded(&c.folded)
	owned := slices.SortedFunc(maps.Keys(c.owned), compareOwned)
	e.uint(uint64(len(owned)))
	for _, k := range owned {
		e.text(k.family)
		e.text(k.job)
	}
	e.uint(uint64(len(c.order)))
	for _, s := range c.order {
		e.series(s)
	}
	e.uint(uint64(len(c.windows)))
	for _, job := range slices.Sorted(maps.Keys(c.windows)) {
		w := c.windows[job]
		e.text(job)
		e.uint(uint64(len(w.values)))
		for i := range w.values { // the oldest first
			e.buf = binary.LittleEndian.AppendUint32(e.buf, math.Float32bits(w.values[(w.at+i)%len(w.values)]))
		}
	}
	e.uint(uint64(len(c.waiting)))
	for _, h := range c.held {
		if c.waiting[h.heldKey] == h {
			e.held(h)
		}
	}
	return binary.LittleEndian.AppendUint32(e.buf, crc32.Checksum(e.buf, castagnoli))
}

func compareOwned(a, b ownedKey) int {
	switch {
	case a == b:
		return 0
	case a.job < b.job, a.job == b.job && a.family < b.family:
		return -1
	}
	return 1
}

func (e *encoder) folded(folded *[shapes][maxValues + 1]uint64) {
	e.uint(uint64(shapes))
	for s := range folded {
		for _, n := range folded[s] {
			e.uint(n)
		}
	}
}

func (e *encoder) series(s *series) {
	e.text(s.family.Name)
	e.text(s.job)
	e.uint(uint64(len(s.values)))
	for _, v := range s.values {
		e.text(v)
	}
	e.uint(uint64(max(s.touched, 0)))
	e.float(s.value)
	e.uint(uint64(len(s.counts)))
	for _, n := range s.counts {
		e.uint(n)
	}
}

func (e *encoder) held(h *held) {
	e.buf = append(append(e.buf, h.trace[:]...), h.span[:]...)
	e.text(h.job)
	for _, v := range h.facts.values {
		e.text(v)
	}
	e.text(h.facts.agent)
	e.text(h.facts.key)
	e.uint(uint64(max(h.since, 0)))
	flags := uint64(0)
	for i, set := range [...]bool{h.due, h.facts.failed, h.facts.used} {
		if set {
			flags |= 1 << i
		}
	}
	e.uint(flags)
	for _, n := range h.facts.numbers() {
		e.buf = binary.AppendVarint(e.buf, *n)
	}
}

// numbers are those of a call, in the order of the file.
func (f *facts) numbers() [8]*int64 {
	return [...]*int64{&f.duration, &f.firstToken, &f.in, &f.out, &f.cost, &f.cacheRead, &f.cacheWrite, &f.reasoning}
}
