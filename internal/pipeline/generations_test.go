package pipeline

import (
	"math/rand/v2"
	"testing"
)

// Puts, deletes and look-ups tell the same as two maps would.
func TestGenerationsAreTwoMaps(t *testing.T) {
	for _, size := range []int{1, 2, 7, 64, 1000} {
		r := rand.New(rand.NewPCG(7, uint64(size)))
		g := newGenerations[uint32](size)
		now, old := map[uint64]uint32{}, map[uint64]uint32{}
		for i := range uint32(50_000) {
			k := r.Uint64N(uint64(3*size)) * 0x9e3779b97f4a7c15
			if r.IntN(8) == 0 {
				k = 1 << 63 // many with one home
				k += r.Uint64N(8)
			}
			switch r.IntN(5) {
			case 0, 1:
				if _, known := now[k]; !known && len(now) >= size {
					now, old = map[uint64]uint32{}, now
				}
				now[k] = i
				g.put(k, i)
			case 2:
				delete(now, k)
				delete(old, k)
				g.delete(k)
			}
			want, known := now[k]
			if !known {
				want, known = old[k]
			}
			if got, ok := g.get(k); ok != known || got != want {
				t.Fatalf("size %d, step %d: %d, %v; want %d, %v", size, i, got, ok, want, known)
			}
			if len(g.now) != len(now) || len(g.old) != len(old) {
				t.Fatalf("size %d, step %d: %d and %d entries, want %d and %d", size, i, len(g.now), len(g.old), len(now), len(old))
			}
		}
	}
}
