package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// The gateway fills one batch over and over: what a watcher was given stays as it was.
func TestTailIsNotWrittenInAgain(t *testing.T) {
	e := newEnv(t, nil)
	watched := e.Tail(t.Context())
	s := chat(1, 1, 0, 0, 100, "note", "first")
	s.Events = []telemetry.SpanEvent{{Name: "first", Attributes: telemetry.Attrs{{Key: "k", Value: "first"}}}}
	s.Links = []telemetry.Link{{TraceID: s.TraceID, Attributes: telemetry.Attrs{{Key: "k", Value: "first"}}}}
	s.Resource = telemetry.Attrs{{Key: "host.name", Value: "first"}}
	b := &telemetry.Batch{Spans: []telemetry.Span{s}, Logs: []telemetry.Log{{Event: telemetry.Event{Attributes: telemetry.Attrs{{Key: "k", Value: "first"}}}}}}
	if err := e.Ingest(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	got := <-watched
	want := dump(t, got)
	again := &b.Spans[0]
	for _, attrs := range []telemetry.Attrs{again.Attributes, again.Resource, again.Events[0].Attributes, again.Links[0].Attributes, b.Logs[0].Attributes} {
		for i := range attrs {
			attrs[i] = telemetry.Attr{Key: "second", Value: "second"}
		}
	}
	again.Events[0].Name = "second"
	*again.GenAI = telemetry.GenAI{RequestModel: "second"}
	if diff := cmp.Diff(want, dump(t, got)); diff != "" {
		t.Error(diff)
	}
}

func TestMissedBatchesAreCounted(t *testing.T) {
	e := newEnv(t, nil)
	_ = e.Tail(t.Context())
	for i := range uint64(tailBuffer + 3) {
		e.send(t, span(i+1, 1, 0, 0, 1))
	}
	if got := metric(t, e, "telltale_tail_missed_batches_total"); got != 3 {
		t.Errorf("%v missed, want 3", got)
	}
}
