package river_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/observetest"
	observeriver "github.com/telltale-dev/telltale/observe/river"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type summarize struct {
	Mode string `json:"mode"`
}

func (summarize) Kind() string { return "summarize" }

type worker struct {
	river.WorkerDefaults[summarize]
	ids chan string
}

func (w *worker) Work(ctx context.Context, job *river.Job[summarize]) error {
	slog.InfoContext(ctx, "summarizing")
	defer func() { w.ids <- observe.RequestID(ctx) }()
	switch job.Args.Mode {
	case "fail":
		return errors.New("the model said no to ada@example.com")
	case "panic":
		panic("hunter2 is no number")
	case "snooze":
		return river.JobSnooze(time.Hour)
	case "cancel":
		return river.JobCancel(errors.New("nobody wants it"))
	}
	return nil
}

// service is an API and its worker, observed as a user would.
type service[Tx any] struct {
	rec    *observetest.Recorder
	client *river.Client[Tx]
	ids    chan string
}

func start[Tx any](t *testing.T, driver riverdriver.Driver[Tx], o observeriver.Options) *service[Tx] {
	t.Helper()
	rec := observetest.New(t)
	tel, err := observe.Start(t.Context(), observe.Config{
		Service: "agent-api", Exporter: observe.ExporterNone, SpanProcessors: []sdktrace.SpanProcessor{rec.SpanProcessor()},
		Log: logging.Options{Writer: io.Discard, Sink: rec.Sink()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.WithoutCancel(t.Context())) })
	rec.Watch(tel.Metrics())
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := migrator.Migrate(t.Context(), rivermigrate.DirectionUp, nil); err != nil {
		t.Fatal(err)
	}
	s := &service[Tx]{rec: rec, ids: make(chan string, 10)}
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{ids: s.ids})
	s.client, err = river.NewClient(driver, &river.Config{
		Logger: slog.New(slog.DiscardHandler), Workers: workers,
		Queues:     map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2, FetchPollInterval: 20 * time.Millisecond, FetchCooldown: 10 * time.Millisecond}},
		Middleware: []rivertype.Middleware{observeriver.NewMiddleware(o)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *service[Tx]) run(t *testing.T) {
	t.Helper()
	if err := s.client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.client.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
}

// request inserts a job as the handler of a request does, and returns the context that it came from.
func (s *service[Tx]) request(t *testing.T, o *river.InsertOpts, jobs ...string) context.Context {
	t.Helper()
	ctx := observe.Extract(t.Context(), map[string]string{"request_id": "req-1", "session_id": "conversation-7"})
	ctx = observe.WithUser(ctx, "u-42", "acme")
	ctx, span := s.tracer(ctx)
	defer span.End()
	for _, mode := range jobs {
		if _, err := s.client.Insert(ctx, summarize{mode}, o); err != nil {
			t.Fatal(err)
		}
	}
	return ctx
}

func (s *service[Tx]) tracer(ctx context.Context) (context.Context, trace.Span) {
	return otel.Tracer("test").Start(ctx, "POST /summaries")
}

func (s *service[Tx]) worked(t *testing.T) string {
	t.Helper()
	select {
	case id := <-s.ids:
		return id
	case <-time.After(time.Minute):
		t.Fatal("no job was worked")
		return ""
	}
}

func database(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "river.db")+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestOneTraceFromRequestToWorker(t *testing.T) {
	s := start(t, riversqlite.New(database(t)), observeriver.Options{})
	s.run(t)
	oneTrace(t, s)
}

