package main

import (
	"container/list"
	"strings"
	"sync"
	"time"
)

// cache keeps the answers that were given last, by question.
type cache struct {
	size int
	age  time.Duration

	mu      sync.Mutex
	entries map[string]*list.Element // of order
	order   *list.List               // of *cached, the one used last in front
}

type cached struct {
	question string
	answer   reply
	until    time.Time
}

func newCache(size int, age time.Duration) *cache {
	return &cache{size: size, age: age, entries: map[string]*list.Element{}, order: list.New()}
}

// normal makes questions equal that differ in case, space and the mark at their end.
func normal(question string) string {
	return strings.TrimRight(strings.ToLower(strings.Join(strings.Fields(question), " ")), " ?!.")
}

func (c *cache) get(question string) (reply, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[normal(question)]
	if !ok {
		return reply{}, false
	}
	known := e.Value.(*cached)
	if time.Now().After(known.until) {
		c.remove(e)
		return reply{}, false
	}
	c.order.MoveToFront(e)
	return known.answer, true
}

func (c *cache) put(question string, a reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := normal(question)
	if e, ok := c.entries[key]; ok {
		c.remove(e)
	}
	c.entries[key] = c.order.PushFront(&cached{key, a, time.Now().Add(c.age)})
	for c.order.Len() > c.size {
		c.remove(c.order.Back())
	}
}

func (c *cache) remove(e *list.Element) {
	delete(c.entries, c.order.Remove(e).(*cached).question)
}
