package exec

import (
	"context"
	"iter"
	"slices"

	"github.com/telltale-dev/telltale/internal/store/local/part"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// maxRequestTraces bounds the traces that one request id leads to.
const maxRequestTraces = 1000

// Trace implements telemetry.Reader. A repeat whose base is unknown is shown as it is, with Repeat set.
func (e *Engine) Trace(ctx context.Context, id telemetry.TraceID, r telemetry.Range, light bool) (telemetry.Records, error) {
	v, err := e.open(ctx)
	if err != nil {
		return telemetry.Records{}, err
	}
	defer v.release()
	return e.all(ctx, v, equals("trace", id.String()), r, part.Choice{Light: light})
}

// Request implements telemetry.Reader, see Trace.
func (e *Engine) Request(ctx context.Context, id string, r telemetry.Range, light bool) (telemetry.Records, error) {
	v, err := e.open(ctx)
	if err != nil || id == "" {
		if err == nil {
			v.release()
		}
		return telemetry.Records{}, err
	}
	defer v.release()
	filter := equals("request", id)
	var traces []string
	seen := map[telemetry.TraceID]bool{}
	cut := false
	q := &telemetry.Query{Range: r, Filter: filter, Order: telemetry.OldestFirst, Limit: telemetry.MaxRecords}
	for hits, err := range e.hits(ctx, v, q, wantAll) {
		if err == nil {
			err = e.readIDs(ctx, hits)
		}
		if err != nil {
			return telemetry.Records{}, err
		}
		for i := range hits {
			t := hits[i].trace
			if t.IsZero() || seen[t] {
				continue
			}
			if cut = len(traces) == maxRequestTraces; cut {
				break
			}
			seen[t] = true
			traces = append(traces, t.String())
		}
	}
	records, err := e.all(ctx, v, telemetry.Or{filter, equals("trace", traces...)}, r, part.Choice{Light: light})
	records.Truncated = records.Truncated || cut
	return records, err
}

func equals(field string, values ...string) telemetry.Cond {
	return telemetry.Cond{Field: telemetry.MustField(field), Op: telemetry.Equals, Values: values}
}

// all returns the spans and logs that meet a condition, oldest first.
func (e *Engine) all(ctx context.Context, v *view, filter telemetry.Expr, r telemetry.Range, c part.Choice) (telemetry.Records, error) {
	var records []part.Record
	q := &telemetry.Query{Range: r, Filter: filter, Order: telemetry.OldestFirst, Limit: 2*telemetry.MaxRecords + 2}
	for hits, err := range e.hits(ctx, v, q, wantAll) {
		var some []part.Record
		if err == nil {
			some, err = e.read(ctx, hits, c)
		}
		if err != nil {
			return telemetry.Records{}, err
		}
		records = append(records, some...)
	}
	found := gather(records)
	return found, e.addOrphans(ctx, v, filter, r, c, &found)
}

// gather copies records, once: a span takes a kilobyte.
func gather(records []part.Record) (found telemetry.Records) {
	spans := 0
	for _, r := range records {
		if r.Span != nil {
			spans++
		}
	}
	found.Spans = make([]telemetry.Span, 0, min(spans, telemetry.MaxRecords))
	found.Logs = make([]telemetry.Log, 0, min(len(records)-spans, telemetry.MaxRecords))
	for _, r := range records {
		found.Truncated = addRecord(&found, r) || found.Truncated
	}
	return found
}

// addRecord adds a record unless there are too many, which it reports.
func addRecord(to *telemetry.Records, r part.Record) (full bool) {
	if r.Span != nil {
		if len(to.Spans) == telemetry.MaxRecords {
			return true
		}
		to.Spans = append(to.Spans, *r.Span)
		return false
	}
	if len(to.Logs) == telemetry.MaxRecords {
		return true
	}
	to.Logs = append(to.Logs, *r.Log)
	return false
}

// addOrphans adds repeats whose base is nowhere.
func (e *Engine) addOrphans(ctx context.Context, v *view, filter telemetry.Expr, r telemetry.Range, c part.Choice, to *telemetry.Records) error {
	if v.repeats == nil {
		return nil
	}
	before := len(to.Spans)
	w, err := e.acquire(ctx)
	if err != nil {
		return err
	}
	defer e.release(w)
	for key, rows := range v.repeats.rows {
		if v.repeats.based[key] {
			continue
		}
		for _, at := range rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			records, err := w.rows.Read(at.u.g, []int32{at.row}, c)
			if err != nil {
				return e.failed(err)
			}
			show(records[0])
			s := records[0].Span
			if r.Contains(s.Time) && telemetry.MatchSpan(filter, s) {
				to.Truncated = addRecord(to, records[0]) || to.Truncated
			}
		}
	}
	if len(to.Spans) > before {
		slices.SortStableFunc(to.Spans, compareSpans)
	}
	return nil
}

func compareSpans(a, b telemetry.Span) int {
	x, y := hit{trace: a.TraceID, span: a.SpanID}, hit{trace: b.TraceID, span: b.SpanID}
	if c := compareTimes(a.Time, b.Time, telemetry.OldestFirst); c != 0 {
		return c
	}
	return compareIDs(&x, &y)
}

// Recent implements telemetry.Reader. Repeats are not among the identities: their base is, or is still to come.
func (e *Engine) Recent(ctx context.Context, since int64) iter.Seq2[telemetry.Identity, error] {
	return func(yield func(telemetry.Identity, error) bool) {
		v, err := e.open(ctx)
		if err != nil {
			yield(telemetry.Identity{}, err)
			return
		}
		defer v.release()
		q := &telemetry.Query{Range: telemetry.Range{From: since}}
		for hits, err := range e.hits(ctx, v, q, wantAll) {
			var list []telemetry.Identity
			if err == nil {
				list, err = e.identities(ctx, hits)
			}
			if err != nil {
				yield(telemetry.Identity{}, err)
				return
			}
			for _, id := range list {
				if !yield(id, nil) {
					return
				}
			}
		}
	}
}

// identities reads who the rows are.
func (e *Engine) identities(ctx context.Context, hits []hit) ([]telemetry.Identity, error) {
	w, err := e.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer e.release(w)
	list := make([]telemetry.Identity, len(hits))
	for i := range hits {
		h := &hits[i]
		if err := w.readIDs(h); err != nil {
			return nil, e.failed(err)
		}
		list[i] = telemetry.Identity{TraceID: h.trace, SpanID: h.span, Time: h.time}
		if err := w.identify(h, &list[i]); err != nil {
			return nil, e.failed(err)
		}
	}
	return list, nil
}

func (w *worker) identify(h *hit, id *telemetry.Identity) error {
	at := func(col part.ID) (*part.Cursor, error) {
		c := w.column(h.u.g, col)
		return c, c.Seek(int(h.row))
	}
	batch, err := at(part.ColBatch)
	if err != nil {
		return err
	}
	if n, ok := batch.NumberAt(int(h.row)); ok {
		id.Batch = uint64(n)
	}
	call, err := at(part.ColCall)
	if err != nil || len(call.At(int(h.row))) == 0 {
		return err
	}
	provider, err := at(part.ColProvider)
	if err != nil {
		return err
	}
	response, err := at(part.ColResponse)
	if err != nil {
		return err
	}
	id.Provider, id.ResponseID = string(provider.At(int(h.row))), string(response.At(int(h.row)))
	return nil
}
