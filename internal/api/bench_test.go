package api_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// oneTrace is a reader whose answer is made before, so that what the API adds is measured.
type oneTrace struct {
	telemetry.Reader
	records telemetry.Records
}

func (o *oneTrace) Trace(context.Context, telemetry.TraceID, telemetry.Range, bool) (telemetry.Records, error) {
	return o.records, nil
}

func wideTrace(n int) telemetry.Records {
	spans := make([]telemetry.Span, n)
	for i := range spans {
		s := &spans[i]
		s.Event = telemetry.Event{
			Time: apitest.Now.UnixNano() + int64(i)*1e6, TraceID: telemetry.TraceID{1}, Service: "svc" + strconv.Itoa(i%5),
			Name: "step " + strconv.Itoa(i%50), RequestID: "req-1", UserID: "user-1",
		}
		binary.BigEndian.PutUint64(s.SpanID[:], uint64(i+1))
		binary.BigEndian.PutUint64(s.ParentID[:], uint64(i/3))
		s.Duration = int64(i%100) * 1e6
		for j := range 12 {
			s.Attributes = append(s.Attributes, telemetry.Attr{Key: "app.attribute." + strconv.Itoa(j), Value: "value " + strconv.Itoa(i%(j+2))})
		}
		if i%5 == 0 {
			text := fmt.Sprintf(`[{"role":"user","parts":[{"type":"text","content":"Question %d, with %0200d"}]}]`, i, i*7)
			s.GenAI = &telemetry.GenAI{
				Operation: telemetry.OpChat, Provider: "openai", RequestModel: "gpt-4o", Counts: true, InputMessages: text, OutputMessages: text,
				Usage: telemetry.Usage{Input: telemetry.Known(100), Output: telemetry.Known(20)}, Cost: telemetry.Known(12345),
			}
		}
	}
	return telemetry.Records{Spans: spans}
}

// BenchmarkWideTrace answers with a trace of 30,000 spans, without what the store takes to read them.
func BenchmarkWideTrace(b *testing.B) {
	a, err := api.New(api.Config{Reader: &oneTrace{records: wideTrace(30_000)}})
	if err != nil {
		b.Fatal(err)
	}
	for _, coding := range []string{"identity", "gzip"} {
		b.Run(coding, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/v1/traces/"+telemetry.TraceID{1}.String(), nil)
				r.Header.Set("Accept-Encoding", coding)
				a.ServeHTTP(w, r)
				b.ReportMetric(float64(w.Body.Len()), "bytes")
			}
		})
	}
}
