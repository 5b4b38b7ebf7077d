package api

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

const (
	// maxErrors is how many spans and how many logs are read to group their errors.
	maxErrors    = 5000
	errorBuckets = 24
	// Of so many traces, and so many of their spans, it is read which span lies in which.
	maxLinkedTraces = 200
	maxLinked       = 20_000
)

// errors answers with groups of errors.
func (a *API) errors(ctx context.Context, p *params) (any, error) {
	limit, err := p.limitOr(50, maxPage)
	if err != nil {
		return nil, err
	}
	out := ErrorList{}
	q, g, cut, err := a.readErrors(ctx, p)
	if err != nil {
		return nil, err
	}
	out.Scanned, out.Total, out.Folded, out.Truncated = g.read, g.read, g.folded, cut != [2]bool{}
	for i, s := range []telemetry.Signal{telemetry.SignalSpans, telemetry.SignalLogs} {
		if cut[i] {
			if err := a.countMatches(ctx, s, q, &out, maxErrors); err != nil {
				return nil, err
			}
		}
	}
	out.Oldest = g.oldestRead()
	g.answer(&out, q.Range, p.now, limit)
	return out, nil
}

// errorOccurrences answers with the errors of one group.
func (a *API) errorOccurrences(ctx context.Context, p *params) (any, error) {
	fingerprint, err := strconv.ParseUint(p.path("fingerprint"), 16, 64)
	if err != nil || len(p.path("fingerprint")) != 16 {
		return nil, badParam("fingerprint", "is no fingerprint of an error", "16 hex digits, as /api/v1/errors has them")
	}
	limit, err := p.limitOr(50, maxPage)
	if err != nil {
		return nil, err
	}
	_, g, cut, err := a.readErrors(ctx, p)
	if err != nil {
		return nil, err
	}
	out := ErrorOccurrences{
		Fingerprint: fixedHex(fingerprint), Occurrences: []ErrorOccurrence{}, Scanned: g.read, Truncated: cut != [2]bool{}, Oldest: g.oldestRead(),
	}
	e := g.groups[fingerprint]
	if e == nil {
		return out, nil
	}
	out.Kind, out.Message, out.Count = e.kind, e.message, len(e.list)
	for _, o := range e.newest()[:min(limit, len(e.list))] {
		layers := o.layers
		if layers == nil {
			layers = []ErrorLayer{}
		}
		out.Occurrences = append(out.Occurrences, ErrorOccurrence{
			ErrorExample: o.example(), Signal: o.signal(), Service: o.service, UserID: o.user, Folded: o.folded, Layers: layers,
		})
	}
	return out, nil
}

// readErrors reads failed spans and error logs, the newest, and puts them together. Spans come first, so that the logs
// which tell the same again are known. It also returns of which not all were read.
func (a *API) readErrors(ctx context.Context, p *params) (*telemetry.Query, *errorGroups, [2]bool, error) {
	var cut [2]bool
	filter, err := p.filter()
	if err != nil {
		return nil, nil, cut, err
	}
	r, err := p.timeRange()
	if err != nil {
		return nil, nil, cut, err
	}
	signal := p.text("signal", "all")
	q := &telemetry.Query{Range: r, Limit: maxErrors + 1, Light: true}
	q.Filter = both(telemetry.Cond{Field: telemetry.MustField("status"), Values: []string{telemetry.StatusError.String()}}, filter)
	g := &errorGroups{}
	var spans []failure
	if signal != "logs" {
		if spans, cut[0], err = a.readFailedSpans(ctx, q, g); err != nil {
			return nil, nil, cut, err
		}
	}
	g.folder = newErrorFolder(spans)
	if err := a.readParents(ctx, g); err != nil {
		return nil, nil, cut, err
	}
	g.folder.foldSpans()
	if signal != "spans" {
		if cut[1], err = a.readErrorLogs(ctx, q, g); err != nil {
			return nil, nil, cut, err
		}
	}
	g.group()
	return q, g, cut, nil
}

// readParents reads which span lies in which, where between failed ones are some that did not fail.
func (a *API) readParents(ctx context.Context, g *errorGroups) error {
	traces := g.folder.broken(maxLinkedTraces)
	if len(traces) == 0 {
		return nil
	}
	q := &telemetry.Query{
		Filter: telemetry.Cond{Field: telemetry.MustField("trace"), Values: traces}, Limit: maxLinked, Light: true, Fields: telemetry.MustFields("parent"),
		Range: telemetry.Range{From: max(g.oldest-int64(time.Hour), 0), To: g.newest + 1}, // those around a span began before it
	}
	parents := map[spanRef]telemetry.SpanID{}
	for s, err := range a.config.Reader.Spans(ctx, q) {
		if err != nil {
			return err
		}
		parents[spanRef{s.TraceID, s.SpanID}] = s.ParentID
	}
	g.folder.parents = parents
	return nil
}

