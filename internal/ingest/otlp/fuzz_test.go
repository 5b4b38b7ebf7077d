package otlp

import (
	"context"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/telltale-dev/telltale/internal/ingest/body"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// checkingSink holds every record to what the stores rely on.
type checkingSink struct{ t *testing.T }

func (s checkingSink) Ingest(_ context.Context, b *telemetry.Batch) error {
	for i := range b.Spans {
		sp := &b.Spans[i]
		if sp.TraceID.IsZero() || sp.SpanID.IsZero() || sp.Duration < 0 || sp.Time <= 0 {
			s.t.Errorf("bad span got through: %+v", sp)
		}
		s.check(&sp.Event)
	}
	for i := range b.Logs {
		s.check(&b.Logs[i].Event)
	}
	return nil
}

func (s checkingSink) check(e *telemetry.Event) {
	seen := map[string]bool{}
	for _, a := range e.Attributes {
		if seen[a.Key] {
			s.t.Errorf("key %q is there twice", a.Key)
		}
		seen[a.Key] = true
		if !utf8.ValidString(a.Key) || !utf8.ValidString(a.Value) {
			s.t.Errorf("%q=%q is not UTF-8", a.Key, a.Value)
		}
	}
	if !utf8.ValidString(e.Name) || !utf8.ValidString(e.Body) {
		s.t.Error("name or body is not UTF-8")
	}
}

func seedLogs() plog.Logs {
	ld := plog.NewLogs()
	l := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	l.Body().SetEmptyMap().PutEmptySlice("x").AppendEmpty().SetEmptyBytes().FromRaw([]byte("y"))
	l.Attributes().PutDouble("d", 1e300)
	return ld
}

func FuzzProto(f *testing.F) {
	f.Add(protoOf(f, ptraceotlp.NewExportRequestFromTraces(makeTraces(2))), false)
	f.Add(protoOf(f, plogotlp.NewExportRequestFromLogs(seedLogs())), true)
	f.Add(protoOf(f, pmetricotlp.NewExportRequestFromMetrics(makeMetrics(1))), false)
	f.Fuzz(func(t *testing.T, payload []byte, isLogs bool) { exportAny(t, formProto, payload, isLogs) })
}

func FuzzJSON(f *testing.F) {
	f.Add(jsonOf(f, ptraceotlp.NewExportRequestFromTraces(makeTraces(2))), false)
	f.Add(jsonOf(f, plogotlp.NewExportRequestFromLogs(seedLogs())), true)
	f.Add([]byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"\"","spanId":"0"}]}]}]}`), false)
	f.Add(jsonOf(f, pmetricotlp.NewExportRequestFromMetrics(makeMetrics(1))), false)
	f.Fuzz(func(t *testing.T, payload []byte, isLogs bool) { exportAny(t, formJSON, payload, isLogs) })
}

func exportAny(t *testing.T, enc form, payload []byte, isLogs bool) {
	r, err := New(Options{Sink: checkingSink{t}, Metrics: &metricSink{}, Limits: body.Limits{Decoded: 1 << 20}, MaxValue: 64})
	if err != nil {
		t.Fatal(err)
	}
	r.opts.Logger = failOnPanic(t)
	s := traces
	if isLogs {
		s = logs
	}
	a, err := r.export(t.Context(), s, enc, payload)
	if err == nil && a.rejected > int64(len(payload)) {
		t.Errorf("%d records rejected of %d bytes", a.rejected, len(payload))
	}
	for _, s := range []signal{traces, metrics} { // an answer, whatever it is
		_, _ = r.export(t.Context(), s, enc, payload)
	}
}
