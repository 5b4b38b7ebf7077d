package app

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"github.com/telltale-dev/telltale/internal/config"
)

// fleet is services that make the same calls, and tell of them in several ways.
type fleet struct {
	made    atomic.Int64 // calls of each service
	began   time.Time
	scraped *httptest.Server
}

// The ways in which each service tells of its calls, besides spans.
var ways = map[string]struct{ push, scrape bool }{
	"eu/spans": {}, "eu/pushed": {push: true}, "scraped": {scrape: true}, "everything": {push: true, scrape: true},
}

const tokensOfCall = 25 // in and out

func newFleet(t *testing.T) *fleet {
	f := &fleet{began: time.Now()}
	f.scraped = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := f.made.Load()
		_, _ = fmt.Fprintf(w, `# TYPE llm_calls_total counter
llm_calls_total{provider="openai",model="gpt-4o",endpoint="other",status="success"} %[1]d
# TYPE llm_tokens_total counter
llm_tokens_total{provider="openai",model="gpt-4o",endpoint="other",token_type="input"} %[2]d
# TYPE http_requests_total counter
http_requests_total{method="GET",path="/ask",status="200"} %[1]d
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{method="GET",path="/ask",le="1"} %[1]d
http_request_duration_seconds_bucket{method="GET",path="/ask",le="+Inf"} %[1]d
http_request_duration_seconds_sum{method="GET",path="/ask"} %[1]d
http_request_duration_seconds_count{method="GET",path="/ask"} %[1]d
`, n, tokensOfCall*n)
	}))
	t.Cleanup(f.scraped.Close)
	return f
}

// config is of a server that scrapes the services that are scraped.
func (f *fleet) config(t *testing.T, dir string) func(*config.Config) {
	t.Helper()
	var jobs strings.Builder
	for name, way := range ways {
		if way.scrape {
			fmt.Fprintf(&jobs, "  - job_name: %s\n    static_configs: [{targets: [%s]}]\n", name, strings.TrimPrefix(f.scraped.URL, "http://"))
		}
	}
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte("global: {scrape_interval: 500ms, scrape_timeout: 500ms}\nscrape_configs:\n"+jobs.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(c *config.Config) {
		c.Data, c.Metrics.Config, c.Metrics.Interval = filepath.Join(dir, "data"), file, time.Second
	}
}

// call makes n calls of each service and tells of them.
func (f *fleet) call(t *testing.T, s *server, n int) {
	t.Helper()
	f.made.Add(int64(n))
	for service, way := range ways {
		s.post(t, "/v1/traces", f.spans(service, n))
		if way.push {
			s.post(t, "/v1/metrics", f.metrics(t, service))
		}
	}
}

func (s *server) post(t *testing.T, path, body string) {
	t.Helper()
	if got := s.do(t, http.MethodPost, path, body, "Content-Type: application/json"); got.code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, got.code, got.body)
	}
}

func resourceOf(service string) string {
	space, name, ok := strings.Cut(service, "/")
	if !ok {
		return fmt.Sprintf(`{"attributes":[{"key":"service.name","value":{"stringValue":%q}}]}`, space)
	}
	return fmt.Sprintf(`{"attributes":[{"key":"service.name","value":{"stringValue":%q}},{"key":"service.namespace","value":{"stringValue":%q}}]}`, name, space)
}

// spans are n served requests with a call of a model in each.
func (f *fleet) spans(service string, n int) string {
	text := func(key, value string) string {
		return fmt.Sprintf(`{"key":%q,"value":{"stringValue":%q}}`, key, value)
	}
	var list []string
	now := time.Now().UnixNano()
	for range n {
		trace, request, call := fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()), fmt.Sprintf("%016x", rand.Uint64()), fmt.Sprintf("%016x", rand.Uint64())
		span := func(id, parent string, kind int, name string, attrs ...string) string {
			return fmt.Sprintf(`{"traceId":%q,"spanId":%q,"parentSpanId":%q,"kind":%d,"name":%q,"startTimeUnixNano":"%d","endTimeUnixNano":"%d","attributes":[%s]}`,
				trace, id, parent, kind, name, now-1e8, now, strings.Join(attrs, ","))
		}
		list = append(list,
			span(request, "", 2, "GET /ask", text("http.request.method", "GET"), text("http.route", "/ask"), text("http.response.status_code", "200")),
			span(call, request, 3, "chat gpt-4o", text("gen_ai.operation.name", "chat"), text("gen_ai.provider.name", "openai"), text("gen_ai.request.model", "gpt-4o"),
				text("gen_ai.usage.input_tokens", "20"), text("gen_ai.usage.output_tokens", "5")))
	}
	return fmt.Sprintf(`{"resourceSpans":[{"resource":%s,"scopeSpans":[{"spans":[%s]}]}]}`, resourceOf(service), strings.Join(list, ","))
}

