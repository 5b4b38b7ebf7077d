package metrics

import (
	"google.golang.org/protobuf/encoding/protowire"
)

// What an entry of a message takes once it is decoded, in bytes, with what a slice that grows leaves behind. Two bytes of a
// request suffice for an empty entry, so the size of a request says little about what it takes.
const (
	weightSeries    = 384
	weightSymbol    = 48
	weightEntry     = 160 // a label, a sample, an exemplar
	weightHistogram = 768
	weightPart      = 96 // of an exemplar or of a histogram
	weightPacked    = 8  // a byte of packed numbers
)

// weigh says how much memory a message of remote write or read may take while it is worked on, its bytes times four included,
// and how many entries it has. Where it is no protobuf that is told by who decodes it.
func weigh(in []byte) (bytes int64, entries int) {
	bytes = 4 * int64(len(in))
	each(in, func(num protowire.Number, v []byte) {
		entries++
		if num == 4 { // symbols of version 2; version 1 has no such field
			bytes += weightSymbol
			return
		}
		bytes += weightSeries
		each(v, func(num protowire.Number, v []byte) {
			bytes += weightEntry
			if num != 3 && num != 4 {
				return
			}
			bytes += weightHistogram - weightEntry + weightPacked*int64(len(v)) // or an exemplar
			each(v, func(protowire.Number, []byte) { bytes += weightPart })
		})
	})
	return bytes, entries
}

// each visits the fields of a message that are messages, strings or packed, up to where it is none.
func each(in []byte, visit func(num protowire.Number, value []byte)) {
	for len(in) > 0 {
		if len(in) > 1 && in[0]&0x87 == 2 && in[0] > 7 && in[1] < 0x80 && len(in)-2 >= int(in[1]) { // nearly all: a low number, a short value
			end := 2 + int(in[1])
			visit(protowire.Number(in[0]>>3), in[2:end])
			in = in[end:]
			continue
		}
		num, typ, n := protowire.ConsumeTag(in)
		if n < 0 {
			return
		}
		in = in[n:]
		if typ == protowire.BytesType {
			v, n := protowire.ConsumeBytes(in)
			if n < 0 {
				return
			}
			visit(num, v)
			in = in[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(num, typ, in); n < 0 {
			return
		}
		in = in[n:]
	}
}
