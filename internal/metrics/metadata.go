package metrics

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
)

// metadataOf says what a metric is, as Prometheus' API does.
type metadataOf struct {
	Type model.MetricType `json:"type"`
	Unit string           `json:"unit"`
	Help string           `json:"help"`
}

// withMetadata answers /api/v1/metadata: Prometheus has there what its targets say, and our own metrics are fed without a target.
func (s *Server) withMetadata(next http.Handler) http.Handler {
	slots := make(chan struct{}, s.opts.Limits.Concurrent)
	answer := limited(slots, http.HandlerFunc(s.serveMetadata))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.TrimSuffix(r.URL.Path, "/") == "/prometheus/api/v1/metadata" && r.Method == http.MethodGet {
			answer.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) serveMetadata(w http.ResponseWriter, r *http.Request) {
	limits := map[string]int{"limit": -1, "limit_per_metric": 0}
	for name := range limits {
		text := r.FormValue(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			refuse(w, fmt.Errorf("%s must be a number", name))
			return
		}
		limits[name] = n
	}
	found := s.metadata(r.FormValue("metric"), limits["limit_per_metric"])
	for name := range found {
		if limits["limit"] >= 0 && len(found) > limits["limit"] {
			delete(found, name)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": found}) // whoever asked is gone
}

// metadata is what our own registry and the targets say of one metric, or of all.
func (s *Server) metadata(only string, most int) map[string][]metadataOf {
	out := map[string][]metadataOf{}
	add := func(name string, m metadataOf) {
		if had := out[name]; (only == "" || only == name) && (most <= 0 || len(had) < most) && !slices.Contains(had, m) {
			out[name] = append(had, m)
		}
	}
	families, _ := s.opts.Registry.Gather() // what could be gathered counts
	for _, f := range families {
		add(f.GetName(), metadataOf{typeOf(f.GetType()), f.GetUnit(), f.GetHelp()})
	}
	for _, targets := range s.scrape.TargetsActive() {
		for _, t := range targets {
			for _, m := range t.ListMetadata() {
				add(m.MetricFamily, metadataOf{m.Type, m.Unit, m.Help})
			}
		}
	}
	return out
}

func typeOf(t dto.MetricType) model.MetricType {
	switch t {
	case dto.MetricType_COUNTER:
		return model.MetricTypeCounter
	case dto.MetricType_GAUGE:
		return model.MetricTypeGauge
	case dto.MetricType_SUMMARY:
		return model.MetricTypeSummary
	case dto.MetricType_HISTOGRAM:
		return model.MetricTypeHistogram
	case dto.MetricType_GAUGE_HISTOGRAM:
		return model.MetricTypeGaugeHistogram
	default:
		return model.MetricTypeUnknown
	}
}
