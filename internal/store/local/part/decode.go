package part

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Decoders of the Parquet encodings that parts use. Their input may be damaged: they check every length, and never return
// more than they are asked for.

var errShort = errors.New("the page ends too early")

// decodeRLE reads n codes of Parquet's hybrid of runs and packed groups into dst[:0]. Every code must be below limit.
func decodeRLE(dst []int32, src []byte, n, width int, limit int32) ([]int32, error) {
	if width < 0 || width > 31 {
		return dst[:0], fmt.Errorf("codes of %d bits", width)
	}
	if cap(dst) < n {
		dst = make([]int32, 0, n)
	}
	dst = dst[:0]
	for len(dst) < n {
		head, k := binary.Uvarint(src)
		if k <= 0 {
			return dst, errShort
		}
		src = src[k:]
		if head&1 == 1 {
			count := min(head>>1*8, uint64(n-len(dst)))
			size := int(count*uint64(width)+7) / 8
			if head>>1 > uint64(n) || size > len(src) {
				return dst, errShort
			}
			dst = unpack(dst, src, int(count), width)
			src = src[min(int(head>>1)*width, len(src)):]
			continue
		}
		size := (width + 7) / 8
		if size > len(src) {
			return dst, errShort
		}
		var v int32
		for i := range size {
			v |= int32(src[i]) << (8 * i)
		}
		src = src[size:]
		run := min(head>>1, uint64(n-len(dst)))
		if run == 0 {
			return dst, errShort
		}
		from := len(dst)
		dst = dst[:from+int(run)]
		fill(dst[from:], v)
	}
	greatest := uint32(0)
	for _, c := range dst {
		greatest = max(greatest, uint32(c))
	}
	if n > 0 && greatest >= uint32(max(limit, 0)) {
		return dst, fmt.Errorf("code %d of a dictionary of %d", greatest, limit)
	}
	return dst, nil
}

// decodeLevels reads n levels of 0 or 1.
func decodeLevels(dst []uint8, src []byte, n int) ([]uint8, error) {
	dst = sized(dst, n)
	for i := 0; i < n; {
		head, k := binary.Uvarint(src)
		if k <= 0 || head < 2 {
			return dst, errShort
		}
		src = src[k:]
		if head&1 == 0 {
			if len(src) == 0 || src[0] > 1 {
				return dst, errShort
			}
			run := min(head>>1, uint64(n-i))
			for end := i + int(run); i < end; i++ {
				dst[i] = src[0]
			}
			src = src[1:]
			continue
		}
		size := (min(head>>1, uint64(n))*8 + 7) / 8
		if need := uint64(n-i+7) / 8; size > need {
			size = need
		}
		if uint64(len(src)) < size {
			return dst, errShort
		}
		for _, b := range src[:size] {
			if i+8 <= n {
				d := dst[i : i+8 : i+8]
				d[0], d[1], d[2], d[3] = b&1, b>>1&1, b>>2&1, b>>3&1
				d[4], d[5], d[6], d[7] = b>>4&1, b>>5&1, b>>6&1, b>>7
				i += 8
				continue
			}
			for ; i < n; i++ {
				dst[i] = b & 1
				b >>= 1
			}
		}
		src = src[size:]
	}
	return dst, nil
}

func fill(dst []int32, v int32) {
	for i := range dst {
		dst[i] = v
	}
}

// unpack appends n codes; src holds at least their bits.
func unpack(dst []int32, src []byte, n, width int) []int32 {
	from := len(dst)
	dst = dst[:from+n]
	out := dst[from:]
	mask := uint64(1)<<width - 1
	i := 0
	if width <= 16 {
		i = unpackEights(out, src, width)
	}
	bit := i * width
	for ; i < n && bit>>3+8 <= len(src); i++ {
		out[i] = int32(binary.LittleEndian.Uint64(src[bit>>3:]) >> (bit & 7) & mask)
		bit += width
	}
	for ; i < n; i++ {
		out[i] = int32(getBits(src, bit, width))
		bit += width
	}
	return dst
}

// unpackEights unpacks codes of at most 16 bits, eight at a time, as far as whole words can be read, and returns how many.
// Eight codes take as many bytes as a code takes bits; two words hold them.
func unpackEights(out []int32, src []byte, width int) int {
	mask, half := uint64(1)<<width-1, width/2
	w, rest := uint(width), uint(width*4%8)
	i := 0
	for ; i+8 <= len(out) && len(src) >= half+8; i += 8 {
		a, b := binary.LittleEndian.Uint64(src), binary.LittleEndian.Uint64(src[half:])>>rest
		o := out[i : i+8 : i+8]
		o[0], o[4] = int32(a&mask), int32(b&mask)
		o[1], o[5] = int32(a>>w&mask), int32(b>>w&mask)
		o[2], o[6] = int32(a>>(2*w)&mask), int32(b>>(2*w)&mask)
		o[3], o[7] = int32(a>>(3*w)&mask), int32(b>>(3*w)&mask)
		src = src[width:]
	}
	return i
}

