package pipeline

import (
	"math/bits"
	"slices"
)

// generations is a map of hashes that forgets its older half when it is full. It holds no pointers, so that the garbage
// collector passes it by, and a generation takes over the memory of the one that is forgotten.
type generations[V any] struct {
	size     int // of one generation, in entries
	now, old []entry[V]
	nowAt    index
	oldAt    index
}

// entry is a key in two halves, so that one of 12 bytes takes no more.
type entry[V any] struct {
	hi, lo uint32
	value  V
}

func (e *entry[V]) key() uint64 { return uint64(e.hi)<<32 | uint64(e.lo) }

// maxGeneration is the most entries whose places fit the index.
const maxGeneration = 1 << 30

func newGenerations[V any](size int) generations[V] {
	size = min(max(size, 1), maxGeneration)
	at := index{placeBits: uint8(bits.Len(uint(size)))}
	return generations[V]{size: size, nowAt: at, oldAt: at}
}

func (g *generations[V]) get(k uint64) (v V, ok bool) {
	if _, at := find(g.now, &g.nowAt, k); at >= 0 {
		return g.now[at].value, true
	}
	if _, at := find(g.old, &g.oldAt, k); at >= 0 {
		return g.old[at].value, true
	}
	return v, false
}

func (g *generations[V]) put(k uint64, v V) {
	if _, at := find(g.now, &g.nowAt, k); at >= 0 {
		g.now[at].value = v
		return
	}
	if len(g.now) >= g.size {
		g.now, g.old = g.old[:0], g.now
		g.nowAt, g.oldAt = g.oldAt, g.nowAt
		clear(g.nowAt.slots)
	}
	g.now = add(g.now, &g.nowAt, g.size, k, v)
}

// recall is put for what comes newest first: it never pushes out what is there.
func (g *generations[V]) recall(k uint64, v V) {
	if _, known := g.get(k); known {
		return
	}
	switch {
	case len(g.now) < g.size:
		g.now = add(g.now, &g.nowAt, g.size, k, v)
	case len(g.old) < g.size:
		g.old = add(g.old, &g.oldAt, g.size, k, v)
	}
}

func (g *generations[V]) delete(k uint64) {
	g.now = remove(g.now, &g.nowAt, k)
	g.old = remove(g.old, &g.oldAt, k)
}

// index finds the place of a key by open addressing. A slot is the place, one added, and above it as many bits of the key
// as there is room for: so nearly every key that is not there is told without a look at the entries.
type index struct {
	slots     []uint32 // zero is empty
	placeBits uint8
}

// home is the slot where a search for a key begins.
func (x *index) home(key uint64) int {
	hi, _ := bits.Mul64(key, uint64(len(x.slots)))
	return int(hi)
}

func (x *index) next(slot int) int {
	if slot++; slot < len(x.slots) {
		return slot
	}
	return 0
}

func (x *index) tag(key uint64) uint32 { return uint32(key) << x.placeBits }

func (x *index) place(slot int) int { return int(x.slots[slot]&(1<<x.placeBits-1)) - 1 }

func (x *index) insert(key uint64, place int) {
	slot := x.home(key)
	for x.slots[slot] != 0 {
		slot = x.next(slot)
	}
	x.slots[slot] = x.tag(key) | uint32(place+1)
}

// find returns the slot and the place of a key; the place is negative where there is none.
func find[V any](entries []entry[V], x *index, key uint64) (slot, place int) {
	if len(entries) == 0 {
		return 0, -1
	}
	tag, tags := x.tag(key), ^uint32(1<<x.placeBits-1)
	for slot = x.home(key); x.slots[slot] != 0; slot = x.next(slot) {
		if x.slots[slot]&tags != tag {
			continue
		}
		if place = x.place(slot); entries[place].key() == key {
			return slot, place
		}
	}
	return slot, -1
}

// add puts a new key behind the others. Slots are a third more than entries, at least.
func add[V any](entries []entry[V], x *index, size int, key uint64, v V) []entry[V] {
	if len(entries) == cap(entries) {
		n := min(max(2*cap(entries), 64), max(size, len(entries)+1))
		entries = slices.Grow(entries, n-len(entries))
		if cap(entries) > n {
			entries = entries[:len(entries):n]
		}
		x.slots = make([]uint32, n+n/3+1)
		for i := range entries {
			x.insert(entries[i].key(), i)
		}
	}
	x.insert(key, len(entries))
	return append(entries, entry[V]{uint32(key >> 32), uint32(key), v})
}

// remove takes a key out; the last entry takes its place.
func remove[V any](entries []entry[V], x *index, key uint64) []entry[V] {
	slot, place := find(entries, x, key)
	if place < 0 {
		return entries
	}
	last := len(entries) - 1
	if place != last {
		moved, _ := find(entries, x, entries[last].key())
		x.slots[moved] = x.tag(entries[last].key()) | uint32(place+1)
	}
	// Slots behind the one that is free now move up, unless they are at home there already.
	n := len(x.slots)
	for next := x.next(slot); x.slots[next] != 0; next = x.next(next) {
		at := x.place(next)
		home := x.home(entries[at].key())
		if at == place && place != last {
			home = x.home(entries[last].key())
		}
		if (next-home+n)%n >= (next-slot+n)%n {
			x.slots[slot] = x.slots[next]
			slot = next
		}
	}
	x.slots[slot] = 0
	entries[place] = entries[last]
	return entries[:last]
}
