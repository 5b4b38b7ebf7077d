package apikey_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/observe/apikey"
	"github.com/telltale-dev/telltale/observe/apikey/keytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemoryStore(t *testing.T) {
	keytest.Run(t, func(*testing.T) apikey.Store { return &apikey.MemoryStore{} })
}

// open returns keys which are closed at the end of the test.
func open(t testing.TB, s apikey.Store, o apikey.Options) *apikey.Keys {
	keys := apikey.New(s, o)
	t.Cleanup(func() {
		if err := keys.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return keys
}

func create(t testing.TB, keys *apikey.Keys, g apikey.Grant) (string, apikey.Key) {
	t.Helper()
	secret, key, err := keys.Create(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	return secret.Reveal(), key
}

func TestTypingErrorsAreNoKeys(t *testing.T) {
	text, _ := create(t, open(t, &apikey.MemoryStore{}, apikey.Options{}), apikey.Grant{})
	if _, err := apikey.Parse(text); err != nil {
		t.Fatalf("parse a new key: %v", err)
	}
	for i := range text {
		for _, c := range []byte{'0', 'z', 'A', ' ', 0, '-', 0xff} {
			if text[i] == c {
				continue
			}
			if _, err := apikey.Parse(text[:i] + string(c) + text[i+1:]); !errors.Is(err, apikey.ErrMalformed) {
				t.Errorf("%q in place of character %d passes: %v", c, i, err)
			}
		}
		if i > 0 && text[i] != text[i-1] {
			swapped := text[:i-1] + text[i:i+1] + text[i-1:i] + text[i+1:]
			if _, err := apikey.Parse(swapped); err == nil {
				t.Errorf("characters %d and %d may change places", i-1, i)
			}
		}
	}
	for _, bad := range []string{"", "sk-", text[1:], text + "0", text + "\n", " " + text, strings.Repeat(text, 1000)} {
		if _, err := apikey.Parse(bad); err == nil {
			t.Errorf("%.60q is a key", bad)
		}
	}
}

func TestWhatIsKeptIsNotTheKey(t *testing.T) {
	store := &apikey.MemoryStore{}
	keys := open(t, store, apikey.Options{})
	seen := map[string]bool{}
	for range 100 {
		text, key := create(t, keys, apikey.Grant{User: "ada"})
		if seen[text] || seen[key.ID] {
			t.Fatal("a key or an id came twice")
		}
		seen[text], seen[key.ID] = true, true
		if !strings.HasPrefix(text, key.Prefix) || len(key.Prefix) > 7 {
			t.Errorf("prefix %q of a key of %d characters", key.Prefix, len(text))
		}
	}
	list, err := keys.List(t.Context(), apikey.Filter{User: "ada"})
	if err != nil || len(list) != 100 {
		t.Errorf("%d of 100 keys of one user: %v", len(list), err)
	}
}

func TestGrantsAreChecked(t *testing.T) {
	keys := open(t, &apikey.MemoryStore{}, apikey.Options{})
	text, _ := create(t, keys, apikey.Grant{})
	for name, g := range map[string]apikey.Grant{
		"name holds a key":    {Name: "my " + text},
		"user holds a key":    {User: text},
		"name is long":        {Name: strings.Repeat("x", apikey.MaxName+1)},
		"tenant with control": {Tenant: "a\nb"},
		"user is not text":    {User: "\xff"},
		"empty scope":         {Scopes: []string{""}},
		"scope with a space":  {Scopes: []string{"read write"}},
		"many scopes":         {Scopes: make([]string, apikey.MaxScopes+1)},
	} {
		_, _, err := keys.Create(t.Context(), g)
		if err == nil {
			t.Errorf("%s: allowed", name)
		} else if strings.Contains(err.Error(), text) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
	if err := keys.Revoke(t.Context(), text); !errors.Is(err, apikey.ErrUnknown) || strings.Contains(err.Error(), text) {
		t.Errorf("a key in place of its id: unknown %v", errors.Is(err, apikey.ErrUnknown))
	}
}

func TestRotationHasAGracePeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := open(t, &apikey.MemoryStore{}, apikey.Options{})
		end := time.Now().Add(30 * 24 * time.Hour)
		old, key := create(t, keys, apikey.Grant{Name: "ci", Scopes: []string{"read"}, Expires: end})
		time.Sleep(24 * time.Hour)
		secret, next, err := keys.Rotate(t.Context(), key.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if next.Name != "ci" || !next.Allows("read") || next.Expires.Sub(next.Created).Round(time.Second) != 30*24*time.Hour {
			t.Errorf("the new key is %+v", next)
		}
		time.Sleep(time.Hour - time.Second)
		if _, err := keys.Validate(t.Context(), old); err != nil {
			t.Errorf("the old key within the grace period: %v", err)
		}
		time.Sleep(time.Second)
		if _, err := keys.Validate(t.Context(), old); !errors.Is(err, apikey.ErrExpired) {
			t.Errorf("the old key after it: %v", err)
		}
		if _, err := keys.Validate(t.Context(), secret.Reveal()); err != nil {
			t.Errorf("the new key: %v", err)
		}
		if _, _, err := keys.Rotate(t.Context(), key.ID, time.Hour); !errors.Is(err, apikey.ErrExpired) {
			t.Errorf("an expired key is rotated: %v", err)
		}
		if _, last, err := keys.Rotate(t.Context(), next.ID, 1000*time.Hour); err != nil || last.ID == next.ID {
			t.Errorf("rotate again: %v", err)
		}
	})
}

func TestExpiryCanBeMovedButNotForRevokedKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := open(t, &apikey.MemoryStore{}, apikey.Options{})
		text, key := create(t, keys, apikey.Grant{})
		for _, step := range []struct {
			at   time.Time
			want error
		}{
			{time.Now(), apikey.ErrExpired},
			{time.Now().Add(time.Minute), nil},
			{time.Now().Add(-time.Minute), apikey.ErrExpired},
			{time.Time{}, nil},
		} {
			if err := keys.Expire(t.Context(), key.ID, step.at); err != nil {
				t.Fatal(err)
			}
			if _, err := keys.Validate(t.Context(), text); !errors.Is(err, step.want) {
				t.Errorf("expires %v: %v, want %v", step.at, err, step.want)
			}
		}
		for range 2 {
			if err := keys.Revoke(t.Context(), key.ID); err != nil {
				t.Fatal(err)
			}
		}
		if err := keys.Expire(t.Context(), key.ID, time.Now().Add(time.Hour)); !errors.Is(err, apikey.ErrRevoked) {
			t.Errorf("expire a revoked key: %v", err)
		}
		if k, err := keys.Validate(t.Context(), text); !errors.Is(err, apikey.ErrRevoked) || k.ID != key.ID {
			t.Errorf("revoked key %s: %v", k.ID, err)
		}
	})
}

