package pipeline

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/redact"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// kept is a writer that remembers what it was given, in memory.
type kept struct {
	mu      sync.Mutex
	batches []telemetry.Batch
	fail    error
	hold    chan struct{} // Write waits for it, where set
	held    int           // writes that have come to wait
}

func (k *kept) heldNow() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.held
}

func (k *kept) Write(_ context.Context, b *telemetry.Batch) error {
	k.mu.Lock()
	hold, fail := k.hold, k.fail
	if hold != nil {
		k.held++
	}
	k.mu.Unlock()
	if hold != nil {
		<-hold
		k.mu.Lock()
		fail = k.fail
		k.mu.Unlock()
	}
	if fail != nil {
		return fail
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.batches = append(k.batches, telemetry.Batch{Spans: slices.Clone(b.Spans), Logs: slices.Clone(b.Logs), Counts: slices.Clone(b.Counts)})
	return nil
}

func (k *kept) all() (b telemetry.Batch) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, x := range k.batches {
		b.Spans = append(b.Spans, x.Spans...)
		b.Logs = append(b.Logs, x.Logs...)
		b.Counts = append(b.Counts, x.Counts...)
	}
	return b
}

type env struct {
	*Pipeline
	kept     *kept
	registry *prometheus.Registry
}

func newEnv(t *testing.T, change func(*Options)) *env {
	t.Helper()
	r, err := redact.New(redact.Options{Secrets: true, PII: true})
	if err != nil {
		t.Fatal(err)
	}
	e := &env{kept: &kept{}, registry: prometheus.NewRegistry()}
	o := Options{Writer: e.kept, Prices: price.Default, Redactor: r, Registry: e.registry}
	if change != nil {
		change(&o)
	}
	if e.Pipeline, err = New(o); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *env) send(t *testing.T, spans ...telemetry.Span) {
	t.Helper()
	if err := e.Ingest(t.Context(), &telemetry.Batch{Spans: spans}); err != nil {
		t.Fatal(err)
	}
}

// base is the time of all test spans: one instant in 2026.
var base = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// span makes a raw span as a decoder would, with times in milliseconds after base.
func span(trace, id, parent uint64, from, to int, attrs ...string) telemetry.Span {
	s := telemetry.Span{Event: telemetry.Event{
		Time: base.Add(time.Duration(from) * time.Millisecond).UnixNano(), Name: "span", Service: "svc", Scope: telemetry.Scope{Name: "sdk"},
	}, Duration: int64(to-from) * 1e6, Kind: telemetry.KindClient}
	binary.BigEndian.PutUint64(s.TraceID[8:], trace)
	binary.BigEndian.PutUint64(s.SpanID[:], id)
	binary.BigEndian.PutUint64(s.ParentID[:], parent)
	for i := 0; i+1 < len(attrs); i += 2 {
		s.Attributes = append(s.Attributes, telemetry.Attr{Key: attrs[i], Value: attrs[i+1]})
	}
	return s
}

// chat makes a span of the call that all clients made for the captures: 1200 tokens in, 1024 of them cached, 34 out.
func chat(trace, id, parent uint64, from, to int, attrs ...string) telemetry.Span {
	return span(trace, id, parent, from, to, append([]string{
		"gen_ai.operation.name", "chat", "gen_ai.provider.name", "openai", "gen_ai.request.model", "gpt-4o-mini",
		"gen_ai.response.model", "gpt-4o-mini-2024-07-18", "gen_ai.usage.input_tokens", "1200",
		"gen_ai.usage.cache_read.input_tokens", "1024", "gen_ai.usage.output_tokens", "34",
	}, attrs...)...)
}

// counted returns how many spans count, and the sums of their input tokens and cost.
func counted(b telemetry.Batch) (n int, input, cost int64) {
	for _, s := range b.Spans {
		if s.GenAI == nil {
			continue
		}
		if s.GenAI.Counts && !s.Repeat {
			n++
		}
		input += s.GenAI.Usage.Input.Value
		cost += s.GenAI.Cost.Value
	}
	return n, input, cost
}

// totals is what the rows of a batch come to for who counts them: a call by its first version, its numbers by the version
// that has them.
type totals struct {
	calls, unpriced int
	tokens, cost    int64
}

