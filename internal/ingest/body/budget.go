package body

import "sync/atomic"

// DefaultBudget is the memory that all bodies together may take while they are read, in bytes.
const DefaultBudget = 128 << 20

// Budget bounds what bodies hold while they are read, all of them together: the limits of one body bound no crowd of
// bombs, of which each is a few kilobytes on the wire. A nil Budget has no bound.
type Budget struct {
	most int64
	used atomic.Int64
}

// NewBudget makes a budget of so many bytes; 0 is DefaultBudget.
func NewBudget(most int64) *Budget {
	if most <= 0 {
		most = DefaultBudget
	}
	return &Budget{most: most}
}

// hold is what one body has of a budget.
type hold struct {
	of *Budget
	n  int64
}

// take asks for n bytes more. A body that is alone always gets them, so that its own limit is the one that counts.
func (h *hold) take(n int64) bool {
	if h.of == nil {
		return true
	}
	if now := h.of.used.Add(n); now > h.of.most && now > h.n+n {
		h.of.used.Add(-n)
		return false
	}
	h.n += n
	return true
}

// release gives all back.
func (h *hold) release() {
	if h.of != nil {
		h.of.used.Add(-h.n)
		h.n = 0
	}
}
