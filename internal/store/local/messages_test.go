package local

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/store/local/disk/disktest"
	"github.com/telltale-dev/telltale/internal/telemetry"
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
	got, err := s.Trace(t.Context(), span(1, testTime).TraceID, telemetry.Range{}, false)
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

// Messages of a span that come in several Repeats are all there, once, in order of time; a text that is no list and the
// span's own stay as they are.
func TestMessagesOfSeveralRepeatsAreAllThere(t *testing.T) {
	for _, c := range []struct {
		name    string
		own     string
		repeats []string
		mark    string
		want    string
	}{
		{name: "in order", repeats: []string{`[{"n":1}]`, `[{"n":2},{"n":3}]`, `[{"n":4}]`}, mark: telemetry.AllMessages, want: `[{"n":1},{"n":2},{"n":3},{"n":4}]`},
		{name: "again with more", repeats: []string{`[{"n":1}]`, `[{"n":1},{"n":2}]`}, mark: telemetry.AllMessages, want: `[{"n":1},{"n":2}]`},
		{name: "not told by logs", repeats: []string{`[{"n":1}]`, `[{"n":2}]`}, want: `[{"n":1}]`},
		{name: "of another text", repeats: []string{`[{"n":1}]`, `[{"n":2}]`}, mark: "output", want: `[{"n":1}]`},
		{name: "beside the span's own", own: `[{"n":0}]`, repeats: []string{`[{"n":1}]`, `[{"n":2}]`}, mark: telemetry.AllMessages, want: `[{"n":0}]`},
		{name: "hashed", repeats: []string{"sha256:00", "sha256:11"}, mark: telemetry.AllMessages, want: "sha256:00"},
		{name: "a list and a hash", repeats: []string{`[{"n":1}]`, "sha256:11"}, mark: telemetry.AllMessages, want: `[{"n":1}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachStage(t, 1+len(c.repeats), func(s *Store, n int) {
				sp := span(1, testTime)
				sp.GenAI = &telemetry.GenAI{InputMessages: c.own}
				if n > 0 {
					k := len(c.repeats) - n // the last comes first
					sp.Repeat, sp.Duration = true, 0
					sp.Time += int64(k)
					sp.GenAI.InputMessages = c.repeats[k]
					if c.mark != "" {
						sp.Attributes = telemetry.Attrs{{Key: telemetry.AttrMessages, Value: c.mark}}
					}
				}
				mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{sp}})
			}, func(t *testing.T, s *Store) {
				sp := theSpan(t, s)
				if diff := cmp.Diff(c.want, sp.GenAI.InputMessages); diff != "" {
					t.Errorf("input (-want +got):\n%s", diff)
				}
				checkMarkIsHidden(t, s, sp)
			})
		})
	}
}

// What is put together of short texts is still cut where a list is asked for.
func TestLightCutsMessagesOfSeveralRepeats(t *testing.T) {
	message := `[{"text":"` + strings.Repeat("x", telemetry.PreviewBytes/2) + `%d"}]`
	eachStage(t, 4, func(s *Store, n int) {
		sp := span(1, testTime)
		sp.GenAI = &telemetry.GenAI{}
		if sp.Repeat = n > 0; sp.Repeat {
			sp.GenAI.InputMessages = fmt.Sprintf(message, n)
			sp.Attributes = telemetry.Attrs{{Key: telemetry.AttrMessages, Value: telemetry.AllMessages}}
		}
		mustWrite(t, s, &telemetry.Batch{Spans: []telemetry.Span{sp}})
	}, func(t *testing.T, s *Store) {
		for sp, err := range s.Spans(t.Context(), &telemetry.Query{Light: true}) {
			if err != nil || len(sp.GenAI.InputMessages) != telemetry.PreviewBytes {
				t.Errorf("%d bytes, %v", len(sp.GenAI.InputMessages), err)
			}
		}
	})
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
