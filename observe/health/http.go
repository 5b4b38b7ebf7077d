package health

import (
	"encoding/json"
	"net/http"
)

// answer is the JSON of a Report.
type answer struct {
	Status   Status                 `json:"status"`
	Draining bool                   `json:"draining,omitempty"`
	Checks   map[string]checkAnswer `json:"checks,omitempty"`
}

type checkAnswer struct {
	Status   Status  `json:"status"`
	Optional bool    `json:"optional,omitempty"`
	Error    string  `json:"error,omitempty"`
	Took     float64 `json:"duration_ms"`
	Time     string  `json:"time"`
}

// Live answers 200 as long as the process answers at all: a dependency that is gone is no reason to restart it.
//
//	{"status":"ok"}
func (c *Checks) Live() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, answer{Status: OK}) })
}

// Ready answers 200 if every check passes that is not optional, else 503, and names each dependency.
//
//	{"status":"degraded","checks":{"database":{"status":"ok","duration_ms":0.8,"time":"2026-11-21T08:00:00Z"},
//	 "search":{"status":"timeout","optional":true,"duration_ms":2000,"time":"2026-11-21T08:00:00Z"}}}
func (c *Checks) Ready() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		report := c.Run(r.Context())
		a := answer{Status: report.Status, Draining: report.Draining, Checks: map[string]checkAnswer{}}
		for _, result := range report.Checks {
			one := checkAnswer{
				Status: result.Status, Optional: result.Optional,
				Took: float64(result.Duration.Microseconds()) / 1000,
				Time: result.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
			}
			if result.Err != nil && c.shows(result.Name) {
				one.Error = result.Err.Error()
			}
			a.Checks[result.Name] = one
		}
		status := http.StatusOK
		if report.Status == Unready {
			status = http.StatusServiceUnavailable
		}
		write(w, status, a)
	})
}

// shows reports whether the answer may say why a check did not pass.
func (c *Checks) shows(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.checks {
		if k.Name == name {
			return k.ShowError
		}
	}
	return false
}

func write(w http.ResponseWriter, status int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a) // who asked has gone
}
