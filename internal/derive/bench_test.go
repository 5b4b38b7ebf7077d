package derive

import (
	"fmt"
	"testing"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// BenchmarkFollow counts batches of model calls, of requests and of outgoing calls, with the attributes that instrumentation
// sends.
func BenchmarkFollow(b *testing.B) {
	var many telemetry.Attrs
	for i := range 14 {
		many = append(many, telemetry.Attr{Key: fmt.Sprintf("app.attribute.%d", i), Value: "value"})
	}
	for _, kind := range []struct {
		name string
		span func(i int) telemetry.Span
	}{
		{"calls", func(i int) telemetry.Span {
			return chat(func(s *telemetry.Span) { s.Attributes, s.GenAI.RequestModel = many, fmt.Sprintf("model-%d", i%5) })
		}},
		{"requests", func(i int) telemetry.Span {
			return span(func(s *telemetry.Span) {
				s.Kind, s.HTTPMethod, s.HTTPStatus = telemetry.KindServer, "GET", telemetry.Known(200)
				s.Attributes = append(many[:len(many):len(many)], telemetry.Attr{Key: attrRoute, Value: fmt.Sprintf("/orders/%d", i%20)},
					telemetry.Attr{Key: "http.request.body.size", Value: "12"}, telemetry.Attr{Key: "http.response.body.size", Value: "3000"})
			})
		}},
		{"external", func(i int) telemetry.Span {
			return span(func(s *telemetry.Span) {
				s.Kind, s.HTTPMethod, s.HTTPPath, s.HTTPStatus = telemetry.KindClient, "POST", "/v2/rates/query", telemetry.Known(200)
				s.Attributes = append(many[:len(many):len(many)], telemetry.Attr{Key: "server.address", Value: fmt.Sprintf("host-%d", i%20)})
			})
		}},
		{"other", func(int) telemetry.Span { return span(func(s *telemetry.Span) { s.Attributes = many }) }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			c := newCounter(b, nil)
			var batch telemetry.Batch
			for i := range 256 {
				batch.Spans = append(batch.Spans, kind.span(i))
			}
			b.ReportAllocs()
			seq := uint64(0)
			for b.Loop() {
				seq++
				c.Follow(seq, &batch)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/256, "ns/span")
		})
	}
}
