package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/telltale-dev/telltale/observe/apikey"
	"github.com/telltale-dev/telltale/observe/audit"
	"github.com/telltale-dev/telltale/observe/sqlite"
)

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "sqlite")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()

	db, err := sqlite.Open(ctx, filepath.Join(dir, "access.db"), sqlite.Options{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = db.Close() }()

	keys := apikey.New(db.Keys(), apikey.Options{})
	defer func() { _ = keys.Close(ctx) }()
	_, key, err := keys.Create(ctx, apikey.Grant{Name: "ci", User: "ada"})
	if err != nil {
		panic(err)
	}
	if _, err := db.Audit().Append(ctx, audit.Entry{Actor: "root", Action: "key.create", Target: key.ID}); err != nil {
		panic(err)
	}

	list, _ := keys.List(ctx, apikey.Filter{User: "ada"})
	head, _ := db.Audit().Head(ctx)
	fmt.Println(len(list), "key,", head.Seq, "entry,", audit.Verify(ctx, db.Audit().Entries(ctx, 1)))
	// Output: 1 key, 1 entry, <nil>
}
