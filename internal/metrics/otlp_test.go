package metrics

import (
	"bytes"
	"context"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

// exported begins a request of a service.
func exported() (pmetric.Metrics, pmetric.MetricSlice) {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "shop")
	rm.Resource().Attributes().PutStr("service.namespace", "eu")
	rm.Resource().Attributes().PutStr("service.instance.id", "pod-1")
	rm.Resource().Attributes().PutStr("deployment.environment.name", "prod")
	return md, rm.ScopeMetrics().AppendEmpty().Metrics()
}

// counter adds a sum of one data point.
func counter(to pmetric.MetricSlice, name string, as pmetric.AggregationTemporality, start, at time.Time, v int64) pmetric.NumberDataPoint {
	m := to.AppendEmpty()
	m.SetName(name)
	sum := m.SetEmptySum()
	sum.SetIsMonotonic(true)
	sum.SetAggregationTemporality(as)
	p := sum.DataPoints().AppendEmpty()
	p.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	p.SetTimestamp(pcommon.NewTimestampFromTime(at))
	p.SetIntValue(v)
	return p
}

func TestOTLPMetricsAreTranslatedAsPrometheusDoes(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, Options{
		Dir: dir, Interval: time.Hour,
		File: file(t, t.TempDir(), "prometheus.yml", "otlp:\n  promote_resource_attributes: [deployment.environment.name]\n"),
	})
	at := time.Now().Truncate(time.Millisecond)
	md, ms := exported()
	counter(ms, "http.requests", pmetric.AggregationTemporalityCumulative, at, at, 7).Attributes().PutStr("http.route", "/cart")
	gauge := ms.AppendEmpty()
	gauge.SetName("queue.size")
	gauge.SetUnit("By")
	g := gauge.SetEmptyGauge().DataPoints().AppendEmpty()
	g.SetDoubleValue(2.5)
	g.SetTimestamp(pcommon.NewTimestampFromTime(at))

	histogram := ms.AppendEmpty()
	histogram.SetName("took")
	histogram.SetUnit("s")
	histogram.SetEmptyHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	h := histogram.Histogram().DataPoints().AppendEmpty()
	h.SetTimestamp(pcommon.NewTimestampFromTime(at))
	h.SetCount(3)
	h.SetSum(4.5)
	h.ExplicitBounds().FromRaw([]float64{1, 2})
	h.BucketCounts().FromRaw([]uint64{1, 1, 1})
	e := h.Exemplars().AppendEmpty()
	e.SetTimestamp(pcommon.NewTimestampFromTime(at))
	e.SetDoubleValue(1.5)
	e.SetTraceID([16]byte{0x4b, 0xf9, 15: 1})

	exponential := ms.AppendEmpty()
	exponential.SetName("sizes")
	exponential.SetEmptyExponentialHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	x := exponential.ExponentialHistogram().DataPoints().AppendEmpty()
	x.SetTimestamp(pcommon.NewTimestampFromTime(at))
	x.SetScale(12) // finer than the TSDB takes
	x.SetCount(2)
	x.SetSum(2)
	x.Positive().BucketCounts().FromRaw([]uint64{1, 1})

	if err := s.ConsumeMetrics(t.Context(), md); err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	s = serve(t, Options{Dir: dir, Interval: time.Hour}) // what was acknowledged is there after a restart
	const of = `deployment_environment_name="prod", `
	const who = `instance="pod-1", job="eu/shop"`
	for expr, want := range map[string]map[string]float64{
		"http_requests_total": {`{__name__="http_requests_total", ` + of + `http_route="/cart", ` + who + `}`: 7},
		"queue_size_bytes":    {`{__name__="queue_size_bytes", ` + of + who + `}`: 2.5},
		"took_seconds_bucket": {
			`{__name__="took_seconds_bucket", ` + of + who + `, le="1"}`:    1,
			`{__name__="took_seconds_bucket", ` + of + who + `, le="2"}`:    2,
			`{__name__="took_seconds_bucket", ` + of + who + `, le="+Inf"}`: 3,
		},
		"took_seconds_sum":        {`{__name__="took_seconds_sum", ` + of + who + `}`: 4.5},
		"sizes":                   {`{__name__="sizes", ` + of + who + `}`: 2},
		"target_info{job!=\"x\"}": {`{__name__="target_info", ` + of + who + `}`: 1},
	} {
		if d := cmp.Diff(want, ask(t, s, expr, at)); d != "" {
			t.Errorf("%s (-want +got):\n%s", expr, d)
		}
	}
	q, err := s.db.ExemplarQuerier(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := q.Select(0, math.MaxInt64, []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "__name__", "took_seconds_bucket")})
	if err != nil || len(found) != 1 || found[0].SeriesLabels.Get("le") != "2" {
		t.Errorf("exemplars: %v, %v", found, err)
	}
}

