package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

const (
	maxPage = 200
	// maxDeep is how far the slowest and the costliest are paged: they are found anew for every page.
	maxDeep = 2000
	// maxSummed is how many spans the traces of a page may have to be added up whole.
	maxSummed = 50_000
)

func (a *API) traces(ctx context.Context, p *params) (any, error) {
	l, n, key, err := a.found(p, telemetry.MustField("trace"), nil)
	if err != nil {
		return nil, err
	}
	order := p.text("order", "newest")
	var next string
	switch order {
	case "newest":
		next, err = l.page(ctx, n, key)
	case "slowest":
		next, err = a.deepPage(ctx, p, l, telemetry.Aggregation{Func: telemetry.Max, Field: telemetry.MustField("duration")}, n, key)
	case "costliest":
		next, err = a.deepPage(ctx, p, l, telemetry.Aggregation{Func: telemetry.Sum, Field: telemetry.MustField("cost")}, n, key)
	}
	if err != nil {
		return nil, err
	}
	sums, err := a.sumTraces(ctx, l.values())
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(sums.list, func(x, y *traceSum) int {
		switch order {
		case "slowest":
			return cmp.Compare(y.end-y.start, x.end-x.start)
		case "costliest":
			return cmp.Compare(y.cost.Or(-1), x.cost.Or(-1))
		}
		return cmp.Compare(y.start, x.start)
	})
	out := TraceList{Traces: []TraceSummary{}, Next: next, Scanned: l.scanned + sums.scanned, Truncated: l.cut || sums.cut}
	for _, s := range sums.list {
		out.Traces = append(out.Traces, s.summary())
	}
	return out, nil
}

// found reads the parameters of a search for values of a field, and where its page begins.
func (a *API) found(p *params, field telemetry.FieldRef, also telemetry.Expr) (l *latest, n int, key string, err error) {
	l = &latest{reader: a.config.Reader, field: field}
	filter, err := p.filter()
	if err != nil {
		return nil, 0, "", err
	}
	l.filter = both(also, filter)
	if l.times, err = p.timeRange(); err != nil {
		return nil, 0, "", err
	}
	if n, err = p.limitOr(50, maxPage); err != nil {
		return nil, 0, "", err
	}
	key = p.route.path + "\n" + p.string("order") + "\n" + p.string("q")
	if text := p.string("cursor"); text != "" {
		at, err := decodePage(text, key)
		if err != nil {
			return nil, 0, "", err
		}
		l.times, l.before = at.Range, at.After.Time
	}
	return l, n, key, nil
}

// page finds n values and returns the cursor of the next page.
func (l *latest) page(ctx context.Context, n int, key string) (string, error) {
	if err := l.find(ctx, n); err != nil || l.next == 0 {
		return "", err
	}
	return page{l.times, telemetry.Cursor{Time: l.next}}.encode(key), nil
}

// deepPage is page by a number; its cursor holds how many came before.
func (a *API) deepPage(ctx context.Context, p *params, l *latest, by telemetry.Aggregation, n int, key string) (string, error) {
	skip := 0
	if text := p.string("cursor"); text != "" {
		at, err := decodePage(text, key)
		if err != nil {
			return "", err
		}
		skip = at.After.Skip
	}
	if skip > maxDeep {
		return "", badParam("cursor", fmt.Sprintf("lies behind the first %d", maxDeep), "a narrower time range or query")
	}
	more, err := l.largest(ctx, by, skip, n)
	if err != nil || !more {
		return "", err
	}
	return page{l.times, telemetry.Cursor{Skip: skip + n}}.encode(key), nil
}