// errorFields are those that errorGroups reads of failed spans and of error logs, and some more.
func errorFields(more ...string) []telemetry.FieldRef {
	return append(telemetry.MustFields(append(more, "service", "name", "request", "user", "error")...),
		telemetry.AttrField("exception.type"), telemetry.AttrField("exception.message"), telemetry.AttrField("error.message"))
}

// countMatches replaces what was read of a signal in the total by how many there are.
func (a *API) countMatches(ctx context.Context, s telemetry.Signal, q *telemetry.Query, out *ErrorList, read int) error {
	n, err := a.count(ctx, s, q.Range, q.Filter)
	out.Total += n - read
	return err
}

// count is how many spans or logs match.
func (a *API) count(ctx context.Context, s telemetry.Signal, r telemetry.Range, filter telemetry.Expr) (int, error) {
	table, err := a.config.Reader.Aggregate(ctx, &telemetry.AggregateQuery{Signal: s, Range: r, Filter: filter, Columns: []telemetry.Aggregation{{}}})
	if err != nil || len(table.Rows) == 0 {
		return 0, err
	}
	return int(table.Rows[0].Values[0]), nil
}

func (a *API) readFailedSpans(ctx context.Context, q *telemetry.Query, g *errorGroups) (spans []failure, cut bool, err error) {
	q.Fields = errorFields("parent", "http.status", "message")
	for s, err := range a.config.Reader.Spans(ctx, q) {
		if err != nil {
			return nil, false, err
		}
		if cut = len(spans) == maxErrors; cut {
			break
		}
		g.see(s.Time)
		spans = append(spans, failedSpan(s))
	}
	return spans, cut, nil
}

func (a *API) readErrorLogs(ctx context.Context, q *telemetry.Query, g *errorGroups) (cut bool, err error) {
	n := 0
	q.Fields = errorFields("level", "body")
	for l, err := range a.config.Reader.Logs(ctx, q) {
		if err != nil {
			return false, err
		}
		if cut = n == maxErrors; cut {
			break
		}
		n++
		g.see(l.Time)
		g.folder.addLog(errorLog(l))
	}
	return cut, nil
}

func (g *errorGroups) oldestRead() *time.Time {
	if g.read == 0 {
		return nil
	}
	oldest := moment(g.oldest)
	return &oldest
}

// answer sorts the groups and cuts their times into buckets.
func (g *errorGroups) answer(out *ErrorList, r telemetry.Range, now time.Time, limit int) {
	from, to := r.From, r.To
	if from == 0 {
		from = g.oldest
	}
	if to == 0 {
		to = max(now.UnixNano(), g.newest+1)
	}
	width := max((to-from+errorBuckets-1)/errorBuckets, 1)
	out.From, out.BucketNS, out.Errors = moment(from), width, []ErrorGroup{}
	list := make([]*errorGroup, 0, len(g.groups))
	for _, e := range g.groups {
		e.newest()
		list = append(list, e)
	}
	slices.SortFunc(list, func(x, y *errorGroup) int {
		return cmp.Or(cmp.Compare(len(y.list), len(x.list)), cmp.Compare(y.list[0].time, x.list[0].time), cmp.Compare(x.fingerprint, y.fingerprint))
	})
	out.More = len(list) > limit
	for _, e := range list[:min(limit, len(list))] {
		buckets := make([]int, errorBuckets)
		for _, o := range e.list {
			buckets[min(max((o.time-from)/width, 0), errorBuckets-1)]++
		}
		service, most := "", 0
		services := map[string]bool{}
		for name, n := range e.services {
			put(services, name)
			if n > most || n == most && name < service {
				service, most = name, n
			}
		}
		source := "log"
		if e.spans {
			source = "span"
		}
		out.Errors = append(out.Errors, ErrorGroup{
			Fingerprint: fixedHex(e.fingerprint), Kind: e.kind, Message: e.message, Service: service, Services: sortedKeys(services),
			Source: source, Count: len(e.list), Folded: e.folded, First: moment(e.list[len(e.list)-1].time), Last: moment(e.list[0].time),
			Users: len(e.users), Traces: len(e.traces), Example: e.list[0].example(), Buckets: buckets,
		})
	}
}

func fixedHex(v uint64) string {
	s := strconv.FormatUint(v, 16)
	return "0000000000000000"[len(s):] + s
}
