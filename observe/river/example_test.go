package river_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/observetest"
	observeriver "github.com/telltale-dev/telltale/observe/river"
)

// queue opens a queue in a new file, which done removes.
func queue(ctx context.Context) (db *sql.DB, done func()) {
	dir, err := os.MkdirTemp("", "river")
	if err != nil {
		panic(err)
	}
	if db, err = sql.Open("sqlite", "file:"+filepath.Join(dir, "queue.db")+"?_pragma=journal_mode(WAL)"); err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(1)
	migrator, err := rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		panic(err)
	}
	return db, func() {
		_ = db.Close()
		_ = os.RemoveAll(dir)
	}
}

type mail struct {
	To string `json:"to"`
}

func (mail) Kind() string { return "mail" }

// sender works jobs of mail.
type sender struct {
	river.WorkerDefaults[mail]
}

func (sender) Work(ctx context.Context, _ *river.Job[mail]) error {
	fmt.Println("sending for request", observe.RequestID(ctx))
	return nil
}

// client is of an API that also works its jobs.
func client(db *sql.DB, o observeriver.Options) *river.Client[*sql.Tx] {
	workers := river.NewWorkers()
	river.AddWorker(workers, sender{})
	c, err := river.NewClient(riversqlite.New(db), &river.Config{
		Queues:     map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}},
		Workers:    workers,
		Logger:     slog.New(slog.DiscardHandler),
		Middleware: []rivertype.Middleware{observeriver.NewMiddleware(o)}, // first
	})
	if err != nil {
		panic(err)
	}
	return c
}

// The span of the work stands below that of the request which has put it into the queue.
func ExampleNewMiddleware() {
	rec := observetest.New(&testing.T{})
	ctx := rec.Context(context.Background())
	db, done := queue(ctx)
	defer done()
	c := client(db, observeriver.Options{})
	if err := c.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	request := observe.Extract(ctx, map[string]string{"request_id": "7"}) // in a handler: r.Context()
	request, span := rec.Tracer().Start(request, "POST /orders")
	if _, err := c.Insert(request, mail{To: "ada"}, nil); err != nil {
		fmt.Println(err)
	}
	span.End()
	rec.Span(&testing.T{}, "work mail")
	if err := c.Stop(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Print(rec.Tree("river.job.outcome"))
	// Output:
	// sending for request 7
	// POST /orders (internal)
	//   insert mail (producer)
	//     work mail (consumer) river.job.outcome=done
}

// A job that is tried again for days has a trace for each attempt, with a link to the one it came from.
func ExampleOptions() {
	rec := observetest.New(&testing.T{})
	ctx, span := rec.Tracer().Start(rec.Context(context.Background()), "POST /orders")
	params := &rivertype.JobInsertParams{Kind: "mail", Queue: river.QueueDefault}
	m := observeriver.NewMiddleware(observeriver.Options{NewTrace: true})
	_, _ = m.InsertMany(ctx, []*rivertype.JobInsertParams{params}, func(context.Context) ([]*rivertype.JobInsertResult, error) {
		return nil, nil // what River does: it keeps the job
	})
	span.End()

	job := &rivertype.JobRow{ID: 1, Kind: "mail", Queue: river.QueueDefault, Attempt: 2, MaxAttempts: 25, Metadata: params.Metadata}
	_ = m.Work(rec.Context(context.Background()), job, func(context.Context) error { return errors.New("mailbox full") })

	work := rec.Span(&testing.T{}, "work mail")
	link := work.Links()[0].SpanContext
	fmt.Println(work.SpanContext().TraceID() != span.SpanContext().TraceID(), link.TraceID() == span.SpanContext().TraceID())
	fmt.Println(work.Attr("river.job.attempt"), work.Attr("river.job.outcome"))
	// Output:
	// true true
	// 2 failed
}

func ExampleDepth() {
	t := &testing.T{}
	rec := observetest.New(t)
	ctx := rec.Context(context.Background())
	db, done := queue(ctx)
	defer done()
	depth, err := observeriver.Depth(ctx, observeriver.Jobs{DB: db})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = depth.Close() }()
	c := client(db, observeriver.Options{}) // not started: nobody works
	for range 3 {
		if _, err := c.Insert(ctx, mail{To: "ada"}, nil); err != nil {
			fmt.Println(err)
		}
	}
	later := &river.InsertOpts{ScheduledAt: time.Now().Add(time.Hour)}
	_, _ = c.Insert(ctx, mail{To: "bob"}, later) // does not wait yet
	fmt.Println(rec.Series(t, "jobs_queue_depth"))
	// Output: map[queue=default:3]
}
