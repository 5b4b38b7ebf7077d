package alerting

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// deliveries remembers how each integration of each receiver fared, over reloads.
type deliveries struct {
	mu  sync.Mutex
	all map[deliveryKey]*delivery
}

type deliveryKey struct {
	receiver, integration string
	index                 int
}

// delivery is how one integration fared.
type delivery struct {
	deliveryKey

	mu        sync.Mutex
	last      time.Time
	took      time.Duration
	failing   time.Time // since when; zero: it is not
	attempts  int       // that failed since
	err       error     // of the last attempt
	notBefore time.Time // the next attempt, after it was told to slow down
	patience  time.Duration
}

func newDeliveries() *deliveries { return &deliveries{all: map[deliveryKey]*delivery{}} }

func (d *deliveries) of(receiver, integration string, index int) *delivery {
	key := deliveryKey{receiver, integration, index}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all[key] == nil {
		d.all[key] = &delivery{deliveryKey: key}
	}
	return d.all[key]
}

// retire forgets the integrations that a generation does not have.
func (d *deliveries) retire(g *generation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept := map[deliveryKey]*delivery{}
	for name, list := range g.receivers {
		for i := range list {
			key := deliveryKey{name, list[i].Name(), list[i].Index()}
			kept[key] = d.all[key]
		}
	}
	d.all = kept
}

// list is in the order of the names.
func (d *deliveries) list() []*delivery {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]*delivery, 0, len(d.all))
	for _, one := range d.all {
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b *delivery) int {
		return cmp.Or(cmp.Compare(a.receiver, b.receiver), cmp.Compare(a.integration, b.integration), cmp.Compare(a.index, b.index))
	})
	return list
}

func (d *delivery) delivered(at time.Time, took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last, d.took = at, took
	d.failing, d.attempts, d.err, d.patience = time.Time{}, 0, nil, 0
}

func (d *delivery) failed(at time.Time, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failing.IsZero() {
		d.failing = at
	}
	d.attempts++
	d.err = err
}

// rateLimited holds all attempts back: as long as the receiver asks, or twice as long as the time before.
func (d *delivery) rateLimited(at time.Time, asked time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.patience = min(max(minPause, 2*d.patience), maxPause)
	d.notBefore = at.Add(cmp.Or(asked, d.patience))
}

// pause waits until an attempt may be made.
func (d *delivery) pause(ctx context.Context) error {
	d.mu.Lock()
	until := d.notBefore
	d.mu.Unlock()
	wait := time.Until(until)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("it gets too much and is left alone until %s: %w", until.UTC().Format(time.TimeOnly+"Z"), ctx.Err())
	}
}

// ReceiverStatus is how an integration of a receiver fares.
type ReceiverStatus struct {
	Receiver    string
	Integration string        // slack, pagerduty, email, …
	Index       int           // among those of its kind
	Delivered   time.Time     // the last time; zero: not since the start
	Took        time.Duration // of that delivery
	Failing     time.Time     // since when; zero: it is not
	Attempts    int           // that failed since
	Error       string        // of the last attempt, without secrets
}

func (d *delivery) status() ReceiverStatus {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := ReceiverStatus{
		Receiver: d.receiver, Integration: d.integration, Index: d.index,
		Delivered: d.last, Took: d.took, Failing: d.failing, Attempts: d.attempts,
	}
	if d.err != nil {
		s.Error = d.err.Error()
	}
	return s
}
