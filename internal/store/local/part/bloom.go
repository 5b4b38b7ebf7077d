package part

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"

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
	lower  []byte
}

// addWords adds every word of a text, lower-cased where it is ASCII; telemetry.IsWordByte says what a word is. What follows
// an escape of JSON is added with and without the escape's letter, since the text may not be JSON.
func (s *wordSet) addWords(text []byte) {
	s.lower = append(s.lower[:0], text...)
	start := -1
	for i, c := range s.lower {
		k := wordBytes[c]
		if k == 0 {
			if start >= 0 {
				s.addWord(start, i)
				start = -1
			}
			continue
		}
		s.lower[i] = k
		if start < 0 {
			start = i
		}
	}
	if start >= 0 {
		s.addWord(start, len(s.lower))
	}
}

func (s *wordSet) addWord(start, end int) {
	s.add(xxh3.Hash(s.lower[start:end]))
	if start > 0 && end > start+1 && telemetry.IsEscape(s.lower[start-1], s.lower[start]) {
		s.add(xxh3.Hash(s.lower[start+1 : end]))
	}
}

// Words calls visit with the hash of every word that a text must have to contain want: those that stand alone in want,
// and with whole also its first and last.
func Words(want string, whole bool, visit func(hash uint64)) {
	var word []byte
	for i := 0; i <= len(want); i++ {
		if i < len(want) && wordBytes[want[i]] != 0 {
			word = append(word, wordBytes[want[i]])
			continue
		}
		if alone := i < len(want) && i-len(word) > 0; len(word) > 0 && (whole || alone) {
			visit(xxh3.Hash(word))
		}
		word = word[:0]
	}
}

// wordBytes maps the bytes of words to lower case, and all others to zero.
var wordBytes = func() (t [256]byte) {
	for i := range t {
		switch c := byte(i); {
		case 'A' <= c && c <= 'Z':
			t[i] = c + 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c >= 0x80:
			t[i] = c
		}
	}
	return t
}()

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
