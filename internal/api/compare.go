package api

import (
	"context"
	"time"

	"github.com/telltale-dev/telltale/internal/query"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

const (
	// maxCompared is how many records of each side are looked at.
	maxCompared = 1000
	// slices of the time of a side from which a sample is taken evenly.
	sampleSlices = 24
)

// side is the selection or the rest: records of one or more stretches of time.
type side struct {
	stretches []stretch
	count     int
}

// stretch is the records of a time that meet a condition.
type stretch struct {
	times  telemetry.Range
	filter telemetry.Expr
}

func (a *API) compare(ctx context.Context, p *params) (any, error) {
	signal, selected, rest, err := p.sides()
	if err != nil {
		return nil, err
	}
	chosen, err := query.Parse(p.string("selection_q"))
	if err != nil {
		return nil, badQuery("selection_q", err)
	}
	t := newTally(chosen)
	for i, s := range []*side{&selected, &rest} {
		if err := a.sample(ctx, signal, s, t.reads(), func(r record) { t.add(i, r) }); err != nil {
			return nil, err
		}
	}
	return Comparison{
		Selected: selected.count, Rest: rest.count, SelectedSample: t.records[0], RestSample: t.records[1],
		Sampled: t.records[0] < selected.count || t.records[1] < rest.count, Attributes: t.attributes(),
	}, nil
}

// sides reads what is selected, and what is the rest: the time before, the time after, and of the selected time what the
// selecting query does not match.
func (p *params) sides() (signal telemetry.Signal, selected, rest side, err error) {
	filter, err := p.filter()
	if err != nil {
		return 0, side{}, side{}, err
	}
	switch p.text("signal", "calls") {
	case "logs":
		signal = telemetry.SignalLogs
	case "calls":
		filter = both(isCall(), filter)
	}
	r, err := p.timeRange()
	if err != nil {
		return 0, side{}, side{}, err
	}
	in, err := p.selectedTime(r)
	if err != nil {
		return 0, side{}, side{}, err
	}
	chosen, err := query.Parse(p.string("selection_q"))
	if err != nil {
		return 0, side{}, side{}, badQuery("selection_q", err)
	}
	if chosen == nil && in == r {
		return 0, side{}, side{}, badParam("selection_q", "is missing", "what to compare: selection_q, or a shorter time in selection_from and selection_to")
	}
	selected.stretches = []stretch{{in, both(chosen, filter)}}
	if chosen != nil {
		rest.stretches = append(rest.stretches, stretch{in, both(telemetry.Not{Expr: chosen}, filter)})
	}
	if in.From > r.From {
		rest.stretches = append(rest.stretches, stretch{telemetry.Range{From: r.From, To: in.From}, filter})
	}
	if in.To != r.To {
		rest.stretches = append(rest.stretches, stretch{telemetry.Range{From: in.To, To: r.To}, filter})
	}
	return signal, selected, rest, nil
}

// selectedTime reads the selected time, which ends with the range.
func (p *params) selectedTime(r telemetry.Range) (telemetry.Range, error) {
	in := r
	for _, end := range []struct {
		name string
		ns   *int64
	}{{"selection_from", &in.From}, {"selection_to", &in.To}} {
		text := p.string(end.name)
		if text == "" {
			continue
		}
		t, err := query.ParseTime(text, p.now)
		if err != nil {
			return in, &fault{status: 400, code: codeParameter, message: err.Error(), parameter: end.name}
		}
		*end.ns = t.UnixNano()
	}
	in.From = max(in.From, r.From)
	if r.To != 0 {
		in.To = min(in.To, r.To)
	}
	if in.To != 0 && in.From >= in.To {
		return in, badParam("selection_from", "is not before the end of the selected time, within from and to", "")
	}
	return in, nil
}

// sample counts the records of a side and visits them, or, of more than maxCompared, some of every slice of its time: as
// many as its share.
func (a *API) sample(ctx context.Context, signal telemetry.Signal, s *side, fields []telemetry.FieldRef, visit func(record)) error {
	var parts []slice
	for _, st := range s.stretches {
		some, err := a.slices(ctx, signal, st)
		if err != nil {
			return err
		}
		parts = append(parts, some...)
	}
	for _, part := range parts {
		s.count += part.count
	}
	for _, part := range parts {
		limit := part.count
		if s.count > maxCompared {
			limit = (part.count*maxCompared + s.count - 1) / s.count
		}
		q := &telemetry.Query{Range: part.times, Filter: part.filter, Limit: limit, Light: true, Fields: fields}
		if err := a.visit(ctx, signal, q, visit); err != nil {
			return err
		}
	}
	return nil
}

// slice is a part of a stretch, and how many records it has.
type slice struct {
	stretch
	count int
}

// slices cuts a stretch and counts. One without ends is cut where its records are.
func (a *API) slices(ctx context.Context, signal telemetry.Signal, st stretch) ([]slice, error) {
	q := &telemetry.AggregateQuery{Signal: signal, Range: st.times, Filter: st.filter, Columns: []telemetry.Aggregation{{}}}
	if st.times.From != 0 && st.times.To != 0 {
		q.Bucket = time.Duration(max((st.times.To-st.times.From)/sampleSlices, 1))
	} else {
		q.Bucket = time.Hour
	}
	table, err := a.config.Reader.Aggregate(ctx, q)
	if err != nil {
		return nil, err
	}
	parts := make([]slice, 0, len(table.Rows))
	for _, row := range table.Rows {
		r := telemetry.Range{From: max(row.Bucket, st.times.From), To: row.Bucket + int64(q.Bucket)}
		if st.times.To != 0 {
			r.To = min(r.To, st.times.To)
		}
		parts = append(parts, slice{stretch{r, st.filter}, int(row.Values[0])})
	}
	return joined(parts), nil
}

// joined puts slices together until there are no more than twice sampleSlices.
func joined(parts []slice) []slice {
	for len(parts) > 2*sampleSlices {
		half := parts[:0:0]
		for i := 0; i < len(parts); i += 2 {
			one := parts[i]
			if i+1 < len(parts) {
				one.times.To = parts[i+1].times.To
				one.count += parts[i+1].count
			}
			half = append(half, one)
		}
		parts = half
	}
	return parts
}

func (a *API) visit(ctx context.Context, signal telemetry.Signal, q *telemetry.Query, visit func(record)) error {
	if q.Limit == 0 {
		return nil
	}
	if signal == telemetry.SignalLogs {
		for l, err := range a.config.Reader.Logs(ctx, q) {
			if err != nil {
				return err
			}
			visit(record{log: l})
		}
		return nil
	}
	for s, err := range a.config.Reader.Spans(ctx, q) {
		if err != nil {
			return err
		}
		visit(record{span: s})
	}
	return nil
}

// record is a span or a log.
type record struct {
	span *telemetry.Span
	log  *telemetry.Log
}

func (r record) text(f telemetry.FieldRef) string {
	if r.log != nil {
		return f.LogText(r.log)
	}
	return f.SpanText(r.span)
}

func (r record) number(f telemetry.FieldRef) telemetry.Opt {
	if r.log != nil {
		return f.LogNumber(r.log)
	}
	return f.SpanNumber(r.span)
}

func (r record) attributes() telemetry.Attrs {
	if r.log != nil {
		return r.log.Attributes
	}
	return r.span.Attributes
}
