package observe

import (
	"maps"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/observe/metric"
)

// httpMetrics are the families of served requests, and the series that were used so that a request finds its own by one
// lookup, without a lock.
type httpMetrics struct {
	requests                 *metric.Counter
	duration, received, sent *metric.Histogram
	active                   prometheus.Gauge

	last  [64]atomic.Pointer[series] // used last, by a hash of method, route and status
	known atomic.Pointer[map[seriesKey]*series]
	mu    sync.Mutex // of who adds to known
	room  int        // of known
}

type seriesKey struct {
	method *method
	route  string
	status int
}

// series are what a request counts in, and what else follows from method, route and status.
type series struct {
	key            seriesKey
	requests       prometheus.Counter
	duration       *metric.HistogramSeries
	received, sent prometheus.Observer
	method         *method
	status         string
	spanName       string
}

// sizeBuckets are upper bounds in bytes: 256 B to 64 MB, each four times the one before.
var sizeBuckets = prometheus.ExponentialBuckets(256, 4, 10)

func newHTTPMetrics(r *metric.Registry, limit int) *httpMetrics {
	m := &httpMetrics{
		requests: r.Counter("http_requests_total", "Requests served, by route and status; one that panicked counts as 500 whatever was sent.", "method", "path", "status"),
		duration: r.Histogram("http_request_duration_seconds", "Time to serve a request.",
			[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120}, "method", "path"),
		received: r.Histogram("http_request_size_bytes", "Size of request bodies.", sizeBuckets, "method", "path"),
		sent:     r.Histogram("http_response_size_bytes", "Size of response bodies.", sizeBuckets, "method", "path"),
		active:   r.Gauge("http_requests_active", "Requests being served.").With(),
		room:     limit,
	}
	if m.room <= 0 {
		m.room = metric.DefaultLimit
	}
	m.known.Store(&map[seriesKey]*series{})
	return m
}

func (m *httpMetrics) series(method *method, route string, status int) *series {
	if route == "" {
		route = metric.Other
	}
	key := seriesKey{method, route, status}
	n := len(route)
	last := &m.last[(uint(status)+uint(len(method.label))*17+uint(n)*5+uint(route[n-1])+uint(route[n/2])*3)%uint(len(m.last))]
	if s := last.Load(); s != nil && s.key == key {
		return s
	}
	s := (*m.known.Load())[key]
	if s == nil {
		s = m.find(key)
	}
	last.Store(s)
	return s
}

func (m *httpMetrics) find(key seriesKey) *series {
	method, route, status := key.method, key.route, strconv.Itoa(key.status)
	s := &series{
		key:      key,
		requests: m.requests.With(method.label, route, status),
		duration: m.duration.Series(method.label, route),
		received: m.received.With(method.label, route),
		sent:     m.sent.With(method.label, route),
		method:   method, status: status, spanName: method.spanName,
	}
	if route != metric.Other {
		s.spanName += " " + route
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if known := *m.known.Load(); len(known) < m.room {
		next := maps.Clone(known)
		next[key] = s
		m.known.Store(&next)
	}
	return s
}
