package apikey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/observe/logging"
)

// Options of Keys. The zero value is ready for use.
type Options struct {
	// Remember is how long what the store said of a key holds without asking again: 0 means 10 s, less than zero not at
	// all. A key that another process has revoked may be used for that long.
	Remember time.Duration

	// RememberUnknown is the same for keys the store does not know: 0 means 2 s.
	RememberUnknown time.Duration

	// RememberKeys is how many keys are remembered at most, and how many unknown ones besides: 0 means 10,000. One takes
	// about 400 bytes.
	RememberKeys int

	// WriteUses is how often LastUsed is written, for all keys used since in one call of Store.Touch: 0 means 10 s.
	WriteUses time.Duration

	// Realm names the service in WWW-Authenticate; "" means "api".
	Realm string
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		value *time.Duration
		def   time.Duration
	}{{&o.Remember, 10 * time.Second}, {&o.RememberUnknown, 2 * time.Second}, {&o.WriteUses, 10 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.def
		}
	}
	o.WriteUses = max(o.WriteUses, time.Millisecond)
	if o.RememberKeys <= 0 {
		o.RememberKeys = 10_000
	}
	if o.Realm == "" {
		o.Realm = "api"
	}
	return o
}

// Keys makes and checks the keys of a store. Make one with New, share it, Close it. It may be used by any number of
// goroutines.
type Keys struct {
	store   Store
	options Options
	known   cache // what the store said of keys
	unknown cache // hashes it does not know
	uses    *uses
}

// New returns the keys of a store, and starts what writes their LastUsed.
func New(store Store, o Options) *Keys {
	o = o.withDefaults()
	k := &Keys{store: store, options: o, uses: startUses(store, o.WriteUses)}
	k.known.limit, k.unknown.limit = o.RememberKeys, o.RememberKeys
	return k
}

// Close writes what is left of LastUsed, within the limit of ctx, and ends what New has started. Keys can be checked
// after it; their use is no longer written.
func (k *Keys) Close(ctx context.Context) error { return k.uses.close(ctx) }

// Limits of a Grant.
const (
	MaxName   = 200 // bytes of Name, User and Tenant
	MaxScopes = 64
	MaxScope  = 100 // bytes of a scope
)

// Grant says what a new key is for. All of it is optional. A user may have any number of keys.
type Grant struct {
	Name    string // for people
	User    string
	Tenant  string
	Scopes  []string  // visible ASCII without quotes and backslash
	Expires time.Time // zero: never
}

