package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// testLight checks that long texts are cut at a rune and the rest is whole.
func testLight(t *testing.T, s telemetry.Store) {
	w := &world{store: s}
	g := NewRecords(41)
	long := strings.Repeat("世界", 200)
	span, log := g.Span(), g.Log()
	span.GenAI.InputMessages, span.GenAI.OutputMessages, span.GenAI.ToolResult = long, "x"+long, "short"
	log.Body = "xy" + long
	w.write(t, &telemetry.Batch{Spans: []telemetry.Span{span}, Logs: []telemetry.Log{log}})

	gotSpan := collect(t, s.Spans(t.Context(), &telemetry.Query{Light: true}))
	gotLog := collect(t, s.Logs(t.Context(), &telemetry.Query{Light: true}))
	if len(gotSpan) != 1 || len(gotLog) != 1 {
		t.Fatalf("%d spans and %d logs, want one each", len(gotSpan), len(gotLog))
	}
	for _, c := range []struct{ what, full, got string }{
		{"input", span.GenAI.InputMessages, gotSpan[0].GenAI.InputMessages},
		{"output", span.GenAI.OutputMessages, gotSpan[0].GenAI.OutputMessages},
		{"tool result", span.GenAI.ToolResult, gotSpan[0].GenAI.ToolResult},
		{"body", log.Body, gotLog[0].Body},
	} {
		atLeast := min(len(c.full), telemetry.PreviewBytes-utf8.UTFMax+1)
		if !strings.HasPrefix(c.full, c.got) || len(c.got) > telemetry.PreviewBytes || len(c.got) < atLeast || !utf8.ValidString(c.got) {
			t.Errorf("light %s is %d bytes: %q", c.what, len(c.got), c.got)
		}
	}
	if gotSpan[0].Events != nil || gotSpan[0].Links != nil || gotSpan[0].Resource != nil || gotLog[0].Resource != nil {
		t.Error("light records have events, links or resource")
	}
	if gotSpan[0].Name != span.Name || gotSpan[0].GenAI.Cost != span.GenAI.Cost {
		t.Error("light records lack what is short")
	}
	same(t, "attributes of a light span", span.Attributes, gotSpan[0].Attributes)
}

// testFields asks for one field at a time, of records with repeats among them, and finds it as in the whole record.
func testFields(t *testing.T, s telemetry.Store) {
	w := fill(t, s, 43, 12)
	for i := range w.spans[:min(5, len(w.spans))] {
		r := w.spans[i]
		r.Repeat, r.TenantID, r.Attributes = true, "told later", telemetry.Attrs{{Key: "later", Value: "yes"}}
		if err := s.Write(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{r}}); err != nil {
			t.Fatal(err)
		}
	}
	spans, logs := collect(t, s.Spans(t.Context(), &telemetry.Query{})), collect(t, s.Logs(t.Context(), &telemetry.Query{}))
	refs := []telemetry.FieldRef{telemetry.AttrField("later"), telemetry.AttrField(spans[0].Attributes[0].Key)}
	for _, f := range telemetry.Fields() {
		if !f.Keyed {
			refs = append(refs, telemetry.FieldRef{Field: f})
		}
	}
	for _, f := range refs {
		q := &telemetry.Query{Fields: []telemetry.FieldRef{f}}
		for i, got := range collect(t, s.Spans(t.Context(), q)) {
			want := spans[i]
			if got.Time != want.Time || got.TraceID != want.TraceID || got.SpanID != want.SpanID || (got.GenAI == nil) != (want.GenAI == nil) {
				t.Fatalf("%s: span %d is another", f, i)
			}
			if f.SpanText(&got) != f.SpanText(&want) || f.SpanNumber(&got) != f.SpanNumber(&want) {
				t.Errorf("%s of span %d: %q %v, want %q %v", f, i, f.SpanText(&got), f.SpanNumber(&got), f.SpanText(&want), f.SpanNumber(&want))
			}
		}
		for i, got := range collect(t, s.Logs(t.Context(), q)) {
			if f.LogText(&got) != f.LogText(&logs[i]) || f.LogNumber(&got) != f.LogNumber(&logs[i]) {
				t.Errorf("%s of log %d: %q, want %q", f, i, f.LogText(&got), f.LogText(&logs[i]))
			}
		}
	}
	for i, got := range collect(t, s.Spans(t.Context(), &telemetry.Query{Fields: []telemetry.FieldRef{telemetry.AttrField("")}})) {
		same(t, "all attributes", spans[i].Attributes, got.Attributes)
	}
}

