package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// apiRequest is the log by which Claude Code reports a call, in a request that hashes to batch.
func apiRequest(batch uint64, at int, attrs ...string) telemetry.Log {
	l := telemetry.Log{Batch: batch, Event: telemetry.Event{
		Time: base.Add(time.Duration(at) * time.Millisecond).UnixNano(), Name: "claude_code.api_request", Service: "claude-code",
	}}
	for _, kv := range append([]string{"session.id=s1", "model=claude-sonnet-4-5", "duration_ms=900"}, attrs...) {
		k, v, _ := strings.Cut(kv, "=")
		l.Attributes = append(l.Attributes, telemetry.Attr{Key: k, Value: v})
	}
	return l
}

// message is a log of request 7 that carries a message of a span.
func message(trace, span uint64, body string) telemetry.Log {
	l := telemetry.Log{Batch: 7, Event: telemetry.Event{Time: base.UnixNano(), Name: "gen_ai.user.message", Body: body}}
	l.TraceID[15], l.SpanID[7] = byte(trace), byte(span)
	return l
}

// A log request sent again leaves nothing: not the logs, not the calls they report, not the messages they carry.
func TestALogRequestSentAgainLeavesNothing(t *testing.T) {
	e := newEnv(t, nil)
	logs := func() *telemetry.Batch {
		return &telemetry.Batch{Logs: []telemetry.Log{
			apiRequest(7, 1000, "input_tokens=100", "output_tokens=10"),
			message(1, 1, `{"content":"hello"}`),
		}}
	}
	for range 2 {
		if err := e.Ingest(t.Context(), logs()); err != nil {
			t.Fatal(err)
		}
	}
	b := e.kept.all()
	if len(b.Spans) != 2 || len(b.Logs) != 2 {
		t.Errorf("%d spans and %d logs kept, want 2 and 2", len(b.Spans), len(b.Logs))
	}
	if n, input, _ := counted(b); n != 1 || input != 100 {
		t.Errorf("%d calls with %d tokens", n, input)
	}
	for _, c := range b.Counts {
		if c.Signal == telemetry.SignalSpans {
			t.Errorf("the books count a span nobody sent: %+v", c)
		}
	}
}

// Messages that come one by one are one conversation.
func TestMessagesOfASpanAreMerged(t *testing.T) {
	e := newEnv(t, nil)
	b := &telemetry.Batch{}
	for i := range 20 {
		b.Logs = append(b.Logs, message(1, 1, fmt.Sprintf(`{"content":"number %d."}`, i)))
	}
	if err := e.Ingest(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	spans := e.kept.all().Spans
	if len(spans) != 1 {
		t.Fatalf("%d repeats, want 1", len(spans))
	}
	at := -1
	for i := range 20 {
		next := strings.Index(spans[0].GenAI.InputMessages, fmt.Sprintf("number %d.", i))
		if next <= at {
			t.Fatalf("message %d is missing or out of order: %s", i, spans[0].GenAI.InputMessages)
		}
		at = next
	}
}

// A later version that is sent again is known as well.
func TestALaterVersionIsKeptOnce(t *testing.T) {
	e := newEnv(t, nil)
	for _, note := range []string{"", "more", "more", "more"} {
		e.send(t, span(1, 1, 0, 0, 1, "note", note))
	}
	if n := len(e.kept.all().Spans); n != 2 {
		t.Errorf("%d versions kept, want 2", n)
	}
}

func TestAVersionMayDifferInItsStatusMessageOrLinks(t *testing.T) {
	e := newEnv(t, nil)
	first, message, linked := span(1, 1, 0, 0, 1), span(1, 1, 0, 0, 1), span(1, 1, 0, 0, 1)
	message.StatusMessage = "broken"
	linked.Links = []telemetry.Link{{TraceID: first.TraceID}}
	e.send(t, first)
	e.send(t, message)
	e.send(t, linked)
	if n := len(e.kept.all().Spans); n != 3 {
		t.Errorf("%d versions kept, want 3", n)
	}
}

// Who reports a call once more waits for the batch that counts it, and comes again where that was not stored.
func TestAFurtherReportWaitsForTheCall(t *testing.T) {
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprint("fails=", fails), func(t *testing.T) {
			e := newEnv(t, nil)
			hold := make(chan struct{})
			e.kept.hold = hold
			if fails {
				e.kept.fail = errors.New("no")
			}
			first, second := make(chan error, 1), make(chan error, 1)
			go func() {
				first <- e.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{chat(1, 2, 1, 10, 90)}})
			}()
			for e.kept.heldNow() == 0 {
				time.Sleep(time.Millisecond)
			}
			e.kept.mu.Lock()
			e.kept.hold = nil
			e.kept.mu.Unlock()
			wrapper := func() *telemetry.Batch {
				s := chat(1, 1, 0, 0, 100)
				s.Scope.Name = "wrapper"
				return &telemetry.Batch{Spans: []telemetry.Span{s}}
			}
			pending := e.once.pendingNow()
			go func() { second <- e.Ingest(t.Context(), wrapper()) }()
			for e.once.pendingNow() == pending && len(second) == 0 { // until it waits
				time.Sleep(time.Millisecond)
			}
			select {
			case err := <-second:
				t.Errorf("answered (%v) before the call was durable", err)
			case <-time.After(30 * time.Millisecond):
			}
			close(hold)
			if err := <-first; (err != nil) != fails {
				t.Errorf("first: %v", err)
			}
			err := <-second
			e.kept.mu.Lock()
			e.kept.fail = nil
			e.kept.mu.Unlock()
			if fails {
				if !errors.Is(err, telemetry.ErrOverloaded) {
					t.Errorf("second: %v, want to be told to come again", err)
				}
				if err := e.Ingest(t.Context(), wrapper()); err != nil {
					t.Fatal(err)
				}
			}
			if n, input, _ := counted(e.kept.all()); n != 1 || input != 1200 {
				t.Errorf("%d calls with %d tokens", n, input)
			}
		})
	}
}

