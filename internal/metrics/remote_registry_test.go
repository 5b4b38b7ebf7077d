package metrics

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// Whoever reads our metrics or asks for the configuration sees where samples go, and no secrets of it.
func TestSecretsOfRemoteWriteAreNotShown(t *testing.T) {
	reg := prometheus.NewRegistry()
	yml := func(path string) string {
		return "remote_write: [{url: 'http://u:urlpass@127.0.0.1:1/" + path + "?token=qtoken'}]\nremote_read: [{url: 'http://u:urlpass@127.0.0.1:1/read?token=qtoken'}]\n"
	}
	path := file(t, t.TempDir(), "prometheus.yml", yml("first"))
	s := serve(t, Options{File: path, Interval: time.Hour, Registry: reg})
	for _, at := range []string{"first", "second"} { // the queue is another after a reload
		file(t, strings.TrimSuffix(path, "/prometheus.yml"), "prometheus.yml", yml(at))
		if err := s.Reload(); err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		shows := func() bool {
			families, err := reg.Gather()
			if err != nil {
				t.Fatal(err)
			}
			text.Reset()
			for _, f := range families {
				if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
					t.Fatal(err)
				}
			}
			return strings.Contains(text.String(), `url="http://127.0.0.1:1/`+at+`"`)
		}
		eventually(t, "the queue "+at+" is among our metrics", shows)
		all := text.String() + get(t, s, "/prometheus/api/v1/status/config")
		for _, want := range []string{"prometheus_remote_storage_shards{", "prometheus_remote_storage_sent_batch_duration_seconds_bucket{", "http://127.0.0.1:1/read"} {
			if !strings.Contains(all, want) {
				t.Errorf("%s is not shown", want)
			}
		}
		for _, secret := range []string{"urlpass", "qtoken"} {
			if strings.Contains(all, secret) {
				t.Errorf("%s is shown", secret)
			}
		}
	}
}

// What a job's parameters hold is scraped with, and not shown.
func TestSecretsOfScrapesAreNotShown(t *testing.T) {
	asked := make(chan string, 16)
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case asked <- r.FormValue("api_key"):
		default:
		}
	}))
	t.Cleanup(target.Close)
	address := strings.TrimPrefix(target.URL, "http://")
	path := file(t, t.TempDir(), "prometheus.yml", "scrape_configs: [{job_name: keyed, scrape_interval: 1s, params: {api_key: [qkey4711], module: [http_2xx]}, "+
		"static_configs: [{targets: ['"+address+"', '127.0.0.1:1']}]}]\n")
	s := serve(t, Options{File: path, Interval: time.Hour, Registry: prometheus.NewRegistry()})
	if key := <-asked; key != "qkey4711" {
		t.Errorf("asked with %q", key)
	}
	all := ""
	eventually(t, "the target that is down is shown", func() bool {
		status, err := json.Marshal(s.Status(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		all = get(t, s, "/prometheus/api/v1/status/config") + get(t, s, "/prometheus/api/v1/targets") +
			get(t, s, "/prometheus/api/v1/scrape_pools/config?scrapePool=keyed") + get(t, s, "/prometheus/api/v1/targets/metadata") + string(status)
		return strings.Count(all, "connection refused") > 1
	})
	for _, want := range []string{"http_2xx", address, `"scrapePool":"keyed"`} {
		if !strings.Contains(all, want) {
			t.Errorf("%s is not shown in %s", want, all)
		}
	}
	if strings.Contains(all, "qkey4711") {
		t.Errorf("the key is shown: %s", all)
	}
}
