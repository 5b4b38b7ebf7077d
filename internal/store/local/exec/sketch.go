package exec

import (
	"math"
	"math/bits"
	"slices"
)

// ranks holds what groups know of the order of their values. Each value is rounded to one of 64 buckets an octave,
// interpolated linearly, so that the middle of a bucket is at most 1/128 off. A group with few values has a list of their
// buckets, one with many counts them.
//
// New values of small groups are written one after the other, and sorted by group when there are many: to bring each to its
// group at once would miss the processor's cache every time.
type ranks struct {
	counts []int32 // of every group: place in many + 1, or 0
	many   []histogram
	begin  []uint32 // few[begin[i]:begin[i+1]] are buckets of group i; it may end before the last group
	few    []int16

	fresh   []int16 // buckets that are not yet in few
	freshAt []int32 // their groups

	oldBegin []uint32 // memory
	oldFew   []int16
}

// histogram counts the values in buckets from base on.
type histogram struct {
	counts []uint32
	base   int
	total  int64
}

const (
	sketchFew  = 256
	sketchStep = 64

	freshLeast = 1 << 14 // values that are sorted by group at once, at least
	freshGroup = 16      // and for each group,
	freshMost  = 1 << 20 // but this is enough unless the lists are longer
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

func (r *ranks) add(at int32, v int64) {
	b := bucketOf(v)
	if p := r.counts[at]; p != 0 {
		r.many[p-1].put(b)
		return
	}
	r.fresh = append(r.fresh, b)
	r.freshAt = append(r.freshAt, at)
}

// addRows adds the numbers of rows that are known, of which row i is number rows[i]-start; nil says all are.
func (r *ranks) addRows(at, rows []int32, numbers []int64, known []uint8, start int) {
	n := len(r.fresh)
	if n+len(rows) > cap(r.fresh) {
		r.fresh, r.freshAt = slices.Grow(r.fresh, max(n, len(rows))), slices.Grow(r.freshAt, max(n, len(rows)))
	}
	fresh, freshAt := r.fresh[:n+len(rows)], slices.Grow(r.freshAt, len(rows))[:n+len(rows)]
	counts := r.counts
	at = at[:len(rows)]
	for k, row := range rows {
		i := int(row) - start
		if known != nil && known[i] == 0 {
			continue
		}
		b := bucketOf(numbers[i])
		if p := counts[at[k]]; p != 0 {
			r.many[p-1].put(b)
			continue
		}
		fresh[n], freshAt[n] = b, at[k]
		n++
	}
	r.fresh, r.freshAt = fresh[:n], freshAt[:n]
}

// rest settles if there are many fresh values.
func (r *ranks) rest() {
	if n := len(r.fresh); n >= freshLeast && n >= max(min(freshGroup*len(r.counts), freshMost), len(r.few)/2) {
		r.settle()
	}
}

// settle brings fresh values to their groups.
func (r *ranks) settle() {
	if len(r.fresh) == 0 && len(r.begin) > len(r.counts) {
		return
	}
	begin, few := r.begin, r.few
	ends := r.sizes()
	next, total := uint32(0), uint32(0)
	for i, n := range ends[1:] {
		if n >= sketchFew || n > 0 && r.counts[i] != 0 {
			r.histogram(int32(i))
			n = 0
		}
		total += n
		ends[i+1], next = next, total
	}
	into := sized(r.oldFew, int(total))
	for i := range max(len(begin)-1, 0) {
		list := few[begin[i]:begin[i+1]]
		if p := r.counts[i]; p != 0 {
			r.many[p-1].putAll(list)
			continue
		}
		ends[i+1] += uint32(copy(into[ends[i+1]:], list))
	}
	for k, at := range r.freshAt {
		if p := r.counts[at]; p != 0 {
			r.many[p-1].put(r.fresh[k])
			continue
		}
		into[ends[at+1]] = r.fresh[k]
		ends[at+1]++
	}
	r.begin, r.few, r.oldBegin, r.oldFew = ends, into, begin, few
	r.fresh, r.freshAt = r.fresh[:0], r.freshAt[:0]
}

// sizes returns how many values each group has in lists, behind a zero.
func (r *ranks) sizes() []uint32 {
	sizes := sized(r.oldBegin, len(r.counts)+1)
	clear(sizes)
	for i := range max(len(r.begin)-1, 0) {
		sizes[i+1] = r.begin[i+1] - r.begin[i]
	}
	for _, at := range r.freshAt {
		sizes[at+1]++
	}
	return sizes
}

func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// histogram returns that of a group, a new one if need be.
func (r *ranks) histogram(at int32) *histogram {
	if r.counts[at] == 0 {
		r.many = append(r.many, histogram{})
		r.counts[at] = int32(len(r.many))
	}
	return &r.many[r.counts[at]-1]
}

// join adds the values of the groups of o, which are the groups to here. Nothing of o may be fresh.
func (r *ranks) join(to []int32, o *ranks) {
	r.settle()
	from := make([]int32, len(r.counts)) // group of o + 1
	size := len(r.few) + len(o.few)
	for i, into := range to {
		switch p := o.counts[i]; {
		case p != 0:
			r.histogram(into).merge(&o.many[p-1])
		case from[into] == 0:
			from[into] = int32(i) + 1
		default: // several become one
			r.histogram(into).putAll(o.list(i))
		}
	}
	begin, few := make([]uint32, len(r.counts)+1), make([]int16, 0, size)
	for i := range r.counts {
		mine, theirs := r.list(i), []int16(nil)
		if from[i] != 0 {
			theirs = o.list(int(from[i]) - 1)
		}
		if n := len(mine) + len(theirs); n >= sketchFew || n > 0 && r.counts[i] != 0 {
			h := r.histogram(int32(i))
			h.putAll(mine)
			h.putAll(theirs)
		} else {
			few = append(append(few, mine...), theirs...)
		}
		begin[i+1] = uint32(len(few))
	}
	r.begin, r.few = begin, few
}

// list is what a group has in few.
func (r *ranks) list(at int) []int16 { return r.few[r.begin[at]:r.begin[at+1]] }

// values is how many values a group has. Nothing may be fresh.
func (r *ranks) values(at int) int64 {
	if p := r.counts[at]; p != 0 {
		return r.many[p-1].total
	}
	return int64(len(r.list(at)))
}

func (h *histogram) put(b int16) {
	if i := int(b) - h.base; uint(i) >= uint(len(h.counts)) {
		h.cover(int(b), int(b)+1)
	}
	h.counts[int(b)-h.base]++
	h.total++
}

func (h *histogram) putAll(list []int16) {
	for _, b := range list {
		h.put(b)
	}
}

// cover makes room for the buckets from low to before high.
func (h *histogram) cover(low, high int) {
	if len(h.counts) == 0 {
		h.base = low &^ (sketchStep - 1)
	}
	from := min(h.base, low) &^ (sketchStep - 1)
	to := max(h.base+len(h.counts), high)
	to = (to + sketchStep - 1) &^ (sketchStep - 1)
	grown := make([]uint32, to-from)
	copy(grown[h.base-from:], h.counts)
	h.counts, h.base = grown, from
}

func (h *histogram) merge(o *histogram) {
	if len(o.counts) == 0 {
		return
	}
	if low, high := o.base, o.base+len(o.counts); len(h.counts) == 0 || low < h.base || high > h.base+len(h.counts) {
		h.cover(low, high)
	}
	into := h.counts[o.base-h.base:]
	for i, n := range o.counts {
		into[i] += n
	}
	h.total += o.total
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

// quantile returns the value of the nearest rank in a group that has values. Nothing may be fresh. It may run for several
// groups at once.
func (r *ranks) quantile(at int, q float64) float64 {
	if p := r.counts[at]; p != 0 {
		return r.many[p-1].quantile(q)
	}
	few := r.list(at)
	if !slices.IsSorted(few) {
		sortFew(few)
	}
	return middle(few[rankOf(q, int64(len(few)))])
}

func (h *histogram) quantile(q float64) float64 {
	rank := rankOf(q, h.total)
	for i, n := range h.counts {
		if rank -= int64(n); rank < 0 {
			return middle(int16(h.base + i))
		}
	}
	return math.NaN()
}

// rankOf is the nearest rank among n values, from 0.
func rankOf(q float64, n int64) int64 {
	return max(min(int64(math.Ceil(q*float64(n)))-1, n-1), 0)
}
