package apikey

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"
)

// Validate returns the key of a text, and nil if it may be used now. Else the error is one of
//
//   - ErrMalformed, ErrUnknown: there is no such key, the Key returned is empty;
//   - ErrRevoked, ErrExpired: the Key says whose it was;
//   - any other: the store could not be asked, nobody knows.
//
// A use that is allowed shows in LastUsed, some time later.
func (k *Keys) Validate(ctx context.Context, text string) (Key, error) {
	e, err := k.validate(ctx, text)
	if e == nil {
		return Key{}, err
	}
	return e.key, err
}

func (k *Keys) validate(ctx context.Context, text string) (*entry, error) {
	hash, err := Parse(text)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	e := k.known.get(hash, now)
	if e == nil {
		if e, err = k.ask(ctx, hash, now); err != nil {
			return nil, err
		}
	}
	if subtle.ConstantTimeCompare(e.key.Hash[:], hash[:]) != 1 {
		return nil, ErrUnknown // a store that compares loosely
	}
	if err := e.key.Check(now); err != nil {
		return e, err
	}
	k.uses.note(e, now)
	return e, nil
}

// ask asks the store, and remembers what it says.
func (k *Keys) ask(ctx context.Context, hash Hash, now time.Time) (*entry, error) {
	if k.unknown.get(hash, now) != nil {
		return nil, ErrUnknown
	}
	begun := k.known.begin(hash)
	key, err := k.store.Find(ctx, hash)
	switch {
	case errors.Is(err, ErrUnknown):
		if k.options.RememberUnknown > 0 {
			k.unknown.put(hash, &entry{until: now.Add(k.options.RememberUnknown)}, 0)
		}
		return nil, ErrUnknown
	case err != nil:
		return nil, fmt.Errorf("find key: %w", err)
	}
	e := &entry{key: key, until: now.Add(k.options.Remember)}
	if k.options.Remember > 0 {
		k.known.put(hash, e, begun)
	}
	return e, nil
}
