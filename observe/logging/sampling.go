package logging

import (
	"hash/maphash"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// sampler decides which lines are kept, and how many each stands for.
type sampler struct {
	levels  [3]rate // debug, info, warn
	routes  map[string]*rate
	methods map[methodRoute]*rate // of those that name one
	slow    time.Duration
	key     string
	keys    *keyTable // nil: no limit
}

type methodRoute struct{ method, route string }

func (s *sampler) init(o *Sampling) {
	s.levels[0].every, s.levels[1].every, s.levels[2].every = o.Debug, o.Info, o.Warn
	if len(o.Routes) > 0 {
		s.routes = make(map[string]*rate, len(o.Routes))
		for route, every := range o.Routes {
			r := &rate{every: every}
			s.routes[route] = r
			if method, path, ok := strings.Cut(route, " "); ok {
				if s.methods == nil {
					s.methods = map[methodRoute]*rate{}
				}
				s.methods[methodRoute{method, path}] = r
			}
		}
	}
	if s.slow = o.Slow; s.slow == 0 {
		s.slow = DefaultSlow
	}
	if o.Burst > 0 {
		s.key = o.Key
		s.keys = newKeyTable(o)
	}
}

// rate keeps one line in every.
type rate struct {
	every int
	lines atomic.Uint64
}

// take returns how many lines this one stands for, 0 if it goes.
func (r *rate) take() uint64 {
	switch {
	case r.every < 0:
		return 0
	case r.every <= 1:
		return 1
	}
	switch n := r.lines.Add(1) - 1; {
	case n == 0:
		return 1
	case n%uint64(r.every) == 0:
		return uint64(r.every)
	}
	return 0
}

// keep returns how many lines the record stands for, 0 if it goes.
func (s *sampler) keep(h *Handler, r *slog.Record, id *scope.Known) uint64 {
	if r.Level >= slog.LevelError {
		return 1
	}
	method, route := "", ""
	if id != nil {
		method, route = id.Method, id.Route
	}
	n := s.rateOf(r.Level, method, route).take()
	if n == 0 || s.keys == nil {
		return n
	}
	key := h.key
	if key == "" && s.key != "" {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key != s.key {
				return true
			}
			key = a.Value.Resolve().String()
			return false
		})
	}
	if key == "" {
		key = r.Message
	}
	return s.keys.take(classOf(r.Level), key, n)
}

// keepAccess is keep for the access line of a request, whose level has been found.
func (s *sampler) keepAccess(level slog.Level, a *AccessLine, id *scope.Known) uint64 {
	if level >= slog.LevelError || s.slow >= 0 && a.Duration >= s.slow {
		return 1
	}
	method, route := "", a.Route
	if id != nil {
		method = id.Method
		if route == "" {
			route = id.Route
		}
	}
	return s.rateOf(level, method, route).take()
}

func (s *sampler) rateOf(level slog.Level, method, route string) *rate {
	if s.routes != nil && route != "" {
		if r := s.methods[methodRoute{method, route}]; r != nil {
			return r
		}
		if r := s.routes[route]; r != nil {
			return r
		}
	}
	return &s.levels[min(classOf(level), 2)]
}

const shards = 16

// keyTable counts lines by key, a second at a time.
type keyTable struct {
	burst, then uint64
	max         int // keys of a shard
	seed        maphash.Seed
	shards      [shards]keyShard
}

type keyShard struct {
	mu    sync.Mutex
	keys  map[uint64]*keyCount // by hash
	rest  keyCount             // of keys that have no room
	swept int64                // the second when room was last made
}

type keyCount struct {
	second  int64
	lines   uint64 // in that second
	dropped uint64 // since the last that was kept
}

func newKeyTable(o *Sampling) *keyTable {
	t := &keyTable{burst: uint64(o.Burst), then: uint64(max(o.Then, 0)), max: o.MaxKeys, seed: maphash.MakeSeed()}
	if t.max <= 0 {
		t.max = DefaultMaxKeys
	}
	t.max = max(1, t.max/shards)
	for i := range t.shards {
		t.shards[i].keys = map[uint64]*keyCount{}
	}
	return t
}

// take returns how many lines one stands for that already stands for n.
func (t *keyTable) take(class int, key string, n uint64) uint64 {
	hash := maphash.String(t.seed, key) + uint64(class)*0x9e3779b97f4a7c15
	s := &t.shards[hash>>60]
	now := time.Now().Unix()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.keys[hash]
	if c == nil {
		c = s.add(hash, t.max, now)
	}
	if now > c.second {
		c.second, c.lines = now, 0
	}
	c.lines++
	if c.lines > t.burst && (t.then == 0 || (c.lines-t.burst)%t.then != 0) {
		c.dropped += n
		return 0
	}
	n += c.dropped
	c.dropped = 0
	return n
}

// add returns the count of a new key. If there is no room for it, keys that are not of this second go; what they have
// dropped is said by the next line of a key without room.
func (s *keyShard) add(hash uint64, limit int, now int64) *keyCount {
	if len(s.keys) >= limit && s.swept < now {
		s.swept = now
		for h, c := range s.keys {
			if c.second < now {
				s.rest.dropped += c.dropped
				delete(s.keys, h)
			}
		}
	}
	if len(s.keys) >= limit {
		return &s.rest
	}
	c := &keyCount{}
	s.keys[hash] = c
	return c
}
