package exec

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"sync"

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
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.locked([]byte(v))
}

// locked is id for who holds mu.
func (in *interner) locked(v []byte) uint32 {
	id, ok := in.ids[string(v)]
	if !ok {
		id = uint32(len(in.texts))
		text := string(v)
		in.ids[text] = id
		in.texts = append(in.texts, text)
	}
	return id
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
	in.mu.Lock()
	defer in.mu.Unlock()
	if c.Coded {
		r.readCodes(c, rows, ids)
		return nil
	}
	for i, row := range rows {
		if err := c.Seek(int(row)); err != nil {
			return err
		}
		ids[i] = in.locked(r.key(c.At(int(row))))
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
		r.codes = make([]uint32, c.Dict.Len())
		for i := range r.codes {
			r.codes[i] = noID
		}
	}
	for i, row := range rows {
		code := int32(0)
		if c.Codes != nil {
			code = c.Codes[int(row)-c.Start]
		}
		id := r.codes[code]
		if id == noID {
			id = r.k.ids.locked(r.key(c.Dict.At(int(code))))
			r.codes[code] = id
		}
		ids[i] = id
	}
}

func (r *keyReader) readNumbers(w *worker, rows []int32, ids []uint32) error {
	in := &r.k.ids
	in.mu.Lock()
	defer in.mu.Unlock()
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
		ids[i] = in.locked(r.buf)
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
