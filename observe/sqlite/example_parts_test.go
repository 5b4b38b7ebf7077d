package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/telltale-dev/telltale/observe/apikey"
	"github.com/telltale-dev/telltale/observe/audit"
	"github.com/telltale-dev/telltale/observe/sqlite"
)

// inFile opens a file in a new directory, which done removes.
func inFile() (db *sqlite.DB, done func()) {
	dir, err := os.MkdirTemp("", "sqlite")
	if err != nil {
		panic(err)
	}
	if db, err = sqlite.Open(context.Background(), filepath.Join(dir, "access.db"), sqlite.Options{}); err != nil {
		panic(err)
	}
	return db, func() {
		_ = db.Close()
		_ = os.RemoveAll(dir)
	}
}

func ExampleDB_Audit() {
	ctx := context.Background()
	db, done := inFile()
	defer done()
	for _, action := range []string{"login", "logout"} {
		if _, err := db.Audit().Append(ctx, audit.Entry{Actor: "ada", Action: action}); err != nil {
			panic(err)
		}
	}
	for e, err := range db.Audit().Entries(ctx, 1) {
		fmt.Println(e.Seq, e.Actor, e.Action, err)
	}
	// Output:
	// 1 ada login <nil>
	// 2 ada logout <nil>
}

func ExampleDB_Keys() {
	ctx := context.Background()
	db, done := inFile()
	defer done()
	keys := apikey.New(db.Keys(), apikey.Options{})
	defer func() { _ = keys.Close(ctx) }()
	secret, _, err := keys.Create(ctx, apikey.Grant{User: "ada"})
	if err != nil {
		panic(err)
	}
	key, err := keys.Validate(ctx, secret.Reveal())
	fmt.Println(key.User, err)
	// Output: ada <nil>
}

func ExampleKeyStore_Find() {
	db, done := inFile()
	defer done()
	_, err := db.Keys().Find(context.Background(), apikey.Hash{1})
	fmt.Println(errors.Is(err, apikey.ErrUnknown))
	// Output: true
}

func ExampleAuditLog_Head() {
	db, done := inFile()
	defer done()
	head, err := db.Audit().Head(context.Background())
	fmt.Println(head.Seq, err)
	// Output: 0 <nil>
}

// KeyStore is what apikey.Keys works with; a migration from another store uses it directly.
func ExampleKeyStore() {
	ctx := context.Background()
	db, done := inFile()
	defer done()
	store := db.Keys()
	key := apikey.Key{ID: "key_1", Hash: apikey.Hash{1}, User: "ada", Created: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}
	fmt.Println(store.Add(ctx, key), errors.Is(store.Add(ctx, key), apikey.ErrExists))

	last := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	fmt.Println(store.Touch(ctx, []apikey.Use{{ID: "key_1", At: last}}))

	_, err := store.Update(ctx, "key_1", func(k *apikey.Key) (*apikey.Key, error) {
		k.Name = "ci"
		return nil, nil // no successor
	})
	fmt.Println(err)

	list, err := store.List(ctx, apikey.Filter{User: "ada"})
	fmt.Println(list[0].ID, list[0].Name, list[0].LastUsed.Format(time.DateTime), err)
	// Output:
	// <nil> true
	// <nil>
	// <nil>
	// key_1 ci 2026-03-14 09:26:53 <nil>
}

// A file is never taken for what it is not.
func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "sqlite")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "bookmarks.db")
	other, err := sql.Open("sqlite", path)
	if err != nil {
		panic(err)
	}
	if _, err := other.ExecContext(ctx, "CREATE TABLE bookmarks (url TEXT)"); err != nil {
		panic(err)
	}
	_ = other.Close()

	switch _, err := sqlite.Open(ctx, path, sqlite.Options{}); {
	case errors.Is(err, sqlite.ErrForeign):
		fmt.Println("not ours: it is left as it was")
	case errors.Is(err, sqlite.ErrLater):
		fmt.Println("of a later version: update this program")
	default:
		fmt.Println(err)
	}
	// Output: not ours: it is left as it was
}
