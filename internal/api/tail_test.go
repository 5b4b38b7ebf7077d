package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// follow opens a live tail on a real server and returns its lines.
func follow(ctx context.Context, t *testing.T, server *httptest.Server, store *apitest.Store, target string) <-chan string {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := store.Watchers()
	response, err := server.Client().Do(r) //nolint:bodyclose // closed by the goroutine below
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("%s %v", response.Status, response.Header)
	}
	for store.Watchers() == before {
		time.Sleep(time.Millisecond)
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		defer func() { _ = response.Body.Close() }()
		for s := bufio.NewScanner(response.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// next waits for a line that begins with prefix.
func next(t *testing.T, lines <-chan string, prefix string) string {
	t.Helper()
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("the tail ended before a line %q", prefix)
			}
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				return rest
			}
		case <-time.After(time.Minute):
			t.Fatalf("no line %q", prefix)
		}
	}
}

func TestTail(t *testing.T) {
	store := &apitest.Store{}
	a := newAPI(t, store, func(c *api.Config) { c.Heartbeat = 20 * time.Millisecond })
	server := httptest.NewServer(a)
	defer server.Close()
	defer server.CloseClientConnections()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	lines := follow(ctx, t, server, store, "/api/v1/tail?q="+q("level:error OR model:gpt-4o"))
	next(t, lines, ": heartbeat")
	store.Add(telemetry.Batch{
		Spans: []telemetry.Span{{GenAI: &telemetry.GenAI{RequestModel: "o3"}}, {GenAI: &telemetry.GenAI{RequestModel: "gpt-4o"}}, {Repeat: true, GenAI: &telemetry.GenAI{RequestModel: "gpt-4o"}}},
		Logs:  []telemetry.Log{{Severity: telemetry.SeverityInfo}, {Event: telemetry.Event{Body: "two\nlines"}, Severity: telemetry.SeverityError}},
	})
	next(t, lines, "event: span")
	var span api.Span
	if err := json.Unmarshal([]byte(next(t, lines, "data: ")), &span); err != nil || span.GenAI.Model != "gpt-4o" {
		t.Errorf("%+v %v", span, err)
	}
	next(t, lines, "event: log")
	var log api.Log
	if err := json.Unmarshal([]byte(next(t, lines, "data: ")), &log); err != nil || log.Body != "two\nlines" {
		t.Errorf("%+v %v", log, err)
	}
	leave()
	for store.Watchers() > 0 { // the server lets go of the tail when its client has left
		time.Sleep(time.Millisecond)
	}
}

// TestTailLoss: what does not fit is counted and told, and the pipeline never waits.
func TestTailLoss(t *testing.T) {
	store := &apitest.Store{}
	a := newAPI(t, store, func(c *api.Config) { c.Heartbeat = 10 * time.Millisecond })
	w := &stuckWriter{release: make(chan struct{}), stuck: make(chan struct{}, 1)}
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/tail?signal=logs", nil))
	}()
	<-w.stuck
	const sent = 3000
	for i := range sent {
		store.Add(telemetry.Batch{Logs: []telemetry.Log{{Event: telemetry.Event{Body: fmt.Sprint(i)}}}})
	}
	close(w.release)
	told, written := 0, 0
	for end := time.Now().Add(time.Minute); told+written < sent && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
		text := w.text()
		written, told = strings.Count(text, "event: log"), 0
		for line := range strings.Lines(text) {
			var d api.Dropped
			if data, ok := strings.CutPrefix(line, "data: "); ok && strings.Contains(data, `"dropped"`) && json.Unmarshal([]byte(data), &d) == nil {
				told += int(d.Dropped)
			}
		}
	}
	leave()
	<-done
	if told == 0 || told+written != sent {
		t.Errorf("%d sent, %d written, %d told as dropped", sent, written, told)
	}
}

// TestStopTails: a server that stops ends its tails.
func TestStopTails(t *testing.T) {
	store := &apitest.Store{}
	a := newAPI(t, store, func(c *api.Config) { c.Tails = 1 })
	server := httptest.NewServer(a)
	defer server.Close()
	lines := follow(t.Context(), t, server, store, "/api/v1/tail")
	get(t, a, "/api/v1/tail", http.StatusTooManyRequests, nil)
	a.StopTails()
	for range lines {
		continue
	}
	get(t, a, "/api/v1/tail?q=modle:x", http.StatusBadRequest, nil)
}
