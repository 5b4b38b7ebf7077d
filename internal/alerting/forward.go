package alerting

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/common/model"
)

const (
	forwardBatch   = 256 // alerts of one request
	forwardTimeout = 10 * time.Second
	forwardPause   = time.Second // after the first failure; doubles up to forwardMost
	forwardMost    = 30 * time.Second
)

// Forward tells Alertmanagers elsewhere what rules say. Each has a queue of its own, which holds the last word on each
// alert until it is taken. It is in memory: rules say again each minute what fires, and for a quarter of an hour what has
// resolved.
type Forward struct {
	client *http.Client
	log    *slog.Logger
	to     []*peer
	cancel context.CancelFunc
	work   sync.WaitGroup
}

type peer struct {
	delivery
	url    string
	queue  *queue
	sent   prometheus.Counter
	failed prometheus.Counter
}

// NewForward checks the URLs, of which each may have a path before /api/v2.
func NewForward(urls []string, reg prometheus.Registerer, log *slog.Logger) (*Forward, error) {
	f := &Forward{log: log.With("part", "alerting"), cancel: func() {}, client: &http.Client{
		Timeout: forwardTimeout, Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: forwardTimeout,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	count := func(name, help string) *prometheus.CounterVec {
		return promauto.With(reg).NewCounterVec(prometheus.CounterOpts{Name: "telltale_alerting_forward_" + name, Help: help}, []string{"alertmanager"})
	}
	sent, failed := count("sent_total", "Alerts that an external Alertmanager took."), count("failed_requests_total", "Requests that an external Alertmanager did not take.")
	dropped := count("dropped_total", "Alerts that did not fit into the queue of an external Alertmanager.")
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("alerting: %q is no URL of an Alertmanager", text)
		}
		name := u.Redacted()
		f.to = append(f.to, &peer{
			delivery: delivery{deliveryKey: deliveryKey{name, "alertmanager", 0}}, url: u.JoinPath("api/v2/alerts").String(),
			queue: newQueue(maxAlerts, dropped.WithLabelValues(name)), sent: sent.WithLabelValues(name), failed: failed.WithLabelValues(name),
		})
	}
	return f, nil
}

// Start begins to send.
func (f *Forward) Start(ctx context.Context) {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f.cancel = cancel
	for _, p := range f.to {
		f.work.Go(func() { f.run(run, p) })
	}
}

// Stop sends what waits, once, until ctx ends. It may be called twice, or without Start.
func (f *Forward) Stop(ctx context.Context) {
	f.cancel()
	f.work.Wait()
	for _, p := range f.to {
		for list := p.queue.take(); len(list) > 0; list = p.queue.take() {
			if f.sendAll(ctx, p, list) != nil {
				break
			}
		}
	}
	f.client.CloseIdleConnections()
}

// Alert takes what rules say. It never blocks.
func (f *Forward) Alert(alerts []Alert) {
	now := time.Now()
	list := make([]*alert.Alert, 0, len(alerts))
	for i := range alerts {
		if a := newAlert(&alerts[i], now); a.Validate() == nil {
			list = append(list, a)
		}
	}
	for _, p := range f.to {
		if refused := p.queue.put(list); refused > 0 {
			f.log.Error("alerts for an Alertmanager were dropped: too many wait", "alertmanager", p.receiver, "alerts", refused)
		}
	}
}

// Status is how each of them fares.
func (f *Forward) Status() []ReceiverStatus {
	list := make([]ReceiverStatus, 0, len(f.to))
	for _, p := range f.to {
		list = append(list, p.status())
	}
	return list
}

func (f *Forward) run(ctx context.Context, p *peer) {
	pause := forwardPause
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.queue.ready:
		}
		if f.sendAll(ctx, p, p.queue.take()) == nil {
			pause = forwardPause
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
			pause = min(2*pause, forwardMost)
		}
	}
}

// sendAll puts back what is not taken.
func (f *Forward) sendAll(ctx context.Context, p *peer, list []*alert.Alert) error {
	for batch := range slices.Chunk(list, forwardBatch) {
		began := time.Now()
		if err := f.send(ctx, p, batch); err != nil {
			p.failed.Inc()
			if p.status().Failing.IsZero() {
				f.log.Warn("an Alertmanager does not take alerts", "alertmanager", p.receiver, "error", err)
			}
			p.delivery.failed(time.Now(), err)
			p.queue.back(list)
			return err
		}
		p.sent.Add(float64(len(batch)))
		p.delivered(began, time.Since(began))
		list = list[len(batch):]
	}
	return nil
}

func (f *Forward) send(ctx context.Context, p *peer, batch []*alert.Alert) error {
	type posted struct {
		Labels       model.LabelSet `json:"labels"`
		Annotations  model.LabelSet `json:"annotations"`
		StartsAt     time.Time      `json:"startsAt"`
		EndsAt       *time.Time     `json:"endsAt,omitempty"`
		GeneratorURL string         `json:"generatorURL,omitempty"`
	}
	list := make([]posted, len(batch))
	for i, a := range batch {
		list[i] = posted{Labels: a.Labels, Annotations: a.Annotations, StartsAt: a.StartsAt, GeneratorURL: a.GeneratorURL}
		if !a.EndsAt.IsZero() {
			list[i].EndsAt = &a.EndsAt
		}
	}
	body, err := json.Marshal(list)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := f.client.Do(r)
	if wrapped := new(url.Error); errors.As(err, &wrapped) {
		err = wrapped.Err // the rest repeats the URL
	}
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, maxError)) // the status says what matters
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("it answered %s: %s", answer.Status, (&mask{}).text(string(text)))
	}
	return nil
}

// back returns what could not be sent, but for alerts on which there is a later word.
func (q *queue) back(list []*alert.Alert) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, a := range list {
		id := a.Fingerprint()
		if _, later := q.waiting[id]; !later && len(q.order) < q.limit {
			q.waiting[id], q.order = a, append(q.order, id)
		}
	}
	select {
	case q.ready <- struct{}{}:
	default:
	}
}
