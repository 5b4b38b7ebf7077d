package apikey_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/telltale-dev/telltale/observe/apikey"
)

func Example() {
	ctx := context.Background()
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	defer func() { _ = keys.Close(ctx) }()

	secret, key, err := keys.Create(ctx, apikey.Grant{Name: "ci", User: "ada", Tenant: "acme"})
	if err != nil {
		panic(err)
	}
	fmt.Println(len(secret.Reveal()), "characters, shown once;", secret, "in a log")

	_, err = keys.Validate(ctx, secret.Reveal())
	fmt.Println("new:", err)

	_ = keys.Revoke(ctx, key.ID)
	_, err = keys.Validate(ctx, secret.Reveal())
	fmt.Println("revoked:", err)
	// Output:
	// 52 characters, shown once; [redacted:secret] in a log
	// new: <nil>
	// revoked: key is revoked
}

func ExampleKeys_Require() {
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{Realm: "chat"})
	defer func() { _ = keys.Close(context.Background()) }()

	mux := http.NewServeMux()
	mux.Handle("GET /models", keys.Require()(http.NotFoundHandler()))
	mux.Handle("DELETE /models/{id}", keys.Require("admin")(http.NotFoundHandler()))

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/models", nil))
	fmt.Println(w.Code, w.Header().Get("WWW-Authenticate"))
	fmt.Println(w.Body)
	// Output:
	// 401 Bearer realm="chat"
	// {"error":{"message":"no API key given; send it as Authorization: Bearer or x-api-key","type":"authentication_error","code":"missing_api_key"}}
}

func ExampleKeys_Rotate() {
	ctx := context.Background()
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	defer func() { _ = keys.Close(ctx) }()
	old, key, _ := keys.Create(ctx, apikey.Grant{Name: "ci"})

	// The old key works for another day.
	secret, _, err := keys.Rotate(ctx, key.ID, 24*time.Hour)
	if err != nil {
		panic(err)
	}
	_, err = keys.Validate(ctx, old.Reveal())
	fmt.Println("old:", err)
	_, err = keys.Validate(ctx, secret.Reveal())
	fmt.Println("new:", err)
	// Output:
	// old: <nil>
	// new: <nil>
}

func ExampleKeys_Expire() {
	ctx := context.Background()
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	defer func() { _ = keys.Close(ctx) }()
	secret, key, _ := keys.Create(ctx, apikey.Grant{})
	_ = keys.Expire(ctx, key.ID, time.Now())
	_, err := keys.Validate(ctx, secret.Reveal())
	fmt.Println(err)
	// Output: key is expired
}

func ExampleKeys_Authenticate() {
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	defer func() { _ = keys.Close(context.Background()) }()
	secret, _, _ := keys.Create(context.Background(), apikey.Grant{User: "ada", Scopes: []string{"read"}})

	api := keys.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if key, err := keys.Authenticate(r); err == nil {
			fmt.Println(key.User, "may write:", key.Allows("write"))
		}
	}))
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
	r.Header.Set("x-api-key", secret.Reveal())
	api.ServeHTTP(httptest.NewRecorder(), r)
	// Output: ada may write: false
}

func ExampleKeys_List() {
	ctx := context.Background()
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	defer func() { _ = keys.Close(ctx) }()
	for _, name := range []string{"laptop", "ci"} {
		if _, _, err := keys.Create(ctx, apikey.Grant{Name: name, User: "ada"}); err != nil {
			panic(err)
		}
		time.Sleep(2 * time.Millisecond) // ids sort by millisecond
	}
	list, _ := keys.List(ctx, apikey.Filter{User: "ada"})
	for _, k := range list {
		fmt.Println(k.Name)
	}
	// Output:
	// laptop
	// ci
}

func ExampleParse() {
	_, err := apikey.Parse("sk-typed-by-hand")
	fmt.Println(errors.Is(err, apikey.ErrMalformed), err)
	// Output: true not the text of a key
}