func getBits(src []byte, at, width int) uint64 {
	var v uint64
	for got := 0; got < width; {
		shift := at & 7
		n := min(8-shift, width-got)
		v |= uint64(src[at>>3]>>shift&(1<<n-1)) << got
		got += n
		at += n
	}
	return v
}

// decodeDelta reads n values of DELTA_BINARY_PACKED into dst[:0] and returns what follows them.
func decodeDelta(dst []int64, src []byte, n int) (values []int64, rest []byte, err error) {
	var head [3]uint64
	for i := range head {
		v, k := binary.Uvarint(src)
		if k <= 0 {
			return dst[:0], nil, errShort
		}
		head[i], src = v, src[k:]
	}
	last, k := binary.Varint(src)
	if k <= 0 || head[0] != deltaBlock || head[1] != deltaBlock/deltaMini || head[2] != uint64(n) {
		return dst[:0], nil, fmt.Errorf("delta encoding of %d values in blocks of %d and %d", head[2], head[0], head[1])
	}
	src = src[k:]
	if cap(dst) < n {
		dst = make([]int64, 0, n)
	}
	dst = dst[:n]
	if n == 0 {
		return dst, src, nil
	}
	dst[0] = last
	for i := 1; i < n; {
		least, k := binary.Varint(src)
		if k <= 0 || len(src) < k+deltaBlock/deltaMini {
			return dst[:0], nil, errShort
		}
		widths := src[k : k+deltaBlock/deltaMini]
		src = src[k+deltaBlock/deltaMini:]
		for _, width := range widths {
			if i >= n {
				break
			}
			size := int(width) * deltaMini / 8
			if width > 64 || size > len(src) {
				return dst[:0], nil, errShort
			}
			count := min(deltaMini, n-i)
			last = unpackDeltas(dst[i:i+count], src, int(width), least, last)
			i += count
			src = src[size:]
		}
	}
	return dst, src, nil
}

func unpackDeltas(dst []int64, src []byte, width int, least, last int64) int64 {
	mask := uint64(1)<<width - 1
	if width > 56 {
		for i := range dst {
			last += least + int64(getBits(src, i*width, width))
			dst[i] = last
		}
		return last
	}
	for i, bit := 0, 0; i < len(dst); i, bit = i+1, bit+width {
		var v uint64
		if at := bit >> 3; at+8 <= len(src) {
			v = binary.LittleEndian.Uint64(src[at:]) >> (bit & 7) & mask
		} else {
			v = getBits(src, bit, width)
		}
		last += least + int64(v)
		dst[i] = last
	}
	return last
}

// decodeTexts reads n strings of DELTA_LENGTH_BYTE_ARRAY. Their bytes stay where they are in src.
func decodeTexts(off []uint32, lengths []int64, src []byte, n int) (Texts, []int64, error) {
	lengths, rest, err := decodeDelta(lengths, src, n)
	if err != nil {
		return Texts{}, lengths, err
	}
	if cap(off) < n+1 {
		off = make([]uint32, 0, n+1)
	}
	off = off[:n+1]
	off[0] = 0
	end := int64(0)
	for i, l := range lengths {
		if end += l; l < 0 || end > int64(len(rest)) {
			return Texts{}, lengths, errShort
		}
		off[i+1] = uint32(end)
	}
	return Texts{Data: rest[:end], Off: off}, lengths, nil
}

// decodePlainTexts reads n strings, each behind its length, into t.
func decodePlainTexts(t *Texts, src []byte, n int) error {
	t.reset()
	t.extend(0)
	for range n {
		if len(src) < 4 {
			return errShort
		}
		size := binary.LittleEndian.Uint32(src)
		if uint64(size) > uint64(len(src)-4) {
			return errShort
		}
		t.add(src[4 : 4+size])
		src = src[4+size:]
	}
	return nil
}

func decodePlainNumbers(dst []int64, src []byte, n int) ([]int64, error) {
	if len(src) < 8*n {
		return dst[:0], errShort
	}
	if cap(dst) < n {
		dst = make([]int64, 0, n)
	}
	dst = dst[:n]
	for i := range dst {
		dst[i] = int64(binary.LittleEndian.Uint64(src[8*i:]))
	}
	return dst, nil
}
