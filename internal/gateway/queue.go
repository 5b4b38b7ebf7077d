package gateway

// Queue tells how many calls run or wait to be recorded, how many may, and how many were refused for want of a place.
func (g *Gateway) Queue() (length, capacity, refused int64) {
	return g.records.reserved.Load(), g.records.capacity, g.refused.busy.Load()
}
