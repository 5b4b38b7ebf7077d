package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// TestPagingOverStore pages through logs of the real store that share their time and ids: each comes once.
func TestPagingOverStore(t *testing.T) {
	s := sealedStore(t)
	const n = 2300
	for batch := range 2 { // one in a part, one in memory
		var b telemetry.Batch
		for i := range n / 2 {
			b.Logs = append(b.Logs, telemetry.Log{Event: telemetry.Event{
				Time: apitest.Now.UnixNano() - int64(i%2), Service: "same", Body: fmt.Sprintf("%d of %d", i, batch),
			}})
		}
		if err := s.Write(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if batch == 0 {
			if err := s.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	server := newServerOver(t, s, apitest.Sample())
	c, code := run(t, server.URL, "", "logs", "service:same", "--json", "--limit", fmt.Sprint(2*n))
	seen := map[string]int{}
	for d := json.NewDecoder(&c.out); d.More(); {
		var l api.Log
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		seen[l.Body]++
	}
	for body, times := range seen {
		if times != 1 {
			t.Errorf("%s came %d times", body, times)
		}
	}
	if code != 0 || len(seen) != n {
		t.Errorf("exit %d, %d of %d logs", code, len(seen), n)
	}
}
