package llm_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/observe/llm"
)

// TestErrorClosedUnread closes an error as SDKs do that try again.
func TestErrorClosedUnread(t *testing.T) {
	tel := newTelemetry(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota"}}`)
	}))
	defer srv.Close()
	resp, err := post(tel.in(t.Context()), t, client(t, llm.TransportOptions{}), srv.URL+"/v1/chat/completions", chat(""))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	span := tel.one(t)
	if got := attributes(span)["error.type"]; got != "insufficient_quota" || span.Status().Description != "You exceeded your current quota" {
		t.Errorf("error.type %q, status %v", got, span.Status())
	}
}

// TestErrorThatDoesNotCome closes an error whose body the provider holds back.
func TestErrorThatDoesNotCome(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusInternalServerError)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer srv.Close()
	shortest := time.Hour
	for range 3 { // a busy machine may hold up one of them
		tel := newTelemetry(t)
		resp, err := post(tel.in(t.Context()), t, client(t, llm.TransportOptions{}), srv.URL+"/v1/chat/completions", chat(""))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_ = resp.Body.Close()
		shortest = min(shortest, time.Since(start))
		if got := attributes(tel.one(t))["error.type"]; got != "server_error" {
			t.Errorf("error.type %q", got)
		}
	}
	if shortest > time.Second {
		t.Errorf("Close took %v at least", shortest)
	}
}
