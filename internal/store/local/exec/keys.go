package exec

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/zeebo/xxh3"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// interner numbers texts in the order in which they come. Its memory is without pointers, and flat: a text that is known
// costs three reads. It belongs to one worker.
type interner struct {
	slots []uint64 // half of the hash of a text, and its number + 1; a power of two
	ends  []uint32 // of the texts in data
	data  []byte

	codes  []uint32 // memory of keyReader
	fresh  []int32
	hashes []uint32
}

func (in *interner) len() int { return len(in.ends) }

func (in *interner) text(id uint32) []byte {
	begin := uint32(0)
	if id > 0 {
		begin = in.ends[id-1]
	}
	return in.data[begin:in.ends[id]]
}

// texts returns all texts, in one piece of memory.
func (in *interner) texts() []string {
	all, list, begin := string(in.data), make([]string, in.len()), uint32(0)
	for id, end := range in.ends {
		list[id], begin = all[begin:end], end
	}
	return list
}

func (in *interner) id(v []byte) uint32 { return in.hashed(v, uint32(xxh3.Hash(v))) }

// hashed is id of a text whose hash is h.
func (in *interner) hashed(v []byte, h uint32) uint32 {
	if 4*len(in.ends) >= 3*len(in.slots) {
		in.grow()
	}
	mask := uint32(len(in.slots) - 1)
	i := h & mask
	for ; in.slots[i] != 0; i = (i + 1) & mask {
		if s := in.slots[i]; uint32(s>>32) == h {
			if id := uint32(s) - 1; string(in.text(id)) == string(v) {
				return id
			}
		}
	}
	in.data = append(in.data, v...)
	in.ends = appendTo(in.ends, uint32(len(in.data)))
	in.slots[i] = uint64(h)<<32 | uint64(len(in.ends))
	return uint32(len(in.ends) - 1)
}

func (in *interner) grow() {
	old := in.slots
	in.slots = make([]uint64, max(2*len(old), 1024))
	mask := uint32(len(in.slots) - 1)
	for _, s := range old {
		if s == 0 {
			continue
		}
		i := uint32(s>>32) & mask
		for in.slots[i] != 0 {
			i = (i + 1) & mask
		}
		in.slots[i] = s
	}
}

// numbersOf returns the numbers here of all texts of another interner; none if it is the same.
func (in *interner) numbersOf(o *interner) []uint32 {
	if in == o {
		return nil
	}
	ids := make([]uint32, o.len())
	for id := range ids {
		ids[id] = in.id(o.text(uint32(id)))
	}
	return ids
}

// keySource is a field that groups are made by.
type keySource struct {
	ref telemetry.FieldRef
	src source
}

func newKeySource(ref telemetry.FieldRef) (*keySource, error) {
	src, err := sourceOf(ref)
	if err == nil && ref.Field.Name == "text" {
		err = fmt.Errorf("group by %s: %w", ref, telemetry.ErrUnsupported)
	}
	return &keySource{ref: ref, src: src}, err
}

// keyText is the key of a span: numbers in decimal, unknown ones empty.
func keyText(ref telemetry.FieldRef, s *telemetry.Span) string {
	if !ref.Field.Type.Numeric() {
		return ref.SpanText(s)
	}
	if v := ref.SpanNumber(s); v.Known {
		return strconv.FormatInt(v.Value, 10)
	}
	return ""
}

// keyReader reads the keys of the rows of a unit.
type keyReader struct {
	k     *keySource
	u     *unit
	in    *interner
	codes []uint32 // ids of the codes of the dictionary, noID where not yet asked for
	buf   []byte
}

const noID = math.MaxUint32

// read sets ids to those of rows of one page.
func (r *keyReader) read(w *worker, rows []int32, ids []uint32) error {
	switch {
	case r.k.ref.Field.Type.Numeric():
		return r.readNumbers(w, rows, ids)
	case r.k.src.kind == fromColumn && r.u.g.Empty(r.k.src.id):
		id := r.in.id(nil)
		for i := range ids {
			ids[i] = id
		}
		return nil
	}
	var c *part.Cursor
	if r.k.src.kind == fromAttr {
		c = w.attr(r.u.g, r.k.src.key)
	} else {
		c = w.column(r.u.g, r.k.src.id)
	}
	if err := c.Seek(int(rows[0])); err != nil {
		return err
	}
	if c.Coded {
		r.readCodes(c, rows, ids)
		return nil
	}
	for i, row := range rows {
		if err := c.Seek(int(row)); err != nil {
			return err
		}
		ids[i] = r.in.id(r.key(c.At(int(row))))
	}
	return nil
}

// key is the value of the field in what the column holds.
func (r *keyReader) key(v []byte) []byte {
	if r.k.src.kind == fromResource {
		return []byte(part.AttrOf(string(v), r.k.src.key))
	}
	return v
}

