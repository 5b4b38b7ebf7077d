package telemetry

import "context"

// Outcome is what became of a record that was received.
type Outcome uint8

// Outcomes. Received = Accepted + Duplicate + Rejected + Dropped, and Accepted = Stored + Sampled + Expired + Quarantined.
const (
	Accepted    Outcome = iota // durable once
	Duplicate                  // known already: sent again, or merged into a stored span
	Rejected                   // refused with a reason that the sender was told
	Dropped                    // lost by us, with a reason
	Sampled                    // removed by sampling at compaction
	Expired                    // removed by retention
	Quarantined                // in a file that is damaged, set aside
)

var outcomeNames = [...]string{"accepted", "duplicate", "rejected", "dropped", "sampled", "expired", "quarantined"}

func (o Outcome) String() string { return outcomeNames[o] }

// Signal tells spans from logs.
type Signal uint8

// Signals.
const (
	SignalSpans Signal = iota
	SignalLogs
)

func (s Signal) String() string {
	if s == SignalLogs {
		return "logs"
	}
	return "spans"
}

// Count is an entry of the books: n records of a signal had an outcome, for a reason. Reasons are few and fixed, never
// made from input.
type Count struct {
	Signal  Signal
	Outcome Outcome
	Reason  string
	N       int64
}

// Books account for everything ever received by this data folder.
type Books struct {
	Entries []Count  // one for each signal, outcome and reason
	Stored  [2]int64 // readable now, by Signal; repeats of a span are not counted
}

// Total sums the entries of an outcome over reasons and signals.
func (b *Books) Total(o Outcome) int64 {
	var n int64
	for _, e := range b.Entries {
		if e.Outcome == o {
			n += e.N
		}
	}
	return n
}

// Received is the sum of what became of it.
func (b *Books) Received() int64 {
	return b.Total(Accepted) + b.Total(Duplicate) + b.Total(Rejected) + b.Total(Dropped)
}

// Imbalance is accepted less stored, sampled, expired and quarantined: zero, or something was lost without being told.
func (b *Books) Imbalance() int64 {
	return b.Total(Accepted) - b.Stored[SignalSpans] - b.Stored[SignalLogs] - b.Total(Sampled) - b.Total(Expired) - b.Total(Quarantined)
}

// Bookkeeper is a store that keeps the books with the data, so that a crash leaves both or neither.
type Bookkeeper interface {
	Books(ctx context.Context) (Books, error)
}
