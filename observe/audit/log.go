package audit

import (
	"context"
	"iter"
	"slices"
	"sync"
)

// Log is an audit log. It may be used by any number of goroutines. Package audittest says in tests what is asked of one.
type Log interface {
	// Append writes an entry and returns it as it was written. When it returns, the entry is durable. ErrInvalid if the
	// entry cannot be one.
	Append(ctx context.Context, e Entry) (Entry, error)

	// Entries returns the entries from a number on, in order, as they are when the loop begins. An error ends the loop;
	// one that is *Broken names an entry which cannot be read.
	Entries(ctx context.Context, from uint64) iter.Seq2[Entry, error]

	// Head returns the end of the log, to be pinned.
	Head(ctx context.Context) (Head, error)
}

// Memory is a Log that ends with the process. Make one with NewMemory.
type Memory struct {
	chain *Chain

	mu      sync.RWMutex
	entries []Entry
}

var _ Log = (*Memory)(nil)

// NewMemory returns an empty log; nil means a chain without a key.
func NewMemory(chain *Chain) *Memory {
	if chain == nil {
		chain = &Chain{}
	}
	return &Memory{chain: chain}
}

// Append implements Log.
func (m *Memory) Append(ctx context.Context, e Entry) (Entry, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, err
	}
	e, err := m.chain.Prepare(ctx, e)
	if err != nil {
		return Entry{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e = m.chain.Link(m.head(), e)
	m.entries = append(m.entries, e)
	return own(e), nil
}

// own returns a copy that shares nothing with what the caller has.
func own(e Entry) Entry {
	e.Before, e.After = slices.Clone(e.Before), slices.Clone(e.After)
	return e
}

func (m *Memory) head() Head {
	if len(m.entries) == 0 {
		return Head{}
	}
	return m.entries[len(m.entries)-1].Head()
}

// Entries implements Log.
func (m *Memory) Entries(ctx context.Context, from uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		m.mu.RLock()
		entries := m.entries
		m.mu.RUnlock()
		for _, e := range entries[min(uint64(len(entries)), max(from, 1)-1):] {
			if err := ctx.Err(); err != nil {
				yield(Entry{}, err)
				return
			}
			if !yield(own(e), nil) {
				return
			}
		}
	}
}

// Head implements Log.
func (m *Memory) Head(context.Context) (Head, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.head(), nil
}
