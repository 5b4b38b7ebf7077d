package metrics

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestQueriesWaitForASlot(t *testing.T) {
	s := start(t, func(o *Options) { o.Interval = time.Hour; o.Limits.Timeout = 50 * time.Millisecond })
	for range cap(s.engine.slots) {
		s.engine.slots <- struct{}{}
	}
	got := request(s, http.MethodGet, "/prometheus/api/v1/query?query=1", "")
	if got.Code != http.StatusServiceUnavailable || !strings.Contains(got.Body.String(), "queries compute") {
		t.Errorf("while all slots are taken: %d %s", got.Code, got.Body)
	}
	if v, err := s.askForRules()(t.Context(), "1", time.Now()); err != nil || len(v) != 1 {
		t.Errorf("rules wait: %v, %v", v, err)
	}
	for range cap(s.engine.slots) {
		<-s.engine.slots
	}
	for range 10 * cap(s.engine.slots) {
		if got := request(s, http.MethodGet, "/prometheus/api/v1/query?query=1", ""); got.Code != http.StatusOK {
			t.Fatalf("afterwards: %d %s", got.Code, got.Body)
		}
	}
}
