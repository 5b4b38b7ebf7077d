package api

import (
	"cmp"
	"context"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// traceSums adds up the traces of a page while their spans are read, oldest first.
type traceSums struct {
	list    []*traceSum
	byID    map[string]*traceSum
	scanned int
	cut     bool
}

// traceSum is what the spans of a trace add up to.
type traceSum struct {
	id                       string
	start, end               int64
	spans, logs, errors      int
	failed                   bool // a span did
	calls, unpriced          int
	input, output, cost      telemetry.Opt
	services, agents, models map[string]bool
	request, user, session   string
	partial                  bool

	root    *head
	orphans []head // the first span of each parent; those whose parent comes later are no orphans
	parents map[telemetry.SpanID]bool
	ids     map[telemetry.SpanID]bool
}

// head is what a span gives to its trace.
type head struct {
	parent                 telemetry.SpanID
	name, service          string
	status                 telemetry.Status
	http                   telemetry.Opt
	request, user, session string
}

// sumTraces reads all spans of some traces, whenever they were, and counts their logs.
func (a *API) sumTraces(ctx context.Context, ids []string) (*traceSums, error) {
	sums := &traceSums{byID: map[string]*traceSum{}}
	if len(ids) == 0 {
		return sums, nil
	}
	for _, id := range ids {
		t := &traceSum{
			id: id, services: map[string]bool{}, agents: map[string]bool{}, models: map[string]bool{},
			parents: map[telemetry.SpanID]bool{}, ids: map[telemetry.SpanID]bool{},
		}
		sums.list, sums.byID[id] = append(sums.list, t), t
	}
	trace := telemetry.MustField("trace")
	these := telemetry.Cond{Field: trace, Values: ids}
	q := &telemetry.Query{Filter: these, Order: telemetry.OldestFirst, Limit: maxSummed + 1, Light: true, Fields: traceSumFields()}
	for s, err := range a.config.Reader.Spans(ctx, q) {
		if err != nil {
			return nil, err
		}
		if sums.cut = sums.scanned == maxSummed; sums.cut {
			break
		}
		sums.scanned++
		if t := sums.byID[s.TraceID.String()]; t != nil {
			t.add(s)
		}
	}
	if sums.cut {
		if err := a.countSpans(ctx, sums, these); err != nil {
			return nil, err
		}
	}
	return sums, a.countLogs(ctx, sums, these)
}

// traceSumFields are those that traceSum.add reads.
func traceSumFields() []telemetry.FieldRef {
	return telemetry.MustFields("name", "service", "status", "duration", "parent", "http.status", "request", "user", "session",
		"call", "agent", "model", "tokens", "cost")
}

// countSpans sets the exact number of spans of each trace, and marks those of which not all were read.
func (a *API) countSpans(ctx context.Context, sums *traceSums, these telemetry.Expr) error {
	table, err := a.config.Reader.Aggregate(ctx, &telemetry.AggregateQuery{
		Filter: these, GroupBy: []telemetry.FieldRef{telemetry.MustField("trace")}, Columns: []telemetry.Aggregation{{}},
	})
	if err != nil {
		return err
	}
	for _, row := range table.Rows {
		if t := sums.byID[row.Keys[0]]; t != nil {
			n := int(row.Values[0])
			t.partial = n > t.spans
			t.spans = n
		}
	}
	return nil
}

func (a *API) countLogs(ctx context.Context, sums *traceSums, these telemetry.Expr) error {
	table, err := a.config.Reader.Aggregate(ctx, &telemetry.AggregateQuery{
		Signal: telemetry.SignalLogs, Filter: these, Columns: []telemetry.Aggregation{{}},
		GroupBy: []telemetry.FieldRef{telemetry.MustField("trace"), telemetry.MustField("status")},
	})
	if err != nil {
		return err
	}
	for _, row := range table.Rows {
		if t := sums.byID[row.Keys[0]]; t != nil {
			t.logs += int(row.Values[0])
			if row.Keys[1] == telemetry.StatusError.String() {
				t.errors += int(row.Values[0])
			}
		}
	}
	return nil
}

// add takes the next span, in order of time.
func (t *traceSum) add(s *telemetry.Span) {
	if t.spans++; t.spans == 1 {
		t.start = s.Time
	}
	t.end = max(t.end, s.Time+s.Duration)
	t.ids[s.SpanID] = true
	if s.Status == telemetry.StatusError {
		t.errors++
		t.failed = true
	}
	put(t.services, s.Service)
	t.request, t.user, t.session = cmp.Or(t.request, s.RequestID), cmp.Or(t.user, s.UserID), cmp.Or(t.session, s.SessionID)
	switch {
	case s.ParentID.IsZero() && t.root == nil:
		h := headOf(s)
		t.root = &h
	case !s.ParentID.IsZero() && !t.parents[s.ParentID]:
		t.parents[s.ParentID] = true
		t.orphans = append(t.orphans, headOf(s))
	}
	g := s.GenAI
	if g == nil {
		return
	}
	put(t.agents, g.Agent)
	put(t.models, g.RequestModel)
	if g.Counts {
		t.calls++
		t.input, t.output, t.cost = plus(t.input, g.Usage.Input), plus(t.output, g.Usage.Output), plus(t.cost, g.Cost)
		if !g.Cost.Known && g.Usage.Total().Known {
			t.unpriced++
		}
	}
}

func headOf(s *telemetry.Span) head {
	return head{s.ParentID, s.Name, s.Service, s.Status, s.HTTPStatus, s.RequestID, s.UserID, s.SessionID}
}

// first is the root span, or the earliest whose parent is not there; of a trace that is all a cycle, the earliest.
func (t *traceSum) first() *head {
	if t.root != nil {
		return t.root
	}
	for i := range t.orphans {
		if !t.ids[t.orphans[i].parent] {
			return &t.orphans[i]
		}
	}
	if len(t.orphans) > 0 {
		return &t.orphans[0]
	}
	return &head{}
}

func (t *traceSum) summary() TraceSummary {
	h := t.first()
	status := h.status
	if t.root == nil && t.failed {
		status = telemetry.StatusError
	}
	return TraceSummary{
		TraceID: t.id, Name: h.name, Service: h.service, Services: sortedKeys(t.services), Start: moment(t.start), DurationNS: t.end - t.start,
		Spans: t.spans, Logs: t.logs, Errors: t.errors, Calls: t.calls, Input: number(t.input), Output: number(t.output), CostUSD: usd(t.cost),
		Unpriced: t.unpriced, Status: status.String(), HTTPStatus: number(h.http), RootMissing: t.root == nil, Partial: t.partial,
		Agents: sortedKeys(t.agents), Models: sortedKeys(t.models),
		RequestID: cmp.Or(h.request, t.request), UserID: cmp.Or(h.user, t.user), SessionID: cmp.Or(h.session, t.session),
	}
}

func put(set map[string]bool, v string) {
	if v != "" {
		set[v] = true
	}
}
