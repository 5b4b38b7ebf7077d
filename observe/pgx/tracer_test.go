package pgx_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/observe/observetest"
	observepgx "github.com/telltale-dev/telltale/observe/pgx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestQueriesHaveSpansWithoutValues(t *testing.T) {
	rec := observetest.New(t)
	tr := observepgx.NewTracer(observepgx.Options{})
	ctx := tr.TraceQueryStart(rec.Context(t.Context()), nil, pgx.TraceQueryStartData{
		SQL: "SELECT name FROM users WHERE mail = 'ada@example.com' AND id = $1", Args: []any{"hunter2"},
	})
	tr.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{CommandTag: pgconn.NewCommandTag("SELECT 3")})
	rec.ExpectSpan(t, "SELECT users",
		attribute.String("db.system.name", "postgresql"), attribute.String("db.collection.name", "users"),
		attribute.String("db.query.text", "SELECT name FROM users WHERE mail = ? AND id = $1"),
		attribute.Int("db.response.returned_rows", 3))
	rec.NoSecrets(t, "hunter2", "ada@example.com")
}

func TestErrorsKeepTheirCodeAndLoseTheirValues(t *testing.T) {
	rec := observetest.New(t)
	tr := observepgx.NewTracer(observepgx.Options{})
	ctx := tr.TraceQueryStart(rec.Context(t.Context()), nil, pgx.TraceQueryStartData{SQL: "INSERT INTO users VALUES ($1)"})
	tr.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{Err: &pgconn.PgError{
		Severity: "ERROR", Code: "22P02", Message: `invalid input syntax for type integer: "hunter2"`,
	}})
	span := rec.ExpectSpan(t, "INSERT users", attribute.String("error.type", "22P02"), attribute.String("db.response.status_code", "22P02"))
	if span.Status().Code != codes.Error || len(span.EventNames()) != 1 {
		t.Errorf("status %+v, events %v", span.Status(), span.EventNames())
	}
	rec.NoSecrets(t, "hunter2")
}

func TestABatchHasASpanAndItsQueriesHaveSome(t *testing.T) {
	rec := observetest.New(t)
	tr := observepgx.NewTracer(observepgx.Options{})
	b := &pgx.Batch{}
	for range 100 {
		b.Queue("INSERT INTO readings VALUES ($1)", 1)
	}
	ctx := tr.TraceBatchStart(rec.Context(t.Context()), nil, pgx.TraceBatchStartData{Batch: b})
	for i := range 100 {
		q := pgx.TraceBatchQueryData{SQL: "INSERT INTO readings VALUES ($1)", ReadStartTime: time.Now()}
		if i == 99 {
			q.Err = errors.New("full")
		}
		tr.TraceBatchQuery(ctx, nil, q)
	}
	tr.TraceBatchEnd(ctx, nil, pgx.TraceBatchEndData{Err: errors.New("full")})
	batch := rec.ExpectSpan(t, "BATCH INSERT readings", attribute.Int("db.operation.batch.size", 100),
		attribute.String("db.operation.name", "BATCH INSERT"))
	var children, failed int
	for _, s := range rec.Spans() {
		if s.Name() == "INSERT readings" && s.Parent().SpanID() == batch.SpanContext().SpanID() {
			children++
			if s.Status().Code == codes.Error {
				failed++
			}
		}
	}
	if children != 33 || failed != 1 {
		t.Errorf("%d spans of queries, %d of them failed; want 33 and 1", children, failed)
	}
}

func TestOnlyWhatIsPreparedHasASpan(t *testing.T) {
	rec := observetest.New(t)
	tr := observepgx.NewTracer(observepgx.Options{})
	for _, already := range []bool{true, false} {
		ctx := tr.TracePrepareStart(rec.Context(t.Context()), nil, pgx.TracePrepareStartData{SQL: "SELECT a FROM t"})
		tr.TracePrepareEnd(ctx, nil, pgx.TracePrepareEndData{AlreadyPrepared: already})
	}
	if spans := rec.Spans(); len(spans) != 1 || spans[0].Name() != "PREPARE SELECT t" {
		t.Errorf("spans %v", spans)
	}
}

func TestOnlyInTrace(t *testing.T) {
	rec := observetest.New(t)
	tr := observepgx.NewTracer(observepgx.Options{OnlyInTrace: true, OmitText: true})
	run := func(ctx context.Context) {
		ctx = tr.TraceQueryStart(ctx, nil, pgx.TraceQueryStartData{SQL: "SELECT 1"})
		tr.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{})
	}
	run(rec.Context(t.Context()))
	if spans := rec.Spans(); len(spans) > 0 {
		t.Errorf("spans without a trace: %v", spans)
	}
	ctx, parent := rec.Tracer().Start(rec.Context(t.Context()), "request")
	run(ctx)
	parent.End()
	if span := rec.Span(t, "SELECT"); span.Attr("db.query.text") != "" {
		t.Errorf("text %q", span.Attr("db.query.text"))
	}
}

func TestPoolsAreShown(t *testing.T) {
	rec := observetest.New(t)
	config, err := pgxpool.ParseConfig("postgres://nobody@127.0.0.1:1/none?pool_max_conns=9")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	stats, err := observepgx.Stats(rec.Context(t.Context()), pool, "main")
	if err != nil {
		t.Fatal(err)
	}
	if got := rec.Metric(t, "db_pool_connections_max", "pool=main"); got != 9 {
		t.Errorf("max %v", got)
	}
	if err := stats.Close(); err != nil {
		t.Fatal(err)
	}
	if got := rec.Series(t, "db_pool_connections"); len(got) > 0 {
		t.Errorf("a closed pool is shown: %v", got)
	}
}
