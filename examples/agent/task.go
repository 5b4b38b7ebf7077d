package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/telltale-dev/telltale/examples/internal/service"
	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/audit"
	"github.com/telltale-dev/telltale/observe/llm"
)

// task is what a user wants to know, and the job that finds out.
type task struct {
	Question string `json:"question"`
	Loop     bool   `json:"loop,omitempty"` // makes the researcher doubt every answer, to show what stops it
}

// Kind implements river.JobArgs.
func (task) Kind() string { return "task" }

func (t *task) check() error {
	if t.Question == "" || len(t.Question) > 2000 {
		return errors.New("want a question of up to 2000 bytes")
	}
	return nil
}

// api takes tasks and shows what became of them.
type api struct {
	queue queue
	audit audit.Log
}

// create puts a task into the queue. Nothing is done without an entry in the audit log, so that is written first. It says who
// and when, by the context alone, and not what was asked: that is private.
func (a *api) create(w http.ResponseWriter, r *http.Request) {
	var in task
	if !service.Read(w, r, &in, func() error { return in.check() }) {
		return
	}
	ctx, id := r.Context(), observe.RequestID(r.Context())
	what, err := json.Marshal(map[string]any{"bytes": len(in.Question), "loop": in.Loop})
	if err == nil {
		_, err = a.audit.Append(ctx, audit.Entry{Action: "task.create", Target: "request " + id, After: what})
	}
	var inserted *rivertype.JobInsertResult
	if err == nil {
		inserted, err = a.queue.Insert(ctx, in, &river.InsertOpts{MaxAttempts: 3})
	}
	if err != nil {
		observe.Error(ctx, fmt.Errorf("create task: %w", err))
		service.Answer(w, http.StatusInternalServerError, map[string]string{"error": "the task could not be taken", "request_id": id})
		return
	}
	w.Header().Set("Location", fmt.Sprintf("/v1/tasks/%d", inserted.Job.ID))
	service.Answer(w, http.StatusAccepted, map[string]any{"id": inserted.Job.ID, "request_id": id})
}

// outcome is what a task came to.
type outcome struct {
	Report  string `json:"report,omitempty"`
	Error   string `json:"error,omitempty"`
	Limit   string `json:"limit,omitempty"` // that stopped it
	Calls   int    `json:"calls"`           // of models
	CostUSD string `json:"cost_usd"`
}

func (a *api) show(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		service.Answer(w, http.StatusNotFound, map[string]string{"error": "no such task"})
		return
	}
	job, err := a.queue.JobGet(r.Context(), id)
	switch {
	case errors.Is(err, rivertype.ErrNotFound):
		service.Answer(w, http.StatusNotFound, map[string]string{"error": "no such task"})
	case err != nil:
		observe.Error(r.Context(), fmt.Errorf("show task: %w", err))
		service.Answer(w, http.StatusInternalServerError, map[string]string{"error": "the task could not be read"})
	default:
		service.Answer(w, http.StatusOK, map[string]any{"id": id, "state": job.State, "outcome": json.RawMessage(job.Output())})
	}
}

// limits of what one task may use. A task that goes past one is over: every call and tool after that gets an error.
var limits = llm.Limits{Cost: 0.50, Calls: 40, Depth: 6, RepeatedTool: 3}

// worker works on tasks.
type worker struct {
	river.WorkerDefaults[task]

	team *team
}

// Work implements river.Worker. The context carries the trace, the request id and the user of the request that made the task.
func (w *worker) Work(ctx context.Context, job *river.Job[task]) error {
	ctx, session := llm.Session(ctx, fmt.Sprintf("task-%d", job.ID), limits)
	defer session.End()
	report, err := w.team.solve(ctx, job.Args)
	out := outcome{Report: report, Calls: session.Calls(), CostUSD: session.Cost().String()}
	var over *llm.LimitError
	if errors.As(err, &over) {
		out.Error, out.Limit = over.Error(), string(over.Limit)
		err = river.JobCancel(err) // another try would go the same way, and cost as much
	}
	if failed := river.RecordOutput(ctx, out); failed != nil {
		err = errors.Join(err, failed)
	}
	return err
}
