package sqltrace_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"testing"

	"github.com/telltale-dev/telltale/observe/observetest"
	"github.com/telltale-dev/telltale/observe/sqltrace"
)

// register stands for the import of a driver.
func register(name string) {
	if !slices.Contains(sql.Drivers(), name) {
		sql.Register(name, oldDriver{new([]string)})
	}
}

func ExampleOpen() {
	register("postgres")
	rec := observetest.New(&testing.T{})
	ctx := rec.Context(context.Background()) // in a handler: r.Context()

	db, err := sqltrace.Open("postgres", "postgres://shop:hunter2@db.example.com/orders", sqltrace.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, "UPDATE orders SET note = 'call Ada' WHERE id = ?", 7); err != nil {
		fmt.Println(err)
	}
	fmt.Print(rec.Tree("server.address", "db.query.text"))
	// Output:
	// PREPARE UPDATE orders (client) server.address=db.example.com db.query.text=UPDATE orders SET note = ? WHERE id = ?
	// UPDATE orders (client) server.address=db.example.com db.query.text=UPDATE orders SET note = ? WHERE id = ?
}

// A driver that is made by a connector rather than by name. What it is cannot be told then, and is said.
func ExampleWrap() {
	rec := observetest.New(&testing.T{})
	var connector driver.Connector = source{make: func() driver.Conn { return &oldConn{new([]string)} }}
	db := sql.OpenDB(sqltrace.Wrap(connector, sqltrace.Options{
		System: "postgresql", Namespace: "orders", OnlyInTrace: true,
	}))
	defer func() { _ = db.Close() }()

	ctx, request := rec.Tracer().Start(rec.Context(context.Background()), "POST /orders")
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = tx.ExecContext(ctx, "INSERT INTO orders VALUES (?)", 7)
	_ = tx.Commit()
	request.End()
	fmt.Print(rec.Tree("db.namespace"))
	// Output:
	// POST /orders (internal)
	//   CONNECT (client) db.namespace=orders
	//   BEGIN (client) db.namespace=orders
	//   PREPARE INSERT orders (client) db.namespace=orders
	//   INSERT orders (client) db.namespace=orders
	//   COMMIT (client) db.namespace=orders
}

func ExampleStats() {
	register("postgres")
	t := &testing.T{}
	rec := observetest.New(t)
	ctx := rec.Context(context.Background())
	db, err := sqltrace.Open("postgres", "postgres://db.example.com/orders", sqltrace.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(8)
	pool, err := sqltrace.Stats(ctx, db, "orders")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = pool.Close() }()

	conn, err := db.Conn(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = conn.Close() }()
	fmt.Println(rec.Metric(t, "db_pool_connections", "state=in_use"), "of", rec.Metric(t, "db_pool_connections_max"))
	// Output: 1 of 8
}