func testTraces(t *testing.T, s telemetry.Store) {
	w := &world{store: s}
	g := NewRecords(42)
	for i := range 30 {
		b := g.Batch(6, 6)
		for j := range b.Spans {
			b.Spans[j].TraceID = telemetry.TraceID{9, byte(j % 3)}
			b.Spans[j].RequestID = fmt.Sprintf("request-%d", i%5)
		}
		for j := range b.Logs {
			b.Logs[j].TraceID, b.Logs[j].RequestID = telemetry.TraceID{}, ""
			if j%2 == 0 {
				b.Logs[j].TraceID = telemetry.TraceID{9, byte(j)}
			} else {
				b.Logs[j].RequestID = fmt.Sprintf("request-%d", i%7)
			}
		}
		w.write(t, b)
	}
	id := telemetry.TraceID{9, 2}
	w.trace(t, id, telemetry.Range{})
	w.trace(t, id, telemetry.Range{From: Epoch + 600*1e9, To: Epoch + 1800*1e9})
	w.trace(t, telemetry.TraceID{7}, telemetry.Range{})

	// A request is what carries its id and all of its traces.
	got, err := s.Request(t.Context(), "request-3", telemetry.Range{}, false)
	if err != nil {
		t.Fatal(err)
	}
	ofRequest := func(e *telemetry.Event) bool {
		return e.RequestID == "request-3" || e.TraceID[0] == 9 && e.TraceID[1] < 3
	}
	oldest := &telemetry.Query{Order: telemetry.OldestFirst}
	same(t, "spans of a request", expect(w.spans, oldest, spanEvent, func(_ telemetry.Expr, s *telemetry.Span) bool { return ofRequest(&s.Event) }), got.Spans)
	same(t, "logs of a request", expect(w.logs, oldest, logEvent, func(_ telemetry.Expr, l *telemetry.Log) bool { return ofRequest(&l.Event) }), got.Logs)
	if none, err := s.Request(t.Context(), "request-99", telemetry.Range{}, false); err != nil || len(none.Spans)+len(none.Logs) > 0 {
		t.Errorf("an unknown request: %v, %v", none, err)
	}
}

func (w *world) trace(t *testing.T, id telemetry.TraceID, r telemetry.Range) {
	t.Helper()
	got, err := w.store.Trace(t.Context(), id, r, false)
	if err != nil {
		t.Fatal(err)
	}
	q := &telemetry.Query{Order: telemetry.OldestFirst, Range: r}
	same(t, "spans of a trace", expect(w.spans, q, spanEvent, func(_ telemetry.Expr, s *telemetry.Span) bool { return s.TraceID == id }), got.Spans)
	same(t, "logs of a trace", expect(w.logs, q, logEvent, func(_ telemetry.Expr, l *telemetry.Log) bool { return l.TraceID == id }), got.Logs)
}

