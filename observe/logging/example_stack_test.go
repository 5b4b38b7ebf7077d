package logging_test

import (
	"log/slog"

	"github.com/telltale-dev/telltale/observe/logging"
)

func ExampleNoStack() {
	log := slog.New(logging.New(logging.Options{Writer: undated{}}))

	log.Error("provider refused", slog.Int("status", 529), logging.NoStack())
	// Output: {"level":"ERROR","msg":"provider refused","status":529}
}