func tally(b telemetry.Batch) (n totals) {
	for _, s := range b.Spans {
		g := s.GenAI
		switch {
		case g == nil:
			continue
		case g.Counts && !s.Repeat:
			n.calls++
		case !s.Repeat || !g.Usage.Total().Known:
			continue
		}
		n.tokens += g.Usage.Total().Value
		n.cost += g.Cost.Value
		if g.Usage.Total().Known && !g.Cost.Known {
			n.unpriced++
		}
	}
	return n
}

const chatCost = 123_600_000 // pico-USD: the vector of gpt-4o-mini

func TestCallsCountOnce(t *testing.T) {
	scoped := func(s telemetry.Span, scope string) telemetry.Span { s.Scope.Name = scope; return s }
	wrapper := func(trace, id, parent uint64, from, to int) telemetry.Span { // says nothing of usage
		return span(trace, id, parent, from, to, "gen_ai.operation.name", "chat", "gen_ai.request.model", "gpt-4o-mini")
	}
	id := "gen_ai.response.id"
	for _, tc := range []struct {
		name    string
		batches [][]telemetry.Span
		calls   int
	}{
		{"one", [][]telemetry.Span{{chat(1, 1, 0, 0, 100, id, "r1")}}, 1},
		{"sent again in another batch", [][]telemetry.Span{{chat(1, 1, 0, 0, 100)}, {chat(1, 1, 0, 0, 100)}}, 1},
		{"sent again in the same batch", [][]telemetry.Span{{chat(1, 1, 0, 0, 100), chat(1, 1, 0, 0, 100)}}, 1},
		{"a later version", [][]telemetry.Span{{chat(1, 1, 0, 0, 100)}, {chat(1, 1, 0, 0, 100, "user.id", "u1")}}, 1},
		{"SDK in a wrapper, one batch, wrapper first", [][]telemetry.Span{{scoped(chat(1, 1, 0, 0, 100), "wrapper"), chat(1, 2, 1, 10, 90)}}, 1},
		{"SDK, then its wrapper", [][]telemetry.Span{{chat(1, 2, 1, 10, 90)}, {scoped(chat(1, 1, 0, 0, 100), "wrapper")}}, 1},
		{"wrapper, then its SDK", [][]telemetry.Span{{scoped(chat(1, 1, 0, 0, 100), "wrapper")}, {chat(1, 2, 1, 10, 90)}}, 1},
		{"an HTTP span between, one batch", [][]telemetry.Span{{chat(1, 1, 0, 0, 100), span(1, 2, 1, 5, 95, "http.request.method", "POST"), scoped(chat(1, 3, 2, 10, 90), "gateway")}}, 1},
		{"an HTTP span between, sent one by one from inside", [][]telemetry.Span{{scoped(chat(1, 3, 2, 10, 90), "gateway")}, {span(1, 2, 1, 5, 95)}, {chat(1, 1, 0, 0, 100)}}, 1},
		{"an HTTP span between, sent one by one from outside", [][]telemetry.Span{{chat(1, 1, 0, 0, 100)}, {span(1, 2, 1, 5, 95)}, {scoped(chat(1, 3, 2, 10, 90), "gateway")}}, 1},
		{"gateway and SDK in two traces", [][]telemetry.Span{{scoped(chat(2, 9, 0, 10, 90, id, "r1"), "gateway")}, {chat(1, 1, 0, 0, 100, id, "r1")}}, 1},
		{"gateway in a trace of its own, an SDK in a wrapper that says no id", [][]telemetry.Span{{scoped(chat(2, 9, 0, 20, 80, id, "r1"), "gateway")}, {chat(1, 2, 1, 10, 90, id, "r1"), wrapper(1, 1, 0, 0, 100)}}, 1},
		{"three layers", [][]telemetry.Span{{scoped(chat(1, 3, 2, 20, 80, id, "r1"), "gateway")}, {chat(1, 2, 1, 10, 90, id, "r1"), scoped(chat(1, 1, 0, 0, 100), "wrapper")}}, 1},
		{"one id for ever, calls one after the other", [][]telemetry.Span{{chat(1, 1, 0, 0, 100, id, "x"), chat(2, 1, 0, 200, 300, id, "x")}, {chat(3, 1, 0, 400, 500, id, "x")}}, 3},
		{"one id for ever, two instruments one after the other", [][]telemetry.Span{{chat(1, 1, 0, 0, 100, id, "x")}, {scoped(chat(2, 1, 0, 1000, 1100, id, "x"), "other")}}, 2},
		{"a wrapper beside the gateway's span", [][]telemetry.Span{{scoped(chat(1, 3, 1, 10, 90), "gateway")}, {chat(1, 2, 1, 0, 100), span(1, 1, 0, 0, 110)}}, 1},
		{"two wrappers beside the gateway's span", [][]telemetry.Span{{scoped(chat(1, 4, 1, 20, 80), "gateway")}, {chat(1, 3, 2, 10, 90), wrapper(1, 2, 1, 0, 100)}, {span(1, 1, 0, 0, 110)}}, 1},
		{"two wrappers, then the gateway's span beside them", [][]telemetry.Span{{chat(1, 3, 2, 10, 90), wrapper(1, 2, 1, 0, 100)}, {scoped(chat(1, 4, 1, 20, 80), "gateway")}}, 1},
		{"a call beside the step of another", [][]telemetry.Span{{scoped(chat(1, 4, 1, 20, 80), "gateway")}, {chat(1, 3, 2, 10, 90), span(1, 2, 1, 0, 100)}}, 2},
		{"two instruments side by side, one after the other", [][]telemetry.Span{{scoped(chat(1, 3, 1, 10, 90), "gateway")}, {chat(1, 2, 1, 100, 200), span(1, 1, 0, 0, 210)}}, 2},
		{"two calls side by side", [][]telemetry.Span{{chat(1, 2, 1, 0, 100, id, "a"), chat(1, 3, 1, 0, 100, id, "b"), span(1, 1, 0, 0, 100)}}, 2},
		{"an agent with two calls", [][]telemetry.Span{{
			chat(1, 2, 1, 0, 40, id, "a"), chat(1, 3, 1, 50, 90, id, "b"),
			span(1, 1, 0, 0, 100, "gen_ai.operation.name", "invoke_agent", "gen_ai.agent.name", "a", "gen_ai.usage.input_tokens", "2400"),
		}}, 2},
		{"a call of a tool of a call's agent", [][]telemetry.Span{{
			chat(1, 1, 0, 0, 100), span(1, 2, 1, 10, 90, "gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", "t"), chat(1, 3, 2, 20, 80),
		}}, 2},
		{"one id for ever, calls side by side", [][]telemetry.Span{{chat(1, 1, 0, 0, 100, id, "x")}, {chat(2, 1, 0, 0, 100, id, "x")}, {chat(3, 2, 1, 0, 100, id, "x"), chat(3, 3, 1, 0, 100, id, "x")}}, 4},
		{"wrapper and HTTP span in one batch, then the SDK behind it", [][]telemetry.Span{{scoped(chat(1, 1, 0, 0, 100), "wrapper"), span(1, 2, 1, 5, 95)}, {span(1, 3, 2, 6, 94), chat(1, 4, 3, 10, 90)}}, 1},
		{"wrapper, then two spans inside it from the inside, then the SDK", [][]telemetry.Span{{scoped(chat(1, 1, 0, 0, 100), "wrapper")}, {span(1, 3, 2, 6, 94), span(1, 2, 1, 5, 95)}, {chat(1, 4, 3, 10, 90)}}, 1},
		{"SDK, then two spans around it from the outside, then the wrapper", [][]telemetry.Span{{chat(1, 4, 3, 10, 90)}, {span(1, 2, 1, 5, 95), span(1, 3, 2, 6, 94)}, {scoped(chat(1, 1, 0, 0, 100), "wrapper")}}, 1},
		{"parents in a circle", [][]telemetry.Span{{chat(1, 1, 2, 0, 100), span(1, 2, 1, 0, 100)}}, 1},
		{"its own parent", [][]telemetry.Span{{chat(1, 1, 1, 0, 100)}}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := newEnv(t, nil)
			for _, b := range tc.batches {
				e.send(t, b...)
			}
			n, input, cost := counted(e.kept.all())
			if n != tc.calls || input != int64(1200*tc.calls) || cost != int64(chatCost*tc.calls) {
				t.Errorf("%d calls, %d tokens in, %d pico-USD; want %d, %d, %d", n, input, cost, tc.calls, 1200*tc.calls, chatCost*tc.calls)
			}
			if got := tally(e.kept.all()); got.calls != tc.calls || got.tokens != int64(1234*tc.calls) || got.cost != int64(chatCost*tc.calls) {
				t.Errorf("who counts the rows finds %+v, want %d calls", got, tc.calls)
			}
		})
	}
}

