package api

import (
	"context"
	"slices"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Trace is a whole trace, its texts cut to previews.
type Trace struct {
	TraceID   string  `json:"trace_id"`
	Summary   Summary `json:"summary"`
	Spans     []Span  `json:"spans" doc:"in order of time"`
	Logs      []Log   `json:"logs" doc:"in order of time"`
	Truncated bool    `json:"truncated" doc:"there was more than 100,000 spans or logs"`
}

// Request is everything that belongs to a request, its texts cut to previews.
type Request struct {
	RequestID string   `json:"request_id"`
	TraceIDs  []string `json:"trace_ids"`
	Summary   Summary  `json:"summary"`
	Spans     []Span   `json:"spans" doc:"in order of time"`
	Logs      []Log    `json:"logs" doc:"in order of time"`
	Truncated bool     `json:"truncated" doc:"there was more than 100,000 spans or logs"`
}

// Summary adds up what is in a trace or request. Tokens and cost are those of the spans that stand for a call, so that
// nothing counts twice.
type Summary struct {
	Start      time.Time `json:"start" doc:"of the first record"`
	DurationNS int64     `json:"duration_ns" doc:"to the end of the last span or log"`
	Services   []string  `json:"services"`
	Spans      int       `json:"spans"`
	Logs       int       `json:"logs"`
	Errors     int       `json:"errors" doc:"spans and logs whose status is error"`
	Calls      int       `json:"calls" doc:"model calls"`
	Input      *int64    `json:"input_tokens,omitempty"`
	Output     *int64    `json:"output_tokens,omitempty"`
	CostUSD    *string   `json:"cost_usd,omitempty" doc:"exact; of the calls whose cost is known"`
	Unpriced   int       `json:"unpriced_calls" doc:"calls that used tokens and whose cost is unknown"`
}

func (a *API) trace(ctx context.Context, p *params) (any, error) {
	id, err := p.traceID()
	if err != nil {
		return nil, err
	}
	r, err := p.timeRange()
	if err != nil {
		return nil, err
	}
	records, err := a.config.Reader.Trace(ctx, id, r, true)
	if err != nil {
		return nil, err
	}
	if len(records.Spans)+len(records.Logs) == 0 {
		return nil, notFound("trace " + id.String())
	}
	head := struct {
		TraceID string  `json:"trace_id"`
		Summary Summary `json:"summary"`
	}{id.String(), summarise(&records)}
	return &recordStream{head, &records}, nil
}

func (a *API) request(ctx context.Context, p *params) (any, error) {
	id := p.path("id")
	if !telemetry.ValidRequestID(id) {
		return nil, badParam("id", "is no request id", "1 to 128 letters, digits, dots, dashes and underscores")
	}
	r, err := p.timeRange()
	if err != nil {
		return nil, err
	}
	records, err := a.config.Reader.Request(ctx, id, r, true)
	if err != nil {
		return nil, err
	}
	if len(records.Spans)+len(records.Logs) == 0 {
		return nil, notFound("request " + id)
	}
	traces := map[string]bool{}
	for i := range records.Spans {
		traces[records.Spans[i].TraceID.String()] = true
	}
	for i := range records.Logs {
		traces[records.Logs[i].TraceID.String()] = true
	}
	delete(traces, "")
	head := struct {
		RequestID string   `json:"request_id"`
		TraceIDs  []string `json:"trace_ids"`
		Summary   Summary  `json:"summary"`
	}{id, sortedKeys(traces), summarise(&records)}
	return &recordStream{head, &records}, nil
}

func (a *API) span(ctx context.Context, p *params) (any, error) {
	trace, err := p.traceID()
	if err != nil {
		return nil, err
	}
	id, err := p.spanID()
	if err != nil {
		return nil, err
	}
	r, err := p.timeRange()
	if err != nil {
		return nil, err
	}
	equals := func(field, value string) telemetry.Expr {
		return telemetry.Cond{Field: telemetry.MustField(field), Values: []string{value}}
	}
	q := &telemetry.Query{Range: r, Filter: telemetry.And{equals("trace", trace.String()), equals("span", id.String())}, Limit: 1}
	for s, err := range a.config.Reader.Spans(ctx, q) {
		if err != nil {
			return nil, err
		}
		return a.wholeSpan(s), nil
	}
	return nil, notFound("span " + id.String() + " in trace " + trace.String())
}

func summarise(records *telemetry.Records) Summary {
	s := Summary{Spans: len(records.Spans), Logs: len(records.Logs)}
	services := map[string]bool{}
	var first, last int64
	var input, output, cost telemetry.Opt
	see := func(e *telemetry.Event, duration int64, status telemetry.Status) {
		if first == 0 || e.Time < first {
			first = e.Time
		}
		last = max(last, e.Time+duration)
		services[e.Service] = true
		if status == telemetry.StatusError {
			s.Errors++
		}
	}
	for i := range records.Spans {
		span := &records.Spans[i]
		see(&span.Event, span.Duration, span.Status)
		if g := span.GenAI; g != nil && g.Counts {
			s.Calls++
			input, output, cost = plus(input, g.Usage.Input), plus(output, g.Usage.Output), plus(cost, g.Cost)
			if !g.Cost.Known && g.Usage.Total().Known { // without usage there is nothing to price: it failed
				s.Unpriced++
			}
		}
	}
	for i := range records.Logs {
		see(&records.Logs[i].Event, 0, records.Logs[i].Status())
	}
	delete(services, "")
	s.Start, s.DurationNS, s.Services = moment(first), last-first, sortedKeys(services)
	s.Input, s.Output, s.CostUSD = number(input), number(output), usd(cost)
	return s
}

// plus adds what is known.
func plus(a, b telemetry.Opt) telemetry.Opt {
	if !b.Known {
		return a
	}
	return telemetry.Known(a.Value + b.Value)
}

func sortedKeys(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
