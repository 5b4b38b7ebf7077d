package alerting

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// An Alertmanager elsewhere is told, also of what was said while it was down, and does not hold up the other.
func TestForward(t *testing.T) {
	elsewhere := start(t, "", "")
	var down atomic.Bool
	down.Store(true)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		elsewhere.Handler().ServeHTTP(w, r)
	}))
	defer server.Close()
	f, err := NewForward([]string{"http://127.0.0.1:1/nothing", server.URL + "/alertmanager"}, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	f.Start(t.Context())
	defer f.Stop(t.Context())
	a, b := fires("Slow"), fires("Broken")
	f.Alert([]Alert{a, b})
	eventually(t, func() string {
		for _, s := range f.Status() {
			if s.Failing.IsZero() {
				return fmt.Sprintf("%+v", s)
			}
		}
		return ""
	})
	f.Alert([]Alert{resolved(b)}) // which nobody there needs to know
	down.Store(false)
	count := func(want int) {
		t.Helper()
		eventually(t, func() string {
			if active, err := elsewhere.Active(t.Context()); err != nil || len(active) != want {
				return fmt.Sprintf("%d alerts, want %d (%v)", len(active), want, err)
			}
			return ""
		})
	}
	count(1)
	f.Alert([]Alert{resolved(a)})
	count(0)
	if s := f.Status()[1]; !s.Failing.IsZero() || s.Delivered.IsZero() {
		t.Errorf("%+v", s)
	}
}

// What is said last is sent before the end.
func TestForwardStop(t *testing.T) {
	box := newPostbox(t)
	f, err := NewForward([]string{box.URL}, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	f.Start(t.Context())
	f.Alert([]Alert{fires("Slow")})
	f.Stop(t.Context())
	f.Stop(t.Context())
	if got := box.letters(); len(got) != 1 || got[0].path != "/api/v2/alerts" || time.Since(got[0].at) > time.Minute {
		t.Errorf("%v", got)
	}
}
