package part

import (
	"context"
	"errors"

	"github.com/telltale-dev/telltale/internal/store/local/disk"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Meta is what a store must know of a part to choose it.
type Meta struct {
	Name    string `json:"name"`
	Rows    int    `json:"rows"` // Spans + Logs + Repeats
	Spans   int64  `json:"spans"`
	Logs    int64  `json:"logs"`
	Repeats int64  `json:"repeats,omitempty"` // rows that wait for a base in another part
	MinTime int64  `json:"min_time"`          // of all rows, Unix nanoseconds
	MaxTime int64  `json:"max_time"`
	Bytes   int64  `json:"bytes"` // on disk, with the index
}

// Files names the files of a part, the Parquet file first.
func Files(name string) []string { return []string{name, name + ".idx"} }

// ErrCorrupt is wrapped by every error that means that a part's bytes are not what was written.
var ErrCorrupt = errors.New("damaged part")

// CorruptError says which part is damaged. It wraps ErrCorrupt.
type CorruptError struct {
	Name string
	Err  error
}

func (e *CorruptError) Error() string { return "part " + e.Name + ": " + e.Err.Error() }

func (e *CorruptError) Unwrap() []error { return []error{ErrCorrupt, e.Err} }

// Write makes a part of a memtable's rows, sorted by time, trace and span id. Repeats whose base is in the memtable are
// merged into it. When it returns nil both files are synced, but not their folder. After an error the files may exist and
// hold anything; the caller removes them.
func Write(ctx context.Context, fs disk.FS, name string, m *Memtable) (Meta, error) {
	return Meta{}, errors.ErrUnsupported
}

// Trace sums up what the inputs of a Merge know of a trace.
type Trace struct {
	ID       telemetry.TraceID
	Rows     int
	First    int64 // earliest and latest begin of a record, Unix nanoseconds
	Last     int64
	Duration int64 // of the longest span, nanoseconds
	Cost     int64 // pico-USD
	Error    bool  // a span or log failed
}

// Merge makes one part of several, oldest first, as Write does. Where keep is not nil, rows of traces it refuses are left
// out; rows without a trace stay. How many were left out is the difference of the counts in Meta. Memory is bounded by a row
// group and, with keep, by the number of traces.
func Merge(ctx context.Context, fs disk.FS, name string, parts []*Part, keep func(*Trace) bool) (Meta, error) {
	return Meta{}, errors.ErrUnsupported
}

// Part is an open part. It is safe for concurrent use.
type Part struct {
	meta Meta
}

// Open reads the footer of a part. The one who opened it holds a reference, see Close. Damage gives a CorruptError; a
// missing index does not.
func Open(fs disk.FS, name string) (*Part, error) { return nil, errors.ErrUnsupported }

// Meta returns what Write returned.
func (p *Part) Meta() Meta { return p.meta }

// Retain adds a reference, which Close gives back. The files may be removed from their folder while there are any.
func (p *Part) Retain() *Part { return p }

// Close drops a reference; the last one closes the files.
func (p *Part) Close() error { return nil }

// Verify reads every page and its checksum.
func (p *Part) Verify(ctx context.Context) error { return errors.ErrUnsupported }

// Reindex makes a lost or damaged index anew. Parts that are open keep working without it.
func Reindex(ctx context.Context, fs disk.FS, name string) error { return errors.ErrUnsupported }
