package river_test

import (
	"context"
	"database/sql"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	observeriver "github.com/telltale-dev/telltale/observe/river"
)

func ExampleNewMiddleware() {
	var db *sql.DB
	client, err := river.NewClient(riversqlite.New(db), &river.Config{
		Middleware: []rivertype.Middleware{observeriver.NewMiddleware(observeriver.Options{})},
	})
	if err != nil {
		slog.Error("no queue", slog.Any("error", err))
		return
	}
	_ = client // client.Insert(ctx, …) with the context of the request
}

func ExampleDepth() {
	var (
		ctx = context.Background()
		db  *sql.DB
	)
	depth, err := observeriver.Depth(ctx, observeriver.Jobs{DB: db})
	if err != nil {
		slog.ErrorContext(ctx, "no depth of queues", slog.Any("error", err))
		return
	}
	defer func() { _ = depth.Close() }()
}