func metric(t *testing.T, e *env, name string) (sum float64) {
	t.Helper()
	families, err := e.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

// Logs that report calls: two that say the same are two, one beside a span that says the same is that span's.
func TestCallsOfLogs(t *testing.T) {
	failed := func(batch uint64, at int) telemetry.Log {
		l := apiRequest(batch, at, "error=overloaded", "status_code=529")
		l.Name, l.Severity = "claude_code.api_error", telemetry.SeverityError
		return l
	}
	usage := []string{"input_tokens=100", "output_tokens=10"}
	measured := span(1, 1, 0, 0, 900, "gen_ai.operation.name", "chat", "gen_ai.request.model", "claude-sonnet-4-5", "session.id", "s1",
		"gen_ai.usage.input_tokens", "100", "gen_ai.usage.output_tokens", "10")
	for _, tc := range []struct {
		name  string
		spans []telemetry.Span
		logs  []telemetry.Log
		calls int
	}{
		{"one", nil, []telemetry.Log{apiRequest(1, 1000, usage...)}, 1},
		{"two alike", nil, []telemetry.Log{apiRequest(1, 1000, usage...), apiRequest(2, 2000, usage...)}, 2},
		{"two failures, tried again", nil, []telemetry.Log{failed(1, 1000), failed(2, 2000)}, 2},
		{"beside its span", []telemetry.Span{measured}, []telemetry.Log{apiRequest(1, 1000, usage...)}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := newEnv(t, nil)
			e.send(t, tc.spans...)
			for _, l := range tc.logs {
				if err := e.Ingest(t.Context(), &telemetry.Batch{Logs: []telemetry.Log{l}}); err != nil {
					t.Fatal(err)
				}
			}
			if got := tally(e.kept.all()).calls; got != tc.calls {
				t.Errorf("%v calls, want %d", got, tc.calls)
			}
		})
	}
}

