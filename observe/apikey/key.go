package apikey

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Why a key is refused, and what else can be wrong. Compare with errors.Is.
var (
	ErrMissing   = errors.New("no key given")
	ErrAmbiguous = errors.New("more than one key given")
	ErrMalformed = errors.New("not the text of a key")
	ErrUnknown   = errors.New("unknown key")
	ErrRevoked   = errors.New("key is revoked")
	ErrExpired   = errors.New("key is expired")
	ErrScope     = errors.New("key lacks a scope")
	ErrExists    = errors.New("key exists already")
	ErrClosed    = errors.New("keys are closed")
)

// Hash is the SHA-256 of a key's text.
type Hash [32]byte

// String returns the hash in hexadecimal digits. It may be shown and logged.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler: hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("hash of a key has %d digits, not %d", len(text), hex.EncodedLen(len(h)))
	}
	if _, err := hex.Decode(h[:], text); err != nil {
		return fmt.Errorf("hash of a key: %w", err)
	}
	return nil
}

// Key is what is known of an API key; its text is not. Times are UTC; zero means never.
type Key struct {
	ID       string    `json:"id"`     // key_ and 16 characters; in logs, spans and the audit log; ascends with Created
	Hash     Hash      `json:"hash"`   // of the text
	Prefix   string    `json:"prefix"` // the first characters of the text, for its owner to tell keys apart
	Name     string    `json:"name,omitempty"`
	User     string    `json:"user,omitempty"`
	Tenant   string    `json:"tenant,omitempty"`
	Scopes   []string  `json:"scopes,omitempty"` // what it may do, in the service's own words; not to be changed in place
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires,omitzero"`   // refused from then on
	Revoked  time.Time `json:"revoked,omitzero"`   // refused from then on, for good
	LastUsed time.Time `json:"last_used,omitzero"` // to the second, written up to Options.WriteUses later
}

// Check returns nil if the key may be used at that time, else ErrRevoked or ErrExpired.
func (k *Key) Check(at time.Time) error {
	switch {
	case !k.Revoked.IsZero() && !at.Before(k.Revoked):
		return ErrRevoked
	case !k.Expires.IsZero() && !at.Before(k.Expires):
		return ErrExpired
	}
	return nil
}

// Allows reports whether the key has every one of the scopes.
func (k *Key) Allows(scopes ...string) bool {
	for _, s := range scopes {
		if !slices.Contains(k.Scopes, s) {
			return false
		}
	}
	return true
}
