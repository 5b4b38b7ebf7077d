package metrics

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A server that scrapes itself goes on deriving, and counts nothing twice, whatever becomes of the labels; other scrapers get all.
func TestAServerMayScrapeItself(t *testing.T) {
	registry := prometheus.NewRegistry()
	derivedCalls := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "llm_calls_total"}, []string{"job"})
	derivedCalls.WithLabelValues("shop").Set(5)
	plain := prometheus.NewGauge(prometheus.GaugeOpts{Name: "plain"})
	plain.Set(7)
	registry.MustRegister(derivedCalls, plain)

	var page atomic.Pointer[http.Handler]
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := page.Load(); p != nil { // else the server starts
			(*p).ServeHTTP(w, r)
		}
	}))
	defer web.Close()
	job := func(name, honor string) string {
		return fmt.Sprintf("  - {job_name: %s, honor_labels: %s, scrape_interval: 500ms, scrape_timeout: 500ms, static_configs: [{targets: [%q]}]}\n",
			name, honor, strings.TrimPrefix(web.URL, "http://"))
	}
	file := file(t, t.TempDir(), "prometheus.yml", "scrape_configs:\n"+job("honored", "true")+job("renamed", "false"))
	s := serve(t, Options{File: file, Interval: time.Hour, Registry: registry, Families: []string{"llm_calls_total"}})
	exposition := s.Exposition()
	page.Store(&exposition)

	for _, name := range []string{"honored", "renamed"} {
		eventually(t, name, func() bool { return len(ask(t, s, `plain{job="`+name+`"} == 7`, time.Now())) == 1 })
	}
	if got := ask(t, s, `{__name__=~"llm_.*"}`, time.Now()); len(got) != 0 {
		t.Errorf("it took what it derived for what services have: %v", got)
	}
	if got := s.intake.owners.ownerships(); len(got) != 0 {
		t.Errorf("families have owners: %v", got)
	}

	response, err := http.Get(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(text), `llm_calls_total{job="shop"} 5`) {
		t.Errorf("others get %v\n%s", err, text)
	}
}
