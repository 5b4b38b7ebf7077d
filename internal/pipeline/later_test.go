package pipeline

import (
	"errors"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// started is chat as it is first sent by clients that export a span when it begins: without usage.
func started(attrs ...string) telemetry.Span {
	s := chat(1, 1, 0, 0, 100, attrs...)
	kept := s.Attributes[:0]
	for _, a := range s.Attributes {
		if !strings.HasPrefix(a.Key, "gen_ai.usage.") {
			kept = append(kept, a)
		}
	}
	s.Attributes = kept
	return s
}

// The usage of a call counts once, whichever version of its span says it first.
func TestUsageOfALaterVersionCountsOnce(t *testing.T) {
	for _, tc := range []struct {
		name    string
		batches [][]telemetry.Span
	}{
		{"with the second", [][]telemetry.Span{{started()}, {chat(1, 1, 0, 0, 100)}}},
		{"with the second of one batch", [][]telemetry.Span{{started(), chat(1, 1, 0, 0, 100)}}},
		{"with the third", [][]telemetry.Span{{started()}, {started("note", "more")}, {chat(1, 1, 0, 0, 100)}}},
		{"with the second and again", [][]telemetry.Span{{started()}, {chat(1, 1, 0, 0, 100)}, {chat(1, 1, 0, 0, 100)}, {chat(1, 1, 0, 0, 100, "note", "more")}}},
		{"with the first and again", [][]telemetry.Span{{chat(1, 1, 0, 0, 100)}, {started()}, {chat(1, 1, 0, 0, 100, "note", "more")}}},
		{"twice in one batch", [][]telemetry.Span{{started()}, {chat(1, 1, 0, 0, 100), chat(1, 1, 0, 0, 100, "note", "more")}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := newEnv(t, nil)
			for _, b := range tc.batches {
				e.send(t, b...)
			}
			b := e.kept.all()
			if n, input, cost := counted(b); n != 1 || input != 1200 || cost != chatCost {
				t.Errorf("%d calls, %d tokens, %d pico-USD", n, input, cost)
			}
			if got := tally(b); got != (totals{calls: 1, tokens: 1234, cost: chatCost}) {
				t.Errorf("who counts the rows finds %+v", got)
			}
			told := 0
			for i := range b.Spans {
				if b.Spans[i].GenAI.Usage.Total().Known {
					told++
				}
			}
			if told != 1 || b.Spans[0].Repeat {
				t.Errorf("%d versions tell the usage, want one that is merged into the first", told)
			}
		})
	}
}

// Where the batch that brings the usage is not stored, the next one brings it.
func TestUsageOfAFailedBatchCanBeSentAgain(t *testing.T) {
	e := newEnv(t, nil)
	e.send(t, started())
	e.kept.fail = errors.New("no")
	if err := e.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{chat(1, 1, 0, 0, 100)}}); err == nil {
		t.Fatal("no error")
	}
	e.kept.fail = nil
	e.send(t, chat(1, 1, 0, 0, 100))
	if n, input, cost := counted(e.kept.all()); n != 1 || input != 1200 || cost != chatCost {
		t.Errorf("%d calls, %d tokens, %d pico-USD", n, input, cost)
	}
}

// A span that was merged into another's call brings no numbers later either.
func TestALaterVersionOfAWrapperBringsNoNumbers(t *testing.T) {
	e := newEnv(t, nil)
	e.send(t, chat(1, 2, 1, 10, 90))
	e.send(t, started())
	e.send(t, chat(1, 1, 0, 0, 100))
	if n, input, _ := counted(e.kept.all()); n != 1 || input != 1200 {
		t.Errorf("%d calls, %d tokens", n, input)
	}
}
