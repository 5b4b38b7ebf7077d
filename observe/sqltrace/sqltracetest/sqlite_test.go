package sqltracetest

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	_ "modernc.org/sqlite"

	"github.com/telltale-dev/telltale/observe/observetest"
	"github.com/telltale-dev/telltale/observe/sqltrace"
)

func open(t *testing.T, driverName, dsn string) *sql.DB {
	t.Helper()
	db, err := sqltrace.Open(driverName, dsn, sqltrace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestSQLite(t *testing.T) {
	rec := observetest.New(t)
	db := open(t, "sqlite", filepath.Join(t.TempDir(), "app.db"))
	ctx, request := rec.Tracer().Start(rec.Context(t.Context()), "request")
	exercise(ctx, t, db, "?")
	request.End()

	rec.ExpectSpan(t, "INSERT users", attribute.String("db.system.name", "sqlite"),
		attribute.String("db.operation.name", "INSERT"), attribute.String("db.collection.name", "users"),
		attribute.Int64("db.response.affected_rows", 2), attribute.String("db.query.text", "INSERT INTO users (name, age) VALUES (?, ?), (?, ?)"))
	selected := rec.ExpectSpan(t, "SELECT users", attribute.Int("db.response.returned_rows", 2))
	if selected.SpanKind() != trace.SpanKindClient || selected.Parent().SpanID() != request.SpanContext().SpanID() {
		t.Errorf("kind %v, parent %v", selected.SpanKind(), selected.Parent().SpanID())
	}
	failed := rec.Span(t, "SELECT missing")
	if failed.Status().Code != codes.Error || failed.Attr("error.type") != "1" || failed.Attr("db.response.status_code") != "1" {
		t.Errorf("status %+v, error.type %s", failed.Status(), failed.Attr("error.type"))
	}
	for _, name := range []string{"CONNECT", "CREATE TABLE users", "BEGIN", "COMMIT", "ROLLBACK", "PREPARE UPDATE users", "UPDATE users"} {
		rec.Span(t, name)
	}
	rec.NoSecrets(t, "Ada Lovelace", "hunter2")
}

// exercise does what programs do. placeholder is how the first argument is written.
func exercise(ctx context.Context, t *testing.T, db *sql.DB, placeholder string) {
	t.Helper()
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(ctx, query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	exec("CREATE TABLE users (name text, age int)")
	exec("INSERT INTO users (name, age) VALUES ('Ada Lovelace', 36), ('hunter2', 41)")
	var n int
	if err := db.QueryRowContext(ctx, "SELECT age FROM users WHERE name = "+placeholder, "Ada Lovelace").Scan(&n); err != nil || n != 36 {
		t.Fatalf("age %d, %v", n, err)
	}
	rows, err := db.QueryContext(ctx, "SELECT name, age FROM users ORDER BY age")
	if err != nil {
		t.Fatal(err)
	}
	types, err := rows.ColumnTypes()
	if err != nil || !strings.EqualFold(types[0].DatabaseTypeName(), "text") {
		t.Fatalf("column types %v, %v", types, err)
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name, &n); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	for _, end := range []func(*sql.Tx) error{(*sql.Tx).Commit, (*sql.Tx).Rollback} {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		update, err := tx.PrepareContext(ctx, "UPDATE users SET age = age + 1 WHERE name = "+placeholder) //nolint:gosec // the placeholder is one of ours
		if err != nil {
			t.Fatal(err)
		}
		if _, err := update.ExecContext(ctx, "Ada Lovelace"); err != nil {
			t.Fatal(err)
		}
		if err := update.Close(); err != nil {
			t.Fatal(err)
		}
		if err := end(tx); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.QueryRowContext(ctx, "SELECT age FROM users WHERE name = 'Ada Lovelace'").Scan(&n); err != nil || n != 37 {
		t.Fatalf("age after commit and rollback: %d, %v", n, err)
	}
	if err := db.QueryRowContext(ctx, "SELECT x FROM missing WHERE y = 'hunter2'").Scan(&n); err == nil {
		t.Fatal("a table that is missing was read")
	}
}
