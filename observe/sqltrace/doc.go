// Package sqltrace makes spans of what a program asks its databases through database/sql, and metrics of its connections.
//
//	db, err := sqltrace.Open("pgx", os.Getenv("DATABASE_URL"), sqltrace.Options{})
//	if err != nil {
//		return err
//	}
//	pool, err := sqltrace.Stats(ctx, db, "main")
//	if err != nil {
//		return err
//	}
//	defer pool.Close()
//
// The *sql.DB is used as ever. Queries, statements, prepares, connects and the begin, commit and rollback of transactions
// become client spans by OpenTelemetry's conventions, below the span of the context they are given, and errors are
// recorded on them. The span of a query lasts until its rows are closed.
//
// # What is recorded of a query
//
// Its text with ? in place of every literal, without comments, at most 2 KB of it; the tables and operations in it; the
// number of rows. Arguments are never recorded. Where it cannot be told for certain what is a literal, the text ends.
//
// # Drivers
//
// Any driver works, and what it can do beyond the required is kept: contexts, named values, pings, resets, validation,
// multiple result sets, types of columns. db.Driver() is the driver itself. In sql.Conn.Raw, Unwrap gives the driver's own
// connection.
package sqltrace
