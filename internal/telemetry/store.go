package telemetry

import (
	"context"
	"errors"
	"iter"
)

// Writer keeps records. Write returns nil once the whole batch is durable; after an error none of it is readable, then
// or after a restart, unless the process died before it could say so.
//
// Accepted records (Repeat spans not) are counted by the store itself in the same write; Batch.Counts holds the rest.
// The store does not keep references into the batch.
type Writer interface {
	Write(ctx context.Context, b *Batch) error
}

// Reader finds records again. A store that cannot answer a query returns ErrUnsupported, never a wrong or empty answer.
// Methods may be called by any number of goroutines; they stop soon after ctx ends, with its error.
type Reader interface {
	// Trace returns the spans and logs of a trace, each in order of time; light as in Query.
	Trace(ctx context.Context, id TraceID, r Range, light bool) (Records, error)
	// Request returns what carries a request id, and all else of the traces it belongs to, each in order of time.
	Request(ctx context.Context, id string, r Range, light bool) (Records, error)
	// Spans and Logs yield matches in the order of the query. An error ends the sequence.
	Spans(ctx context.Context, q *Query) iter.Seq2[*Span, error]
	Logs(ctx context.Context, q *Query) iter.Seq2[*Log, error]
	// Aggregate groups matching spans or logs, Repeat rows left out.
	Aggregate(ctx context.Context, q *AggregateQuery) (*Table, error)
	// Values returns values of a field that begin with prefix, sorted, at most limit. Of attributes and resources without
	// a key it returns keys.
	Values(ctx context.Context, f FieldRef, prefix string, r Range, limit int) ([]string, error)
	// Recent yields who is known since a time, newest first: the pipeline's memory of what must not count twice.
	Recent(ctx context.Context, since int64) iter.Seq2[Identity, error]
	Capabilities() Capabilities
}

// Store is a whole back-end.
type Store interface {
	Writer
	Reader
	Bookkeeper
	Lifecycle
	// Health returns nil, or what is wrong in words for an operator. It does not block.
	Health(ctx context.Context) error
}

// Lifecycle is how long-lived parts start and stop. Both are safe to call twice or never; Stop waits for what Start
// began, at most until ctx ends.
type Lifecycle interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// Records is the answer to a question about one trace or request.
type Records struct {
	Spans []Span
	Logs  []Log
	// Truncated says that there was more than the limit of MaxRecords.
	Truncated bool
}

// MaxRecords bounds what Trace and Request return, in spans and in logs each.
const MaxRecords = 100_000

// Identity is what makes a record the same as another.
type Identity struct {
	TraceID    TraceID
	SpanID     SpanID
	Time       int64
	Provider   string // of a span that counts for its call
	ResponseID string
	Batch      uint64 // of a log
}

// Capabilities of a back-end.
type Capabilities struct {
	Name     string
	WordFind bool // words are found by an index
}

// Errors of stores. Test with errors.Is.
var (
	// ErrUnsupported is returned for a query the back-end cannot answer.
	ErrUnsupported = errors.New("not supported by this store")
	// ErrOverloaded asks the caller to try again soon.
	ErrOverloaded = errors.New("overloaded")
	// ErrRecovering is returned until a store has read what it must at start.
	ErrRecovering = errors.New("the store is recovering")
	// ErrStopped is returned after Stop.
	ErrStopped = errors.New("the store is stopped")
	// ErrReadOnly is returned by Write when the store can no longer write, see Store.Health for the cause.
	ErrReadOnly = errors.New("the store cannot write")
)
