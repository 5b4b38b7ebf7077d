package metrics

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestScrapeInterval(t *testing.T) {
	for name, one := range map[string]struct {
		text string
		want time.Duration
	}{
		"no file":      {"", 0},
		"no job":       {"global: {scrape_interval: 2m}\n", 0},
		"that of all":  {"global: {scrape_interval: 2m}\nscrape_configs: [{job_name: a, scrape_interval: 5s}]\n", 2 * time.Minute},
		"nothing said": {"scrape_configs: [{job_name: a}]\n", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Dir: t.TempDir(), Registry: prometheus.NewRegistry(), External: &url.URL{Scheme: "http", Host: "localhost"}}
			if one.text != "" {
				o.File = filepath.Join(t.TempDir(), "prometheus.yml")
				if err := os.WriteFile(o.File, []byte(one.text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.ScrapeInterval(); got != one.want {
				t.Errorf("%v, want %v", got, one.want)
			}
		})
	}
}
