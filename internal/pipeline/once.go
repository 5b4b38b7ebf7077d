package pipeline

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// once remembers what was received lately, so that nothing counts twice: a batch sent again, a span sent again, and a call
// that was seen by more than one instrument. Memory is bounded: two generations, the older of which is forgotten when
// the newer is full.
type once struct {
	mu      sync.Mutex
	spans   generations[uint32] // by span key: half of the fingerprint, 0 where unknown
	batches generations[uint32] // export requests of logs, by hash
	calls   callIndex
	pending map[uint64]*flight // by span key or batch hash: on its way to disk
	spare   [][]undoStep       // of flights that ended, to be used again
}

// Reasons in the books.
const (
	reasonResent = "sent again"
	reasonMerged = "merged into a stored span"
)

func newOnce(remember int) *once {
	return &once{
		spans:   newGenerations[uint32](remember / 2),
		batches: newGenerations[uint32](64 << 10),
		calls:   newCallIndex(max(remember/16, 1024)),
		pending: map[uint64]*flight{},
	}
}

// recall notes a record that was stored before the start. Records come newest first: what no longer fits is older.
func (o *once) recall(id telemetry.Identity) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if id.Batch != 0 {
		o.batches.recall(id.Batch, 0)
		return
	}
	if id.SpanID.IsZero() {
		return
	}
	key := spanKey(id.TraceID, id.SpanID)
	o.spans.recall(key, 0)
	if id.Provider == "" && id.ResponseID == "" {
		return
	}
	o.calls.recall(key, responseKey(id.Provider, id.ResponseID), call{
		trace: id.TraceID, span: id.SpanID, begin: id.Time, end: id.Time, recalled: true, used: true,
	})
}

// origin is what admit must know of a span that the span itself does not say.
type origin struct {
	print   uint32 // fingerprint of what was sent; 0 for spans that were made here
	fromLog bool
	batch   uint64 // hash of the export request the log came in
}

// flight is a batch between admission and disk. Whoever brings one of its records again waits for its end, since a
// duplicate may only be acknowledged when the first is durable.
type flight struct {
	once   *once
	keys   []uint64
	undo   []undoStep
	calls  callRange // those that it brings
	used   []uint32  // calls of others whose usage it brings
	after  []*flight // batches with calls that this one reports once more
	done   chan struct{}
	ended  bool // guarded by once.mu, as failed
	failed bool
}

// undoStep takes a value back that a flight noted. Flights share some keys: what another put there since stays.
type undoStep struct {
	in       *generations[uint32]
	key      uint64
	old, now uint32
	had      bool // there was an old one
}

func (u *undoStep) take() {
	if v, ok := u.in.get(u.key); !ok || v != u.now {
		return
	}
	u.in.delete(u.key)
	if u.had {
		u.in.put(u.key, u.old)
	}
}

// land makes the batch known for good.
func (f *flight) land() { f.end(false) }

// fail forgets the batch, so that it can be sent again. After land it does nothing.
func (f *flight) fail() { f.end(true) }

func (f *flight) end(failed bool) {
	f.once.mu.Lock()
	defer f.once.mu.Unlock()
	if f.ended {
		return
	}
	f.ended, f.failed = true, failed
	for _, k := range f.keys {
		delete(f.once.pending, k)
	}
	if failed {
		for i := len(f.undo) - 1; i >= 0; i-- {
			f.undo[i].take()
		}
	}
	f.once.calls.end(f, failed)
	f.once.recycle(f.undo)
	f.keys, f.undo, f.used, f.after = nil, nil, nil, nil // the calls of the batch keep the flight
	close(f.done)
}

// Flights under way at one time are few, and their batches of like size.
const (
	maxSpare     = 8
	maxSpareUndo = 1 << 15
)

func (o *once) recycle(undo []undoStep) {
	if len(o.spare) < maxSpare && cap(undo) > 0 && cap(undo) <= maxSpareUndo {
		o.spare = append(o.spare, undo[:0])
	}
}

// errForerunner asks the sender to come again: the call that its batch reports once more was not stored after all.
var errForerunner = fmt.Errorf("a call that the batch adds to was not stored: %w", telemetry.ErrOverloaded)

