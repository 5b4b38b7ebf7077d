package otlp

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// failOnPanic is a logger on which the recovery of a decoder's panic fails the test: a panic is a find, not a pass.
func failOnPanic(t *testing.T) *slog.Logger { return slog.New(panicHandler{slog.DiscardHandler, t}) }

type panicHandler struct {
	slog.Handler
	t *testing.T
}

func (panicHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h panicHandler) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		h.t.Errorf("%s: %s: %s", r.Message, a.Key, a.Value)
		return true
	})
	return nil
}

type discard struct{}

func (discard) Ingest(context.Context, *telemetry.Batch) error { return nil }

// BenchmarkExport takes batches of 256 spans with 2 KB of prompt from bytes to records; ns/span is what one costs.
func BenchmarkExport(b *testing.B) {
	const n = 256
	td := makeTraces(n)
	prompt := `[{"role":"user","parts":[{"type":"text","content":"` + strings.Repeat("please summarize the document over latency\\n ", 45) + `"}]}]`
	for _, s := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		s.Attributes().PutStr("gen_ai.input.messages", prompt)
		for _, k := range []string{"gen_ai.response.id", "gen_ai.response.model", "server.address", "http.route", "user.id", "url.path"} {
			s.Attributes().PutStr(k, "some value of it")
		}
	}
	req := ptraceotlp.NewExportRequestFromTraces(td)
	r, err := New(Options{Sink: discard{}})
	if err != nil {
		b.Fatal(err)
	}
	for name, enc := range map[string]form{"proto": formProto, "json": formJSON} {
		payload := protoOf(b, req)
		if enc == formJSON {
			payload = jsonOf(b, req)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(payload)))
			for range b.N {
				if _, err := r.export(b.Context(), traces, enc, payload); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/span")
		})
	}
}
