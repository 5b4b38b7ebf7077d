package metrics

import (
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
)

// Exposition serves what the registry gathers, for a Prometheus to scrape.
//
// Where this server scrapes itself, the families that may come in several ways are left out: it has them already, and would
// take what it derived for what the services count themselves.
func (s *Server) Exposition() http.Handler {
	registry := s.opts.Registry
	all := promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry})
	own := promhttp.HandlerFor(prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		families, err := registry.Gather()
		return slices.DeleteFunc(families, func(f *dto.MetricFamily) bool {
			return slices.Contains(s.opts.Families, f.GetName())
		}), err
	}), promhttp.HandlerOpts{Registry: registry})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.UserAgent() == s.userAgent {
			own.ServeHTTP(w, r)
			return
		}
		all.ServeHTTP(w, r)
	})
}