func oneTrace[Tx any](t *testing.T, s *service[Tx]) {
	t.Helper()
	ctx := s.request(t, &river.InsertOpts{Metadata: []byte(`{"mine":[1,2]}`)}, "ok")
	if id := s.worked(t); id != "req-1" {
		t.Errorf("the worker's request is %q", id)
	}
	inserted := s.rec.Span(t, "insert summarize")
	worked := s.rec.ExpectSpan(t, "work summarize",
		attribute.String("messaging.system", "river"), attribute.String("messaging.operation.type", "process"),
		attribute.String("messaging.destination.name", "default"), attribute.String("messaging.message.id", inserted.Attr("messaging.message.id")),
		attribute.String("river.job.outcome", "done"), attribute.Int("river.job.attempt", 1),
		attribute.String("request.id", "req-1"), attribute.String("user.id", "u-42"),
		attribute.String("tenant.id", "acme"), attribute.String("session.id", "conversation-7"))
	if worked.Parent().SpanID() != inserted.SpanContext().SpanID() || worked.SpanContext().TraceID() != trace.SpanContextFromContext(ctx).TraceID() {
		t.Errorf("the job is not in the trace of its request:\n%s", s.rec.Tree())
	}
	if worked.SpanKind() != trace.SpanKindConsumer || inserted.SpanKind() != trace.SpanKindProducer {
		t.Errorf("kinds %v, %v", inserted.SpanKind(), worked.SpanKind())
	}
	line := s.rec.Log(t, "summarizing")
	if line.RequestID != "req-1" || line.User != "u-42" || line.Tenant != "acme" || line.Session != "conversation-7" || line.TraceID != worked.SpanContext().TraceID() {
		t.Errorf("the worker's log line: %+v", line.Record)
	}
	jobs, err := s.client.JobList(ctx, river.NewJobListParams())
	if err != nil {
		t.Fatal(err)
	}
	kept := func(j *rivertype.JobRow) bool {
		return strings.Contains(strings.ReplaceAll(string(j.Metadata), " ", ""), `"mine":[1,2]`)
	}
	if !slices.ContainsFunc(jobs.Jobs, kept) {
		t.Error("what the caller put into the metadata is gone")
	}
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		mode, outcome, logged string
		status                codes.Code
	}{
		{"fail", "failed", "error", codes.Error},
		{"panic", "panicked", "panic", codes.Error},
		{"cancel", "cancelled", "error", codes.Error},
		{"snooze", "snoozed", "", codes.Unset},
	} {
		t.Run(c.mode, func(t *testing.T) {
			s := start(t, riversqlite.New(database(t)), observeriver.Options{})
			s.run(t)
			s.request(t, nil, c.mode)
			s.worked(t)
			worked := s.rec.ExpectSpan(t, "work summarize", attribute.String("river.job.outcome", c.outcome))
			if worked.Status().Code != c.status {
				t.Errorf("status %+v", worked.Status())
			}
			s.rec.NoSecrets(t, "ada@example.com")
			if c.logged == "" {
				if slices.ContainsFunc(s.rec.Logs(), func(l observetest.Log) bool { return l.Level >= slog.LevelError }) {
					t.Errorf("logged as an error: %v", s.rec.Logs())
				}
				return
			}
			line := s.rec.Log(t, c.logged)
			if line.RequestID != "req-1" || line.Attr("job_kind") != "summarize" || !strings.Contains(line.Stack, "Work") {
				t.Errorf("line %v of request %q, stack %s", line, line.RequestID, line.Stack)
			}
		})
	}
}

func TestNewTraceIsLinked(t *testing.T) {
	s := start(t, riversqlite.New(database(t)), observeriver.Options{NewTrace: true})
	s.run(t)
	s.request(t, nil, "ok")
	if id := s.worked(t); id != "req-1" {
		t.Errorf("the worker's request is %q", id)
	}
	inserted, worked := s.rec.Span(t, "insert summarize"), s.rec.Span(t, "work summarize")
	if worked.SpanContext().TraceID() == inserted.SpanContext().TraceID() || len(worked.Links()) != 1 ||
		worked.Links()[0].SpanContext.SpanID() != inserted.SpanContext().SpanID() {
		t.Errorf("links %v", worked.Links())
	}
}

func TestDepthCountsWaitingJobs(t *testing.T) {
	db := database(t)
	s := start(t, riversqlite.New(db), observeriver.Options{})
	depth, err := observeriver.Depth(t.Context(), observeriver.Jobs{DB: db})
	if err != nil {
		t.Fatal(err)
	}
	s.request(t, nil, "ok", "ok")
	s.request(t, &river.InsertOpts{Queue: "slow"}, "ok")
	s.request(t, &river.InsertOpts{Queue: "slow", ScheduledAt: time.Now().Add(time.Hour)}, "ok")
	want := map[string]float64{"queue=default": 2, "queue=slow": 1}
	got := s.rec.Series(t, "jobs_queue_depth")
	if len(got) != 2 || got["queue=default"] != 2 || got["queue=slow"] != 1 {
		t.Errorf("depth %v, want %v", got, want)
	}
	if err := errors.Join(depth.Close(), depth.Close()); err != nil {
		t.Fatal(err)
	}
	if got := s.rec.Series(t, "jobs_queue_depth"); len(got) > 0 {
		t.Errorf("after Close: %v", got)
	}
}

func TestQueuesOfTheConfigAreThereBeforeTheirFirstJob(t *testing.T) {
	db := database(t)
	s := start(t, riversqlite.New(db), observeriver.Options{})
	config := river.Config{Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}, "mail": {MaxWorkers: 1}}}
	depth, err := observeriver.Depth(t.Context(), observeriver.Jobs{DB: db, Queues: config.Queues})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = depth.Close() }()
	want := map[string]float64{"queue=default": 0, "queue=mail": 0}
	if got := s.rec.Series(t, "jobs_queue_depth"); !maps.Equal(got, want) {
		t.Errorf("depth %v, want %v", got, want)
	}
}

func TestDepthSaysOnceWhyThereIsNone(t *testing.T) {
	s := start(t, riversqlite.New(database(t)), observeriver.Options{})
	depth, err := observeriver.Depth(t.Context(), observeriver.Jobs{DB: database(t), Schema: `no"such`})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = depth.Close() }()
	for range 2 {
		if got := s.rec.Series(t, "jobs_queue_depth"); len(got) > 0 {
			t.Errorf("depth %v", got)
		}
	}
	n := 0
	for _, l := range s.rec.Logs() {
		if l.Message == "waiting jobs were not counted" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("logged %d times", n)
	}
}
