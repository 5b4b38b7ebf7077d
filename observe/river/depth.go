package river

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"

	"github.com/telltale-dev/telltale/observe/internal/core"
)

// Bounds of counting jobs.
const (
	depthAge     = 5 * time.Second // how old a count may be
	depthTimeout = 2 * time.Second
	maxQueues    = 1000
)

// Jobs is where River keeps its jobs.
type Jobs struct {
	DB     *sql.DB // of a pgxpool: stdlib.OpenDBFromPool(pool)
	Schema string  // as in river.Config; empty is that of the connection

	// Queues are those of river.Config. They are shown from the start, with 0 before their first job.
	Queues map[string]river.QueueConfig
}

// Depth shows in jobs_queue_depth{queue} how many jobs of each queue wait to be worked, in the metrics of the telemetry of
// ctx. They are counted when the metrics are read, at most every 5 seconds; a queue of Jobs.Queues is always there, and one
// that was seen once stays, with 0. While counting fails there are no values, and the first failure is logged. Close ends
// that.
func Depth(ctx context.Context, jobs Jobs) (io.Closer, error) {
	table := "river_job"
	if jobs.Schema != "" {
		table = `"` + strings.ReplaceAll(jobs.Schema, `"`, `""`) + `".river_job`
	}
	c := core.From(ctx)
	g := &depth{
		db: jobs.DB, registry: c.Metrics, log: c.Logger, waiting: map[string]int{},
		query: fmt.Sprintf("SELECT queue, count(*) FROM %s WHERE state = 'available' GROUP BY queue ORDER BY 2 DESC LIMIT %d", table, maxQueues),
		desc:  prometheus.NewDesc("jobs_queue_depth", "Jobs that wait to be worked.", []string{"queue"}, nil),
	}
	for queue := range jobs.Queues {
		if len(g.waiting) < maxQueues {
			g.waiting[queue] = 0
		}
	}
	g.ctx, g.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := g.registry.Register(g); err != nil {
		g.cancel()
		return nil, fmt.Errorf("register the depth of job queues: %w", err)
	}
	return g, nil
}

type depth struct {
	ctx      context.Context
	cancel   context.CancelFunc
	db       *sql.DB
	registry prometheus.Registerer
	log      *slog.Logger
	query    string
	desc     *prometheus.Desc

	mu      sync.Mutex
	waiting map[string]int
	counted time.Time
	err     error
}

// Close ends counting. It always returns nil and may be called again.
func (g *depth) Close() error {
	g.registry.Unregister(g)
	g.cancel()
	return nil
}

// Describe implements prometheus.Collector.
func (g *depth) Describe(descs chan<- *prometheus.Desc) { descs <- g.desc }

// Collect implements prometheus.Collector.
func (g *depth) Collect(metrics chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.counted) >= depthAge {
		failed := g.err != nil
		g.err = g.count()
		g.counted = time.Now()
		if g.err != nil && !failed && g.ctx.Err() == nil {
			g.log.WarnContext(g.ctx, "waiting jobs were not counted", slog.Any("error", g.err))
		}
	}
	if g.err != nil {
		return
	}
	for queue, n := range g.waiting {
		metrics <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, float64(n), queue)
	}
}

func (g *depth) count() error {
	ctx, cancel := context.WithTimeout(g.ctx, depthTimeout)
	defer cancel()
	rows, err := g.db.QueryContext(ctx, g.query)
	if err != nil {
		return fmt.Errorf("count waiting jobs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for queue := range g.waiting {
		g.waiting[queue] = 0
	}
	for rows.Next() {
		var (
			queue string
			n     int
		)
		if err := rows.Scan(&queue, &n); err != nil {
			return fmt.Errorf("count waiting jobs: %w", err)
		}
		queue = strings.ToValidUTF8(queue, "\ufffd")
		if _, known := g.waiting[queue]; known || len(g.waiting) < maxQueues {
			g.waiting[queue] = n
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("count waiting jobs: %w", err)
	}
	return nil
}
