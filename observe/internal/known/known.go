// Package known remembers which texts a redactor leaves as they are, for those that come again and again: paths, users,
// tenants, User-Agent headers.
package known

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/telltale-dev/telltale/observe/redact"
)

// Texts is a redactor that looks at most texts once. It remembers them by their hash alone, under a seed that nobody
// knows: two texts have the same one in 2^64 cases. Any number of goroutines use it.
type Texts struct {
	redactor *redact.Redactor
	seed     maphash.Seed
	slots    [slots]atomic.Uint64
}

const (
	slots = 2048 // a new text takes the place of another

	maxText = 512 // bytes of the longest text that is remembered
)

// New returns a Texts that has seen none yet.
func New(r *redact.Redactor) *Texts { return &Texts{redactor: r, seed: maphash.MakeSeed()} }

// Key is the name of a field.
type Key struct {
	name string
	hash uint64 // 0 if the name is empty
}

// Key returns the key of a name, for who looks at values under it again and again.
func (t *Texts) Key(name string) Key {
	if name == "" {
		return Key{}
	}
	return Key{name, maphash.String(t.seed, name) * 0x9e3779b97f4a7c15}
}

// Field returns what of the value of a field may be shown, see redact.Redactor.Field.
func (t *Texts) Field(key, value string) string { return t.Under(t.Key(key), value) }

// Under does what Field does with a key made before.
func (t *Texts) Under(key Key, value string) string {
	if value == "" || len(value) > maxText {
		value, _ = t.redactor.Field(key.name, value)
		return value
	}
	hash, known := t.find(key.hash, value)
	if known {
		return value
	}
	shown, found := t.redactor.Field(key.name, value)
	if found == 0 {
		t.keep(hash)
	}
	return shown
}

// String returns what of a text may be shown, see redact.Redactor.String.
func (t *Texts) String(s string) string {
	if s == "" || len(s) > maxText {
		s, _ = t.redactor.String(s)
		return s
	}
	hash, known := t.find(0, s)
	if known {
		return s
	}
	shown, found := t.redactor.String(s)
	if found == 0 {
		t.keep(hash)
	}
	return shown
}

// find returns the hash of a text under the hash of a key, and whether that is known to be clean.
func (t *Texts) find(key uint64, value string) (hash uint64, known bool) {
	hash = maphash.String(t.seed, value) + key
	at := hash % slots
	return hash, hash != 0 && (t.slots[at].Load() == hash || t.slots[at^1].Load() == hash)
}

// keep puts a hash in its first place, and what was there in the second.
func (t *Texts) keep(hash uint64) {
	at := hash % slots
	if old := t.slots[at].Swap(hash); old != 0 {
		t.slots[at^1].Store(old)
	}
}
