package apikey

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// MemoryStore is a Store that ends with the process. The zero value is ready for use.
type MemoryStore struct {
	mu     sync.RWMutex
	byID   map[string]*Key
	byHash map[Hash]*Key
}

var _ Store = (*MemoryStore)(nil)

// own returns a copy that shares nothing with what the caller has.
func own(k Key) Key {
	k.Scopes = slices.Clone(k.Scopes)
	return k
}

// Add implements Store.
func (m *MemoryStore) Add(ctx context.Context, key Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.add(key)
}

func (m *MemoryStore) add(key Key) error {
	if m.byID == nil {
		m.byID, m.byHash = map[string]*Key{}, map[Hash]*Key{}
	}
	if m.byID[key.ID] != nil || m.byHash[key.Hash] != nil {
		return ErrExists
	}
	key = own(key)
	m.byID[key.ID], m.byHash[key.Hash] = &key, &key
	return nil
}

// Find implements Store.
func (m *MemoryStore) Find(ctx context.Context, hash Hash) (Key, error) {
	if err := ctx.Err(); err != nil {
		return Key{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	k := m.byHash[hash]
	if k == nil {
		return Key{}, ErrUnknown
	}
	return own(*k), nil
}

// List implements Store.
func (m *MemoryStore) List(ctx context.Context, filter Filter) ([]Key, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found []Key
	for _, k := range m.byID {
		if filter.Fits(k) {
			found = append(found, own(*k))
		}
	}
	slices.SortFunc(found, func(a, b Key) int { return strings.Compare(a.ID, b.ID) })
	return found[:min(len(found), filter.Max())], nil
}

// Update implements Store.
func (m *MemoryStore) Update(ctx context.Context, id string, change func(*Key) (*Key, error)) (Key, error) {
	if err := ctx.Err(); err != nil {
		return Key{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.byID[id]
	if old == nil {
		return Key{}, ErrUnknown
	}
	next := own(*old)
	successor, err := change(&next)
	if err != nil {
		return Key{}, err
	}
	if successor != nil {
		if err := m.add(*successor); err != nil {
			return Key{}, err
		}
	}
	next.ID, next.Hash, next.Created, next.LastUsed = old.ID, old.Hash, old.Created, old.LastUsed
	*old = own(next)
	return next, nil
}

// Touch implements Store.
func (m *MemoryStore) Touch(ctx context.Context, uses []Use) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range uses {
		if k := m.byID[u.ID]; k != nil && u.At.After(k.LastUsed) {
			k.LastUsed = u.At
		}
	}
	return nil
}
