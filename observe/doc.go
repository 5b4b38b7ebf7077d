// Package observe makes a Go service observable: its requests, its log, its model calls, agents and tools, and what it costs.
// Three lines are enough:
//
//	tel, err := observe.Start(ctx, observe.Config{Service: "chat-api", Environment: "production"})
//	defer tel.Shutdown(ctx)
//	http.ListenAndServe(":8000", tel.Handler(mux))
//	client := openai.NewClient(option.WithHTTPClient(tel.HTTPClient())) // any provider's SDK, streaming too
//
// ListenAndServe returns only when it fails: a service that stops in order has an http.Server and shuts down that first, then
// the Telemetry, as the README shows.
//
// From then on each request has an id, a span, metrics by route and a line in the log; whatever is logged with its context says
// which request, user and trace it belongs to; a panic becomes a status 500 that can be found again; calls of models are
// recorded with tokens, cost and time to first token. Secrets and personal data are removed before anything leaves the
// process.
//
// Everything goes over OTLP to any backend, Telltale being the nearest, and nothing waits for it: if the backend is away, a
// bounded queue fills, the rest is dropped and counted.
//
// The parts are packages of their own: health, logging, metric, llm, otlp, apikey, audit, redact, price, sqltrace, and
// observetest for tests. What needs more than OpenTelemetry and Prometheus is in modules of their own: otlpgrpc, sqlite,
// pgx, river, sentry.
//
// The variables of OpenTelemetry's specification are read where Config leaves something open: OTEL_SERVICE_NAME,
// OTEL_RESOURCE_ATTRIBUTES, OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER, OTEL_LOGS_EXPORTER, OTEL_METRICS_EXPORTER,
// OTEL_EXPORTER_OTLP_* for all signals and for each, OTEL_TRACES_SAMPLER and its ARG, OTEL_BSP_* (for logs too),
// OTEL_METRIC_EXPORT_INTERVAL, OTEL_PROPAGATORS and OTEL_LOG_LEVEL. As that
// specification wants, a value that is wrong never keeps a service from starting: it is ignored, the default holds, and a line
// of level Warn names the variable and says what would be right. What is wrong in Config is an error of Start.
package observe