// check refuses what a log line, a header or a store could not take, and a key's own text.
func (g *Grant) check() error {
	for _, f := range []struct{ field, value string }{{"name", g.Name}, {"user", g.User}, {"tenant", g.Tenant}} {
		switch {
		case len(f.value) > MaxName:
			return fmt.Errorf("%s has %d bytes, %d are allowed", f.field, len(f.value), MaxName)
		case !utf8.ValidString(f.value) || strings.ContainsFunc(f.value, isControl):
			return fmt.Errorf("%s is not printable text", f.field)
		case holdsKey(f.value):
			return fmt.Errorf("%s holds the text of a key", f.field)
		}
	}
	if len(g.Scopes) > MaxScopes {
		return fmt.Errorf("%d scopes, %d are allowed", len(g.Scopes), MaxScopes)
	}
	for i, s := range g.Scopes {
		if s == "" || len(s) > MaxScope || strings.ContainsFunc(s, notScope) || holdsKey(s) {
			return fmt.Errorf("scope %d is not 1 to %d visible ASCII characters", i+1, MaxScope)
		}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// notScope follows RFC 6749, section 3.3.
func notScope(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }

// issue makes a key's text and what is kept of it.
func (g *Grant) issue(now time.Time) (logging.Secret, Key, error) {
	secret := mint()
	hash, err := Parse(secret.Reveal())
	if err != nil {
		return logging.Secret{}, Key{}, err
	}
	key := Key{
		ID: newID(now), Hash: hash, Prefix: secret.Reveal()[:prefixLen], Name: g.Name, User: g.User, Tenant: g.Tenant,
		Scopes: slices.Clone(g.Scopes), Created: now, Expires: utc(g.Expires),
	}
	return secret, key, nil
}

// utc returns a time as it is kept: to the millisecond.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// Create makes a key and keeps it. The secret is its text, which cannot be had again.
func (k *Keys) Create(ctx context.Context, g Grant) (secret logging.Secret, key Key, err error) {
	if err := g.check(); err != nil {
		return logging.Secret{}, Key{}, fmt.Errorf("create key: %w", err)
	}
	if secret, key, err = g.issue(utc(time.Now())); err == nil {
		err = k.store.Add(ctx, key)
	}
	if err != nil {
		return logging.Secret{}, Key{}, fmt.Errorf("create key: %w", err)
	}
	return secret, key, nil
}

// List returns the keys that fit, in the order they were made.
func (k *Keys) List(ctx context.Context, f Filter) ([]Key, error) {
	keys, err := k.store.List(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}

// Rotate makes a key that takes the place of another, with the same name, user, tenant, scopes and lifetime. The old one
// works on for the grace period, so that its users can change over, but no longer than it would have. A key which is
// revoked or expired is not rotated: ErrRevoked, ErrExpired.
func (k *Keys) Rotate(ctx context.Context, id string, grace time.Duration) (secret logging.Secret, key Key, err error) {
	now := utc(time.Now())
	err = k.update(ctx, id, func(old *Key) (*Key, error) {
		if err := old.Check(now); err != nil {
			return nil, err
		}
		g := Grant{Name: old.Name, User: old.User, Tenant: old.Tenant, Scopes: old.Scopes}
		if !old.Expires.IsZero() {
			g.Expires = now.Add(old.Expires.Sub(old.Created))
		}
		var err error
		if secret, key, err = g.issue(now); err != nil {
			return nil, err
		}
		if end := utc(now.Add(max(grace, 0))); old.Expires.IsZero() || end.Before(old.Expires) {
			old.Expires = end
		}
		return &key, nil
	})
	if err != nil {
		return logging.Secret{}, Key{}, fmt.Errorf("rotate key %s: %w", shown(id), err)
	}
	return secret, key, nil
}

// Expire sets when a key is refused, the zero time meaning never. ErrRevoked if it is revoked.
func (k *Keys) Expire(ctx context.Context, id string, at time.Time) error {
	err := k.update(ctx, id, func(old *Key) (*Key, error) {
		if !old.Revoked.IsZero() {
			return nil, ErrRevoked
		}
		old.Expires = utc(at)
		return nil, nil
	})
	if err != nil {
		return fmt.Errorf("set when key %s expires: %w", shown(id), err)
	}
	return nil
}

// Revoke refuses a key from now on and for good. To revoke it again changes nothing and is no error.
func (k *Keys) Revoke(ctx context.Context, id string) error {
	now := utc(time.Now())
	err := k.update(ctx, id, func(old *Key) (*Key, error) {
		if old.Revoked.IsZero() {
			old.Revoked = now
		}
		return nil, nil
	})
	if err != nil {
		return fmt.Errorf("revoke key %s: %w", shown(id), err)
	}
	return nil
}

// shown returns an id for an error: what somebody gave us as one may be long, or a key's text.
func shown(id string) string {
	if len(id) > 64 || holdsKey(id) {
		return "of an impossible id"
	}
	return strconv.Quote(id)
}

// update changes a key in the store and forgets what is remembered of it.
func (k *Keys) update(ctx context.Context, id string, change func(*Key) (*Key, error)) error {
	kept, err := k.store.Update(ctx, id, change)
	if err != nil {
		if !refusal(err) {
			k.known.clear() // the change may have been kept all the same
		}
		return err
	}
	k.known.forget(kept.Hash)
	return nil
}

// refusal reports whether an error says no by itself, unlike that of a store which could not do its work.
func refusal(err error) bool {
	return errors.Is(err, ErrUnknown) || errors.Is(err, ErrRevoked) || errors.Is(err, ErrExpired)
}
