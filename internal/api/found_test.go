package api_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/store/local" //nolint:depguard // the API is asked over the store that serves it
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// overStores asks the API over the store in memory, which answers by definition, and over the real one, half of it sealed.
func overStores(t *testing.T, batches []telemetry.Batch, ask func(t *testing.T, a *api.API)) {
	t.Run("memory", func(t *testing.T) {
		store := &apitest.Store{}
		for _, b := range batches {
			store.Add(b)
		}
		ask(t, newAPI(t, store, nil))
	})
	t.Run("local", func(t *testing.T) {
		store, err := local.Open(local.Options{Dir: t.TempDir(), ManualUpkeep: true, MinFree: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Stop(context.Background()) }()
		if err := store.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range batches {
			if i == len(batches)/2 {
				if err := store.Seal(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := store.Write(t.Context(), &batches[i]); err != nil {
				t.Fatal(err)
			}
		}
		ask(t, newAPI(t, nil, func(c *api.Config) { c.Reader = store }))
	})
}

// made makes spans of a test: traces of some spans each, which overlap, with calls, failures and sessions.
type made struct {
	r     *rand.Rand
	batch telemetry.Batch
	spans uint64
}

func (m *made) trace(number int, begin time.Time) {
	id := telemetry.TraceID{0xee}
	binary.BigEndian.PutUint64(id[8:], uint64(number))
	var parent telemetry.SpanID
	for i := range 1 + m.r.IntN(6) {
		m.spans++
		s := telemetry.Span{ParentID: parent, Duration: m.r.Int64N(20e9)}
		s.TraceID, s.Service, s.Name = id, fmt.Sprintf("svc-%d", m.r.IntN(3)), fmt.Sprintf("step %d", i)
		s.Time = begin.Add(time.Duration(i) * time.Duration(m.r.IntN(30)) * time.Second).UnixNano()
		binary.BigEndian.PutUint64(s.SpanID[:], m.spans)
		if m.r.IntN(4) == 0 {
			s.Status = telemetry.StatusError
		}
		if m.r.IntN(2) == 0 {
			s.SessionID = fmt.Sprintf("session-%d", number%7)
			s.GenAI = &telemetry.GenAI{
				Operation: telemetry.OpChat, RequestModel: fmt.Sprintf("model-%d", m.r.IntN(3)), Counts: true,
				Usage: telemetry.Usage{Input: telemetry.Known(m.r.Int64N(100)), Output: telemetry.Known(m.r.Int64N(100))}, Cost: telemetry.Known(m.r.Int64N(1e9)),
			}
		}
		parent = s.SpanID
		m.batch.Spans = append(m.batch.Spans, s)
		m.batch.Logs = append(m.batch.Logs, telemetry.Log{Event: s.Event, Severity: telemetry.SeverityError})
	}
}

func overlapping(traces int) []telemetry.Batch {
	m := &made{r: rand.New(rand.NewPCG(3, 4))}
	var batches []telemetry.Batch
	for i := range traces {
		m.trace(i, apitest.Now.Add(-time.Hour+time.Duration(m.r.IntN(600))*time.Second))
		if i%10 == 9 || i == traces-1 {
			batches = append(batches, m.batch)
			m.batch = telemetry.Batch{}
		}
	}
	return batches
}

// allTraces follows the pages of a list.
func allTraces(t *testing.T, a *api.API, target string) (all []api.TraceSummary) {
	t.Helper()
	cursor := ""
	for page := 0; ; page++ {
		var list api.TraceList
		get(t, a, target+"&cursor="+cursor, http.StatusOK, &list)
		all = append(all, list.Traces...)
		if cursor = list.Next; cursor == "" {
			return all
		}
		if page > 100 {
			t.Fatal("there is no end")
		}
	}
}

// TestTracePages: every matching trace is on one page, in all orders, with the sums that the trace itself has.
func TestTracePages(t *testing.T) {
	batches := overlapping(60)
	overStores(t, batches, func(t *testing.T, a *api.API) {
		for _, query := range []string{"", "status:error", "call:true service:svc-1", "model:model-2"} {
			var matching api.SpanList
			get(t, a, "/api/v1/spans?limit=1000&q="+q(query), http.StatusOK, &matching)
			want := map[string]bool{}
			priced := map[string]bool{}
			for _, s := range matching.Spans {
				want[s.TraceID] = true
				if s.GenAI != nil {
					priced[s.TraceID] = true
				}
			}
			for _, order := range []string{"newest", "slowest", "costliest"} {
				got := allTraces(t, a, "/api/v1/traces?limit=7&from=-2h&to=now&order="+order+"&q="+q(query))
				seen := map[string]bool{}
				for _, s := range got {
					if seen[s.TraceID] || !want[s.TraceID] {
						t.Errorf("%q, %s: %s is there twice, or does not match", query, order, s.TraceID)
					}
					seen[s.TraceID] = true
				}
				if order == "costliest" {
					if len(seen) != len(priced) {
						t.Errorf("%q, %s: %d traces, not %d", query, order, len(seen), len(priced))
					}
				} else if len(seen) != len(want) {
					t.Errorf("%q, %s: %d traces, not %d", query, order, len(seen), len(want))
				}
			}
		}
		for _, s := range allTraces(t, a, "/api/v1/traces?limit=50") {
			var whole api.Trace
			get(t, a, "/api/v1/traces/"+s.TraceID, http.StatusOK, &whole)
			got := api.Summary{s.Start, s.DurationNS, s.Services, s.Spans, s.Logs, s.Errors, s.Calls, s.Input, s.Output, s.CostUSD, s.Unpriced}
			if diff := cmp.Diff(whole.Summary, got); diff != "" {
				t.Errorf("%s: %s", s.TraceID, diff)
			}
		}
	})
}

// TestTraceOrders: the slowest and the costliest of a time come first, and a trace without its root is there too.
func TestTraceOrders(t *testing.T) {
	unfinished := telemetry.TraceID{0xdd, 15: 9}
	batches := append(apitest.Batches(), telemetry.Batch{Spans: []telemetry.Span{
		{ // the child of a span that has not ended, of one that is in a cycle with it
			Event:    telemetry.Event{Time: apitest.Now.Add(-time.Minute).UnixNano(), TraceID: unfinished, SpanID: telemetry.SpanID{1}, Name: "late", Service: "worker"},
			ParentID: telemetry.SpanID{2}, Duration: 1e9, Status: telemetry.StatusError,
		},
	}})
	overStores(t, batches, func(t *testing.T, a *api.API) {
		for _, test := range []struct {
			target string
			want   []string
		}{
			{"?order=slowest&from=-1h&to=now", []string{"POST /checkout", "POST /chat", "late"}},
			{"?order=costliest&from=-1h&to=now", []string{"POST /checkout", "POST /chat"}},
			{"?from=-1h&to=now", []string{"late", "POST /chat", "POST /checkout"}},
			{"?q=" + q("user:user-123"), []string{"POST /chat"}},
			{"?q=" + q("tool:charge_card"), []string{"POST /checkout"}},
			{"?q=" + q("model:nosuch"), nil},
		} {
			var list api.TraceList
			get(t, a, "/api/v1/traces"+test.target, http.StatusOK, &list)
			var got []string
			for _, s := range list.Traces {
				got = append(got, s.Name)
				if late := s.Name == "late"; s.RootMissing != late || late && (s.Status != "error" || s.Service != "worker") {
					t.Errorf("%+v", s)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s: %s", test.target, diff)
			}
		}
	})
}

// TestTraceOfManySpans: one trace with most of the spans costs a page no more than others.
func TestTraceOfManySpans(t *testing.T) {
	batches := overlapping(20)
	wide := telemetry.Batch{}
	for i := range 12_000 {
		s := telemetry.Span{Event: telemetry.Event{Time: apitest.Now.Add(-time.Minute).UnixNano() + int64(i), TraceID: telemetry.TraceID{0xff}, Name: "step"}}
		binary.BigEndian.PutUint64(s.SpanID[:], uint64(i)+1)
		wide.Spans = append(wide.Spans, s)
	}
	overStores(t, append(batches, wide), func(t *testing.T, a *api.API) {
		var list api.TraceList
		get(t, a, "/api/v1/traces?limit=5", http.StatusOK, &list)
		if len(list.Traces) != 5 || list.Traces[0].Spans != 12_000 || list.Scanned > 12_500 || list.Truncated {
			t.Errorf("%d traces, the first of %d spans, %d scanned", len(list.Traces), list.Traces[0].Spans, list.Scanned)
		}
	})
}

// TestSessions: sessions come by their latest call, each once, with the sums of their calls.
func TestSessions(t *testing.T) {
	overStores(t, append(overlapping(60), apitest.Batches()...), func(t *testing.T, a *api.API) {
		var all []api.Session
		for cursor := ""; ; {
			var list api.SessionList
			get(t, a, "/api/v1/sessions?limit=3&from=-2h&to=now&cursor="+cursor, http.StatusOK, &list)
			all = append(all, list.Sessions...)
			if cursor = list.Next; cursor == "" {
				break
			}
		}
		if len(all) != 8 || !slices.IsSortedFunc(all, func(x, y api.Session) int { return y.Last.Compare(x.Last) }) {
			t.Errorf("%d sessions: %+v", len(all), all)
		}
		for _, s := range all {
			var calls api.SpanList
			get(t, a, "/api/v1/calls?limit=1000&q="+q("session:"+s.SessionID), http.StatusOK, &calls)
			failed, input := 0, int64(0)
			for _, c := range calls.Spans {
				if c.Status == "error" {
					failed++
				}
				input += *c.GenAI.Usage.Input
			}
			last := calls.Spans[len(calls.Spans)-1]
			if s.Calls != len(calls.Spans) || s.Errors != failed || *s.Input != input || !s.Last.Equal(calls.Spans[0].Time) || !s.First.Equal(last.Time) {
				t.Errorf("%+v: %d calls, %d failed, %d tokens", s, len(calls.Spans), failed, input)
			}
			if s.SessionID == "conv-9" && (s.Preview != "Where is my refund?" || s.UserID != "user-123" || *s.CostUSD != "0.000795") {
				t.Errorf("%+v", s)
			}
		}
	})
}

// TestErrors: an error counts once, whoever tells it; what differs from one time to the next does not make another.
func TestErrors(t *testing.T) {
	var more telemetry.Batch
	for i := range 3 {
		trace := telemetry.TraceID{0xe1, 15: byte(i + 1)}
		e := telemetry.Event{Time: apitest.Now.Add(-time.Duration(i+1) * time.Minute).UnixNano(), TraceID: trace, Service: "shop", UserID: fmt.Sprintf("user-%d", i%2)}
		root, child := e, e
		root.SpanID, root.Name, child.SpanID, child.Name = telemetry.SpanID{1}, "POST /pay", telemetry.SpanID{2}, "charge"
		root.ErrorType, child.ErrorType = "Timeout", "Timeout"
		message := fmt.Sprintf("no answer of %q after %dms", fmt.Sprint("bank-", i), 100*i)
		more.Spans = append(more.Spans,
			telemetry.Span{Event: root, Status: telemetry.StatusError, StatusMessage: message},
			telemetry.Span{Event: child, ParentID: root.SpanID, Status: telemetry.StatusError, StatusMessage: message})
		for range 2 {
			log := child
			log.Body = "payment failed: " + message
			more.Logs = append(more.Logs, telemetry.Log{Event: log, Severity: telemetry.SeverityError})
		}
	}
	lone := telemetry.Log{Severity: telemetry.SeverityFatal, Event: telemetry.Event{Time: apitest.Now.Add(-time.Minute).UnixNano(), Service: "cron", Body: "disk is full"}}
	more.Logs = append(more.Logs, lone)
	overStores(t, append(apitest.Batches(), more), func(t *testing.T, a *api.API) {
		ask := func(target string) (list api.ErrorList, got []string) {
			get(t, a, "/api/v1/errors"+target, http.StatusOK, &list)
			for _, e := range list.Errors {
				got = append(got, fmt.Sprintf("%d %s %s: %s", e.Count, e.Source, e.Kind, strings.ToValidUTF8(e.Message[:min(len(e.Message), 40)], "")))
				sum := 0
				for _, n := range e.Buckets {
					sum += n
				}
				if sum != e.Count || len(e.Buckets) != 24 || len(e.Fingerprint) != 16 {
					t.Errorf("%+v", e)
				}
			}
			return list, got
		}
		list, got := ask("?from=-5m&to=now")
		if diff := cmp.Diff([]string{`3 span Timeout: no answer of "…" after <n>ms`, "1 log fatal: disk is full"}, got); diff != "" {
			t.Error(diff)
		}
		e := list.Errors[0]
		if e.Users != 2 || e.Traces != 3 || e.Example.SpanID == "" || e.Example.Message != `no answer of "bank-0" after 0ms` || list.Total != 13 || list.Truncated {
			t.Errorf("%+v of %d", e, list.Total)
		}
		if _, got = ask("?signal=logs&from=-5m&to=now"); len(got) != 2 || !strings.HasPrefix(got[0], "3 log Timeout: payment failed") {
			t.Errorf("%q", got)
		}
		if _, got = ask("?signal=spans&q=" + q("request:req-500")); len(got) != 2 { // the tool and the model; agent and handler are layers
			t.Errorf("%q", got)
		}
		if list, _ = ask("?limit=1"); len(list.Errors) != 1 || !list.More {
			t.Errorf("%d errors, more: %v", len(list.Errors), list.More)
		}
	})
}

// TestManyErrors: of more errors than are read the newest are grouped, and how many there are is exact.
func TestManyErrors(t *testing.T) {
	var b telemetry.Batch
	for i := range 6000 {
		s := telemetry.Span{Status: telemetry.StatusError, StatusMessage: "refused", Event: telemetry.Event{Time: apitest.Now.UnixNano() - int64(i+1)*1e6, TraceID: telemetry.TraceID{1}}}
		binary.BigEndian.PutUint64(s.SpanID[:], uint64(i+1))
		b.Spans = append(b.Spans, s)
	}
	overStores(t, []telemetry.Batch{b}, func(t *testing.T, a *api.API) {
		var list api.ErrorList
		get(t, a, "/api/v1/errors?from=-1h&to=now", http.StatusOK, &list)
		if !list.Truncated || list.Total != 6000 || list.Scanned != 5000 || list.Errors[0].Count != 5000 {
			t.Errorf("%+v", list)
		}
	})
}

// TestCompare: what a selection has in common comes first, with exact shares where nothing is sampled.
func TestCompare(t *testing.T) {
	var b telemetry.Batch
	for i := range 3000 {
		s := telemetry.Span{Duration: 20e6, Event: telemetry.Event{
			Time: apitest.Now.Add(-time.Hour).UnixNano() + int64(i)*1e9, TraceID: telemetry.TraceID{1, 14: byte(i >> 8), 15: byte(i)}, SpanID: telemetry.SpanID{1},
			Service: fmt.Sprintf("svc-%d", i%4), UserID: fmt.Sprintf("user-%d", i), Attributes: telemetry.Attrs{{Key: "k8s pod", Value: fmt.Sprintf("pod-%d", i%3)}},
		}}
		if i%3 == 1 && i%2 == 0 { // all failures are on one pod, and slow
			s.Status, s.Duration = telemetry.StatusError, 3e9
		}
		b.Spans = append(b.Spans, s)
	}
	overStores(t, []telemetry.Batch{b}, func(t *testing.T, a *api.API) {
		var all api.Comparison
		get(t, a, "/api/v1/compare?signal=spans&from=-1h&to=now&selection_q=status:error", http.StatusOK, &all)
		if all.Selected != 500 || all.Rest != 2500 || !all.Sampled || all.SelectedSample != 500 || all.RestSample < 1000 || all.RestSample > 1100 {
			t.Errorf("%+v", all)
		}
		var part api.Comparison
		get(t, a, "/api/v1/compare?signal=spans&from=-1h&to=-50m&selection_q=status:error", http.StatusOK, &part)
		if part.Sampled || part.Selected != 100 || part.Rest != 500 {
			t.Errorf("%+v", part)
		}
		var fields []string
		for _, attr := range part.Attributes {
			fields = append(fields, attr.Field)
		}
		if diff := cmp.Diff([]string{"duration", "attr.k8s pod", "service"}, fields); diff != "" {
			t.Fatal(diff)
		}
		want := api.ComparedValue{Value: "pod-1", Query: `attr."k8s pod":pod-1`, SelectedShare: 1, RestShare: 0.2, SelectedCount: 100, RestCount: 100}
		if diff := cmp.Diff(want, part.Attributes[1].Values[0]); diff != "" {
			t.Error(diff)
		}
		slow := part.Attributes[0].Values[0]
		var found api.SpanList
		get(t, a, "/api/v1/spans?limit=1000&from=-1h&to=-50m&q="+q(slow.Query), http.StatusOK, &found)
		if len(found.Spans) != slow.SelectedCount+slow.RestCount {
			t.Errorf("%s finds %d spans: %+v", slow.Query, len(found.Spans), slow)
		}
		var moment api.Comparison
		get(t, a, "/api/v1/compare?signal=spans&from=-1h&to=now&selection_from=-20m&selection_to=-15m", http.StatusOK, &moment)
		if moment.Selected != 300 || moment.Rest != 2700 || len(moment.Attributes) != 0 {
			t.Errorf("%+v", moment)
		}
	})
}

// TestFoundMistakes: wrong questions are answered with what would be right.
func TestFoundMistakes(t *testing.T) {
	a := newAPI(t, apitest.Sample(), nil)
	var list api.TraceList
	get(t, a, "/api/v1/traces?limit=1", http.StatusOK, &list)
	for target, parameter := range map[string]string{
		"/api/v1/traces?limit=201":                                               "limit",
		"/api/v1/traces?order=oldest":                                            "order",
		"/api/v1/traces?limit=1&q=x&cursor=" + list.Next:                         "cursor",
		"/api/v1/traces?limit=1&order=slowest&cursor=" + list.Next:               "cursor",
		"/api/v1/sessions?cursor=" + list.Next:                                   "cursor",
		"/api/v1/errors/12345":                                                   "fingerprint",
		"/api/v1/errors?signal=calls":                                            "signal",
		"/api/v1/compare":                                                        "selection_q",
		"/api/v1/compare?selection_q=modle:x":                                    "selection_q",
		"/api/v1/compare?from=-1h&to=now&selection_from=-3h&selection_to=-2h":    "selection_from",
		"/api/v1/compare?from=-1h&to=now&selection_from=noon&selection_to=later": "selection_from",
	} {
		var failure api.Failure
		get(t, a, target, http.StatusBadRequest, &failure)
		if failure.Error.Parameter != parameter {
			t.Errorf("%s: %+v", target, failure.Error)
		}
	}
}
