package spanclean

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/known"
	"github.com/telltale-dev/telltale/observe/redact"
)

// BenchmarkServerSpan is a span as each request has one, in which nothing has to be hidden.
func BenchmarkServerSpan(b *testing.B) {
	r, err := redact.New(redact.Options{})
	if err != nil {
		b.Fatal(err)
	}
	c := New(&core.Core{Redact: r, Secrets: r.SecretsOnly(), Known: known.New(r)})
	s := tracetest.SpanStub{Name: "GET /v1/things/{id}", Attributes: []attribute.KeyValue{
		attribute.String("http.request.method", "GET"), attribute.String("url.path", "/v1/things/42"),
		attribute.String("url.scheme", "https"), attribute.String("server.address", "api.example.com"),
		attribute.String("client.address", "203.0.113.9"), attribute.Int("server.port", 8443),
		attribute.String("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0"),
		attribute.String("http.route", "/v1/things/{id}"), attribute.Int("http.response.status_code", 200),
		attribute.Int("http.response.body.size", 43), attribute.String("network.protocol.version", "1.1"),
		attribute.String("request.id", "4bf92f3577b34da6a3ce929d0e0e4736"), attribute.String("user.id", "u_4711"),
		attribute.String("tenant.id", "acme"), attribute.String("key.id", "key_01h455vb4pex5"),
	}}.Snapshot()
	b.ReportAllocs()
	for b.Loop() {
		c.Span(s)
	}
}