// wait returns when the batches are durable whose calls this one adds to. Each of them was admitted before it, so that
// none waits for another in a circle.
func (f *flight) wait(ctx context.Context) error {
	for _, other := range f.after {
		select {
		case <-other.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		f.once.mu.Lock()
		failed := other.failed
		f.once.mu.Unlock()
		if failed {
			return errForerunner
		}
	}
	return nil
}

// admit takes out of the batch what is known already, decides which span counts for its call, and notes all that stays.
// It waits while a record of the batch is on its way to disk by another batch. origins are those of the batch's spans.
func (o *once) admit(ctx context.Context, b *telemetry.Batch, origins []origin) (*flight, error) {
	keys := batchKeys(b, origins)
	o.mu.Lock()
	for {
		other := o.inFlight(keys)
		if other == nil {
			break
		}
		o.mu.Unlock()
		select {
		case <-other.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		o.mu.Lock()
	}
	defer o.mu.Unlock()
	f := &flight{once: o, keys: keys, done: make(chan struct{})}
	if n := len(o.spare); n > 0 {
		f.undo, o.spare = o.spare[n-1], o.spare[:n-1]
	}
	for _, k := range keys {
		o.pending[k] = f
	}
	resent := o.admitLogs(f, b)
	fromLog := o.admitSpans(f, b, origins, resent)
	o.calls.settle(f, b, fromLog, o.pending)
	return f, nil
}

func batchKeys(b *telemetry.Batch, origins []origin) []uint64 {
	keys := make([]uint64, 0, len(b.Spans)+1)
	for i := range b.Spans {
		if !origins[i].fromLog || !b.Spans[i].Repeat {
			keys = append(keys, spanKey(b.Spans[i].TraceID, b.Spans[i].SpanID))
		}
	}
	for i := range b.Logs {
		if h := b.Logs[i].Batch; h != 0 && (i == 0 || h != b.Logs[i-1].Batch) {
			keys = append(keys, h)
		}
	}
	return keys
}

func (o *once) inFlight(keys []uint64) *flight {
	if len(o.pending) == 0 {
		return nil
	}
	for _, k := range keys {
		if f := o.pending[k]; f != nil {
			return f
		}
	}
	return nil
}

// admitLogs drops the logs of export requests that are known, and says of each request whether it is.
func (o *once) admitLogs(f *flight, b *telemetry.Batch) map[uint64]bool {
	if len(b.Logs) == 0 {
		return nil
	}
	var n int64
	resent := map[uint64]bool{}
	b.Logs = slices.DeleteFunc(b.Logs, func(l telemetry.Log) bool {
		if l.Batch == 0 {
			return false
		}
		again, asked := resent[l.Batch]
		if !asked {
			_, again = o.batches.get(l.Batch)
			resent[l.Batch] = again
			if !again {
				f.remember(&o.batches, l.Batch, 0)
			}
		}
		if again {
			n++
		}
		return again
	})
	addCount(b, telemetry.SignalLogs, telemetry.Duplicate, reasonResent, n)
	return resent
}

// admitSpans drops spans that are known to the letter, and those of logs that are; it marks later versions as repeats.
// It returns which of the spans that stay were made from logs.
func (o *once) admitSpans(f *flight, b *telemetry.Batch, origins []origin, resentLogs map[uint64]bool) (fromLog []bool) {
	var resent, merged int64
	kept := b.Spans[:0]
	fromLog = make([]bool, 0, len(b.Spans))
	for i := range b.Spans {
		s, from := &b.Spans[i], &origins[i]
		if from.fromLog && resentLogs[from.batch] {
			continue // the log is in the books
		}
		if from.fromLog && s.Repeat { // messages that a log carried for a span
			kept, fromLog = append(kept, *s), append(fromLog, true)
			continue
		}
		key := spanKey(s.TraceID, s.SpanID)
		switch print, known := o.spans.get(key); {
		case known && print == from.print:
			if !from.fromLog {
				resent++
			}
			continue
		case known:
			if !from.fromLog {
				merged++
			}
			s.Repeat = true // whether its numbers count is settled with those of calls
		}
		f.remember(&o.spans, key, from.print)
		kept, fromLog = append(kept, *s), append(fromLog, from.fromLog)
	}
	clear(b.Spans[len(kept):]) // who fills the batch again must not find two spans that share their parts
	b.Spans = kept
	addCount(b, telemetry.SignalSpans, telemetry.Duplicate, reasonResent, resent)
	addCount(b, telemetry.SignalSpans, telemetry.Duplicate, reasonMerged, merged)
	return fromLog
}

// remember notes a value until the flight fails.
func (f *flight) remember(in *generations[uint32], key uint64, v uint32) {
	old, had := in.get(key)
	in.put(key, v)
	f.undo = append(f.undo, undoStep{in: in, key: key, old: old, now: v, had: had})
}

// uncount takes the numbers from a span that does not stand for its call. What the client said of them stays in the
// attributes.
func uncount(g *telemetry.GenAI) {
	g.Counts = false
	g.Usage = telemetry.Usage{}
	g.Cost, g.CostReported, g.PriceVersion = telemetry.Opt{}, telemetry.Opt{}, ""
}

func addCount(b *telemetry.Batch, s telemetry.Signal, o telemetry.Outcome, reason string, n int64) {
	if n > 0 {
		b.Counts = append(b.Counts, telemetry.Count{Signal: s, Outcome: o, Reason: reason, N: n})
	}
}
