package apikey_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/observe/apikey"
)

func ExampleNew() {
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{
		Remember: time.Minute, // a revoked key may be used for so long by other processes
		Realm:    "chat",
	})
	fmt.Println(keys.Close(context.Background()))
	// Output: <nil>
}

func ExampleKeys_Create() {
	ctx := context.Background()
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	defer func() { _ = keys.Close(ctx) }()

	secret, key, err := keys.Create(ctx, apikey.Grant{
		Name: "ci", User: "ada", Scopes: []string{"read"}, Expires: time.Now().AddDate(0, 3, 0),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(key.Name, key.User, key.Scopes, secret) // Reveal shows it, once
	// Output: ci ada [read] [redacted:secret]
}

func ExampleGrant() {
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	defer func() { _ = keys.Close(context.Background()) }()
	_, _, err := keys.Create(context.Background(), apikey.Grant{
		Name: strings.Repeat("n", apikey.MaxName+1), // from a form that has no limit
	})
	fmt.Println(err)
	// Output: create key: name has 201 bytes, 200 are allowed
}

func ExampleKeys_Validate() {
	ctx := context.Background()
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	defer func() { _ = keys.Close(ctx) }()
	secret, _, _ := keys.Create(ctx, apikey.Grant{User: "ada"})

	switch key, err := keys.Validate(ctx, secret.Reveal()); {
	case errors.Is(err, apikey.ErrRevoked), errors.Is(err, apikey.ErrExpired):
		fmt.Println("ask", key.User, "for a new one")
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println("welcome", key.User)
	}
	// Output: welcome ada
}

func ExampleKeys_Revoke() {
	ctx := context.Background()
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	defer func() { _ = keys.Close(ctx) }()
	_, key, _ := keys.Create(ctx, apikey.Grant{})
	fmt.Println(keys.Revoke(ctx, key.ID), keys.Revoke(ctx, key.ID)) // again is no error
	fmt.Println(errors.Is(keys.Revoke(ctx, "key_none"), apikey.ErrUnknown))
	// Output:
	// <nil> <nil>
	// true
}

func ExampleKeys_Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	fmt.Println(keys.Close(ctx)) // last, after the server
	// Output: <nil>
}
