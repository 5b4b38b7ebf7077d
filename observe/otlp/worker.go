package otlp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// source makes the requests of one signal.
type source interface {
	// waiting is how many records there are, full whether they fill a request.
	waiting() int
	full() bool
	// next returns a request with the next records and how many they are; none if there is nothing. The bytes are valid
	// until the next call.
	next() (request []byte, records int)
}

// worker sends one signal, so that a backend slow with one does not hold up the others.
type worker struct {
	exporter *Exporter
	signal   Signal
	source   source
	interval time.Duration
	counts   *counts

	wake  chan struct{}      // a batch is there
	flush chan chan struct{} // closed when all that waited is sent

	reported time.Time // when OnError was called last
	withheld int       // errors since
	dropped  uint64    // of counts, when it was reported last

	rejections map[string]struct{} // messages of partial success that were reported
}

func (w *worker) run() {
	tick := time.NewTicker(w.interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			w.sendAll()
		case <-w.wake:
			for w.source.full() && w.sendNext() {
				continue
			}
		case done := <-w.flush:
			w.sendAll()
			close(done)
		case <-w.exporter.stop:
			w.sendAll()
			return
		}
		w.reportDropped()
	}
}

// sendAll sends what waits now, not what comes meanwhile.
func (w *worker) sendAll() {
	for left := w.source.waiting(); left > 0 && w.exporter.ctx.Err() == nil; {
		request, n := w.source.next()
		if n == 0 {
			return
		}
		w.deliver(request, n)
		left -= n
	}
}

func (w *worker) sendNext() bool {
	if w.exporter.ctx.Err() != nil {
		return false
	}
	request, n := w.source.next()
	if n > 0 {
		w.deliver(request, n)
	}
	return n > 0
}

// Waits between attempts: each twice as long as the one before, and by chance half to one and a half times that.
const (
	firstWait = 250 * time.Millisecond
	longWait  = 5 * time.Second
)

// deliver sends a request until it arrives, is refused for good, or has used up its time.
func (w *worker) deliver(request []byte, n int) {
	ctx, cancel := context.WithTimeout(w.exporter.ctx, w.exporter.options.Timeout)
	defer cancel()
	for wait := firstWait; ; wait = min(2*wait, longWait) {
		err := w.exporter.options.Sender.Send(ctx, w.signal, request)
		var retry *Retry
		if !errors.As(err, &retry) || !pause(ctx, max(retry.After, wait/2+rand.N(wait))) {
			w.settle(err, n)
			return
		}
	}
}

// pause waits, and reports false if ctx leaves no time for that.
func pause(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// settle counts what became of n records.
func (w *worker) settle(err error, n int) {
	var partial *Partial
	switch {
	case err == nil:
		w.counts.sent.Add(uint64(n))
		return
	case errors.As(err, &partial):
		rejected := uint64(max(0, min(partial.Rejected, int64(n))))
		w.counts.rejected.Add(rejected)
		w.counts.sent.Add(uint64(n) - rejected)
		if w.toldOf(partial.Message) {
			return
		}
	case w.exporter.ctx.Err() != nil: // Shutdown has given up
		w.counts.dropped.Add(uint64(n))
		return
	default:
		w.counts.failed.Add(uint64(n))
	}
	w.report(err)
}

// maxRejections bounds how many messages are remembered.
const maxRejections = 64

// toldOf reports whether a rejection was reported before: a backend that does not keep something says so each time.
func (w *worker) toldOf(message string) bool {
	if _, told := w.rejections[message]; told {
		return true
	}
	if w.rejections == nil {
		w.rejections = map[string]struct{}{}
	}
	if len(w.rejections) < maxRejections {
		w.rejections[message] = struct{}{}
	}
	return false
}

// reportEvery is the least time between two errors to OnError.
const reportEvery = 10 * time.Second

func (w *worker) report(err error) {
	now := time.Now()
	if !w.reported.IsZero() && now.Sub(w.reported) < reportEvery {
		w.withheld++
		return
	}
	err = fmt.Errorf("export %s: %w", w.signal, err)
	if w.withheld > 0 {
		err = fmt.Errorf("%w (and %d errors before)", err, w.withheld)
	}
	w.reported, w.withheld = now, 0
	w.exporter.options.OnError(err)
}

// reportDropped tells of records that found the queue full since the last time.
func (w *worker) reportDropped() {
	now := w.counts.dropped.Load()
	if now == w.dropped || !w.reported.IsZero() && time.Since(w.reported) < reportEvery {
		return
	}
	w.report(fmt.Errorf("queue full, %d records dropped", now-w.dropped))
	w.dropped = now
}
