package part

import (
	"encoding/binary"
	"math/bits"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Filters are Parquet's split blocks: 32 bytes, of which a value sets one bit in each of eight words. A look-up reads a
// single block, so filters stay on disk.

const (
	blockBytes    = 32
	bitsPerValue  = 10 // about one false hit in a hundred
	maxBloomBytes = 1 << 24
)

var bloomSalts = [8]uint32{
	0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
}

// bloomOf makes a filter of hashes; none of no hashes.
func bloomOf(dst []byte, hashes []uint64) []byte {
	blocks := (len(hashes)*bitsPerValue/8 + blockBytes - 1) / blockBytes
	if len(hashes) > 0 {
		blocks = max(blocks, 1)
	}
	from := len(dst)
	dst = append(dst, make([]byte, blocks*blockBytes)...)
	for _, h := range hashes {
		block := dst[from+blockOf(h, blocks)*blockBytes:]
		for i, salt := range bloomSalts {
			word := block[4*i:]
			binary.LittleEndian.PutUint32(word, binary.LittleEndian.Uint32(word)|1<<(uint32(h)*salt>>27))
		}
	}
	return dst
}

func blockOf(h uint64, blocks int) int { return int(h >> 32 * uint64(blocks) >> 32) }

func blockHas(block []byte, h uint64) bool {
	for i, salt := range bloomSalts {
		if binary.LittleEndian.Uint32(block[4*i:])&(1<<(uint32(h)*salt>>27)) == 0 {
			return false
		}
	}
	return true
}

// wordSet collects hashes of the words of texts.
type wordSet struct {
	slots  []uint64
	hashes []uint64
}

// addWords adds every word of a text, lower-cased where it is ASCII; telemetry.IsWordByte says what a word is. What follows
// an escape of JSON is added with and without the escape's letter, since the text may not be JSON.
func (s *wordSet) addWords(text []byte) {
	start, inside := 0, uint64(0) // whether the last byte was of a word, and where that began
	for at := 0; at < len(text); at += 64 {
		mask := wordMask(text[at:])
		for edges := mask ^ (mask<<1 | inside); edges != 0; edges &= edges - 1 {
			i := at + bits.TrailingZeros64(edges)
			if inside ^= 1; inside != 0 {
				start = i
			} else {
				s.addWord(text, start, i)
			}
		}
	}
	if inside != 0 {
		s.addWord(text, start, len(text))
	}
}

func (s *wordSet) addWord(text []byte, start, end int) {
	s.add(hashWord(text, start, end))
	if start > 0 && text[start-1] == '\\' && end > start+1 && telemetry.IsEscape('\\', lowered(text[start])) {
		s.add(hashWord(text, start+1, end))
	}
}

func lowered(c byte) byte { return c | ^c&0x80>>2 }

// wordMask tells which of the first 64 bytes of a text are of words, the first one in the lowest bit.
func wordMask(text []byte) (mask uint64) {
	text = text[:min(len(text), 64)]
	i := 0
	for ; i+8 <= len(text); i += 8 {
		mask |= wordMask8(binary.LittleEndian.Uint64(text[i:])) << i
	}
	for ; i < len(text); i++ {
		if telemetry.IsWordByte(text[i]) {
			mask |= 1 << i
		}
	}
	return mask
}

const (
	everyByte = 0x0101010101010101
	everyHigh = 0x80 * everyByte
)

// wordMask8 is wordMask of eight bytes. Below 0x80 no sum of two bytes carries into the next, so its high bit compares.
func wordMask8(v uint64) uint64 {
	low := v &^ everyHigh
	letter := low | 0x20*everyByte
	letters := (letter + (0x80-'a')*everyByte) &^ (letter + (0x7f-'z')*everyByte)
	digits := (low + (0x80-'0')*everyByte) &^ (low + (0x7f-'9')*everyByte)
	return (v | letters | digits) & everyHigh >> 7 * 0x0102040810204080 >> 56
}

// hashWord hashes text[start:end], a word, lower-cased. Hashes are in the index, see indexMagic.
func hashWord(text []byte, start, end int) uint64 {
	h := uint64(end-start) * 0x9e3779b97f4a7c15
	for ; end-start > 8; start += 8 {
		h = mixWord(h, binary.LittleEndian.Uint64(text[start:]))
	}
	var v uint64
	if start+8 <= len(text) {
		v = binary.LittleEndian.Uint64(text[start:]) & (1<<(8*(end-start)) - 1)
	} else {
		for i := end - 1; i >= start; i-- {
			v = v<<8 | uint64(text[i])
		}
	}
	return mixWord(h, v)
}

// mixWord takes eight bytes of a word, fewer at its end, into a hash. Bytes of words below 0x80 are letters and digits; one
// bit makes the former lower case and is set in the latter.
func mixWord(h, v uint64) uint64 {
	v |= ^v & everyHigh >> 2
	hi, lo := bits.Mul64(v^0xa0761d6478bd642f, h^0xe7037ed1a0b428db)
	return hi ^ lo
}

// Words calls visit with the hash of every word that a text must have to contain want: those that stand alone in want,
// and with whole also its first and last.
func Words(want string, whole bool, visit func(hash uint64)) {
	text := []byte(want)
	start := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && telemetry.IsWordByte(text[i]) {
			continue
		}
		if alone := i < len(text) && start > 0; i > start && (whole || alone) {
			visit(hashWord(text, start, i))
		}
		start = i + 1
	}
}

func (s *wordSet) add(h uint64) {
	if h == 0 {
		h = 1
	}
	if 2*len(s.hashes) >= len(s.slots) {
		s.grow()
	}
	mask := uint64(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case h:
			return
		case 0:
			s.slots[i] = h
			s.hashes = append(s.hashes, h)
			return
		}
	}
}

func (s *wordSet) grow() {
	old := s.hashes
	s.slots = make([]uint64, max(8192, 2*len(s.slots)))
	s.hashes = make([]uint64, 0, len(s.slots)/2)
	for _, h := range old {
		s.add(h)
	}
}

// take appends the filter of the words and empties the set.
func (s *wordSet) take(dst []byte) []byte {
	dst = bloomOf(dst, s.hashes)
	if 16*len(s.hashes) > len(s.slots) {
		clear(s.slots)
	} else {
		mask := uint64(len(s.slots) - 1)
		for _, h := range s.hashes {
			for i := h & mask; s.slots[i] != 0; i = (i + 1) & mask {
				s.slots[i] = 0
			}
		}
	}
	s.hashes = s.hashes[:0]
	return dst
}