// A span that says of itself that it was made from a log is stored like any other.
func TestNobodyElseMarksSpansAsMadeFromLogs(t *testing.T) {
	e := newEnv(t, nil)
	e.send(t, chat(1, 2, 1, 10, 90))
	e.send(t, chat(1, 1, 0, 0, 100, fromLogKey, "true"))
	stored := 0
	for _, s := range e.kept.all().Spans {
		if !s.Repeat {
			stored++
		}
	}
	if stored != 2 {
		t.Errorf("%d spans stored, want 2", stored)
	}
}

// What the wrapper knows is merged into the span that counts.
func TestOtherReportsOfACallAreMerged(t *testing.T) {
	e := newEnv(t, nil)
	e.send(t, chat(1, 2, 1, 10, 90))
	wrapper := chat(1, 1, 0, 0, 100, "user.id", "u1", "session.id", "s1", "gen_ai.agent.name", "planner")
	wrapper.Scope.Name = "wrapper"
	e.send(t, wrapper)
	var patch *telemetry.Span
	b := e.kept.all()
	for i := range b.Spans {
		if b.Spans[i].Repeat {
			patch = &b.Spans[i]
		}
	}
	if patch == nil {
		t.Fatal("nothing was merged")
	}
	inner := chat(1, 2, 1, 10, 90)
	if patch.SpanID != inner.SpanID || patch.UserID != "u1" || patch.SessionID != "s1" || patch.GenAI.Agent != "planner" {
		t.Errorf("merged %+v", patch)
	}
	if patch.GenAI.Counts || patch.GenAI.Usage.Input.Known || patch.GenAI.Cost.Known {
		t.Errorf("the patch carries numbers: %+v", patch.GenAI)
	}
}

func TestBooksOfDuplicates(t *testing.T) {
	e := newEnv(t, nil)
	e.send(t, span(1, 1, 0, 0, 1), span(1, 2, 0, 0, 1))
	e.send(t, span(1, 1, 0, 0, 1), span(1, 2, 0, 0, 1, "more", "known"), span(1, 3, 0, 0, 1))
	logs := func() *telemetry.Batch {
		return &telemetry.Batch{Logs: []telemetry.Log{{Event: telemetry.Event{Body: "a"}, Batch: 7}, {Event: telemetry.Event{Body: "b"}, Batch: 7}}}
	}
	for range 2 {
		if err := e.Ingest(t.Context(), logs()); err != nil {
			t.Fatal(err)
		}
	}
	b := e.kept.all()
	if len(b.Logs) != 2 {
		t.Errorf("%d logs kept, want 2", len(b.Logs))
	}
	want := []telemetry.Count{
		{Signal: telemetry.SignalSpans, Outcome: telemetry.Duplicate, Reason: reasonResent, N: 1},
		{Signal: telemetry.SignalSpans, Outcome: telemetry.Duplicate, Reason: reasonMerged, N: 1},
		{Signal: telemetry.SignalLogs, Outcome: telemetry.Duplicate, Reason: reasonResent, N: 2},
	}
	if diff := cmp.Diff(want, b.Counts); diff != "" {
		t.Error(diff)
	}
}

