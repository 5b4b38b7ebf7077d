package llm_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe/llm"
)

// TestPiecesOfSeveralEvents reads a stream in pieces of one event, of several, and cut anywhere.
func TestPiecesOfSeveralEvents(t *testing.T) {
	var events []string
	var want strings.Builder
	for i := range 12 {
		events = append(events, fmt.Sprintf("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"<%d>\"},\"finish_reason\":null}]}\n\n", i))
		fmt.Fprintf(&want, "<%d>", i)
	}
	events = append(events, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n")
	whole := strings.Join(events, "")
	at := len(events[0])
	for name, cuts := range map[string][]int{
		"single": {at, 2 * at, 3 * at}, "pairs": {at, 3 * at, 5 * at, 7 * at}, "all but the first": {at}, "half": {at, at + at/2, 4*at + 7, 6 * at, 7 * at},
	} {
		t.Run(name, func(t *testing.T) {
			tel := newTelemetry(t)
			var list [][]byte
			from := 0
			for _, to := range append(cuts, len(whole)) {
				list, from = append(list, []byte(whole[from:to])), to
			}
			base := roundTrip(func(*http.Request) (*http.Response, error) { return streamed(&chunks{list: list}), nil })
			r, err := http.NewRequestWithContext(tel.in(t.Context()), http.MethodPost, "https://api.openai.com/v1/chat/completions",
				strings.NewReader(`{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[]}`))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := llm.Transport(base).RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			if _, err := io.CopyBuffer(onlyWriter{&got}, resp.Body, make([]byte, 4096)); err != nil || got.String() != whole {
				t.Errorf("the caller reads %q, %v", got.String(), err)
			}
			_ = resp.Body.Close()
			said := attributes(tel.one(t))["gen_ai.output.messages"]
			if !strings.Contains(said, `"content":"`+want.String()+`"`) {
				t.Errorf("the span says %s", said)
			}
		})
	}
}

// onlyWriter hides what else a writer can do, so that a copy goes through the buffer it is given.
type onlyWriter struct{ io.Writer }
