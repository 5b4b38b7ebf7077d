package alerting

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are those that Alertmanager's main has, and ours. Its parts have further ones, such as
// alertmanager_notifications_failed_total.
type metrics struct {
	requests *prometheus.HistogramVec
	dropped  prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, m *Alertmanager) *metrics {
	f := promauto.With(reg)
	f.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "alertmanager_config_last_reload_successful", Help: "Whether the last configuration reload attempt was successful.",
	}, func() float64 {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.failure != nil {
			return 0
		}
		return 1
	})
	reg.MustRegister(failing{m.deliveries})
	return &metrics{
		requests: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "alertmanager_http_request_duration_seconds", Help: "Histogram of latencies for HTTP requests.", Buckets: prometheus.DefBuckets,
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
		}, []string{"handler", "method", "code"}),
		dropped: f.NewCounter(prometheus.CounterOpts{
			Name: "telltale_alerting_dropped_total", Help: "Alerts of rules that did not fit into the queue.",
		}),
	}
}

var failingDesc = prometheus.NewDesc("telltale_alerting_receiver_failing",
	"1 while the last attempt to deliver to a receiver has failed.", []string{"receiver", "integration", "index"}, nil)

// failing shows the receivers of the configuration in force.
type failing struct{ *deliveries }

func (f failing) Describe(ch chan<- *prometheus.Desc) { ch <- failingDesc }

func (f failing) Collect(ch chan<- prometheus.Metric) {
	for _, d := range f.list() {
		s := d.status()
		value := 0.0
		if !s.Failing.IsZero() {
			value = 1
		}
		ch <- prometheus.MustNewConstMetric(failingDesc, prometheus.GaugeValue, value, s.Receiver, s.Integration, strconv.Itoa(s.Index))
	}
}