func TestDeltasBecomeCumulative(t *testing.T) {
	s := serve(t, Options{Interval: time.Hour})
	at := time.Now().Add(-time.Minute)
	for i, v := range []int64{3, 4, 5} {
		from, to := at.Add(time.Duration(i)*time.Second), at.Add(time.Duration(i+1)*time.Second)
		md, ms := exported()
		counter(ms, "calls", pmetric.AggregationTemporalityDelta, from, to, v)
		if err := s.ConsumeMetrics(t.Context(), md); err != nil {
			t.Fatal(err)
		}
	}
	if got := ask(t, s, "sum(calls_total)", at.Add(3*time.Second)); got["{}"] != 12 {
		t.Errorf("%v after deltas of 3, 4 and 5", got)
	}
	md, ms := exported() // sent again: it would be counted twice
	counter(ms, "calls", pmetric.AggregationTemporalityDelta, at.Add(2*time.Second), at.Add(3*time.Second), 5)
	var partial *PartialError
	if err := s.ConsumeMetrics(t.Context(), md); !errors.As(err, &partial) || partial.Points != 1 {
		t.Errorf("a delta that was sent twice: %v", err)
	}
}

func TestWhatIsWrongCostsItselfAlone(t *testing.T) {
	s := serve(t, Options{Interval: time.Hour, MaxSeries: 2})
	at := time.Now()
	md, ms := exported()
	counter(ms, "good", pmetric.AggregationTemporalityCumulative, at, at, 1)
	counter(ms, "future", pmetric.AggregationTemporalityCumulative, at, at.Add(time.Hour), 1)
	counter(ms, "old", pmetric.AggregationTemporalityCumulative, at, at.Add(-72*time.Hour), 1)
	counter(ms, "unspecified", pmetric.AggregationTemporalityUnspecified, at, at, 1)
	for i := range 3 {
		counter(ms, "users", pmetric.AggregationTemporalityCumulative, at, at, 1).Attributes().PutInt("user", int64(i))
	}
	bad := ms.AppendEmpty()
	bad.SetName("bad")
	bad.SetEmptyExponentialHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	x := bad.ExponentialHistogram().DataPoints().AppendEmpty()
	x.SetTimestamp(pcommon.NewTimestampFromTime(at))
	x.SetCount(9) // more than its buckets hold
	x.Positive().BucketCounts().FromRaw([]uint64{1})
	ms.AppendEmpty().SetName("nothing")

	err := s.ConsumeMetrics(t.Context(), md)
	var partial *PartialError
	if !errors.As(err, &partial) || partial.Points != 5 || partial.Reason == "" {
		t.Fatalf("%v, want 5 data points not taken", err)
	}
	if got := ask(t, s, `{__name__=~"good_total|future_total|old_total|unspecified_total|users_total|bad"}`, at); len(got) != 3 {
		t.Errorf("%v, want good and two users", got)
	}
}

func TestMetricsBeforeStartAndAfterStop(t *testing.T) {
	s := serve(t, Options{Interval: time.Hour})
	stop(t, s)
	md, ms := exported()
	counter(ms, "calls", pmetric.AggregationTemporalityCumulative, time.Now(), time.Now(), 1)
	if err := s.ConsumeMetrics(context.Background(), md); !errors.Is(err, ErrNotReady) {
		t.Errorf("after Stop: %v", err)
	}
}

func TestOTLPWherePrometheusTakesIt(t *testing.T) {
	s := serve(t, Options{Interval: time.Hour})
	srv := httptest.NewServer(s.Handler())
	defer srv.Close()
	md, ms := exported()
	counter(ms, "calls", pmetric.AggregationTemporalityCumulative, time.Now(), time.Now(), 1)
	body, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		body []byte
		want int
	}{{body, http.StatusOK}, {[]byte(strings.Repeat("x", 9)), http.StatusBadRequest}} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/prometheus/api/v1/otlp/v1/metrics", bytes.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-protobuf")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%.9q: %d, want %d", c.body, resp.StatusCode, c.want)
		}
	}
	if got := ask(t, s, "calls_total", time.Now()); len(got) != 1 {
		t.Errorf("%v", got)
	}
}
