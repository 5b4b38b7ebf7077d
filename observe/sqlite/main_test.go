package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/observe/audit"
	"github.com/telltale-dev/telltale/observe/sqlite"
)

// childPath, if set, makes the test program one that appends to the audit log of that file until it is killed.
const childPath = "TELLTALE_TEST_APPEND_TO"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		os.Exit(appendForever(path))
	}
	goleak.VerifyTestMain(m)
}

// appendForever says the head of each entry once it is written.
func appendForever(path string) int {
	ctx := context.Background()
	db, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for {
		e, err := db.Audit().Append(ctx, audit.Entry{Actor: fmt.Sprint(os.Getpid()), Action: "append"})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println(e.Head())
	}
}
