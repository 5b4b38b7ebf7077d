// Package dbpool shows pools of database connections as metrics, the same for database/sql and pgx.
package dbpool

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/observe/internal/core"
)

// Stat is the state of a pool.
type Stat struct {
	Idle, InUse, Max int
	Wait             time.Duration // for connections, in total
}

// Pool is a pool that is shown.
type Pool struct {
	registry prometheus.Registerer
	read     func() Stat
	conns    *prometheus.Desc
	max      *prometheus.Desc
	wait     *prometheus.Desc
	once     sync.Once
}

// Register shows a pool in the metrics of the telemetry of ctx. read is called at every scrape, by any goroutine. The name
// must be free: two pools of one name cannot be told apart.
func Register(ctx context.Context, name string, read func() Stat) (*Pool, error) {
	label := prometheus.Labels{"pool": name}
	p := &Pool{
		registry: core.From(ctx).Metrics, read: read,
		conns: prometheus.NewDesc("db_pool_connections", "Connections of the pool by state.", []string{"state"}, label),
		max:   prometheus.NewDesc("db_pool_connections_max", "Connections that the pool may open; 0 means no limit.", nil, label),
		wait:  prometheus.NewDesc("db_pool_wait_seconds_total", "Time that was spent waiting for a connection.", nil, label),
	}
	if err := p.registry.Register(p); err != nil {
		return nil, fmt.Errorf("register metrics of database pool %q: %w", name, err)
	}
	return p, nil
}

// Close ends showing the pool, which stays open. It always returns nil and may be called again.
func (p *Pool) Close() error {
	p.once.Do(func() { p.registry.Unregister(p) })
	return nil
}

// Describe implements prometheus.Collector.
func (p *Pool) Describe(descs chan<- *prometheus.Desc) {
	descs <- p.conns
	descs <- p.max
	descs <- p.wait
}

// Collect implements prometheus.Collector.
func (p *Pool) Collect(metrics chan<- prometheus.Metric) {
	s := p.read()
	metrics <- prometheus.MustNewConstMetric(p.conns, prometheus.GaugeValue, float64(s.Idle), "idle")
	metrics <- prometheus.MustNewConstMetric(p.conns, prometheus.GaugeValue, float64(s.InUse), "in_use")
	metrics <- prometheus.MustNewConstMetric(p.max, prometheus.GaugeValue, float64(s.Max))
	metrics <- prometheus.MustNewConstMetric(p.wait, prometheus.CounterValue, s.Wait.Seconds())
}
