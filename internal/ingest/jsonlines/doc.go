// Package jsonlines decodes logs written as one JSON object a line into telemetry.
//
// It knows the field names of structlog, python-json-logger, loguru, zap, slog, zerolog, logrus, pino, bunyan, winston,
// Log4j2, Logback, Serilog, Docker's json-file and Google Cloud Logging; a line may mix them. What is not recognised
// becomes an attribute: nested objects with dots between the keys, lists as JSON, numbers as their exact text. A line
// that is not JSON becomes a log with nothing but its text.
package jsonlines
