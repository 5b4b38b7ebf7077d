package wal

import (
	"fmt"
	"slices"
	"sync"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// entry is an encoded batch on its way.
type entry struct {
	batch *telemetry.Batch
	buf   []byte // room for the frame's header, then the payload
	raw   []byte // scratch
	crc   uint32
	spans int64
	logs  int64
	end   Position
	done  chan error
}

var entries = sync.Pool{New: func() any { return &entry{done: make(chan error, 1)} }}

// keepBuffer is the largest buffer that is kept for reuse.
const keepBuffer = 4 << 20

func (e *entry) release() {
	if cap(e.raw) > keepBuffer || cap(e.buf) > keepBuffer {
		return
	}
	e.batch = nil
	entries.Put(e)
}

// queue holds what waits for the committer.
type queue struct {
	mu       sync.Mutex
	wake     *sync.Cond
	waiting  []*entry
	bytes    int64
	maxBytes int64
	maxLen   int
	closed   bool
	roll     bool
	probe    bool
}

func (q *queue) init(maxBytes int64, maxLen int) {
	q.wake = sync.NewCond(&q.mu)
	q.maxBytes, q.maxLen = maxBytes, maxLen
}

// admits reports early whether a push has a chance, before work is spent on encoding, and how many bytes wait.
func (q *queue) admits() (waiting int64, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes, q.refusal(0)
}

func (q *queue) refusal(n int64) error {
	if q.closed {
		return telemetry.ErrStopped
	}
	if len(q.waiting) > 0 && (q.bytes+n > q.maxBytes || len(q.waiting) >= q.maxLen) {
		return fmt.Errorf("%d batches wait for the disk: %w", len(q.waiting), telemetry.ErrOverloaded)
	}
	return nil
}

func (q *queue) push(e *entry) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := int64(len(e.buf))
	if err := q.refusal(n); err != nil {
		return err
	}
	q.waiting = append(q.waiting, e)
	q.bytes += n
	q.wake.Signal()
	return nil
}

// withdraw takes an entry back that is not on its way to the disk yet.
func (q *queue) withdraw(e *entry) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, e)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	q.bytes -= int64(len(e.buf))
	return true
}

// groupBytes bounds what one write to the disk holds, unless a single frame is larger.
const groupBytes = 8 << 20

// take waits for work. It returns what is to be written together, and what was demanded since; ok is false at the end.
func (q *queue) take(group []*entry) (_ []*entry, roll, probe, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.closed && !q.probe {
		q.wake.Wait()
	}
	n, bytes := 0, int64(0)
	for n < len(q.waiting) && (n == 0 || bytes+int64(len(q.waiting[n].buf)) <= groupBytes) {
		bytes += int64(len(q.waiting[n].buf))
		n++
	}
	group = append(group, q.waiting[:n]...)
	q.waiting = slices.Delete(q.waiting, 0, n)
	q.bytes -= bytes
	roll, probe = q.roll && n > 0, q.probe
	if roll {
		q.roll = false
	}
	q.probe = false
	return group, roll, probe, n > 0 || probe || !q.closed
}

func (q *queue) demand(what *bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	*what = true
	q.wake.Signal()
}

// close lets no more in. It reports whether it was open.
func (q *queue) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	was := !q.closed
	q.closed = true
	q.wake.Broadcast()
	return was
}
