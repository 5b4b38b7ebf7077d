package observe

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe/otlp"
)

// guideRows returns the rows of the guide's table of variables, by the name for all signals.
func guideRows(t *testing.T) map[string]string {
	t.Helper()
	guide, err := os.ReadFile("../docs/guide/instrument-go.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(guide)) {
		if !strings.HasPrefix(line, "| `OTEL_") {
			continue
		}
		first, rest, _ := strings.Cut(line[2:], " | ")
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(first, -1) {
			if all := forAllSignals(name[1]); rows[all] == "" {
				rows[all] = rest
			}
		}
	}
	return rows
}

// forAllSignals takes the signal, or what stands for a part of it, out of a name.
func forAllSignals(name string) string {
	name = strings.Replace(name, "…_", "OTEL_EXPORTER_OTLP_", 1)
	name = regexp.MustCompile("^OTEL_EXPORTER_OTLP_(TRACES|LOGS|METRICS)_").ReplaceAllString(name, "OTEL_EXPORTER_OTLP_")
	return strings.Replace(name, "…", "ENDPOINT", 1)
}

func TestTheGuideListsEveryVariable(t *testing.T) {
	read := map[string]bool{}
	for _, sampler := range []string{"", "traceidratio"} {
		p, err := newPlan(&Config{}, &environment{get: func(name string) string {
			read[forAllSignals(name)] = true
			if name == "OTEL_TRACES_SAMPLER" {
				return sampler
			}
			return ""
		}})
		if err != nil {
			t.Fatal(err)
		}
		_ = p.sender.Close()
	}
	rows := guideRows(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(read)), slices.Sorted(maps.Keys(rows))); diff != "" {
		t.Errorf("variables that are read (-) and in the guide (+):\n%s", diff)
	}
	for name, want := range map[string]int64{
		"OTEL_BSP_MAX_QUEUE_SIZE": otlp.DefaultQueueRecords, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": otlp.DefaultBatchRecords,
		"OTEL_BSP_SCHEDULE_DELAY": otlp.DefaultInterval.Milliseconds(), "OTEL_BSP_EXPORT_TIMEOUT": otlp.DefaultTimeout.Milliseconds(),
		"OTEL_METRIC_EXPORT_INTERVAL": otlp.DefaultMetricInterval.Milliseconds(),
	} {
		if !strings.Contains(rows[name], "| "+strconv.FormatInt(want, 10)+" |") {
			t.Errorf("%s: the guide does not say that the default is %d: %s", name, want, rows[name])
		}
	}
	if row := rows["OTEL_EXPORTER_OTLP_ENDPOINT"]; !strings.Contains(row, otlp.DefaultEndpoint) {
		t.Errorf("the guide does not say that the default endpoint is %s: %s", otlp.DefaultEndpoint, row)
	}
}

// choices are what the variables decide.
func choices(p *plan) map[string]any {
	level := any(nil)
	if p.log.Level != nil {
		level = p.log.Level.Level()
	}
	o := p.export
	return map[string]any{
		"disabled": p.disabled, "traces": p.traces, "logs": p.logs, "metrics": p.metrics, "level": level,
		"sampler": p.sampler.Description(), "propagator": slices.Sorted(slices.Values(p.propagator.Fields())),
		"export": []any{o.QueueRecords, o.BatchRecords, o.Interval, o.Timeout, o.MetricInterval},
	}
}

func TestWhatIsWrongLeavesTheDefault(t *testing.T) {
	wrong := map[string]string{
		"OTEL_SDK_DISABLED": "1", "OTEL_RESOURCE_ATTRIBUTES": "team=a,b", "OTEL_TRACES_EXPORTER": "zipkin", "OTEL_LOGS_EXPORTER": "x",
		"OTEL_METRICS_EXPORTER": "console", "OTEL_EXPORTER_OTLP_ENDPOINT": "backend:4317", "OTEL_EXPORTER_OTLP_HEADERS": "a=1,b",
		"OTEL_EXPORTER_OTLP_COMPRESSION": "zstd", "OTEL_EXPORTER_OTLP_TIMEOUT": "10s", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
		"OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": "/nowhere",
		"OTEL_EXPORTER_OTLP_CLIENT_KEY": "/nowhere", "OTEL_BSP_MAX_QUEUE_SIZE": "many", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "0",
		"OTEL_BSP_SCHEDULE_DELAY": "5s", "OTEL_BSP_EXPORT_TIMEOUT": "-1", "OTEL_METRIC_EXPORT_INTERVAL": "1.5",
		"OTEL_TRACES_SAMPLER": "sometimes", "OTEL_TRACES_SAMPLER_ARG": "1.1", "OTEL_PROPAGATORS": "b3", "OTEL_LOG_LEVEL": "loud",
	}
	rows := guideRows(t)
	delete(rows, "OTEL_SERVICE_NAME") // nothing is wrong there
	if diff := cmp.Diff(slices.Sorted(maps.Keys(rows)), slices.Sorted(maps.Keys(wrong))); diff != "" {
		t.Errorf("in the guide (-) and here (+):\n%s", diff)
	}
	for name, value := range wrong {
		env, right := map[string]string{name: value}, map[string]string{}
		if name == "OTEL_TRACES_SAMPLER_ARG" {
			env["OTEL_TRACES_SAMPLER"], right = "traceidratio", map[string]string{"OTEL_TRACES_SAMPLER": "traceidratio"}
		}
		want, _, err := planOf(t, Config{}, right)
		if err != nil {
			t.Fatal(err)
		}
		e := &environment{get: func(name string) string { return env[name] }}
		got, err := newPlan(&Config{}, e)
		if err != nil {
			t.Errorf("%s=%s stops the service: %v", name, value, err)
			continue
		}
		_ = got.sender.Close()
		if len(e.wrong) != 1 {
			t.Errorf("%s=%s: %d warnings", name, value, len(e.wrong))
		}
		if diff := cmp.Diff(choices(want), choices(got), cmp.AllowUnexported(destinations{})); diff != "" {
			t.Errorf("%s=%s:\n%s", name, value, diff)
		}
		if _, ok := got.resource.Set().Value("team"); ok {
			t.Errorf("%s=%s: a part of it counts", name, value)
		}
	}
}

func TestAWrongEndpointOfOneSignalLeavesTheOneForAll(t *testing.T) {
	e := &environment{get: func(name string) string {
		return map[string]string{
			"OTEL_EXPORTER_OTLP_ENDPOINT": "http://backend:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "backend:4318",
		}[name]
	}}
	if b := e.backend("TRACES"); b.endpoint != "http://backend:4318" || b.url != "" || len(e.wrong) != 1 {
		t.Errorf("traces go to %q %q, %v", b.endpoint, b.url, e.wrong)
	}
}

func TestWhatIsRightInAListCounts(t *testing.T) {
	p, _, err := planOf(t, Config{}, map[string]string{
		"OTEL_TRACES_EXPORTER": "zipkin,console", "OTEL_PROPAGATORS": "b3,baggage", "OTEL_LOGS_EXPORTER": " OTLP , none",
	})
	if err != nil {
		t.Fatal(err)
	}
	if p.traces != (destinations{console: true}) || p.logs != (destinations{otlp: true}) || !slices.Equal(p.propagator.Fields(), []string{"baggage"}) {
		t.Errorf("traces %+v, logs %+v, propagator %v", p.traces, p.logs, p.propagator.Fields())
	}
}
