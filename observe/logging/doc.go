// Package logging is a log/slog handler for services: one line of JSON for each record, or a readable line on a terminal,
// with the identity of the request and the ids of the span on it by context alone, and without secrets.
//
//	h := logging.New(logging.Options{})
//	log := slog.New(h)
//	log.InfoContext(ctx, "order placed", "order", 4711, "card", "4111 1111 1111 1111")
//	// {"time":"…","level":"INFO","msg":"order placed","request_id":"…","trace_id":"…","span_id":"…","order":4711,
//	//  "card":"[redacted:card]"}
//
// # Keys
//
// A line begins with time (RFC 3339, nanoseconds, UTC), level, msg and logger, then what the context knows: request_id,
// method, path, user_id, tenant_id, session_id, key_id, trace_id, span_id. The record's attributes follow, groups as
// nested objects, and stack comes last. Durations are numbers of nanoseconds, as slog.JSONHandler writes them. Keys are
// not made unique.
//
// # Redaction
//
// Every message, attribute, error, identity and any-value passes package redact before it reaches the writer or the Sink,
// by the name of the field and by its shape. The names of groups count: credentials.value is a secret.
//
// # Sampling
//
// Options.Sampling drops lines by level, by route and by key. What is kept says in "sampled" how many lines it stands for
// where that is more than itself. Lines of level Error and above, and access lines of slow or failed requests, always stay.
package logging
