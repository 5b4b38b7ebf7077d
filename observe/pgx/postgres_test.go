//go:build e2e

package pgx_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/telltale-dev/telltale/observe/internal/pgtest"
	"github.com/telltale-dev/telltale/observe/observetest"
	observepgx "github.com/telltale-dev/telltale/observe/pgx"
)

func TestPostgreSQL(t *testing.T) {
	rec := observetest.New(t)
	config, err := pgxpool.ParseConfig(pgtest.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.Tracer = observepgx.NewTracer(observepgx.Options{})
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	stats, err := observepgx.Stats(rec.Context(t.Context()), pool, "main")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stats.Close() }()

	ctx, request := rec.Tracer().Start(rec.Context(t.Context()), "request")
	if _, err := pool.Exec(ctx, "CREATE TABLE users (name text, age int)"); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.CopyFrom(ctx, pgx.Identifier{"users"}, []string{"name", "age"}, pgx.CopyFromRows([][]any{{"hunter2", 36}, {"Ada", 37}})); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(ctx, "UPDATE users SET age = age + 1 WHERE name = $1", "hunter2"); err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(must(pool.Query(ctx, "SELECT name FROM users WHERE age > 0"))(t), pgx.RowTo[string])
	if err != nil || len(names) != 2 {
		t.Fatalf("names %v, %v", names, err)
	}
	b := &pgx.Batch{}
	b.Queue("DELETE FROM users WHERE name = $1", "Ada")
	b.Queue("SELECT 1 / (age - age) FROM users")
	if err := pool.SendBatch(ctx, b).Close(); err == nil {
		t.Fatal("one was divided by zero")
	}
	if _, err := pool.Exec(ctx, "SELECT x FROM missing WHERE y = 'hunter2'"); err == nil {
		t.Fatal("a table that is missing was read")
	}
	request.End()

	rec.ExpectSpan(t, "CONNECT", attribute.String("server.address", "127.0.0.1"), attribute.String("db.namespace", "postgres"))
	rec.ExpectSpan(t, `COPY "users"`, attribute.Int64("db.response.affected_rows", 2))
	rec.ExpectSpan(t, "UPDATE users", attribute.Int64("db.response.affected_rows", 1), attribute.String("server.address", "127.0.0.1"))
	rec.ExpectSpan(t, "SELECT users", attribute.Int("db.response.returned_rows", 2))
	rec.ExpectSpan(t, "DELETE users", attribute.Int64("db.response.affected_rows", 1))
	if batch := rec.ExpectSpan(t, "BATCH", attribute.Int("db.operation.batch.size", 2)); batch.Status().Code != codes.Error {
		t.Errorf("the batch has failed, its span says %+v", batch.Status())
	}
	rec.ExpectSpan(t, "SELECT missing", attribute.String("error.type", "42P01"))
	for _, s := range rec.Spans() {
		if s.SpanContext().TraceID() != request.SpanContext().TraceID() {
			t.Errorf("span %s is of another trace", s.Name())
		}
	}
	rec.NoSecrets(t, "hunter2", "Ada")

	one, err := pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Release()
	if got := rec.Metric(t, "db_pool_connections", "pool=main", "state=in_use"); got != 1 {
		t.Errorf("%v connections in use", got)
	}
	if err := errors.Join(stats.Close()); err != nil {
		t.Fatal(err)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
