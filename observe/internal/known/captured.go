package known

import (
	"hash/maphash"
	"sync/atomic"
)

// Captured remembers by its hash, as Texts does, what the policy for content left of a text, until its span ends: it can
// be large, and need not be redacted twice. A nil Captured has nothing. Any number of goroutines use it.
type Captured struct {
	seed  maphash.Seed
	slots [capturedSlots]atomic.Uint64
}

const capturedSlots = 1024 // a new text takes the place of another

// NewCaptured returns a Captured that has nothing yet.
func NewCaptured() *Captured { return &Captured{seed: maphash.MakeSeed()} }

// Add remembers a text.
func (c *Captured) Add(s string) {
	if c != nil && s != "" {
		hash := maphash.String(c.seed, s)
		c.slots[hash%capturedSlots].Store(hash)
	}
}

// Has reports whether a text was remembered, and is not forgotten.
func (c *Captured) Has(s string) bool {
	if c == nil {
		return false
	}
	hash := maphash.String(c.seed, s)
	return hash != 0 && c.slots[hash%capturedSlots].Load() == hash
}
