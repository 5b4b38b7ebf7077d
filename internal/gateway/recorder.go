package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

const (
	// batchSize bounds what goes to the sink at once, linger how long the first call of a batch waits for others: with the
	// sink's own write it stays within the 20 ms in which a call must be durable.
	batchSize = 256
	linger    = 3 * time.Millisecond
	writers   = 2 // so that one can encode while the other's write is on its way to the disk

	retryFirst = 10 * time.Millisecond
	retryMost  = time.Second
)

// recorder is the queue between calls and the sink. A place is reserved before a call goes upstream and given back once
// its record is durable, so put never blocks and never loses a record.
type recorder struct {
	sink     Sink
	log      *slog.Logger
	build    recordBuilder
	queue    chan *call
	capacity int64
	reserved atomic.Int64
	content  budget // bodies in the queue

	contentDropped, dropped, sinkErrors atomic.Int64

	mu      sync.Mutex
	running bool
	ctx     context.Context // of the sink; ends at a forced stop
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	drain   chan struct{} // closed: leave once nothing is reserved
	drained sync.Once
}

func newRecorder(cfg Config, sink Sink, log *slog.Logger) *recorder {
	r := &recorder{
		sink: sink, log: log, queue: make(chan *call, cfg.QueueSize), capacity: int64(cfg.QueueSize),
		content: budget{limit: cfg.ContentMemory}, drain: make(chan struct{}),
		build: recordBuilder{noContent: cfg.NoContent, raw: cfg.Raw, contentMax: cfg.ContentMax, version: cfg.Version},
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// reserve takes a place; false if there is none.
func (r *recorder) reserve() bool { return r.reserveBelow(r.capacity) }

// reserveRefusal is for calls that were refused before they were known to be allowed: strangers may fill a quarter.
func (r *recorder) reserveRefusal() bool { return r.reserveBelow((r.capacity + 3) / 4) }

func (r *recorder) reserveBelow(limit int64) bool {
	if r.reserved.Add(1) > limit {
		r.reserved.Add(-1)
		return false
	}
	return true
}

// release gives back places.
func (r *recorder) release(n int) { r.reserved.Add(int64(-n)) }

// put hands a call over. Its place is reserved.
func (r *recorder) put(c *call) {
	if size := c.contentSize(); size > 0 {
		switch {
		case r.build.noContent || c.route.API.Operation() == "":
			c.forgetContent()
		case int64(len(r.queue)) > r.capacity/2 || !r.content.take(size):
			c.forgetContent()
			c.contentDropped = true
			r.contentDropped.Add(1)
		}
	}
	r.queue <- c
}

func (r *recorder) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running || r.ctx.Err() != nil {
		return
	}
	r.running = true
	for range writers {
		r.wg.Go(r.write)
	}
}

// stop flushes what was put. No call may be running but those that ignore being cut.
func (r *recorder) stop(ctx context.Context) error {
	r.drained.Do(func() { close(r.drain) })
	done := make(chan struct{})
	go func() { r.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
	r.cancel()
	<-done
	if n := len(r.queue); n > 0 {
		r.dropped.Add(int64(n))
		for range n {
			<-r.queue
		}
		r.release(n)
		return fmt.Errorf("stop gateway: %d records could not be kept", n)
	}
	return nil
}

// write collects batches and gives them to the sink until the recorder stops.
func (r *recorder) write() {
	calls := make([]*call, 0, batchSize)
	var batch telemetry.Batch
	for {
		select {
		case c := <-r.queue:
			calls = append(calls[:0], c)
		case <-r.ctx.Done():
			return
		case <-r.drain:
			select {
			case c := <-r.queue:
				calls = append(calls[:0], c)
			case <-r.ctx.Done():
				return
			default:
				return
			}
		}
		time.Sleep(linger)
		calls = r.collect(calls)
		r.deliver(calls, &batch)
		clear(calls)
	}
}

func (r *recorder) collect(calls []*call) []*call {
	for len(calls) < batchSize {
		select {
		case c := <-r.queue:
			calls = append(calls, c)
		default:
			return calls
		}
	}
	return calls
}

// deliver tries until the sink has the batch. It is built anew each time, since the sink may change it.
func (r *recorder) deliver(calls []*call, batch *telemetry.Batch) {
	wait := retryFirst
	for {
		r.build.fill(batch, calls)
		err := r.sink.Ingest(r.ctx, batch)
		if err == nil {
			break
		}
		r.sinkErrors.Add(1)
		if r.ctx.Err() != nil || errors.Is(err, telemetry.ErrStopped) {
			r.dropped.Add(int64(len(calls)))
			r.log.Error("records of calls are lost, the store has stopped", "calls", len(calls), "error", err)
			break
		}
		if wait == retryFirst || wait == retryMost {
			r.log.Warn("records of calls wait, the store does not take them", "calls", len(calls), "error", err)
		}
		r.dropContent(calls)
		select {
		case <-time.After(wait):
		case <-r.ctx.Done():
		}
		wait = min(2*wait, retryMost)
	}
	n := len(calls)
	for _, c := range calls {
		r.content.give(c.contentSize())
		c.free()
	}
	r.release(n)
}

// dropContent frees the bodies of calls that wait, once half of the queue is taken.
func (r *recorder) dropContent(calls []*call) {
	if int64(len(r.queue)) <= r.capacity/2 {
		return
	}
	for _, c := range calls {
		if n := c.contentSize(); n > 0 {
			r.content.give(n)
			c.forgetContent()
			c.contentDropped = true
			r.contentDropped.Add(1)
		}
	}
}

func (c *call) contentSize() int64 { return int64(len(c.body) + len(c.answer) + len(c.answerEnd)) }

func (c *call) forgetContent() { c.body, c.answer, c.answerEnd = nil, nil, nil }
