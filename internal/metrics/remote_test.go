package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
)

// TestAnOutageOfTheReceiverLosesNothing writes to another server that is away at first.
func TestAnOutageOfTheReceiverLosesNothing(t *testing.T) {
	far := serve(t, Options{Interval: time.Hour})
	var up atomic.Bool
	var tries atomic.Int64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tries.Add(1); !up.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		far.Handler().ServeHTTP(w, r)
	}))
	defer front.Close()

	yml := file(t, t.TempDir(), "prometheus.yml", "remote_write:\n  - name: far\n    url: "+front.URL+"/prometheus/api/v1/write\n"+
		"    queue_config: {batch_send_deadline: 100ms, min_backoff: 20ms, max_backoff: 100ms}\n    metadata_config: {send: false}\n")
	var at time.Time
	write := func(s *Server, from, to int) {
		t.Helper()
		for i := from; i < to; i++ {
			push(t, s.intake.from(pushed), at.Add(time.Duration(i)*time.Second), float64(i), labels.FromStrings("__name__", "kept", "job", "shop"))
		}
	}

	s := serve(t, Options{File: yml, Interval: time.Hour})
	at = time.Now().Add(2 * time.Second) // remote write begins with what comes after the start
	write(s, 0, 50)
	eventually(t, "first try", func() bool { return tries.Load() > 0 })
	eventually(t, "outage in the status", func() bool {
		r := s.Status(t.Context()).Intake.RemoteWrite
		return len(r) == 1 && r[0].Name == "far" && r[0].Pending > 0 && r[0].Retried > 0
	})
	write(s, 50, 100)
	up.Store(true)
	end := at.Add(100 * time.Second)
	query := fmt.Sprintf("count_over_time(kept[%ds])", 110)
	eventually(t, "all samples arrived", func() bool { return ask(t, far, query, end)[`{job="shop"}`] == 100 })
	if got := ask(t, far, "sum_over_time(kept[110s])", end)[`{job="shop"}`]; got != 4950 {
		t.Errorf("sum of what arrived %v, want 4950", got)
	}
}
