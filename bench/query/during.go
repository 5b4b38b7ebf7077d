package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telltale-dev/telltale/bench/store/gen"
	"github.com/telltale-dev/telltale/internal/store/local"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

const (
	writers    = 4
	batchRows  = 256
	batchMost  = 256 // made ahead, so that making them takes nothing from the queries; then they come again with other ids
	slowerMost = 3.0
)

// during asks every question of a whole store, alone and while writers feed it as fast as it takes batches, each synced,
// and prints how much slower the second is. While they write, the store seals and compacts as it always does. It grows by
// that, so a question is asked alone before and after, when all is sealed, and what counts is the mean of both.
func during(ctx context.Context) error {
	var clock atomic.Int64 // 0 is the wall's; otherwise nothing is old enough to compact
	clock.Store(gen.Begin.UnixNano())
	now := func() time.Time {
		if t := clock.Load(); t != 0 {
			return time.Unix(0, t)
		}
		return time.Now()
	}
	s, err := local.Open(local.Options{Dir: *dir, Now: now, SealAge: 1000 * time.Hour})
	if err != nil {
		return err
	}
	defer func() { _ = s.Stop(ctx) }()
	if err := s.Start(ctx); err != nil {
		return err
	}
	if s.Status().Rows == 0 {
		if err := fill(ctx, s); err != nil {
			return err
		}
	}
	fmt.Printf("%d rows in %d parts\n", s.Status().Rows, s.Status().Parts)
	clock.Store(0)
	f := newFeed(s)
	fmt.Printf("\n| query | alone before, ms | after | during ingest | ratio | target |\n|---|---|---|---|---|---|\n")
	for _, q := range queries() {
		if !q.chosen() {
			continue
		}
		if err := f.compare(ctx, q); err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
	}
	fmt.Printf("\nwritten meanwhile: %.0f rows/s in batches of %d from %d writers; peak RSS of this process: %d MB\n",
		float64(f.rows.Load())/f.took.Seconds(), batchRows, writers, peakRSS())
	return nil
}

// compare asks a question before, while and after the store is fed, and prints the medians.
func (f *feed) compare(ctx context.Context, q query) error {
	before, _, err := measure(ctx, f.store, nil, q)
	if err != nil {
		return err
	}
	began := time.Now()
	f.start(ctx)
	busy, _, err := measure(ctx, f.store, nil, q)
	err = errors.Join(err, f.stop())
	f.took += time.Since(began)
	if err == nil {
		err = f.store.Seal(ctx)
	}
	if err == nil {
		err = f.store.Upkeep(ctx)
	}
	if err != nil {
		return err
	}
	after, _, err := measure(ctx, f.store, nil, q)
	if err != nil {
		return err
	}
	fmt.Printf("| %s | %.1f | %.1f | %.1f | %.2f | ≤ %g |\n", q.name, before, after, busy, 2*busy/(before+after), slowerMost)
	return nil
}

func fill(ctx context.Context, s *local.Store) error {
	g := gen.New(*total)
	for b := g.Batch(8000); b.Len() > 0; b = g.Batch(8000) {
		if err := s.Write(ctx, b); err != nil {
			return err
		}
	}
	return s.Seal(ctx)
}

// feed writes to a store what follows its events in time.
type feed struct {
	store   *local.Store
	batches []*telemetry.Batch
	next    atomic.Int64
	rows    atomic.Int64
	took    time.Duration
	done    sync.WaitGroup
	cancel  context.CancelFunc
	mu      sync.Mutex
	err     error
}

func newFeed(s *local.Store) *feed {
	f := &feed{store: s}
	for g := gen.New(*total); len(f.batches) < batchMost; {
		b := g.Batch(batchRows)
		if b.Len() == 0 {
			break
		}
		f.batches = append(f.batches, b)
	}
	return f
}

func (f *feed) start(ctx context.Context) {
	ctx, f.cancel = context.WithCancel(ctx)
	for range writers {
		f.done.Go(func() {
			for ctx.Err() == nil {
				b := f.batch(int(f.next.Add(1) - 1))
				switch err := f.store.Write(ctx, b); {
				case err == nil:
					f.rows.Add(int64(b.Len()))
				case errors.Is(err, telemetry.ErrOverloaded), ctx.Err() != nil:
				default:
					f.mu.Lock()
					f.err = errors.Join(f.err, err)
					f.mu.Unlock()
					return
				}
			}
		})
	}
}

func (f *feed) stop() error {
	f.cancel()
	f.done.Wait()
	return f.err
}

// batch is the nth batch, with ids and times of its own.
func (f *feed) batch(n int) *telemetry.Batch {
	from, round := f.batches[n%len(f.batches)], n/len(f.batches)+1
	b := &telemetry.Batch{Spans: append([]telemetry.Span(nil), from.Spans...), Logs: append([]telemetry.Log(nil), from.Logs...)}
	begin := gen.End.Add(time.Duration(n) * time.Millisecond).UnixNano()
	move := func(e *telemetry.Event, i int) {
		e.Time = begin + int64(i)
		e.TraceID[15] ^= byte(round)
		e.TraceID[14] ^= byte(round >> 8)
		e.TraceID[13] ^= 1
		e.SpanID[7] ^= byte(round)
		e.SpanID[6] ^= byte(round >> 8)
		e.RequestID = ""
	}
	for i := range b.Spans {
		move(&b.Spans[i].Event, i)
		if p := &b.Spans[i].ParentID; !p.IsZero() {
			p[7] ^= byte(round)
			p[6] ^= byte(round >> 8)
		}
	}
	for i := range b.Logs {
		move(&b.Logs[i].Event, i)
	}
	return b
}
