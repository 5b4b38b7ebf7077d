package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/observetest"
)

func TestParseVerdict(t *testing.T) {
	for text, valid := range map[string]bool{
		`{"status":"normal","confidence":0.9,"reason":"fine"}`:           true,
		`{"status":"critical","confidence":1,"reason":""}`:               true,
		`{"status":"fine","confidence":0.9,"reason":"fine"}`:             false,
		`{"status":"normal","confidence":97,"reason":"fine"}`:            false,
		`{"status":"normal","confidence":0.9,"reason":"fine","extra":1}`: false,
		`It is normal.`: false,
	} {
		if _, err := parseVerdict(text); (err == nil) != valid {
			t.Errorf("%s: %v, valid %v", text, err, valid)
		}
	}
}

const body = `{"sensor":"s1","kind":"temperature","value":21,"unit":"°C","low":19,"high":24}`

// A full queue refuses; one that drains finishes what it has, and takes no more; a reading that panics is not the end.
func TestQueue(t *testing.T) {
	rec := observetest.New(t)
	tel, err := observe.Start(t.Context(), observe.Config{
		Service: "iot", Exporter: observe.ExporterNone, SpanProcessors: []sdktrace.SpanProcessor{rec.SpanProcessor()},
		Log: logging.Options{Writer: t.Output(), Sink: rec.Sink()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.WithoutCancel(t.Context())) })
	rec.Watch(tel.Metrics())

	begun, goOn := make(chan bool, 2), make(chan bool)
	q := newQueue(tel, 1, 1, func(context.Context, reading) error {
		begun <- true
		if <-goOn {
			panic("no number")
		}
		return errors.New("the model is gone")
	})
	handler := tel.Handler(takeReading(q))
	post := func(text string) int {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(text)))
		return w.Code
	}
	if got := post(`{"sensor":""}`); got != http.StatusBadRequest {
		t.Errorf("a reading of no sensor gets %d", got)
	}
	first := post(body)
	<-begun // the worker has it; the next one waits, and there is no room for a third
	if second, third := post(body), post(body); first != http.StatusAccepted || second != http.StatusAccepted || third != http.StatusServiceUnavailable {
		t.Errorf("got %d, %d, %d", first, second, third)
	}
	if got := rec.Metric(t, "jobs_queue_depth", "queue=analysis"); got != 1 {
		t.Errorf("%g wait, want 1", got)
	}
	goOn <- true
	<-begun
	goOn <- false
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := q.drain(ctx); err != nil {
		t.Error(err)
	}
	if got := post(body); got != http.StatusServiceUnavailable {
		t.Errorf("a queue that is drained answers %d", got)
	}
	failed := 0
	for _, l := range rec.Logs() {
		if strings.Contains(l.String(), "no number") || strings.Contains(l.String(), "the model is gone") {
			failed++
		}
	}
	if failed != 2 {
		t.Errorf("%d failures are logged, want the panic and the error", failed)
	}
}