// slowStore counts and delays lookups, and can fail.
type slowStore struct {
	apikey.MemoryStore
	mu    sync.Mutex
	finds int
	delay time.Duration
	fail  error
	uses  [][]apikey.Use
}

func (s *slowStore) Find(ctx context.Context, h apikey.Hash) (apikey.Key, error) {
	s.mu.Lock()
	s.finds++
	fail := s.fail
	s.mu.Unlock()
	if fail != nil {
		return apikey.Key{}, fail
	}
	k, err := s.MemoryStore.Find(ctx, h)
	time.Sleep(s.delay) // what was read may be old when it arrives
	return k, err
}

func (s *slowStore) Touch(ctx context.Context, uses []apikey.Use) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.uses = append(s.uses, uses)
	return s.MemoryStore.Touch(ctx, uses)
}

func (s *slowStore) setFail(err error) { s.mu.Lock(); defer s.mu.Unlock(); s.fail = err }

func TestTheStoreIsAskedOncePerPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowStore{}
		keys := open(t, store, apikey.Options{})
		text, key := create(t, keys, apikey.Grant{})
		gone, _ := create(t, open(t, &apikey.MemoryStore{}, apikey.Options{}), apikey.Grant{})
		ask := func(text string, want error, finds int) {
			t.Helper()
			store.finds = 0
			for range 10 {
				if _, err := keys.Validate(t.Context(), text); !errors.Is(err, want) {
					t.Errorf("%v, want %v", err, want)
				}
			}
			if store.finds != finds {
				t.Errorf("the store was asked %d times, not %d", store.finds, finds)
			}
		}
		ask(text, nil, 1)
		ask(text, nil, 0)
		ask(gone, apikey.ErrUnknown, 1)
		ask(gone[:len(gone)-1]+"!", apikey.ErrMalformed, 0)
		time.Sleep(3 * time.Second)
		ask(gone, apikey.ErrUnknown, 1)

		other := open(t, store, apikey.Options{}) // another process
		if err := other.Revoke(t.Context(), key.ID); err != nil {
			t.Fatal(err)
		}
		ask(text, nil, 0)
		time.Sleep(10 * time.Second)
		ask(text, apikey.ErrRevoked, 1)

		store.fail = errors.New("disk on fire")
		time.Sleep(10 * time.Second)
		ask(text, store.fail, 10)
		store.fail = nil
	})
}

func TestARevocationIsNotUndoneByALookupUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := open(t, &slowStore{delay: time.Second}, apikey.Options{})
		text, key := create(t, keys, apikey.Grant{})
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = keys.Validate(t.Context(), text) })
		time.Sleep(time.Millisecond)
		if err := keys.Revoke(t.Context(), key.ID); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if _, err := keys.Validate(t.Context(), text); !errors.Is(err, apikey.ErrRevoked) {
			t.Errorf("after the revocation: %v", err)
		}
	})
}

func TestGuessingDoesNotPushKeysOut(t *testing.T) {
	store := &slowStore{}
	keys := open(t, store, apikey.Options{RememberKeys: 64})
	text, _ := create(t, keys, apikey.Grant{})
	other := open(t, &apikey.MemoryStore{}, apikey.Options{})
	if _, err := keys.Validate(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		guess, _ := create(t, other, apikey.Grant{})
		if _, err := keys.Validate(t.Context(), guess); !errors.Is(err, apikey.ErrUnknown) {
			t.Fatal(err)
		}
	}
	before := store.finds
	if _, err := keys.Validate(t.Context(), text); err != nil || store.finds != before {
		t.Errorf("the key in use was pushed out: %v", err)
	}
}

func TestLastUseIsWrittenInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowStore{}
		keys := apikey.New(store, apikey.Options{WriteUses: 10 * time.Second, Remember: time.Hour})
		var texts []string
		var ids []string
		for range 20 {
			text, key := create(t, keys, apikey.Grant{})
			texts, ids = append(texts, text), append(ids, key.ID)
		}
		use := func() {
			for range 50 {
				for _, text := range texts {
					if _, err := keys.Validate(t.Context(), text); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(50 * time.Millisecond)
			}
		}
		use()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if len(store.uses) != 1 || len(store.uses[0]) != 20 {
			t.Fatalf("%d writes, want 1 of 20 keys", len(store.uses))
		}

		store.setFail(errors.New("disk full"))
		use()
		last := time.Now()
		time.Sleep(20 * time.Second)
		store.setFail(nil)
		if err := keys.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			list, err := keys.List(t.Context(), apikey.Filter{ID: id})
			if err != nil || len(list) != 1 || last.Sub(list[0].LastUsed) > 2*time.Second {
				t.Fatalf("after a failure and Close: %v %v", list, err)
			}
		}
		if err := keys.Close(t.Context()); err != nil {
			t.Errorf("close again: %v", err)
		}
	})
}

func FuzzParse(f *testing.F) {
	keys := open(f, &apikey.MemoryStore{}, apikey.Options{})
	text, _ := create(f, keys, apikey.Grant{})
	for _, s := range []string{text, text[:51], text + " ", "sk-\x00", "", strings.Repeat("sk-", 18)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		hash, err := apikey.Parse(s)
		if (err == nil) != (hash != apikey.Hash{}) {
			t.Errorf("hash %v with error %v", hash, err)
		}
		if err == nil && (len(s) != 52 || !strings.HasPrefix(s, "sk-")) {
			t.Errorf("%q is a key", s)
		}
		if err != nil && len(s) > 0 && strings.Contains(err.Error(), s) && len(s) > 8 {
			t.Errorf("the error shows %q", s)
		}
	})
}

func FuzzHash(f *testing.F) {
	f.Add([]byte(strings.Repeat("a0", 32)))
	f.Add([]byte("zz"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var h apikey.Hash
		if h.UnmarshalText(text) == nil && !strings.EqualFold(h.String(), string(text)) {
			t.Errorf("%q became %s", text, h)
		}
	})
}
