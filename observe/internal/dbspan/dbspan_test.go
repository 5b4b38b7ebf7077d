package dbspan_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"

	"github.com/telltale-dev/telltale/observe/internal/dbspan"
	"github.com/telltale-dev/telltale/observe/observetest"
)

func TestErrorsOfMySQLLoseTheirValues(t *testing.T) {
	rec := observetest.New(t)
	_, span := dbspan.New("mysql").Start(rec.Context(t.Context()), dbspan.Call{Query: "INSERT INTO t VALUES (?)"})
	span.Finish(errors.New("Error 1062 (23000): Duplicate entry 'it's Ada' for key 'name'"))
	if got := rec.Span(t, "INSERT t").Status().Description; got != "Error 1062 (23000): Duplicate entry '?'" {
		t.Errorf("status %q", got)
	}
}

func TestErrorTypes(t *testing.T) {
	rec := observetest.New(t)
	for err, want := range map[error]string{
		fmt.Errorf("read: %w", context.Canceled): "context.Canceled",
		context.DeadlineExceeded:                 "context.DeadlineExceeded",
		fmt.Errorf("a: %w", errors.New("b")):     "*errors.errorString",
	} {
		rec.Reset()
		_, span := dbspan.New("sqlite").Start(rec.Context(t.Context()), dbspan.Call{Operation: "COMMIT", Start: time.Now().Add(-time.Second)})
		span.Finish(err)
		got := rec.Span(t, "COMMIT")
		if got.Attr("error.type") != want || got.Status().Code != codes.Error || got.EndTime().Sub(got.StartTime()) < time.Second {
			t.Errorf("%v: error.type %s, status %v", err, got.Attr("error.type"), got.Status())
		}
	}
}

func BenchmarkStart(b *testing.B) {
	rec := observetest.New(b)
	ctx, db := rec.Context(b.Context()), dbspan.New("postgresql")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, span := db.Start(ctx, dbspan.Call{Query: "SELECT id, name FROM users WHERE id = $1"})
		span.Finish(nil)
		if i%1000 == 0 {
			rec.Reset()
		}
	}
}
