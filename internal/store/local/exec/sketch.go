package exec

import (
	"math"
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
	case v == 0:
		return 0
	case v == math.MinInt64:
		v++
		fallthrough
	case v < 0:
		return -bucketOf(-v)
	}
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

func (s *sketch) add(v int64) {
	s.total++
	b := bucketOf(v)
	if s.many == nil {
		if s.few = append(s.few, b); len(s.few) >= sketchFew {
			s.pack()
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
	for _, b := range few {
		s.put(b, 1)
	}
}

func (s *sketch) put(b int16, n uint32) {
	i := int(b) - s.base
	if i < 0 || i >= len(s.many) {
		from := min(s.base, int(b)) &^ (sketchStep - 1)
		to := max(s.base+len(s.many), int(b)+1)
		to = (to + sketchStep - 1) &^ (sketchStep - 1)
		grown := make([]uint32, to-from)
		copy(grown[s.base-from:], s.many)
		s.many, s.base = grown, from
		i = int(b) - from
	}
	s.many[i] += n
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
	for i, n := range o.many {
		if n > 0 {
			s.put(int16(o.base+i), n)
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
			slices.Sort(s.few)
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
