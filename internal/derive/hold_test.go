package derive

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// throughGateway is a call as the gateway reports it when the client named no service, made in a span.
func throughGateway(n uint64) telemetry.Span {
	return chat(func(s *telemetry.Span) {
		s.Service, s.GenAI.Agent = "python-httpx", "planner"
		s.Attributes = telemetry.Attrs{{Key: telemetry.AttrService, Value: telemetry.ServiceGuessed}}
		binary.BigEndian.PutUint64(s.TraceID[:], n+1)
		binary.BigEndian.PutUint64(s.SpanID[:], n+1)
		s.ParentID[0] = 7
	})
}

// caller is the span in which a call was made, and what the pipeline adds to the call for it.
func caller(n uint64) []telemetry.Span {
	named := telemetry.Span{Repeat: true, Event: telemetry.Event{Service: "shop"}}
	binary.BigEndian.PutUint64(named.TraceID[:], n+1)
	binary.BigEndian.PutUint64(named.SpanID[:], n+1)
	around := span(func(s *telemetry.Span) {
		s.TraceID, s.SpanID[0] = named.TraceID, 7
		s.Resource = telemetry.Attrs{{Key: "service.namespace", Value: "eu"}}
	})
	return []telemetry.Span{around, named}
}

// jobs are how many calls each job has, with the tokens of its agents.
func jobs(t *testing.T, c *Counter) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	c.Series(func(s *Series) {
		switch s.Family.Name {
		case "llm_calls_total", "llm_cost_usd_total", "agent_tokens_total":
			out[s.Job+" "+s.Family.Name] += s.Value
		}
	})
	return out
}

func counts(job string) map[string]float64 {
	return map[string]float64{job + " llm_calls_total": 1, job + " llm_cost_usd_total": 0.0001236, job + " agent_tokens_total": 1234}
}

// A call whose service is a guess counts for the service that made it, once its span tells which that is.
func TestCallsWaitForTheirCaller(t *testing.T) {
	now := &clock{base}
	c := newCounter(t, func(o *Options) { o.Now = now.Now })
	call, name := spans(throughGateway(1)), spans(caller(1)...)
	c.Follow(1, &call)
	if got := jobs(t, c); len(got) != 0 || c.Status().Waiting != 1 {
		t.Errorf("before it is named: %v", got)
	}
	c.Follow(2, &name)
	c.Follow(3, &name)
	if diff := cmp.Diff(counts("eu/shop"), jobs(t, c)); diff != "" || c.Status().Waiting != 0 {
		t.Error(diff)
	}
	now.now = now.now.Add(time.Minute)
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(counts("eu/shop"), jobs(t, c)); diff != "" {
		t.Error(diff)
	}
}

// A call that nobody names counts under the guess, also over a crash, and no more when the name comes too late.
func TestCallsThatNobodyNames(t *testing.T) {
	now := &clock{base}
	c := newCounter(t, func(o *Options) { o.Now = now.Now })
	call, name := spans(throughGateway(1)), spans(caller(1)...)
	c.Follow(1, &call)
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	c = startCounter(t, c.opts, 1) // it waits on
	if got := jobs(t, c); len(got) != 0 || c.Status().Waiting != 1 {
		t.Errorf("after a restart: %v", got)
	}
	now.now = now.now.Add(16 * time.Second)
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	want := counts("python-httpx")
	if diff := cmp.Diff(want, jobs(t, c)); diff != "" {
		t.Error(diff)
	}
	c = startCounter(t, c.opts, 1)
	if diff := cmp.Diff(want, jobs(t, c)); diff != "" {
		t.Errorf("after a crash:\n%s", diff)
	}
	c.Follow(2, &name)
	if diff := cmp.Diff(want, jobs(t, c)); diff != "" {
		t.Errorf("named too late:\n%s", diff)
	}
}

// Without a span around it, or with a name, a call does not wait; nor do more calls than there is room for.
func TestCallsThatDoNotWait(t *testing.T) {
	c := newCounter(t, nil)
	alone, named := throughGateway(1), throughGateway(2)
	alone.ParentID = telemetry.SpanID{}
	named.Attributes = nil
	b := spans(alone, named)
	c.Follow(1, &b)
	if got := jobs(t, c)["python-httpx llm_calls_total"]; got != 2 {
		t.Errorf("%v calls", got)
	}
	b = telemetry.Batch{}
	for i := range uint64(maxHeld + 5) {
		b.Spans = append(b.Spans, throughGateway(i))
	}
	c.Follow(2, &b)
	if got := jobs(t, c)["python-httpx llm_calls_total"]; got != 7 || c.Status().Waiting != maxHeld {
		t.Errorf("%v calls, %d wait", got, c.Status().Waiting)
	}
}
