package alerting

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/api"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/route"
)

const (
	maxRequest     = 16 << 20 // bytes of a body
	requestTimeout = time.Minute
)

// mount makes Alertmanager's API. Beside it are the paths that its clients ask for health, and where links into its own UI
// lead on to ours.
func (m *Alertmanager) mount() error {
	var err error
	m.api, err = api.New(api.Options{
		Alerts: m.alerts, Silences: m.silences, GroupMutedFunc: m.groups.Muted, Logger: m.log, Registry: m.opts.Registry,
		RequestDuration: m.metrics.requests, Timeout: requestTimeout,
		GroupFunc: func(ctx context.Context, routes func(*dispatch.Route) bool, alerts func(*alert.Alert, time.Time) bool) (dispatch.AlertGroups, map[model.Fingerprint][]string, error) {
			return m.running.Load().dispatcher.Groups(ctx, routes, alerts)
		},
	})
	if err != nil {
		return err
	}
	router := route.New().WithPrefix(pathPrefix)
	ok := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "OK") }
	router.Get("/-/healthy", ok)
	router.Get("/-/ready", ok)
	router.Post("/-/reload", func(w http.ResponseWriter, _ *http.Request) {
		if err := m.Reload(); err != nil {
			http.Error(w, "the configuration is wrong: "+err.Error(), http.StatusInternalServerError)
		}
	})
	router.Get("/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, m.opts.External.JoinPath("alerts").String(), http.StatusFound)
	})
	m.handler = m.durable(m.api.Register(router, pathPrefix))
	return nil
}

// durable bounds what is read, and answers a change of silences once it is on disk.
func (m *Alertmanager) durable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
		changes := r.Method == http.MethodPost || r.Method == http.MethodDelete
		if !changes || !strings.HasPrefix(r.URL.Path, pathPrefix+"/api/v2/silence") {
			next.ServeHTTP(w, r)
			return
		}
		held := &heldAnswer{header: w.Header(), status: http.StatusOK}
		next.ServeHTTP(held, r)
		if held.status/100 == 2 {
			if err := m.silenceFile.save(); err != nil {
				m.log.Error("a silence cannot be saved", "error", err)
				http.Error(w, "the silence holds until the next restart: it cannot be saved", http.StatusInternalServerError)
				return
			}
		}
		w.WriteHeader(held.status)
		_, _ = held.body.WriteTo(w) // who asked may have left
	})
}

// heldAnswer keeps a small answer until it may be given.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *heldAnswer) Header() http.Header         { return h.header }
func (h *heldAnswer) WriteHeader(status int)      { h.status = status }
func (h *heldAnswer) Write(p []byte) (int, error) { return h.body.Write(p) }
