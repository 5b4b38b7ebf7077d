package sqltrace

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/dbspan"
)

type connector struct {
	inner driver.Connector
	t     *tracer
}

// Connect implements driver.Connector. The pool also connects in the background, where there is no trace to be part of.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	var span dbspan.Span
	if trace.SpanContextFromContext(ctx).IsValid() {
		ctx, span = c.t.Start(ctx, dbspan.Call{Operation: "CONNECT", Server: c.t.server})
	}
	inner, err := c.inner.Connect(ctx)
	span.Finish(err)
	if err != nil {
		return nil, err
	}
	return wrapConn(inner, c.t), nil
}

func (c *connector) Driver() driver.Driver { return c.inner.Driver() }

// Close implements io.Closer, which sql.DB calls where a connector has it.
func (c *connector) Close() error {
	if closer, ok := c.inner.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// conn is a connection with everything that can be done without for drivers that lack it. Running queries without
// preparing them is not of that kind: database/sql converts arguments otherwise for who can, so there is a type for each.
type conn struct {
	driver.Conn
	t *tracer
}

type (
	execConn  struct{ *conn }
	queryConn struct{ *conn }
	fullConn  struct {
		execConn
		query queryConn
	}
)

func wrapConn(inner driver.Conn, t *tracer) driver.Conn {
	c := &conn{inner, t}
	exec, query := execs(inner), queries(inner)
	switch {
	case exec && query:
		return fullConn{execConn{c}, queryConn{c}}
	case exec:
		return execConn{c}
	case query:
		return queryConn{c}
	}
	return c
}

func execs(c driver.Conn) bool {
	if _, ok := c.(driver.ExecerContext); ok {
		return true
	}
	_, ok := c.(driver.Execer) //nolint:staticcheck // older drivers have it
	return ok
}

func queries(c driver.Conn) bool {
	if _, ok := c.(driver.QueryerContext); ok {
		return true
	}
	_, ok := c.(driver.Queryer) //nolint:staticcheck // older drivers have it
	return ok
}

// Unwrap returns the driver's own connection, for sql.Conn.Raw. What is none of this package's it returns as it is.
func Unwrap(driverConn any) any {
	if c, ok := driverConn.(interface{ unwrap() driver.Conn }); ok {
		return c.unwrap()
	}
	return driverConn
}

func (c *conn) unwrap() driver.Conn { return c.Conn }

func (c fullConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.query.QueryContext(ctx, query, args)
}

// ExecContext implements driver.ExecerContext. The span is made afterwards with the time from before, since a driver may
// say ErrSkip: then nothing was done, and the statement is prepared.
func (c execConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	start := time.Now()
	result, err := c.exec(ctx, query, args)
	if errors.Is(err, driver.ErrSkip) {
		return result, err
	}
	c.t.executed(ctx, query, start, result, err)
	return result, err
}

func (c execConn) exec(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if inner, ok := c.Conn.(driver.ExecerContext); ok {
		return inner.ExecContext(ctx, query, args)
	}
	values, err := unnamed(ctx, args)
	if err != nil {
		return nil, err
	}
	return c.Conn.(driver.Execer).Exec(query, values) //nolint:staticcheck // older drivers have it
}

// QueryContext implements driver.QueryerContext, see ExecContext.
func (c queryConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	start := time.Now()
	inner, err := c.query(ctx, query, args)
	if errors.Is(err, driver.ErrSkip) {
		return inner, err
	}
	return c.t.queried(ctx, query, start, inner, err)
}

func (c queryConn) query(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if inner, ok := c.Conn.(driver.QueryerContext); ok {
		return inner.QueryContext(ctx, query, args)
	}
	values, err := unnamed(ctx, args)
	if err != nil {
		return nil, err
	}
	return c.Conn.(driver.Queryer).Query(query, values) //nolint:staticcheck // older drivers have it
}

// executed records a statement that has run.
func (t *tracer) executed(ctx context.Context, query string, start time.Time, result driver.Result, err error) {
	_, span := t.Start(ctx, dbspan.Call{Query: query, Start: start, Server: t.server})
	if err == nil && result != nil && span.Span != nil && span.IsRecording() {
		if n, countErr := result.RowsAffected(); countErr == nil {
			span.Set(dbspan.AffectedRows.Int64(n))
		}
	}
	span.Finish(err)
}

// queried begins the span of a query that has been sent; it ends with the rows.
func (t *tracer) queried(ctx context.Context, query string, start time.Time, inner driver.Rows, err error) (driver.Rows, error) {
	_, span := t.Start(ctx, dbspan.Call{Query: query, Start: start, Server: t.server})
	if err != nil {
		span.Finish(err)
		return inner, err
	}
	if span.Span == nil || !span.IsRecording() {
		span.Finish(nil)
		return inner, nil
	}
	return &rows{Rows: inner, span: span}, nil
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	spanCtx, span := c.t.Start(ctx, dbspan.Call{Operation: "PREPARE", Query: query, Server: c.t.server})
	inner, err := c.prepare(spanCtx, query)
	span.Finish(err)
	if err != nil {
		return nil, err
	}
	return wrapStmt(inner, c, query), nil
}

func (c *conn) prepare(ctx context.Context, query string) (driver.Stmt, error) {
	if inner, ok := c.Conn.(driver.ConnPrepareContext); ok {
		return inner.PrepareContext(ctx, query)
	}
	s, err := c.Prepare(query)
	if err == nil && ctx.Err() != nil {
		_ = s.Close() // as database/sql does it
		return nil, ctx.Err()
	}
	return s, err
}

// Ping implements driver.Pinger.
func (c *conn) Ping(ctx context.Context) error {
	if inner, ok := c.Conn.(driver.Pinger); ok {
		return inner.Ping(ctx)
	}
	return nil
}

// ResetSession implements driver.SessionResetter.
func (c *conn) ResetSession(ctx context.Context) error {
	if inner, ok := c.Conn.(driver.SessionResetter); ok {
		return inner.ResetSession(ctx)
	}
	return nil
}

// IsValid implements driver.Validator.
func (c *conn) IsValid() bool {
	if inner, ok := c.Conn.(driver.Validator); ok {
		return inner.IsValid()
	}
	return true
}

// CheckNamedValue implements driver.NamedValueChecker. ErrSkip means the default.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if inner, ok := c.Conn.(driver.NamedValueChecker); ok {
		return inner.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

// unnamed turns arguments into those of drivers without contexts.
func unnamed(ctx context.Context, args []driver.NamedValue) ([]driver.Value, error) {
	values := make([]driver.Value, len(args))
	for i, a := range args {
		if a.Name != "" {
			return nil, errors.New("sql: driver does not support the use of Named Parameters")
		}
		values[i] = a.Value
	}
	return values, ctx.Err()
}
