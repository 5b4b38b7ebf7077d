package exec

import (
	"math"
	"math/bits"
	"slices"
)

// sketch holds how many values fell into each of 64 buckets an octave, interpolated linearly, so that the middle of a
// bucket is at most 1/128 off. Few values are kept one by one.
type sketch struct {
	few   []int16
	many  []uint32 // counts of the buckets from base on
	base  int
	total int64
}

const (
	sketchFew  = 256
	sketchStep = 64
)

// bucketOf is the bucket of a value; negative values mirror positive ones.
func bucketOf(v int64) int16 {
	switch {
	case v > 0:
		return bucketOfPositive(v)
	case v == 0:
		return 0
	}
	return -bucketOfPositive(-max(v, -math.MaxInt64))
}

func bucketOfPositive(v int64) int16 {
	return int16(math.Float64bits(float64(v))>>46-1023<<6) + 1
}

// middle is the value a bucket stands for.
func middle(b int16) float64 {
	switch {
	case b == 0:
		return 0
	case b < 0:
		return -middle(-b)
	}
	bits := uint64(b-1) + 1023<<6
	low, high := math.Float64frombits(bits<<46), math.Float64frombits((bits+1)<<46)
	if high-low <= 1 { // an integer of its own
		return math.Ceil(low)
	}
	return (low + high) / 2
}

// slab is the memory of the short lists of many sketches: those of a thousand groups are a few allocations.
type slab struct {
	free  []int16
	spare [8][][]int16 // lists that were outgrown, by size
}

const (
	slabLeast = 8 // values of the shortest list
	slabSize  = 1 << 14
)

// grown returns a list of twice the size with the same values.
func (m *slab) grown(few []int16) []int16 {
	size := max(2*cap(few), slabLeast)
	class := bits.TrailingZeros(uint(size / slabLeast))
	var list []int16
	if n := len(m.spare[class]); n > 0 {
		list, m.spare[class] = m.spare[class][n-1], m.spare[class][:n-1]
	} else {
		if len(m.free) < size {
			m.free = make([]int16, slabSize)
		}
		list, m.free = m.free[:0:size], m.free[size:]
	}
	list = append(list, few...)
	m.put(few)
	return list
}

// put takes a list back that grown returned.
func (m *slab) put(few []int16) {
	if n := cap(few); n >= slabLeast {
		class := bits.TrailingZeros(uint(n / slabLeast))
		m.spare[class] = append(m.spare[class], few[:0])
	}
}

func (s *sketch) add(v int64, m *slab) {
	s.total++
	b := bucketOf(v)
	if s.many == nil {
		if len(s.few) == cap(s.few) {
			s.few = m.grown(s.few)
		}
		if s.few = append(s.few, b); len(s.few) >= sketchFew {
			few := s.few
			s.pack()
			m.put(few)
		}
		return
	}
	if i := int(b) - s.base; uint(i) < uint(len(s.many)) {
		s.many[i]++
		return
	}
	s.put(b, 1)
}

func (s *sketch) pack() {
	few := s.few
	s.few, s.many, s.base = nil, []uint32{}, int(few[0])
	s.cover(int(slices.Min(few)), int(slices.Max(few))+1)
	for _, b := range few {
		s.put(b, 1)
	}
}

func (s *sketch) put(b int16, n uint32) {
	s.cover(int(b), int(b)+1)
	s.many[int(b)-s.base] += n
}

// cover makes room for the buckets from low to before high.
func (s *sketch) cover(low, high int) {
	if low >= s.base && high <= s.base+len(s.many) {
		return
	}
	from := min(s.base, low) &^ (sketchStep - 1)
	to := max(s.base+len(s.many), high)
	to = (to + sketchStep - 1) &^ (sketchStep - 1)
	grown := make([]uint32, to-from)
	copy(grown[s.base-from:], s.many)
	s.many, s.base = grown, from
}

func (s *sketch) merge(o *sketch) {
	s.total += o.total
	switch {
	case o.many == nil && s.many == nil:
		if s.few = append(s.few, o.few...); len(s.few) >= sketchFew {
			s.pack()
		}
		return
	case s.many == nil:
		if len(s.few) > 0 {
			s.pack()
		} else {
			s.many, s.base = []uint32{}, o.base
		}
	}
	for _, b := range o.few {
		s.put(b, 1)
	}
	if len(o.many) == 0 {
		return
	}
	s.cover(o.base, o.base+len(o.many))
	into := s.many[o.base-s.base:]
	for i, n := range o.many {
		into[i] += n
	}
}

// sortFew sorts the buckets of a sketch. They are seldom far apart, so that counting is faster than comparing.
func sortFew(few []int16) {
	const window = 1024
	least := slices.Min(few)
	if len(few) < 16 || len(few) > math.MaxUint8 || int(slices.Max(few))-int(least) >= window {
		slices.Sort(few)
		return
	}
	var counts [window]uint8
	var some [window / 64]uint64 // bits of the counts that are not 0
	for _, b := range few {
		i := uint(int(b)-int(least)) % window
		counts[i]++
		some[i/64] |= 1 << (i % 64)
	}
	n := 0
	for w, set := range some {
		for ; set != 0; set &= set - 1 {
			i := w*64 + bits.TrailingZeros64(set)
			for range counts[i] {
				few[n] = least + int16(i)
				n++
			}
		}
	}
}

// quantile returns the value of the nearest rank; NaN of no values.
func (s *sketch) quantile(q float64) float64 {
	if s.total == 0 {
		return math.NaN()
	}
	rank := int64(math.Ceil(q*float64(s.total))) - 1
	rank = max(min(rank, s.total-1), 0)
	if s.many == nil {
		if !slices.IsSorted(s.few) {
			sortFew(s.few)
		}
		return middle(s.few[rank])
	}
	for i, n := range s.many {
		if rank -= int64(n); rank < 0 {
			return middle(int16(s.base + i))
		}
	}
	return math.NaN()
}
