package keytest_test

import (
	"testing"

	"github.com/telltale-dev/telltale/observe/apikey"
	"github.com/telltale-dev/telltale/observe/apikey/keytest"
)

// The test of a store of one's own. Where it needs a connection, open makes one and t.Cleanup closes it.
func ExampleRun() {
	testStore := func(t *testing.T) { // func TestStore, in the package of the store
		keytest.Run(t, func(*testing.T) apikey.Store { return &apikey.MemoryStore{} })
	}
	_ = testStore
	// Output:
}
