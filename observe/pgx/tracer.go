package pgx

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/dbspan"
)

// Options say what is recorded. The zero value is good.
type Options struct {
	// OnlyInTrace leaves out spans that would begin a trace of their own: those of work that belongs to no request.
	OnlyInTrace bool

	// OmitText leaves out the text of queries. Their operations and tables are still recorded.
	OmitText bool
}

// Tracer makes the spans. It goes into pgx.ConnConfig.Tracer, where one serves any number of pools; beside other tracers
// use pgx's package multitracer. Make one with NewTracer.
type Tracer struct{ db *dbspan.Database }

var (
	_ pgx.QueryTracer    = (*Tracer)(nil)
	_ pgx.BatchTracer    = (*Tracer)(nil)
	_ pgx.CopyFromTracer = (*Tracer)(nil)
	_ pgx.PrepareTracer  = (*Tracer)(nil)
	_ pgx.ConnectTracer  = (*Tracer)(nil)
)

// NewTracer returns a Tracer.
func NewTracer(o Options) *Tracer {
	db := dbspan.New("postgresql")
	db.OnlyInTrace, db.OmitText = o.OnlyInTrace, o.OmitText
	return &Tracer{db}
}

// key is under which the context of a call knows what has begun. They differ, since a query may prepare.
type key int

const (
	queryKey key = iota
	batchKey
	copyKey
	prepareKey
	connectKey
)

// call is what has begun.
type call struct {
	span   dbspan.Span
	start  time.Time
	query  string
	server []attribute.KeyValue
	spans  int // of queries in a batch
}

func begun(ctx context.Context, k key) *call {
	if c, ok := ctx.Value(k).(*call); ok {
		return c
	}
	return &call{}
}

func (t *Tracer) begin(ctx context.Context, k key, c dbspan.Call) context.Context {
	ctx, span := t.db.Start(ctx, c)
	return context.WithValue(ctx, k, &call{span: span, server: c.Server})
}

// TraceQueryStart implements pgx.QueryTracer.
func (t *Tracer) TraceQueryStart(ctx context.Context, conn *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	return t.begin(ctx, queryKey, dbspan.Call{Query: q.SQL, Server: server(conn)})
}

// TraceQueryEnd implements pgx.QueryTracer. Of a query that returns rows it is called when they are closed.
func (t *Tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, end pgx.TraceQueryEndData) {
	begun(ctx, queryKey).finish(end.CommandTag, end.Err)
}

func (c *call) finish(tag pgconn.CommandTag, err error) {
	rowsOf(c.span, tag, err)
	c.span.Finish(err)
}

// rowsOf records how many rows a statement returned or changed.
func rowsOf(span dbspan.Span, tag pgconn.CommandTag, err error) {
	switch {
	case err != nil:
	case tag.Select():
		span.Set(semconv.DBResponseReturnedRows(int(tag.RowsAffected())))
	case tag.Insert(), tag.Update(), tag.Delete(), tag.RowsAffected() > 0:
		span.Set(dbspan.AffectedRows.Int64(tag.RowsAffected()))
	}
}

// maxBatchSpans is how many queries of a batch have spans of their own. Past that only those that fail have one.
const maxBatchSpans = 32

// TraceBatchStart implements pgx.BatchTracer.
func (t *Tracer) TraceBatchStart(ctx context.Context, conn *pgx.Conn, b pgx.TraceBatchStartData) context.Context {
	c := dbspan.Call{Operation: "BATCH", Query: sameQuery(b.Batch), Server: server(conn)}
	ctx = t.begin(ctx, batchKey, c)
	begun(ctx, batchKey).span.Set(semconv.DBOperationBatchSize(b.Batch.Len()))
	return ctx
}

// sameQuery returns the query of a batch that has but one, empty if there are several.
func sameQuery(b *pgx.Batch) string {
	if b.Len() == 0 {
		return ""
	}
	first := b.QueuedQueries[0].SQL
	for _, q := range b.QueuedQueries[1:] {
		if q.SQL != first {
			return ""
		}
	}
	return first
}

// TraceBatchQuery implements pgx.BatchTracer. The span of a query of a batch lasts while its result is read.
func (t *Tracer) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, q pgx.TraceBatchQueryData) {
	batch := begun(ctx, batchKey)
	batch.spans++
	if batch.span.Span == nil || batch.spans > maxBatchSpans && q.Err == nil {
		return
	}
	_, span := t.db.Start(ctx, dbspan.Call{Query: q.SQL, Start: q.ReadStartTime, Server: batch.server})
	rowsOf(span, q.CommandTag, q.Err)
	span.Finish(q.Err)
}

// TraceBatchEnd implements pgx.BatchTracer.
func (t *Tracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, end pgx.TraceBatchEndData) {
	begun(ctx, batchKey).span.Finish(end.Err)
}

// TraceCopyFromStart implements pgx.CopyFromTracer.
func (t *Tracer) TraceCopyFromStart(ctx context.Context, conn *pgx.Conn, c pgx.TraceCopyFromStartData) context.Context {
	return t.begin(ctx, copyKey, dbspan.Call{Query: "COPY " + c.TableName.Sanitize() + " FROM STDIN", Server: server(conn)})
}

// TraceCopyFromEnd implements pgx.CopyFromTracer.
func (t *Tracer) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, end pgx.TraceCopyFromEndData) {
	begun(ctx, copyKey).finish(end.CommandTag, end.Err)
}

// TracePrepareStart implements pgx.PrepareTracer. Whether anything is prepared is known at the end only, so the span is
// made then.
func (t *Tracer) TracePrepareStart(ctx context.Context, conn *pgx.Conn, p pgx.TracePrepareStartData) context.Context {
	return context.WithValue(ctx, prepareKey, &call{start: time.Now(), query: p.SQL, server: server(conn)})
}

// TracePrepareEnd implements pgx.PrepareTracer.
func (t *Tracer) TracePrepareEnd(ctx context.Context, _ *pgx.Conn, end pgx.TracePrepareEndData) {
	if end.AlreadyPrepared {
		return
	}
	c := begun(ctx, prepareKey)
	_, span := t.db.Start(ctx, dbspan.Call{Operation: "PREPARE", Query: c.query, Start: c.start, Server: c.server})
	span.Finish(end.Err)
}

// TraceConnectStart implements pgx.ConnectTracer. Pools also connect in the background, where there is no trace to be part
// of: then there is no span.
func (t *Tracer) TraceConnectStart(ctx context.Context, c pgx.TraceConnectStartData) context.Context {
	at := dbspan.Server(c.ConnConfig.Database, c.ConnConfig.Host, int(c.ConnConfig.Port))
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return context.WithValue(ctx, connectKey, &call{server: at})
	}
	return t.begin(ctx, connectKey, dbspan.Call{Operation: "CONNECT", Server: at})
}

// TraceConnectEnd implements pgx.ConnectTracer.
func (t *Tracer) TraceConnectEnd(ctx context.Context, end pgx.TraceConnectEndData) {
	c := begun(ctx, connectKey)
	if end.Conn != nil {
		end.Conn.PgConn().CustomData()[serverKey] = c.server
	}
	c.span.Finish(end.Err)
}

// serverKey is under which a connection keeps where it leads: its configuration is copied whenever it is asked for.
const serverKey = "github.com/telltale-dev/telltale/observe/pgx"

func server(conn *pgx.Conn) []attribute.KeyValue {
	if conn == nil {
		return nil
	}
	at, _ := conn.PgConn().CustomData()[serverKey].([]attribute.KeyValue)
	return at
}
