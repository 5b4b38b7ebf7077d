package sqltext

import (
	"strings"
	"sync"
)

// Bounds of a Cache: at most 4 MB of queries and what is shown of them.
const (
	maxCached   = 1000
	maxCachable = 2048 // bytes of a query
)

// Cache remembers queries that have no values in them: those are written in the program, so there are few. A query with
// values is read each time, since there may be no end of them and they may be private.
type Cache struct {
	mu    sync.RWMutex
	known map[string]Query
}

// Parse does what the function Parse does. One Cache is used with one dialect.
func (c *Cache) Parse(d Dialect, query string) Query {
	c.mu.RLock()
	q, ok := c.known[query]
	c.mu.RUnlock()
	if ok {
		return q
	}
	q = Parse(d, query)
	if !q.constant || len(query) > maxCachable {
		return q
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxCached {
		c.known = make(map[string]Query, 16)
	}
	c.known[strings.Clone(query)] = q
	return q
}
