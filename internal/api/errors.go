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
)

// errors groups failed spans and error logs. Spans come first, so that the logs which tell the same again are known.
func (a *API) errors(ctx context.Context, p *params) (any, error) {
	filter, err := p.filter()
	if err != nil {
		return nil, err
	}
	r, err := p.timeRange()
	if err != nil {
		return nil, err
	}
	limit, err := p.limitOr(50, maxPage)
	if err != nil {
		return nil, err
	}
	signal := p.text("signal", "all")
	q := &telemetry.Query{Range: r, Limit: maxErrors + 1, Light: true, Fields: errorFields()}
	q.Filter = both(telemetry.Cond{Field: telemetry.MustField("status"), Values: []string{telemetry.StatusError.String()}}, filter)
	g := newErrorGroups()
	var cut [2]bool
	if signal != "logs" {
		if cut[0], err = a.readFailedSpans(ctx, q, g); err != nil {
			return nil, err
		}
	}
	if signal != "spans" {
		if cut[1], err = a.readErrorLogs(ctx, q, g); err != nil {
			return nil, err
		}
	}
	out := ErrorList{Scanned: g.read, Total: g.read, Truncated: cut[0] || cut[1]}
	for i, s := range []telemetry.Signal{telemetry.SignalSpans, telemetry.SignalLogs} {
		if cut[i] {
			if err := a.countMatches(ctx, s, q, &out, maxErrors); err != nil {
				return nil, err
			}
		}
	}
	if g.read > 0 {
		oldest := moment(g.oldest)
		out.Oldest = &oldest
	}
	g.answer(&out, r, p.now, limit)
	return out, nil
}

// errorFields are those that errorGroups reads.
func errorFields() []telemetry.FieldRef {
	return append(telemetry.MustFields("service", "name", "parent", "request", "user", "level", "http.status", "error", "message", "body"),
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

func (a *API) readFailedSpans(ctx context.Context, q *telemetry.Query, g *errorGroups) (cut bool, err error) {
	var spans []failedSpan
	for s, err := range a.config.Reader.Spans(ctx, q) {
		if err != nil {
			return false, err
		}
		if cut = len(spans) == maxErrors; cut {
			break
		}
		spans = append(spans, g.failedSpan(s))
	}
	g.addSpans(spans)
	return cut, nil
}

func (a *API) readErrorLogs(ctx context.Context, q *telemetry.Query, g *errorGroups) (cut bool, err error) {
	n := 0
	for l, err := range a.config.Reader.Logs(ctx, q) {
		if err != nil {
			return false, err
		}
		if cut = n == maxErrors; cut {
			break
		}
		n++
		g.addLog(l)
	}
	return cut, nil
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
		list = append(list, e)
	}
	slices.SortFunc(list, func(x, y *errorGroup) int {
		return cmp.Or(cmp.Compare(len(y.times), len(x.times)), cmp.Compare(y.last(), x.last()), cmp.Compare(x.fingerprint, y.fingerprint))
	})
	out.More = len(list) > limit
	for _, e := range list[:min(limit, len(list))] {
		buckets := make([]int, errorBuckets)
		for _, t := range e.times {
			buckets[min(max((t-from)/width, 0), errorBuckets-1)]++
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
			Source: source, Count: len(e.times), First: moment(slices.Min(e.times)), Last: moment(e.last()),
			Users: len(e.users), Traces: len(e.traces), Example: e.example, Buckets: buckets,
		})
	}
}

func fixedHex(v uint64) string {
	s := strconv.FormatUint(v, 16)
	return "0000000000000000"[len(s):] + s
}
