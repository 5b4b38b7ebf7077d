package part

import (
	"encoding/binary"
	"math/bits"
)

// Encoders of the Parquet encodings that parts use. Decoders are in decode.go.

// appendRLE writes Parquet's hybrid of runs and bit-packed groups of eight.
func appendRLE(dst []byte, codes []uint32, width int) []byte {
	for i := 0; i < len(codes); {
		run := runLength(codes[i:])
		if run >= 8 || run == len(codes) {
			dst = binary.AppendUvarint(dst, uint64(run)<<1)
			for s := 0; s < width; s += 8 {
				dst = append(dst, byte(codes[i]>>s))
			}
			i += run
			continue
		}
		// Packed groups go on until a run is worth its header, which may only begin after a whole group.
		start := i
		for i < len(codes) {
			i = min(i+8, len(codes))
			if i < len(codes) && runLength(codes[i:]) >= 16 {
				break
			}
		}
		groups := (i - start + 7) / 8
		dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
		dst = appendPacked(dst, codes[start:i], width)
		dst = append(dst, make([]byte, groups*width-((i-start)*width+7)/8)...)
	}
	return dst
}

func runLength(codes []uint32) int {
	n := 1
	for n < len(codes) && codes[n] == codes[0] {
		n++
	}
	return n
}

func appendPacked(dst []byte, codes []uint32, width int) []byte {
	var acc uint64
	n := 0
	for _, c := range codes {
		acc |= uint64(c) << n
		for n += width; n >= 8; n -= 8 {
			dst = append(dst, byte(acc))
			acc >>= 8
		}
	}
	if n > 0 {
		dst = append(dst, byte(acc))
	}
	return dst
}

const (
	deltaBlock = 128
	deltaMini  = 32
)

// appendDelta writes DELTA_BINARY_PACKED.
func appendDelta(dst []byte, values []int64) []byte {
	dst = binary.AppendUvarint(dst, deltaBlock)
	dst = binary.AppendUvarint(dst, deltaBlock/deltaMini)
	dst = binary.AppendUvarint(dst, uint64(len(values)))
	if len(values) == 0 {
		return append(dst, 0)
	}
	dst = binary.AppendVarint(dst, values[0])
	last := values[0]
	var deltas [deltaBlock]int64
	for rest := values[1:]; len(rest) > 0; {
		n := min(len(rest), deltaBlock)
		for i, v := range rest[:n] {
			deltas[i], last = v-last, v // wraps around, as the format wants
		}
		dst = appendDeltaBlock(dst, deltas[:n])
		rest = rest[n:]
	}
	return dst
}

func appendDeltaBlock(dst []byte, deltas []int64) []byte {
	least := deltas[0]
	for _, d := range deltas {
		least = min(least, d)
	}
	dst = binary.AppendVarint(dst, least)
	widths := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for mini := 0; mini*deltaMini < len(deltas); mini++ {
		part := deltas[mini*deltaMini : min((mini+1)*deltaMini, len(deltas))]
		var all uint64
		for _, d := range part {
			all |= uint64(d) - uint64(least)
		}
		width := bits.Len64(all)
		dst[widths+mini] = byte(width)
		start := len(dst)
		dst = append(dst, make([]byte, width*deltaMini/8)...)
		for i, d := range part {
			putBits(dst[start:], i*width, width, uint64(d)-uint64(least))
		}
	}
	return dst
}

func putBits(dst []byte, at, width int, v uint64) {
	for width > 0 {
		shift := at & 7
		n := min(8-shift, width)
		dst[at>>3] |= byte(v&(1<<n-1)) << shift
		v >>= n
		at += n
		width -= n
	}
}

// bitWidth is the width of codes below n.
func bitWidth(n int) int { return bits.Len(uint(max(n-1, 0))) }
