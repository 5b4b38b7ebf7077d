package part

import (
	"bytes"

	"github.com/zeebo/xxh3"
)

// textDict numbers distinct texts in the order in which they come.
type textDict struct {
	values Texts
	hashes []uint64
	slots  []uint32 // code + 1; a power of two
	store  []uint32 // memory behind slots
}

func (d *textDict) reset() {
	d.values.reset()
	d.values.extend(0)
	d.hashes = d.hashes[:0]
	d.resize(256)
}

func (d *textDict) resize(n int) {
	if cap(d.store) < n {
		d.store = make([]uint32, n)
	}
	d.slots = d.store[:n]
	clear(d.slots)
	mask := uint64(n - 1)
	for code, h := range d.hashes {
		i := h & mask
		for d.slots[i] != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = uint32(code) + 1
	}
}

func (d *textDict) code(v []byte) uint32 {
	h := xxh3.Hash(v)
	mask := uint64(len(d.slots) - 1)
	i := h & mask
	for ; d.slots[i] != 0; i = (i + 1) & mask {
		if c := d.slots[i] - 1; d.hashes[c] == h && bytes.Equal(d.values.At(int(c)), v) {
			return c
		}
	}
	c := uint32(len(d.hashes))
	d.slots[i] = c + 1
	d.values.add(v)
	d.hashes = append(d.hashes, h)
	if 2*len(d.hashes) > len(d.slots) {
		d.resize(2 * len(d.slots))
	}
	return c
}

// numberDict is textDict for numbers.
type numberDict struct {
	values []int64
	slots  []uint32
	store  []uint32
}

func (d *numberDict) reset() {
	d.values = d.values[:0]
	d.resize(256)
}

func (d *numberDict) resize(n int) {
	if cap(d.store) < n {
		d.store = make([]uint32, n)
	}
	d.slots = d.store[:n]
	clear(d.slots)
	for code, v := range d.values {
		i := d.slot(v)
		for d.slots[i] != 0 {
			i = (i + 1) & uint64(n-1)
		}
		d.slots[i] = uint32(code) + 1
	}
}

func (d *numberDict) slot(v int64) uint64 {
	return uint64(v) * 0x9e3779b97f4a7c15 >> 20 & uint64(len(d.slots)-1)
}

func (d *numberDict) code(v int64) uint32 {
	i := d.slot(v)
	for ; d.slots[i] != 0; i = (i + 1) & uint64(len(d.slots)-1) {
		if c := d.slots[i] - 1; d.values[c] == v {
			return c
		}
	}
	c := uint32(len(d.values))
	d.slots[i] = c + 1
	d.values = append(d.values, v)
	if 2*len(d.values) > len(d.slots) {
		d.resize(2 * len(d.slots))
	}
	return c
}
