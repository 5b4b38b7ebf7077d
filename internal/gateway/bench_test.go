package gateway

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// canned answers without a network, so that what is left is the gateway's own cost.
type canned struct{ body []byte }

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, ContentLength: int64(len(c.body)), Body: io.NopCloser(bytes.NewReader(c.body)), Request: r,
		Header: http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"req_1"}, "Date": {"now"}},
	}, nil
}

type nowhere struct{ h http.Header }

func (n *nowhere) Header() http.Header         { return n.h }
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n *nowhere) WriteHeader(int)             {}
func (n *nowhere) Flush()                      {}

type forgetful struct{}

func (forgetful) Ingest(context.Context, *telemetry.Batch) error { return nil }

func BenchmarkServeHTTP(b *testing.B) { serve(b, Config{NoContent: true}) }

// BenchmarkServeContent is with what the recorder does aside.
func BenchmarkServeContent(b *testing.B) {
	b.Run("messages", func(b *testing.B) { serve(b, Config{}) })
	b.Run("raw", func(b *testing.B) { serve(b, Config{Raw: true}) })
}

func serve(b *testing.B, cfg Config) {
	cfg.Providers, cfg.AuthToken = providersAt("http://upstream"), ttToken
	keyed(providerKey)(&cfg)
	body := strings.Replace(chatBody, "hi there", strings.Repeat("lorem ipsum dolor ", 30), 1)
	answer := strings.Replace(chatAnswer, "Hello!", strings.Repeat("The quick brown fox jumps over the lazy dog. ", 14), 1)
	g, err := New(cfg, forgetful{}, Options{Transport: canned{[]byte(answer)}})
	if err != nil {
		b.Fatal(err)
	}
	if err = g.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = g.Stop(context.Background()) }()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/openai/v1/chat/completions", nil)
	r.Header = http.Header{
		"Authorization": {"Bearer " + ttToken}, "Content-Type": {"application/json"}, "Accept": {"application/json"},
		"User-Agent": {"OpenAI/Python 1.70.0"}, "X-Stainless-Lang": {"python"}, "Content-Length": {"600"},
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		w := nowhere{h: http.Header{}}
		g.ServeHTTP(&w, r)
	}
}
