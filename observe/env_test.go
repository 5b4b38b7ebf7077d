package observe

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/telltale-dev/telltale/observe/otlp"
)

func planOf(t *testing.T, c Config, env map[string]string) (*plan, Config, error) {
	t.Helper()
	p, err := newPlan(&c, &environment{get: func(name string) string { return env[name] }})
	if p != nil && p.sender != nil {
		t.Cleanup(func() { _ = p.sender.Close() })
	}
	return p, c, err
}

func TestEnvironment(t *testing.T) {
	p, c, err := planOf(t, Config{Version: "v9"}, map[string]string{
		"OTEL_SERVICE_NAME":              "chat",
		"OTEL_RESOURCE_ATTRIBUTES":       "service.name=no,service.version=v1,deployment.environment.name=production,team=a%20b",
		"OTEL_TRACES_EXPORTER":           "otlp,console",
		"OTEL_LOGS_EXPORTER":             "none",
		"OTEL_METRICS_EXPORTER":          "prometheus",
		"OTEL_TRACES_SAMPLER":            "parentbased_traceidratio",
		"OTEL_TRACES_SAMPLER_ARG":        "0.25",
		"OTEL_BSP_MAX_QUEUE_SIZE":        "100",
		"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10",
		"OTEL_BSP_SCHEDULE_DELAY":        "250",
		"OTEL_BSP_EXPORT_TIMEOUT":        "3000",
		"OTEL_METRIC_EXPORT_INTERVAL":    "60000",
		"OTEL_PROPAGATORS":               "baggage",
		"OTEL_LOG_LEVEL":                 "warn",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Service != "chat" || c.Version != "v9" || c.Environment != "production" || c.Instance == "" {
		t.Errorf("named %q %q %q %q", c.Service, c.Version, c.Environment, c.Instance)
	}
	if v, _ := p.resource.Set().Value("team"); v.AsString() != "a b" {
		t.Errorf("team is %q", v.AsString())
	}
	if v, _ := p.resource.Set().Value(attribute.Key("service.name")); v.AsString() != "chat" {
		t.Errorf("service.name is %q", v.AsString())
	}
	if diff := cmp.Diff([]destinations{{otlp: true, console: true}, {}, {}}, []destinations{p.traces, p.logs, p.metrics},
		cmp.AllowUnexported(destinations{})); diff != "" {
		t.Errorf("destinations: %s", diff)
	}
	if got := p.sampler.Description(); !strings.Contains(got, "TraceIDRatioBased{0.25}") {
		t.Errorf("sampler %s", got)
	}
	if o := p.export; o.QueueRecords != 100 || o.BatchRecords != 10 || o.Interval != 250*time.Millisecond ||
		o.Timeout != 3*time.Second || o.MetricInterval != time.Minute {
		t.Errorf("export %+v", o)
	}
	if got := p.propagator.Fields(); len(got) != 1 || got[0] != "baggage" {
		t.Errorf("propagator of %v", got)
	}
	if p.log.Level.Level() != slog.LevelWarn {
		t.Errorf("level %v", p.log.Level)
	}
}

func TestConfigWinsOverEnvironment(t *testing.T) {
	half := .5
	p, c, err := planOf(t, Config{
		Service: "mine", Environment: "mine", Exporter: ExporterNone, TraceRatio: &half, Endpoint: "http://mine",
	}, map[string]string{
		"OTEL_SERVICE_NAME": "other", "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=other",
		"OTEL_TRACES_EXPORTER": "otlp", "OTEL_TRACES_SAMPLER": "always_off",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Service != "mine" || c.Environment != "mine" || p.sender != nil || !strings.Contains(p.sampler.Description(), "0.5") {
		t.Errorf("%q %q %v %s", c.Service, c.Environment, p.sender, p.sampler.Description())
	}
}

func TestWrongVariablesAreIgnoredByName(t *testing.T) {
	for name, value := range map[string]string{
		"OTEL_SDK_DISABLED":                   "yes",
		"OTEL_TRACES_EXPORTER":                "jaeger",
		"OTEL_LOGS_EXPORTER":                  "loki",
		"OTEL_METRICS_EXPORTER":               "console",
		"OTEL_RESOURCE_ATTRIBUTES":            "a",
		"OTEL_TRACES_SAMPLER":                 "sometimes",
		"OTEL_PROPAGATORS":                    "b3",
		"OTEL_LOG_LEVEL":                      "loud",
		"OTEL_BSP_MAX_QUEUE_SIZE":             "-1",
		"OTEL_BSP_SCHEDULE_DELAY":             "5s",
		"OTEL_METRIC_EXPORT_INTERVAL":         "0",
		"OTEL_EXPORTER_OTLP_ENDPOINT":         "localhost:4317",
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT":  "ftp://x",
		"OTEL_EXPORTER_OTLP_HEADERS":          "secret",
		"OTEL_EXPORTER_OTLP_COMPRESSION":      "zip",
		"OTEL_EXPORTER_OTLP_PROTOCOL":         "grpc",
		"OTEL_EXPORTER_OTLP_LOGS_TIMEOUT":     "1s",
		"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/json",
	} {
		ignored(t, map[string]string{name: value}, name, "want ")
	}
	ignored(t, map[string]string{"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "7"}, "OTEL_TRACES_SAMPLER_ARG", "0 to 1")
	for _, file := range []string{"CERTIFICATE", "CLIENT_CERTIFICATE"} {
		ignored(t, map[string]string{"OTEL_EXPORTER_OTLP_" + file: "/nowhere"}, "CERTIFICATE", "/nowhere")
	}
	ignored(t, map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "a b=secret"}, "HEADERS", "as HTTP allows")
}

// ignored asserts that the environment is taken but for one variable, with a word about it, and that the defaults hold.
func ignored(t *testing.T, env map[string]string, name, right string) {
	t.Helper()
	e := &environment{get: func(name string) string { return env[name] }}
	p, err := newPlan(&Config{}, e)
	if err != nil {
		t.Errorf("%v: %v", env, err)
		return
	}
	defer func() { _ = p.sender.Close() }()
	if len(e.wrong) != 1 || !strings.Contains(e.wrong[0].name, name) || !strings.Contains(e.wrong[0].right, right) ||
		strings.Contains(e.wrong[0].value, "secret") {
		t.Errorf("%v: %+v", env, e.wrong)
	}
	if !p.traces.otlp || !p.logs.otlp || !p.metrics.otlp || len(p.propagator.Fields()) != 3 {
		t.Errorf("%v: %+v %+v %+v, propagator of %v", env, p.traces, p.logs, p.metrics, p.propagator.Fields())
	}
}

func TestSignalsMayGoByDifferentWays(t *testing.T) {
	p, _, err := planOf(t, Config{}, map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT":      "http://a",
		"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://b/logs",
		"OTEL_EXPORTER_OTLP_LOGS_TIMEOUT":  "5",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := p.sender.(bySignal); !ok {
		t.Fatalf("one sender for all: %T", p.sender)
	}
	began := time.Now()
	if err := p.sender.Send(context.Background(), otlp.Logs, nil); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("sent within %v: %v", time.Since(began), err)
	}
}
