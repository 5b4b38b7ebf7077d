package local

import (
	"sync/atomic"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Status is what an operator may want to know of a store.
type Status struct {
	State       string // recovering, ready, read only, degraded or stopped
	Problem     string // what Health says; empty if nothing
	Parts       int
	Rows        int64 // in parts and memory, repeats among them
	Bytes       int64 // of parts
	Oldest      time.Time
	Newest      time.Time // of the records in parts
	HotRows     int64     // in memory, not sealed
	HotBytes    int64
	WALBytes    int64
	FreeBytes   int64 // on the disk, when last looked
	Sealing     int64 // rows being sealed now
	Compacting  Compaction
	Compacted   int64 // compactions since the start
	Recovery    Recovery
	Books       telemetry.Books
	Quarantined []Quarantined
}

// Recovery tells how the last start went.
type Recovery struct {
	Took      time.Duration
	Parts     int
	Frames    int // batches read from the log
	Rows      int // rows read from the log
	TornBytes int64
	Damaged   int
}

// Compaction is what is being merged now; the zero value is nothing.
type Compaction struct {
	Parts int
	Rows  int64
	Began time.Time
}

// progress of the upkeep.
type progress struct {
	recovery   Recovery // written before the store is ready
	sealing    atomic.Int64
	compacting atomic.Pointer[Compaction]
	compacted  atomic.Int64
}

// Status looks at the store. It works in every state.
func (s *Store) Status() Status {
	st := Status{State: "ready", Sealing: s.progress.sealing.Load(), Compacted: s.progress.compacted.Load()}
	if err := s.Health(s.ctx); err != nil {
		st.State, st.Problem = stateName(err), err.Error()
	}
	if c := s.progress.compacting.Load(); c != nil {
		st.Compacting = *c
	}
	st.Quarantined = s.health.listQuarantined()
	if s.ready() != nil {
		return st
	}
	st.Recovery = s.progress.recovery
	st.Books = s.books()
	st.WALBytes = s.wal.Bytes()
	s.health.mu.Lock()
	st.FreeBytes = s.health.free
	s.health.mu.Unlock()
	s.hotMu.Lock()
	for _, h := range s.hot() {
		st.HotRows += int64(h.mem.Rows())
		st.HotBytes += int64(h.mem.Bytes())
	}
	s.hotMu.Unlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	st.Parts = len(s.manifest.Parts)
	st.Rows = st.HotRows
	for i := range s.manifest.Parts {
		p := &s.manifest.Parts[i]
		st.Rows += int64(p.Rows)
		st.Bytes += p.Bytes
		if t := time.Unix(0, p.MinTime); i == 0 || t.Before(st.Oldest) {
			st.Oldest = t
		}
		if t := time.Unix(0, p.MaxTime); i == 0 || t.After(st.Newest) {
			st.Newest = t
		}
	}
	return st
}
