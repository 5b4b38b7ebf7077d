package local

import (
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/store/local/wal"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// hot is a memtable with what else its range of the log holds.
type hot struct {
	mem     *part.Memtable
	tally   tally
	spans   int64 // accepted and in mem
	logs    int64
	first   uint64       // sequence number with which its range of the log begins
	end     wal.Position // and where it ends
	began   time.Time    // when its first batch came; zero if none did
	damaged []Quarantined
	users   int // snapshots, and the store until it is sealed; hotMu guards it
}

// newHot makes an empty one, in the memory of one that was sealed where there is any. The caller holds hotMu, if the store
// has started.
func (s *Store) newHot(from wal.Position) *hot {
	mem := s.spare
	if s.spare = nil; mem == nil {
		mem = part.NewMemtable()
	}
	return &hot{mem: mem, tally: tally{}, first: from.Seq + 1, end: from, users: 1}
}

// leave ends one use of a memtable. The last one leaves its memory to the next memtable: memtables are most of what the
// store holds, and to make them anew under load keeps the garbage collector busy. The caller holds hotMu.
func (s *Store) leave(h *hot) {
	if h.users--; h.users == 0 && s.spare == nil {
		h.mem.Reset()
		s.spare = h.mem
	}
}

// empty reports whether there is nothing to make durable.
func (h *hot) empty() bool { return h.began.IsZero() && len(h.damaged) == 0 }

// rowsAtOnce is how many rows are added before a waiting query gets its turn.
const rowsAtOnce = 256

// apply makes a durable batch readable. The log calls it, in order.
func (s *Store) apply(end wal.Position, b *telemetry.Batch) {
	s.applyMu.Lock()
	defer s.applyMu.Unlock()
	s.follow(end.Seq, b)
	s.hotMu.Lock()
	defer s.hotMu.Unlock()
	h := s.active
	if h.began.IsZero() {
		h.began = s.opts.Now()
	}
	for i := range b.Spans {
		h.mem.AddSpan(&b.Spans[i])
		s.letIn(i)
	}
	for i := range b.Logs {
		h.mem.AddLog(&b.Logs[i])
		s.letIn(i)
	}
	spans, logs := wal.Accepted(b)
	h.tally.addBoth(telemetry.Accepted, "", spans, logs)
	for _, c := range b.Counts {
		h.tally.add(c.Signal, c.Outcome, c.Reason, c.N)
	}
	h.spans += spans
	h.logs += logs
	h.end = end
	s.activeRows.Store(int64(h.mem.Rows()))
	s.activeBytes.Store(int64(h.mem.Bytes()))
	if s.full(1) && s.state.Load() == stateReady { // a replay belongs together
		s.rotate()
	}
}

// letIn gives queries a turn in the middle of a large batch. Who would change the memtables waits for applyMu.
func (s *Store) letIn(i int) {
	if i%rowsAtOnce == rowsAtOnce-1 {
		s.hotMu.Unlock()
		s.hotMu.Lock()
	}
}

// full reports whether the active memtable has so many times the size at which it is sealed.
func (s *Store) full(times float64) bool {
	return float64(s.activeBytes.Load()) >= times*float64(s.opts.SealBytes) ||
		float64(s.activeRows.Load()) >= times*float64(s.opts.SealRows)
}

// rotate hands the active memtable over to be sealed, unless one is being sealed: then it grows on, and Write holds back.
// The caller holds applyMu and hotMu. It reports whether there is one to seal.
func (s *Store) rotate() bool {
	if s.sealing == nil && !s.active.empty() {
		s.sealing = s.active
		s.active = s.newHot(s.sealing.end)
		s.activeRows.Store(0)
		s.activeBytes.Store(0)
		s.wal.Roll()
	}
	if s.sealing != nil {
		signal(s.sealC)
	}
	return s.sealing != nil
}

// hot lists the memtables, oldest first. The caller holds hotMu.
func (s *Store) hot() []*hot {
	if s.sealing != nil {
		return []*hot{s.sealing, s.active}
	}
	return []*hot{s.active}
}

// signal wakes whoever waits on c; more than one wake at a time is one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
