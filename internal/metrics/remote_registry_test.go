package metrics

import (
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
