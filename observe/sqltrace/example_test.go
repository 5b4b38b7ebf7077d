package sqltrace_test

import (
	"context"
	"database/sql"
	"log/slog"

	"github.com/telltale-dev/telltale/observe/sqltrace"
)

func ExampleOpen() {
	db, err := sqltrace.Open("sqlite", "app.db", sqltrace.Options{Namespace: "app"})
	if err != nil {
		slog.Error("no database", slog.Any("error", err))
		return
	}
	defer func() { _ = db.Close() }()
}

func ExampleWrap() {
	var log []string
	db := sql.OpenDB(sqltrace.Wrap(source{d: oldDriver{&log}}, sqltrace.Options{System: "postgresql", OnlyInTrace: true}))
	defer func() { _ = db.Close() }()
}

func ExampleStats() {
	var (
		ctx = context.Background()
		db  *sql.DB // from Open
	)
	pool, err := sqltrace.Stats(ctx, db, "main")
	if err != nil {
		slog.ErrorContext(ctx, "no metrics of the pool", slog.Any("error", err))
		return
	}
	defer func() { _ = pool.Close() }()
}
