package exec

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// interner numbers texts, for all workers of a query alike.
type interner struct {
	mu    sync.Mutex
	ids   map[string]uint32
	texts []string
}

func (in *interner) id(v string) uint32 {
	_, id := in.intern([]byte(v))
	return id
}

func (in *interner) intern(v []byte) (string, uint32) {
	in.mu.Lock()
	defer in.mu.Unlock()
	id, ok := in.ids[string(v)]
	if !ok {
		id = uint32(len(in.texts))
		text := string(v)
		in.ids[text] = id
		in.texts = append(in.texts, text)
	}
	return in.texts[id], id
}

// keyCache is what one worker knows of an interner, so that workers wait for each other only over texts that are new to one.
type keyCache struct {
	slots   []uint32 // place in entries + 1; a power of two
	entries []keyEntry
	codes   []uint32 // memory of keyReader.codes
}

type keyEntry struct {
	text string
	hash uint32
	id   uint32
}

// id is the number that in has for a text.
func (c *keyCache) id(in *interner, v []byte) uint32 {
	if 2*len(c.entries) >= len(c.slots) {
		c.grow()
	}
	h, mask := uint32(xxh3.Hash(v)), uint32(len(c.slots)-1)
	i := h & mask
	for ; c.slots[i] != 0; i = (i + 1) & mask {
		if e := &c.entries[c.slots[i]-1]; e.hash == h && e.text == string(v) {
			return e.id
		}
	}
	text, id := in.intern(v)
	c.entries = append(c.entries, keyEntry{text: text, hash: h, id: id})
	c.slots[i] = uint32(len(c.entries))
	return id
}

func (c *keyCache) grow() {
	c.slots = make([]uint32, max(2*len(c.slots), 256))
	mask := uint32(len(c.slots) - 1)
	for at := range c.entries {
		i := c.entries[at].hash & mask
		for c.slots[i] != 0 {
			i = (i + 1) & mask
		}
		c.slots[i] = uint32(at) + 1
	}
}

// keySource is a field that groups are made by.
type keySource struct {
	ref telemetry.FieldRef
	src source
	ids interner
}

func newKeySource(ref telemetry.FieldRef) (*keySource, error) {
	src, err := sourceOf(ref)
	if err == nil && ref.Field.Name == "text" {
		err = fmt.Errorf("group by %s: %w", ref, telemetry.ErrUnsupported)
	}
	return &keySource{ref: ref, src: src, ids: interner{ids: map[string]uint32{}}}, err
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
	cache *keyCache
	codes []uint32 // ids of the codes of the dictionary, noID where not yet asked for
	buf   []byte
}

const noID = math.MaxUint32

// read sets ids to those of rows of one page.
func (r *keyReader) read(w *worker, rows []int32, ids []uint32) error {
	in := &r.k.ids
	switch {
	case r.k.ref.Field.Type.Numeric():
		return r.readNumbers(w, rows, ids)
	case r.k.src.kind == fromColumn && r.u.g.Empty(r.k.src.id):
		id := in.id("")
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
		ids[i] = r.cache.id(in, r.key(c.At(int(row))))
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
		r.cache.codes = slices.Grow(r.cache.codes[:0], c.Dict.Len())
		r.codes = r.cache.codes[:c.Dict.Len()]
		for i := range r.codes {
			r.codes[i] = noID
		}
	}
	if c.Codes == nil {
		id := r.idOf(c, 0)
		for i := range ids {
			ids[i] = id
		}
		return
	}
	codes, start, known := c.Codes, c.Start, r.codes
	for i, row := range rows {
		code := codes[int(row)-start]
		id := known[code]
		if id == noID {
			id = r.idOf(c, code)
		}
		ids[i] = id
	}
}

// idOf is the number of the text of a code.
func (r *keyReader) idOf(c *part.Cursor, code int32) uint32 {
	if r.codes[code] == noID {
		r.codes[code] = r.cache.id(&r.k.ids, r.key(c.Dict.At(int(code))))
	}
	return r.codes[code]
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
		ids[i] = r.cache.id(&r.k.ids, r.buf)
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

// from returns the number here of a combination of another index. With one key or none they are the same.
func (c *comboIndex) from(o *comboIndex, combo uint32) uint32 {
	if len(c.pairs) < 2 {
		return combo
	}
	ids := o.ids(combo)
	one := [1]uint32{ids[0]}
	for i := 1; i < len(ids); i++ {
		c.combine(i, one[:], ids[i:i+1])
	}
	return one[0]
}

// ids returns the keys of a combination.
func (c *comboIndex) ids(combo uint32) []uint32 {
	n := len(c.pairs)
	if n == 0 {
		return nil
	}
	ids := make([]uint32, n)
	for i := n - 1; i > 0; i-- {
		p := c.parts[i][combo]
		combo, ids[i] = p[0], p[1]
	}
	ids[0] = combo
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
