// Package pgx makes spans of what a program asks PostgreSQL through pgx v5, and metrics of its connections.
//
//	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
//	if err != nil {
//		return err
//	}
//	config.ConnConfig.Tracer = observepgx.NewTracer(observepgx.Options{})
//
// Queries, batches, copies, prepares and connects become client spans by OpenTelemetry's conventions, below the span of
// the context they are given, and errors are recorded on them. The text of a query has ? in place of every literal, and at
// most 2 KB of it is kept; arguments are never recorded.
//
// Programs that use pgx through database/sql may use this tracer or package sqltrace; with both, there are two spans of
// each query.
package pgx
