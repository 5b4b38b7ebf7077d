package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/internal/api"
)

// FuzzHostile: whatever stands in a record, nothing that a terminal would act on is written, and JSON stays the same.
func FuzzHostile(f *testing.F) {
	f.Add("\x1b[2J\u202e\u009b31m", `[{"role":"user","parts":[{"type":"text","content":"\u001b[2J"}]}]`)
	f.Add("a\r\nb\u2028\u200b", `[{"type":"text","content":"x"}]`)
	f.Add("\xff\x00", `[{"role":"\u202e","parts":[{"type":"tool_call","name":"\u001b","arguments":{"a":"\u0007"}}]}]`)
	f.Fuzz(func(t *testing.T, text, messages string) {
		c := newConsole("", nil)
		s := api.Span{Kind: text, StatusMessage: text, ParentID: text, GenAI: &api.GenAI{Model: text, Provider: text, Input: messages, Output: messages, System: text, FinishReasons: []string{text}, CostUSD: &text}}
		s.Status, s.Name, s.Service, s.UserID, s.RequestID, s.ErrorType, s.TraceID, s.SpanID = "error", text, text, text, text, text, text, text
		l := api.Log{Level: text, Body: text}
		l.Service, l.Name, l.RequestID, l.SpanID, l.TraceID, l.Attributes = text, text, text, text, text, map[string]string{text: text}
		summary := api.Summary{Services: []string{text}, CostUSD: &text, Calls: 1}
		env := &c.environment
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		must(writeCall(env, &s))
		must(writeCalls(env, []api.Span{s}, false, false))
		must(writeTrace(env, &api.Trace{TraceID: text, Spans: []api.Span{s}, Summary: summary}))
		timeline := newTimeline(text, &summary, []api.Span{s}, []api.Log{l}, true)
		timeline.now = testNow
		must(timeline.write(env.stdout))
		must((&logWriter{env: env, now: testNow, attrs: true}).log(&l))
		must(writeTop(env, text, []topGroup{{Key: text, Calls: 1}}))
		must(writeStatus(env, text, &api.StatusReport{Version: text, Problems: []string{text}, Queues: []api.QueueStatus{{Name: text}}, Metrics: &api.MetricsStatus{
			ReadOnly: text, Aside: []string{text}, OverLimit: []api.OverLimit{{Family: text, Label: text, Refused: 1, Folded: 2}},
			Down: []api.TargetStatus{{Job: text, URL: text, Error: text}}, RemoteWrite: []api.RemoteStatus{{Name: text}},
		}, Books: api.Books{Entries: []api.Entry{{Outcome: "dropped", Reason: text}}}}))
		checkClean(t, text, c)

		c.out.Reset()
		must(writeJSON(env.stdout, text))
		checkClean(t, text, c)
		var again string
		if err := json.Unmarshal(c.out.Bytes(), &again); err != nil || again != strings.ToValidUTF8(text, "\ufffd") && !strings.ContainsRune(again, '\ufffd') {
			t.Errorf("%q became %q, %v", text, again, err)
		}
	})
}
