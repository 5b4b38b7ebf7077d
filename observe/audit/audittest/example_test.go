package audittest_test

import (
	"testing"

	"github.com/telltale-dev/telltale/observe/audit"
	"github.com/telltale-dev/telltale/observe/audit/audittest"
)

// The test of a log of one's own, which makes its hashes by the chain it is given.
func ExampleRun() {
	testLog := func(t *testing.T) { // func TestLog, in the package of the log
		audittest.Run(t, func(_ *testing.T, chain *audit.Chain) audit.Log { return audit.NewMemory(chain) })
	}
	_ = testLog
	// Output:
}
