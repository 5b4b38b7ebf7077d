package app

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// The links of alerts lead somewhere, with what they ask for.
func TestPlaces(t *testing.T) {
	for link, want := range map[string]string{
		"/calls?q=model%3Agpt-4o+status%3Aerror": "/api/v1/calls?q=model%3Agpt-4o+status%3Aerror",
		"/traces?q=a%26b":                        "/api/v1/spans?q=a%26b",
		"/explore?expr=sum%28up%29":              "/prometheus/api/v1/query?query=sum%28up%29",
		"/status":                                "/api/v1/status",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, link, http.NoBody)
		w := httptest.NewRecorder()
		servePlace(r.URL.Path)(w, r)
		if got := w.Header().Get("Location"); w.Code != http.StatusFound || got != want {
			t.Errorf("%s leads to %d %q, want %q", link, w.Code, got, want)
		}
	}
}
