package metrics

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
)

func TestQueriesWaitForTheirTurn(t *testing.T) {
	s := start(t, func(o *Options) { o.Interval = time.Hour })
	patience := s.engine.timeout
	s.engine.timeout = 50 * time.Millisecond
	for range cap(s.engine.lanes.quick) {
		s.engine.lanes.quick <- struct{}{}
	}
	got := request(s, http.MethodGet, "/prometheus/api/v1/query?query=1", "")
	if got.Code != http.StatusServiceUnavailable || !strings.Contains(got.Body.String(), "queries compute") {
		t.Errorf("while all places are taken: %d %s", got.Code, got.Body)
	}
	if v, err := s.askForRules()(t.Context(), "1", time.Now()); err != nil || len(v) != 1 {
		t.Errorf("rules wait: %v, %v", v, err)
	}
	s.engine.timeout = patience
	for range cap(s.engine.lanes.quick) {
		<-s.engine.lanes.quick
	}
	for range 10 * cap(s.engine.lanes.quick) {
		if got := request(s, http.MethodGet, "/prometheus/api/v1/query?query=1", ""); got.Code != http.StatusOK {
			t.Fatalf("afterwards: %d %s", got.Code, got.Body)
		}
	}
}

// A query that takes longer gives its place to quick ones, and goes on when no other long one computes.
func TestLongQueriesLeaveTheQuickLane(t *testing.T) {
	s := start(t, func(o *Options) { o.Interval = time.Hour })
	push(t, s.intake.from(pushed), time.Now(), 7, labels.FromStrings("__name__", "probe"))
	lanes := s.engine.lanes
	lanes.quickTime = 0 // all that reads series is long
	for range cap(lanes.long) {
		lanes.long <- struct{}{}
	}
	for range 3 * cap(lanes.quick) { // as many as would fill the quick lane
		if got := request(s, http.MethodGet, "/prometheus/api/v1/query?query=probe&timeout=200ms", ""); got.Code != http.StatusServiceUnavailable ||
			!strings.Contains(got.Body.String(), "timed out") && !strings.Contains(got.Body.String(), "long queries compute") {
			t.Fatalf("beside other long ones: %d %s", got.Code, got.Body)
		}
		if got := request(s, http.MethodGet, "/prometheus/api/v1/query?query=1", ""); got.Code != http.StatusOK {
			t.Fatalf("a quick one: %d %s", got.Code, got.Body)
		}
	}
	if v, err := s.askForRules()(t.Context(), "probe", time.Now()); err != nil || len(v) != 1 {
		t.Errorf("rules wait: %v, %v", v, err)
	}
	for range cap(lanes.long) {
		<-lanes.long
	}
	for range 3 * cap(lanes.long) {
		if got := request(s, http.MethodGet, "/prometheus/api/v1/query?query=probe", ""); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `"7"`) {
			t.Fatalf("afterwards: %d %s", got.Code, got.Body)
		}
	}
	if len(lanes.long)+len(lanes.quick) != 0 {
		t.Errorf("kept places: %d long, %d quick", len(lanes.long), len(lanes.quick))
	}
}
