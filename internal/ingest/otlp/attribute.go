package otlp

import (
	"encoding/base64"
	"math"
	"strconv"

	"github.com/telltale-dev/telltale/internal/jsontext"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// value is what an AnyValue holds. Lists and maps are still as they were sent.
type value struct {
	kind kind
	uint uint64 // bits of a number
	piece
}

type kind uint8

const (
	kindEmpty kind = iota
	kindString
	kindBool
	kindInt
	kindDouble
	kindBytes
	kindList
	kindMap
)

// kinds by field number of AnyValue. The last is the index into a table of strings, which only profiles have.
var kinds = [...]kind{1: kindString, 2: kindBool, 3: kindInt, 4: kindDouble, 5: kindList, 6: kindMap, 7: kindBytes, 8: kindEmpty}

// maxNesting is how deep values may hold lists and maps. Deeper ones are read as empty.
const maxNesting = 64

// attrs reads attributes. Keys become unique, the last value wins, as an SDK would have it; room is left for more.
func (d *decoder) attrs(pieces []piece, room int) (telemetry.Attrs, bool) {
	n := len(pieces)
	if n == 0 {
		return nil, true
	}
	out := d.newAttrs(min(n, maxAttributes) + room)
	var seen [4]uint64 // a bit for each key's hash: most keys are known to be new without a look at the others
	for i, p := range pieces {
		var v value
		key, ok := d.keyValue(p, &v, 1)
		if !ok {
			return nil, false
		}
		key = d.clip(key, maxKey, "a key")
		text, ok := d.valueText(&v, key)
		if !ok {
			return nil, false
		}
		h := keyHash(key)
		if seen[h>>6]&(1<<(h&63)) != 0 {
			before := len(out)
			if out = out.Set(key, text); len(out) == before {
				continue
			}
			out = out[:before]
		}
		if len(out) == maxAttributes {
			d.cut = append(d.cut, strconv.Itoa(n-maxAttributes)+" attributes")
			return out, d.checkAttrs(pieces[i+1:])
		}
		seen[h>>6] |= 1 << (h & 63)
		out = append(out, telemetry.Attr{Key: key, Value: text})
	}
	return out, true
}

// checkAttrs reads attributes that nobody keeps: a request that is malformed anywhere is refused.
func (d *decoder) checkAttrs(pieces []piece) bool {
	for _, p := range pieces {
		var v value
		if _, ok := d.keyValue(p, &v, 1); !ok || !d.discard(&v, 1) {
			return false
		}
	}
	return true
}

// newAttrs makes an empty list with room for n, out of one for many records.
func (d *decoder) newAttrs(n int) telemetry.Attrs {
	if n > cap(d.slab)-len(d.slab) {
		d.slabSize = min(max(2*d.slabSize, minSlab), maxSlab)
		d.slab = make(telemetry.Attrs, 0, max(n, d.slabSize))
	}
	from := len(d.slab)
	d.slab = d.slab[:from+n]
	return d.slab[from : from : from+n]
}

// Sizes of the lists that records share.
const (
	minSlab = 16
	maxSlab = 512
)

// keyHash is cheap and good enough for keys, which differ in length and at their ends.
func keyHash(k string) uint8 {
	n := len(k)
	if n < 4 {
		return uint8(n)
	}
	return uint8(n)*7 + k[n-1]*31 + k[n-2]*17 + k[n/2]*5 + k[n-4]
}

// keyValue reads one attribute, the value of which is so deep.
func (d *decoder) keyValue(p piece, v *value, nesting int) (key string, ok bool) {
	f := d.fields(p, &keyValueLayout)
	for f.next() {
		switch f.number {
		case 1:
			key = f.text()
		case 2:
			if !d.value(f.piece, v, nesting) {
				return "", false
			}
		}
	}
	return key, d.read(&f)
}

// value reads a value; v is what was read of it before. Of several alternatives the last counts.
func (d *decoder) value(p piece, v *value, nesting int) bool {
	f := d.fields(p, &valueLayout)
	for f.next() {
		if int(f.number) >= len(kinds) {
			continue
		}
		k := kinds[f.number]
		if k >= kindList && nesting > maxNesting {
			continue
		}
		if !d.discard(v, nesting) {
			return false
		}
		*v = value{kind: k, uint: f.uint, piece: f.piece}
	}
	return d.read(&f)
}

// discard checks a list or a map that nobody keeps.
func (d *decoder) discard(v *value, nesting int) bool {
	if v.kind < kindList {
		return true
	}
	before := len(d.buf)
	ok := d.appendValue(v, nesting)
	d.buf = d.buf[:before]
	return ok
}

// valueText is the text of a value: strings as they are, numbers and booleans as JSON has them, bytes in base64, lists and
// maps as JSON. A value without content is empty. What names it where it is cut.
func (d *decoder) valueText(v *value, what string) (string, bool) {
	switch v.kind {
	case kindEmpty:
		return "", true
	case kindString:
		return d.clip(d.text(v.piece), d.maxValue, what), true
	case kindBool:
		return strconv.FormatBool(v.uint != 0), true
	case kindInt:
		d.buf = strconv.AppendInt(d.buf[:0], int64(v.uint), 10)
	case kindDouble:
		d.buf = appendNumber(d.buf[:0], math.Float64frombits(v.uint))
	case kindBytes:
		d.buf = base64.StdEncoding.AppendEncode(d.buf[:0], []byte(d.text(v.piece)))
	default:
		d.buf = d.buf[:0]
		if !d.appendValue(v, 1) {
			return "", false
		}
	}
	if n := len(d.buf); n > d.maxValue {
		d.noteCut(what, n)
		return wholeCharacters(string(d.buf[:d.maxValue])), true
	}
	return d.keep(d.buf), true
}

// keep makes a string of what was written. Small ones share memory.
func (d *decoder) keep(b []byte) string {
	if len(b) > maxShared {
		return string(b)
	}
	if len(b) > d.small.Cap()-d.small.Len() {
		size := min(max(2*d.small.Cap(), minSmall), maxSmall)
		d.small.Reset() // the strings made so far keep what is theirs
		d.small.Grow(size)
	}
	from := d.small.Len()
	_, _ = d.small.Write(b) // never fails
	return d.small.String()[from:]
}

// Sizes of the memory that small texts share, in bytes.
const (
	maxShared = 128
	minSmall  = 256
	maxSmall  = 4 << 10
)

// appendValue writes a value as JSON to d.buf.
func (d *decoder) appendValue(v *value, nesting int) bool {
	switch v.kind {
	case kindString:
		return d.appendString(d.text(v.piece))
	case kindInt:
		d.buf = strconv.AppendInt(d.buf, int64(v.uint), 10)
	case kindBool:
		d.buf = strconv.AppendBool(d.buf, v.uint != 0)
	case kindDouble:
		f := math.Float64frombits(v.uint)
		if !math.IsNaN(f) && !math.IsInf(f, 0) {
			d.buf = appendNumber(d.buf, f)
			return true
		}
		d.buf = append(d.buf, '"') // JSON has no number for them
		d.buf = append(appendNumber(d.buf, f), '"')
	case kindBytes:
		d.buf = append(d.buf, '"')
		d.buf = append(base64.StdEncoding.AppendEncode(d.buf, []byte(d.text(v.piece))), '"')
	case kindList:
		return d.appendList(v.piece, nesting)
	case kindMap:
		return d.appendMap(v.piece, nesting)
	default:
		d.buf = append(d.buf, "null"...)
	}
	return true
}

func (d *decoder) appendList(p piece, nesting int) bool {
	d.charge(weightValue)
	d.buf = append(d.buf, '[')
	first := true
	f := d.fields(p, &listLayout)
	for f.next() {
		if f.number != 1 {
			continue
		}
		if !first {
			d.buf = append(d.buf, ',')
		}
		first = false
		var v value
		if !d.charge(weightValue) || !d.value(f.piece, &v, nesting+1) || !d.appendValue(&v, nesting+1) {
			return false
		}
	}
	d.buf = append(d.buf, ']')
	return d.read(&f)
}

func (d *decoder) appendMap(p piece, nesting int) bool {
	d.charge(weightValue)
	d.buf = append(d.buf, '{')
	first := true
	f := d.fields(p, &listLayout)
	for f.next() {
		if f.number != 1 {
			continue
		}
		if !first {
			d.buf = append(d.buf, ',')
		}
		first = false
		var v value
		key, ok := d.keyValue(f.piece, &v, nesting+1)
		if !ok || !d.charge(weightKeyValue) || !d.appendString(key) {
			return false
		}
		d.buf = append(d.buf, ':')
		if !d.appendValue(&v, nesting+1) {
			return false
		}
	}
	d.buf = append(d.buf, '}')
	return d.read(&f)
}

// appendString writes a string as JSON, which may be six times as long.
func (d *decoder) appendString(s string) bool {
	before := len(d.buf)
	d.buf = jsontext.AppendString(d.buf, s)
	return d.charge(int64(len(d.buf) - before - len(s)))
}