// testRepeats writes later versions of spans: readers see one span with what either said, and sums count it once.
func testRepeats(t *testing.T, s telemetry.Store) {
	w := &world{store: s}
	g := NewRecords(43)
	for range 20 {
		w.write(t, g.Batch(5, 0))
	}
	base := g.Span()
	base.GenAI.OutputMessages, base.UserID = "", ""
	base.Service, base.Attributes = "openai-go", base.Attributes.Set(telemetry.AttrService, telemetry.ServiceGuessed)
	repeat := telemetry.Span{Event: telemetry.Event{Time: base.Time, TraceID: base.TraceID, SpanID: base.SpanID, UserID: "late-user", Service: "late-service"}, Repeat: true}
	repeat.GenAI = &telemetry.GenAI{OutputMessages: `[{"role":"assistant","parts":[]}]`}
	repeat.Attributes = telemetry.Attrs{{Key: "late", Value: "yes"}}
	if err := s.Write(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{base}}); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		w.write(t, g.Batch(5, 0))
	}
	if err := s.Write(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{repeat}}); err != nil {
		t.Fatal(err)
	}
	merged := base
	merged.UserID, merged.Service = repeat.UserID, repeat.Service // the service was guessed
	genai := *base.GenAI
	genai.OutputMessages = repeat.GenAI.OutputMessages
	merged.GenAI = &genai
	merged.Attributes = append(append(telemetry.Attrs{}, base.Attributes...).Delete(telemetry.AttrService), repeat.Attributes...)
	w.spans = append(w.spans, merged)

	got, err := s.Trace(t.Context(), base.TraceID, telemetry.Range{}, false)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "trace", []telemetry.Span{merged}, got.Spans)
	w.ask(t, "all", &telemetry.Query{Order: telemetry.OldestFirst})
	count, err := s.Aggregate(t.Context(), &telemetry.AggregateQuery{OrderBy: -1, Columns: []telemetry.Aggregation{{Func: telemetry.CountRecords}}})
	if err != nil || len(count.Rows) != 1 || count.Rows[0].Values[0] != float64(len(w.spans)) {
		t.Errorf("count of spans: %+v, %v, want %d", count, err, len(w.spans))
	}
	books, err := s.Books(t.Context())
	if err != nil || books.Stored[telemetry.SignalSpans] != int64(len(w.spans)) || books.Imbalance() != 0 {
		t.Errorf("books: %+v, %v, want %d spans", books, err, len(w.spans))
	}
}

func testRecent(t *testing.T, s telemetry.Store) {
	w := fill(t, s, 44, 20)
	since := Epoch + 1800*1e9
	type known struct {
		trace telemetry.TraceID
		span  telemetry.SpanID
	}
	spans, responses, batches := map[known]bool{}, map[string]bool{}, map[uint64]bool{}
	for id, err := range s.Recent(t.Context(), since) {
		if err != nil {
			t.Fatal(err)
		}
		if id.Time < since {
			t.Errorf("a record of %d, asked for those since %d", id.Time, since)
		}
		spans[known{id.TraceID, id.SpanID}] = true
		responses[id.Provider+" "+id.ResponseID] = true
		if id.Batch != 0 {
			batches[id.Batch] = true
		}
	}
	for i := range w.spans {
		r := &w.spans[i]
		if r.Time < since {
			continue
		}
		if !spans[known{r.TraceID, r.SpanID}] {
			t.Errorf("span %s is not among the recent", r.SpanID)
		}
		if r.GenAI != nil && r.GenAI.Counts && !responses[r.GenAI.Provider+" "+r.GenAI.ResponseID] {
			t.Errorf("response %q is not among the recent", r.GenAI.ResponseID)
		}
	}
	for i := range w.logs {
		if l := &w.logs[i]; l.Time >= since && l.Batch != 0 && !batches[l.Batch] {
			t.Errorf("batch %d is not among the recent", l.Batch)
		}
	}
}

