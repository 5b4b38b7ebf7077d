//go:build e2e

package river_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/telltale-dev/telltale/observe/internal/pgtest"
	observeriver "github.com/telltale-dev/telltale/observe/river"
)

func TestOneTraceOnPostgreSQL(t *testing.T) {
	pool, err := pgxpool.New(t.Context(), pgtest.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := start(t, riverpgxv5.New(pool), observeriver.Options{})
	db := stdlib.OpenDBFromPool(pool)
	t.Cleanup(func() { _ = db.Close() })
	depth, err := observeriver.Depth(t.Context(), observeriver.Jobs{DB: db, Schema: "public"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = depth.Close() })
	s.request(t, nil, "ok")
	if got := s.rec.Metric(t, "jobs_queue_depth", "queue=default"); got != 1 {
		t.Errorf("depth %v", got)
	}
	s.run(t)
	s.worked(t)
	s.rec.Span(t, "work summarize")
	s.rec.Reset()
	oneTrace(t, s)
}
