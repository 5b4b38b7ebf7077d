package gateway

import "sync/atomic"

// budget is memory, in bytes, that many calls share.
type budget struct {
	limit int64
	used  atomic.Int64
}

// take reports whether there was as much.
func (b *budget) take(n int64) bool {
	if b.used.Add(n) > b.limit {
		b.used.Add(-n)
		return false
	}
	return true
}

func (b *budget) give(n int64) { b.used.Add(-n) }
