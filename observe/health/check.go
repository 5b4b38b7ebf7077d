package health

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// check is a Check and its latest result.
type check struct {
	Check

	mu     sync.Mutex
	run    *run // under way; nil if none is
	latest Result
}

// run is one execution of a check.
type run struct {
	started time.Time
	done    chan struct{}
}

var (
	errClosed = errors.New("the service has stopped")
	errLate   = errors.New("out of time")
)

// begin starts the check unless its result is young enough or it is being run.
func (c *Checks) begin(k *check, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.run != nil || !k.latest.Time.IsZero() && now.Sub(k.latest.Time) < k.MaxAge {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		k.latest = Result{Status: Failed, Err: errClosed, Time: now}
		return
	}
	r := &run{started: now, done: make(chan struct{})}
	k.run = r
	c.active++
	c.running.Go(func() {
		defer func() {
			c.mu.Lock()
			c.active--
			c.mu.Unlock()
		}()
		result := k.examine(c.ctx, r)
		k.mu.Lock()
		k.latest, k.run = result, nil
		k.mu.Unlock()
		close(r.done)
	})
}

// examine runs the check once. A panic is a failure.
func (k *check) examine(ctx context.Context, r *run) (result Result) {
	ctx, cancel := context.WithTimeout(ctx, k.Timeout)
	defer cancel()
	var err error
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
		result = Result{Status: OK, Err: err, Time: time.Now(), Duration: time.Since(r.started)}
		switch {
		case err == nil:
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil:
			result.Status = Timeout
		default:
			result.Status = Failed
		}
	}()
	err = k.Run(ctx)
	return result
}

// result returns the latest result, after the run that is under way if there is one. A run that has passed its time is
// not waited for.
func (k *check) result(ctx context.Context, now time.Time) Result {
	k.mu.Lock()
	r, latest := k.run, k.latest
	k.mu.Unlock()
	if r != nil {
		late := time.NewTimer(r.started.Add(k.Timeout).Sub(now))
		defer late.Stop()
		select {
		case <-r.done:
			k.mu.Lock()
			latest = k.latest
			k.mu.Unlock()
		case <-late.C:
			latest = Result{Status: Timeout, Err: errLate, Time: r.started, Duration: time.Since(r.started)}
		case <-ctx.Done():
			latest = Result{Status: Timeout, Err: ctx.Err(), Time: r.started, Duration: time.Since(r.started)}
		}
	}
	latest.Name, latest.Optional = k.Name, k.Optional
	return latest
}
