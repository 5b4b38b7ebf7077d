package observe

import (
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/telltale-dev/telltale/observe/otlp"
)

// environment reads the variables of OpenTelemetry. As its specification wants, a value that is wrong is ignored: platforms
// set these variables for programs that they do not know. What is wrong is kept for the log.
type environment struct {
	get   func(string) string
	wrong []wrongVariable
}

// wrongVariable is a variable that is ignored, and what would be right.
type wrongVariable struct {
	variable
	right string
}

// variable is an environment variable and what it says.
type variable struct{ name, value string }

// lookup returns the first of the variables that is not empty.
func (e *environment) lookup(names ...string) variable {
	for _, name := range names {
		if v := strings.TrimSpace(e.get(name)); v != "" {
			return variable{name, v}
		}
	}
	return variable{}
}

func (e *environment) refuse(v variable, right string) {
	if !slices.ContainsFunc(e.wrong, func(w wrongVariable) bool { return w.name == v.name }) {
		e.wrong = append(e.wrong, wrongVariable{v, right})
	}
}

// flag reads a boolean.
func (e *environment) flag(name string) bool {
	v := e.lookup(name)
	switch strings.ToLower(v.value) {
	case "true":
		return true
	case "false", "":
	default:
		e.refuse(v, "want true or false")
	}
	return false
}

// number reads a positive whole number, 0 if there is none.
func (e *environment) number(names ...string) int {
	v := e.lookup(names...)
	if v.value == "" {
		return 0
	}
	n, err := strconv.ParseInt(v.value, 10, 32)
	if err != nil || n <= 0 {
		e.refuse(v, "want a whole number above 0")
		return 0
	}
	return int(n)
}

