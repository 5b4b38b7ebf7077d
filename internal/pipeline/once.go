package pipeline

import (
	"context"
	"slices"
	"sync"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// once remembers what was received lately, so that nothing counts twice: a batch sent again, a span sent again, and a call
// that was seen by more than one instrument. Memory is bounded: two generations, the older of which is forgotten when
// the newer is full.
type once struct {
	mu      sync.Mutex
	spans   generations[uint64] // by span key: fingerprint, 0 where unknown
	batches generations[struct{}]
	calls   callIndex
	pending map[uint64]*flight // by span key or batch hash: on its way to disk
}

// Reasons in the books.
const (
	reasonResent = "sent again"
	reasonMerged = "merged into a stored span"
	reasonTwice  = "same call reported twice"
)

func newOnce(remember int) *once {
	return &once{
		spans:   newGenerations[uint64](remember / 2),
		batches: newGenerations[struct{}](64 << 10),
		calls:   newCallIndex(max(remember/16, 1024)),
		pending: map[uint64]*flight{},
	}
}

// recall notes a record that was stored before the start.
func (o *once) recall(id telemetry.Identity) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if id.Batch != 0 {
		o.batches.put(id.Batch, struct{}{})
		return
	}
	if id.SpanID.IsZero() {
		return
	}
	o.spans.put(spanKey(id.TraceID, id.SpanID), 0)
	if k := responseKey(id.Provider, id.ResponseID); k != 0 {
		o.calls.byResponse.put(k, &call{trace: id.TraceID, span: id.SpanID, begin: id.Time, end: id.Time})
	}
}

// flight is a batch between admission and disk. Whoever brings one of its records again waits for its end, since a
// duplicate may only be acknowledged when the first is durable.
type flight struct {
	once *once
	keys []uint64
	undo []func()
	done chan struct{}
}

// land makes the batch known for good.
func (f *flight) land() { f.end(false) }

// fail forgets the batch, so that it can be sent again.
func (f *flight) fail() { f.end(true) }

func (f *flight) end(failed bool) {
	f.once.mu.Lock()
	defer f.once.mu.Unlock()
	for _, k := range f.keys {
		delete(f.once.pending, k)
	}
	if failed {
		for _, undo := range slices.Backward(f.undo) {
			undo()
		}
	}
	close(f.done)
}

// admit takes out of the batch what is known already, decides which span counts for its call, and notes all that stays.
// It waits while a record of the batch is on its way to disk by another batch.
func (o *once) admit(ctx context.Context, b *telemetry.Batch, fingerprints []uint64) (*flight, error) {
	keys := batchKeys(b)
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
	for _, k := range keys {
		o.pending[k] = f
	}
	o.admitLogs(f, b)
	o.admitSpans(f, b, fingerprints)
	return f, nil
}

func batchKeys(b *telemetry.Batch) []uint64 {
	keys := make([]uint64, 0, len(b.Spans)+1)
	for i := range b.Spans {
		keys = append(keys, spanKey(b.Spans[i].TraceID, b.Spans[i].SpanID))
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

// admitLogs drops the logs of export requests that are known.
func (o *once) admitLogs(f *flight, b *telemetry.Batch) {
	var resent int64
	known := map[uint64]bool{}
	b.Logs = slices.DeleteFunc(b.Logs, func(l telemetry.Log) bool {
		if l.Batch == 0 {
			return false
		}
		again, asked := known[l.Batch]
		if !asked {
			_, again = o.batches.get(l.Batch)
			known[l.Batch] = again
			if !again {
				o.batches.put(l.Batch, struct{}{})
				f.undo = append(f.undo, func() { o.batches.delete(l.Batch) })
			}
		}
		if again {
			resent++
		}
		return again
	})
	addCount(b, telemetry.SignalLogs, telemetry.Duplicate, reasonResent, resent)
}

// admitSpans drops spans that are known to the letter, marks later versions as repeats, and settles what counts.
func (o *once) admitSpans(f *flight, b *telemetry.Batch, fingerprints []uint64) {
	var resent, merged int64
	kept := b.Spans[:0]
	for i := range b.Spans {
		s := &b.Spans[i]
		if s.Repeat { // messages that a log carried for a span; the log itself is in the books
			kept = append(kept, *s)
			continue
		}
		key := spanKey(s.TraceID, s.SpanID)
		switch print, known := o.spans.get(key); {
		case known && print == fingerprints[i]:
			resent++
			continue
		case known:
			merged++
			asRepeat(s)
		default:
			o.spans.put(key, fingerprints[i])
			f.undo = append(f.undo, func() { o.spans.delete(key) })
		}
		kept = append(kept, *s)
	}
	b.Spans = kept
	addCount(b, telemetry.SignalSpans, telemetry.Duplicate, reasonResent, resent)
	addCount(b, telemetry.SignalSpans, telemetry.Duplicate, reasonMerged, merged)
	o.calls.settle(f, b)
}

// asRepeat makes a span the later version of one that is stored: without numbers, so that sums stay right.
func asRepeat(s *telemetry.Span) {
	s.Repeat = true
	if s.GenAI != nil {
		uncount(s.GenAI)
	}
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

// generations is a map that forgets its older half when it is full.
type generations[V any] struct {
	size     int
	now, old map[uint64]V
}

func newGenerations[V any](size int) generations[V] {
	return generations[V]{size: max(size, 1), now: map[uint64]V{}}
}

func (g *generations[V]) get(k uint64) (V, bool) {
	if v, ok := g.now[k]; ok {
		return v, true
	}
	v, ok := g.old[k]
	return v, ok
}

func (g *generations[V]) put(k uint64, v V) {
	if len(g.now) >= g.size {
		g.old, g.now = g.now, make(map[uint64]V, g.size/4)
	}
	g.now[k] = v
}

func (g *generations[V]) delete(k uint64) {
	delete(g.now, k)
	delete(g.old, k)
}
