package logging

import (
	"strings"
	"sync/atomic"
)

// name is what is known of the key of an attribute, in its groups.
type name struct {
	rawPrefix, rawKey string

	key    string // redacted
	path   string // with the names of its groups before it, and dots between
	inside string // path and a dot: the prefix of what is in the group of that name
	quoted string // ,"key":
	tells  bool   // what stands under it may be a secret whatever it looks like

	values writtenValues // texts that stood under it; nil if it is not remembered itself
}

// Bounds of the names that are remembered. Keys are nearly always constants of the program; one that makes them of input
// finds no place for them, and they cost a few hundred nanoseconds more each time.
const (
	nameSlots     = 1024
	nameProbes    = 4
	maxNameLength = 128
)

// names remembers names. A place is taken once and never again.
type names [nameSlots]atomic.Pointer[name]

// slotOf returns the first place where a name may be.
func slotOf(prefix, key string) uint {
	h := uint(len(key)) + uint(len(prefix))*131
	if n := len(key); n > 0 {
		h = h*31 + uint(key[0])
		h = h*31 + uint(key[n/2])
		h = h*31 + uint(key[n/4])
		h = h*31 + uint(key[n-1])
	}
	return h ^ h>>10
}

// probe is a value that any name which tells of a secret would have removed, and that is none by itself.
const probe = "qz7718-4493vt"

// nameOf returns what is known of a key in the groups of prefix, which ends with a dot if it is not empty.
func (o *output) nameOf(prefix, key string) *name {
	slot := slotOf(prefix, key)
	for i := range uint(nameProbes) {
		n := o.names[(slot+i)%nameSlots].Load()
		if n == nil {
			break
		}
		if n.rawKey == key && n.rawPrefix == prefix {
			return n
		}
	}
	return o.newName(prefix, key)
}

// groups are the names of a prefix without the dot at its end.
func groups(prefix string) string { return strings.TrimSuffix(prefix, ".") }

func (o *output) newName(prefix, key string) *name {
	n := &name{rawPrefix: prefix, rawKey: key, key: o.text(key)}
	n.path = prefix + n.key
	n.inside = n.path + "."
	n.quoted = string(append(appendQuoted([]byte{','}, n.key), ':'))
	if o.redactor != nil {
		_, found := o.redactor.FieldUnder(groups(prefix), n.key, probe)
		n.tells = found > 0
	}
	if len(prefix)+len(key) > maxNameLength {
		return n
	}
	slot := slotOf(prefix, key)
	for i := range uint(nameProbes) {
		place := &o.names[(slot+i)%nameSlots]
		if place.Load() != nil {
			continue
		}
		if o.json {
			n.values = make(writtenValues, writtenOfName)
		}
		if place.CompareAndSwap(nil, n) {
			break
		}
	}
	return n
}
