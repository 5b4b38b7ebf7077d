// Package keytest tests an apikey.Store: what its interface promises, and what a service notices of it. A store
// of one's own, in whatever database, is right when it passes:
//
//	func TestStore(t *testing.T) {
//		keytest.Run(t, func(t *testing.T) apikey.Store { return open(t) })
//	}
package keytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/observe/apikey"
)

// Run tests a store. open returns a new, empty one for each test, and closes it in t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) apikey.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, apikey.Store)
	}{
		{"what is added is found", found},
		{"a key is added once", once},
		{"lists are filtered, in order, in pages", lists},
		{"an update is kept, and what identifies a key is not updated", update},
		{"an update that says no keeps nothing", refuse},
		{"a successor is added with the update, or neither is kept", successor},
		{"concurrent updates lose nothing", concurrent},
		{"last use only moves forward", touch},
		{"a key's life through Keys", life},
		{"a context that is over ends the work", cancelled},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// sample returns a key whose every field is set, of the n-th id.
func sample(n int) apikey.Key {
	at := time.Date(2026, 11, 21, 10, 0, n, 123e6, time.UTC)
	return apikey.Key{
		ID: fmt.Sprintf("key_%04d", n), Hash: apikey.Hash{byte(n >> 8), byte(n), 0, 0xff}, Prefix: "sk-Ab1\u00e9",
		Name: "build 'server'", User: "ada", Tenant: "acme", Scopes: []string{"read", "write"},
		Created: at, Expires: at.Add(time.Hour), Revoked: at.Add(time.Minute), LastUsed: at.Add(time.Second).Truncate(time.Second),
	}
}

func equal(t *testing.T, what string, got, want apikey.Key) {
	t.Helper()
	same := got.ID == want.ID && got.Hash == want.Hash && got.Prefix == want.Prefix && got.Name == want.Name &&
		got.User == want.User && got.Tenant == want.Tenant && slices.Equal(got.Scopes, want.Scopes) &&
		got.Created.Equal(want.Created) && got.Expires.Equal(want.Expires) && got.Revoked.Equal(want.Revoked) &&
		got.LastUsed.Equal(want.LastUsed)
	if !same {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
	for _, at := range []time.Time{got.Created, got.Expires, got.Revoked, got.LastUsed} {
		if at.Location() != time.UTC {
			t.Errorf("%s: time %v is not UTC", what, at)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, s apikey.Store, keys ...apikey.Key) {
	t.Helper()
	for _, k := range keys {
		must(t, s.Add(t.Context(), k))
	}
}

func get(t *testing.T, s apikey.Store, hash apikey.Hash) apikey.Key {
	t.Helper()
	k, err := s.Find(t.Context(), hash)
	must(t, err)
	return k
}

func found(t *testing.T, s apikey.Store) {
	full, bare := sample(1), apikey.Key{ID: "key_2", Hash: apikey.Hash{2}, Prefix: "sk-", Created: sample(2).Created}
	add(t, s, full, bare)
	equal(t, "with all fields", get(t, s, full.Hash), full)
	equal(t, "with few fields", get(t, s, bare.Hash), bare)
	if _, err := s.Find(t.Context(), apikey.Hash{3}); !errors.Is(err, apikey.ErrUnknown) {
		t.Errorf("an unknown hash: %v", err)
	}
	full.Scopes[0] = "admin"
	if k := get(t, s, full.Hash); k.Scopes[0] != "read" {
		t.Errorf("the store shares scopes with the caller: %q", k.Scopes)
	}
}

func once(t *testing.T, s apikey.Store) {
	k := sample(1)
	add(t, s, k)
	for name, change := range map[string]func(*apikey.Key){
		"the same id":   func(k *apikey.Key) { k.Hash = apikey.Hash{9} },
		"the same hash": func(k *apikey.Key) { k.ID = "key_9" },
	} {
		other := sample(1)
		change(&other)
		other.Name = "other"
		if err := s.Add(t.Context(), other); !errors.Is(err, apikey.ErrExists) {
			t.Errorf("%s: %v", name, err)
		}
	}
	equal(t, "after both", get(t, s, k.Hash), k)
}

func lists(t *testing.T, s apikey.Store) {
	for n := 9; n >= 1; n-- {
		k := sample(n)
		k.User = []string{"ada", "bob", "cay"}[n%3]
		k.Tenant = []string{"acme", "bolt"}[n%2]
		add(t, s, k)
	}
	for _, test := range []struct {
		name   string
		filter apikey.Filter
		want   []int
	}{
		{"all", apikey.Filter{}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"of a user", apikey.Filter{User: "bob"}, []int{1, 4, 7}},
		{"of a user in a tenant", apikey.Filter{User: "bob", Tenant: "bolt"}, []int{1, 7}},
		{"by id", apikey.Filter{ID: "key_0005"}, []int{5}},
		{"first page", apikey.Filter{Limit: 4}, []int{1, 2, 3, 4}},
		{"next page", apikey.Filter{After: "key_0004", Limit: 4}, []int{5, 6, 7, 8}},
		{"nobody's", apikey.Filter{User: "a' OR '1'='1"}, nil},
	} {
		keys, err := s.List(t.Context(), test.filter)
		must(t, err)
		var got []int
		for _, k := range keys {
			var n int
			if _, err := fmt.Sscanf(k.ID, "key_%04d", &n); err != nil {
				t.Fatal(err)
			}
			got = append(got, n)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func update(t *testing.T, s apikey.Store) {
	k, other := sample(1), sample(2)
	add(t, s, k, other)
	want := k
	want.Name, want.User, want.Tenant, want.Scopes = "n", "u", "t", []string{"s"}
	want.Expires, want.Revoked = time.Time{}, k.Created.Add(time.Hour)
	kept, err := s.Update(t.Context(), k.ID, func(old *apikey.Key) (*apikey.Key, error) {
		equal(t, "what change sees", *old, k)
		*old = want
		old.ID, old.Hash, old.Created, old.LastUsed = "key_x", apikey.Hash{7}, time.Time{}, time.Time{}
		return nil, nil
	})
	must(t, err)
	equal(t, "returned", kept, want)
	equal(t, "kept", get(t, s, k.Hash), want)
	equal(t, "the other", get(t, s, other.Hash), other)
	_, err = s.Update(t.Context(), "key_none", func(*apikey.Key) (*apikey.Key, error) {
		t.Error("change is called for a key that is not there")
		return nil, nil
	})
	if !errors.Is(err, apikey.ErrUnknown) {
		t.Errorf("an unknown id: %v", err)
	}
}

func refuse(t *testing.T, s apikey.Store) {
	k, no := sample(1), errors.New("no")
	add(t, s, k)
	_, err := s.Update(t.Context(), k.ID, func(old *apikey.Key) (*apikey.Key, error) {
		old.Name = "changed"
		old.Scopes[0] = "changed"
		next := sample(2)
		return &next, no
	})
	if !errors.Is(err, no) {
		t.Errorf("error of change is %v", err)
	}
	equal(t, "kept", get(t, s, k.Hash), k)
	if _, err := s.Find(t.Context(), sample(2).Hash); !errors.Is(err, apikey.ErrUnknown) {
		t.Errorf("the successor is there: %v", err)
	}
}

func successor(t *testing.T, s apikey.Store) {
	k, next := sample(1), sample(2)
	add(t, s, k)
	replace := func(old *apikey.Key) (*apikey.Key, error) {
		old.Name = "old"
		return &next, nil
	}
	_, err := s.Update(t.Context(), k.ID, replace)
	must(t, err)
	equal(t, "successor", get(t, s, next.Hash), next)

	k = get(t, s, k.Hash)
	_, err = s.Update(t.Context(), k.ID, func(old *apikey.Key) (*apikey.Key, error) {
		old.Name = "older"
		return &next, nil
	})
	if !errors.Is(err, apikey.ErrExists) {
		t.Errorf("a successor that exists: %v", err)
	}
	equal(t, "kept", get(t, s, k.Hash), k)
}

func concurrent(t *testing.T, s apikey.Store) {
	k := sample(1)
	k.Name = ""
	add(t, s, k)
	const each = 20
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range each {
				_, err := s.Update(t.Context(), k.ID, func(old *apikey.Key) (*apikey.Key, error) {
					old.Name += "x"
					return nil, nil
				})
				if err != nil {
					t.Errorf("update: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(get(t, s, k.Hash).Name); n != 4*each {
		t.Errorf("%d of %d updates are there", n, 4*each)
	}
}

func touch(t *testing.T, s apikey.Store) {
	a, b := sample(1), sample(2)
	b.LastUsed = time.Time{}
	add(t, s, a, b)
	later := a.LastUsed.Add(time.Hour)
	must(t, s.Touch(t.Context(), []apikey.Use{
		{ID: a.ID, At: a.LastUsed.Add(-time.Hour)},
		{ID: "key_none", At: later},
		{ID: b.ID, At: later},
		{ID: b.ID, At: later.Add(-time.Minute)},
	}))
	if got := get(t, s, a.Hash).LastUsed; !got.Equal(a.LastUsed) {
		t.Errorf("an earlier use moved %v to %v", a.LastUsed, got)
	}
	if got := get(t, s, b.Hash).LastUsed; !got.Equal(later) {
		t.Errorf("last used is %v, want %v", got, later)
	}
}

func life(t *testing.T, s apikey.Store) {
	ctx := t.Context()
	keys := apikey.New(s, apikey.Options{})
	secret, key, err := keys.Create(ctx, apikey.Grant{Name: "ci", User: "ada", Scopes: []string{"read"}})
	must(t, err)
	got, err := keys.Validate(ctx, secret.Reveal())
	must(t, err)
	equal(t, "validated", got, key)

	secret2, _, err := keys.Rotate(ctx, key.ID, time.Hour)
	must(t, err)
	for name, text := range map[string]string{"old": secret.Reveal(), "new": secret2.Reveal()} {
		if _, err := keys.Validate(ctx, text); err != nil {
			t.Errorf("%s key in the grace period: %v", name, err)
		}
	}
	must(t, keys.Revoke(ctx, key.ID))
	if _, err := keys.Validate(ctx, secret.Reveal()); !errors.Is(err, apikey.ErrRevoked) {
		t.Errorf("revoked: %v", err)
	}
	must(t, keys.Close(ctx))
	if k := get(t, s, key.Hash); time.Since(k.LastUsed).Abs() > time.Minute {
		t.Errorf("last used is %v", k.LastUsed)
	}
}

func cancelled(t *testing.T, s apikey.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Add(ctx, sample(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("add: %v", err)
	}
	if _, err := s.Find(ctx, apikey.Hash{1}); !errors.Is(err, context.Canceled) {
		t.Errorf("find: %v", err)
	}
	if _, err := s.List(ctx, apikey.Filter{}); !errors.Is(err, context.Canceled) {
		t.Errorf("list: %v", err)
	}
}