func (r *keyReader) readCodes(c *part.Cursor, rows []int32, ids []uint32) {
	if r.codes == nil {
		r.in.codes = slices.Grow(r.in.codes[:0], c.Dict.Len())
		r.codes = r.in.codes[:c.Dict.Len()]
		for i := range r.codes {
			r.codes[i] = noID
		}
	}
	if c.Codes == nil {
		id := r.codes[0]
		if id == noID {
			id = r.in.id(r.key(c.Dict.At(0)))
			r.codes[0] = id
		}
		for i := range ids {
			ids[i] = id
		}
		return
	}
	codes, start, known := c.Codes, c.Start, r.codes
	fresh := r.in.fresh[:0]
	for _, row := range rows {
		if code := codes[int(row)-start]; known[code] == noID {
			known[code] = 0
			fresh = append(fresh, code)
		}
	}
	r.in.fresh = fresh
	r.number(c, fresh)
	for i, row := range rows {
		ids[i] = known[codes[int(row)-start]]
	}
}

// number asks for the numbers of codes: one thing at a time for all of them, so that the processor waits for the memory of
// several at once.
func (r *keyReader) number(c *part.Cursor, codes []int32) {
	hashes := r.in.hashes[:0]
	for _, code := range codes {
		hashes = append(hashes, uint32(xxh3.Hash(r.key(c.Dict.At(int(code))))))
	}
	r.in.hashes = hashes
	for i, code := range codes {
		r.codes[code] = r.in.hashed(r.key(c.Dict.At(int(code))), hashes[i])
	}
}

func (r *keyReader) readNumbers(w *worker, rows []int32, ids []uint32) error {
	for i, row := range rows {
		var v int64
		var known bool
		var err error
		if r.k.src.kind == fromTokens {
			v, known, err = tokensAt(w.column(r.u.g, colInput), w.column(r.u.g, colOutput), int(row))
		} else {
			c := w.column(r.u.g, r.k.src.id)
			if err = c.Seek(int(row)); err == nil {
				v, known = c.NumberAt(int(row))
			}
		}
		if err != nil {
			return err
		}
		if r.buf = r.buf[:0]; known {
			r.buf = strconv.AppendInt(r.buf, v, 10)
		}
		ids[i] = r.in.id(r.buf)
	}
	return nil
}

// comboIndex numbers combinations of keys: those of two keys by a table of pairs, those of three by pairs of the first two
// and the third, and so on.
type comboIndex struct {
	pairs []map[uint64]uint32 // by the place of the later key
	parts [][][2]uint32
}

func newComboIndex(keys int) comboIndex {
	c := comboIndex{pairs: make([]map[uint64]uint32, keys), parts: make([][][2]uint32, keys)}
	for i := range c.pairs {
		c.pairs[i] = map[uint64]uint32{}
	}
	return c
}

// combine replaces the numbers of combinations by those with key i added.
func (c *comboIndex) combine(i int, combos, ids []uint32) {
	var last uint64
	var lastID uint32
	for k := range combos {
		pair := uint64(combos[k])<<32 | uint64(ids[k])
		if k > 0 && pair == last {
			combos[k] = lastID
			continue
		}
		id, ok := c.pairs[i][pair]
		if !ok {
			id = uint32(len(c.parts[i]))
			c.pairs[i][pair] = id
			c.parts[i] = append(c.parts[i], [2]uint32{combos[k], ids[k]})
		}
		last, lastID, combos[k] = pair, id, id
	}
}

// from returns the number here of a combination of another index; numbers are those of interner.numbersOf, by key.
func (c *comboIndex) from(o *comboIndex, combo uint32, numbers [][]uint32) uint32 {
	if len(c.pairs) == 1 {
		if numbers[0] != nil {
			combo = numbers[0][combo]
		}
		return combo
	}
	var one, next [1]uint32
	for i, id := range o.ids(combo) {
		if numbers[i] != nil {
			id = numbers[i][id]
		}
		if i == 0 {
			one[0] = id
			continue
		}
		next[0] = id
		c.combine(i, one[:], next[:])
	}
	return one[0]
}

// each visits the keys of a combination, the last one first.
func (c *comboIndex) each(combo uint32, visit func(key int, id uint32)) {
	for i := len(c.pairs) - 1; i > 0; i-- {
		p := c.parts[i][combo]
		visit(i, p[1])
		combo = p[0]
	}
	if len(c.pairs) > 0 {
		visit(0, combo)
	}
}

// ids returns the keys of a combination.
func (c *comboIndex) ids(combo uint32) []uint32 {
	ids := make([]uint32, len(c.pairs))
	c.each(combo, func(key int, id uint32) { ids[key] = id })
	return ids
}

// wide is a sum that does not overflow.
type wide struct {
	low  uint64
	high int64
}

func (s *wide) add(v int64) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, uint64(v), 0)
	s.high += v>>63 + int64(carry)
}

func (s *wide) merge(o wide) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, o.low, 0)
	s.high += o.high + int64(carry)
}

func (s wide) float() float64 {
	if s.high == 0 && s.low <= math.MaxInt64 || s.high == -1 && s.low > math.MaxInt64 {
		return float64(int64(s.low))
	}
	return float64(s.high)*(1<<64) + float64(s.low)
}
