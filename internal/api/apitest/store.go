// Package apitest holds a store in memory for tests of the API and of what talks to it. It answers by the definitions in
// package telemetry, slowly and plainly.
package apitest

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Store is a telemetry.Reader over records in memory, an api.Tailer and an api.StatusSource.
type Store struct {
	mu       sync.Mutex
	spans    []telemetry.Span
	logs     []telemetry.Log
	watchers []chan telemetry.Batch

	Err   error         // what all questions are answered with, if set
	Block chan struct{} // questions wait until it is closed, if set
	State api.Status

	blocked atomic.Int32
}

// Blocked is how many questions wait for Block.
func (s *Store) Blocked() int { return int(s.blocked.Load()) }

// Add keeps records and hands them to tails.
func (s *Store) Add(b telemetry.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans = append(s.spans, b.Spans...)
	s.logs = append(s.logs, b.Logs...)
	for _, w := range s.watchers {
		w <- b
	}
}

// Tail implements api.Tailer. Adding waits for who reads slowly.
func (s *Store) Tail(ctx context.Context) <-chan telemetry.Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := make(chan telemetry.Batch)
	s.watchers = append(s.watchers, w)
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.watchers = slices.DeleteFunc(s.watchers, func(c chan telemetry.Batch) bool { return c == w })
		close(w)
	})
	return w
}

// Watchers is how many tails there are.
func (s *Store) Watchers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.watchers)
}

// Status implements api.StatusSource.
func (s *Store) Status(context.Context) (api.Status, error) { return s.State, s.Err }

// wait holds a question up where a test wants it.
func (s *Store) wait(ctx context.Context) error {
	if s.Block != nil {
		s.blocked.Add(1)
		defer s.blocked.Add(-1)
		select {
		case <-s.Block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.Err
}

// snapshot returns the records in order of time, then ids.
func (s *Store) snapshot() ([]telemetry.Span, []telemetry.Log) {
	s.mu.Lock()
	defer s.mu.Unlock()
	spans, logs := slices.Clone(s.spans), slices.Clone(s.logs)
	slices.SortStableFunc(spans, func(a, b telemetry.Span) int { return order(&a.Event, &b.Event) })
	slices.SortStableFunc(logs, func(a, b telemetry.Log) int { return order(&a.Event, &b.Event) })
	return spans, logs
}

func order(a, b *telemetry.Event) int {
	return cmp.Or(cmp.Compare(a.Time, b.Time), slices.Compare(a.TraceID[:], b.TraceID[:]), slices.Compare(a.SpanID[:], b.SpanID[:]))
}

// Trace implements telemetry.Reader.
func (s *Store) Trace(ctx context.Context, id telemetry.TraceID, r telemetry.Range, _ bool) (telemetry.Records, error) {
	return s.records(ctx, r, func(e *telemetry.Event) bool { return e.TraceID == id })
}

// Request implements telemetry.Reader.
func (s *Store) Request(ctx context.Context, id string, r telemetry.Range, _ bool) (telemetry.Records, error) {
	spans, logs := s.snapshot()
	traces := map[telemetry.TraceID]bool{}
	for i := range spans {
		if spans[i].RequestID == id {
			traces[spans[i].TraceID] = true
		}
	}
	for i := range logs {
		if logs[i].RequestID == id {
			traces[logs[i].TraceID] = true
		}
	}
	delete(traces, telemetry.TraceID{})
	return s.records(ctx, r, func(e *telemetry.Event) bool { return e.RequestID == id || traces[e.TraceID] })
}

func (s *Store) records(ctx context.Context, r telemetry.Range, want func(*telemetry.Event) bool) (telemetry.Records, error) {
	if err := s.wait(ctx); err != nil {
		return telemetry.Records{}, err
	}
	spans, logs := s.snapshot()
	return telemetry.Records{
		Spans: slices.DeleteFunc(spans, func(x telemetry.Span) bool { return !r.Contains(x.Time) || !want(&x.Event) }),
		Logs:  slices.DeleteFunc(logs, func(x telemetry.Log) bool { return !r.Contains(x.Time) || !want(&x.Event) }),
	}, nil
}

// Spans implements telemetry.Reader.
func (s *Store) Spans(ctx context.Context, q *telemetry.Query) iter.Seq2[*telemetry.Span, error] {
	spans, _ := s.snapshot()
	return list(ctx, s, spans, q, func(x *telemetry.Span) *telemetry.Event { return &x.Event }, func(x *telemetry.Span) bool { return telemetry.MatchSpan(q.Filter, x) })
}

// Logs implements telemetry.Reader.
func (s *Store) Logs(ctx context.Context, q *telemetry.Query) iter.Seq2[*telemetry.Log, error] {
	_, logs := s.snapshot()
	return list(ctx, s, logs, q, func(x *telemetry.Log) *telemetry.Event { return &x.Event }, func(x *telemetry.Log) bool { return telemetry.MatchLog(q.Filter, x) })
}

func list[T any](ctx context.Context, s *Store, all []T, q *telemetry.Query, event func(*T) *telemetry.Event, match func(*T) bool) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		if err := s.wait(ctx); err != nil {
			yield(nil, err)
			return
		}
		if q.Order == telemetry.NewestFirst {
			slices.Reverse(all)
		}
		n, same := 0, 0
		for i := range all {
			e := event(&all[i])
			if !q.Range.Contains(e.Time) || !match(&all[i]) || isBefore(e, q, &same) {
				continue
			}
			if n++; !yield(&all[i], nil) || n == q.Limit {
				return
			}
		}
	}
}

