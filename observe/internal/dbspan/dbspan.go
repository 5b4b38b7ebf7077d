// Package dbspan makes the spans of calls to databases, the same for database/sql and pgx: by OpenTelemetry's conventions
// (semconv 1.41), with the query but without the values in it.
package dbspan

import (
	"context"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/sqltext"
)

// AffectedRows counts the rows that a statement changed. The conventions have a name for returned rows only.
const AffectedRows = attribute.Key("db.response.affected_rows")

// Database is what is called. Its exported fields do not change once it is in use.
type Database struct {
	System      string // db.system.name
	OnlyInTrace bool   // no spans that would begin a trace
	OmitText    bool   // no db.query.text

	cache   sqltext.Cache
	dialect sqltext.Dialect
}

// New returns a database of that system.
func New(system string) *Database {
	return &Database{System: system, dialect: sqltext.DialectOf(system)}
}

// Server returns the attributes that say where a database is, without what is unknown.
func Server(namespace, address string, port int) []attribute.KeyValue {
	var attrs []attribute.KeyValue
	if namespace != "" {
		attrs = append(attrs, semconv.DBNamespace(namespace))
	}
	if address != "" {
		attrs = append(attrs, semconv.ServerAddress(address))
		if port > 0 {
			attrs = append(attrs, semconv.ServerPort(port))
		}
	}
	return attrs
}

// Call is one call.
type Call struct {
	Operation string // COMMIT; before a query what is done with it: PREPARE; empty if the query is run
	Query     string
	Start     time.Time // zero means now
	Server    []attribute.KeyValue
}

// Span is the span of a call. The zero Span is none and ignores everything.
type Span struct {
	trace.Span
	core   *core.Core
	system string
}

// Start begins the span of a call, unless it is not wanted. The context is that of what the call does in turn.
func (d *Database) Start(ctx context.Context, c Call) (context.Context, Span) {
	if d.OnlyInTrace && !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, Span{}
	}
	query := sqltext.Query{Summary: c.Operation, Operation: c.Operation}
	title := c.Operation
	if c.Query != "" {
		query = d.cache.Parse(d.dialect, c.Query)
		if c.Operation != "" {
			query.Summary = strings.TrimSuffix(c.Operation+" "+query.Summary, " ")
			query.Operation = strings.TrimSuffix(c.Operation+" "+query.Operation, " ")
		}
		title = query.Summary
	}
	if title == "" {
		title = d.System
	}
	options := make([]trace.SpanStartOption, 0, 3)
	options = append(options, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(d.attributes(&query, c.Server)...))
	if !c.Start.IsZero() {
		options = append(options, trace.WithTimestamp(c.Start))
	}
	tel := core.From(ctx)
	ctx, span := tel.Tracer.Start(ctx, title, options...)
	return ctx, Span{Span: span, core: tel, system: d.System}
}

func (d *Database) attributes(q *sqltext.Query, server []attribute.KeyValue) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 8)
	attrs = append(attrs, semconv.DBSystemNameKey.String(d.System))
	if q.Summary != "" {
		attrs = append(attrs, semconv.DBQuerySummary(q.Summary))
	}
	if q.Operation != "" {
		attrs = append(attrs, semconv.DBOperationName(q.Operation))
	}
	if q.Collection != "" {
		attrs = append(attrs, semconv.DBCollectionName(q.Collection))
	}
	if q.Text != "" && !d.OmitText {
		attrs = append(attrs, semconv.DBQueryText(q.Text))
	}
	return append(attrs, server...)
}

// Set adds attributes.
func (s Span) Set(attrs ...attribute.KeyValue) {
	if s.Span != nil {
		s.SetAttributes(attrs...)
	}
}

// Finish ends the span, as an error if err is not nil.
func (s Span) Finish(err error) {
	if s.Span == nil {
		return
	}
	if err != nil && s.IsRecording() {
		s.fail(err)
	}
	s.End()
}

func (s Span) fail(err error) {
	message := errorText(s.system, err)
	message, _ = s.core.Redact.String(message)
	message = sqltext.Cut(message, maxError)
	name, code := errorType(err)
	if code != "" {
		s.SetAttributes(semconv.DBResponseStatusCode(code), semconv.ErrorTypeKey.String(code))
	} else {
		s.SetAttributes(semconv.ErrorTypeKey.String(name))
	}
	s.SetStatus(codes.Error, message)
	s.AddEvent(semconv.ExceptionEventName, trace.WithAttributes(semconv.ExceptionType(name), semconv.ExceptionMessage(message)))
}
