// Package exec answers queries over parts and memtables.
package exec

import (
	"context"
	"iter"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Snapshot is what one query reads. It does not change while the query runs.
type Snapshot struct {
	// Parts and Memtables, each oldest first: records with equal time and ids are shown in this order. A row is in one of
	// them only.
	Parts     []*part.Part
	Memtables []*part.Memtable // as returned by Memtable.Snapshot
}

// Options of an engine.
type Options struct {
	// Workers bounds the goroutines that read pages, over all queries; 0 is one a core.
	Workers int
	// Damaged is called when a query met a part whose bytes are not what was written; the query fails. It may be nil, must
	// not block, and may be called more than once for a part.
	Damaged func(name string, err error)
}

// Engine implements telemetry.Reader.
type Engine struct {
	snapshot func() (*Snapshot, func())
}

var _ telemetry.Reader = (*Engine)(nil)

// New makes an engine. Each query calls snapshot once and the function it returns when it has ended; in between the parts
// must stay open, see part.Part.Retain.
func New(snapshot func() (*Snapshot, func()), o Options) *Engine {
	return &Engine{snapshot: snapshot}
}

// Trace implements telemetry.Reader.
func (e *Engine) Trace(ctx context.Context, id telemetry.TraceID, r telemetry.Range) (telemetry.Records, error) {
	return telemetry.Records{}, telemetry.ErrUnsupported
}

// Request implements telemetry.Reader.
func (e *Engine) Request(ctx context.Context, id string, r telemetry.Range) (telemetry.Records, error) {
	return telemetry.Records{}, telemetry.ErrUnsupported
}

// Spans implements telemetry.Reader.
func (e *Engine) Spans(ctx context.Context, q *telemetry.Query) iter.Seq2[*telemetry.Span, error] {
	return func(yield func(*telemetry.Span, error) bool) { yield(nil, telemetry.ErrUnsupported) }
}

// Logs implements telemetry.Reader.
func (e *Engine) Logs(ctx context.Context, q *telemetry.Query) iter.Seq2[*telemetry.Log, error] {
	return func(yield func(*telemetry.Log, error) bool) { yield(nil, telemetry.ErrUnsupported) }
}

// Aggregate implements telemetry.Reader.
func (e *Engine) Aggregate(ctx context.Context, q *telemetry.AggregateQuery) (*telemetry.Table, error) {
	return nil, telemetry.ErrUnsupported
}

// Values implements telemetry.Reader.
func (e *Engine) Values(ctx context.Context, f telemetry.FieldRef, prefix string, r telemetry.Range, limit int) ([]string, error) {
	return nil, telemetry.ErrUnsupported
}

// Recent implements telemetry.Reader.
func (e *Engine) Recent(ctx context.Context, since int64) iter.Seq2[telemetry.Identity, error] {
	return func(yield func(telemetry.Identity, error) bool) { yield(telemetry.Identity{}, telemetry.ErrUnsupported) }
}

// Capabilities implements telemetry.Reader.
func (e *Engine) Capabilities() telemetry.Capabilities {
	return telemetry.Capabilities{Name: "local", WordFind: true}
}
