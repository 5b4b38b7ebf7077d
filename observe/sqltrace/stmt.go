package sqltrace

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"
)

// stmt is a prepared statement.
type stmt struct {
	driver.Stmt
	c     *conn
	query string
}

// convertingStmt is one whose driver converts arguments column by column.
type convertingStmt struct {
	*stmt
	driver.ColumnConverter
}

func wrapStmt(inner driver.Stmt, c *conn, query string) driver.Stmt {
	s := &stmt{inner, c, query}
	if cc, ok := inner.(driver.ColumnConverter); ok { //nolint:staticcheck // older drivers have it
		return convertingStmt{s, cc}
	}
	return s
}

// CheckNamedValue implements driver.NamedValueChecker: that of the statement, else that of its connection.
func (s *stmt) CheckNamedValue(v *driver.NamedValue) error {
	if inner, ok := s.Stmt.(driver.NamedValueChecker); ok {
		return inner.CheckNamedValue(v)
	}
	return s.c.CheckNamedValue(v)
}

// ExecContext implements driver.StmtExecContext.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	start := time.Now()
	result, err := s.exec(ctx, args)
	if !errors.Is(err, driver.ErrSkip) {
		s.c.t.executed(ctx, s.query, start, result, err)
	}
	return result, err
}

func (s *stmt) exec(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if inner, ok := s.Stmt.(driver.StmtExecContext); ok {
		return inner.ExecContext(ctx, args)
	}
	values, err := unnamed(ctx, args)
	if err != nil {
		return nil, err
	}
	return s.Stmt.Exec(values) //nolint:staticcheck // older drivers have nothing else
}

// QueryContext implements driver.StmtQueryContext.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	start := time.Now()
	inner, err := s.queryRows(ctx, args)
	return s.c.t.queried(ctx, s.query, start, inner, err)
}

func (s *stmt) queryRows(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if inner, ok := s.Stmt.(driver.StmtQueryContext); ok {
		return inner.QueryContext(ctx, args)
	}
	values, err := unnamed(ctx, args)
	if err != nil {
		return nil, err
	}
	return s.Stmt.Query(values) //nolint:staticcheck // older drivers have nothing else
}
