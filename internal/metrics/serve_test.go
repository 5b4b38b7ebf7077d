package metrics

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
)

// serve starts a server that ends with the test. What it lacks of options it gets.
func serve(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.External == nil {
		o.External = &url.URL{Scheme: "http", Host: "127.0.0.1:8080"}
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t testing.TB, s *Server) {
	t.Helper()
	if err := s.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

// ask evaluates an expression at a time and gives values by labels.
func ask(t *testing.T, s *Server, expr string, at time.Time) map[string]float64 {
	t.Helper()
	q, err := s.engine.NewInstantQuery(t.Context(), s.db, nil, expr, at)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	r := q.Exec(t.Context())
	v, err := r.Vector()
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	out := map[string]float64{}
	for _, x := range v {
		out[x.Metric.String()] = number(x)
	}
	return out
}

func number(x promql.Sample) float64 {
	if x.H != nil {
		return x.H.Count
	}
	return x.F
}

// eventually waits until want holds, at most a minute.
func eventually(t *testing.T, what string, want func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !want(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// file writes a file and gives its path.
func file(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
