package pgx_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/telltale-dev/telltale/observe/observetest"
	observepgx "github.com/telltale-dev/telltale/observe/pgx"
)

func ExampleNewTracer() {
	ctx := context.Background()                                               // of the service, after observe.Start
	config, err := pgxpool.ParseConfig("postgres://shop@db.example.com/shop") // os.Getenv("DATABASE_URL")
	if err != nil {
		fmt.Println(err)
		return
	}
	config.ConnConfig.Tracer = observepgx.NewTracer(observepgx.Options{OnlyInTrace: true})
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	fmt.Println(pool.Config().ConnConfig.Tracer != nil)
	// Output: true
}

func ExampleStats() {
	t := &testing.T{}
	rec := observetest.New(t)
	ctx := rec.Context(context.Background())
	pool, err := pgxpool.New(ctx, "postgres://shop@db.example.com/shop?pool_max_conns=9")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	stats, err := observepgx.Stats(ctx, pool, "main")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = stats.Close() }()
	fmt.Println(rec.Series(t, "db_pool_connections_max"))
	// Output: map[pool=main:9]
}

// query stands for conn.Query, which calls its tracer like this.
func query(ctx context.Context, t pgx.QueryTracer, sql, tag string) {
	ctx = t.TraceQueryStart(ctx, nil, pgx.TraceQueryStartData{SQL: sql})
	t.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{CommandTag: pgconn.NewCommandTag(tag)})
}

// Values never get into a span, be they arguments or written in the text.
func ExampleTracer() {
	rec := observetest.New(&testing.T{})
	tracer := observepgx.NewTracer(observepgx.Options{})
	query(rec.Context(context.Background()), tracer,
		"SELECT name FROM users WHERE mail = 'ada@example.com' AND plan = $1", "SELECT 3")
	fmt.Print(rec.Tree("db.query.text", "db.response.returned_rows"))
	// Output:
	// SELECT users (client) db.query.text=SELECT name FROM users WHERE mail = ? AND plan = $1 db.response.returned_rows=3
}

func ExampleOptions() {
	rec := observetest.New(&testing.T{})
	ctx := rec.Context(context.Background())
	tracer := observepgx.NewTracer(observepgx.Options{OnlyInTrace: true, OmitText: true})
	query(ctx, tracer, "SELECT 1", "SELECT 1") // of a health check: it belongs to no trace

	ctx, request := rec.Tracer().Start(ctx, "GET /orders")
	query(ctx, tracer, "SELECT id FROM orders", "SELECT 2")
	request.End()
	fmt.Print(rec.Tree("db.query.text"))
	// Output:
	// GET /orders (internal)
	//   SELECT orders (client)
}

// A batch has a span, and a span in it for each of its queries.
func ExampleTracer_batch() {
	rec := observetest.New(&testing.T{})
	tracer := observepgx.NewTracer(observepgx.Options{})
	batch := &pgx.Batch{}
	for range 2 {
		batch.Queue("INSERT INTO readings VALUES ($1)", 21.5)
	}
	// What pool.SendBatch(ctx, batch) does, and reading its results:
	ctx := tracer.TraceBatchStart(rec.Context(context.Background()), nil, pgx.TraceBatchStartData{Batch: batch})
	for _, q := range batch.QueuedQueries {
		tracer.TraceBatchQuery(ctx, nil, pgx.TraceBatchQueryData{
			SQL: q.SQL, CommandTag: pgconn.NewCommandTag("INSERT 0 1"), ReadStartTime: time.Now(),
		})
	}
	tracer.TraceBatchEnd(ctx, nil, pgx.TraceBatchEndData{})
	fmt.Print(rec.Tree("db.operation.batch.size"))
	// Output:
	// BATCH INSERT readings (client) db.operation.batch.size=2
	//   INSERT readings (client)
	//   INSERT readings (client)
}

// What takes time besides queries has spans too: connecting, preparing and copying.
func ExampleTracer_connection() {
	rec := observetest.New(&testing.T{})
	tracer := observepgx.NewTracer(observepgx.Options{})
	config, err := pgx.ParseConfig("postgres://shop@db.example.com/shop")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, request := rec.Tracer().Start(rec.Context(context.Background()), "POST /import")
	connect := tracer.TraceConnectStart(ctx, pgx.TraceConnectStartData{ConnConfig: config})
	tracer.TraceConnectEnd(connect, pgx.TraceConnectEndData{})
	prepare := tracer.TracePrepareStart(ctx, nil, pgx.TracePrepareStartData{SQL: "SELECT id FROM orders"})
	tracer.TracePrepareEnd(prepare, nil, pgx.TracePrepareEndData{})
	from := tracer.TraceCopyFromStart(ctx, nil, pgx.TraceCopyFromStartData{TableName: pgx.Identifier{"readings"}})
	tracer.TraceCopyFromEnd(from, nil, pgx.TraceCopyFromEndData{CommandTag: pgconn.NewCommandTag("COPY 1000")})
	request.End()
	fmt.Print(rec.Tree())
	// Output:
	// POST /import (internal)
	//   CONNECT (client)
	//   PREPARE SELECT orders (client)
	//   COPY "readings" (client)
}
