package observe_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/apikey"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/otlp"
)

// discard is a backend that takes everything.
type discard struct{}

func (discard) Send(context.Context, otlp.Signal, []byte) error { return nil }
func (discard) Close() error                                    { return nil }

// nowhere is a http.ResponseWriter of a connection that is reused.
type nowhere struct{ header http.Header }

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) WriteHeader(int)             {}
func (w *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (w *nowhere) Flush()                      {}

// chain is what most services have: a key that is checked, a user, a handler.
func chain(b *testing.B, c observe.Config) {
	b.Helper()
	c.Service, c.NoGlobal, c.Log.Writer, c.Log.Format = "bench", true, io.Discard, logging.FormatJSON
	tel, err := observe.Start(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = tel.Shutdown(context.WithoutCancel(b.Context())) }()
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{})
	defer func() { _ = keys.Close(context.WithoutCancel(b.Context())) }()
	secret, _, err := keys.Create(b.Context(), apikey.Grant{User: "u_4711", Tenant: "acme"})
	if err != nil {
		b.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /v1/things/{id}", keys.Require()(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
	})))
	h := tel.Handler(mux)
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/v1/things/42", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+secret.Reveal())
	r.Header.Set("User-Agent", "bench/1.0")
	w := &nowhere{header: http.Header{"X-Request-Id": {""}}}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}

func BenchmarkChain(b *testing.B) { chain(b, observe.Config{Sender: discard{}}) }

func BenchmarkChainTracingOff(b *testing.B) { chain(b, observe.Config{Exporter: observe.ExporterNone}) }

// BenchmarkBare is the mux alone, to be subtracted.
func BenchmarkBare(b *testing.B) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/things/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/v1/things/42", http.NoBody)
	w := &nowhere{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		mux.ServeHTTP(w, r)
	}
}
