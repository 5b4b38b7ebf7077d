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
		fmt.Fprintln(os.Stderr, appendForever(path))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// appendForever says the head of each entry once it is written, and returns why it ended.
func appendForever(path string) error {
	ctx := context.Background()
	db, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return err
	}
	for {
		e, err := db.Audit().Append(ctx, audit.Entry{Actor: fmt.Sprint(os.Getpid()), Action: "append"})
		if err != nil {
			return err
		}
		fmt.Println(e.Head())
	}
}
