package api

import (
	"context"
	"iter"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// SpanList is a page of spans.
type SpanList struct {
	Spans []Span `json:"spans"`
	Next  string `json:"next_cursor,omitempty" doc:"for the next page; absent on the last"`
}

// LogList is a page of logs.
type LogList struct {
	Logs []Log  `json:"logs"`
	Next string `json:"next_cursor,omitempty" doc:"for the next page; absent on the last"`
}

func (a *API) spans(ctx context.Context, p *params) (any, error) { return a.spanList(ctx, p, nil) }

func (a *API) calls(ctx context.Context, p *params) (any, error) {
	return a.spanList(ctx, p, isCall())
}

// isCall matches the spans that stand for a model call.
func isCall() telemetry.Expr {
	return telemetry.Cond{Field: telemetry.MustField("call"), Values: []string{"true"}}
}

func (a *API) spanList(ctx context.Context, p *params, also telemetry.Expr) (any, error) {
	q, key, err := p.list(also)
	if err != nil {
		return nil, err
	}
	shown := func(s *telemetry.Span) Span { return newSpan(s, false) }
	if !q.Light {
		shown = a.wholeSpan
	}
	spans, next, err := collect(a.config.Reader.Spans(ctx, q), q, key,
		func(s *telemetry.Span) *telemetry.Event { return &s.Event }, shown)
	if err != nil {
		return nil, err
	}
	return SpanList{spans, next}, nil
}

func (a *API) logs(ctx context.Context, p *params) (any, error) {
	q, key, err := p.list(nil)
	if err != nil {
		return nil, err
	}
	logs, next, err := collect(a.config.Reader.Logs(ctx, q), q, key,
		func(l *telemetry.Log) *telemetry.Event { return &l.Event },
		func(l *telemetry.Log) Log { return newLog(l, !q.Light) })
	if err != nil {
		return nil, err
	}
	return LogList{logs, next}, nil
}

// list reads the parameters of a list. The query asks for one record more than the page holds, to know whether there is
// a next one. The key names the list that cursors belong to.
func (p *params) list(also telemetry.Expr) (*telemetry.Query, string, error) {
	filter, err := p.filter()
	if err != nil {
		return nil, "", err
	}
	full, err := p.flag("full")
	if err != nil {
		return nil, "", err
	}
	most := maxLimit
	if full {
		most = maxFullLimit
	}
	limit, err := p.limit(most)
	if err != nil {
		return nil, "", err
	}
	r, err := p.timeRange()
	if err != nil {
		return nil, "", err
	}
	q := &telemetry.Query{Range: r, Filter: both(also, filter), Limit: limit + 1, Light: !full}
	if p.string("order") == "oldest" {
		q.Order = telemetry.OldestFirst
	}
	key := p.route.path + "\n" + p.string("order") + "\n" + p.string("q")
	if text := p.string("cursor"); text != "" {
		at, err := decodePage(text, key)
		if err != nil {
			return nil, "", err
		}
		q.Range, q.After = at.Range, &at.After
	}
	return q, key, nil
}

// both joins two conditions, either of which may be nil.
func both(a, b telemetry.Expr) telemetry.Expr {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	if all, ok := b.(telemetry.And); ok {
		return append(telemetry.And{a}, all...)
	}
	return telemetry.And{a, b}
}

// collect reads a page and the cursor of the next one.
func collect[R, J any](records iter.Seq2[R, error], q *telemetry.Query, key string, event func(R) *telemetry.Event, convert func(R) J) ([]J, string, error) {
	out := make([]J, 0, min(q.Limit, 128))
	var at place
	if q.After != nil {
		at.last = *q.After
	}
	for r, err := range records {
		if err != nil {
			return nil, "", err
		}
		if len(out) == q.Limit-1 {
			return out, page{q.Range, at.last}.encode(key), nil
		}
		at.pass(event(r))
		out = append(out, convert(r))
	}
	return out, "", nil
}
