// Package river carries traces and identities through River's job queue, so that one trace goes from a request by way of
// the queue to the worker, and every log line of a worker says for which request, user, tenant and session it works.
//
//	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
//		Middleware: []rivertype.Middleware{observeriver.NewMiddleware(observeriver.Options{})},
//		Queues:     map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 10}},
//		Workers:    workers,
//	})
//
// Inserting makes a producer span, and what observe.Inject says goes into the job's metadata under "observe". Each attempt
// to work the job is a consumer span. Errors and panics are recorded as by observe.Error and observe.Panic, of each attempt;
// a snoozed job is no error. The worker's context has the identity, so limits and sessions of agents, spans of model calls
// and database queries need nothing else.
//
// # Parent or link
//
// The conventions for messaging let a consumer span be a child of what sent the message, or begin a trace that is linked
// to it. A job is one message for one worker, and who looks at a request wants to see what became of it: so the parent is
// the default, and the trace is one. Where jobs wait for days, or a job inserts the next without an end,
// Options.NewTrace begins a trace with each job and links it.
package river
