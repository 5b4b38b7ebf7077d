//go:build e2e

package sqltracetest

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/telltale-dev/telltale/observe/internal/pgtest"
	"github.com/telltale-dev/telltale/observe/observetest"
	"github.com/telltale-dev/telltale/observe/sqltrace"
)

func TestPostgreSQL(t *testing.T) {
	dsn := pgtest.Start(t)
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	for _, driverName := range []string{"pgx", "postgres"} {
		t.Run(driverName, func(t *testing.T) {
			rec := observetest.New(t)
			db := open(t, driverName, dsn)
			ctx, request := rec.Tracer().Start(rec.Context(t.Context()), "request")
			exercise(ctx, t, db, "$1")
			request.End()
			rec.ExpectSpan(t, "INSERT users", attribute.String("db.system.name", "postgresql"),
				attribute.String("db.namespace", "postgres"), attribute.String("server.address", at.Hostname()),
				attribute.Int64("db.response.affected_rows", 2))
			rec.ExpectSpan(t, "SELECT users", attribute.Int("db.response.returned_rows", 2))
			failed := rec.ExpectSpan(t, "SELECT missing", attribute.String("db.response.status_code", "42P01"))
			if failed.Status().Code != codes.Error {
				t.Errorf("status %+v", failed.Status())
			}
			rec.NoSecrets(t, "Ada Lovelace", "hunter2")

			t.Run("values in errors", func(t *testing.T) {
				if _, err := db.ExecContext(ctx, "INSERT INTO users (age) VALUES ('hunter2')"); err == nil {
					t.Fatal("text became a number")
				}
				rec.NoSecrets(t, "hunter2")
			})
			t.Run("cancelled", func(t *testing.T) {
				short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
				defer cancel()
				if _, err := db.ExecContext(short, "SELECT pg_sleep(20)"); err == nil {
					t.Fatal("it waited")
				}
				rec.Wait(t, "a span of the cancelled query", func() bool {
					for _, s := range rec.Spans() {
						if s.Attr("db.query.text") == "SELECT pg_sleep(?)" {
							return s.Status().Code == codes.Error
						}
					}
					return false
				})
			})
			if _, err := db.ExecContext(ctx, "DROP TABLE users"); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestTheDriversOwnConnection(t *testing.T) {
	db := open(t, "pgx", pgtest.Start(t))
	one, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = one.Close() }()
	err = one.Raw(func(c any) error {
		return sqltrace.Unwrap(c).(*stdlib.Conn).Conn().Ping(t.Context())
	})
	if err != nil {
		t.Fatal(err)
	}
}
