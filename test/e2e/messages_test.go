package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/pipeline"
	"github.com/telltale-dev/telltale/internal/store/local"
	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/price"
)

// told is the span whose messages the logs of these tests tell.
func told() telemetry.Span {
	at := time.Now().Add(-48 * time.Hour) // its hour is over, so that its parts are merged
	return telemetry.Span{Duration: 1e6, Event: telemetry.Event{
		Time: at.UnixNano(), TraceID: telemetry.TraceID{1, 15: 1}, SpanID: telemetry.SpanID{1},
		Attributes: telemetry.Attrs{{Key: "gen_ai.operation.name", Value: "chat"}},
	}}
}

func openStore(t *testing.T, dir string) *local.Store {
	t.Helper()
	s, err := local.Open(local.Options{Dir: dir, ManualUpkeep: true, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// messageLogs makes the logs by which instrumentations tell the messages of span 1: an event for each.
func messageLogs(events ...string) *telemetry.Batch {
	b := &telemetry.Batch{}
	for _, e := range events {
		at, rest, _ := strings.Cut(e, " ")
		name, body, _ := strings.Cut(rest, " ")
		l := telemetry.Log{Event: told().Event}
		l.Time += int64(len(at))
		l.Attributes = nil
		l.Name, l.Body, l.Severity = name, body, telemetry.SeverityInfo
		b.Logs = append(b.Logs, l)
	}
	return b
}

// Messages of a span that come in several export requests are all there, once, in order.
func TestMessagesOfSeveralRequestsAreAllThere(t *testing.T) {
	own := `[{"role":"assistant","parts":[{"type":"text","content":"the span's own"}]}]`
	text := func(role, content string) string {
		return `{"role":"` + role + `","parts":[{"type":"text","content":"` + content + `"}]}`
	}
	for _, c := range []struct {
		name          string
		content       pipeline.ContentPolicy
		own           string
		batches       []*telemetry.Batch
		input, output string
	}{
		{
			name: "in order", content: pipeline.ContentFull,
			batches: []*telemetry.Batch{
				messageLogs(`. gen_ai.user.message {"content":"one"}`),
				messageLogs(`.. gen_ai.assistant.message {"content":"two"}`, `.. gen_ai.user.message {"content":"three"}`),
				messageLogs(`... gen_ai.choice {"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"four"}}`),
			},
			input: "[" + text("user", "one") + "," + text("assistant", "two") + "," + text("user", "three") + "]", output: "four",
		},
		{
			name: "sent again with more", content: pipeline.ContentFull,
			batches: []*telemetry.Batch{
				messageLogs(`. gen_ai.user.message {"content":"one"}`),
				messageLogs(`.. gen_ai.user.message {"content":"one"}`, `.. gen_ai.user.message {"content":"two"}`),
			},
			input: "[" + text("user", "one") + "," + text("user", "two") + "]",
		},
		{
			name: "beside the span's own", content: pipeline.ContentFull, own: own,
			batches: []*telemetry.Batch{
				messageLogs(`. gen_ai.user.message {"content":"one"}`, `. gen_ai.choice {"index":0,"message":{"content":"other"}}`),
				messageLogs(`.. gen_ai.user.message {"content":"two"}`, `.. gen_ai.choice {"index":0,"message":{"content":"another"}}`),
			},
			input: "[" + text("user", "one") + "," + text("user", "two") + "]", output: "the span's own",
		},
		{
			name: "hashed", content: pipeline.ContentHash,
			batches: []*telemetry.Batch{
				messageLogs(`. gen_ai.user.message {"content":"one"}`), messageLogs(`.. gen_ai.user.message {"content":"two"}`),
			},
			input: "sha256:",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := openStore(t, dir)
			defer func() { _ = s.Stop(t.Context()) }()
			p, err := pipeline.New(pipeline.Options{Writer: s, Prices: price.Default, Content: c.content})
			if err != nil {
				t.Fatal(err)
			}
			sp := told()
			if c.own != "" {
				sp.Attributes = append(sp.Attributes, telemetry.Attr{Key: "gen_ai.output.messages", Value: c.own})
			}
			for _, b := range append([]*telemetry.Batch{{Spans: []telemetry.Span{sp}}}, c.batches...) {
				if err := p.Ingest(t.Context(), b); err != nil {
					t.Fatal(err)
				}
				if err := s.Seal(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			checkMessages(t, s, "sealed", c.input, c.output)
			if err := s.Upkeep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := s.Status().Parts; n != 1 {
				t.Errorf("%d parts after a merge", n)
			}
			checkMessages(t, s, "merged", c.input, c.output)
			if err := s.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			s = openStore(t, dir)
			checkMessages(t, s, "after a restart", c.input, c.output)
		})
	}
}

// checkMessages compares what the span says: input to the letter, or up to the digits of a hash; output once.
func checkMessages(t *testing.T, s *local.Store, when, input, output string) {
	t.Helper()
	got, err := s.Trace(t.Context(), told().TraceID, telemetry.Range{}, false)
	if err != nil || len(got.Spans) != 1 {
		t.Fatalf("%s: %d spans, %v", when, len(got.Spans), err)
	}
	g := got.Spans[0].GenAI
	in := g.InputMessages
	if strings.HasPrefix(in, "sha256:") && len(in) == len("sha256:")+64 {
		in = "sha256:"
	}
	if diff := cmp.Diff(input, in); diff != "" {
		t.Errorf("%s: input (-want +got):\n%s", when, diff)
	}
	if strings.Count(g.OutputMessages, `"content"`) != min(1, len(output)) || !strings.Contains(g.OutputMessages, output) {
		t.Errorf("%s: output %s", when, g.OutputMessages)
	}
	for _, a := range got.Spans[0].Attributes {
		if strings.HasPrefix(a.Key, "telltale.") {
			t.Errorf("%s: the span has %s", when, a.Key)
		}
	}
}