// A mark that a later batch took over from one that failed does not make a call vanish.
func TestMarksOfAFailedBatchCountForNothing(t *testing.T) {
	e := newEnv(t, nil)
	hold := make(chan struct{})
	e.kept.hold = hold
	first := make(chan error, 1)
	go func() {
		first <- e.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{chat(1, 3, 2, 10, 90)}})
	}()
	for e.kept.heldNow() == 0 {
		time.Sleep(time.Millisecond)
	}
	e.kept.mu.Lock()
	e.kept.hold = nil
	e.kept.mu.Unlock()
	e.send(t, span(1, 2, 1, 5, 95))
	e.kept.mu.Lock()
	e.kept.fail = errors.New("no")
	e.kept.mu.Unlock()
	close(hold)
	if err := <-first; err == nil {
		t.Fatal("no error")
	}
	e.kept.mu.Lock()
	e.kept.fail = nil
	e.kept.mu.Unlock()
	e.send(t, chat(1, 1, 0, 0, 100))
	if n, _, _ := counted(e.kept.all()); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// A writer that panics leaves nothing that others wait for.
func TestAPanicHoldsNobodyUp(t *testing.T) {
	e := newEnv(t, nil)
	e.opts.Writer = panicking{}
	func() {
		defer func() { _ = recover() }()
		e.send(t, span(1, 1, 0, 0, 1))
	}()
	e.opts.Writer = e.kept
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := e.Ingest(ctx, &telemetry.Batch{Spans: []telemetry.Span{span(1, 1, 0, 0, 1)}}); err != nil {
		t.Error(err)
	}
}

type panicking struct{}

func (panicking) Write(context.Context, *telemetry.Batch) error { panic("disk on fire") }

// Who fills a batch anew, as the gateway does, finds no two spans that share their parts.
func TestWhatIsTakenOutOfABatchIsNotLeftBehindIt(t *testing.T) {
	e := newEnv(t, nil)
	e.send(t, chat(1, 1, 0, 0, 1))
	b := &telemetry.Batch{Spans: []telemetry.Span{chat(1, 1, 0, 0, 1), chat(1, 2, 0, 0, 1)}}
	if err := e.Ingest(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	whole := b.Spans[:2]
	if whole[0].GenAI == whole[1].GenAI {
		t.Error("two spans share one GenAI")
	}
}

// Batches that wait for each other's records in both orders all come to an end.
func TestCrossingBatchesEnd(t *testing.T) {
	e := newEnv(t, nil)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			var spans []telemetry.Span
			for k := range 8 {
				id := uint64((i*7+k*(1+2*(i%2)))%8 + 1)
				spans = append(spans, chat(id, 1, 0, 0, 100, "gen_ai.response.id", fmt.Sprint("r", id%3)), chat(id, 1, 0, 0, 100))
			}
			if err := e.Ingest(t.Context(), &telemetry.Batch{Spans: spans}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := e.once.pendingNow(); n != 0 {
		t.Errorf("%d keys are still pending", n)
	}
}

// What was recalled newest first is forgotten oldest first.
func TestRecallKeepsTheNewest(t *testing.T) {
	g := newGenerations[int](4)
	for i := range 100 {
		g.recall(uint64(i), i)
	}
	for i := 100; i < 104; i++ {
		g.put(uint64(i), i)
	}
	if _, ok := g.get(0); !ok {
		t.Error("the newest was forgotten")
	}
	if n := len(g.now) + len(g.old); n > 8 {
		t.Errorf("%d are kept, want 8 at most", n)
	}
}

// Calls below one long line of parents leave a mark for each of these, not one for each pair.
func TestMarksOfALongLineOfParentsAreFew(t *testing.T) {
	e := newEnv(t, nil)
	const line, calls = 70, 2000
	var spans []telemetry.Span
	for i := range uint64(line) {
		spans = append(spans, span(1, i+1, i, 0, 1000))
	}
	for i := range uint64(calls) {
		spans = append(spans, chat(1, 1000+i, line, 0, 100))
	}
	b := &telemetry.Batch{Spans: spans}
	flight, err := e.once.admit(t.Context(), b, readDialects(b))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(e.once.calls.above.now); got > line {
		t.Errorf("%d marks", got)
	}
	if got, most := len(flight.undo), 4*(line+calls); got > most {
		t.Errorf("%d steps to take back, want %d at most", got, most)
	}
	flight.fail()
	if n := len(e.once.calls.above.now) + len(e.once.calls.bySpan.now) + len(e.once.calls.byFacts.now) + len(e.once.spans.now); n != 0 {
		t.Errorf("%d keys are left of a batch that failed", n)
	}
}
