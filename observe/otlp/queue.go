package otlp

import (
	"sync"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// limits bound what waits for one signal.
type limits struct {
	records, bytes           int // of the queue
	batchRecords, batchBytes int // of one request
}

// queuedSpan is a span that waits, and about how many bytes it takes.
type queuedSpan struct {
	sdktrace.ReadOnlySpan
	size int
}

// spanQueue is a ring of spans. Any goroutine adds, one takes.
type spanQueue struct {
	limits limits

	mu     sync.Mutex
	ring   []queuedSpan
	first  int
	n      int
	bytes  int
	closed bool
}

// minRing is what a ring has room for at first; it doubles up to the limit.
const minRing = 64

// add puts a span at the end. It reports false where there is no room, and whether a whole batch waits since this one.
func (q *spanQueue) add(s queuedSpan) (ok, full bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.n >= q.limits.records || q.bytes+s.size > q.limits.bytes {
		return false, false
	}
	if q.n == len(q.ring) {
		q.grow()
	}
	at := q.first + q.n
	if at >= len(q.ring) {
		at -= len(q.ring)
	}
	before := q.fullLocked()
	q.ring[at] = s
	q.n++
	q.bytes += s.size
	return true, !before && q.fullLocked()
}

func (q *spanQueue) grow() {
	wider := make([]queuedSpan, min(max(2*len(q.ring), minRing), q.limits.records))
	n := copy(wider, q.ring[q.first:])
	copy(wider[n:], q.ring[:q.first])
	q.ring, q.first = wider, 0
}

func (q *spanQueue) fullLocked() bool {
	return q.n >= q.limits.batchRecords || q.bytes >= q.limits.batchBytes
}

func (q *spanQueue) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.fullLocked()
}

func (q *spanQueue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.n
}

// take moves the next batch to the end of to.
func (q *spanQueue) take(to []queuedSpan) []queuedSpan {
	q.mu.Lock()
	defer q.mu.Unlock()
	for bytes := 0; q.n > 0 && len(to) < q.limits.batchRecords; {
		s := q.ring[q.first]
		if bytes += s.size; bytes > q.limits.batchBytes && len(to) > 0 {
			break
		}
		to = append(to, s)
		q.ring[q.first] = queuedSpan{}
		if q.first++; q.first == len(q.ring) {
			q.first = 0
		}
		q.n--
		q.bytes -= s.size
	}
	return to
}

// close refuses what comes from now on, and returns how many spans were left.
func (q *spanQueue) close() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	left := q.n
	q.closed, q.ring, q.first, q.n, q.bytes = true, nil, 0, 0, 0
	return left
}

// chunk is a batch of records that are encoded already.
type chunk struct {
	bytes   []byte
	records int
	loggers []loggerRun
}

// loggerRun are records of one logger that follow each other.
type loggerRun struct {
	name string
	end  int // in the bytes of the chunk
}

// chunkQueue holds encoded records in chunks of about a batch. Any goroutine adds, one takes.
type chunkQueue struct {
	limits limits

	mu      sync.Mutex
	chunks  []chunk
	spare   [][]byte
	records int
	bytes   int
	ended   bool
}

// maxSpare is how many emptied chunks are kept for what comes.
const maxSpare = 4

// add copies an encoded record to the end, see spanQueue.add.
func (q *chunkQueue) add(logger string, record []byte) (ok, full bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended || q.records >= q.limits.records || q.bytes+len(record) > q.limits.bytes {
		return false, false
	}
	last := len(q.chunks) - 1
	if last < 0 || q.closed(&q.chunks[last], len(record)) {
		full = last >= 0
		q.chunks = append(q.chunks, chunk{bytes: q.blank()})
		last++
	}
	c := &q.chunks[last]
	c.bytes = append(c.bytes, record...)
	c.records++
	if n := len(c.loggers); n > 0 && c.loggers[n-1].name == logger {
		c.loggers[n-1].end = len(c.bytes)
	} else {
		c.loggers = append(c.loggers, loggerRun{logger, len(c.bytes)})
	}
	q.records++
	q.bytes += len(record)
	return true, full || c.records == q.limits.batchRecords
}

// closed reports whether a chunk takes no further record of that size.
func (q *chunkQueue) closed(c *chunk, size int) bool {
	return c.records >= q.limits.batchRecords || len(c.bytes)+size > q.limits.batchBytes
}

func (q *chunkQueue) blank() []byte {
	if n := len(q.spare); n > 0 {
		b := q.spare[n-1]
		q.spare = q.spare[:n-1]
		return b
	}
	return nil
}

func (q *chunkQueue) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.chunks) > 1 || len(q.chunks) == 1 && q.closed(&q.chunks[0], 0)
}

func (q *chunkQueue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.records
}

// take removes the next chunk. The caller gives its bytes back with release.
func (q *chunkQueue) take() chunk {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.chunks) == 0 {
		return chunk{}
	}
	c := q.chunks[0]
	q.chunks[0] = chunk{}
	q.chunks = q.chunks[:copy(q.chunks, q.chunks[1:])]
	q.records -= c.records
	q.bytes -= len(c.bytes)
	return c
}

func (q *chunkQueue) release(c chunk) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.spare) < maxSpare && cap(c.bytes) <= 2*q.limits.batchBytes {
		q.spare = append(q.spare, c.bytes[:0])
	}
}

// close refuses what comes from now on, and returns how many records were left.
func (q *chunkQueue) close() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	left := q.records
	q.ended, q.chunks, q.spare, q.records, q.bytes = true, nil, nil, 0, 0
	return left
}
