package sdktest

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/llm"
	"github.com/telltale-dev/telltale/observe/metric"
	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/redact"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start"))
}

// prices are made so that every kind of token shows in the sum.
const prices = `source https://example.com/pricing looked-up 2026-10-24
provider openai
price gpt-4o-mini from 2024-07-18 in 0.15 read 0.075 out 0.60
price text-embedding-3-small from 2024-01-25 in 0.02
price mock-429-once,mock-slow-stream from 2024-07-18 in 1 out 2
provider anthropic
price claude-sonnet-4-5 from 2025-09-29 in 3 read 0.30 write 3.75 write1h 6 out 15
provider gcp.gemini
price gemini-2.5-flash from 2025-06-17 in 0.30 read 0.03 out 2.50
`

// bench is a provider, a client in front of it and the telemetry between.
type bench struct {
	url     string
	client  *http.Client
	metrics *metric.Registry
	spans   *tracetest.SpanRecorder
	core    *core.Core
}

func newBench(t *testing.T) *bench {
	t.Helper()
	srv := httptest.NewServer(llmmock.New(llmmock.Options{Text: strings.Repeat("word", 34)}))
	t.Cleanup(srv.Close)
	book, err := price.Parse("test.prices", []byte(prices))
	if err != nil {
		t.Fatal(err)
	}
	all, err := redact.New(redact.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{url: srv.URL, metrics: metric.NewRegistry(metric.Options{}), spans: tracetest.NewSpanRecorder()}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(b.spans))
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(tracers) // an SDK that makes spans of its own finds it there
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	b.core = &core.Core{
		Tracer: tracers.Tracer(core.ScopeName), Logger: slog.New(slog.DiscardHandler), Metrics: b.metrics,
		Redact: all, Secrets: all.SecretsOnly(), Prices: func() *price.Book { return book }, Content: core.ContentRedacted,
	}
	old := core.SetDefault(b.core)
	t.Cleanup(func() { core.SetDefault(old) })
	base := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(base.CloseIdleConnections)
	b.client = &http.Client{Transport: llm.Transport(base)}
	return b
}

// ours are the ended spans that the Transport made.
func (b *bench) ours() []sdktrace.ReadOnlySpan {
	return slices.DeleteFunc(b.spans.Ended(), func(s sdktrace.ReadOnlySpan) bool {
		return s.InstrumentationScope().Name != core.ScopeName
	})
}

func attributes(s sdktrace.ReadOnlySpan) map[string]string {
	m := map[string]string{}
	for _, a := range s.Attributes() {
		m[string(a.Key)] = a.Value.String()
	}
	return m
}

// sum adds up a family over those of its label sets that have all the values.
func (b *bench) sum(t *testing.T, family string, values ...string) float64 {
	t.Helper()
	families, err := b.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for _, f := range families {
		if f.GetName() != family {
			continue
		}
		for _, m := range f.GetMetric() {
			var has []string
			for _, l := range m.GetLabel() {
				has = append(has, l.GetValue())
			}
			if !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(has, v) }) {
				total += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return total
}

// want is what telemetry says of one call that went well.
type want struct {
	name, provider, endpoint  string
	input, output, read, cost string
	finish                    string
	streamed                  bool
}

// check compares the last call, the one span of which is ours, with what the provider said.
func (b *bench) check(t *testing.T, w want) map[string]string {
	t.Helper()
	spans := b.ours()
	if len(spans) != 1 {
		t.Fatalf("%d spans instead of one", len(spans))
	}
	span, model := spans[0], ""
	a := attributes(span)
	if _, m, ok := strings.Cut(w.name, " "); ok {
		model = m
	}
	for key, v := range map[string]string{
		"gen_ai.provider.name": w.provider, "gen_ai.request.model": model, "gen_ai.usage.input_tokens": w.input,
		"gen_ai.usage.output_tokens": w.output, "gen_ai.usage.cache_read.input_tokens": w.read, "gen_ai.usage.cost": w.cost,
		"gen_ai.response.finish_reasons": w.finish, "error.type": "", "http.response.status_code": "200",
	} {
		if a[key] != v && (v != "" || a[key] != "0") {
			t.Errorf("%s is %q, want %q", key, a[key], v)
		}
	}
	if span.Name() != w.name || (a["gen_ai.response.time_to_first_chunk"] != "") != w.streamed || w.output != "" && a["gen_ai.output.messages"] == "" {
		t.Errorf("span %q: %v", span.Name(), a)
	}
	for _, m := range []struct {
		family string
		labels []string
		want   string
	}{
		{"llm_calls_total", []string{w.provider, model, w.endpoint, "success"}, "1"},
		{"llm_tokens_total", []string{w.provider, model, w.endpoint, "input"}, w.input},
		{"llm_tokens_total", []string{w.provider, model, w.endpoint, "output"}, w.output},
		{"llm_cached_tokens_total", []string{w.provider, model, "read"}, w.read},
		{"llm_cost_usd_total", []string{w.provider, model, w.endpoint}, w.cost},
		{"llm_call_duration_seconds", []string{w.provider, model, w.endpoint}, "1"},
	} {
		if m.want == "" {
			m.want = "0"
		}
		if got := fmt.Sprint(b.sum(t, m.family, m.labels...)); got != m.want {
			t.Errorf("%s%v is %s, want %s", m.family, m.labels, got, m.want)
		}
	}
	if n := b.sum(t, "llm_calls_total"); n != 1 {
		t.Errorf("%v calls were counted", n)
	}
	return a
}