func TestAFailedBatchCanBeSentAgain(t *testing.T) {
	e := newEnv(t, nil)
	broken := errors.New("disk is gone")
	e.kept.fail = broken
	err := e.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{chat(1, 1, 0, 0, 100, "gen_ai.response.id", "r")}})
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if got := tally(e.kept.all()).calls; got != 0 {
		t.Errorf("a call that is not durable is to be counted: %v", got)
	}
	e.kept.fail = nil
	e.send(t, chat(1, 1, 0, 0, 100, "gen_ai.response.id", "r"))
	if n, _, _ := counted(e.kept.all()); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// A duplicate is acknowledged when the first is durable, not before; and takes its place if the first fails.
func TestADuplicateWaitsForTheFirst(t *testing.T) {
	for _, fails := range []bool{false, true} {
		e := newEnv(t, nil)
		e.kept.hold = make(chan struct{})
		if fails {
			e.kept.fail = errors.New("no")
		}
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { first <- e.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{chat(1, 1, 0, 0, 1)}}) }()
		for e.once.pendingNow() == 0 {
			time.Sleep(time.Millisecond)
		}
		go func() {
			second <- e.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{chat(1, 1, 0, 0, 1)}})
		}()
		select {
		case err := <-second:
			t.Fatalf("acknowledged (%v) before the first was durable", err)
		case <-time.After(30 * time.Millisecond):
		}
		close(e.kept.hold)
		if err := <-first; (err != nil) != fails {
			t.Errorf("first: %v", err)
		}
		e.kept.mu.Lock()
		e.kept.fail, e.kept.hold = nil, nil
		e.kept.mu.Unlock()
		if err := <-second; err != nil && !fails {
			t.Error(err)
		}
		if !fails {
			if n, _, _ := counted(e.kept.all()); n != 1 {
				t.Errorf("%d calls, want 1", n)
			}
		}
	}
}

func (o *once) pendingNow() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.pending)
}

type recalled struct {
	telemetry.Reader
	ids []telemetry.Identity
}

func (r recalled) Recent(context.Context, int64) iter.Seq2[telemetry.Identity, error] {
	return func(yield func(telemetry.Identity, error) bool) {
		for _, id := range r.ids {
			if !yield(id, nil) {
				return
			}
		}
	}
}

func TestWhatWasStoredIsKnownAfterARestart(t *testing.T) {
	s := chat(1, 1, 0, 0, 100)
	e := newEnv(t, func(o *Options) {
		o.Recall = recalled{ids: []telemetry.Identity{
			{TraceID: s.TraceID, SpanID: s.SpanID, Time: s.Time, Provider: "openai", ResponseID: "r1"}, {Batch: 7},
		}}
	})
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := chat(1, 1, 0, 0, 100, "gen_ai.response.id", "r1")
	wrapper := chat(2, 1, 0, 0, 100, "gen_ai.response.id", "r1")
	wrapper.Scope.Name = "wrapper"
	inside := chat(1, 2, 1, 10, 90)
	b := &telemetry.Batch{Spans: []telemetry.Span{again, wrapper, inside}, Logs: []telemetry.Log{{Batch: 7}}}
	if err := e.Ingest(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	got := e.kept.all()
	if n, input, _ := counted(got); n != 0 || input != 0 || len(got.Logs) != 0 {
		t.Errorf("%d calls, %d tokens, %d logs counted again", n, input, len(got.Logs))
	}
}

func TestNothingSecretReachesTheWriter(t *testing.T) {
	const secret = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH"
	e := newEnv(t, nil)
	s := chat(1, 1, 0, 0, 100, "note", "key is "+secret, "password", "hunter2hunter2", "user.id", "jo@example.org", "mail", "jo@other.org",
		"gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"mail to ann@example.org with `+secret+`"}]}]`)
	s.StatusMessage = "bad key " + secret
	s.Events = []telemetry.SpanEvent{{Name: "exception", Attributes: telemetry.Attrs{{Key: "exception.message", Value: secret}}}}
	s.Resource = telemetry.Attrs{{Key: "process.command_args", Value: "--key " + secret}}
	l := telemetry.Log{Event: telemetry.Event{Body: "auth with " + secret, Attributes: telemetry.Attrs{{Key: "authorization", Value: "Bearer x.y.z"}}}}
	if err := e.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{s}, Logs: []telemetry.Log{l}}); err != nil {
		t.Fatal(err)
	}
	b := e.kept.all()
	text := dump(t, b)
	for _, gone := range []string{secret, "hunter2", "ann@example.org", "jo@other.org", "x.y.z"} {
		if strings.Contains(text, gone) {
			t.Errorf("%q was kept:\n%s", gone, text)
		}
	}
	if b.Spans[0].UserID != "jo@example.org" {
		t.Errorf("the user's id became %q", b.Spans[0].UserID)
	}
	if metric(t, e, "telltale_redactions_total") == 0 {
		t.Error("redactions were not counted")
	}
}

