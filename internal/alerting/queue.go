package alerting

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
)

// Alert is an alert as rules say it.
type Alert struct {
	Labels, Annotations map[string]string
	StartsAt            time.Time // zero is now
	// EndsAt in the past says that it has resolved; in the future, that it has unless it is said again before. Zero is
	// the resolve_timeout of the configuration from now.
	EndsAt       time.Time
	GeneratorURL string
}

// queue holds what was said until it is taken, the last word on each alert. It is bounded by the number of alerts; those
// beyond are dropped and counted: rules say what fires again within a minute.
type queue struct {
	limit   int
	dropped prometheus.Counter

	mu      sync.Mutex
	waiting map[model.Fingerprint]*alert.Alert
	order   []model.Fingerprint
	lost    int64
	ready   chan struct{}
}

func newQueue(limit int, dropped prometheus.Counter) *queue {
	return &queue{limit: limit, dropped: dropped, waiting: map[model.Fingerprint]*alert.Alert{}, ready: make(chan struct{}, 1)}
}

// put returns how many alerts did not fit.
func (q *queue) put(alerts []*alert.Alert) (refused int) {
	q.mu.Lock()
	for _, a := range alerts {
		id := a.Fingerprint()
		_, waits := q.waiting[id]
		switch {
		case !waits && len(q.order) >= q.limit:
			refused++
			continue
		case !waits:
			q.order = append(q.order, id)
		}
		q.waiting[id] = a
	}
	q.lost += int64(refused)
	q.mu.Unlock()
	q.dropped.Add(float64(refused))
	select {
	case q.ready <- struct{}{}:
	default:
	}
	return refused
}

func (q *queue) take() []*alert.Alert {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := make([]*alert.Alert, 0, len(q.order))
	for _, id := range q.order {
		list = append(list, q.waiting[id])
	}
	clear(q.waiting)
	q.order = nil
	return list
}

func (q *queue) state() (length, capacity, dropped int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return int64(len(q.order)), int64(q.limit), q.lost
}

// Alert takes what rules say. It never blocks, and may be called before Start.
func (m *Alertmanager) Alert(alerts []Alert) {
	now := time.Now()
	list := make([]*alert.Alert, 0, len(alerts))
	for i := range alerts {
		a := newAlert(&alerts[i], now)
		if err := a.Validate(); err != nil {
			m.log.Warn("an alert that is none was left out", "error", err)
			continue
		}
		list = append(list, a)
	}
	if refused := m.queue.put(list); refused > 0 {
		m.log.Error("alerts were dropped: too many at once", slog.Int("alerts", refused), slog.Int("limit", maxAlerts))
	}
}

func newAlert(from *Alert, now time.Time) *alert.Alert {
	a := &alert.Alert{UpdatedAt: now, Timeout: from.EndsAt.IsZero()}
	a.Labels, a.Annotations = labelSet(from.Labels), labelSet(from.Annotations)
	a.StartsAt, a.EndsAt, a.GeneratorURL = from.StartsAt, from.EndsAt, from.GeneratorURL
	if a.StartsAt.IsZero() {
		a.StartsAt = now
		if !a.EndsAt.IsZero() && a.EndsAt.Before(now) {
			a.StartsAt = a.EndsAt
		}
	}
	return a
}

// labelSet leaves out empty values: to Alertmanager a label without a value is none.
func labelSet(from map[string]string) model.LabelSet {
	set := make(model.LabelSet, len(from))
	for name, value := range from {
		if value != "" {
			set[model.LabelName(name)] = model.LabelValue(value)
		}
	}
	return set
}

// take moves what was said to where groups are made, until ctx ends and the queue is empty.
func (m *Alertmanager) take(ctx context.Context) {
	for {
		select {
		case <-m.queue.ready:
			m.accept(m.queue.take())
		case <-ctx.Done():
			m.accept(m.queue.take())
			return
		}
	}
}

// accept leaves out what says nothing new: rules repeat for a quarter of an hour that an alert has resolved, and a group
// that was told would be told again.
func (m *Alertmanager) accept(said []*alert.Alert) {
	timeout := time.Duration(m.running.Load().plan.config.Global.ResolveTimeout)
	news := said[:0]
	for _, a := range said {
		if a.EndsAt.IsZero() {
			a.EndsAt = a.UpdatedAt.Add(timeout)
		}
		if a.Resolved() {
			old, err := m.alerts.Get(a.Fingerprint())
			if err != nil || old.Resolved() {
				continue
			}
		}
		news = append(news, a)
	}
	if len(news) > 0 {
		_ = m.alerts.Put(context.Background(), news...) // never fails; what does not fit is counted by the book
	}
}
