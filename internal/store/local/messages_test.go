package local

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/pipeline"
	"github.com/telltale-dev/telltale/internal/store/local/disk/disktest"
	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/price"
)

// eachStage calls check where records are in the log, in parts of their own, merged, and after a restart. send writes the
// nth batch.
func eachStage(t *testing.T, batches int, send func(s *Store, n int), check func(t *testing.T, s *Store)) {
	t.Helper()
	for _, sealed := range []bool{false, true} {
		t.Run(fmt.Sprintf("a part for each batch %v", sealed), func(t *testing.T) {
			fs := disktest.New()
			s := start(t, testOptions(fs))
			defer func() { stop(s) }()
			for n := range batches {
				if send(s, n); sealed {
					mustSeal(t, s)
				}
			}
			for _, stage := range []struct {
				name string
				do   func()
			}{
				{"as written", func() {}},
				{"sealed", func() { mustSeal(t, s) }},
				{"merged", func() { mustUpkeep(t, s) }},
				{"after a restart", func() { stop(s); s = start(t, testOptions(fs)) }},
			} {
				stage.do()
				t.Run(stage.name, func(t *testing.T) { check(t, s) })
			}
		})
	}
}

// theSpan reads the only span of a trace.
func theSpan(t *testing.T, s *Store) *telemetry.Span {
	t.Helper()
	got, err := s.Trace(t.Context(), span(1, testTime).TraceID, telemetry.Range{})
	if err != nil || len(got.Spans) != 1 {
		t.Fatalf("%d spans, %v", len(got.Spans), err)
	}
	return &got.Spans[0]
}

func sumOf(t *testing.T, s *Store, field string) float64 {
	t.Helper()
	table, err := s.Aggregate(t.Context(), &telemetry.AggregateQuery{OrderBy: -1, Columns: []telemetry.Aggregation{
		{Func: telemetry.Sum, Field: telemetry.MustField(field)},
	}})
	if err != nil || len(table.Rows) != 1 {
		t.Fatalf("sum of %s: %+v, %v", field, table, err)
	}
	return table.Rows[0].Values[0]
}

// A span's usage may come with a later version of it, and counts once.
func TestUsageOfALaterVersionIsMerged(t *testing.T) {
	eachStage(t, 2, func(s *Store, n int) {
		sp := span(1, testTime)
		sp.GenAI = &telemetry.GenAI{Operation: telemetry.OpChat, Counts: n == 0}
		if sp.Repeat = n > 0; sp.Repeat {
			sp.GenAI.Usage = telemetry.Usage{Input: telemetry.Known(1200), Output: telemetry.Known(34)}
			sp.GenAI.Cost = telemetry.Known(77)
		}
		mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{sp}})
	}, func(t *testing.T, s *Store) {
		g := theSpan(t, s).GenAI
		if !g.Counts || g.Usage.Input != telemetry.Known(1200) || g.Usage.Output != telemetry.Known(34) || g.Cost != telemetry.Known(77) {
			t.Errorf("counts %v, usage %+v, cost %+v", g.Counts, g.Usage, g.Cost)
		}
		if n := sumOf(t, s, "tokens.in"); n != 1200 {
			t.Errorf("the sum of input tokens is %v", n)
		}
	})
}

// messageLogs makes the logs by which instrumentations tell the messages of span 1: an event for each.
func messageLogs(events ...string) *telemetry.Batch {
	b := &telemetry.Batch{}
	for _, e := range events {
		at, rest, _ := strings.Cut(e, " ")
		name, body, _ := strings.Cut(rest, " ")
		l := telemetry.Log{Event: span(1, testTime).Event}
		l.Time += int64(len(at))
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
			var p *pipeline.Pipeline
			eachStage(t, 1+len(c.batches), func(s *Store, n int) {
				var err error
				if n == 0 {
					if p, err = pipeline.New(pipeline.Options{Writer: s, Prices: price.Default, Content: c.content}); err != nil {
						t.Fatal(err)
					}
				}
				sp := span(1, testTime)
				sp.Attributes = telemetry.Attrs{{Key: "gen_ai.operation.name", Value: "chat"}}
				if c.own != "" {
					sp.Attributes = append(sp.Attributes, telemetry.Attr{Key: "gen_ai.output.messages", Value: c.own})
				}
				b := &telemetry.Batch{Spans: []telemetry.Span{sp}}
				if n > 0 {
					from := c.batches[n-1]
					b = &telemetry.Batch{Logs: append([]telemetry.Log(nil), from.Logs...)}
				}
				if err := p.Ingest(t.Context(), b); err != nil {
					t.Fatal(err)
				}
			}, func(t *testing.T, s *Store) {
				sp := theSpan(t, s)
				if c.content == pipeline.ContentFull {
					if diff := cmp.Diff(c.input, sp.GenAI.InputMessages); diff != "" {
						t.Errorf("input (-want +got):\n%s", diff)
					}
				} else if !strings.HasPrefix(sp.GenAI.InputMessages, c.input) || len(sp.GenAI.InputMessages) != len("sha256:")+64 {
					t.Errorf("input: %s", sp.GenAI.InputMessages)
				}
				if strings.Count(sp.GenAI.OutputMessages, `"content"`) != min(1, len(c.output)) || !strings.Contains(sp.GenAI.OutputMessages, c.output) {
					t.Errorf("output: %s", sp.GenAI.OutputMessages)
				}
				checkMarkIsHidden(t, s, sp)
			})
		})
	}
}

// checkMarkIsHidden looks for what is for merging alone wherever a user would.
func checkMarkIsHidden(t *testing.T, s *Store, sp *telemetry.Span) {
	t.Helper()
	if v, ok := sp.Attributes.Get(telemetry.AttrMessages); ok {
		t.Errorf("the span has %s: %s", telemetry.AttrMessages, v)
	}
	keys, err := s.Values(t.Context(), telemetry.AttrField(""), "", telemetry.Range{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k == telemetry.AttrMessages {
			t.Error("the mark is among the keys of attributes")
		}
	}
}
