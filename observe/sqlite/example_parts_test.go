package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

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
