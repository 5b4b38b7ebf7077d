package metrics

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

func TestOwnMetricsHaveMetadata(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("# HELP orders_total What was ordered.\n# TYPE orders_total counter\norders_total 1\n")) // whoever asked is gone
	}))
	defer target.Close()
	reg := prometheus.NewRegistry()
	own := prometheus.NewCounter(prometheus.CounterOpts{Name: "own_total", Help: "Of our own."})
	reg.MustRegister(own)
	s := serve(t, Options{Registry: reg, Interval: time.Hour, File: file(t, t.TempDir(), "prometheus.yml",
		"global: {scrape_interval: 500ms, scrape_timeout: 500ms}\nscrape_configs: [{job_name: shop, static_configs: [{targets: ["+
			strings.TrimPrefix(target.URL, "http://")+"]}]}]\n")})
	get := func(query string) (int, map[string][]metadataOf) {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/prometheus/api/v1/metadata?"+query, http.NoBody))
		var got struct{ Data map[string][]metadataOf }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err, w.Body)
		}
		return w.Code, got.Data
	}
	eventually(t, "a scrape", func() bool { _, got := get("metric=orders_total"); return len(got) == 1 })
	_, all := get("")
	want := map[string][]metadataOf{
		"own_total": {{"counter", "", "Of our own."}}, "orders_total": {{"counter", "", "What was ordered."}}, "prometheus_tsdb_head_series": nil,
	}
	for name := range want {
		if name == "prometheus_tsdb_head_series" {
			if len(all[name]) != 1 || all[name][0].Type != "gauge" {
				t.Errorf("%s: %v", name, all[name])
			}
			continue
		}
		if d := cmp.Diff(want[name], all[name]); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	if _, got := get("metric=own_total"); len(got) != 1 || len(got["own_total"]) != 1 {
		t.Errorf("one metric: %v", got)
	}
	if _, got := get("limit=3"); len(got) != 3 {
		t.Errorf("%d of 3", len(got))
	}
	if code, _ := get("limit=x"); code != http.StatusBadRequest {
		t.Errorf("a limit that is no number: %d", code)
	}
}

func TestSectionsWithoutEffectAreNamed(t *testing.T) {
	path := file(t, t.TempDir(), "prometheus.yml",
		"global:\n  query_log_file: q.log\ntracing:\n  endpoint: localhost:4317\nruntime:\n  gogc: 50\nstorage: {exemplars: {max_exemplars: 5}}\n")
	s := serve(t, Options{File: path, Interval: time.Hour})
	want := []string{path + ":4: tracing has no effect here", path + ":6: runtime has no effect here", path + ":2: global.query_log_file has no effect here"}
	if d := cmp.Diff(want, s.Status(t.Context()).Intake.Config.Ignored); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
