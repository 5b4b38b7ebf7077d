package apikey_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/telltale-dev/telltale/observe/apikey"
)

func ExampleMemoryStore() {
	var store apikey.MemoryStore // for tests, or a service whose keys come from its configuration
	keys := apikey.New(&store, apikey.Options{})
	defer func() { _ = keys.Close(context.Background()) }()
	_, err := keys.Validate(context.Background(), "sk-typed-by-hand")
	fmt.Println(errors.Is(err, apikey.ErrMalformed))
	// Output: true
}

// counted is a Store of one's own: another one, and how often it is asked.
type counted struct {
	apikey.Store
	finds int
}

func (s *counted) Find(ctx context.Context, hash apikey.Hash) (apikey.Key, error) {
	s.finds++
	return s.Store.Find(ctx, hash)
}

func ExampleStore() {
	ctx := context.Background()
	store := &counted{Store: &apikey.MemoryStore{}}
	keys := apikey.New(store, apikey.Options{})
	defer func() { _ = keys.Close(ctx) }()
	secret, _, _ := keys.Create(ctx, apikey.Grant{User: "ada"})
	for range 1000 {
		_, _ = keys.Validate(ctx, secret.Reveal())
	}
	fmt.Println("the store was asked", store.finds, "time")
	// Output: the store was asked 1 time
}

func ExampleMemoryStore_Add() {
	var store apikey.MemoryStore
	key := apikey.Key{ID: "key_1", Hash: apikey.Hash{1}}
	fmt.Println(store.Add(context.Background(), key))
	fmt.Println(errors.Is(store.Add(context.Background(), key), apikey.ErrExists))
	// Output:
	// <nil>
	// true
}

func ExampleMemoryStore_Find() {
	var store apikey.MemoryStore
	_, err := store.Find(context.Background(), apikey.Hash{1})
	fmt.Println(errors.Is(err, apikey.ErrUnknown))
	// Output: true
}

func ExampleMemoryStore_List() {
	var store apikey.MemoryStore
	for i := range byte(3) {
		_ = store.Add(context.Background(), apikey.Key{ID: fmt.Sprint("key_", i), Hash: apikey.Hash{i}})
	}
	page, err := store.List(context.Background(), apikey.Filter{After: "key_0", Limit: 1})
	fmt.Println(page[0].ID, err)
	// Output: key_1 <nil>
}

func ExampleMemoryStore_Update() {
	var store apikey.MemoryStore
	_ = store.Add(context.Background(), apikey.Key{ID: "key_1", Name: "ci"})
	key, err := store.Update(context.Background(), "key_1", func(k *apikey.Key) (*apikey.Key, error) {
		k.Name = "nightly"
		return nil, nil // no successor
	})
	fmt.Println(key.Name, err)
	// Output: nightly <nil>
}

func ExampleMemoryStore_Touch() {
	var store apikey.MemoryStore
	_ = store.Add(context.Background(), apikey.Key{ID: "key_1"})
	at := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	err := store.Touch(context.Background(), []apikey.Use{{ID: "key_1", At: at}})
	key, _ := store.Find(context.Background(), apikey.Hash{})
	fmt.Println(key.LastUsed.Format(time.DateTime), err)
	// Output: 2026-03-14 09:26:53 <nil>
}

func ExampleFilter() {
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	defer func() { _ = keys.Close(context.Background()) }()
	for _, tenant := range []string{"acme", "globex"} {
		_, _, _ = keys.Create(context.Background(), apikey.Grant{Tenant: tenant})
	}
	list, _ := keys.List(context.Background(), apikey.Filter{Tenant: "acme"})
	fmt.Println(len(list), list[0].Tenant)
	// Output: 1 acme
}

func ExampleFilter_Fits() {
	f := apikey.Filter{User: "ada"}
	fmt.Println(f.Fits(&apikey.Key{ID: "key_1", User: "ada"}), f.Fits(&apikey.Key{ID: "key_2", User: "bob"}))
	// Output: true false
}

func ExampleFilter_Max() {
	fmt.Println(apikey.Filter{Limit: 20}.Max(), apikey.Filter{}.Max() == apikey.DefaultLimit)
	// Output: 20 true
}

func ExampleKey_Allows() {
	key := apikey.Key{Scopes: []string{"read", "write"}}
	fmt.Println(key.Allows("read"), key.Allows("read", "admin"))
	// Output: true false
}

func ExampleKey_Check() {
	end := time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)
	key := apikey.Key{Expires: end}
	fmt.Println(key.Check(end.Add(-time.Hour)))
	fmt.Println(key.Check(end))
	// Output:
	// <nil>
	// key is expired
}

func ExampleKey() {
	out, err := json.Marshal(apikey.Key{ID: "key_1", User: "ada", Scopes: []string{"read"}})
	var key apikey.Key
	_ = json.Unmarshal(out, &key)
	fmt.Println(key.ID, key.User, key.Scopes, err)
	// Output: key_1 ada [read] <nil>
}

func ExampleHash_String() {
	fmt.Println(apikey.Hash{0xab}.String()[:8])
	// Output: ab000000
}

func ExampleHash_MarshalText() {
	out, err := json.Marshal(map[string]apikey.Hash{"hash": {0xab}})
	fmt.Println(string(out[:17]), err)
	// Output: {"hash":"ab000000 <nil>
}

func ExampleHash_UnmarshalText() {
	var hash apikey.Hash
	err := hash.UnmarshalText([]byte(apikey.Hash{0xab}.String()))
	fmt.Println(hash == apikey.Hash{0xab}, err)
	// Output: true <nil>
}