// milliseconds reads a time, 0 if there is none.
func (e *environment) milliseconds(names ...string) time.Duration {
	v := e.lookup(names...)
	if v.value == "" {
		return 0
	}
	n, err := strconv.ParseInt(v.value, 10, 32)
	if err != nil || n <= 0 {
		e.refuse(v, "want milliseconds, a whole number above 0")
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

// pairs reads key=value,key=value, the values percent-encoded.
func (e *environment) pairs(names ...string) map[string]string {
	v := e.lookup(names...)
	if v.value == "" {
		return nil
	}
	pairs := map[string]string{}
	for part := range strings.SplitSeq(v.value, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		key, _ = url.PathUnescape(strings.TrimSpace(key))
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || key == "" || err != nil {
			v.value = "…" // headers are secrets
			e.refuse(v, "want key=value,key=value with values percent-encoded")
			return nil
		}
		pairs[key] = value
	}
	return pairs
}

// exporter reads where a signal goes. The default is otlp.
func (e *environment) exporter(name string) (to destinations) {
	v := e.lookup(name)
	if v.value == "" {
		return destinations{otlp: true}
	}
	none := false
	for part := range strings.SplitSeq(v.value, ",") {
		switch x := Exporter(strings.ToLower(strings.TrimSpace(part))); {
		case x == ExporterOTLP:
			to.otlp = true
		case x == ExporterConsole && name != envMetricsExporter:
			to.console = true
		case x == ExporterNone, x == "prometheus" && name == envMetricsExporter:
			none = true
		case name == envMetricsExporter:
			e.refuse(v, "want otlp, prometheus or none; MetricsHandler serves them in any case")
		default:
			e.refuse(v, "want otlp, console or none")
		}
	}
	if to == (destinations{}) && !none {
		to.otlp = true
	}
	return to
}

// destinations of one signal.
type destinations struct{ otlp, console bool }

// Names of variables that are read in more than one place.
const (
	envTracesExporter  = "OTEL_TRACES_EXPORTER"
	envLogsExporter    = "OTEL_LOGS_EXPORTER"
	envMetricsExporter = "OTEL_METRICS_EXPORTER"
	envSamplerArg      = "OTEL_TRACES_SAMPLER_ARG"
)

// sampler reads which traces are recorded.
func (e *environment) sampler() sdktrace.Sampler {
	v := e.lookup("OTEL_TRACES_SAMPLER")
	switch strings.ToLower(v.value) {
	case "always_on":
		return sdktrace.AlwaysSample()
	case "always_off":
		return sdktrace.NeverSample()
	case "traceidratio":
		return sdktrace.TraceIDRatioBased(e.ratio())
	case "", "parentbased_always_on":
	case "parentbased_always_off":
		return sdktrace.ParentBased(sdktrace.NeverSample())
	case "parentbased_traceidratio":
		return sdktrace.ParentBased(sdktrace.TraceIDRatioBased(e.ratio()))
	default:
		e.refuse(v, "want always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or "+
			"parentbased_traceidratio; others are given as Config.Sampler")
	}
	return sdktrace.ParentBased(sdktrace.AlwaysSample())
}

func (e *environment) ratio() float64 {
	v := e.lookup(envSamplerArg)
	if v.value == "" {
		return 1
	}
	r, err := strconv.ParseFloat(v.value, 64)
	if err != nil || !(r >= 0 && r <= 1) {
		e.refuse(v, "want a share from 0 to 1")
		return 1
	}
	return r
}

// propagator reads how contexts travel.
func (e *environment) propagator() propagation.TextMapPropagator {
	v := e.lookup("OTEL_PROPAGATORS")
	if v.value == "" {
		v.value = "tracecontext,baggage"
	}
	var all []propagation.TextMapPropagator
	none := false
	for part := range strings.SplitSeq(v.value, ",") {
		switch strings.ToLower(strings.TrimSpace(part)) {
		case "tracecontext":
			all = append(all, propagation.TraceContext{})
		case "baggage":
			all = append(all, propagation.Baggage{})
		case "none":
			none = true
		case "":
		default:
			e.refuse(v, "want tracecontext, baggage or none; others are given as Config.Propagator")
		}
	}
	if len(all) == 0 && !none {
		all = append(all, propagation.TraceContext{}, propagation.Baggage{})
	}
	return propagation.NewCompositeTextMapPropagator(all...)
}

// level reads the least level of the log.
func (e *environment) level() slog.Leveler {
	v := e.lookup("OTEL_LOG_LEVEL")
	switch strings.ToLower(v.value) {
	case "":
	case "trace", "verbose", "debug":
		return slog.LevelDebug
	case "info":
		return slog.LevelInfo
	case "warn", "warning":
		return slog.LevelWarn
	case "error", "fatal":
		return slog.LevelError
	default:
		e.refuse(v, "want debug, info, warn or error")
	}
	return nil
}

// backend is how one signal reaches the backend.
type backend struct {
	endpoint, url     string // the base, or the whole
	headers           map[string]string
	own               bool // the headers are those of Config
	compression       otlp.Compression
	timeout           time.Duration
	ca, cert, private string // files
}

// backend reads OTEL_EXPORTER_OTLP_* for a signal, named as in the variables.
func (e *environment) backend(signal string) backend {
	both := func(what string) []string {
		return []string{"OTEL_EXPORTER_OTLP_" + signal + "_" + what, "OTEL_EXPORTER_OTLP_" + what}
	}
	b := backend{
		headers: e.pairs(both("HEADERS")...), timeout: e.milliseconds(both("TIMEOUT")...),
		ca: e.lookup(both("CERTIFICATE")...).value, cert: e.lookup(both("CLIENT_CERTIFICATE")...).value,
		private: e.lookup(both("CLIENT_KEY")...).value,
	}
	names := both("ENDPOINT")
	if v := e.lookup(names[0]); v.value != "" {
		b.url = e.url(v)
	}
	if v := e.lookup(names[1]); v.value != "" && b.url == "" {
		b.endpoint = e.url(v)
	}
	switch v := e.lookup(both("COMPRESSION")...); v.value {
	case "", "gzip":
	case "none":
		b.compression = otlp.Uncompressed
	default:
		e.refuse(v, "want gzip or none")
	}
	if v := e.lookup(both("PROTOCOL")...); v.value != "" && v.value != "http/protobuf" {
		e.refuse(v, "want http/protobuf; for gRPC give a sender of observe/otlpgrpc as Config.Sender")
	}
	return b
}

func (e *environment) url(v variable) string {
	u, err := url.Parse(v.value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		v.value = "…" // it may hold a password
		e.refuse(v, "want a URL with http or https, such as "+otlp.DefaultEndpoint)
		return ""
	}
	return v.value
}
