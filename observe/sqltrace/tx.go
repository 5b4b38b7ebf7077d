package sqltrace

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/telltale-dev/telltale/observe/internal/dbspan"
)

// BeginTx implements driver.ConnBeginTx.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	spanCtx, span := c.t.Start(ctx, dbspan.Call{Operation: "BEGIN", Server: c.t.server})
	inner, err := c.begin(spanCtx, o)
	span.Finish(err)
	if err != nil {
		return nil, err
	}
	return &tx{inner, ctx, c.t}, nil
}

// begin does for drivers without contexts what database/sql does for them.
func (c *conn) begin(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if inner, ok := c.Conn.(driver.ConnBeginTx); ok {
		return inner.BeginTx(ctx, o)
	}
	if o.Isolation != 0 {
		return nil, errors.New("sql: driver does not support non-default isolation level")
	}
	if o.ReadOnly {
		return nil, errors.New("sql: driver does not support read-only transactions")
	}
	t, err := c.Conn.Begin() //nolint:staticcheck // older drivers have nothing else
	if err == nil && ctx.Err() != nil {
		_ = t.Rollback()
		return nil, ctx.Err()
	}
	return t, err
}

// tx ends in the trace that it began in: database/sql passes no context then.
type tx struct {
	driver.Tx
	ctx context.Context
	t   *tracer
}

func (x *tx) Commit() error {
	_, span := x.t.Start(x.ctx, dbspan.Call{Operation: "COMMIT", Server: x.t.server})
	err := x.Tx.Commit()
	span.Finish(err)
	return err
}

func (x *tx) Rollback() error {
	_, span := x.t.Start(x.ctx, dbspan.Call{Operation: "ROLLBACK", Server: x.t.server})
	err := x.Tx.Rollback()
	span.Finish(err)
	return err
}
