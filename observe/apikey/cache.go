package apikey

import (
	"sync"
	"sync/atomic"
	"time"
)

// shardCount spreads a cache over locks, so that checks on many cores do not wait for each other.
const shardCount = 16

// cache remembers keys by their hash, each until its time, in bounded memory.
type cache struct {
	limit  int // entries at most; full shards drop any one of theirs
	shards [shardCount]shard
}

type shard struct {
	mu      sync.RWMutex
	entries map[Hash]*entry
	changes atomic.Uint64 // rises with every forget, so that what was read before it is not put in after it
}

// entry is one remembered answer. All but lastUse is fixed.
type entry struct {
	key     Key
	until   time.Time
	lastUse atomic.Int64 // in seconds since 1970
	waiting atomic.Bool  // for its use to be written
}

func (c *cache) shard(h Hash) *shard { return &c.shards[h[0]%shardCount] }

// get returns what is remembered of a hash, nil if nothing is, or not any more.
func (c *cache) get(h Hash, now time.Time) *entry {
	s := c.shard(h)
	s.mu.RLock()
	e := s.entries[h]
	s.mu.RUnlock()
	if e == nil || !now.Before(e.until) {
		return nil
	}
	return e
}

// begin is called before a store is asked; its result goes to put with the answer.
func (c *cache) begin(h Hash) uint64 { return c.shard(h).changes.Load() }

// put remembers an answer, unless the key has been forgotten since begin: then the answer may be older than the change.
func (c *cache) put(h Hash, e *entry, begun uint64) {
	s := c.shard(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changes.Load() != begun {
		return
	}
	if s.entries == nil {
		s.entries = map[Hash]*entry{}
	}
	if room := max(1, c.limit/shardCount); len(s.entries) >= room {
		for other := range s.entries {
			if delete(s.entries, other); len(s.entries) < room {
				break
			}
		}
	}
	s.entries[h] = e
}

func (c *cache) forget(h Hash) {
	s := c.shard(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes.Add(1)
	delete(s.entries, h)
}

func (c *cache) clear() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		s.changes.Add(1)
		clear(s.entries)
		s.mu.Unlock()
	}
}
