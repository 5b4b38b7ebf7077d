package apikey

import (
	"context"
	"time"
)

// Store keeps keys, their times to the millisecond. It may be used by any number of goroutines. Package keytest says in tests what is asked of one.
type Store interface {
	// Add keeps a new key. ErrExists if there is one with its ID or Hash.
	Add(ctx context.Context, key Key) error

	// Find returns the key with that hash, ErrUnknown if there is none.
	Find(ctx context.Context, hash Hash) (Key, error)

	// List returns the keys that fit, in the order of their IDs; none is no error.
	List(ctx context.Context, filter Filter) ([]Key, error)

	// Update reads the key with that id, lets change work on it, and keeps the outcome together with the successor, if
	// change returns one: both or neither, and nothing comes between. ErrUnknown if there is no such key; an error of
	// change is returned and nothing is kept. ID, Hash, Created and LastUsed stay as they were. It returns what is kept.
	// change calls nothing of the Store.
	Update(ctx context.Context, id string, change func(*Key) (successor *Key, err error)) (Key, error)

	// Touch sets LastUsed of keys, where it is later than what is there. Keys which are no more are passed over.
	Touch(ctx context.Context, uses []Use) error
}

// Use says when a key was last used.
type Use struct {
	ID string
	At time.Time
}

// DefaultLimit is how many keys a List without a limit returns.
const DefaultLimit = 1000

// Filter chooses keys. Empty fields fit every key.
type Filter struct {
	ID     string
	User   string
	Tenant string

	After string // ids after this one, for the next page
	Limit int    // how many at most; 0 means DefaultLimit
}

// Fits reports whether a key is one of the filter's, its limit aside.
func (f Filter) Fits(k *Key) bool {
	return (f.ID == "" || f.ID == k.ID) && (f.User == "" || f.User == k.User) &&
		(f.Tenant == "" || f.Tenant == k.Tenant) && k.ID > f.After
}

// Max returns how many keys the filter asks for at most.
func (f Filter) Max() int {
	if f.Limit <= 0 {
		return DefaultLimit
	}
	return f.Limit
}
