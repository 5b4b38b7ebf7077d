package logging_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/telltale-dev/telltale/observe/logging"
)

// trouble keeps what was written, but for the lines of requests.
type trouble struct{ seen []string }

func (t *trouble) Emit(_ context.Context, r *logging.Record) { t.seen = append(t.seen, r.Message) }
func (*trouble) WantsAccess() bool                           { return false }

var _ logging.AccessSink = (*trouble)(nil)

func ExampleAccessSink() {
	var sink trouble
	h := logging.New(logging.Options{Sink: &sink, Writer: io.Discard})
	ctx := context.Background()

	slog.New(h).InfoContext(ctx, "cache is cold")
	h.Access(ctx, &logging.AccessLine{Start: time.Now(), Status: 200, Route: "/v1/things/{id}"})

	fmt.Println(sink.seen)
	// Output: [cache is cold]
}