func TestContentPolicies(t *testing.T) {
	const prompt = `[{"role":"user","parts":[{"type":"text","content":"write to ann@example.org, key sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH"}]}]`
	for policy, want := range map[ContentPolicy]string{
		ContentOff:      "",
		ContentHash:     hashContent(prompt),
		ContentRedacted: `[{"role":"user","parts":[{"type":"text","content":"write to [redacted:email], key [redacted:`,
		ContentFull:     `[{"role":"user","parts":[{"type":"text","content":"write to ann@example.org, key [redacted:`,
	} {
		e := newEnv(t, func(o *Options) { o.Content = policy })
		e.send(t, chat(1, 1, 0, 0, 100, "gen_ai.input.messages", prompt))
		got := e.kept.all().Spans[0].GenAI.InputMessages
		if !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: kept %s, want %s…", policy, got, want)
		}
	}
}

func TestAnUnknownPriceIsNotZero(t *testing.T) {
	e := newEnv(t, nil)
	s := chat(1, 1, 0, 0, 100)
	for i := range s.Attributes {
		if strings.HasSuffix(s.Attributes[i].Key, ".model") {
			s.Attributes[i].Value = "model-from-nowhere"
		}
	}
	e.send(t, s)
	if g := e.kept.all().Spans[0].GenAI; g.Cost.Known {
		t.Errorf("cost %d", g.Cost.Value)
	}
	if got := tally(e.kept.all()).unpriced; got != 1 {
		t.Errorf("%v calls without a price", got)
	}
}

// The log that an instrument writes at the end of a call tells the cost, like its span.
func TestTheLogOfACallTellsItsCost(t *testing.T) {
	e := newEnv(t, nil)
	s := chat(1, 1, 0, 0, 100)
	own := telemetry.Log{Event: telemetry.Event{TraceID: s.TraceID, SpanID: s.SpanID, Scope: s.Scope, Body: "chat succeeded"}}
	foreign := telemetry.Log{Event: telemetry.Event{TraceID: s.TraceID, SpanID: s.SpanID, Body: "another"}}
	if err := e.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{s}, Logs: []telemetry.Log{foreign, own}}); err != nil {
		t.Fatal(err)
	}
	logs := e.kept.all().Logs
	if got := logs[1].Attributes.Value(costKey); got != "0.0001236" || logs[0].Attributes.Value(costKey) != "" {
		t.Errorf("cost %q, on the other log %q", got, logs[0].Attributes.Value(costKey))
	}
}

func TestOverload(t *testing.T) {
	e := newEnv(t, func(o *Options) { o.MaxInFlight = 4096 })
	e.kept.hold = make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- e.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{span(1, 1, 0, 0, 1, "k", strings.Repeat("x", 4000))}})
	}()
	for e.once.pendingNow() == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := e.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{span(1, 2, 0, 0, 1)}}); !errors.Is(err, telemetry.ErrOverloaded) {
		t.Errorf("got %v", err)
	}
	close(e.kept.hold)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTail(t *testing.T) {
	e := newEnv(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	batches := e.Tail(ctx)
	e.send(t, span(1, 1, 0, 0, 1))
	if b := <-batches; len(b.Spans) != 1 {
		t.Errorf("got %d spans", len(b.Spans))
	}
	cancel()
	for range batches { // ends
	}
	more := e.Tail(t.Context())
	if err := e.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range more { // ends
	}
}