// metrics is what a service says of all its calls.
func (f *fleet) metrics(t *testing.T, service string) string {
	t.Helper()
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	space, name, ok := strings.Cut(service, "/")
	if !ok {
		space, name = "", service
	}
	rm.Resource().Attributes().PutStr("service.name", name)
	if space != "" {
		rm.Resource().Attributes().PutStr("service.namespace", space)
	}
	list := rm.ScopeMetrics().AppendEmpty().Metrics()
	n := f.made.Load()
	begin, now := pcommon.NewTimestampFromTime(f.began), pcommon.NewTimestampFromTime(time.Now())
	for family, v := range map[string]int64{"llm_calls_total": n, "llm_tokens_total": tokensOfCall * n, "http_requests_total": n} {
		m := list.AppendEmpty()
		m.SetName(family)
		sum := m.SetEmptySum()
		sum.SetIsMonotonic(true)
		sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		p := sum.DataPoints().AppendEmpty()
		p.SetIntValue(v)
		p.SetStartTimestamp(begin)
		p.SetTimestamp(now)
		p.Attributes().PutStr("from", "the service")
	}
	m := list.AppendEmpty()
	m.SetName("http_request_duration_seconds")
	h := m.SetEmptyHistogram()
	h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	p := h.DataPoints().AppendEmpty()
	p.SetCount(uint64(n))
	p.SetSum(float64(n))
	p.ExplicitBounds().FromRaw([]float64{1})
	p.BucketCounts().FromRaw([]uint64{uint64(n), 0})
	p.SetStartTimestamp(begin)
	p.SetTimestamp(now)
	text, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sums asks for the sum of a family of each job.
func (s *server) sums(t *testing.T, series string) map[string]float64 {
	t.Helper()
	query := `sum by (job) (` + series + `{job=~"eu/.*|scraped|everything"})`
	got := s.get(t, "/prometheus/api/v1/query?query="+url.QueryEscape(query))
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil || got.code != http.StatusOK {
		t.Fatalf("%s: %d %s", query, got.code, got.body)
	}
	out := map[string]float64{}
	for _, r := range answer.Data.Result {
		text, _ := r.Value[1].(string)
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		out[r.Metric["job"]] = v
	}
	return out
}

// check waits until every total is what was made, and sees to it that it stays so.
func (f *fleet) check(t *testing.T, s *server) {
	t.Helper()
	n := float64(f.made.Load())
	for series, each := range map[string]float64{
		"llm_calls_total": 1, "llm_tokens_total": tokensOfCall, "http_requests_total": 1, "http_request_duration_seconds_count": 1,
	} {
		want := map[string]float64{}
		for job := range ways {
			want[job] = n * each
		}
		agree := 0
		for deadline := time.Now().Add(time.Minute); agree < 3; time.Sleep(300 * time.Millisecond) {
			got := s.sums(t, series)
			if cmp.Equal(want, got) {
				agree++
				continue
			}
			agree = 0
			if time.Now().After(deadline) {
				t.Fatalf("%s after %v calls of each (-made +counted):\n%s", series, n, cmp.Diff(want, got))
			}
		}
	}
}

// The same calls told by spans, by OTLP metrics and by scrape count once, also after a restart.
func TestCallsToldInSeveralWaysCountOnce(t *testing.T) {
	f, dir := newFleet(t), t.TempDir()
	s := start(t, f.config(t, dir))
	f.call(t, s, 5)
	f.check(t, s)
	f.call(t, s, 3)
	f.check(t, s)
	stop(t, s.App)

	s = start(t, f.config(t, dir))
	f.check(t, s)
	f.call(t, s, 2)
	f.check(t, s)
}