func testBooks(t *testing.T, s telemetry.Store) {
	w := fill(t, s, 45, 10)
	counts := []telemetry.Count{
		{Signal: telemetry.SignalSpans, Outcome: telemetry.Duplicate, Reason: "sent again", N: 4},
		{Signal: telemetry.SignalLogs, Outcome: telemetry.Rejected, Reason: "no time", N: 2},
	}
	for range 3 {
		if err := s.Write(t.Context(), &telemetry.Batch{Counts: counts}); err != nil {
			t.Fatal(err)
		}
	}
	b, err := s.Books(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "stored", [2]int64{int64(len(w.spans)), int64(len(w.logs))}, b.Stored)
	accepted := int64(len(w.spans) + len(w.logs))
	same(t, "totals", []int64{accepted, 12, 6, accepted + 18, 0},
		[]int64{b.Total(telemetry.Accepted), b.Total(telemetry.Duplicate), b.Total(telemetry.Rejected), b.Received(), b.Imbalance()})
	bad := &telemetry.Batch{Counts: []telemetry.Count{{Outcome: telemetry.Accepted, N: 1}}}
	if err := s.Write(t.Context(), bad); err == nil {
		t.Error("a batch that says itself what is accepted was taken")
	}
}

// testConcurrency writes and reads at once; each writer finds its own records right after they were acknowledged.
func testConcurrency(t *testing.T, s telemetry.Store) {
	var wg sync.WaitGroup
	const writers, rounds = 4, 25
	for n := range writers {
		wg.Go(func() {
			g := NewRecords(uint64(100 + n))
			for range rounds {
				b := g.Batch(3, 2)
				id := telemetry.TraceID{50, byte(n), byte(g.r.IntN(256)), byte(g.r.IntN(256)), byte(g.r.IntN(256))}
				for i := range b.Spans {
					b.Spans[i].TraceID = id
				}
				if err := s.Write(t.Context(), b); err != nil {
					t.Errorf("write: %v", err)
					return
				}
				got, err := s.Trace(t.Context(), id, telemetry.Range{}, false)
				if err != nil || len(got.Spans) != 3 {
					t.Errorf("%d spans of a trace that was acknowledged with 3: %v", len(got.Spans), err)
				}
				if books, err := s.Books(t.Context()); err != nil || books.Imbalance() != 0 {
					t.Errorf("books out of balance by %d while others write: %v", books.Imbalance(), err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(collect(t, s.Spans(t.Context(), &telemetry.Query{}))); n != writers*rounds*3 {
		t.Errorf("%d spans, want %d", n, writers*rounds*3)
	}
}

func testCancellation(t *testing.T, s telemetry.Store) {
	fill(t, s, 46, 10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ask := map[string]error{}
	for _, err := range s.Spans(ctx, &telemetry.Query{}) {
		ask["spans"] = err
	}
	for _, err := range s.Logs(ctx, &telemetry.Query{}) {
		ask["logs"] = err
	}
	_, ask["trace"] = s.Trace(ctx, telemetry.TraceID{1}, telemetry.Range{}, false)
	_, ask["request"] = s.Request(ctx, "x", telemetry.Range{}, false)
	_, ask["aggregate"] = s.Aggregate(ctx, &telemetry.AggregateQuery{OrderBy: -1, Columns: []telemetry.Aggregation{{}}})
	for what, err := range ask {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the context ended: %v", what, err)
		}
	}
	if len(ask) != 5 {
		t.Errorf("only %v answered at all", ask)
	}
	n := 0
	for _, err := range s.Spans(t.Context(), &telemetry.Query{}) { // who stops reading stops the query
		if n++; err != nil || n == 2 {
			break
		}
	}
}

func testLifecycle(t *testing.T, s telemetry.Store) {
	ctx := t.Context()
	if err := s.Start(ctx); err != nil {
		t.Errorf("start again: %v", err)
	}
	if err := s.Health(ctx); err != nil {
		t.Errorf("health: %v", err)
	}
	for range 2 {
		if err := s.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	}
	if err := s.Write(ctx, NewRecords(47).Batch(1, 1)); !errors.Is(err, telemetry.ErrStopped) {
		t.Errorf("write after stop: %v", err)
	}
	if _, err := s.Trace(ctx, telemetry.TraceID{1}, telemetry.Range{}, false); !errors.Is(err, telemetry.ErrStopped) {
		t.Errorf("read after stop: %v", err)
	}
	if err := s.Health(ctx); !errors.Is(err, telemetry.ErrStopped) {
		t.Errorf("health after stop: %v", err)
	}
}
