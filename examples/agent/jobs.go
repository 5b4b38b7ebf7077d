package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	_ "modernc.org/sqlite" // the driver of that name

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/health"
	"github.com/telltale-dev/telltale/observe/logging"
	observepgx "github.com/telltale-dev/telltale/observe/pgx"
	observeriver "github.com/telltale-dev/telltale/observe/river"
	"github.com/telltale-dev/telltale/observe/sqltrace"
)

// queue is what is needed of a river.Client, whatever its database.
type queue interface {
	Insert(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
	JobGet(ctx context.Context, id int64) (*rivertype.JobRow, error)
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// jobs is the queue and its database.
type jobs struct {
	queue queue
	close []func() error // in the order they were opened
}

// openJobs opens the database and starts the workers.
func openJobs(ctx context.Context, o options, tel *observe.Telemetry, t *team) (_ *jobs, err error) {
	j := &jobs{}
	defer func() {
		if err != nil {
			err = errors.Join(err, j.closeAll())
		}
	}()
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{team: t})
	config := &river.Config{
		Workers: workers, Logger: logging.Named(tel.Logger(), "river"),
		Queues:     map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: o.workers, FetchPollInterval: 200 * time.Millisecond}},
		Middleware: []rivertype.Middleware{observeriver.NewMiddleware(observeriver.Options{})}, // the trace goes with the job
	}
	var db database
	if o.postgres != "" {
		db, err = j.openPostgres(ctx, o.postgres, config)
	} else {
		db, err = j.openSQLite(ctx, filepath.Join(o.data, "jobs.db"), config)
	}
	if err != nil {
		return nil, fmt.Errorf("open the queue: %w", err)
	}
	if err := j.watch(ctx, tel, db, config.Queues); err != nil {
		return nil, err
	}
	// What ends the service does not end its jobs: Close does, and gives them time.
	return j, j.queue.Start(context.WithoutCancel(ctx))
}

// database is that of the queue.
type database struct {
	*sql.DB

	stats func(context.Context) (io.Closer, error) // shows its pool of connections
}

func (j *jobs) openSQLite(ctx context.Context, file string, config *river.Config) (database, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	if err != nil {
		return database{}, err
	}
	j.close = append(j.close, db.Close)
	db.SetMaxOpenConns(1) // SQLite writes one transaction at a time
	j.queue, err = newQueue(ctx, riversqlite.New(db), config)
	return database{db, func(ctx context.Context) (io.Closer, error) { return sqltrace.Stats(ctx, db, "jobs") }}, err
}

func (j *jobs) openPostgres(ctx context.Context, url string, config *river.Config) (database, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return database{}, err
	}
	db := stdlib.OpenDBFromPool(pool) // for who speaks database/sql
	j.close = append(j.close, func() error { pool.Close(); return nil }, db.Close)
	j.queue, err = newQueue(ctx, riverpgxv5.New(pool), config)
	// The connections are those of the pool: db keeps none and has no limit.
	return database{db, func(ctx context.Context) (io.Closer, error) { return observepgx.Stats(ctx, pool, "jobs") }}, err
}

// newQueue brings the tables up to date and returns a client that has not started.
func newQueue[Tx any](ctx context.Context, driver riverdriver.Driver[Tx], config *river.Config) (queue, error) {
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	return river.NewClient(driver, config)
}

// watch shows the queue and its database in metrics and in /readyz.
func (j *jobs) watch(ctx context.Context, tel *observe.Telemetry, db database, queues map[string]river.QueueConfig) error {
	depth, err := observeriver.Depth(ctx, observeriver.Jobs{DB: db.DB, Queues: queues})
	if err != nil {
		return err
	}
	j.close = append(j.close, depth.Close)
	pool, err := db.stats(ctx)
	if err != nil {
		return err
	}
	j.close = append(j.close, pool.Close)
	return tel.Health().Add(health.Check{Name: "jobs", Run: db.PingContext})
}

// Close lets tasks that are under way finish. When ctx ends first, they are canceled; River gives them to the next process.
func (j *jobs) Close(ctx context.Context) error {
	err := j.queue.Stop(ctx)
	if err != nil {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, j.queue.StopAndCancel(hard))
	}
	return errors.Join(err, j.closeAll())
}

func (j *jobs) closeAll() error {
	var all error
	for _, end := range slices.Backward(j.close) {
		all = errors.Join(all, end())
	}
	return all
}
