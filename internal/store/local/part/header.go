package part

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// pageHeader is what of Parquet's page header a reader needs.
type pageHeader struct {
	kind     int // 2: dictionary, 3: data page v2
	size     int // of the body, uncompressed, with levels
	zipped   int // of the body as it is in the file
	crc      uint32
	hasCRC   bool
	values   int
	nulls    int
	rows     int
	encoding int
	def, rep int // bytes of levels
	plain    bool
}

const (
	pageDictionary = 2
	pageDataV2     = 3

	encodingPlain       = 0
	encodingDelta       = 5
	encodingDeltaLength = 6
	encodingDictionary  = 8
)

var errHeader = errors.New("the page header makes no sense")

// compactReader reads Thrift's compact protocol. After damage it reads zeros and bad is set.
type compactReader struct {
	b   []byte
	at  int
	bad bool
}

func (r *compactReader) byte() byte {
	if r.at >= len(r.b) {
		r.bad = true
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

func (r *compactReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b[min(r.at, len(r.b)):])
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.at += n
	return v
}

func (r *compactReader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *compactReader) skipBytes(n uint64) {
	if n > uint64(len(r.b)-r.at) {
		r.bad = true
		return
	}
	r.at += int(n)
}

// skip passes over a value of a type. Lists, sets, maps and nested structs are bounded by depth.
func (r *compactReader) skip(typ byte, depth int) {
	if depth > 8 || r.bad {
		r.bad = true
		return
	}
	switch typ {
	case 1, 2: // a boolean is in the type
	case 3:
		r.skipBytes(1)
	case 4, 5, 6:
		r.uvarint()
	case 7:
		r.skipBytes(8)
	case 8:
		r.skipBytes(r.uvarint())
	case 12:
		r.fields(func(_ int, t byte) bool { return false }, depth+1)
	default: // page headers have neither lists nor maps
		r.bad = true
	}
}

// fields visits the fields of a struct; those visit does not read are skipped.
func (r *compactReader) fields(visit func(id int, typ byte) bool, depth int) {
	id := 0
	for !r.bad {
		head := r.byte()
		if head == 0 {
			return
		}
		if d := int(head >> 4); d != 0 {
			id += d
		} else {
			id = int(r.varint())
		}
		if !visit(id, head&15) {
			r.skip(head&15, depth)
		}
	}
}

// parsePage reads the header of a page and returns the page's body, whose checksum is right.
func parsePage(b []byte) (h pageHeader, body []byte, err error) {
	r := compactReader{b: b}
	r.fields(func(id int, typ byte) bool {
		switch {
		case typ == 5 && id <= 4:
			v := int(r.varint())
			switch id {
			case 1:
				h.kind = v
			case 2:
				h.size = v
			case 3:
				h.zipped = v
			case 4:
				h.crc, h.hasCRC = uint32(v), true
			}
			return true
		case typ == 12 && id == 7:
			r.fields(func(id int, typ byte) bool { return h.dictionaryField(&r, id, typ) }, 1)
			return true
		case typ == 12 && id == 8:
			r.fields(func(id int, typ byte) bool { return h.dataField(&r, id, typ) }, 1)
			return true
		}
		return false
	}, 0)
	switch {
	case r.bad, h.size < 0, h.values < 0, h.nulls < 0, h.nulls > h.values, h.rows < 0, h.def < 0, h.rep < 0,
		h.zipped < h.def+h.rep, h.size < h.def+h.rep, h.zipped != len(b)-r.at:
		return h, nil, errHeader
	}
	body = b[r.at:]
	if crc32.ChecksumIEEE(body) != h.crc { // a checksum of zero is not written
		return h, nil, errors.New("the page does not match its checksum")
	}
	return h, body, nil
}

func (h *pageHeader) dictionaryField(r *compactReader, id int, typ byte) bool {
	if typ != 5 {
		return false
	}
	v := int(r.varint())
	switch id {
	case 1:
		h.values = v
	case 2:
		h.encoding = v
	}
	return true
}

func (h *pageHeader) dataField(r *compactReader, id int, typ byte) bool {
	if id == 7 && (typ == 1 || typ == 2) {
		h.plain = typ == 2
		return true
	}
	if typ != 5 {
		return false
	}
	v := int(r.varint())
	switch id {
	case 1:
		h.values = v
	case 2:
		h.nulls = v
	case 3:
		h.rows = v
	case 4:
		h.encoding = v
	case 5:
		h.def = v
	case 6:
		h.rep = v
	}
	return true
}
