package metrics

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
	"google.golang.org/protobuf/proto"
)

func federate(s *Server, accept, query string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/prometheus/federate?"+query, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func TestFederate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(file, []byte("global:\n  external_labels: {region: eu, job: outer}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, func(o *Options) { o.File, o.Interval = file, time.Hour })
	now := time.Now().UnixMilli()
	write(t, s, labels.FromStrings("__name__", "b_total", "job", "x"), Point{now - 1000, 1}, Point{now - 500, 2.5})
	write(t, s, labels.FromStrings("__name__", "a", "instance", "i"), Point{now - 500, math.Inf(1)})
	write(t, s, labels.FromStrings("__name__", "ended"), Point{now - 1000, 1}, Point{now - 500, math.Float64frombits(value.StaleNaN)})
	write(t, s, labels.FromStrings("__name__", "later"), Point{now + 60_000, 1})
	write(t, s, labels.FromStrings("__name__", "old"), Point{now - 10*60_000, 1})
	app := s.db.Appender(t.Context())
	nhcb := &histogram.FloatHistogram{
		Schema: histogram.CustomBucketsSchema, Count: 6, Sum: 10, CustomValues: []float64{1, 5},
		PositiveSpans: []histogram.Span{{Length: 3}}, PositiveBuckets: []float64{1, 2, 3},
	}
	h := tsdbutil.GenerateTestFloatHistogram(1)
	for name, h := range map[string]*histogram.FloatHistogram{"native": h, "custom": nhcb} {
		if _, err := app.AppendHistogram(0, labels.FromStrings("__name__", name), now-500, nil, h); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	all := `match[]={__name__=~".%2B"}&match[]=a`

	got := federate(s, "text/plain", `match[]=a&match[]=b_total&match[]=ended&match[]=old&match[]=later&match[]=native`)
	text := string(bytes.ReplaceAll(got.Body.Bytes(), []byte(strconv.FormatInt(now-500, 10)), []byte("T")))
	want := "# TYPE a untyped\na{instance=\"i\",job=\"outer\",region=\"eu\"} +Inf T\n# TYPE b_total untyped\nb_total{job=\"x\",instance=\"\",region=\"eu\"} 2.5 T\n"
	if got.Code != 200 || text != want {
		t.Errorf("%d\n%s", got.Code, text)
	}
	if got := federate(s, "text/plain", "match[]=custom"); !bytes.Contains(got.Body.Bytes(), []byte(`custom_bucket{instance="",`)) ||
		!bytes.Contains(got.Body.Bytes(), []byte(`le="+Inf"} 6 `)) {
		t.Errorf("%d %s", got.Code, got.Body)
	}

	got = federate(s, string(expfmt.NewFormat(expfmt.TypeProtoDelim)), all)
	families := map[string]*dto.MetricFamily{}
	decoder := expfmt.NewDecoder(got.Body, expfmt.Format(got.Header().Get("Content-Type")))
	for {
		f := &dto.MetricFamily{}
		if err := decoder.Decode(f); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		families[f.GetName()] = f
	}
	if len(families) < 4 || families["ended"] != nil || families["old"] != nil || families["later"] != nil || len(families["a"].GetMetric()) != 1 {
		t.Errorf("%v", families)
	}
	m := families["native"].GetMetric()[0].GetHistogram()
	if m.GetSampleCountFloat() != h.Count || m.GetSchema() != h.Schema || !cmp.Equal(m.GetPositiveCount(), h.PositiveBuckets) ||
		len(m.GetPositiveSpan()) != len(h.PositiveSpans) || !proto.Equal(m, exponential(h)) {
		t.Errorf("%v", m)
	}
	if c := families["custom"].GetMetric()[0].GetHistogram().GetBucket(); len(c) != 2 || c[1].GetCumulativeCountFloat() != 3 {
		t.Errorf("%v", c)
	}
	for query, code := range map[string]int{"": 200, "match[]=a{": 400, "match[]={}": 200} {
		if got := federate(s, "", query); got.Code != code {
			t.Errorf("%q: %d %s", query, got.Code, got.Body)
		}
	}
}
