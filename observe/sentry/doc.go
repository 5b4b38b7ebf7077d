// Package sentry brings panics of handlers and the errors given to observe.Error to Sentry, or to whatever takes its
// envelopes, by DSN.
//
//	reporter, err := observesentry.New(observesentry.Options{DSN: os.Getenv("SENTRY_DSN")})
//	if err != nil {
//		return err
//	}
//	tel, err := observe.Start(ctx, observe.Config{
//		Service: "chat-api", Errors: []observe.ErrorReporter{reporter},
//	})
//	…
//	defer tel.Shutdown(ctx) // ends the reporter too
//
// An event has the error with its stack, user, release, environment, request id, tenant, session and route as tags, the
// trace it happened in, and the last log lines of the request as breadcrumbs. Sentry's SDK is used for sending alone: its
// global hub, its tracing and its reading of source files are not.
//
// Everything in an event is redacted, also what observe has done already: what is sent elsewhere is looked at twice.
package sentry
