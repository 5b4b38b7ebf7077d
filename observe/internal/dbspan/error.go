package dbspan

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxError bounds the text of an error, in bytes.
const maxError = 1024

// errorType returns the name of an error's type and the code of the database, empty if it has none.
func errorType(err error) (name, code string) {
	switch {
	case errors.Is(err, context.Canceled):
		return "context.Canceled", ""
	case errors.Is(err, context.DeadlineExceeded):
		return "context.DeadlineExceeded", ""
	case errors.Is(err, driver.ErrBadConn):
		return "driver.ErrBadConn", ""
	}
	if code = sqlState(err); code != "" {
		return typeName(err), code
	}
	var numbered interface {
		error
		Code() int // SQLite
	}
	if errors.As(err, &numbered) {
		return typeName(err), strconv.Itoa(numbered.Code())
	}
	return typeName(err), ""
}

func sqlState(err error) string {
	var state interface {
		error
		SQLState() string // lib/pq, pgx
	}
	if errors.As(err, &state) {
		return state.SQLState()
	}
	return ""
}

// typeName names the type of the innermost error: what is around it says where it came by.
func typeName(err error) string {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return fmt.Sprintf("%T", err)
}

// errorText returns what an error says without the values that databases quote: in PostgreSQL's errors of class 22 (wrong
// data), in all of MySQL's.
func errorText(system string, err error) string {
	message := err.Error()
	switch {
	case strings.HasPrefix(sqlState(err), "22"):
		return unquote(message, '"')
	case system == "mysql" || system == "mariadb":
		return unquote(message, '\'')
	}
	return message
}

// unquote puts ? in place of what stands between the first quote and the last, since a value may hold quotes itself.
func unquote(s string, quote byte) string {
	from, to := strings.IndexByte(s, quote), strings.LastIndexByte(s, quote)
	switch {
	case from < 0:
		return s
	case from == to:
		return s[:from+1] + "?"
	}
	return s[:from+1] + "?" + s[to:]
}
