package observe

import (
	"fmt"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/otlp"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/redact"
)

// Config of a Telemetry. The zero value is ready for use: it sends to a backend on this machine, writes log lines to
// standard output, and takes the rest from the environment. What is set here wins over the environment.
type Config struct {
	// Service names the program, such as "chat-api". Empty means OTEL_SERVICE_NAME, else service.name of
	// OTEL_RESOURCE_ATTRIBUTES, else "unknown_service:" and the name of the executable, as in all of OpenTelemetry.
	Service string

	// Version of the program. Empty means that of OTEL_RESOURCE_ATTRIBUTES, else the one it was built with.
	Version string

	// Environment it runs in, such as "production". Empty means deployment.environment.name of OTEL_RESOURCE_ATTRIBUTES.
	Environment string

	// Instance tells processes of the service apart. Empty means a random one.
	Instance string

	// Endpoint is the base URL of an OTLP backend that speaks HTTP. Empty means OTEL_EXPORTER_OTLP_ENDPOINT, else
	// otlp.DefaultEndpoint.
	Endpoint string

	// Headers go with each request to the backend, such as an API key. Nil means OTEL_EXPORTER_OTLP_HEADERS.
	Headers map[string]string

	// Exporter says where spans, log records and metrics go. Empty means what OTEL_TRACES_EXPORTER, OTEL_LOGS_EXPORTER and
	// OTEL_METRICS_EXPORTER say of each, else ExporterOTLP; metrics go nowhere if neither of the others goes to a backend.
	Exporter Exporter

	// Sender brings requests to the backend in another way than OTLP over HTTP, such as that of observe/otlpgrpc. Endpoint
	// and Headers are then its own matter.
	Sender otlp.Sender

	// SpanProcessors get all spans besides the exporter. Shutdown shuts them down.
	SpanProcessors []sdktrace.SpanProcessor

	// TraceRatio is the share of traces that are recorded, 0 to 1, where the caller has not decided. Nil means what
	// OTEL_TRACES_SAMPLER says, else all.
	TraceRatio *float64

	// Sampler decides in place of TraceRatio.
	Sampler sdktrace.Sampler

	// Propagator reads and writes the context of calls between processes. Nil means what OTEL_PROPAGATORS says, else W3C
	// trace context and baggage.
	Propagator propagation.TextMapPropagator

	// Log are options of the log. Its Redactor is made of Redact, and Quiet is the one below, if they are not set; Sink gets
	// lines besides the exporter. The level is that of OTEL_LOG_LEVEL if it is not set.
	Log logging.Options

	// Redact says what is removed from logs, spans and captured content. The zero value removes everything known. Spans are
	// all of this provider's, also those of other instrumentation; ids on them lose secrets of known shapes alone.
	Redact redact.Options

	// Content says what is kept of prompts, answers, and arguments and results of tools.
	Content ContentPolicy

	// Prices returns the price book. Nil means price.Default.
	Prices func() *price.Book

	// Route returns the template of a request's route ("/things/{id}"), empty if it has none. It is for routers other than
	// http.ServeMux which can tell by the request alone; others call SetRoute. Any number of goroutines call it.
	Route func(*http.Request) string

	// Quiet lists paths that are never logged, measured or traced. Nil means logging.DefaultQuiet: /healthz, /readyz, /ready
	// and /metrics.
	Quiet []string

	// MetricLimit is how many label sets a family has before new ones fold into "other"; 0 means metric.DefaultLimit, less
	// than zero that there is no limit.
	MetricLimit int

	// MetricInterval is the time between exports of metrics. Zero means OTEL_METRIC_EXPORT_INTERVAL, else
	// otlp.DefaultMetricInterval.
	MetricInterval time.Duration

	// Errors get panics and what is given to Error. Shutdown shuts those down that can be.
	Errors []ErrorReporter

	// NoGlobal leaves slog's default logger and OpenTelemetry's global tracer provider, propagator and handler of errors as
	// they are, and does not make this Telemetry the one of code whose context knows none.
	NoGlobal bool
}

// Exporter says where telemetry goes.
type Exporter string

// Exporters.
const (
	ExporterOTLP    Exporter = "otlp"    // to a backend, over OTLP
	ExporterConsole Exporter = "console" // for development: a tree for each trace, lines for people, no metrics
	ExporterNone    Exporter = "none"    // nowhere: log lines and MetricsHandler remain
)

// ContentPolicy says what is kept of prompts, answers, and arguments and results of tools.
type ContentPolicy string

// Policies, from the least to the most that is kept.
const (
	ContentOff      ContentPolicy = "off"
	ContentHash     ContentPolicy = "hash"     // a hash, to find the same text again
	ContentRedacted ContentPolicy = "redacted" // without secrets and personal data; what the empty policy means
	ContentFull     ContentPolicy = "full"     // without secrets
)

func (p ContentPolicy) core() (core.Content, error) {
	switch p {
	case ContentOff:
		return core.ContentOff, nil
	case ContentHash:
		return core.ContentHash, nil
	case ContentRedacted, "":
		return core.ContentRedacted, nil
	case ContentFull:
		return core.ContentFull, nil
	}
	return 0, fmt.Errorf("config: Content is %q; it can be off, hash, redacted or full", string(p))
}

// check refuses what cannot be meant.
func (c *Config) check() error {
	switch c.Exporter {
	case "", ExporterOTLP, ExporterConsole, ExporterNone:
	default:
		return fmt.Errorf("config: Exporter is %q; it can be otlp, console or none", string(c.Exporter))
	}
	if r := c.TraceRatio; r != nil && !(*r >= 0 && *r <= 1) {
		return fmt.Errorf("config: TraceRatio is %v; it is a share from 0 to 1", *r)
	}
	if c.MetricInterval < 0 {
		return fmt.Errorf("config: MetricInterval is %v; it cannot be less than zero", c.MetricInterval)
	}
	for i, path := range c.Quiet {
		if path == "" || path[0] != '/' {
			return fmt.Errorf("config: Quiet[%d] is %q; a path begins with /", i, path)
		}
	}
	return nil
}
