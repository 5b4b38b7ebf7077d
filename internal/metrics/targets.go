package metrics

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/scrape"

	"github.com/telltale-dev/telltale/observe/redact"
)

// withTargets answers /api/v1/targets without the secrets that stand in parameters of an address: Prometheus shows those.
func withTargets(r *redact.Redactor, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/prometheus/api/v1/targets" {
			next.ServeHTTP(w, req)
			return
		}
		req.Header.Del("Accept-Encoding")
		answer := heldAnswer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(&answer, req)
		text, _ := r.String(answer.body.String())
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		w.WriteHeader(answer.status)
		_, _ = w.Write([]byte(text)) // whoever asked may be gone
	})
}

// heldAnswer keeps an answer until it may be sent.
type heldAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (a *heldAnswer) WriteHeader(status int) { a.status = status }

func (a *heldAnswer) Write(b []byte) (int, error) { return a.body.Write(b) }

// plainTargets are the targets with configurations to be shown.
type plainTargets struct {
	*scrape.Manager
	secrets *redact.Redactor
}

// ScrapePoolConfig implements v1.TargetRetriever.
func (t plainTargets) ScrapePoolConfig(job string) (*config.ScrapeConfig, error) {
	c, err := t.Manager.ScrapePoolConfig(job)
	if err != nil {
		return nil, err
	}
	return plainScrapes([]*config.ScrapeConfig{c}, t.secrets)[0], nil
}

// plainScrapes are jobs to be shown, without the secrets in their parameters.
func plainScrapes(jobs []*config.ScrapeConfig, r *redact.Redactor) []*config.ScrapeConfig {
	out := make([]*config.ScrapeConfig, len(jobs))
	for i, job := range jobs {
		one := *job
		one.Params = make(map[string][]string, len(job.Params))
		for name, values := range job.Params {
			for _, v := range values {
				plain, _ := r.Field(name, v)
				one.Params[name] = append(one.Params[name], plain)
			}
		}
		out[i] = &one
	}
	return out
}
