package alerting

import (
	"errors"
	"sync"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/common/model"
)

var errTooMany = errors.New("too many alerts are active")

// book is told of every change of an alert: it bounds their number, and knows whether there is something to be saved. It
// implements mem.AlertStoreCallback.
type book struct {
	*silence.Silencer // forgets what it knows of alerts that are gone
	changed           chan<- struct{}

	mu    sync.Mutex
	known map[model.Fingerprint]bool // whether it has resolved
	now   uint64                     // changes of what must be saved at once
	saved uint64
}

func newBook(s *silence.Silencer, changed chan<- struct{}) *book {
	return &book{Silencer: s, changed: changed, known: map[model.Fingerprint]bool{}}
}

// PreStore refuses what is one too many.
func (b *book) PreStore(_ *alert.Alert, existing bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !existing && len(b.known) >= maxAlerts {
		return errTooMany
	}
	return nil
}

// PostStore notes an alert that is new, or that fires or has resolved since the last word on it. That it fires on need not
// be saved at once: a later process gives it time anyway.
func (b *book) PostStore(a *alert.Alert, _ bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id, resolved := a.Fingerprint(), a.Resolved()
	if before, known := b.known[id]; known && before == resolved {
		return
	}
	b.known[id] = resolved
	b.now++
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// PostDelete forgets an alert.
func (b *book) PostDelete(a *alert.Alert) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.known, a.Fingerprint())
}

func (b *book) version() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *book) savedUpTo(version uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.saved = max(b.saved, version)
}

func (b *book) unsaved() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.saved < b.now
}
