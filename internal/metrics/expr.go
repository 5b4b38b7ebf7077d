package metrics

import (
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// SyntaxError says where an expression of PromQL is wrong.
type SyntaxError struct {
	Line, Column int // from 1; Column counts bytes; both are 0 where no place is known
	Message      string
}

// Error implements error.
func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
}

// ParseExpr says whether expr is PromQL, types included. What is wrong is a *SyntaxError.
func ParseExpr(expr string) error {
	if len(expr) > maxExpr || depth(expr) > maxDepth {
		return &SyntaxError{Message: fmt.Sprintf("an expression has %d bytes and %d brackets in each other at most", maxExpr, maxDepth)}
	}
	_, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	return syntax(err)
}

// ParseExpr is the function of this name, for who asks a Server by an interface.
func (*Server) ParseExpr(expr string) error { return ParseExpr(expr) }

// syntax turns the errors of the parser to the first of them with its place.
func syntax(err error) error {
	list, ok := errors.AsType[parser.ParseErrors](err)
	if !ok || len(list) == 0 {
		if one, ok := errors.AsType[*parser.ParseErr](err); ok {
			list = parser.ParseErrors{*one}
		} else {
			return err
		}
	}
	first := &list[0]
	e := &SyntaxError{Message: "unknown error"}
	if first.Err != nil {
		e.Message = first.Err.Error()
	}
	if at := int(first.PositionRange.Start); at >= 0 && at <= len(first.Query) && first.Query != "" {
		before := first.Query[:at]
		e.Line, e.Column = 1+strings.Count(before, "\n"), at-strings.LastIndexByte(before, '\n')
	}
	return e
}
