package local

import (
	"cmp"
	"context"
	"slices"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// bookEntry is telemetry.Count as the manifest keeps it.
type bookEntry struct {
	Signal  telemetry.Signal  `json:"signal"`
	Outcome telemetry.Outcome `json:"outcome"`
	Reason  string            `json:"reason,omitempty"`
	N       int64             `json:"n"`
}

// Reasons that the store itself gives.
const (
	reasonSampled     = "ordinary trace"
	reasonAge         = "older than the retention"
	reasonSize        = "beyond the size kept"
	reasonDamagedPart = "damaged part"
	reasonDamagedLog  = "damaged write-ahead log"
)

// tally is what happened to the records of a range of the log.
type tally map[bookEntry]int64 // keys have no N

func (t tally) add(signal telemetry.Signal, outcome telemetry.Outcome, reason string, n int64) {
	if n != 0 {
		t[bookEntry{Signal: signal, Outcome: outcome, Reason: reason}] += n
	}
}

func (t tally) addBoth(outcome telemetry.Outcome, reason string, spans, logs int64) {
	t.add(telemetry.SignalSpans, outcome, reason, spans)
	t.add(telemetry.SignalLogs, outcome, reason, logs)
}

// enter adds a tally to entries and returns them, sorted.
func (t tally) enter(entries []bookEntry) []bookEntry {
	sum := tally{}
	for _, e := range entries {
		sum.add(e.Signal, e.Outcome, e.Reason, e.N)
	}
	for e, n := range t {
		sum.add(e.Signal, e.Outcome, e.Reason, n)
	}
	out := make([]bookEntry, 0, len(sum))
	for e, n := range sum {
		e.N = n
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b bookEntry) int {
		return cmp.Or(cmp.Compare(a.Signal, b.Signal), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}

// Books implements telemetry.Bookkeeper.
func (s *Store) Books(context.Context) (telemetry.Books, error) {
	if err := s.ready(); err != nil {
		return telemetry.Books{}, err
	}
	return s.books(), nil
}

func (s *Store) books() telemetry.Books {
	s.hotMu.Lock()
	defer s.hotMu.Unlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	entries := s.manifest.Books
	var stored [2]int64
	for i := range s.manifest.Parts {
		stored[telemetry.SignalSpans] += s.manifest.Parts[i].Spans
		stored[telemetry.SignalLogs] += s.manifest.Parts[i].Logs
	}
	for _, h := range s.hot() {
		entries = h.tally.enter(entries)
		stored[telemetry.SignalSpans] += h.spans
		stored[telemetry.SignalLogs] += h.logs
	}
	b := telemetry.Books{Stored: stored}
	for _, e := range entries {
		b.Entries = append(b.Entries, telemetry.Count{Signal: e.Signal, Outcome: e.Outcome, Reason: e.Reason, N: e.N})
	}
	return b
}
