package pgx_test

import (
	"context"
	"log/slog"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"

	observepgx "github.com/telltale-dev/telltale/observe/pgx"
)

func ExampleNewTracer() {
	ctx := context.Background()
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		slog.ErrorContext(ctx, "no such database", slog.Any("error", err))
		return
	}
	config.ConnConfig.Tracer = observepgx.NewTracer(observepgx.Options{OnlyInTrace: true})
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		slog.ErrorContext(ctx, "no pool", slog.Any("error", err))
		return
	}
	defer pool.Close()
	stats, err := observepgx.Stats(ctx, pool, "main")
	if err != nil {
		slog.ErrorContext(ctx, "no metrics of the pool", slog.Any("error", err))
		return
	}
	defer func() { _ = stats.Close() }()
}
