package alerting

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/notify"
)

const (
	// maxAttempts is how many attempts of one integration may be under way. Telegram's does not hear that its time is over,
	// so an attempt may last longer than anybody waits for it.
	maxAttempts = 16
	// minAttempt is how long an attempt may take that begins when the time of its group is nearly over.
	minAttempt = 5 * time.Second
	// minPause and maxPause are between attempts for a receiver that says it gets too much, where it does not say how long.
	minPause = time.Second
	maxPause = time.Minute
)

// courier makes the attempts to deliver of one integration. Each is bounded in time, is not broken off when the group's
// work ends, and is noted; what it says of an error holds no secrets.
type courier struct {
	inner notify.Notifier
	run   context.Context //nolint:containedctx // ends attempts that a stop has no more time for
	mask  *mask
	to    *delivery
	slots chan struct{}
	limit time.Duration // of one attempt
}

// Notify implements notify.Notifier. The bool says whether to try again before the next time the group is told.
func (c *courier) Notify(ctx context.Context, alerts ...*alert.Alert) (bool, error) {
	if err := c.to.pause(ctx); err != nil {
		return true, err
	}
	began := time.Now()
	again, err := c.attempt(ctx, alerts)
	if err == nil {
		c.to.delivered(began, time.Since(began))
		return false, nil
	}
	reason := notify.DefaultReason
	if known := new(notify.ErrorWithReason); errors.As(err, &known) {
		reason = known.Reason
	}
	if reason == notify.RateLimitedReason {
		again = true // Alertmanager gives some of its receivers up
		c.to.rateLimited(time.Now(), retryAfter(err.Error()))
	}
	masked := errors.New(c.mask.text(err.Error()))
	c.to.failed(time.Now(), masked)
	return again, notify.NewErrorWithReason(reason, masked)
}

// attempt tries once.
func (c *courier) attempt(ctx context.Context, alerts []*alert.Alert) (bool, error) {
	select {
	case c.slots <- struct{}{}:
	default:
		return true, fmt.Errorf("%d attempts have not come to an end yet", maxAttempts)
	}
	limit := c.limit
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, max(time.Until(deadline), minAttempt))
	}
	// The receiver may have the message already when the group's context ends.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	unlink := context.AfterFunc(c.run, cancel)
	type outcome struct {
		again bool
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() { unlink(); cancel(); <-c.slots }()
		again, err := c.inner.Notify(ctx, alerts...)
		done <- outcome{again, err}
	}()
	select {
	case o := <-done:
		return o.again, late(o.err, limit)
	case <-ctx.Done():
	}
	select {
	case o := <-done: // it heard, or was done at the same moment
		return o.again, late(o.err, limit)
	case <-time.After(time.Second):
		return true, late(context.DeadlineExceeded, limit)
	}
}

// late says of an attempt that took too long what the limit was.
func late(err error, limit time.Duration) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s: %w", limit.Round(time.Second/10), err)
	}
	return err
}

// retryText finds how many seconds a receiver asks to wait, where its answer says so, as those of Discord and Telegram do.
// The Retry-After header is not to be had: Alertmanager's receivers keep the response to themselves.
var retryText = regexp.MustCompile(`(?i)retry[_ -]after"?\s*[:=]?\s*([0-9]+(?:\.[0-9]+)?)`)

func retryAfter(text string) time.Duration {
	found := retryText.FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	seconds, err := strconv.ParseFloat(found[1], 64)
	if err != nil || seconds > maxPause.Seconds() {
		return maxPause
	}
	return time.Duration(seconds * float64(time.Second))
}