// isBefore reports whether a page before this one held the record. same counts those with the cursor's time and ids.
func isBefore(e *telemetry.Event, q *telemetry.Query, same *int) bool {
	if q.After == nil {
		return false
	}
	c := order(e, &telemetry.Event{Time: q.After.Time, TraceID: q.After.TraceID, SpanID: q.After.SpanID})
	if q.Order == telemetry.NewestFirst {
		c = -c
	}
	if c == 0 {
		*same++
		return *same <= q.After.Skip
	}
	return c < 0
}

// group is the values of the columns of one group in one bucket.
type group struct {
	row     telemetry.Row
	samples [][]float64
}

// Aggregate implements telemetry.Reader.
func (s *Store) Aggregate(ctx context.Context, q *telemetry.AggregateQuery) (*telemetry.Table, error) {
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	groups := map[string]*group{}
	spans, logs := s.snapshot()
	for i := range spans {
		x := &spans[i]
		if q.Signal == telemetry.SignalSpans && q.Range.Contains(x.Time) && !x.Repeat && telemetry.MatchSpan(q.Filter, x) {
			add(groups, q, x.Time, func(f telemetry.FieldRef) (string, telemetry.Opt) { return f.SpanText(x), f.SpanNumber(x) })
		}
	}
	for i := range logs {
		x := &logs[i]
		if q.Signal == telemetry.SignalLogs && q.Range.Contains(x.Time) && telemetry.MatchLog(q.Filter, x) {
			add(groups, q, x.Time, func(f telemetry.FieldRef) (string, telemetry.Opt) { return f.LogText(x), f.LogNumber(x) })
		}
	}
	table := &telemetry.Table{}
	for _, g := range groups {
		for i, c := range q.Columns {
			g.row.Values = append(g.row.Values, reduce(c, g.samples[i]))
		}
		table.Rows = append(table.Rows, g.row)
	}
	slices.SortFunc(table.Rows, func(a, b telemetry.Row) int {
		byValue := 0
		if q.OrderBy >= 0 {
			byValue = cmp.Compare(b.Values[q.OrderBy], a.Values[q.OrderBy])
		}
		return cmp.Or(cmp.Compare(a.Bucket, b.Bucket), byValue, slices.Compare(a.Keys, b.Keys))
	})
	if q.Limit > 0 && q.Bucket == 0 && len(table.Rows) > q.Limit {
		table.Rows = table.Rows[:q.Limit]
	}
	return table, nil
}

func add(groups map[string]*group, q *telemetry.AggregateQuery, at int64, value func(telemetry.FieldRef) (string, telemetry.Opt)) {
	var row telemetry.Row
	if q.Bucket > 0 {
		row.Bucket = at - at%int64(q.Bucket)
	}
	for _, f := range q.GroupBy {
		text, n := value(f)
		if n.Known {
			text = strconv.FormatInt(n.Value, 10)
		}
		row.Keys = append(row.Keys, text)
	}
	key := strconv.FormatInt(row.Bucket, 10) + "\x00" + strings.Join(row.Keys, "\x00")
	g := groups[key]
	if g == nil {
		g = &group{row: row, samples: make([][]float64, len(q.Columns))}
		groups[key] = g
	}
	for i, c := range q.Columns {
		if c.Func == telemetry.CountRecords {
			g.samples[i] = append(g.samples[i], 1)
		} else if _, n := value(c.Field); n.Known {
			g.samples[i] = append(g.samples[i], float64(n.Value))
		}
	}
}

func reduce(c telemetry.Aggregation, samples []float64) float64 {
	if c.Func == telemetry.CountRecords {
		return float64(len(samples))
	}
	if len(samples) == 0 {
		return math.NaN()
	}
	slices.Sort(samples)
	sum := 0.0
	for _, v := range samples {
		sum += v
	}
	switch c.Func {
	case telemetry.Sum:
		return sum
	case telemetry.Avg:
		return sum / float64(len(samples))
	case telemetry.Min:
		return samples[0]
	case telemetry.Max:
		return samples[len(samples)-1]
	}
	return samples[int(c.Quantile*float64(len(samples)-1)+0.5)]
}

// Values implements telemetry.Reader.
func (s *Store) Values(ctx context.Context, f telemetry.FieldRef, prefix string, r telemetry.Range, limit int) ([]string, error) {
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	var values []string
	spans, logs := s.snapshot()
	see := func(e *telemetry.Event, text string) {
		found := []string{text}
		if f.Field.Keyed && f.Key == "" {
			found = nil
			for _, a := range e.Attributes {
				found = append(found, a.Key)
			}
		}
		for _, v := range found {
			if v != "" && strings.HasPrefix(v, prefix) && r.Contains(e.Time) {
				values = append(values, v)
			}
		}
	}
	for i := range spans {
		see(&spans[i].Event, f.SpanText(&spans[i]))
	}
	for i := range logs {
		see(&logs[i].Event, f.LogText(&logs[i]))
	}
	slices.Sort(values)
	values = slices.Compact(values)
	return values[:min(len(values), limit)], nil
}

// Recent implements telemetry.Reader; nothing that is tested with this store asks.
func (s *Store) Recent(context.Context, int64) iter.Seq2[telemetry.Identity, error] {
	return func(func(telemetry.Identity, error) bool) {}
}

// Capabilities implements telemetry.Reader.
func (s *Store) Capabilities() telemetry.Capabilities {
	return telemetry.Capabilities{Name: "memory"}
}
