package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe"
)

// job is a reading that waits, with the trace and the identity of the request that brought it.
type job struct {
	reading reading
	carrier map[string]string
	since   time.Time
}

// queue is between the requests and the analysis. It is bounded: a service that takes more than it can do only fails later.
type queue struct {
	tel   *observe.Telemetry
	work  func(context.Context, reading) error
	depth prometheus.Gauge

	mu     sync.RWMutex
	closed bool
	jobs   chan job

	workers sync.WaitGroup
	stop    context.CancelCauseFunc
}

// analysisTime is how long one analysis may take.
const analysisTime = 30 * time.Second

func newQueue(tel *observe.Telemetry, size, workers int, work func(context.Context, reading) error) *queue {
	ctx, stop := context.WithCancelCause(context.Background())
	q := &queue{tel: tel, work: work, jobs: make(chan job, size), stop: stop}
	q.depth = tel.Metrics().Gauge("jobs_queue_depth", "Jobs that wait, by queue.", "queue").With("analysis")
	for range workers {
		q.workers.Go(func() {
			for j := range q.jobs {
				q.depth.Dec()
				q.run(ctx, j)
			}
		})
	}
	return q
}

// push lets a reading wait, or reports that there is no room.
func (q *queue) push(ctx context.Context, r reading) bool {
	j := job{reading: r, carrier: map[string]string{}, since: time.Now()}
	observe.Inject(ctx, j.carrier) // the request's context ends with the answer; what it says of trace, user and request goes on
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return false
	}
	q.depth.Inc() // before a worker can take it: the gauge is never below zero
	select {
	case q.jobs <- j:
		return true
	default:
		q.depth.Dec()
		return false
	}
}

func (q *queue) run(ctx context.Context, j job) {
	ctx, cancel := context.WithTimeout(observe.Extract(ctx, j.carrier), analysisTime)
	defer cancel()
	ctx, span := q.tel.Tracer().Start(ctx, "analyse reading", trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(attribute.String("sensor", j.reading.Sensor), attribute.Float64("wait_ms", time.Since(j.since).Seconds()*1e3)))
	defer span.End()
	defer func() {
		if p := recover(); p != nil { // one bad reading does not end the service
			observe.Error(ctx, fmt.Errorf("analysis panicked: %v", p), "sensor", j.reading.Sensor)
		}
	}()
	if err := q.work(ctx, j.reading); err != nil {
		observe.Error(ctx, err, "sensor", j.reading.Sensor)
	}
}

// drain takes no more, and waits for what is in the queue. When ctx ends first, what is left is given up.
func (q *queue) drain(ctx context.Context) error {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.jobs)
	}
	q.mu.Unlock()
	done := make(chan struct{})
	go func() {
		q.workers.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		q.stop(errors.New("the service stops"))
		<-done
		return fmt.Errorf("drain the queue: %w", ctx.Err())
	}
}
