package logging

import (
	"maps"
	"sync"
	"sync/atomic"
)

// name is what is known of the key of an attribute, in its groups.
type name struct {
	key    string // redacted
	path   string // with the names of its groups before it, and dots between
	quoted string // ,"key":
	tells  bool   // what stands under it may be a secret whatever it looks like
}

// Bounds of a cache of names. Keys are nearly always constants of the program; those of a program that makes them of
// input find the cache full, and cost a few hundred nanoseconds more.
const (
	maxNames      = 2000
	maxNameLength = 128
)

// names is a cache that is read without a lock, and copied to be added to.
type names struct {
	known atomic.Pointer[map[string]*name]
	mu    sync.Mutex
}

// probe is a value that any name which tells of a secret would have removed, and that is none by itself.
const probe = "qz7718-4493vt"

// nameOf returns what is known of a key in the groups of prefix, which ends with a dot if it is not empty.
func (l *line) nameOf(prefix, key string) *name {
	known := l.out.names.known.Load()
	if prefix == "" {
		if known != nil {
			if n := (*known)[key]; n != nil {
				return n
			}
		}
		return l.out.newName(prefix, key)
	}
	// The zero byte tells the key a.b from b in the group a.
	l.scratch = append(append(append(l.scratch[:0], prefix...), 0), key...)
	if known != nil {
		if n := (*known)[string(l.scratch)]; n != nil {
			return n
		}
	}
	return l.out.newName(prefix, key)
}

func (o *output) newName(prefix, key string) *name {
	n := &name{key: o.text(key)}
	n.path = prefix + n.key
	n.quoted = string(append(appendQuoted([]byte{','}, n.key), ':'))
	if o.redactor != nil {
		_, found := o.redactor.Field(n.path, probe)
		n.tells = found > 0
	}
	if len(prefix)+len(key) > maxNameLength {
		return n
	}
	if prefix != "" {
		prefix += "\x00"
	}
	o.names.add(prefix+key, n)
	return n
}

func (c *names) add(key string, n *name) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := map[string]*name{}
	if known := c.known.Load(); known != nil {
		if len(*known) >= maxNames {
			return
		}
		next = maps.Clone(*known)
	}
	next[key] = n
	c.known.Store(&next)
}
