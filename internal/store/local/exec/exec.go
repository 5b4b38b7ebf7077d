// Package exec answers queries over parts and memtables.
//
// A query becomes a tree of conditions on columns. Row groups are left out by time, statistics, dictionaries and filters;
// what remains is evaluated a page at a time, on dictionary codes where there are any, and rows are made into records only
// when they are part of the answer. Repeats of spans are merged into their base first, see overlay.
package exec

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

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
	damaged  func(name string, err error)
	workers  chan *worker // a worker, or nil where one is still to be made
	repeats  repeatCache
}

var _ telemetry.Reader = (*Engine)(nil)

// New makes an engine. Each query calls snapshot once and the function it returns when it has ended; in between the parts
// must stay open, see part.Part.Retain.
func New(snapshot func() (*Snapshot, func()), o Options) *Engine {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	e := &Engine{snapshot: snapshot, damaged: o.Damaged, workers: make(chan *worker, o.Workers)}
	for range o.Workers {
		e.workers <- nil
	}
	return e
}

// Capabilities implements telemetry.Reader.
func (e *Engine) Capabilities() telemetry.Capabilities {
	return telemetry.Capabilities{Name: "local", WordFind: true}
}

// failed passes an error on, and damage to who wants to know.
func (e *Engine) failed(err error) error {
	if corrupt, ok := errors.AsType[*part.CorruptError](err); ok && e.damaged != nil {
		e.damaged(corrupt.Name, corrupt.Err)
	}
	return err
}

// acquire waits for a worker. There are as many as Options.Workers, whatever the number of queries, so that memory and the
// share of the processor that queries take are bounded.
func (e *Engine) acquire(ctx context.Context) (*worker, error) {
	select {
	case w := <-e.workers:
		if w != nil {
			return w, nil
		}
		w, err := newWorker()
		if err != nil {
			e.workers <- nil
		}
		return w, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *Engine) release(w *worker) {
	if w.forget(); w.heavy() {
		w.d.Close()
		w = nil
	}
	e.workers <- w
}

// each calls visit for 0 to n-1, in this order, on as many workers as are free. It ends early after an error, when ctx
// ends, or when visit returns false.
func (e *Engine) each(ctx context.Context, n int, visit func(w *worker, i int) (bool, error)) error {
	var next atomic.Int64
	var stop atomic.Bool
	var failure error
	var once sync.Once
	run := func() {
		for !stop.Load() {
			w, err := e.acquire(ctx)
			if err == nil {
				i := int(next.Add(1)) - 1
				more := false
				if i < n {
					w.ctx = ctx
					more, err = visit(w, i)
				}
				e.release(w)
				if err == nil && more {
					continue
				}
				if i >= n {
					return
				}
			}
			stop.Store(true)
			if err != nil {
				once.Do(func() { failure = err })
			}
			return
		}
	}
	var wg sync.WaitGroup
	for range min(cap(e.workers), n) - 1 {
		wg.Go(run)
	}
	run()
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return e.failed(failure)
}
