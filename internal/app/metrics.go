package app

import (
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/internal/store/local"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// selfMetrics is what the server says of itself at each scrape: the books, the store and the queues.
type selfMetrics struct {
	app *App

	records, stored, imbalance, ready, build        *prometheus.Desc
	storeBytes, storeParts, walBytes, hotRows, free *prometheus.Desc
	queued, queueRoom                               *prometheus.Desc
}

func newSelfMetrics(a *App) *selfMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("telltale_"+name, help, labels, nil)
	}
	return &selfMetrics{
		app:        a,
		records:    desc("records_total", "Records by what became of them. Received are those accepted, duplicate, rejected and dropped.", "signal", "outcome", "reason"),
		stored:     desc("records_stored", "Records that can be read now.", "signal"),
		imbalance:  desc("records_imbalance", "Accepted records less those stored, sampled, expired and quarantined: not zero means that some were lost untold."),
		ready:      desc("ready", "1 where /readyz says so, else 0."),
		build:      desc("build_info", "1, with the version.", "version"),
		storeBytes: desc("store_bytes", "Size of the parts on disk."),
		storeParts: desc("store_parts", "Parts on disk."),
		walBytes:   desc("store_wal_bytes", "Size of the write-ahead log."),
		hotRows:    desc("store_hot_rows", "Rows in memory that are not in a part yet."),
		free:       desc("store_free_bytes", "Free space on the disk of the data folder, when last looked."),
		queued:     desc("pipeline_bytes", "Bytes of batches that are not durable yet."),
		queueRoom:  desc("pipeline_bytes_max", "Bytes beyond which batches are told to come again."),
	}
}

// Describe implements prometheus.Collector.
func (m *selfMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		m.records, m.stored, m.imbalance, m.ready, m.build, m.storeBytes, m.storeParts, m.walBytes, m.hotRows, m.free,
		m.queued, m.queueRoom,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. Before the store is ready there are no books: absent, not zero.
func (m *selfMetrics) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(m.build, 1, m.app.version)
	length, capacity, _ := m.app.pipeline.Queue()
	gauge(m.queued, float64(length))
	gauge(m.queueRoom, float64(capacity))
	if err := m.app.health(context.Background()); err != nil && !errors.Is(err, local.ErrDegraded) {
		gauge(m.ready, 0)
	} else {
		gauge(m.ready, 1)
	}
	if m.app.recovery.check(context.Background()) != nil {
		return
	}
	st := m.app.store.Status()
	for _, e := range st.Books.Entries {
		ch <- prometheus.MustNewConstMetric(m.records, prometheus.CounterValue, float64(e.N), e.Signal.String(), e.Outcome.String(), e.Reason)
	}
	for _, s := range []telemetry.Signal{telemetry.SignalSpans, telemetry.SignalLogs} {
		gauge(m.stored, float64(st.Books.Stored[s]), s.String())
	}
	gauge(m.imbalance, float64(st.Books.Imbalance()))
	gauge(m.storeBytes, float64(st.Bytes))
	gauge(m.storeParts, float64(st.Parts))
	gauge(m.walBytes, float64(st.WALBytes))
	gauge(m.hotRows, float64(st.HotRows))
	gauge(m.free, float64(st.FreeBytes))
}
